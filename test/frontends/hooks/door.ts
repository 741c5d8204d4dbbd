// A guard on a socket, and the hook command before it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createAdaptorServer } from "@hono/node-server";
import { composeGuard, type Guard } from "../../../src/compose.ts";
import { type ConfigInput, loadConfig } from "../../../src/config.ts";
import { systemClock } from "../../../src/core/clock.ts";
import { type HookEnd, runHook } from "../../../src/hook.ts";

/** Deletions are denied, permissions asked about. */
const policy = `
version: 1
defaults: { read: allow, list: allow, write: allow, truncate: allow, delete: deny, move: allow, permission: ask,
  execute: allow, connect: allow, privilege: deny, discard: deny, unknown: ask }
rules:
  - id: no-deleting
    verdict: deny
    reason: Move it to old/ instead.
    match: { effect: delete }
    examples: { match: [{ bash: "rm a" }], not: [{ bash: "ls" }] }
`;

export interface HookDoor {
  readonly guard: Guard;
  readonly origin: string;
  readonly folder: string;
  /** `proctor hook AGENT` with this on its standard input. */
  hook(agent: string, event: string | object, flags?: readonly string[]): Promise<HookEnd>;
  close(): Promise<void>;
}

export const silent = { debug() {}, info() {}, warn() {}, error() {} };

export async function openHookDoor(config: ConfigInput = {}): Promise<HookDoor> {
  const folder = mkdtempSync(join(tmpdir(), "proctor-hooks-"));
  writeFileSync(join(folder, "policy.yaml"), policy);
  const written = {
    embedded: { bash: { offered: false } },
    approvals: { maxHoldMs: 0 },
    policies: ["policy.yaml"],
    ...config,
  };
  writeFileSync(join(folder, "proctor.yaml"), JSON.stringify(written));
  const guard = await composeGuard(loadConfig({}, {}, folder), {
    clock: systemClock,
    log: silent,
    version: "0",
    programFolder: "/opt/proctor",
  });
  await guard.start();
  const server = createAdaptorServer({ fetch: guard.agentApp.fetch }) as Server;
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tokenFile = join(folder, ".proctor", "agent.token");
  return {
    guard,
    origin,
    folder,
    hook: (agent, event, flags = []) =>
      hookWith([agent, "--url", origin, "--token-file", tokenFile, ...flags], event),
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await guard.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function hookWith(
  argv: readonly string[],
  event: string | object,
  env: Readonly<Record<string, string>> = {},
): Promise<HookEnd> {
  const text = typeof event === "string" ? event : JSON.stringify(event);
  return runHook(argv, { stdin: Readable.from([Buffer.from(text)]), env });
}
