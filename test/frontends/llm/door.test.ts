// Who asks, with whose key, in which trajectory; and that no key is ever written down.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLlmRig, type LlmRig, sse, tokens } from "./rig.ts";
import {
  chatStream,
  chatWhole,
  messageWhole,
  responseStream,
  responseWhole,
  type SampleCall,
} from "./samples.ts";

let rig: LlmRig;
beforeAll(async () => {
  rig = await createLlmRig();
});
afterAll(() => rig.close());

let count = 0;
function fresh(): string {
  count += 1;
  return `d${count}`;
}

type Headers = Readonly<Record<string, string>>;

async function post(url: string, body: object, headers: Headers) {
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: response.status, text: await response.text() };
}

const own = { "proctor-token": tokens.coder, authorization: "Bearer sk-own" };
const chat = (base: string, headers: Headers, model = "m", messages: object[] = [hello]) =>
  post(`${base}/v1/chat/completions`, { model, messages }, headers);
const hello = { role: "user", content: "hi" };

describe("keys", () => {
  const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });

  it.each<[string, string, Headers, number, Headers]>([
    ["its own, with a token beside it", "codex", own, 200, bearer("sk-own")],
    [
      "its own for Anthropic",
      "claude",
      { "proctor-token": tokens.coder, "x-api-key": "sk-ant-own" },
      200,
      { "x-api-key": "sk-ant-own" },
    ],
    [
      "the token as key: proctor's goes on",
      "held",
      bearer(tokens.coder),
      200,
      bearer("held-key-0123"),
    ],
    [
      "the token as key for Anthropic",
      "held",
      { "x-api-key": tokens.coder },
      200,
      bearer("held-key-0123"),
    ],
    ["both: proctor's goes on", "held", own, 200, bearer("held-key-0123")],
    ["the token as key, and proctor has none", "codex", bearer(tokens.coder), 401, {}],
    ["no token", "codex", bearer("sk-own"), 401, {}],
    ["nothing", "codex", {}, 401, {}],
  ])("%s", async (_, provider, headers, status, sent) => {
    rig.provider.answer({ body: JSON.stringify(chatWhole("Hello")) });
    const before = rig.provider.received.length;
    expect(await chat(rig.base(fresh(), provider), headers)).toMatchObject({ status });
    const received = rig.provider.received.slice(before).map((request) => request.headers);
    expect(received).toHaveLength(status === 200 ? 1 : 0);
    for (const found of received) {
      const keys = ["authorization", "x-api-key"].flatMap((name) =>
        found[name] === undefined ? [] : [[name, found[name]]],
      );
      expect(Object.fromEntries(keys)).toEqual(sent);
      expect(Object.keys(found).filter((name) => name.startsWith("proctor-"))).toEqual([]);
    }
  });

  it("are nowhere in the data folder, whatever form they have and wherever they were echoed", async () => {
    const canaries = ["odd.key.of.no.form~1", "sk-canary0123456789abcdef", "held-canary/0123"];
    const [odd = "", usual = "", held = ""] = canaries;
    const other = await createLlmRig({
      llm: { own: { url: "http://127.0.0.1:9", headers: { authorization: `Bearer ${held}` } } },
    });
    try {
      const base = other.base("canaries", "codex");
      for (const key of [odd, usual]) {
        const headers = { "proctor-token": tokens.coder, authorization: `Bearer ${key}` };
        const said = [{ role: "user", content: `my key is ${key}, proctor's ${held}` }];
        const call: SampleCall = {
          id: "c1",
          name: "exec_command",
          arguments: { cmd: `echo ${key}` },
        };
        const error = { error: { message: `Incorrect API key provided: ${key}` } };
        other.provider.answer(
          { body: JSON.stringify(chatWhole(`you said ${key}`, [call])) },
          { headers: sse, body: chatStream(`you said ${key}`, [call]) },
          { status: 401, body: JSON.stringify(error) },
          { status: 401, body: `no JSON: ${key}` },
          { body: `nonsense ${key}` },
        );
        for (let i = 0; i < 5; i += 1) await chat(base, headers, "m", said);
        await post(`${base}/v1/chat/completions`, { model: key, messages: "x" }, headers);
      }
      const records = await other.records("coder", "canaries");
      expect(records.filter(({ type }) => type === "message").length).toBeGreaterThan(8);
      expect(JSON.stringify(records)).toContain("REDACTED_API_KEY");
      await other.stop();
      const files = readdirSync(other.data, { recursive: true, encoding: "utf8" });
      const found = files
        .map((file) => join(other.data, file))
        .flatMap((file) => {
          const bytes = readFileSync(file);
          const all = [...canaries, tokens.coder];
          return all.filter((secret) => bytes.includes(secret)).map((secret) => [file, secret]);
        });
      expect(found).toEqual([]);
    } finally {
      await other.close();
    }
  });
});

