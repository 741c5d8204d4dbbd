// The HTTP upstream against servers that answer, half-answer, or never do.

import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Effect } from "../../../src/core/effect.ts";
import { createHttpUpstream, httpUpstreamSchema } from "../../../src/upstream/http/index.ts";
import type { IncomingRequest } from "../../../src/upstream/http/routes.ts";
import { quietPort } from "../../ports.ts";
import { answer, rawServer } from "./servers.ts";

const routes = {
  "HEAD /files/{path}": "look",
  "GET /files/{path}": "read_file",
  "POST /exec": "run_command",
};

/** Long enough for any machine, so that only the limit under test can strike. */
const never = 3_600_000;
const patient = { retries: 0, timeoutMs: never };
const patientSteps = { connectTimeoutMs: never, headersTimeoutMs: never, bodyTimeoutMs: never };

function upstreamAt(port: number, settings: object = {}) {
  const url = `http://127.0.0.1:${port}/base`;
  const config = httpUpstreamSchema.parse({
    url,
    routes,
    ...patient,
    ...patientSteps,
    ...settings,
  });
  const upstream = createHttpUpstream("files", config);
  onTestFinished(() => upstream.close());
  return upstream;
}

interface Sending {
  request?: Partial<IncomingRequest>;
  signal?: AbortSignal;
  effects?: readonly Effect[];
}

function send(upstream: ReturnType<typeof upstreamAt>, sending: Sending = {}) {
  const request = { method: "GET", path: "/files/a", headers: {}, body: "", ...sending.request };
  const { tool, arguments: given, forward } = upstream.match(request);
  const { name, context } = upstream;
  const call = { door: "http", upstream: name, tool, arguments: given, context } as const;
  return forward(call, sending.signal ?? new AbortController().signal, sending.effects);
}

const target = { form: "resolved", path: "/a" } as const;
const common = { target, recursive: false, certainty: "certain", via: "tool" } as const;
const reads: Effect[] = [{ kind: "read", ...common }];
const deletes: Effect[] = [...reads, { kind: "delete", ...common }];

describe("an answer", () => {
  it("comes back with status, headers and body, and is recorded as JSON", async () => {
    const body = '{"ok":true}';
    const server = await rawServer((socket) =>
      socket.write(answer("201 Created\r\ncontent-type: application/json\r\nx-more: 1", body)),
    );
    const { answer: got, observed, result } = await send(upstreamAt(server.port));
    expect({ ...got, body: Buffer.from(got.body).toString() }).toEqual({
      status: 201,
      headers: { "content-type": "application/json", "x-more": "1" },
      body,
    });
    expect(observed).toEqual({
      transport: "ok",
      protocol: { status: 201 },
      tool: { isError: false },
    });
    expect(result).toEqual({ status: 201, type: "application/json", body: { ok: true } });
    expect(server.received()).toMatch(/^GET \/base\/files\/a HTTP\/1\.1\r\n/);
  });

  it.each([
    ["404 Not Found", true],
    ["500 Oops", true],
    ["302 Found\r\nlocation: http://127.0.0.1:1/other", true],
    ["304 Not Modified", false],
    ["204 No Content", false],
  ])("of status %s: error %s", async (head, isError) => {
    const server = await rawServer((socket) => socket.write(answer(head)));
    const { observed } = await send(upstreamAt(server.port));
    expect(observed.tool.isError).toBe(isError);
    // No redirect was followed.
    expect(server.connections()).toBe(1);
  });

  it("is decompressed, within the limit", async () => {
    const server = await rawServer((socket) => {
      const body = gzipSync("x".repeat(5_000));
      socket.write(
        `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`,
      );
      socket.write(body);
    });
    const { answer: got, result } = await send(upstreamAt(server.port));
    expect(got.headers).toEqual({});
    expect(result).toMatchObject({ body: "x".repeat(5_000) });
    const small = upstreamAt(server.port, { maxResponseBytes: 1_000 });
    await expect(send(small)).rejects.toMatchObject({ code: "upstream_response_too_large" });
  });

  it("waits through interim answers", async () => {
    const server = await rawServer((socket) =>
      socket.write(`HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n${answer("200 OK", "done")}`),
    );
    expect((await send(upstreamAt(server.port))).answer.status).toBe(200);
  });

  it("to HEAD may announce what a GET would get", async () => {
    const server = await rawServer((socket) =>
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n"),
    );
    const sending = send(upstreamAt(server.port), { request: { method: "HEAD" } });
    expect((await sending).answer).toMatchObject({ status: 200 });
  });

  it("that is not text is recorded as base64", async () => {
    const server = await rawServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n");
      socket.write(Buffer.from([0xff, 0x00]));
    });
    expect((await send(upstreamAt(server.port))).result).toMatchObject({ base64: "/wA=" });
  });
});

