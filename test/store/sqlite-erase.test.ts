// What is left of erased contents in the files, and what a backup holds.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ProctorRecord, recordVersion } from "../../src/core/record.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import type { Persistence } from "../../src/store/store.ts";
import { all, blobOf, closedOf, key, malformed, opened, recordsIn } from "./contract.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "proctor-store-"));
});
afterAll(() => rm(folder, { recursive: true }));

const open = (file: string): Promise<Persistence> =>
  openSqliteStore({ file, instance: "i", chainKey: new Uint8Array(32).fill(7) });

const order = { because: "request", reason: "they asked", at: 9 } as const;
const secret = "hunter2-in-clear";
const k = key("a", "t");

function outcome(digest: string): ProctorRecord {
  const observed = { transport: "ok", tool: { isError: false } } as const;
  const result = { bytes: 3, digest };
  const carriedOut = { kind: "carried_out", observed, durationMs: 1, result } as const;
  return { v: recordVersion, id: "x", at: 3, type: "outcome", step: 1, outcome: carriedOut };
}

/** Names of the files of the folder in which the text stands. */
async function filesWith(where: string, text: string): Promise<string[]> {
  const names = await readdir(where);
  const contents = await Promise.all(names.map((name) => readFile(join(where, name))));
  return names.filter((_, i) => contents[i]?.includes(text));
}

describe("erased contents", () => {
  it("are in no file any more, neither in free pages nor in the log", async () => {
    const home = join(folder, "erased");
    const store = await open(join(home, "proctor.db"));
    const large = { synced: true, blobs: [blobOf("d", secret.repeat(10_000))] };
    const small = { ...malformed("m"), detail: secret };
    await store.append(k, "head", [opened(k, "o"), small, outcome("d"), closedOf(k)], large);
    expect(await filesWith(home, secret)).not.toEqual([]);
    await store.erase(k, order);
    expect(await store.scrub()).toBe(true);
    expect(await filesWith(home, secret)).toEqual([]);
    await store.close();
    expect(await filesWith(home, secret)).toEqual([]);
  });

  it("are erased beside appends, which wait for a part at most", async () => {
    const store = await open(join(folder, "beside", "proctor.db"));
    const many = Array.from({ length: 2_000 }, (_, i) => ({
      ...malformed(`r${i}`),
      detail: secret,
    }));
    await store.append(k, "head", [opened(k, "o"), ...many, closedOf(k)], { synced: false });
    let erasing = true;
    const erased = store.erase(k, order).finally(() => {
      erasing = false;
    });
    let appended = 0;
    for (; erasing; appended += 1) {
      await store.append(key("b", "t"), "head", [malformed("x")], { synced: false });
    }
    expect((await erased).records).toBe(2_000);
    // Each part lets through what waits: twenty parts, and appends between them.
    expect(appended).toBeGreaterThan(10);
    expect((await store.verify()).problems).toEqual([]);
    await store.close();
  });
});

describe("a backup", () => {
  it("of a store that is written to is that store at one moment, and verifies", async () => {
    const store = await open(join(folder, "running", "proctor.db"));
    await store.append(k, "head", [opened(k, "o"), malformed("a"), closedOf(k)], { synced: true });
    const { anchor } = await store.verify();
    const other = await open(join(folder, "running", "proctor.db"));
    let backingUp = true;
    const copy = join(folder, "copy.db");
    const backedUp = other.backup(copy).finally(() => {
      backingUp = false;
    });
    for (let i = 0; backingUp || i < 10; i += 1) {
      await store.append(key("b", "t"), "head", [malformed(`${i}`)], { synced: false });
    }
    await backedUp;
    const now = await recordsIn(store.scan({}));
    await Promise.all([store.close(), other.close()]);

    const restored = await open(copy);
    expect((await restored.verify([anchor])).problems).toEqual([]);
    const then = await recordsIn(restored.scan({}));
    expect(then).toEqual(now.slice(0, then.length));
    expect(then.length).toBeGreaterThanOrEqual(3);
    expect((await restored.append(k, "head", [malformed("late")], { synced: true })).ok).toBe(true);
    expect((await all(restored.trajectories({ agent: "a" }))).length).toBe(1);
    await restored.close();
  });

  it("never writes over a file", async () => {
    const store = await open(join(folder, "over", "proctor.db"));
    const there = join(folder, "there.db");
    await store.backup(there);
    await expect(store.backup(there)).rejects.toMatchObject({ code: "invalid_request" });
    await store.close();
  });
});