describe("agents", () => {
  const team = { "proctor-token": tokens.team, authorization: "Bearer sk-own" };

  it.each<[string, Headers, string, number, string]>([
    ["one that may run any model", own, "whatever", 200, "coder"],
    ["of several the one that runs the model", team, "opus-9", 200, "opus"],
    ["the other one", team, "haiku-9", 200, "haiku"],
    ["none runs the model", team, "sonnet-9", 403, "model_not_declared"],
    ["named, and runs it", { ...team, "proctor-agent": "opus" }, "opus-9", 200, "opus"],
    [
      "named, and runs another",
      { ...team, "proctor-agent": "opus" },
      "haiku-9",
      403,
      "model_not_declared",
    ],
    ["named, and not of the token", { ...team, "proctor-agent": "coder" }, "m", 403, "forbidden"],
  ])("%s", async (_, headers, model, status, agent) => {
    rig.provider.answer({ body: JSON.stringify(chatWhole("Hello")) });
    const name = fresh();
    const given = await chat(rig.base(name), headers, model);
    expect(given.status).toBe(status);
    if (status === 200) expect(await rig.messages(agent, name)).toHaveLength(2);
    else expect(JSON.parse(given.text)).toMatchObject({ error: { code: agent } });
  });
});

it("a token of several agents is told what was wrong, and may list models", async () => {
  const team = { "proctor-token": tokens.team, authorization: "Bearer sk-own" };
  const given = await post(`${rig.base(fresh())}/v1/chat/completions`, { messages: [] }, team);
  expect([given.status, JSON.parse(given.text).error.code]).toEqual([400, "invalid_request"]);
  rig.provider.answer({ body: '{"data":[]}' });
  const models = await fetch(`${rig.url}/llm/codex/v1/models`, { headers: team });
  expect(models.status).toBe(200);
});

describe("trajectories", () => {
  it("are named by the session that a harness sends", async () => {
    rig.provider.answer({ body: JSON.stringify(messageWhole("Hello")) });
    const session = "0199aaaa-bbbb-7ccc-8ddd-eeeeffff0000";
    const url = `${rig.url}/llm/claude/v1/messages?beta=true`;
    const headers = { ...own, "x-claude-code-session-id": session };
    await post(url, { model: "m", max_tokens: 9, messages: [hello] }, headers);
    expect(rig.provider.received.at(-1)?.url).toBe("/v1/messages?beta=true");
    const opened = (await rig.records()).findLast(({ type }) => type === "opened");
    expect(opened).toMatchObject({ identifiedBy: "harness", door: "llm", session });
  });

  it("go on over connections that the client changes", async () => {
    const call: SampleCall = { id: "call_moving", name: "exec_command", arguments: { cmd: "ls" } };
    rig.provider.answer(
      { body: JSON.stringify(chatWhole("", [call])) },
      { body: JSON.stringify(chatWhole("Done")) },
    );
    const base = `${rig.url}/llm/codex`;
    const close = { ...own, connection: "close" };
    const { text } = await chat(base, close);
    const said = JSON.parse(text).choices[0].message;
    const result = { role: "tool", tool_call_id: call.id, content: "total 0" };
    await chat(base, close, "m", [hello, said, result]);
    const found = (await rig.records()).filter(
      (record) => record.type === "message" && JSON.stringify(record).includes("call_moving"),
    );
    // The call in the answer, and its result: of one trajectory, so that neither stands there twice.
    expect(found).toHaveLength(2);
    const outcomes = (await rig.records()).filter(
      (record) => record.type === "intent" && record.call.id === call.id,
    );
    expect(outcomes).toHaveLength(1);
  });

  it("say what tools were offered, and with which the model answered", async () => {
    const name = fresh();
    const call: SampleCall = { id: "call_offer", name: "exec_command", arguments: { cmd: "ls" } };
    rig.provider.answer({ body: JSON.stringify(chatWhole("", [call])) });
    const parameters = { type: "object", properties: { cmd: { type: "string" } } };
    const tool = { type: "function", function: { name: "exec_command", parameters } };
    const body = { model: "m", messages: [hello], tools: [tool], temperature: 0.5, user: "kim" };
    await post(`${rig.base(name)}/v1/chat/completions`, body, own);
    const records = await rig.records("coder", name);
    const offered = records.find(({ type }) => type === "offered");
    expect(offered).toMatchObject({ upstream: "llm:codex", count: 1 });
    const answer = records.flatMap((record) =>
      record.type === "message" ? (record.answer ?? []) : [],
    );
    expect(answer).toMatchObject([
      {
        wire: "openai-chat",
        model: "m",
        served: "m-1",
        finish: "tool_calls",
        parameters: { inline: { temperature: 0.5 } },
        usage: { input: 9, output: 4 },
        tools: offered?.type === "offered" ? offered.digest : "",
      },
    ]);
  });
});