describe("headers", () => {
  async function headersSent(settings: object, headers: IncomingRequest["headers"]) {
    const server = await rawServer((socket) => socket.write(answer("200 OK")));
    await send(upstreamAt(server.port, settings), { request: { headers } });
    const [head = ""] = server.received().split("\r\n\r\n");
    const lines = head.split("\r\n").slice(1);
    return Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2)));
  }

  const client = {
    authorization: "Bearer proctor-token",
    cookie: "session=1",
    "x-api-key": "client-key",
    "proctor-trajectory": "t",
    connection: "keep-alive, x-per-connection",
    "x-per-connection": "1",
    te: "trailers",
    "transfer-encoding": "chunked",
    "content-length": "99",
    host: "proctor",
    accept: "text/plain",
    traceparent: "00-1-1-00",
    "accept-encoding": "br",
  };

  it("of the client go on only where they say nothing of who asks", async () => {
    const sent = await headersSent({}, client);
    delete sent.host;
    expect(sent).toEqual({
      accept: "text/plain",
      "accept-encoding": "identity",
      connection: "keep-alive",
      traceparent: "00-1-1-00",
    });
  });

  it("go on where the config names them, with the upstream's own credentials", async () => {
    const settings = {
      forwardHeaders: ["X-Api-Key"],
      headers: { Authorization: "Bearer upstream-token" },
    };
    const sent = await headersSent(settings, client);
    expect(sent).toMatchObject({
      "x-api-key": "client-key",
      authorization: "Bearer upstream-token",
    });
    expect(sent.cookie).toBeUndefined();
  });

  it("of the answer come back without those of one connection", async () => {
    const head = [
      "200 OK",
      "connection: keep-alive, x-hop",
      "x-hop: 1",
      "keep-alive: timeout=5",
      "set-cookie: a=1",
      "alt-svc: h2=x",
      "proctor-step: 7",
      "trailer: x",
      "vary: a",
      "vary: b",
    ].join("\r\n");
    const server = await rawServer((socket) => socket.write(answer(head)));
    expect((await send(upstreamAt(server.port))).answer.headers).toEqual({ vary: "a, b" });
  });
});

