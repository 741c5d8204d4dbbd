// The official clients through the door: the same as without it where nothing is denied, and a loop that
// goes on where something is.

import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLlmRig, json, type LlmRig, sse, tokens } from "./rig.ts";
import {
  chatStream,
  chatWhole,
  messageStream,
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
  return `t${count}`;
}

const harmful = (name: string, member: string): SampleCall => ({
  id: "call_bad",
  name,
  arguments: { [member]: "rm -rf /" },
});
const looking = (name: string, member: string): SampleCall => ({
  id: "call_good",
  name,
  arguments: { [member]: "ls -l" },
});

const headers = { "Proctor-Token": tokens.coder };
const openai = (base: string) =>
  new OpenAI({ apiKey: "sk-own", baseURL: `${base}/v1`, defaultHeaders: headers, maxRetries: 0 });
const anthropic = (base: string) =>
  new Anthropic({ apiKey: "sk-own", baseURL: base, defaultHeaders: headers, maxRetries: 0 });

const user = [{ role: "user" as const, content: "tidy up" }];

/** One request by an official client; resolves with everything that it saw. */
interface Client {
  readonly name: string;
  readonly provider: string;
  readonly tool: [name: string, member: string];
  readonly answer: (text: string, calls: readonly SampleCall[]) => string | object;
  ask(base: string): Promise<unknown>;
}

async function collected(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const one of stream) found.push(one);
  return found;
}

const clients: readonly Client[] = [
  {
    name: "Chat Completions",
    provider: "codex",
    tool: ["exec_command", "cmd"],
    answer: chatWhole,
    ask: (base) => openai(base).chat.completions.create({ model: "m", messages: user }),
  },
  {
    name: "Chat Completions, streaming",
    provider: "codex",
    tool: ["exec_command", "cmd"],
    answer: chatStream,
    ask: async (base) =>
      collected(
        await openai(base).chat.completions.create({ model: "m", messages: user, stream: true }),
      ),
  },
  {
    name: "Responses",
    provider: "codex",
    tool: ["exec_command", "cmd"],
    answer: responseWhole,
    ask: (base) => openai(base).responses.create({ model: "m", input: "tidy up" }),
  },
  {
    name: "Responses, streaming",
    provider: "codex",
    tool: ["exec_command", "cmd"],
    answer: responseStream,
    ask: async (base) =>
      collected(
        await openai(base).responses.create({ model: "m", input: "tidy up", stream: true }),
      ),
  },
  {
    name: "Messages",
    provider: "claude",
    tool: ["Bash", "command"],
    answer: messageWhole,
    ask: (base) => anthropic(base).messages.create({ model: "m", max_tokens: 9, messages: user }),
  },
  {
    name: "Messages, streaming",
    provider: "claude",
    tool: ["Bash", "command"],
    answer: messageStream,
    ask: async (base) =>
      collected(
        await anthropic(base).messages.create({
          model: "m",
          max_tokens: 9,
          messages: user,
          stream: true,
        }),
      ),
  },
];

function script(answer: string | object) {
  return typeof answer === "string"
    ? { headers: sse, body: answer }
    : { headers: json, body: JSON.stringify(answer) };
}

describe.each(clients)("$name", ({ ask, answer, provider, tool }) => {
  it("gives the client what the provider gave", async () => {
    const both = [looking(...tool), { ...looking(...tool), id: "call_good2" }];
    for (const calls of [[], [looking(...tool)], both]) {
      rig.provider.answer(script(answer("Hello there", calls)));
      expect(await ask(rig.base(fresh(), provider))).toEqual(await ask(rig.provider.url));
    }
  });

  it("gives a command that tells why in the place of a denied one", async () => {
    const name = fresh();
    rig.provider.answer(script(answer("I will tidy", [harmful(...tool)])));
    const given = JSON.stringify(await ask(rig.base(name, provider)));
    expect(given).not.toContain("rm -rf");
    expect(given).toContain("proctor refused this call");
    expect(given).toContain("exit 126");
    const steps = (await rig.records()).filter(({ type }) => type === "intent");
    expect(steps.at(-1)).toMatchObject({ call: { id: "call_bad" }, decision: { verdict: "deny" } });
  });
});

/** What a tool of the client says of the arguments that it was called with. */
const carriedOut: string[] = [];
function runTool(given: string): string {
  carriedOut.push(given);
  return given.includes("exit 126") ? "exit status 126" : "total 0";
}

