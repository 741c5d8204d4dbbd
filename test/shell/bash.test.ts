// proctor-shell beside the real bash: whatever a harness does with the one it can do with the other.

import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGuardFolder, type GuardFolder, type RunningGuard } from "../e2e/guard.ts";
import { hasProc, newMark, processesOf } from "../wrap/processes.ts";

const shell = resolve(import.meta.dirname, "../../dist/src/shell.js");

/** Everything may be done but to delete `precious`. */
const policy = `
version: 1
defaults:
  { read: allow, list: allow, write: allow, truncate: allow, delete: allow, move: allow, permission: allow,
    execute: allow, connect: allow, privilege: allow, discard: allow, unknown: allow }
rules:
  - id: precious
    verdict: deny
    reason: It is dear to somebody.
    match: { effect: delete, path: "/**/precious" }
    examples: { match: [{ bash: rm precious }], not: [{ bash: rm other }] }
`;

let folder: GuardFolder;
let guard: RunningGuard;
let work: string;

beforeAll(async () => {
  folder = createGuardFolder({ policies: ["open.yaml"] });
  writeFileSync(join(folder.folder, "open.yaml"), policy);
  guard = await folder.start();
  work = join(folder.folder, "work");
  mkdirSync(work);
});
afterAll(async () => {
  await guard.stop();
  folder.remove();
});

