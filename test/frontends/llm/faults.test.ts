// What goes wrong at a provider: passed on as it was, and written down as what it was.

import { request as httpRequest } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MessageRecord } from "../../../src/core/record.ts";
import { createLlmRig, events, json, type LlmRig, type Script, sse, tokens } from "./rig.ts";
import { chatStream, chatWhole, messageStream, type SampleCall } from "./samples.ts";

let rig: LlmRig;
beforeAll(async () => {
  rig = await createLlmRig();
});
afterAll(() => rig.close());

let count = 0;
function fresh(): string {
  count += 1;
  return `f${count}`;
}

interface Given {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  /** The connection broke before the end. */
  readonly broke: boolean;
}

const question = { model: "m", messages: [{ role: "user", content: "hi" }] };

async function ask(
  name: string,
  {
    body = question,
    path = "/v1/chat/completions",
    provider = "codex",
    headers = {},
  }: {
    body?: object | Uint8Array;
    path?: string;
    provider?: string;
    headers?: Record<string, string>;
  } = {},
): Promise<Given> {
  const response = await fetch(`${rig.base(name, provider)}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: "Bearer sk-own",
      "proctor-token": tokens.coder,
      ...headers,
    },
    body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body),
  });
  let text = "";
  let broke = false;
  const decoder = new TextDecoder();
  try {
    for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
  } catch {
    broke = true;
  }
  const { status } = response;
  return { status, headers: response.headers, body: text, broke };
}

async function answerIn(name: string): Promise<MessageRecord["answer"]> {
  const found = await rig.messages("coder", name);
  return found.find(({ answer }) => answer !== undefined)?.answer;
}

const bad: SampleCall = { id: "call_bad", name: "exec_command", arguments: { cmd: "rm -rf /" } };
const wholeStream = chatStream("Hello", []);
const half = wholeStream.slice(0, wholeStream.length / 2);
const callStream = chatStream("Hello", [bad]);
const withinCall = callStream.slice(0, callStream.lastIndexOf('"finish_reason":"tool_calls"'));

/** Writes, and then breaks the connection. */
const breaks =
  (text: string): Script =>
  (_, response) => {
    response.writeHead(200, sse);
    response.write(text, () => response.destroy());
  };

describe("a stream", () => {
  it.each<[string, string]>([
    ["with comments and a retry", `: hello\n\nretry: 5\n\n${wholeStream}`],
    ["with CR LF", wholeStream.replaceAll("\n", "\r\n")],
    ["with lone CR", wholeStream.replaceAll("\n", "\r")],
    ["with a mark of the byte order", `\ufeff${wholeStream}`],
    ["with ids", wholeStream.replaceAll("data:", "id: 7\ndata:")],
    ["with letters beyond ASCII", chatStream("Grüße, 世界 🌍", [])],
    ["without its last word", wholeStream.replace("data: [DONE]\n\n", "")],
    ["with an event that is no JSON", `data: {"half":\n\n${wholeStream}`],
    ["with an error in it", events({ error: { message: "overloaded" } })],
    ["with nothing in it", ""],
    ["whose last event has no empty line", wholeStream.trimEnd()],
  ])("%s passes byte for byte", async (_, text) => {
    for (const size of [1, 7, 100_000]) {
      rig.provider.answer(async (_request, response) => {
        response.writeHead(200, sse);
        const bytes = Buffer.from(text);
        const step = Math.max(size, bytes.length / 64);
        for (let at = 0; at < bytes.length; at += step) {
          response.write(bytes.subarray(at, at + step));
          await new Promise(setImmediate);
        }
        response.end();
      });
      const given = await ask(fresh(), { body: { ...question, stream: true } });
      expect([given.body, given.broke]).toEqual([text.replace(/^\ufeff/, ""), false]);
    }
  });

  it.each<[string, Script, Partial<Given>, object]>([
    ["broken within text", breaks(half), { broke: true }, { ended: "cut off", status: 200 }],
    ["broken before its first event", breaks(": x\n\n"), { broke: true }, { ended: "cut off" }],
    ["broken within a call", breaks(withinCall), { broke: true }, { ended: "cut off" }],
    [
      "ended within a call",
      { headers: sse, body: withinCall.slice(0, withinCall.lastIndexOf("\n\n") + 2) },
      { broke: true },
      { ended: "cut off", detail: "the stream ended within a call" },
    ],
    [
      "with an unreadable event that speaks of calls",
      { headers: sse, body: `data: {"choices":[{"delta":{"tool_calls":[NaN\n\n${wholeStream}` },
      { broke: true, body: "" },
      { ended: "cut off" },
    ],
    [
      "with an error",
      { headers: sse, body: events({ error: { message: "overloaded" } }) },
      { broke: false },
      { ended: "cut off", detail: "overloaded" },
    ],
  ])("%s is recorded as that", async (_, script, given, recorded) => {
    const name = fresh();
    rig.provider.answer(script);
    const found = await ask(name, { body: { ...question, stream: true } });
    expect(found).toMatchObject(given);
    expect(found.body).not.toContain("rm -rf");
    expect(await answerIn(name)).toMatchObject(recorded);
  });

  it("gives text before more of it comes, and nothing of a call before it is whole", async () => {
    const all = callStream.split(/(?<=\n\n)/);
    const firstOfCall = all.findIndex((event) => event.includes("tool_calls"));
    let taken: () => void = () => {};
    rig.provider.answer(async (_, response) => {
      response.writeHead(200, sse);
      for (const event of all.slice(0, firstOfCall)) {
        const seen = new Promise<void>((resolve) => {
          taken = resolve;
        });
        response.write(event);
        // Nothing more comes until the client has this.
        await seen;
      }
      for (const event of all.slice(firstOfCall)) response.write(event);
      response.end();
    });
    const response = await fetch(`${rig.base(fresh())}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: "Bearer sk-own", "proctor-token": tokens.coder },
      body: JSON.stringify({ ...question, stream: true }),
    });
    const chunks: string[] = [];
    for await (const chunk of response.body ?? []) {
      chunks.push(Buffer.from(chunk).toString());
      taken();
    }
    expect(chunks.slice(0, firstOfCall)).toEqual(all.slice(0, firstOfCall));
    expect(chunks.join("")).toContain("exit 126");
  });

  it("that its client leaves is ended at the provider, and recorded as aborted", async () => {
    const name = fresh();
    const left = new Promise<void>((resolve) => {
      rig.provider.answer((_, response) => {
        response.once("close", resolve);
        response.writeHead(200, sse).write(half);
      });
    });
    const headers = { "proctor-token": tokens.coder, authorization: "Bearer sk-own" };
    await new Promise<void>((resolve) => {
      const url = `${rig.base(name)}/v1/chat/completions`;
      const sent = httpRequest(url, { method: "POST", headers }, (response) => {
        response.once("data", () => {
          response.destroy();
          resolve();
        });
      });
      sent.on("error", () => undefined);
      sent.end(JSON.stringify({ ...question, stream: true }));
    });
    await left;
    await expect.poll(() => answerIn(name)).toMatchObject({ ended: "aborted" });
  });
});

describe("an answer", () => {
  const limited = { error: { message: "slow down", type: "rate_limit_error" } };
  it.each<[string, Script, Partial<Given>, object]>([
    [
      "of a rate limit",
      { status: 429, headers: { ...json, "retry-after": "7" }, body: JSON.stringify(limited) },
      { status: 429, body: JSON.stringify(limited) },
      { ended: "failed", status: 429, detail: "slow down" },
    ],
    [
      "of a failing provider, no JSON",
      { status: 502, headers: { "content-type": "text/html" }, body: "<h1>Bad gateway</h1>" },
      { status: 502, body: "<h1>Bad gateway</h1>" },
      { ended: "failed", status: 502, detail: "<h1>Bad gateway</h1>" },
    ],
    [
      "compressed although nobody asked for it",
      {
        headers: { ...json, "content-encoding": "gzip" },
        body: gzipSync(JSON.stringify(chatWhole("Hello"))),
      },
      { status: 200, body: JSON.stringify(chatWhole("Hello")) },
      { ended: "complete", status: 200 },
    ],
    [
      "a stream, compressed",
      { headers: { ...sse, "content-encoding": "gzip" }, body: gzipSync(wholeStream) },
      { status: 200, body: wholeStream },
      { ended: "complete", status: 200 },
    ],
    [
      "in an encoding that is not known",
      { headers: { ...json, "content-encoding": "zz" }, body: "zz" },
      { status: 502 },
      { ended: "failed" },
    ],
    [
      "that is no JSON",
      { headers: json, body: "{" },
      { status: 502 },
      { ended: "failed", status: 200, detail: "{" },
    ],
    [
      "that breaks off",
      (_, response) => {
        response.writeHead(200, { ...json, "content-length": "99" });
        response.write("{", () => response.destroy());
      },
      { status: 502 },
      { ended: "failed", status: 200 },
    ],
    [
      "that never comes",
      (_, response) => void response.destroy(),
      { status: 502 },
      { ended: "failed" },
    ],
  ])("%s", async (_, script, given, recorded) => {
    const name = fresh();
    rig.provider.answer(script);
    const found = await ask(name);
    expect(found).toMatchObject(given);
    expect(await answerIn(name)).toMatchObject(recorded);
    if (found.status === 429) expect(found.headers.get("retry-after")).toBe("7");
  });
});

describe("a request", () => {
  it("compressed is passed on as what was read", async () => {
    rig.provider.answer({ body: JSON.stringify(chatWhole("Hello")) });
    const body = gzipSync(JSON.stringify(question));
    const { status } = await ask(fresh(), { body, headers: { "content-encoding": "gzip" } });
    const sent = rig.provider.received.at(-1);
    expect([status, sent?.body, sent?.headers["content-encoding"]]).toEqual([
      200,
      JSON.stringify(question),
      undefined,
    ]);
  });

  it.each<[string, Parameters<typeof ask>[1], number, string]>([
    ["no JSON", { body: Buffer.from("{") }, 400, "malformed_json"],
    ["a member twice", { body: Buffer.from('{"model":"a","model":"b"}') }, 400, "duplicate_key"],
    ["no model", { body: { messages: [] } }, 400, "invalid_request"],
    ["no messages", { body: { model: "m" } }, 400, "invalid_request"],
    [
      "compressed in a way that is not read",
      { headers: { "content-encoding": "zstd" } },
      415,
      "unsupported_media_type",
    ],
    ["an endpoint that is not passed on", { path: "/v1/batches" }, 403, "route_not_allowed"],
    ["a stored answer", { path: "/v1/responses/resp_1" }, 403, "route_not_allowed"],
    [
      "an answer to be fetched later",
      { path: "/v1/responses", body: { model: "m", input: "x", background: true } },
      400,
      "invalid_request",
    ],
    ["a provider that is not there", { provider: "nobody" }, 404, "route_not_found"],
  ])("with %s is told so in the provider's form", async (_, request, status, code) => {
    const before = rig.provider.received.length;
    const given = await ask(fresh(), request);
    expect(given.status).toBe(status);
    expect(JSON.parse(given.body)).toMatchObject({ error: { code, type: "proctor" } });
    expect(rig.provider.received).toHaveLength(before);
  });

  it.each(["/v1/../v1/models", "/v1/%6dodels", "//v1/models", "/v1/models/../batches"])(
    "whose path is %s reaches nothing",
    async (path) => {
      const { port } = new URL(rig.url);
      const before = rig.provider.received.length;
      const options = { host: "127.0.0.1", port, headers: { "proctor-token": tokens.coder } };
      const status = await new Promise((resolve) => {
        const sent = httpRequest({ ...options, path: `/llm/codex${path}` }, (response) =>
          resolve(response.resume().statusCode),
        );
        sent.end();
      });
      expect(status).toBe(403);
      expect(rig.provider.received).toHaveLength(before);
    },
  );

  it("to Anthropic's API is told so in that form", async () => {
    const given = await ask(fresh(), { path: "/v1/messages", body: {}, provider: "claude" });
    expect(JSON.parse(given.body)).toMatchObject({
      type: "error",
      error: { type: "invalid_request_error" },
    });
  });

  it("for a WebSocket is told to take HTTP", async () => {
    const headers = { connection: "Upgrade", upgrade: "websocket", "proctor-token": tokens.coder };
    const status = await new Promise((resolve) => {
      const url = `${rig.base(fresh())}/v1/responses`;
      httpRequest(url, { headers }, (response) => resolve(response.resume().statusCode)).end();
    });
    expect(status).toBe(426);
  });

  it("that cannot be recorded gets no answer", async () => {
    const other = await createLlmRig({ trajectories: { maxOpensPerMinute: 1 } });
    try {
      other.provider.answer({ headers: sse, body: messageStream("Hello") });
      const send = (name: string) =>
        fetch(`${other.base(name, "claude")}/v1/messages`, {
          method: "POST",
          headers: { "x-api-key": "sk", "proctor-token": tokens.coder },
          body: JSON.stringify({ ...question, stream: true }),
        });
      expect((await send("one")).status).toBe(200);
      const second = await send("two");
      expect([second.status, await second.text()]).toEqual([
        429,
        expect.not.stringContaining("Hello"),
      ]);
    } finally {
      await other.close();
    }
  });
});
