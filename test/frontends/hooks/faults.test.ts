// What the hook prints where proctor gives no answer, or none in time, or another one: a denial that the agent obeys.

import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { forms, type HookAgentName, hookAgentNames } from "../../../src/frontends/hooks/forms.ts";
import { runHook } from "../../../src/hook.ts";
import { stopTimers } from "../../timers.ts";
import { type HookDoor, hookWith, openHookDoor } from "./door.ts";

/** An event before a call, and one behind it. */
const events: Readonly<Record<HookAgentName, readonly [before: object, after: object]>> = {
  "claude-code": claudeLike("PreToolUse", "PostToolUse", { tool_use_id: "c" }),
  codex: claudeLike("PreToolUse", "PostToolUse", { tool_use_id: "c" }),
  "gemini-cli": claudeLike("BeforeTool", "AfterTool", {}),
  opencode: [
    { event: "before", session: "s", id: "c", tool: "bash", args: { command: "ls" } },
    { event: "after", session: "s", id: "c", tool: "bash", args: { command: "ls" }, result: {} },
  ],
  copilot: [
    { sessionId: "s", toolName: "bash", toolArgs: { command: "ls" } },
    { sessionId: "s", toolName: "bash", toolArgs: { command: "ls" }, toolResult: {} },
  ],
  cursor: [
    { conversation_id: "s", hook_event_name: "preToolUse", tool_name: "Shell", tool_input: {} },
    { conversation_id: "s", hook_event_name: "postToolUse", tool_name: "Shell", tool_input: {} },
  ],
  cline: [
    { hookName: "tool_call", taskId: "s", tool_call: { id: "c", name: "x", input: {} } },
    { hookName: "tool_result", taskId: "s", tool_result: { id: "c", name: "x", input: {} } },
  ],
};

function claudeLike(before: string, after: string, more: object): readonly [object, object] {
  const call = { session_id: "s", tool_name: "Bash", tool_input: { command: "ls" }, ...more };
  return [
    { ...call, hook_event_name: before },
    { ...call, hook_event_name: after, tool_response: {} },
  ];
}

/** What may be found where proctor should be. */
const strangers: Readonly<Record<string, RequestListener>> = {
  "an empty answer": (_, response) => response.end(),
  "a page": (_, response) => response.end("<html>hello</html>"),
  "JSON of somebody else": (_, response) => response.end('{"allow":true}'),
  "the answer to another agent": (_, response) => {
    response.writeHead(200, { "proctor-hook": "nobody" }).end("{}");
  },
  "an error": (_, response) => response.writeHead(500, { "proctor-hook": "codex" }).end(),
  "a redirection": (_, response) =>
    response.writeHead(307, { location: "http://127.0.0.1/" }).end(),
  "an answer that breaks off": (_, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("{");
    response.destroy();
  },
  "no answer": () => {},
  "an answer without an end": (_, response) => {
    response.writeHead(200);
    response.write("{");
  },
};

/** Short, and never met by what never answers. */
const flags = ["--deadline-ms", "250"];
const env = { PROCTOR_TOKEN: "t" };

describe("a hook", () => {
  for (const [fault, listener] of Object.entries(strangers)) {
    it(`that finds ${fault} denies in the form of each agent, and lets reports be`, async () => {
      const server = createServer(listener);
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      await Promise.all(
        hookAgentNames.map(async (agent) => {
          const [before, after] = events[agent];
          const argv = [agent, "--url", url, ...flags];
          const denied = await hookWith(argv, before, env);
          expect(denied).toEqual({ stdout: denialOf(agent, denied.stdout), stderr: "", code: 0 });
          const noted = await hookWith(argv, after, env);
          expect(noted).toMatchObject({ stdout: forms[agent].noted, code: 0 });
          expect(noted.stderr).toContain(url);
          const open = await hookWith([...argv, "--dangerously-fail-open"], before, env);
          expect(open).toMatchObject({ stdout: forms[agent].allow, code: 0 });
        }),
      );
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    });
  }

  it("denies where nobody listens, and says how to go on", async () => {
    const end = await hookWith(["codex", "--url", "http://127.0.0.1:9"], events.codex[0], env);
    expect(end.stdout).toMatch(/"permissionDecision":"deny".*127\.0\.0\.1:9.*proctor serve/);
  });

  it("denies without a token, and with a token file that is not there", async () => {
    const [before] = events.codex;
    expect((await hookWith(["codex"], before)).stdout).toMatch(/deny.*there is no token/);
    const argv = ["codex", "--token-file", "/nonexistent"];
    expect((await hookWith(argv, before)).stdout).toMatch(/deny.*ENOENT/);
  });

  it("denies what it cannot read, and an event without an end", async () => {
    for (const text of ["", "nonsense", "[]", "null"]) {
      const end = await hookWith(["codex", "--url", "http://127.0.0.1:9"], text, env);
      expect(end.stdout).toMatch(/"permissionDecision":"deny"/);
    }
    const stdin = new Readable({ read() {} });
    const end = await runHook(["codex", ...flags], { stdin, env });
    expect(end.stdout).toMatch(/deny.*did not come to an end/);
  });

  const wrong = [
    [],
    ["emacs"],
    ["codex", "--nonsense"],
    ["codex", "--url"],
    ["codex", "--url", "x"],
  ];
  for (const argv of [...wrong, ["codex", "--deadline-ms", "0"]]) {
    it(`of \`${argv.join(" ")}\` ends with status 2 and a sentence, which denies`, async () => {
      const end = await hookWith(argv, events.codex[0], env);
      expect(end).toMatchObject({ code: 2, stdout: "" });
      expect(end.stderr).toMatch(/^proctor: .+\n$/);
    });
  }
});