describe("the result of a large call", () => {
  it("is its outcome as well, by the client's history", async () => {
    const cmd = `ls ${"x".repeat(9_000)}`;
    const large: SampleCall = { id: "call_large", name: "exec_command", arguments: { cmd } };
    rig.provider.answer(
      { body: JSON.stringify(chatWhole("", [large])) },
      { body: JSON.stringify(chatWhole("Done")) },
    );
    const name = fresh();
    const { text } = await chat(rig.base(name), own);
    const said = JSON.parse(text).choices[0].message;
    const result = { role: "tool", tool_call_id: large.id, content: "total 0" };
    await chat(rig.base(name), own, "m", [hello, said, result]);
    const ended = (await rig.records("coder", name)).filter(({ type }) => type === "outcome");
    expect(ended).toMatchObject([{ outcome: { kind: "carried_out" } }]);
  });
});

describe("a call", () => {
  const write: SampleCall = {
    id: "call_write",
    name: "apply_patch",
    arguments: { input: "*** Begin Patch\n*** Delete File: /etc/passwd\n*** End Patch" },
  };
  const looks: SampleCall = { id: "call_look", name: "exec_command", arguments: { cmd: "ls" } };

  it("of a tool that takes no command is replaced by a text, and the loop ends with it", async () => {
    rig.provider.answer({ body: JSON.stringify(chatWhole("", [write])) });
    const { text } = await chat(rig.base(fresh()), own);
    const [choice] = JSON.parse(text).choices;
    expect(choice).toMatchObject({ finish_reason: "stop" });
    expect(choice.message.content).toContain("proctor refused this call (apply_patch)");
    expect(choice.message.tool_calls).toBeUndefined();
  });

  it("beside it goes on under the place that clients expect", async () => {
    rig.provider.answer({ headers: sse, body: chatStream("", [write, looks]) });
    const { text } = await chat(rig.base(fresh()), own);
    expect(text).toContain('"finish_reason":"tool_calls"');
    expect(text).toContain('"tool_calls":[{"index":0,"id":"call_look"');
    expect(text).not.toContain("Delete File");
  });

  it("that only the last event of Responses has is judged there", async () => {
    const stream = responseStream("Hello", [looks]);
    const hidden = stream.replace(/("type":"response\.completed".*)/, (last) =>
      last.replace('{\\"cmd\\":\\"ls\\"}', '{\\"cmd\\":\\"rm -rf /\\"}'),
    );
    expect(hidden).not.toBe(stream);
    rig.provider.answer({ headers: sse, body: hidden });
    const url = `${rig.base(fresh())}/v1/responses`;
    const { text } = await post(url, { model: "m", input: "x", stream: true }, own);
    expect(text).not.toContain("rm -rf");
    expect(text).toContain("exit 126");
  });

  it("that was dropped has a result where the provider keeps the history", async () => {
    rig.provider.answer(
      { body: JSON.stringify(responseWhole("", [write])) },
      { body: JSON.stringify(responseWhole("Done")) },
    );
    const name = fresh();
    const url = `${rig.base(name)}/v1/responses`;
    await post(url, { model: "m", input: "x" }, own);
    await post(url, { model: "m", input: "and now?", previous_response_id: "resp_1" }, own);
    expect(JSON.parse(rig.provider.received.at(-1)?.body ?? "").input).toEqual([
      {
        type: "function_call_output",
        call_id: "call_write",
        output: expect.stringContaining("proctor refused this call"),
      },
      { role: "user", content: "and now?" },
    ]);
    // The second question goes on from the first answer, though the request did not have that.
    const messages = await rig.messages("coder", name);
    expect(messages.map(({ role }) => role)).toEqual(["user", "assistant", "user", "assistant"]);
    expect(messages[2]?.after).toBe(messages[1]?.link);
  });

  it.each<[string, string]>([
    ["with a member twice", '{"cmd":"ls","cmd":"rm -rf /"}'],
    ["that is no JSON", '{"cmd":"rm -rf /"'],
    ["that is no object", '"rm -rf /"'],
  ])(
    "whose arguments are a text %s is refused: clients may read it otherwise",
    async (_, given) => {
      const body = JSON.stringify(chatWhole("", [looks])).replace(
        JSON.stringify(JSON.stringify(looks.arguments)),
        JSON.stringify(given),
      );
      expect(body).toContain("rm -rf");
      rig.provider.answer({ body });
      const { text } = await chat(rig.base(fresh()), own);
      expect(text).not.toContain("rm -rf");
      expect(text).toContain("proctor refused this call");
    },
  );
});

