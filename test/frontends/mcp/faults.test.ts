// What becomes of a call when the server misbehaves: the client is always answered in its protocol, and
// the record says what is known.

import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it, vi } from "vitest";
import { createMcpUpstream } from "../../../src/upstream/mcp/index.ts";
import { mcpUpstreamSchema } from "../../../src/upstream/mcp/schema.ts";
import { stopTimers } from "../../timers.ts";
import { type Door, openDoor, replyOf, request } from "./door.ts";
import { expectGolden } from "./golden.ts";

const world = { nowMs: () => 0, env: {} };
const path = "/t/t/mcp/faulty";
const stream = { "content-type": "text/event-stream" };
const whole = { "content-type": "application/json" };
const result = (id: number, text: string) =>
  JSON.stringify({ jsonrpc: "2.0", id, result: { content: [{ type: "text", text }] } });
const event = (data: string, id?: string) =>
  `${id === undefined ? "" : `id: ${id}\n`}data: ${data}\n\n`;
const progress = event('{"jsonrpc":"2.0","method":"notifications/progress","params":{}}');

type Misbehave = (answer: ServerResponse) => void;

/** What the server does with the call of id 1. What comes of it stands in the golden file. */
const faults: readonly [string, Misbehave][] = [
  ["dies before the answer", (answer) => answer.destroy()],
  [
    "dies within the answer",
    (answer) => {
      answer.writeHead(200, { ...whole, "content-length": "1000" }).write('{"jsonrpc":');
      setImmediate(() => answer.destroy());
    },
  ],
  [
    "dies within the stream",
    (answer) => {
      answer.writeHead(200, stream).write(progress);
      answer.write("data: {", () => answer.destroy());
    },
  ],
  ["closes the stream before the result", (answer) => answer.writeHead(200, stream).end(progress)],
  [
    "sends a result that is too large",
    (answer) => answer.writeHead(200, whole).end(result(1, "x".repeat(100_000))),
  ],
  [
    "sends an event without end",
    (answer) => {
      answer.writeHead(200, stream);
      const flood = () => {
        while (!answer.destroyed && answer.write(`data: ${"x".repeat(10_000)}\n`)) {}
      };
      answer.on("drain", flood);
      flood();
    },
  ],
  [
    "sends an event that is no JSON",
    (answer) => answer.writeHead(200, stream).end(event("{nonsense")),
  ],
  ["sends a body that is no JSON", (answer) => answer.writeHead(200, whole).end("nonsense")],
  ["answers another id", (answer) => answer.writeHead(200, whole).end(result(2, "other"))],
  ["answers with nothing", (answer) => answer.writeHead(202).end()],
  ["redirects", (answer) => answer.writeHead(307, { location: "http://127.0.0.1:1/" }).end()],
  [
    "answers twice: the first counts",
    (answer) =>
      answer.writeHead(200, stream).end(event(result(1, "one")) + event(result(1, "two"))),
  ],
  [
    "answers with an error of the protocol",
    (answer) =>
      answer
        .writeHead(200, whole)
        .end('{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"m"}}'),
  ],
  [
    "asks for a token, as HTTP does",
    (answer) => answer.writeHead(401, { "www-authenticate": "Bearer" }).end("who?"),
  ],
];

/** Long after the test has failed. */
const never = 3_600_000;
const patient = { callTimeoutMs: never, answerTimeoutMs: never, connectTimeoutMs: never };

