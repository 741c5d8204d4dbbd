// The official conformance suite, scenario by scenario the same through the guard as directly at the
// server, in both eras of the protocol.

import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { effectKinds } from "../../src/core/effect.ts";
import { createGuardFolder, type GuardFolder, type RunningGuard } from "../e2e/guard.ts";
import { type Everything, startEverything } from "./server.ts";

const suite = join(
  dirname(createRequire(import.meta.url).resolve("@modelcontextprotocol/conformance/package.json")),
  "dist/index.js",
);
/** It reads folders by a function that Node 22 brought. */
const canRun = Number(process.versions.node.split(".")[0]) >= 22;

const checks = z.array(z.object({ id: z.string(), status: z.string() }));

/** `scenario check status`, of every check. */
async function results(url: string, revision: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "proctor-conformance-"));
  const args = [suite, "server", "--url", url, "--requirements", revision, "-o", folder];
  // Extensions that nobody claims fail, here as there, and so does the exit code.
  await promisify(execFile)(process.execPath, args, { cwd: folder }).catch(() => undefined);
  const found = readdirSync(folder).flatMap((run) => {
    const scenario = run.replace(/^server-|-\d{4}-\d{2}-\d{2}T[\d-]+Z$/g, "");
    const text = readFileSync(join(folder, run, "checks.json"), "utf8");
    return checks.parse(JSON.parse(text)).map(({ id, status }) => `${scenario} ${id} ${status}`);
  });
  rmSync(folder, { recursive: true });
  return found.sort();
}

/** The suite sends no token; whatever else it sends, and is sent, is not touched. */
async function withToken(target: () => { url: string; token: string }): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    const { hostname, port } = new URL(target().url);
    const headers = { ...incoming.headers, authorization: `Bearer ${target().token}` };
    const { method, url } = incoming;
    const sent = request({ hostname, port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    outgoing.on("close", () => sent.destroy());
    sent.on("error", () => outgoing.destroy());
    incoming.pipe(sent);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

const allowAll = {
  version: 1,
  defaults: Object.fromEntries(effectKinds.map((kind) => [kind, "allow"])),
  rules: [
    {
      id: "everything",
      verdict: "allow",
      reason: "A policy has at least one rule.",
      match: { tool: { upstream: ["local", "everything"] } },
      examples: { match: [{ tool: "any" }], not: [{ tool: "any", upstream: "none" }] },
    },
  ],
};

describe.skipIf(!canRun)("the official conformance suite (needs Node 22)", () => {
  let everything: Everything;
  let folder: GuardFolder;
  let guard: RunningGuard;
  let front: Server;

  beforeAll(async () => {
    everything = await startEverything();
    folder = createGuardFolder();
    writeFileSync(join(folder.folder, "allow-all.yaml"), JSON.stringify(allowAll));
    front = await withToken(() => ({ url: guard.agent, token: folder.token("agent") }));
    folder.writeConfig({
      // As a browser on this machine would be.
      allowedOrigins: [`http://127.0.0.1:${portOf(front)}`],
      policies: ["allow-all.yaml"],
      embedded: { bash: { offered: false } },
      trajectories: { maxOpensPerMinute: 100_000 },
      mcpServers: { everything: { url: everything.url } },
    });
    guard = await folder.start();
  });
  afterAll(async () => {
    front?.closeAllConnections();
    front?.close();
    await guard?.stop();
    await everything?.close();
    folder?.remove();
  });

  it.each([
    ["2025-11-25", 70],
    ["2026-07-28", 120],
  ])("finds the same through the guard: %s", async (revision, atLeast) => {
    const guarded = `http://127.0.0.1:${portOf(front)}/mcp/everything`;
    const both = () => Promise.all([everything.url, guarded].map((url) => results(url, revision)));
    // Some of its scenarios have time limits of their own, which a slow machine meets on either side.
    // What the guard changes is another result each time.
    let [direct, through] = await both();
    for (let more = 2; more > 0 && !isDeepStrictEqual(through, direct); more -= 1) {
      [direct, through] = await both();
    }
    expect(through).toEqual(direct);
    const passed = direct?.filter((line) => line.endsWith("SUCCESS")) ?? [];
    expect(passed.length).toBeGreaterThanOrEqual(atLeast);
  });
});
