// proctor install and doctor, on homes as people have them.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type DoctorCommand, doctor } from "../../src/cli/doctor.ts";
import { installers } from "../../src/cli/install/agents/index.ts";
import { type InstallCommand, install } from "../../src/cli/install/install.ts";
import { guardedFiles, readInstalled } from "../../src/cli/install/installed.ts";
import type { HookCommand, Scope } from "../../src/cli/install/installer.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { type HookAgentName, hookAgentNames } from "../../src/frontends/hooks/forms.ts";
import { type HookDoor, hookWith, openHookDoor } from "../frontends/hooks/door.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "proctor-install-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const places = () => ({ home: join(folder, "home"), project: join(folder, "project"), env: {} });
const hook = (): HookCommand => ({
  program: ["/usr/bin/node", "/opt/proctor/dist/src/main.js"],
  url: "http://127.0.0.1:4100",
  tokenFile: join(folder, "data", "agent.token"),
  dangerouslyFailOpen: false,
});

function terminalOf(): Terminal & { text(): string } {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  return {
    stdin: new PassThrough(),
    stdout,
    stderr,
    colours: false,
    interactive: false,
    cwd: folder,
    env: {},
    text: () => `${stdout.read() ?? ""}${stderr.read() ?? ""}`,
  };
}

async function run(agent: HookAgentName, over: Partial<InstallCommand> = {}) {
  const terminal = terminalOf();
  const usual = { scope: "user", remove: false, yes: true, json: false } as const;
  const given = { agent, hook: hook(), places: places(), data: join(folder, "data"), ...over };
  const code = await install(terminal, { ...usual, ...given });
  return { code, text: terminal.text() };
}

const piecesOf = (agent: HookAgentName, scope: Scope) =>
  installers[agent].pieces(scope, hook(), places());
const textsOf = (agent: HookAgentName, scope: Scope) =>
  piecesOf(agent, scope).map(({ path }) => (existsSync(path) ? readFileSync(path, "utf8") : ""));

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** What somebody else has there: a hook at the same event, one elsewhere, and settings beside. */
const others = {
  model: "m",
  hooks: {
    PreToolUse: [{ matcher: "Bash", hooks: [{ type: "command", command: "my-linter" }] }],
    preToolUse: [{ type: "command", bash: "my-linter" }],
    Else: [{ hooks: [] }],
  },
};

describe("proctor install", () => {
  for (const agent of hookAgentNames) {
    for (const scope of ["user", "project"] as const) {
      it(`of ${agent} for a ${scope} writes what is not there, once, and takes all of it out`, async () => {
        const first = await run(agent, { scope });
        expect(first.code).toBe(0);
        for (const { path } of piecesOf(agent, scope))
          expect(first.text).toContain(`${path} (new)`);
        const written = textsOf(agent, scope);
        expect(written.every((text) => text.includes(agent) || text.includes("/hooks/"))).toBe(
          true,
        );
        expect((await run(agent, { scope })).text).toMatch(/Nothing to change/);
        expect(textsOf(agent, scope)).toEqual(written);
        expect((await run(agent, { scope, remove: true })).code).toBe(0);
        for (const { path } of piecesOf(agent, scope)) expect(existsSync(path)).toBe(false);
      });
    }

    it(`of ${agent} writes nothing without a yes`, async () => {
      const { code, text } = await run(agent, { yes: false });
      expect([code, text.includes("Nothing was written")]).toEqual([1, true]);
      for (const { path } of piecesOf(agent, "user")) expect(existsSync(path)).toBe(false);
      expect(readInstalled(join(folder, "data"))).toEqual([]);
    });

    it(`of ${agent} --managed prints, and touches nothing`, async () => {
      const { code, text } = await run(agent, { scope: "managed", yes: false });
      expect([code, text.length > 0, existsSync(places().home)]).toEqual([0, true, false]);
      expect(existsSync(join(folder, "data"))).toBe(false);
    });

    const settings = () => piecesOf(agent, "user").filter(({ kind }) => kind === "settings");
    it(`of ${agent} keeps what others have there, and leaves it when it goes`, async () => {
      for (const { path } of settings()) {
        const before = `${JSON.stringify(others, undefined, "\t")}\n`;
        put(path, before);
        await run(agent);
        const after = JSON.parse(readFileSync(path, "utf8"));
        expect(after).toMatchObject({ model: "m" });
        expect(after.hooks.PreToolUse[0]).toEqual(others.hooks.PreToolUse[0]);
        expect(after.hooks.preToolUse[0]).toEqual(others.hooks.preToolUse[0]);
        await run(agent, { remove: true });
        // The version that some of them ask for may stay.
        const { version: _, ...left } = JSON.parse(readFileSync(path, "utf8"));
        expect(left).toEqual(others);
      }
    });

    it(`of ${agent} leaves a file alone that it cannot read`, async () => {
      for (const text of ["// a comment\n{}", "[]", '{"hooks": []}']) {
        const [piece] = piecesOf(agent, "user");
        put(piece?.path ?? "", text);
        await expect(run(agent)).rejects.toMatchObject({ code: "invalid_request" });
        expect(readFileSync(piece?.path ?? "", "utf8")).toBe(text);
      }
    });
  }

  it("replaces what an earlier one wrote, with another address", async () => {
    await run("codex");
    await run("codex", { hook: { ...hook(), url: "http://127.0.0.1:9" } });
    const [text = ""] = textsOf("codex", "user");
    expect(text.match(/hook codex/g)).toHaveLength(4);
    expect(text).not.toContain("4100");
  });

  it("installs the strictest that each agent has, and not where told to fail open", async () => {
    const strict = { "claude-code": /"onFailure": "block"/, cursor: /"failClosed": true/ };
    const shell = { codex: /exit 2/, "gemini-cli": /exit 2/, cline: /"cancel":true/ };
    for (const [agent, pattern] of Object.entries({ ...strict, ...shell })) {
      const name = agent as HookAgentName;
      await run(name);
      expect(textsOf(name, "user").join()).toMatch(pattern);
      await run(name, { hook: { ...hook(), dangerouslyFailOpen: true } });
      expect(textsOf(name, "user").join()).not.toMatch(pattern);
    }
  });

  it("tells a proctor which files to protect, and of the removal", async () => {
    await run("claude-code");
    await run("codex", { scope: "project" });
    const guarded = guardedFiles(readInstalled(join(folder, "data")));
    expect(guarded).toContain(join(places().home, ".claude", "settings.json"));
    expect(guarded).toContain(join(places().project, ".claude", "settings.local.json"));
    expect(guarded).toContain(join(places().project, ".codex", "hooks.json"));
    await run("claude-code", { remove: true });
    expect(guardedFiles(readInstalled(join(folder, "data")))).not.toContain(
      join(places().home, ".claude", "settings.json"),
    );
  });
});