interface Ran {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Asked {
  readonly args: readonly string[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Once the command has said so. */
  readonly kill?: { readonly signal: NodeJS.Signals; readonly group?: boolean };
}

function run(program: readonly string[], { args, stdin, env, kill }: Asked): Promise<Ran> {
  const [command = "", ...first] = program;
  const child = spawn(command, [...first, ...args], {
    cwd: work,
    detached: kill?.group === true,
    env: {
      PATH: process.env.PATH,
      HOME: work,
      PROCTOR_URL: guard.agent,
      PROCTOR_TOKEN_FILE: join(folder.folder, ".proctor", "agent.token"),
      PROCTOR_TRAJECTORY: "table",
      ...env,
    },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString("latin1");
    if (kill === undefined || !stdout.startsWith("ready")) return;
    process.kill(kill.group === true ? -(child.pid ?? 0) : (child.pid ?? 0), kill.signal);
    stdout = stdout.slice("ready".length);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("latin1");
  });
  child.stdin.on("error", () => {});
  child.stdin.end(stdin ?? "");
  return new Promise((done) =>
    child.once("close", (code, signal) => done({ code, signal, stdout, stderr })),
  );
}

const bare = ["/bin/bash"];
const guarded = [process.execPath, shell];

/** Until a signal ends it, and nothing else. */
const busy = "while :; do :; done";

const rows: Record<string, Asked> = {
  "says something": { args: ["-c", "echo out; echo err >&2"] },
  "ends with a status": { args: ["-c", "exit 3"] },
  "ends with 255": { args: ["-c", "exit 255"] },
  "finds no command": { args: ["-c", "no-such-command"] },
  "cannot be parsed": { args: ["-c", "if then"] },
  "has nothing to run": { args: ["-c"] },
  "stops at an error": { args: ["-ec", "false; echo not reached"] },
  "knows no variable": { args: ["-uc", "echo $nothing"] },
  "takes options in words": { args: ["-o", "pipefail", "-c", "false | true"] },
  "has arguments": { args: ["-c", 'echo "$0|$1|$#"', "name", "a b", "c"] },
  "is a login shell": { args: ["-lc", "shopt -q login_shell && echo login"] },
  "is spelled as two": { args: ["-l", "-c", "shopt -q login_shell && echo login"] },
  "reads its input": { args: ["-c", "cat; echo end"], stdin: "one\ntwo\n" },
  "has binary input": { args: ["-c", "od -An -tx1"], stdin: "\0\u0001ÿ" },
  "leaves its input": { args: ["-c", "read a; echo $a"], stdin: "one\ntwo\n" },
  "is told on its input": { args: [], stdin: "echo a\nexit 5\n" },
  "is told on its input, with words": { args: ["-s", "x", "y"], stdin: "echo $0 $1 $2\n" },
  "is a file": { args: ["script.sh", "a", "b c"] },
  "is a file that is not there": { args: ["nowhere.sh"] },
  "writes much": { args: ["-c", "head -c 3000000 /dev/zero | tr '\\0' x"] },
  "writes to a closed pipe": { args: ["-c", "yes | head -n 2"] },
  "sees who it is": { args: ["-c", 'echo "$0 $- ${BASH_VERSION%%.*} $PWD $(umask)"'] },
  "sees its environment": { args: ["-c", "echo $ONE; env | grep -c ."], env: { ONE: "1" } },
  "leaves something in the background": { args: ["-c", "sleep 0.1 >/dev/null 2>&1 & echo now"] },
  "kills itself": { args: ["-c", "kill -9 $$"] },
  "ends itself by a signal": { args: ["-c", "kill -TERM $$"] },
  "shows a version": { args: ["--version"] },
  "is ended by a signal": { args: ["-c", `echo -n ready; ${busy}`], kill: { signal: "SIGTERM" } },
  "hears a signal once": {
    args: ["-c", "trap 'echo heard; exit 9' INT; echo -n ready; while :; do sleep 0.05; done"],
    kill: { signal: "SIGINT" },
  },
  "hears a group's signal once": {
    // Nothing but bash itself is in the group, or it would say on stderr that it was ended.
    args: [
      "-c",
      "trap 'echo heard; n=1' TERM; echo -n ready; until [ -n \"$n\" ]; do :; done; for i in {1..300000}; do :; done; echo end",
    ],
    kill: { signal: "SIGTERM", group: true },
  },
  "is hung up": { args: ["-c", `echo -n ready; ${busy}`], kill: { signal: "SIGHUP" } },
};

describe("a command that", () => {
  beforeAll(() => {
    writeFileSync(join(work, "script.sh"), 'echo "$0 $1 $2 ${BASH_SOURCE[0]}"\nexit 4\n');
  });

  it.each(Object.keys(rows))("%s is the same as in bash", async (name) => {
    const asked = rows[name] ?? { args: [] };
    const [one, other] = await Promise.all([run(bare, asked), run(guarded, asked)]);
    expect({ ...other, stderr: cleaned(other.stderr) }).toEqual({
      ...one,
      stderr: cleaned(one.stderr),
    });
  });
});

/** Bash names itself by the path that it was called by; a harness calls it by another. */
function cleaned(stderr: string): string {
  return stderr.replaceAll("/bin/bash:", "bash:");
}

describe("a command that is refused", () => {
  it("does not run, and the reason is on standard error", async () => {
    writeFileSync(join(work, "precious"), "");
    const ran = await run(guarded, { args: ["-c", "echo before; rm precious"] });
    expect({ ...ran, stderr: "" }).toEqual({ code: 126, signal: null, stdout: "", stderr: "" });
    expect(ran.stderr).toMatch(/^proctor-shell: The policy denies this call\. It is dear/);
    expect(readFileSync(join(work, "precious"), "utf8")).toBe("");
  });

  it.each([
    ["by its arguments", { args: ["-c", 'rm "$1"', "x", "precious"] }],
    ["in a script file", { args: ["remove.sh"] }],
    ["on its input", { args: [], stdin: "rm precious\n" }],
    ["on its input, by its arguments", { args: ["-s", "precious"], stdin: 'rm "$1"\n' }],
  ] satisfies [string, Asked][])("is seen %s", async (_, asked) => {
    writeFileSync(join(work, "remove.sh"), "rm precious\n");
    expect((await run(guarded, asked)).code).toBe(126);
  });

  it.each([
    ["interactive", { args: ["-i"] }],
    ["an option that names another file", { args: ["--rcfile", "x", "-c", "true"] }],
    ["bytes that are no text", { args: [], stdin: "\0" }],
  ] satisfies [string, Asked][])("is one that cannot be judged: %s", async (_, asked) => {
    const ran = await run(guarded, asked);
    expect(ran.code).toBe(126);
    expect(ran.stderr).toMatch(/^proctor-shell: ./);
  });

  it("and says for a session what to use", async () => {
    expect((await run(guarded, { args: ["-i"] })).stderr).toContain("proctor-shell -c COMMAND");
  });
});

describe("a guard that fails", () => {
  const faults: [string, Record<string, string>, RegExp][] = [
    ["is not there", { PROCTOR_URL: "http://127.0.0.1:9" }, /ECONNREFUSED/],
    ["has no token", { PROCTOR_TOKEN_FILE: "/nowhere" }, /ENOENT/],
    ["knows another token", { PROCTOR_TOKEN: "pt_agent_other" }, /unauthenticated/],
    ["is no URL", { PROCTOR_URL: "nonsense" }, /no URL/],
  ];
  it.each(faults)("refuses with the reason: %s", async (_, env, why) => {
    const ran = await run(guarded, { args: ["-c", "echo ran"], env });
    expect([ran.code, ran.stdout]).toEqual([126, ""]);
    expect(ran.stderr).toMatch(why);
  });

  it("runs the command where it is told to, but not what was refused", async () => {
    const open = { PROCTOR_SHELL_DANGEROUSLY_FAIL_OPEN: "1" };
    const gone = { ...open, PROCTOR_URL: "http://127.0.0.1:9" };
    const ran = await run(guarded, { args: ["-c", "echo ran"], env: gone });
    expect([ran.code, ran.stdout]).toEqual([0, "ran\n"]);
    expect(ran.stderr).toContain("without a decision");
    expect((await run(guarded, { args: ["-c", "rm precious"], env: open })).code).toBe(126);
  });
});

describe.skipIf(!hasProc)("proctor-shell killed", () => {
  it("takes the command with it", async () => {
    const mark = newMark();
    const args = ["-c", `echo -n ready; exec sleep ${mark}`];
    const ran = await run(guarded, { args, kill: { signal: "SIGKILL" } });
    expect(ran.signal).toBe("SIGKILL");
    await expect.poll(() => processesOf(mark)).toEqual([]);
  });
});

it("records each command once, with its end", async () => {
  const env = { PROCTOR_TRAJECTORY: "recorded" };
  await run(guarded, { args: ["-c", "true"], env });
  await run(guarded, { args: ["-c", "exit 3"], env });
  await run(guarded, { args: ["-c", "kill -9 $$"], env });
  await run(guarded, { args: ["-c", "rm precious"], env });
  const { stdout } = await folder.run("trajectory", "default/recorded", "--json");
  const records = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const outcomes = records.flatMap((each) => {
    const { type, outcome } = each.record ?? each;
    return type === "outcome" ? [outcome.observed?.tool ?? outcome] : [];
  });
  expect(outcomes).toEqual([
    { isError: false, exitStatus: 0 },
    { isError: true, exitStatus: 3 },
    { isError: true, exitStatus: 137, signal: "SIGKILL" },
    { kind: "refused", code: "denied_by_policy" },
  ]);
});
