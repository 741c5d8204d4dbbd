// Several processes on one file, and processes that are killed while they write.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../src/store/index.ts";
import type { Persistence } from "../../src/store/store.ts";
import { startProgram } from "./child.ts";
import { all, key, malformed, recordsIn, version } from "./contract.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "proctor-store-"));
  file = join(folder, "data", "proctor.db");
});
afterEach(() => rm(folder, { recursive: true }));

const open = (instance = "parent"): Promise<Persistence> =>
  openSqliteStore({ file, instance, chainKey: new Uint8Array(32).fill(7) });

/** Appends to a trajectory that all share, after the version it knows, and says what it won. */
const contender = `
const store = await open();
say("open");
let head = "0";
for (let won = 0; won < 40; ) {
  const id = name + "-" + won;
  const result = await store.append(key("shared"), head, [malformed(id)], { synced: won % 4 === 0 });
  head = result.ok ? result.version : result.head;
  if (!result.ok) continue;
  won += 1;
  say(id + " " + result.version);
}
await store.close();
`;

describe("several processes on one file", () => {
  it("open a new file at once, and each version of a shared trajectory has one winner", async () => {
    const children = ["p", "q", "r"].map((name) => startProgram(contender, file, name));
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0, 0]);
    const won = children.flatMap(({ lines }) => lines.slice(1).map((line) => line.split(" ")));
    won.sort(([, a], [, b]) => Number(a) - Number(b));
    const store = await open();
    const records = await recordsIn(store.read(key("a", "shared")));
    expect(records.map(({ id }) => id)).toEqual(won.map(([id]) => id));
    expect(records).toHaveLength(120);
    expect((await store.verify()).problems).toEqual([]);
    await store.close();
  });

  it("see each other's appends, in a read and in a watch", async () => {
    const store = await open();
    const abort = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { record } of store.watch({ agent: "a" }, abort.signal)) {
        seen.push(record.id);
        if (seen.length === 41) abort.abort();
      }
    })();
    await store.append(key("a", "mine"), "head", [malformed("mine")], { synced: false });
    const child = startProgram(contender, file, "p");
    await child.ended;
    const theirs = Array.from({ length: 40 }, (_, i) => `p-${i}`);
    expect((await recordsIn(store.read(key("a", "shared")))).map(({ id }) => id)).toEqual(theirs);
    await watching;
    expect(seen).toEqual(["mine", ...theirs]);
    await store.close();
  });

  it("notice that what they remember of a trajectory is no longer so", async () => {
    const [one, two] = [await open("one"), await open("two")];
    const k = key("a", "t");
    const first = version(await one.append(k, "head", [malformed("a")], { synced: false }));
    const second = version(await two.append(k, first, [malformed("b")], { synced: false }));
    const lost = await one.append(k, first, [malformed("c")], { synced: false });
    expect(lost).toEqual({ ok: false, head: second });
    await one.append(k, second, [malformed("d")], { synced: false });
    expect((await recordsIn(two.read(k))).map(({ id }) => id)).toEqual(["a", "b", "d"]);
    expect((await two.verify()).problems).toEqual([]);
    await Promise.all([one.close(), two.close()]);
  });
});

/** Appends triples to many trajectories at once, and says each that was acknowledged. */
const victim = `
const store = await open();
let next = 0;
async function work(trajectory) {
  for (;;) {
    const id = name + "-" + next++;
    const triple = [0, 1, 2].map((i) => malformed(id + "." + i, "x".repeat(next % 3000)));
    await store.append(key(trajectory), "head", triple, { synced: next % 3 === 0 });
    say(trajectory + " " + id);
  }
}
await Promise.all(Array.from({ length: 8 }, (_, i) => work("t" + i)));
`;

describe("kill -9 of a process that writes", () => {
  it("loses nothing that was acknowledged, leaves nothing by halves, and the chain holds", async () => {
    const acknowledged: string[] = [];
    for (let round = 0; round < 6; round += 1) {
      const child = startProgram(victim, file, `r${round}`);
      await child.said(20 + 40 * round);
      child.process.kill("SIGKILL");
      await child.ended;
      acknowledged.push(...child.lines);
    }
    const store = await open();
    const found = new Map<string, string[]>();
    for (const { key: k, record } of await all(store.scan({ agent: "a" }))) {
      const [id = "", part = ""] = record.id.split(".");
      const name = `${k.name} ${id}`;
      found.set(name, [...(found.get(name) ?? []), part]);
    }
    expect(acknowledged.length).toBeGreaterThan(600);
    expect(acknowledged.filter((line) => !found.has(line))).toEqual([]);
    expect([...found.values()].filter((parts) => parts.join("") !== "012")).toEqual([]);
    expect((await store.verify()).problems).toEqual([]);
    await store.close();
  });
});