/** A turn of an agent's loop with its tools, and the next one with their results; the last text. */
const loops: readonly {
  readonly name: string;
  readonly provider: string;
  readonly tool: [name: string, member: string];
  readonly answer: (text: string, calls: readonly SampleCall[]) => string | object;
  run(base: string): Promise<string | null>;
}[] = [
  {
    name: "Chat Completions, streaming",
    provider: "codex",
    tool: ["exec_command", "cmd"],
    answer: chatStream,
    async run(base) {
      const { completions } = openai(base).chat;
      const first = await completions.stream({ model: "m", messages: user }).finalMessage();
      const results = (first.tool_calls ?? []).map((call) => ({
        role: "tool" as const,
        tool_call_id: call.id,
        content: runTool(call.type === "function" ? call.function.arguments : ""),
      }));
      const messages = [...user, first, ...results];
      return (await completions.stream({ model: "m", messages }).finalMessage()).content;
    },
  },
  {
    name: "Chat Completions",
    provider: "codex",
    tool: ["exec_command", "cmd"],
    answer: chatWhole,
    async run(base) {
      const { completions } = openai(base).chat;
      const [choice] = (await completions.create({ model: "m", messages: user })).choices;
      if (choice === undefined) throw new Error("no choice");
      const results = (choice.message.tool_calls ?? []).map((call) => ({
        role: "tool" as const,
        tool_call_id: call.id,
        content: runTool(call.type === "function" ? call.function.arguments : ""),
      }));
      const messages = [...user, choice.message, ...results];
      const [last] = (await completions.create({ model: "m", messages })).choices;
      return last?.message.content ?? null;
    },
  },
  {
    name: "Responses, streaming",
    provider: "codex",
    tool: ["exec_command", "cmd"],
    answer: responseStream,
    async run(base) {
      const { responses } = openai(base);
      const input: OpenAI.Responses.ResponseInput = [...user];
      const first = await responses.stream({ model: "m", input }).finalResponse();
      for (const item of first.output) {
        if (item.type === "message" || item.type === "function_call") input.push(item);
      }
      for (const item of first.output) {
        if (item.type !== "function_call") continue;
        const output = runTool(item.arguments);
        input.push({ type: "function_call_output", call_id: item.call_id, output });
      }
      return (await responses.stream({ model: "m", input }).finalResponse()).output_text;
    },
  },
  {
    name: "Messages, streaming",
    provider: "claude",
    tool: ["Bash", "command"],
    answer: messageStream,
    async run(base) {
      const { messages } = anthropic(base);
      const common = { model: "m", max_tokens: 9 };
      const first = await messages.stream({ ...common, messages: user }).finalMessage();
      const content = first.content.flatMap((block) =>
        block.type === "tool_use"
          ? [
              {
                type: "tool_result" as const,
                tool_use_id: block.id,
                content: runTool(JSON.stringify(block.input)),
              },
            ]
          : [],
      );
      const next = [
        ...user,
        { role: "assistant" as const, content: first.content },
        { role: "user" as const, content },
      ];
      const last = await messages.stream({ ...common, messages: next }).finalMessage();
      return last.content.map((block) => (block.type === "text" ? block.text : "")).join("");
    },
  },
];

describe.each(loops)("a loop over $name", ({ provider, tool, answer, run }) => {
  it("goes on behind a denial, and is recorded once", async () => {
    const name = fresh();
    const calls = [harmful(...tool), looking(...tool)];
    rig.provider.answer(script(answer("I will tidy", calls)), script(answer("Done", [])));
    carriedOut.length = 0;
    expect(await run(rig.base(name, provider))).toBe("Done");
    expect(carriedOut.map((given) => /exit 126|ls -l/.exec(given)?.[0])).toEqual([
      "exit 126",
      "ls -l",
    ]);
    const records = await rig.records("coder", name);
    expect(records.flatMap((record) => (record.type === "message" ? [record.role] : []))).toEqual([
      "user",
      "assistant",
      "tool",
      ...(provider === "claude" ? [] : ["tool"]),
      "assistant",
    ]);
    // What the model said, not what the client was given; and the client's results as outcomes.
    const said = records.find((record) => record.type === "message" && record.answer !== undefined);
    expect(JSON.stringify(said)).toContain("rm -rf /");
    expect(said).toMatchObject({ answer: { replaced: ["call_bad"], ended: "complete" } });
    const ended = records.flatMap((record) => (record.type === "outcome" ? [record.outcome] : []));
    expect(ended).toMatchObject([
      { kind: "refused", code: "denied_by_policy" },
      { kind: "carried_out", result: { inline: "total 0" } },
    ]);
  });
});
