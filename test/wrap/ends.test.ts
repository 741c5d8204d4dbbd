// However proctor mcp comes to its end, it leaves nothing behind, and its exit code is the server's.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasProc, killAll, newMark, processesOf } from "./processes.ts";
import { serverCommand } from "./server.ts";

const main = resolve(import.meta.dirname, "../../dist/src/main.js");
let folder: string;
let mark: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "proctor-wrap-"));
  mark = newMark();
});
afterEach(async () => {
  await expect.poll(() => processesOf(mark)).toEqual([]);
  rmSync(folder, { recursive: true, force: true });
});

interface Wrapped {
  readonly child: ChildProcess;
  ask(method: string, params?: object): Promise<string | undefined>;
  readonly ended: Promise<{ code: number | null; stderr: string }>;
}

function wrap(manners: "polite" | "deaf" = "polite"): Wrapped {
  const child = spawn(process.execPath, [main, "mcp", "--", ...serverCommand(mark, manners)], {
    cwd: folder,
    env: { ...process.env, PROCTOR_TOKEN: "secret" },
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  child.stdin.on("error", () => {});
  let id = 0;
  return {
    child,
    async ask(method, params = {}) {
      id += 1;
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
      const { value } = await lines.next();
      return value;
    },
    ended: new Promise((done) => child.once("close", (code) => done({ code, stderr }))),
  };
}

describe.skipIf(!hasProc)("proctor mcp ends", () => {
  it.each(["polite", "deaf"] as const)("with its input, the server being %s", async (manners) => {
    const { child, ask, ended } = wrap(manners);
    expect(await ask("ping")).toContain("result");
    expect(processesOf(mark).length).toBeGreaterThan(1);
    child.stdin?.end();
    expect((await ended).code).toBe(0);
  });

  it.each([
    ["SIGINT", "polite", 130],
    ["SIGTERM", "polite", 143],
    ["SIGHUP", "polite", 129],
    ["SIGTERM", "deaf", 143],
  ] as const)("by %s, the server being %s: %i", async (signal, manners, code) => {
    const { child, ask, ended } = wrap(manners);
    await ask("ping");
    child.kill(signal);
    expect((await ended).code).toBe(code);
  });

  it.each([
    [{ method: "exit", params: { code: 0 } }, 0],
    [{ method: "exit", params: { code: 7 } }, 7],
    [{ method: "die", params: {} }, 137],
  ])("with the server: %j, %i", async ({ method, params }, code) => {
    const { ask, ended } = wrap();
    await ask("ping");
    void ask(method, params);
    expect((await ended).code).toBe(code);
  });

  it("with what the server said last", async () => {
    const { ask, ended } = wrap();
    expect(await ask("last words")).toContain("result");
    expect((await ended).code).toBe(0);
  });

  it("and the server with it, when it is killed", async () => {
    const { child, ask, ended } = wrap("deaf");
    await ask("ping");
    child.kill("SIGKILL");
    await ended;
  });

  it("and writes nothing but messages: noise is dropped, stderr passes, secrets end here", async () => {
    const { child, ask, ended } = wrap();
    expect(JSON.parse((await ask("noise")) ?? "")).toEqual({ jsonrpc: "2.0", id: 1, result: {} });
    expect(await ask("env")).toContain('"env":""');
    child.stdin?.end();
    expect((await ended).stderr).toContain("a word on stderr");
  });

  it("as wrong usage, or asked for help", async () => {
    const run = async (...args: string[]) => {
      const child = spawn(process.execPath, [main, "mcp", ...args], { cwd: folder });
      return new Promise<number | null>((done) => child.once("close", done));
    };
    const codes = await Promise.all([run(), run("--nonsense", "--", "true"), run("--help")]);
    expect(codes).toEqual([2, 2, 0]);
  });
});

/**
 * An agent whose end nobody can see at the other end of the pipe: something that it started has it too.
 * It prints the id of what holds the pipe.
 */
const agent = `
  import { spawn } from "node:child_process";
  const [, , program, ...words] = process.argv;
  const guard = spawn(program, words, { stdio: ["pipe", "inherit", "inherit"] });
  const holder = spawn("sleep", [process.env.HOLDER_MARK], {
    stdio: ["ignore", "ignore", "ignore", guard.stdin._handle], detached: true });
  console.log(holder.pid);
`;

describe.skipIf(!hasProc)("an agent that is killed while others hold its pipe", () => {
  /** With the wrapper's own program, or one that takes its parent to live for ever. */
  let holderMark: string;
  afterEach(() => killAll(holderMark));

  async function killAgent(program: readonly string[]): Promise<ChildProcess> {
    holderMark = newMark();
    const file = join(folder, "agent.mjs");
    writeFileSync(file, agent);
    const words = [file, process.execPath, ...program, "--", ...serverCommand(mark)];
    const env = { ...process.env, HOLDER_MARK: holderMark };
    const child = spawn(process.execPath, words, { cwd: folder, env });
    await expect.poll(() => processesOf(mark).length).toBeGreaterThan(3);
    await expect.poll(() => processesOf(holderMark).length).toBe(1);
    child.kill("SIGKILL");
    await new Promise((done) => child.once("exit", done));
    return child;
  }

  it("is missed, and all ends", async () => {
    await killAgent([main, "mcp"]);
    await expect.poll(() => processesOf(mark)).toEqual([]);
  });

  it("would be missed by nobody without the watch for it", async () => {
    const file = join(folder, "unwatched.mjs");
    const wrapped = resolve(import.meta.dirname, "../../dist/src/wrap/index.js");
    writeFileSync(
      file,
      `import { wrapServer } from ${JSON.stringify(wrapped)};
       const { stdin, stdout, stderr, env } = process;
       const blind = { ppid: 1, on: (...heard) => process.on(...heard) };
       await wrapServer(process.argv.slice(2), { stdin, stdout, stderr, env, cwd: process.cwd(), process: blind });
       process.exit();`,
    );
    await killAgent([file]);
    // Three times as long as the watch takes.
    await new Promise((passed) => setTimeout(passed, 1_500));
    expect(processesOf(mark).length).toBeGreaterThan(0);
    killAll(mark);
  });
});