describe("a fault", () => {
  it("before anything was sent is upstream_unreachable", async () => {
    const port = await quietPort();
    await expect(send(upstreamAt(port))).rejects.toMatchObject({ code: "upstream_unreachable" });
  });

  it("of a name that does not resolve is upstream_unreachable", async () => {
    const config = httpUpstreamSchema.parse({ url: "http://no.invalid", routes, ...patient });
    const upstream = createHttpUpstream("files", config);
    onTestFinished(() => upstream.close());
    await expect(send(upstream)).rejects.toMatchObject({ code: "upstream_unreachable" });
  });

  it.each([
    ["closes without an answer", ""],
    ["closes within the head", "HTTP/1.1 200 OK\r\ncontent-"],
    ["closes within the body", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"],
    ["closes within a chunk", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\na\r\nhalf"],
  ])("%s: upstream_failed", async (_name, bytes) => {
    const server = await rawServer((socket) => socket.end(bytes));
    await expect(send(upstreamAt(server.port))).rejects.toMatchObject({ code: "upstream_failed" });
  });

  it.each([
    ["is no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
    ["has garbage for a chunk size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"],
    ["says two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
    [
      "says length and chunks",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
    ["has a status of its own", answer("799 Strange")],
    ["has an endless head", `HTTP/1.1 200 OK\r\n${"x: y\r\n".repeat(10_000)}`],
    ["is gzip by name only", answer("200 OK\r\ncontent-encoding: gzip", "text")],
    ["has an unknown encoding", answer("200 OK\r\ncontent-encoding: zstd", "text")],
  ])("that %s: upstream_failed", async (_name, bytes) => {
    const server = await rawServer((socket) => socket.write(bytes));
    await expect(send(upstreamAt(server.port))).rejects.toMatchObject({ code: "upstream_failed" });
  });

  it("resets the connection: upstream_failed", async () => {
    const server = await rawServer((socket) => socket.resetAndDestroy());
    await expect(send(upstreamAt(server.port))).rejects.toMatchObject({ code: "upstream_failed" });
  });

  it("never answers: upstream_timeout", async () => {
    const server = await rawServer(() => {});
    const upstream = upstreamAt(server.port, { headersTimeoutMs: 100 });
    await expect(send(upstream)).rejects.toMatchObject({ code: "upstream_timeout" });
  });

  it("pauses within the body: upstream_timeout", async () => {
    const server = await rawServer((socket) =>
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"),
    );
    const upstream = upstreamAt(server.port, { bodyTimeoutMs: 100 });
    await expect(send(upstream)).rejects.toMatchObject({ code: "upstream_timeout" });
  });

  it("drips for ever: upstream_timeout", async () => {
    const server = await rawServer((socket) => {
      socket.write("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n");
      const drip = setInterval(() => socket.write("x"), 20);
      socket.on("close", () => clearInterval(drip));
    });
    const upstream = upstreamAt(server.port, { timeoutMs: 300 });
    await expect(send(upstream)).rejects.toMatchObject({ code: "upstream_timeout" });
  });

  it.each([
    ["says so", answer("200 OK", "x".repeat(2_000))],
    [
      "shows it",
      `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n7d0\r\n${"x".repeat(2_000)}\r\n0\r\n\r\n`,
    ],
  ])("is an answer that is too large and %s", async (_name, bytes) => {
    const server = await rawServer((socket) => socket.write(bytes));
    const upstream = upstreamAt(server.port, { maxResponseBytes: 1_000 });
    await expect(send(upstream)).rejects.toMatchObject({ code: "upstream_response_too_large" });
  });

  it("of one call does not touch the next", async () => {
    let count = 0;
    const server = await rawServer((socket) => {
      count += 1;
      if (count === 1) socket.end("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
      else socket.write(answer("200 OK", "whole"));
    });
    const upstream = upstreamAt(server.port);
    await expect(send(upstream)).rejects.toMatchObject({ code: "upstream_failed" });
    expect((await send(upstream)).answer.status).toBe(200);
  });
});

describe("an abort", () => {
  it("rejects with its reason and closes the connection", async () => {
    const gone = new AbortController();
    const reason = new Error("the client went away");
    let isClosed = () => {};
    const closed = new Promise<void>((resolve) => {
      isClosed = resolve;
    });
    const server = await rawServer((socket) => {
      socket.on("close", () => isClosed());
      gone.abort(reason);
    });
    await expect(send(upstreamAt(server.port), { signal: gone.signal })).rejects.toBe(reason);
    await closed;
  });

  it("before the call sends nothing", async () => {
    const server = await rawServer((socket) => socket.write(answer("200 OK")));
    const reason = new Error("gone");
    const sending = send(upstreamAt(server.port), { signal: AbortSignal.abort(reason) });
    await expect(sending).rejects.toBe(reason);
    expect(server.received()).toBe("");
  });
});

describe("repeats", () => {
  const repeating = { retries: 2, retryDelayMs: 0 };

  it.each([
    ["only reads", reads, 3],
    ["deletes", deletes, 1],
    ["is not known", undefined, 1],
  ])("after bytes were sent, a call that %s is sent again: %s", async (_name, effects, times) => {
    const server = await rawServer((socket) => socket.destroy());
    const upstream = upstreamAt(server.port, repeating);
    await expect(send(upstream, { effects })).rejects.toMatchObject({ code: "upstream_failed" });
    expect(server.received().split("GET ").length - 1).toBe(times);
  });

  it("end with the first answer", async () => {
    let count = 0;
    const server = await rawServer((socket) => {
      count += 1;
      if (count < 3) socket.destroy();
      else socket.write(answer("200 OK"));
    });
    const { answer: got } = await send(upstreamAt(server.port, repeating), { effects: reads });
    expect(got.status).toBe(200);
  });
});