describe("a proctor that is started after an installation", () => {
  it("lets no agent change what was installed, nor switch it off", async () => {
    const data = join(folder, "data");
    await run("claude-code", { data });
    const door = await openHookDoor({ data });
    try {
      for (const file of installers["claude-code"].switches(places())) {
        const event = {
          session_id: "s",
          hook_event_name: "PreToolUse",
          cwd: places().project,
          tool_name: "Bash",
          tool_input: { command: `echo '{}' > ${file}` },
          tool_use_id: "c",
        };
        const argv = [
          "claude-code",
          "--url",
          door.origin,
          "--token-file",
          join(data, "agent.token"),
        ];
        expect((await hookWith(argv, event)).stdout).toMatch(/deny.*files of the guard/);
      }
    } finally {
      await door.close();
    }
  });
});

describe("proctor doctor", () => {
  let door: HookDoor;
  beforeAll(async () => {
    door = await openHookDoor();
  });
  afterAll(() => door.close());

  const here = (): HookCommand => ({
    ...hook(),
    url: door.origin,
    tokenFile: join(door.folder, ".proctor", "agent.token"),
  });

  async function examine(over: Partial<DoctorCommand> = {}) {
    const terminal = terminalOf();
    const usual = { json: true, hook: here(), places: places(), uid: process.getuid?.() };
    const data = join(door.folder, ".proctor");
    const code = await doctor(terminal, { ...usual, data, ...over });
    const { agents, server, shared } = JSON.parse(terminal.text());
    const of = (name: HookAgentName) =>
      agents.find(({ agent }: { agent: string }) => agent === name);
    return { code, of, server, shared };
  }

  it("finds what is installed, and that the guard answers", async () => {
    for (const agent of hookAgentNames) await run(agent, { hook: here() });
    const { code, of, server } = await examine();
    for (const agent of hookAgentNames) {
      expect(of(agent)).toMatchObject({ guarded: true, problems: [] });
      expect(of(agent).holes.length).toBeGreaterThan(0);
    }
    expect([code, server.answers]).toEqual([0, true]);
  });

  it("says what is shared with agents of the same user", async () => {
    expect((await examine()).shared[0]).toMatch(/can read tokens/);
    expect((await examine({ uid: 4_294_967 })).shared).toEqual([]);
  });

  const spoilt: readonly [HookAgentName, string, (path: string) => void, RegExp][] = [
    ["claude-code", "another address", edit(/127\.0\.0\.1:\d+/g, "127.0.0.1:9"), /install now/],
    ["claude-code", "a hook less", edit('"PreToolUse"', '"Never"'), /no hook for PreToolUse/],
    ["claude-code", "hooks switched off", edit(/^\{/, '{"disableAllHooks": true,'), /switches all/],
    ["opencode", "another plugin text", edit("throw", "//"), /install now/],
    ["codex", "a file that is damaged", edit(/^\{/, ""), /no plain JSON/],
  ];
  for (const [agent, what, spoil, expected] of spoilt) {
    it(`sees ${what} of ${agent}`, async () => {
      await run(agent, { hook: here() });
      spoil(piecesOf(agent, "user")[0]?.path ?? "");
      const { of } = await examine();
      expect(of(agent)).toMatchObject({ guarded: false });
      expect(JSON.stringify(of(agent).problems)).toMatch(expected);
    });
  }

  it("sees that hooks fail open", async () => {
    await run("codex", { hook: { ...here(), dangerouslyFailOpen: true } });
    const { code, of } = await examine();
    expect(JSON.stringify(of("codex").problems)).toMatch(/lets calls through/);
    expect(code).toBe(1);
  });

  it("sees that nobody answers, somebody else does, or not to this token", async () => {
    await run("codex", { hook: here() });
    const away = await examine({ hook: { ...here(), url: "http://127.0.0.1:9" } });
    expect([away.code, away.server.answers]).toEqual([1, false]);
    put(join(folder, "wrong.token"), "nonsense");
    const wrong = await examine({ hook: { ...here(), tokenFile: join(folder, "wrong.token") } });
    expect(wrong.server.problem).toMatch(/does not take the token/);
  });
});

function edit(from: string | RegExp, to: string): (path: string) => void {
  return (path) => {
    const text = readFileSync(path, "utf8");
    const edited = text.replace(from, to);
    expect(edited).not.toBe(text);
    writeFileSync(path, edited);
  };
}
