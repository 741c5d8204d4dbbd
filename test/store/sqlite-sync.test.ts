// strace as the judge: the disk is synced for appends that ask for it, and for no other.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { available, programArguments, start } from "./child.ts";

const strace = available("there is no strace", "strace", "-f", "true");

/** Syncs, and whatever a look for a file may become. */
const calls = "trace=fsync,fdatasync,access,stat,statx,faccessat,faccessat2,newfstatat";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "proctor-store-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Appends step by step; marks each step in the trace by looking for a file of its name. */
const steps = `
import { existsSync } from "node:fs";
const store = await open();
const append = (synced, trajectory = "t") =>
  store.append(key(trajectory), "head", [malformed("x")], { synced });
const together = (...synced) => Promise.all(synced.map((each, i) => append(each, "t" + i)));
await append(true);
for (const [name, step] of Object.entries({
  unsynced: () => append(false),
  synced: () => append(true),
  "unsynced-after-synced": () => append(false),
  "many-unsynced-together": () => together(false, false, false, false, false),
  "many-one-of-them-synced": () => together(false, false, true, false, false),
  "many-all-synced": () => together(true, true, true, true, true),
  "lease": () => store.renew("i", 1),
  "snapshot": () => store.saveSnapshot(key("t"), "1", "{}"),
  "read": async () => { for await (const _ of store.read(key("t"))); },
  "synced-again": () => append(true),
})) {
  existsSync("/step/" + name);
  await step();
  say(name);
}
existsSync("/step/end");
process.kill(process.pid, "SIGKILL");
`;

/** How often a file was synced in each step, by the step's name. */
function syncsByStep(trace: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let step = "opening";
  for (const line of trace.split("\n")) {
    const mark = /"\/step\/([a-z-]+)"/.exec(line)?.[1];
    const synced = /\b(?:fsync|fdatasync)\(\d+<[^>]*\/([^/>]+)>/.exec(line)?.[1];
    if (mark !== undefined) {
      step = mark;
      found.set(step, []);
    }
    if (synced !== undefined) found.get(step)?.push(synced);
  }
  return found;
}

describe.skipIf(!strace)("under strace", () => {
  it("a commit syncs the log once if a member asked for it, else nothing", async () => {
    const trace = join(folder, "trace");
    const args = programArguments(steps, join(folder, "proctor.db"), "test");
    const child = start("strace", [
      "-f",
      "-y",
      "-e",
      calls,
      "-o",
      trace,
      process.execPath,
      ...args,
    ]);
    await child.ended;
    const log = "proctor.db-wal";
    expect(child.lines).toHaveLength(10);
    expect(Object.fromEntries(syncsByStep(await readFile(trace, "utf8")))).toEqual({
      unsynced: [],
      synced: [log],
      "unsynced-after-synced": [],
      "many-unsynced-together": [],
      "many-one-of-them-synced": [log],
      "many-all-synced": [log],
      lease: [],
      snapshot: [],
      read: [],
      "synced-again": [log],
      end: [],
    });
  });

  it("a sync that fails is a refusal, and nothing is taken any more", async () => {
    const program = `
      import { existsSync } from "node:fs";
      const store = await open();
      const append = (synced) => store.append(key("t"), "head", [malformed("x")], { synced });
      const tell = (append) => append.then(() => say("done"), ({ code }) => say(code));
      await tell(append(true));
      existsSync("/step/failing");
      await tell(append(false));
      await tell(append(true));
      await tell(append(false));
      await tell(store.healthy());
      process.exit(0);
    `;
    const counted = join(folder, "counted");
    const run = (file: string, ...options: string[]) => {
      const args = programArguments(program, join(folder, file), "test");
      return start("strace", ["-f", ...options, process.execPath, ...args]);
    };
    const first = run("first.db", "-e", calls, "-o", counted);
    await first.ended;
    expect(first.lines).toEqual(["done", "done", "done", "done", "done"]);
    const before = (await readFile(counted, "utf8")).split("/step/failing")[0] ?? "";
    // The same program on another file: each of the worker's syncs from here on fails.
    const worker = workerThread(before);
    const good = before
      .split("\n")
      .filter((line) => line.startsWith(worker) && /\bfsync\(/.test(line));
    const inject = `inject=fsync:error=EIO:when=${good.length + 1}+`;
    const second = run(
      "second.db",
      "-e",
      "trace=fsync",
      "-e",
      inject,
      "-o",
      join(folder, "failed"),
    );
    await second.ended;
    const refused = "store_unavailable";
    expect(second.lines).toEqual(["done", "done", refused, refused, refused]);
  });
});

/** The thread that synced last is the one that writes. */
function workerThread(trace: string): string {
  const last = trace.split("\n").findLast((line) => /\bfsync\(/.test(line));
  return /^\d+ /.exec(last ?? "")?.[0] ?? "none";
}
