// Somebody else's program changes the file: what verify says of each change.

import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "@photostructure/sqlite";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProctorRecord, recordVersion } from "../../src/core/record.ts";
import { openSqliteStore } from "../../src/store/index.ts";
import type { Persistence, StoreAnchor } from "../../src/store/store.ts";
import { all, closedOf, key, malformed, opened, recordsIn, version } from "./contract.ts";

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "proctor-store-"));
  file = join(folder, "filled.db");
  await fill();
});
beforeEach(async () => {
  const filled = join(folder, "filled.db");
  file = join(await mkdtemp(join(folder, "copy-")), "proctor.db");
  await copyFile(filled, file);
});
afterAll(() => rm(folder, { recursive: true }));

const open = (): Promise<Persistence> =>
  openSqliteStore({ file, instance: "i", chainKey: new Uint8Array(32).fill(7) });

async function withStore<T>(work: (store: Persistence) => Promise<T>): Promise<T> {
  const store = await open();
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function meddle(...statements: string[]): void {
  const database = new DatabaseSync(file);
  for (const statement of statements) database.exec(statement);
  database.close();
}

const shut = key("a", "shut");
const still = key("a", "open");
const unsynced = { synced: false };

function intent(step: number): ProctorRecord {
  const context = { shell: "fresh", environment: "fixed", filesystem: "ours" } as const;
  const digest = "0".repeat(64);
  const allow = { verdict: "allow", judged: "allow", mode: "enforce" } as const;
  return {
    v: recordVersion,
    id: `step-${step}`,
    at: step,
    type: "intent",
    step,
    call: {
      door: "http",
      upstream: "local",
      tool: "bash",
      arguments: { digest, bytes: 0 },
      context,
      digest,
    },
    effects: [],
    residue: {},
    analyser: "1",
    decision: { ...allow, matches: [], reason: "", policy: digest },
    instance: "i",
    dispatched: true,
  };
}

const detailed = (id: string): ProctorRecord => ({ ...malformed(id), detail: "what was said" });

/** Places: 1-4 are `shut`, closed in 4; 5-8 are `open`, with two pending intents in 7 and 8. */
async function fill(): Promise<void> {
  await withStore(async (store) => {
    const first = [opened(shut, "o"), detailed("m1"), detailed("m2"), closedOf(shut)];
    await store.append(shut, "head", first, unsynced);
    const second = [opened(still, "p"), malformed("m3"), intent(1), intent(2)];
    await store.append(still, "head", second, unsynced);
  });
}

/** `kind trajectory@position` of every problem. */
async function problems(known: readonly StoreAnchor[] = []): Promise<string[]> {
  const report = await withStore((store) => store.verify(known));
  return report.problems.map(
    ({ kind, trajectory, position }) => `${kind} ${trajectory}@${position}`,
  );
}

/** Changes the bytes of the record at a place. */
const edit = (place: number, from: string, to: string) =>
  `UPDATE records SET bytes = cast(replace(cast(bytes AS TEXT), '${from}', '${to}') AS BLOB)
    WHERE place = ${place}`;

describe("verify", () => {
  it("finds nothing in a file that nobody changed", async () => {
    expect(await problems()).toEqual([]);
  });

  it.each<[string, string[], string[]]>([
    ["a changed record", [edit(2, "m1", "m9")], ["changed a/shut@2"]],
    ["a changed last record", [edit(8, "step-2", "step-9")], ["changed a/open@4"]],
    [
      "a changed link",
      ["UPDATE records SET link = zeroblob(32) WHERE place = 2"],
      ["changed a/shut@2", "changed a/shut@3"],
    ],
    [
      "a record taken out of the middle",
      ["DELETE FROM records WHERE place = 3"],
      ["missing store@0", "missing a/shut@3", "index a/shut@4", "index a/shut@4"],
    ],
    [
      "a record taken out of the middle, the rest moved up and the index mended",
      [
        "DELETE FROM records WHERE place = 6",
        "UPDATE records SET place = 6, position = 2, previous = 5 WHERE place = 7",
        "UPDATE records SET place = 7, position = 3, previous = 6 WHERE place = 8",
        "UPDATE trajectories SET records = 3, contents = 2, last = 7 WHERE name = 'open'",
      ],
      ["changed a/open@2", "changed a/open@3"],
    ],
    [
      "two records that changed places",
      [
        "UPDATE records SET place = 0 WHERE place = 2",
        "UPDATE records SET place = 2, position = 2, previous = 1 WHERE place = 3",
        "UPDATE records SET place = 3, position = 3, previous = 2 WHERE place = 0",
      ],
      ["changed a/shut@2", "changed a/shut@3", "changed a/shut@4"],
    ],
    [
      "two records that changed positions",
      ["UPDATE records SET position = 5 - position WHERE place IN (2, 3)"],
      ["missing a/shut@2", "reordered a/shut@2"],
    ],
    [
      "a closed trajectory that is gone, and its row with it",
      ["DELETE FROM records WHERE trajectory = 1", "DELETE FROM trajectories WHERE id = 1"],
      ["missing store@0", "anchor a/shut@4"],
    ],
    [
      "a closed trajectory that is gone from the end, with everything that speaks of it but its anchor",
      [
        "DELETE FROM records WHERE trajectory = 2",
        "DELETE FROM trajectories WHERE id = 2",
        "DELETE FROM pending",
        "DELETE FROM records WHERE place = 4",
        "UPDATE trajectories SET records = 3, last = 3, closed = NULL, last_at = 1",
        "UPDATE trajectories SET marks = substr(marks, 1, instr(marks, 'score:') - 1)",
      ],
      ["anchor a/shut@4"],
    ],
    ["records taken off the end", ["DELETE FROM records WHERE place = 8"], ["missing a/open@4"]],
    ["an anchor that is gone", ["DELETE FROM anchors"], ["anchor a/shut@4"]],
    [
      "a forged anchor",
      ["INSERT INTO anchors VALUES ('i', 2, 'a/open', 4, zeroblob(32), zeroblob(32))"],
      ["changed instance i@2", "anchor a/open@4"],
    ],
    [
      "a forged record",
      [
        `INSERT INTO records SELECT 9, trajectory, 5, 8, type, at, bytes, zeroblob(32) FROM records WHERE place = 6`,
        "UPDATE trajectories SET records = 5, contents = 4, last = 9, last_at = 1 WHERE name = 'open'",
      ],
      ["changed a/open@5"],
    ],
    [
      "a trajectory passed off as another",
      ["UPDATE trajectories SET agent = 'b' WHERE name = 'open'"],
      ["changed b/open@1"],
    ],
    [
      "a record of a newer format",
      [edit(6, '"v":2', '"v":3')],
      ["changed a/open@2", "unreadable a/open@2"],
    ],
    [
      "an intent that is no longer pending",
      ["DELETE FROM pending WHERE step = 1"],
      ["index a/open@4"],
    ],
    [
      "an intent that was never dispatched",
      ["UPDATE pending SET dispatched = 0 WHERE step = 1"],
      ["index a/open@4"],
    ],
    [
      "a type that hides a closing",
      ["UPDATE records SET type = 'opened' WHERE place = 4"],
      ["index a/shut@4"],
    ],
    [
      "a list that passes over a record",
      ["UPDATE records SET previous = 1 WHERE place = 3"],
      ["index a/shut@3"],
    ],
    [
      "counts that are not so",
      ["UPDATE trajectories SET refused = 9 WHERE id = 1"],
      ["index a/shut@4"],
    ],
    [
      "a trajectory put back to open",
      ["UPDATE trajectories SET closed = NULL"],
      ["index a/shut@4"],
    ],
  ])("finds %s", async (_, statements, expected) => {
    meddle(...statements);
    expect(await problems()).toEqual(expected);
  });

  it("finds a file that was put back to an earlier state, given the anchor of then", async () => {
    await copyFile(file, `${file}.copy`);
    const { anchor } = await withStore(async (store) => {
      const later = key("a", "later");
      await store.append(later, "head", [opened(later, "o"), closedOf(later)], unsynced);
      return store.verify();
    });
    expect(anchor).toMatchObject({ place: 10, heads: [{ instance: "i", position: 2 }] });
    expect(await problems([anchor])).toEqual([]);
    await copyFile(`${file}.copy`, file);
    expect(await problems()).toEqual([]);
    expect(await problems([anchor])).toEqual(["anchor store@0", "anchor instance i@2"]);
  });

  it("says that it does not see a cut tail, and why", async () => {
    meddle(
      "DELETE FROM records WHERE place > 6",
      "DELETE FROM pending",
      `UPDATE trajectories SET records = 2, steps = 0, contents = 1, last = 6, last_at = 1,
        marks = '' WHERE id = 2`,
    );
    const report = await withStore((store) => store.verify());
    expect(report.problems).toEqual([]);
    expect(report.unproven.join(" ")).toMatch(/behind place 6/);
  });

  it("bounds what it lists, and counts the rest", async () => {
    await withStore(async (store) => {
      const many = Array.from({ length: 1500 }, (_, i) => malformed(`r${i}`));
      await store.append(still, "head", many, unsynced);
    });
    meddle("UPDATE records SET link = zeroblob(32)");
    const report = await withStore((store) => store.verify());
    // Each of the 1508 records, and the anchor.
    expect([report.problems.length, report.moreProblems]).toEqual([1000, 509]);
  });

  it("goes on beside appends, and does not take them for a difference", async () => {
    await withStore(async (store) => {
      const many = Array.from({ length: 3000 }, (_, i) => malformed(`r${i}`));
      await store.append(still, "head", many, unsynced);
      let verifying = true;
      const verified = store.verify().finally(() => {
        verifying = false;
      });
      let appended = 0;
      while (verifying) {
        await store.append(still, "head", [malformed("x")], unsynced);
        appended += 1;
      }
      expect((await verified).problems).toEqual([]);
      expect(appended).toBeGreaterThan(1);
    });
  });
});

describe("verify against an anchor that was kept elsewhere", () => {
  const anchorNow = async () => (await withStore((store) => store.verify())).anchor;

  it("finds a tail that was cut, which leaves no trace in the file", async () => {
    const anchor = await anchorNow();
    meddle(
      "DELETE FROM records WHERE place > 6",
      "DELETE FROM pending",
      `UPDATE trajectories SET records = 2, steps = 0, contents = 1, last = 6, last_at = 1,
        marks = '' WHERE id = 2`,
    );
    expect(await problems()).toEqual([]);
    expect(await problems([anchor])).toEqual(["anchor store@0"]);
  });

  it("finds a trajectory that was removed, the newest with all that speaks of it", async () => {
    const anchor = await anchorNow();
    meddle(
      "DELETE FROM records WHERE trajectory = 2",
      "DELETE FROM trajectories WHERE id = 2",
      "DELETE FROM pending",
    );
    expect(await problems()).toEqual([]);
    expect(await problems([anchor])).toEqual(["anchor store@0"]);
  });

  it("finds a store that somebody with the key wrote anew", async () => {
    const anchor = await anchorNow();
    const forged = join(folder, "forged.db");
    const [theirs, ours] = [forged, file];
    file = theirs;
    await withStore(async (store) => {
      const first = [opened(shut, "o"), malformed("m1"), malformed("other"), closedOf(shut)];
      await store.append(shut, "head", first, unsynced);
      const second = [opened(still, "p"), malformed("m3"), intent(1), intent(2)];
      await store.append(still, "head", second, unsynced);
    });
    expect(await problems()).toEqual([]);
    expect(await problems([anchor])).toEqual(["anchor store@0", "anchor instance i@1"]);
    file = ours;
    expect(await problems([anchor])).toEqual([]);
  });

  it("takes an erasure for what it is", async () => {
    const anchor = await anchorNow();
    await withStore((store) => store.erase(shut, { because: "request", reason: "r", at: 9 }));
    expect(await problems([anchor])).toEqual([]);
  });
});

describe("verify after an erasure", () => {
  const erase = () =>
    withStore((store) => store.erase(shut, { because: "request", reason: "r", at: 9 }));

  it.each<[string, string[], string[]]>([
    [
      "what is left changed",
      [edit(2, '"code":"malformed_json"', '"code":"internal"')],
      ["changed a/shut@4"],
    ],
    [
      "a link changed",
      ["UPDATE records SET link = zeroblob(32) WHERE place = 2"],
      ["changed a/shut@4"],
    ],
    [
      "the closing changed",
      [edit(4, '"completed"', '"expired"')],
      ["changed a/shut@4", "changed a/shut@4", "index a/shut@5"],
    ],
    ["the tombstone changed", [edit(9, '"reason":"r"', '"reason":"s"')], ["changed a/shut@5"]],
    [
      "the tombstone hidden",
      ["UPDATE records SET type = 'opened' WHERE place = 9"],
      ["changed a/shut@2", "changed a/shut@3", "index a/shut@5"],
    ],
    [
      "the tombstone taken away",
      [
        "DELETE FROM records WHERE place = 9",
        "UPDATE trajectories SET records = 4, contents = 2, erased = 0, last = 4 WHERE id = 1",
      ],
      ["changed a/shut@2", "changed a/shut@3"],
    ],
    [
      "contents erased by somebody without the key",
      [edit(6, '"detail":""', '"detail":"forged"')],
      ["changed a/open@2"],
    ],
  ])("finds %s", async (_, statements, expected) => {
    await erase();
    expect(await problems()).toEqual([]);
    meddle(...statements);
    expect(await problems()).toEqual(expected);
  });
});

describe("rebuildIndex", () => {
  it("derives everything anew that is beside the records", async () => {
    const look = async (store: Persistence) => ({
      trajectories: await all(store.trajectories({})),
      pending: await all(store.pendingIntents()),
      shut: await recordsIn(store.read(shut)),
      open: await recordsIn(store.read(still)),
      closings: await recordsIn(store.scan({ types: ["closed"] })),
    });
    const before = await withStore(look);
    meddle(
      "DELETE FROM pending",
      "UPDATE trajectories SET refused = 9, closed = 'idle', last = 1 WHERE id = 1",
      "DELETE FROM trajectories WHERE id = 2",
      "UPDATE records SET type = 'opened', at = 0, previous = 0",
    );
    expect(await problems()).not.toEqual([]);
    await withStore((store) => store.rebuildIndex());
    expect(await problems()).toEqual([]);
    expect(await withStore(look)).toEqual(before);
  });
});

describe("a store whose file was changed", () => {
  it("does not go on from an older record where the last one is gone", async () => {
    meddle("DELETE FROM records WHERE place = 8");
    await withStore(async (store) => {
      const refused = { code: "store_unavailable" };
      const append = store.append(still, "head", [malformed("x")], unsynced);
      await expect(append).rejects.toMatchObject(refused);
      await expect(all(store.read(still))).rejects.toMatchObject(refused);
      // Others are not concerned.
      expect((await store.append(shut, "head", [malformed("x")], unsynced)).ok).toBe(true);
    });
  });

  it("does not read a history that leaves records out, or leads round in a circle", async () => {
    for (const previous of [1, 0, 4, 8]) {
      meddle(`UPDATE records SET previous = ${previous} WHERE place = 3`);
      const read = withStore((store) => all(store.read(shut)));
      await expect(read).rejects.toMatchObject({ code: "store_unavailable" });
    }
  });

  it("does not believe a snapshot that it did not write", async () => {
    await withStore(async (store) => {
      const at = version(await store.append(still, "head", [malformed("x")], unsynced));
      await store.saveSnapshot(still, at, "{}");
      expect(await store.loadSnapshot(still)).toEqual({ version: at, state: "{}" });
    });
    for (const change of ["state = '{\"a\":1}'", "version = 1", "trajectory = 1"]) {
      meddle(`UPDATE snapshots SET ${change}`);
      await withStore(async (store) => {
        expect(await store.loadSnapshot(still)).toBeUndefined();
        expect(await store.loadSnapshot(shut)).toBeUndefined();
      });
    }
  });
});
