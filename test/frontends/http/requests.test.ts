// The HTTP front end through its socket: requests and answers in one golden file.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createAdaptorServer } from "@hono/node-server";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { composeGuard, type Guard } from "../../../src/compose.ts";
import { loadConfig } from "../../../src/config.ts";
import { systemClock } from "../../../src/core/clock.ts";

interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly expected: string;
}

function parseGolden(text: string): Exchange[] {
  return text
    .split(/\n\n+/)
    .map((paragraph) =>
      paragraph.split("\n").filter((line) => line !== "" && !line.startsWith("#")),
    )
    .filter((lines) => lines.length > 0)
    .map((lines) => {
      const [method = "", path = ""] = (lines[0] ?? "").slice(2).split(" ");
      const headers = lines.filter((line) => /^[A-Z][\w-]*: /.test(line));
      return {
        method,
        path,
        headers: Object.fromEntries(
          headers.map((line) => {
            const at = line.indexOf(": ");
            return [line.slice(0, at), line.slice(at + 2)];
          }),
        ),
        body: lines.find((line) => line.startsWith("| "))?.slice(2),
        expected: lines.find((line) => line.startsWith("< "))?.slice(2) ?? "",
      };
    });
}

const exchanges = parseGolden(
  readFileSync(resolve(import.meta.dirname, "requests.golden"), "utf8"),
);

const silent = { debug() {}, info() {}, warn() {}, error() {} };

describe("the HTTP front end", () => {
  let folder: string;
  let guard: Guard;
  let server: Server;
  let api: Server;
  const tokens: Record<string, string> = {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "proctor-http-"));
    api = createServer((_, response) => response.end("{}"));
    await new Promise<void>((done) => api.listen(0, "127.0.0.1", done));
    writeFileSync(
      join(folder, "proctor.yaml"),
      JSON.stringify({
        embedded: { bash: { offered: false } },
        approvals: { maxHoldMs: 0 },
        limits: { maxBodyBytes: 65_536 },
        upstreams: {
          api: {
            url: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
            cwd: "/srv",
            routes: { "GET /files/{path}": "read", "DELETE /files/{path}": "remove" },
            tools: { read: { read: "$.path" }, remove: { delete: "$.path" } },
          },
        },
      }),
    );
    const config = loadConfig({}, {}, folder);
    guard = await composeGuard(config, {
      clock: systemClock,
      log: silent,
      version: "0.0.0",
      programFolder: resolve(import.meta.dirname, "../../.."),
    });
    await guard.start();
    for (const kind of ["agent", "harness", "admin"]) {
      tokens[kind.toUpperCase()] = readFileSync(join(config.data, `${kind}.token`), "utf8").trim();
    }
    server = createAdaptorServer({ fetch: guard.agentApp.fetch }) as Server;
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  });

  afterAll(async () => {
    server?.close();
    api?.close();
    await guard?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function filled(text: string): string {
    return text
      .replace("$DEEP", "[".repeat(100) + "]".repeat(100))
      .replace("$LARGE", "x".repeat(100_000))
      .replace(/\$([A-Z]+)/g, (_, kind: string) => tokens[kind] ?? "");
  }

  /** As it stands: a client that normalises nothing. */
  function send({
    method,
    path,
    headers,
    body,
  }: Exchange): Promise<{ status: number; text: string }> {
    return new Promise((done, failed) => {
      const { port } = server.address() as AddressInfo;
      const filledHeaders = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, filled(value)]),
      );
      const outgoing = request(
        { host: "127.0.0.1", port, method, path, headers: filledHeaders, agent: false },
        (response) => {
          let text = "";
          response.setEncoding("utf8").on("data", (chunk) => {
            text += chunk;
          });
          response.on("end", () => done({ status: response.statusCode ?? 0, text }));
        },
      );
      outgoing.on("error", failed);
      const bytes = filled(body ?? "").replace(/\\x([0-9a-f]{2})/g, (_, hex) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
      outgoing.end(body === undefined ? undefined : Buffer.from(bytes, "latin1"));
    });
  }

  function summary(status: number, text: string): string {
    const body = text.startsWith("{") ? JSON.parse(text) : {};
    const failedTool = status === 200 && body.result?.isError === true ? "tool error" : undefined;
    return [status, body.code, body.decision?.verdict, failedTool]
      .filter((part) => part !== undefined)
      .join(" ");
  }

  it("answers every request of the golden file as it says", async () => {
    const found: string[] = [];
    for (const exchange of exchanges) {
      const { status, text } = await send(exchange);
      found.push(`${exchange.method} ${exchange.path} < ${summary(status, text)}`);
    }
    expect(found).toEqual(
      exchanges.map(({ method, path, expected }) => `${method} ${path} < ${expected}`),
    );
  });

  it("tells a refused agent why and what to do, in problem details", async () => {
    const refused = exchanges.find(({ expected }) => expected === "409 approval_pending ask");
    if (refused === undefined) throw new Error("no such row");
    const { text } = await send({
      ...refused,
      headers: { ...refused.headers, "Proctor-Trajectory": "again" },
    });
    expect(JSON.parse(text)).toMatchObject({
      type: "urn:proctor:error:approval_pending",
      status: 409,
      code: "approval_pending",
      approval: expect.any(String),
      rules: [{ id: "delete-unseen", verdict: "ask", mode: "enforce" }],
      trajectory: "default/again",
      step: 1,
    });
    expect(JSON.parse(text).detail).toContain("List or read it first");
  });
});
