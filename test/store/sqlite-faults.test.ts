// What goes wrong around the file: each fault is a refusal with a sentence, never a lost record.

import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../src/store/index.ts";
import type { Persistence } from "../../src/store/store.ts";
import type { Child } from "./child.ts";
import { available, programArguments, start, startProgram } from "./child.ts";
import { all, key, malformed, recordsIn } from "./contract.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "proctor-store-"));
  file = join(folder, "data", "proctor.db");
});
afterEach(() => rm(folder, { recursive: true }));

const open = (options: { busyTimeoutMs?: number } = {}): Promise<Persistence> =>
  openSqliteStore({ file, instance: "test", chainKey: new Uint8Array(32).fill(7), ...options });

const k = key("a", "t");
const unsynced = { synced: false };
const appendTo = (store: Persistence, id: string) =>
  store.append(k, "head", [malformed(id)], unsynced);
const unavailable = (sentence: RegExp) =>
  expect.objectContaining({ code: "store_unavailable", message: expect.stringMatching(sentence) });

async function idsIn(store: Persistence): Promise<string[]> {
  return (await recordsIn(store.read(k))).map(({ id }) => id);
}

/** SQL on the file itself, as somebody else's program would do it. */
async function meddle(...statements: string[]): Promise<void> {
  const database = new DatabaseSync(file);
  for (const statement of statements) database.exec(statement);
  database.close();
}

describe("opening", () => {
  it("makes folder and files for their owner only, and corrects what others could read", async () => {
    const store = await open();
    await appendTo(store, "a");
    const modes = async () =>
      Promise.all(
        ["data", "data/proctor.db", "data/proctor.db-wal"].map(async (name) => {
          const { mode } = await stat(join(folder, name));
          return (mode & 0o777).toString(8);
        }),
      );
    expect(await modes()).toEqual(["700", "600", "600"]);
    await store.close();
    await chmod(file, 0o644);
    const again = await open();
    await appendTo(again, "b");
    expect(await modes()).toEqual(["700", "600", "600"]);
    await again.close();
  });

  it("finds everything again after a close", async () => {
    const store = await open();
    for (const id of ["a", "b"]) await appendTo(store, id);
    await store.close();
    const again = await open();
    await appendTo(again, "c");
    expect(await idsIn(again)).toEqual(["a", "b", "c"]);
    expect((await again.verify()).problems).toEqual([]);
    await again.close();
  });

  it("in one process, several at once, on a new file", async () => {
    const stores = await Promise.all([open(), open(), open()]);
    await Promise.all(stores.map((store, i) => appendTo(store, `${i}`)));
    for (const store of stores) expect((await idsIn(store)).sort()).toEqual(["0", "1", "2"]);
    await Promise.all(stores.map((store) => store.close()));
  });

  it("refuses a layout of a later proctor", async () => {
    await (await open()).close();
    await meddle("PRAGMA user_version = 99");
    await expect(open()).rejects.toMatchObject({ code: "unsupported_record" });
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    ["is no database", () => writeFile(file, "x".repeat(5000)), /is no SQLite database/],
    [
      "is another program's database",
      () => rm(file).then(() => meddle("CREATE TABLE t (a)")),
      /no store of proctor's/,
    ],
    [
      "was given a trigger",
      () => meddle("CREATE TRIGGER t AFTER INSERT ON records BEGIN DELETE FROM pending; END"),
      /was altered: it holds the trigger t/,
    ],
    [
      "is a folder",
      () =>
        rm(file)
          .then(() => mkdir(file))
          .then(() => undefined),
      /cannot be opened/,
    ],
  ])("refuses a file that %s", async (_, spoil, sentence) => {
    await (await open()).close();
    await spoil();
    await expect(open()).rejects.toEqual(unavailable(sentence));
  });

  it("refuses a folder that cannot be made", async () => {
    await writeFile(join(folder, "data"), "a file");
    await expect(open()).rejects.toEqual(unavailable(/proctor.db/));
  });
});

describe("a fault while it is open", () => {
  it("by another process's lock: refused after the time-out, and well again afterwards", async () => {
    const store = await open({ busyTimeoutMs: 50 });
    await appendTo(store, "a");
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    await expect(appendTo(store, "b")).rejects.toEqual(unavailable(/locked by another process/));
    await expect(store.healthy()).rejects.toEqual(unavailable(/locked/));
    expect(await idsIn(store)).toEqual(["a"]);
    other.exec("ROLLBACK");
    other.close();
    await appendTo(store, "c");
    expect(await idsIn(store)).toEqual(["a", "c"]);
    await store.close();
  });

  it.each(["proctor.db", "proctor.db-wal"])(
    "by the loss of %s: refused until a restart",
    async (name) => {
      const store = await open();
      await appendTo(store, "a");
      await rm(join(folder, "data", name));
      const gone = unavailable(/was deleted or replaced while it was open/);
      await expect(appendTo(store, "b")).rejects.toEqual(gone);
      await expect(appendTo(store, "c")).rejects.toEqual(gone);
      await expect(store.healthy()).rejects.toEqual(gone);
      await store.close();
    },
  );

  it("by damage to the file: refused", async () => {
    const store = await open();
    const many = Array.from({ length: 400 }, (_, i) => malformed(`r${i}`));
    await store.append(k, "head", many, { synced: true });
    await store.close();
    // Past the first page, so that it still looks like a database.
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill(0xa5, 8192));
    const refused = open().then(async (again) => {
      try {
        await appendTo(again, "more");
      } finally {
        await again.close();
      }
    });
    await expect(refused).rejects.toEqual(unavailable(/damaged|is gone/));
  });

  it("by a truncated file: refused, or found by verify", async () => {
    const store = await open();
    const many = Array.from({ length: 400 }, (_, i) => malformed(`r${i}`));
    await store.append(k, "head", many, { synced: true });
    await store.close();
    await truncate(file, 5 * 8192);
    const outcome = open().then((again) => all(again.scan({})).finally(() => again.close()));
    await expect(outcome).rejects.toMatchObject({ code: "store_unavailable" });
  });

  it("by the death of the thread: what waits and what comes is refused", async () => {
    const child = startProgram(
      `
      import threads from "node:worker_threads";
      import { syncBuiltinESMExports } from "node:module";
      let worker;
      const { Worker } = threads;
      threads.Worker = class extends Worker {
        constructor(...rest) { super(...rest); worker = this; }
      };
      syncBuiltinESMExports();
      const store = await open();
      const append = () => store.append(key("t"), "head", [malformed("a")], { synced: true });
      await append();
      const waiting = append();
      worker.terminate();
      for (const refused of [waiting, append(), store.healthy()]) {
        say(await refused.then(() => "done", ({ code, message }) => code + ": " + message));
      }
      await store.close();
      say("closed");
      `,
      file,
      "test",
    );
    expect(await child.ended).toBe(0);
    const refusal = expect.stringMatching(
      /^store_unavailable: the thread of the store .* has ended$/,
    );
    expect(child.lines).toEqual([refusal, refusal, refusal, "closed"]);
  });
});

