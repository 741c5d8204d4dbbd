// Store files as earlier versions wrote them: opened, read, verified, gone on with.

import { copyFile, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { trajectoryId } from "../../src/core/trajectory.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import { all, closedOf, key, malformed, opened } from "./contract.ts";

const fixtures = resolve(import.meta.dirname, "fixtures");
const names = (await readdir(fixtures))
  .filter((file) => file.endsWith(".db"))
  .map((file) => file.slice(0, -".db".length));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "proctor-store-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(names)("a store file of %s", (name) => {
  it("is read as it was written, verifies, and is gone on with", async () => {
    const file = join(folder, `${name}.db`);
    await copyFile(join(fixtures, `${name}.db`), file);
    const store = await openSqliteStore({
      file,
      instance: "i",
      chainKey: new Uint8Array(32).fill(7),
    });
    const found = (await all(store.scan({}))).map(({ key: k, record }) =>
      JSON.stringify({ trajectory: trajectoryId(k), record }),
    );
    const written = (await readFile(join(fixtures, `${name}.jsonl`), "utf8")).trim().split("\n");
    expect(found.map(asWritten)).toEqual(written.map(asWritten));
    expect((await store.verify()).problems).toEqual([]);

    const k = key("new", "t");
    await store.append(k, "head", [opened(k, "o"), malformed("a"), closedOf(k)], { synced: true });
    for await (const { key: shut, contents } of store.trajectories({ state: "closed" })) {
      const erased = await store.erase(shut, { because: "request", reason: "", at: 9 });
      expect(erased.records).toBe(contents);
    }
    expect((await store.verify()).problems).toEqual([]);
    const before = await all(store.trajectories({}));
    expect(before.filter(({ marks }) => marks.length > 0).length).toBeGreaterThan(1);
    await store.rebuildIndex();
    expect(await all(store.trajectories({}))).toEqual(before);
    await store.close();
  });
});

/** Members in any order, and without what a later version says in another way. */
function asWritten(line: string): unknown {
  const { record, ...rest } = JSON.parse(line);
  const { v: _, tools, ...members } = record;
  return { ...rest, record: record.type === "opened" ? members : { ...members, tools } };
}

it("has a file of the layout that is written today", async () => {
  const store = await openSqliteStore({
    file: join(folder, "today.db"),
    instance: "i",
    chainKey: new Uint8Array(32).fill(7),
  });
  await store.close();
  // `user_version`: https://sqlite.org/fileformat.html#the_database_header
  const layout = (await readFile(join(folder, "today.db"))).readUInt32BE(60);
  expect(names).toContain(`layout-${layout}`);
});