describe("the hooks front end", () => {
  /** Long after the test has failed. */
  const deadlineMs = 3_600_000;
  let door: HookDoor;
  beforeAll(async () => {
    const approvals = { maxHoldMs: 2 * deadlineMs, expiresMs: 3 * deadlineMs };
    door = await openHookDoor({ hooks: { deadlineMs }, approvals });
  });
  afterEach(() => void vi.useRealTimers());
  afterAll(() => door.close());

  it("denies whoever has no token, with status 200, since agents obey no other", async () => {
    for (const agent of hookAgentNames) {
      const end = await hookWith([agent, "--url", door.origin], events[agent][0], env);
      expect(end.stdout).toBe(denialOf(agent, end.stdout));
      expect(end.stdout).toContain("unauthenticated");
    }
  });

  it("answers before the deadline where a person does not", async () => {
    const ask = { ...events.codex[0], tool_input: { command: "chmod 600 /w/a" } };
    const clock = stopTimers();
    const asking = door.hook("codex", ask, ["--deadline-ms", String(2 * deadlineMs)]);
    // The deadline's, and that of the hold before it.
    await clock.until(() => clock.count(deadlineMs / 2) === 2);
    await clock.pass(deadlineMs - 1);
    expect((await asking).stdout).toMatch(/deny.*approval_pending/);
  });

  it("knows no other agents", async () => {
    const response = await fetch(`${door.origin}/hooks/emacs`, { method: "POST" });
    expect(response.status).toBe(404);
  });

  it("takes the trajectory from whoever names it", async () => {
    const response = await fetch(`${door.origin}/t/named/hooks/codex`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await tokenOf(door)}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(events.codex[0]),
    });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    const named = await door.guard.trajectories.find("default", "named");
    expect(named?.state.opened).toMatchObject({ session: "s", identifiedBy: "explicit" });
  });

  it("fails open only where the config dangerously says so, and counts that", async () => {
    const open = await openHookDoor({ hooks: { dangerouslyFailOpen: true } });
    try {
      const bad = { ...events.codex[0], tool_input: "no object" };
      expect((await open.hook("codex", bad)).stdout).toBe("");
      const denied = { ...events.codex[0], tool_input: { command: "rm /w/a" } };
      expect((await open.hook("codex", denied)).stdout).toMatch(/denied_by_policy/);
      const unknown = await hookWith(["codex", "--url", open.origin], events.codex[0], env);
      expect(unknown.stdout).toMatch(/unauthenticated/);
    } finally {
      await open.close();
    }
  });
});

/** The denial with whatever reason is in it: it has one, and nothing else. */
function denialOf(agent: HookAgentName, printed: string): string {
  const reason = /(?:deny|reason|Reason|user_message|errorMessage)":"((?:[^"\\]|\\.){20,})"/.exec(
    printed,
  )?.[1];
  return forms[agent].deny(JSON.parse(`"${reason ?? "no reason was given"}"`));
}

async function tokenOf({ folder }: HookDoor): Promise<string> {
  const { readFileSync } = await import("node:fs");
  return readFileSync(`${folder}/.proctor/agent.token`, "utf8").trim();
}
