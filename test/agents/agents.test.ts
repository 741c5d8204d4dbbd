// The published agents, offline, against a model that asks for given calls. `npm run test:agents` downloads them and
// runs this; without the folder PROCTOR_AGENTS of their packages it is skipped.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installers } from "../../src/cli/install/agents/index.ts";
import type { HookCommand } from "../../src/cli/install/installer.ts";
import { withPiece } from "../../src/cli/install/piece.ts";
import { type HookDoor, openHookDoor } from "../frontends/hooks/door.ts";
import { type DrivenAgent, drivers, type Stage } from "./drivers.ts";
import { type AskedCall, startMockLlm } from "./mock-llm.ts";
import { recorded, run } from "./play.ts";

const modules = join(process.env.PROCTOR_AGENTS ?? "/nonexistent", "node_modules");
const entry = resolve(import.meta.dirname, "../../dist/src/main.js");

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "proctor-agents-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Told {
  /** What the agent told its model of each call. */
  readonly results: readonly string[];
  readonly output: string;
  /** Is this file in its folder? */
  has(file: string): boolean;
}

/** Runs the agent in a fresh home with these hooks; `spoil` changes what was installed. */
async function play(
  agent: DrivenAgent,
  hook: HookCommand,
  script: readonly AskedCall[],
  spoil: (text: string) => string = (text) => text,
): Promise<Told> {
  const driver = drivers[agent];
  const llm = await startMockLlm(script);
  const stage: Stage = {
    home: join(folder, "home"),
    work: join(folder, "work"),
    llm: llm.url,
  };
  for (const path of [stage.home, stage.work]) mkdirSync(path, { recursive: true });
  writeFileSync(join(stage.work, "victim.txt"), "precious");
  driver.prepare?.(stage);
  const places = { home: stage.home, project: stage.work, env: {} };
  for (const piece of installers[agent].pieces("user", hook, places)) {
    const before = existsSync(piece.path) ? readFileSync(piece.path, "utf8") : undefined;
    mkdirSync(dirname(piece.path), { recursive: true });
    writeFileSync(piece.path, spoil(withPiece(piece, before, agent)));
  }
  try {
    const output = await run(join(modules, driver.program), driver.argv, {
      cwd: stage.work,
      env: { PATH: process.env.PATH ?? "", HOME: stage.home, ...driver.env(stage) },
    });
    const results = [...llm.results];
    return { results, output, has: (file) => existsSync(join(stage.work, file)) };
  } finally {
    await llm.close();
  }
}

function throughDoor({ origin, folder: at }: HookDoor): HookCommand {
  const tokenFile = join(at, ".proctor", "agent.token");
  return { program: [process.execPath, entry], url: origin, tokenFile, dangerouslyFailOpen: false };
}

/** A hook program that does this instead. */
function hookThat(does: string): HookCommand {
  const script = join(folder, "hook.sh");
  writeFileSync(script, `${does}\n`);
  const tokenFile = join(folder, "agent.token");
  writeFileSync(tokenFile, "a-token");
  const program = ["/bin/sh", script];
  return { program, url: "http://127.0.0.1:9", tokenFile, dangerouslyFailOpen: false };
}

/** What has to be true of a call that the hook did not judge. */
type Fate = "denied" | "goes ahead";

/** The hook itself fails. Where a call goes ahead, `proctor doctor` and the README say so. */
const failures: Readonly<
  Record<string, { does: string; fate: Partial<Record<DrivenAgent, Fate>> }>
> = {
  "is missing": { does: "exit 127", fate: {} },
  "is killed": { does: "kill -9 $$", fate: {} },
  "fails without a word": { does: "exit 1", fate: {} },
  // Half a minute is more than the second that the test gives it.
  "is killed by its timeout": {
    does: "exec sleep 30",
    fate: { codex: "goes ahead", "gemini-cli": "goes ahead", copilot: "goes ahead" },
  },
  // proctor's hook prints no such thing: this is what another program in its place could do.
  "is another program that says something else": {
    does: "echo hello",
    fate: {
      "claude-code": "goes ahead",
      codex: "goes ahead",
      "gemini-cli": "goes ahead",
      copilot: "goes ahead",
    },
  },
};

/** A second in place of sixty, or of fifteen, in the units of each. */
const impatient = (text: string) =>
  text
    .replaceAll(/"(timeout|timeoutSec)": (?:60|15)\b/g, '"$1": 1')
    .replaceAll(/"timeout": (?:60|15)000/g, '"timeout": 1000');

