// A guard in this process with a token of each kind, its admin listener as a browser meets it, and a
// shell tool that carries nothing out.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tokenDigest } from "../../src/core/access.ts";
import type { TokenKind } from "../../src/core/agent.ts";
import type { Log } from "../../src/core/log.ts";
import type { Task } from "../../src/core/task.ts";
import { createGuard, type Guard } from "../../src/index.ts";

export const host = "127.0.0.1:4101";
export const own = `http://${host}`;

export const secretOf = (name: string): string => `${name}-secret-of-32-characters-or-more`;

export interface Rig {
  readonly guard: Guard;
  readonly folder: string;
  /** A request of a browser: with its own Origin where it is no GET. */
  ask(path: string, init?: RequestInit & { cookie?: string }): Promise<Response>;
  /** The value of the session's cookie. */
  logIn(name: string): Promise<string>;
  /** Posts a form of the page at `from`, with its CSRF token. */
  send(cookie: string, from: string, action: string, fields: object): Promise<Response>;
  text(cookie: string, path: string): Promise<string>;
  /** Commands as steps of one trajectory; refusals are no errors here. */
  run(agent: string, name: string, commands: readonly string[], task?: Task): Promise<void>;
  policy(yaml: string): void;
  close(): Promise<void>;
}

const kinds: readonly TokenKind[] = ["agent", "harness", "viewer", "approver", "metrics", "admin"];

const usualPolicy = `version: 1
defaults: { read: allow, list: allow, write: allow, truncate: allow, delete: allow, move: allow,
  permission: allow, execute: allow, connect: allow, privilege: ask, discard: ask, unknown: allow }
rules:
  - { id: no-keep, verdict: deny, reason: What is in keep stays., match: { effect: delete, path: "/w/keep/**" },
      examples: { match: [{ effect: delete, path: /w/keep/a }], not: [{ effect: delete, path: /w/a }] } }
  - { id: would-ask, verdict: ask, mode: dry-run, reason: Modes., match: { effect: permission },
      examples: { match: [{ bash: chmod 644 a }], not: [{ bash: ls }] } }
`;

export async function createRig({
  config = {},
  log,
}: {
  config?: object;
  log?: Log;
} = {}): Promise<Rig> {
  const folder = mkdtempSync(join(tmpdir(), "proctor-dashboard-"));
  const policyFile = join(folder, "policy.yaml");
  writeFileSync(policyFile, usualPolicy);
  const names = ["teacher", "student", "base", "control"];
  const guard = await createGuard({
    folder,
    ...(log === undefined ? {} : { log }),
    config: {
      data: "data",
      workspace: "workspace",
      policies: [policyFile],
      agents: names.map((id) => ({ id })),
      lineages: [
        {
          name: "family",
          teacher: "teacher",
          students: [{ agent: "student", baseline: "base", control: "control" }],
        },
      ],
      approvals: { maxHoldMs: 0 },
      tokens: [
        ...kinds.map((kind) => ({
          name: kind,
          kind,
          agents: kind === "agent" ? ["teacher"] : ["*"],
          sha256: tokenDigest(secretOf(kind)),
        })),
        {
          name: "narrow",
          kind: "viewer",
          agents: ["base"],
          sha256: tokenDigest(secretOf("narrow")),
        },
      ],
      ...config,
    },
    tools: { shell: { cwd: "/w", tools: { run: { bash: "$.command" } } } },
  });

  async function ask(
    path: string,
    { cookie, headers, ...init }: RequestInit & { cookie?: string } = {},
  ) {
    return guard.adminFetch(
      new Request(`${own}${path}`, {
        ...init,
        headers: {
          host,
          ...(init.method === undefined ? {} : { origin: own }),
          ...(cookie === undefined ? {} : { cookie: `proctor_session=${cookie}` }),
          ...Object.fromEntries(new Headers(headers)),
        },
      }),
    );
  }

  const post = (path: string, fields: object, cookie?: string) =>
    ask(path, {
      method: "POST",
      cookie,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ ...fields }).toString(),
    });

  const text = async (cookie: string, path: string) => (await ask(path, { cookie })).text();

  return {
    guard,
    folder,
    ask,
    text,
    async logIn(name) {
      const answer = await post("/login", { token: secretOf(name), next: "/" });
      const cookie = /proctor_session=([^;]+)/.exec(answer.headers.get("set-cookie") ?? "")?.[1];
      if (cookie === undefined) throw new Error(`no session for ${name}: ${answer.status}`);
      return cookie;
    },
    async send(cookie, from, action, fields) {
      const csrf = /name="csrf" value="([^"]+)"/.exec(await text(cookie, from))?.[1] ?? "";
      return post(action, { csrf, ...fields }, cookie);
    },
    async run(agent, name, commands, task) {
      const trajectory = guard.trajectory({ agent, name });
      if (task !== undefined) await trajectory.open(task);
      const call = trajectory.wrap("run", (_: { command: string }) => ({ done: true }));
      for (const command of commands) await call({ command }).catch(() => undefined);
      if (task !== undefined) await trajectory.end();
    },
    policy: (yaml) => writeFileSync(policyFile, yaml),
    async close() {
      await guard.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
