// A call that waits for a person: the client is told so, the stream does not fall silent, and its answer
// comes on it, whatever the server answers with.

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Approval } from "../../../src/gateway/approvals.ts";
import { createMcpUpstream } from "../../../src/upstream/mcp/index.ts";
import { mcpUpstreamSchema } from "../../../src/upstream/mcp/schema.ts";
import {
  type Answered,
  answered,
  type Door,
  notification,
  openDoor,
  openSession,
  request,
} from "./door.ts";

const whole = { "content-type": "application/json" };
const modern = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

describe("a call that waits for a person", () => {
  let door: Door;
  let server: Server;
  let answer: (response: ServerResponse) => void = () => {};
  let calls = 0;

  afterEach(async () => {
    await door.close();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });

  async function start(): Promise<void> {
    calls = 0;
    server = createServer((_, response) => {
      calls += 1;
      answer(response);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const config = mcpUpstreamSchema.parse({ url, keepAliveMs: 5 });
    const upstream = createMcpUpstream("slow", config, { nowMs: () => 0, env: {} });
    door = await openDoor({
      decide: () => "ask",
      asking: () => ["rule"],
      parts: { servers: [upstream] },
    });
  }

  const call = (id: number, meta: object = {}) =>
    request(id, "tools/call", { name: "delete", arguments: { path: "/a" }, _meta: meta });

  async function asked(): Promise<Approval> {
    await expect.poll(() => door.rig.approvals.waitingOfAll()).toBe(1);
    const [first] = await door.rig.approvals.list();
    if (first === undefined) throw new Error("nobody was asked");
    return first;
  }

  const outcomes = async () =>
    (await door.rig.records()).flatMap((record) =>
      record.type === "outcome" ? [record.outcome] : [],
    );

  /** A comment or a report of progress: the stream does not fall silent. */
  const signOfLife = /: keep-alive\n\n|notifications\/progress/;

  /** Answers when so many signs of life have come, which may be none, and reads on to the end. */
  async function answeredAfter(
    signs: number,
    calling: Promise<Response>,
    answer: "approved" | "refused" = "approved",
  ): Promise<Answered> {
    const [{ id }, { status, headers, body }] = await Promise.all([asked(), calling]);
    let [text, isAnswered] = ["", false];
    async function answerInTime(): Promise<void> {
      if (isAnswered || text.split(signOfLife).length - 1 < signs) return;
      isAnswered = true;
      await door.rig.approvals.answer(id, { answer, by: "kim" });
    }
    await answerInTime();
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      await answerInTime();
    }
    return answered({ status, headers, text });
  }

  const result = '{"jsonrpc":"2.0","id":1,"result":{"content":[],"big":12345678901234567890}}';
  const answers: [string, (response: ServerResponse) => void, string | RegExp][] = [
    ["one body", (response) => response.writeHead(200, whole).end(result), /12345678901234567890/],
    [
      "a stream",
      (response) =>
        response.writeHead(200, { "content-type": "text/event-stream" }).end(`data: ${result}\n\n`),
      /12345678901234567890/,
    ],
    ["a status", (response) => response.writeHead(503).end("busy"), /the server answered 503/],
    ["nothing", (response) => response.destroy(), /upstream_failed/],
  ];
  for (const [what, how, expected] of answers) {
    it(`is answered on the stream when the server answers with ${what}`, async () => {
      answer = how;
      await start();
      const { status, headers, text, json } = await answeredAfter(
        1,
        door.begin("/t/t/mcp/slow", call(1)),
      );
      expect([status, headers.get("content-type")]).toEqual([200, "text/event-stream"]);
      expect(text).toMatch(/^: keep-alive\n\n/);
      expect(text).toMatch(expected);
      expect(json.id).toBe(1);
    });
  }

  it("tells of it as progress, to a client that asks for that", async () => {
    answer = (response) => response.writeHead(200, whole).end(result);
    await start();
    const meta = { progressToken: "p" };
    const { messages } = await answeredAfter(2, door.begin("/t/t/mcp/slow", call(1, meta)));
    const told = messages.filter(({ method }) => method === "notifications/progress");
    expect(told.length).toBeGreaterThan(1);
    expect(told[0]?.params).toMatchObject({
      progressToken: "p",
      message: expect.stringContaining("A person has been asked"),
    });
    const progress = told.map(({ params }) => Number(params?.progress));
    expect(progress).toEqual([...new Set(progress)].sort((a, b) => a - b));
    expect(Math.max(...progress)).toBeLessThan(0.001);
  });

  it("is told no, on the stream", async () => {
    await start();
    const { json } = await answeredAfter(1, door.begin("/t/t/mcp/slow", call(1)), "refused");
    expect(json.result).toMatchObject({ isError: true });
    expect(calls).toBe(0);
  });

  it("is told the same of the embedded tools, in either era", async () => {
    await start();
    const session = await openSession(door, "/t/t/mcp/local");
    const held = await answeredAfter(
      1,
      door.begin("/t/t/mcp/local", call(1, { progressToken: 7 }), session),
    );
    expect(held.messages[0]).toMatchObject({ params: { progressToken: 7 } });
    expect(held.json.result).toMatchObject({ content: [{ text: "done" }] });
    const mirrors = {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "delete",
    };
    const without = await answeredAfter(0, door.begin("/t/t/mcp/local", call(2, modern), mirrors));
    expect(without.headers.get("content-type")).toBe("text/event-stream");
    expect(without.json).toMatchObject({ id: 2, result: { resultType: "complete" } });
  });

  it("is dropped when the client cancels it, and then nothing is carried out", async () => {
    await start();
    const session = await openSession(door, "/t/t/mcp/local");
    const calling = door.post("/t/t/mcp/local", call(1), session);
    await asked();
    await door.post(
      "/t/t/mcp/local",
      notification("notifications/cancelled", { requestId: 1 }),
      session,
    );
    expect((await calling).json.result).toMatchObject({ isError: true });
    await expect.poll(outcomes).toMatchObject([{ kind: "cancelled", dispatched: false }]);
  });

  it("is dropped when a client without a session closes the stream", async () => {
    await start();
    const gone = new AbortController();
    const headers = { "content-type": "application/json", "mcp-protocol-version": "2026-07-28" };
    const calling = door
      .send("POST", "/t/t/mcp/slow", headers, JSON.stringify(call(1, modern)), gone.signal)
      .catch(() => "gone");
    await asked();
    gone.abort();
    expect(await calling).toBe("gone");
    await expect.poll(outcomes).toMatchObject([{ kind: "cancelled", dispatched: false }]);
    expect(calls).toBe(0);
  });
});