describe("a server that misbehaves", () => {
  let door: Door;
  let server: Server;
  afterEach(async () => {
    vi.useRealTimers();
    await door.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  async function start(answerAll: (method: string, answer: ServerResponse) => void, more = {}) {
    server = createServer((incoming, answer) => {
      incoming.resume().once("end", () => answerAll(incoming.method ?? "", answer));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
    const limits = { ...patient, maxMessageBytes: 65_536, ...more };
    const config = mcpUpstreamSchema.parse({ url, ...limits });
    door = await openDoor({ parts: { servers: [createMcpUpstream("faulty", config, world)] } });
  }
  const outcomes = async () =>
    (await door.rig.records()).flatMap((record) =>
      record.type === "outcome" ? [record.outcome] : [],
    );
  const call = request(1, "tools/call", { name: "write", arguments: { path: "/w/x" } });

  it.each(faults)("%s", async (what, misbehave) => {
    await start((_, answer) => misbehave(answer));
    const answer = await door.post(path, call);
    expectGolden(`over HTTP: ${what}`, answer, await outcomes());
  });

  it("hangs before the answer", async () => {
    await start(() => {}, { callTimeoutMs: 100 });
    expectGolden(
      "over HTTP: hangs before the answer",
      await door.post(path, call),
      await outcomes(),
    );
  });

  it("hangs within the stream", async () => {
    await start((_, answer) => answer.writeHead(200, stream).write(progress));
    const clock = stopTimers();
    // The stream has begun.
    const response = await door.begin(path, call);
    await clock.pass(never - 1);
    expect(await outcomes()).toEqual([]);
    await clock.pass(1);
    const answer = await replyOf(response);
    expectGolden("over HTTP: hangs within the stream", answer, await outcomes());
  });

  it("is not there: nothing was sent", async () => {
    await start(() => {});
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    const { status, json } = await door.post(path, call);
    expect([status, json.result?.isError]).toEqual([200, true]);
    expect(await outcomes()).toMatchObject([{ kind: "failed", code: "upstream_unreachable" }]);
    const listed = await door.post(path, request(2, "tools/list"));
    expect([listed.status, listed.json.error?.code]).toEqual([502, -31_000]);
    server.listen(0);
  });

  it.each([
    ["read", 1, 2, "carried_out"],
    ["read", 2, 2, "failed"],
    ["write", 1, 1, "failed"],
  ])(
    "breaks off %s %i times before the answer: asked %i times, %s",
    async (name, breaks, times, kind) => {
      let asked = 0;
      await start((_, answer) => {
        asked += 1;
        if (asked <= breaks) answer.destroy();
        else answer.writeHead(200, whole).end(result(1, "whole"));
      });
      await door.post(path, request(1, "tools/call", { name, arguments: { path: "/w/x" } }));
      expect(asked).toBe(times);
      expect(await outcomes()).toMatchObject([{ kind }]);
    },
  );

  it("hangs on anything else: an error of the protocol, in time", async () => {
    await start(() => {}, { answerTimeoutMs: 100 });
    const { status, json } = await door.post(path, request(2, "tools/list"));
    expect([status, json.id, json.error?.code]).toEqual([504, 2, -31_000]);
  });

  it("closes the stream for the client to resume: the result comes on another, once recorded", async () => {
    await start((method, answer) => {
      if (method === "POST") answer.writeHead(200, stream).end("id: 1\nretry: 10\ndata: \n\n");
      else answer.writeHead(200, stream).end(event(result(1, "resumed"), "2"));
    });
    const session = { "mcp-session-id": "s" };
    const first = await door.post(path, call, session);
    expect(first.text).toBe("id: 1\nretry: 10\ndata: \n\n");
    expect(await outcomes()).toEqual([]);
    const second = await door.send("GET", path, { ...session, "last-event-id": "1" });
    expect(second.text).toBe(event(result(1, "resumed"), "2"));
    expect(await outcomes()).toMatchObject([{ kind: "carried_out" }]);
  });

  it("is silent on a stream: comment lines keep it open, between events only", async () => {
    let end: () => void = () => {};
    await start(
      (_, answer) => {
        answer.writeHead(200, stream).write("data: half");
        end = () => answer.end("\n\n");
      },
      { keepAliveMs: 10 },
    );
    const response = await fetch(door.origin + path, { headers: { authorization: "Bearer a" } });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const readOn = async (until: string) => {
      while (!text.includes(until)) text += (await reader?.read())?.value ?? until;
    };
    await readOn(": keep-alive\n\n");
    end();
    await readOn("data: half\n\n");
    expect(text.replaceAll(": keep-alive\n\n", "")).toBe("data: half\n\n");
  });
});