/** Fills the file until it is refused, says what was acknowledged, and goes on when it is told to. */
const filler = `
const store = await open();
const blob = (id) => ({ digest: id, bytes: new Uint8Array(50000).fill(65) });
const append = (id) => store.append(key("t"), "head", [malformed(id)], { synced: false, blobs: [blob(id)] });
for (let i = 0; ; i += 1) {
  try {
    await append("r" + i);
    say("r" + i);
  } catch ({ code, message }) {
    say(code + ": " + message);
    break;
  }
}
say("ill " + await store.healthy().then(() => "no", ({ code }) => code));
let read = 0;
for await (const { record } of store.read(key("t"))) read += 1;
say("read " + read);
process.stdin.once("data", async () => {
  await append("later");
  say("later");
  await store.close();
  process.exit(0);
});
`;

/** Until the filler has said its last line but one. */
async function saidAll(child: Child): Promise<void> {
  while (!child.lines.at(-1)?.startsWith("read ")) await child.said(child.lines.length + 1);
}

function expectFull(lines: readonly string[], sentence: RegExp): string[] {
  const acknowledged = lines.slice(0, -3);
  expect(acknowledged.length).toBeGreaterThan(10);
  expect(lines.slice(-3)).toEqual([
    expect.stringMatching(sentence),
    expect.stringMatching(/^ill (no|store_unavailable)$/),
    `read ${acknowledged.length}`,
  ]);
  return acknowledged;
}

describe("a full disk", () => {
  it("by a limit on the size of files: refused, and what was acknowledged stays", async () => {
    const args = programArguments(filler, file, "test");
    const limited = ["-c", 'ulimit -f 3000; exec "$@"', "bash", process.execPath, ...args];
    const child = start("bash", limited);
    await saidAll(child);
    const acknowledged = expectFull(child.lines, /^store_unavailable: the store .*cannot/);
    child.process.kill("SIGKILL");
    await child.ended;
    const store = await open();
    expect(await idsIn(store)).toEqual(acknowledged);
    expect((await store.verify()).problems).toEqual([]);
    await store.close();
  });

  it("refuses until there is room again", async (context) => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    const mount = ["-t", "tmpfs", "-o", "size=3m", "none", disk];
    if (!available("no file system can be mounted", "mount", ...mount)) return context.skip();
    try {
      file = join(disk, "proctor.db");
      await writeFile(join(disk, "ballast"), new Uint8Array(600_000));
      const child = startProgram(filler, file, "test");
      await saidAll(child);
      const acknowledged = expectFull(child.lines, /^store_unavailable: .*the disk is full/);
      await rm(join(disk, "ballast"));
      child.process.stdin.write("go on\n");
      expect(await child.ended).toBe(0);
      const store = await open();
      expect(await idsIn(store)).toEqual([...acknowledged, "later"]);
      expect((await store.verify()).problems).toEqual([]);
      await store.close();
    } finally {
      spawnSync("umount", [disk]);
    }
  });
});

describe("a read-only folder", () => {
  it("by its mount is refused", async (context) => {
    const disk = join(folder, "disk");
    await mkdir(disk);
    const mount = ["-t", "tmpfs", "-o", "size=3m", "none", disk];
    if (!available("no file system can be mounted", "mount", ...mount)) return context.skip();
    try {
      file = join(disk, "proctor.db");
      const store = await open();
      await appendTo(store, "a");
      await store.close();
      spawnSync("mount", ["-o", "remount,ro", disk]);
      await expect(open()).rejects.toEqual(unavailable(/read-only|cannot be opened/));
    } finally {
      spawnSync("umount", [disk]);
    }
  });

  it("by its permissions is refused, also where the files are there", async () => {
    const store = await open();
    await appendTo(store, "a");
    await store.close();
    await chmod(folder, 0o755);
    await chmod(join(folder, "data"), 0o555);
    // Permissions do not bind root: then somebody else tries.
    const nobody = process.getuid?.() === 0 ? 65_534 : undefined;
    const program = `await open().then(() => say("open"), ({ code }) => say(code));`;
    for (const name of ["proctor.db", "new.db"]) {
      const args = programArguments(program, join(folder, "data", name), "test");
      const child = start(process.execPath, args, nobody);
      await child.ended;
      expect([name, ...child.lines]).toEqual([name, "store_unavailable"]);
    }
    await chmod(join(folder, "data"), 0o700);
  });
});
