// Runs programs that use the built store in processes of their own, to be killed, limited or traced.

import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn, spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

const store = new URL("../../dist/src/store/index.js", import.meta.url).href;

/** What every program begins with. */
const prelude = `
import { openSqliteStore, loadOrCreateChainKey } from ${JSON.stringify(store)};
const [file, name] = process.argv.slice(1);
const open = (options = {}) =>
  openSqliteStore({ file, instance: name, chainKey: new Uint8Array(32).fill(7), ...options });
const say = (line) => process.stdout.write(line + "\\n");
const key = (trajectory) => ({ agent: "a", name: trajectory, generation: 1 });
const malformed = (id, detail = "") =>
  ({ v: 2, id, at: 1, type: "malformed", door: "http", code: "malformed_json", detail });
`;

/** Arguments for node, to run an ES module over the prelude. */
export function programArguments(program: string, file: string, name: string): string[] {
  return ["--input-type=module", "-e", prelude + program, file, name];
}

export interface Child {
  readonly process: ChildProcessWithoutNullStreams;
  /** Lines that it has said so far. */
  readonly lines: readonly string[];
  /** Resolves once it has said so many lines; rejects if it ends before. */
  said(count: number): Promise<void>;
  /** Resolves when it has ended and everything it said is in `lines`. */
  readonly ended: Promise<number | null>;
}

/** @param uid whose permissions it has; by default this process's */
export function start(command: string, args: readonly string[], uid?: number): Child {
  const child = spawn(command, args, uid === undefined ? {} : { uid });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    for (const check of waiting) check();
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    process: child,
    lines,
    ended,
    said: (count) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (lines.length >= count) resolve();
        };
        waiting.add(check);
        check();
        void ended.then(() => reject(new Error(`ended after ${lines.length} lines: ${errors}`)));
      }),
  };
}

export function startProgram(program: string, file: string, name: string): Child {
  return start(process.execPath, programArguments(program, file, name));
}

/** Can this machine do it? Says why not, where a test is skipped. */
export function available(what: string, command: string, ...args: string[]): boolean {
  const works = spawnSync(command, args, { stdio: "ignore" }).status === 0;
  if (!works) console.log(`skipped, since ${what}: ${[command, ...args].join(" ")} fails`);
  return works;
}