for (const agent of Object.keys(drivers) as DrivenAgent[]) {
  const { program, shell } = drivers[agent];
  describe.skipIf(!existsSync(join(modules, program)))(`${agent}, as published`, () => {
    it("runs what is allowed, does not run what is denied, and its model reads why", async () => {
      const door = await openHookDoor();
      try {
        const script = [shell("echo ran > first.txt"), shell("rm victim.txt"), shell("exit 3")];
        const told = await play(agent, throughDoor(door), script);
        expect(told.has("first.txt"), told.output).toBe(true);
        expect(told.has("victim.txt")).toBe(true);
        expect(told.results).toHaveLength(3);
        expect(told.results[1]).toMatch(/Move it to old\/ instead/);
        const [records = [], ...others] = await recorded(door);
        expect(others).toEqual([]);
        expect(records[0]).toMatchObject({
          type: "opened",
          door: "hooks",
          identifiedBy: "harness",
          session: expect.any(String),
        });
        const outcomes = records.flatMap((record) =>
          record.type === "outcome" ? [record.outcome.kind] : [],
        );
        expect(outcomes).toEqual(["carried_out", "refused", "carried_out"]);
      } finally {
        await door.close();
      }
    });

    it("runs nothing where nobody answers, and its model reads how to go on", async () => {
      const hook = { ...hookThat(""), program: [process.execPath, entry] };
      const told = await play(agent, hook, [shell("echo ran > first.txt")]);
      expect(told.has("first.txt"), told.output).toBe(false);
      expect(told.results.join()).toMatch(/gave no answer.*proctor serve/);
    });

    it("runs nothing where proctor hangs: the hook has a deadline of its own", async () => {
      const silence = createServer(() => {});
      await new Promise<void>((done) => silence.listen(0, "127.0.0.1", done));
      const url = `http://127.0.0.1:${(silence.address() as AddressInfo).port}`;
      const hook = { ...hookThat(""), program: [process.execPath, entry], url };
      const told = await play(agent, hook, [shell("echo ran > first.txt")], (text) =>
        text.replaceAll(/\b(55000|10000)\b/g, "700"),
      );
      silence.closeAllConnections();
      silence.close();
      expect(told.has("first.txt"), told.output).toBe(false);
      expect(told.results.join()).toMatch(/gave no answer/);
    });

    // OpenCode runs no program: its plugin asks by itself.
    for (const [what, { does, fate }] of agent === "opencode" ? [] : Object.entries(failures)) {
      const expected = fate[agent] ?? "denied";
      it(`whose hook ${what}: the call ${expected === "denied" ? "is denied" : "goes ahead, a known hole"}`, async () => {
        // Only where its timeout is meant is it to be ended by that, however slow the machine is.
        const spoil = what === "is killed by its timeout" ? impatient : undefined;
        const told = await play(agent, hookThat(does), [shell("echo ran > first.txt")], spoil);
        expect(told.has("first.txt"), told.output).toBe(expected === "goes ahead");
      });
    }

    it.runIf(agent === "opencode")(
      "whose plugin cannot be loaded goes ahead, a known hole",
      async () => {
        const told = await play(
          agent,
          hookThat(""),
          [shell("echo ran > first.txt")],
          () => "throw (",
        );
        expect(told.has("first.txt")).toBe(true);
      },
    );

    it.runIf(agent === "codex")(
      "types into a running program without a hook, a known hole",
      async () => {
        const door = await openHookDoor();
        try {
          const told = await play(agent, throughDoor(door), [
            {
              name: "exec_command",
              input: { cmd: "cat > typed.txt", tty: true, yield_time_ms: 500 },
            },
            {
              name: "write_stdin",
              input: { session_id: 1, chars: "unseen\n", yield_time_ms: 500 },
            },
            { name: "exec_command", input: { cmd: "bash", tty: true, yield_time_ms: 500 } },
          ]);
          const [records = []] = await recorded(door);
          const seen = records.flatMap((record) =>
            record.type === "intent" ? [record.call.arguments] : [],
          );
          expect(seen, told.output).toMatchObject([
            { inline: { command: "cat > typed.txt" } },
            { inline: { command: "bash" } },
          ]);
          // So a person is asked before a shell is there to type into.
          expect(told.results[2]).toMatch(/approval_pending/);
        } finally {
          await door.close();
        }
      },
    );
  });
}