describe("a call that a hook sees as well", () => {
  const looks: SampleCall = { id: "toolu_1", name: "Bash", arguments: { command: "ls -l" } };

  /** Claude Code: its prompt, its model's answer, and its hook before the call. */
  async function session(command: string) {
    const id = `session-${fresh()}`;
    const hook = (event: object) =>
      post(
        `${rig.url}/hooks/claude-code`,
        { session_id: id, cwd: "/home/dev/project", ...event },
        {
          authorization: `Bearer ${tokens.coder}`,
          "content-type": "application/json",
        },
      );
    await hook({ hook_event_name: "UserPromptSubmit", prompt: "look" });
    rig.provider.answer({ body: JSON.stringify(messageWhole("", [looks])) });
    const headers = { ...own, "x-claude-code-session-id": id };
    const body = { model: "m", max_tokens: 9, messages: [hello] };
    await post(`${rig.url}/llm/claude/v1/messages`, body, headers);
    const call = { tool_name: "Bash", tool_input: { command }, tool_use_id: looks.id };
    await hook({ hook_event_name: "PreToolUse", ...call });
    const records = await rig.records();
    const opened = records.filter((record) => record.type === "opened" && record.session === id);
    const intents = records.filter(
      (record) => record.type === "intent" && record.call.id === looks.id,
    );
    return { opened, intents: intents.slice(-2) };
  }

  it("is one step with it, in the trajectory of the prompt", async () => {
    const { opened, intents } = await session("ls -l");
    expect(opened).toHaveLength(1);
    const [first, second] = intents;
    expect(first).toMatchObject({ step: 1, call: { door: "llm" } });
    expect(second).toMatchObject({ step: 2, call: { door: "hooks" }, sameAs: 1 });
  });

  it("is another step where it does something else", async () => {
    const { opened, intents } = await session("cat /etc/hosts");
    expect(opened).toHaveLength(1);
    expect(intents[1]).toMatchObject({ call: { door: "hooks" }, idReused: true });
    expect(intents[1]).not.toHaveProperty("sameAs");
  });
});

describe("the rest of a provider's API", () => {
  it("that has neither conversations nor calls is passed on, and not recorded", async () => {
    rig.provider.answer({ body: '{"data":[]}' });
    const name = fresh();
    const response = await fetch(`${rig.base(name)}/v1/models?limit=1`, { headers: own });
    expect([response.status, await response.text()]).toEqual([200, '{"data":[]}']);
    expect(rig.provider.received.at(-1)).toMatchObject({
      method: "GET",
      url: "/v1/models?limit=1",
    });
    expect(await rig.records("coder", name)).toEqual([]);
  });
});
