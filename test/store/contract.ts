// What every store must do. Each implementation runs this one suite.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ProctorError } from "../../src/core/errors.ts";
import { measures } from "../../src/core/measure.ts";
import { type ProctorRecord, recordVersion } from "../../src/core/record.ts";
import type { TrajectoryKey } from "../../src/core/trajectory.ts";
import { trajectoryId } from "../../src/core/trajectory.ts";
import type { Version } from "../../src/core/version.ts";
import { emptyVersion } from "../../src/core/version.ts";
import { bearsContents } from "../../src/store/contents.ts";
import {
  type AppendResult,
  type Blob,
  type Mark,
  maxMarks,
  type OpenTrajectory,
  type PendingIntent,
  type Persistence,
  type ScanQuery,
  type StoredRecord,
  type TrajectorySummary,
} from "../../src/store/store.ts";
import { anyRecord, keyOf, recordsOf } from "./arbitraries.ts";

/** How a suite gets at one implementation. */
export interface Subject {
  readonly name: string;
  /** An empty store of its own; `dispose` closes it and removes what it left. */
  open(instance?: string): Promise<{ store: Persistence; dispose(): Promise<void> }>;
  readonly numRuns: number;
}

export function storeContract(subject: Subject): void {
  describe(`${subject.name}: the contract of a store`, () => {
    let store: Persistence;
    let dispose: () => Promise<void>;
    beforeAll(async () => {
      ({ store, dispose } = await subject.open());
    });
    afterAll(() => dispose());

    /** Agents of one test are nobody else's, so that all tests can share a store. */
    let agents = 0;
    const freshAgent = () => `agent-${++agents}`;
    const freshKey = () => key(freshAgent(), "t");

    describe("append", () => {
      it("takes records after the version that is the trajectory's", async () => {
        const k = freshKey();
        const first = await store.append(k, emptyVersion, [opened(k, "a")], unsynced);
        const second = await store.append(k, version(first), [malformed("b")], unsynced);
        expect(first.ok && second.ok && version(first) !== version(second)).toBe(true);
        expect(await recordsIn(store.read(k))).toEqual([opened(k, "a"), malformed("b")]);
      });

      it("refuses any other version, names the head, and writes nothing", async () => {
        const k = freshKey();
        const head = version(
          await store.append(k, emptyVersion, [opened(k, "a"), malformed("b")], unsynced),
        );
        const behind = await store.append(k, emptyVersion, [malformed("c")], unsynced);
        const ahead = await store.append(k, "999" as Version, [malformed("c")], unsynced);
        expect([behind, ahead]).toEqual([
          { ok: false, head },
          { ok: false, head },
        ]);
        expect(await recordsIn(store.read(k))).toHaveLength(2);
      });

      it("writes no blob of an append that lost", async () => {
        const k = freshKey();
        await store.append(k, emptyVersion, [opened(k, "a")], unsynced);
        const blobs = [blobOf("lost", "x")];
        await store.append(k, emptyVersion, [malformed("b")], { synced: false, blobs });
        expect(await store.blob("lost")).toBeUndefined();
      });

      it("appends to the head without a condition", async () => {
        const k = freshKey();
        for (const id of ["a", "b", "c"])
          await store.append(k, "head", [malformed(id)], { synced: true });
        expect((await recordsIn(store.read(k))).map(({ id }) => id)).toEqual(["a", "b", "c"]);
      });

      it("keeps trajectories of one name under two agents, and generations, apart", async () => {
        const [a, b] = [freshKey(), freshKey()];
        const c = { ...a, generation: 2 };
        for (const k of [a, b, c]) {
          expect((await store.append(k, emptyVersion, [opened(k, "x")], unsynced)).ok).toBe(true);
        }
        for (const k of [a, b, c]) expect(await recordsIn(store.read(k))).toEqual([opened(k, "x")]);
      });

      it("without records only says whether the version holds", async () => {
        const k = freshKey();
        const at = await store.append(k, emptyVersion, [], unsynced);
        expect(at).toEqual({ ok: true, version: emptyVersion });
        await store.append(k, emptyVersion, [opened(k, "a")], unsynced);
        expect((await store.append(k, emptyVersion, [], unsynced)).ok).toBe(false);
        expect(await store.latestGeneration(k.agent, "never")).toBe(0);
      });

      it("lets exactly one of many writers win each version", async () => {
        const k = freshKey();
        let head = emptyVersion;
        for (let round = 0; round < 5; round += 1) {
          const results = await Promise.all(
            Array.from({ length: 20 }, (_, i) =>
              store.append(k, head, [malformed(`${round}-${i}`)], { synced: i % 7 === 0 }),
            ),
          );
          const winners = results.filter((result) => result.ok);
          expect(winners).toHaveLength(1);
          head = version(winners[0]);
          const losers = results.filter((result) => !result.ok);
          expect(losers).toEqual(losers.map(() => ({ ok: false, head })));
        }
        expect(await recordsIn(store.read(k))).toHaveLength(5);
      });

      it("keeps what was appended, whatever the caller changes afterwards", async () => {
        const k = freshKey();
        const mine = { ...malformed("a"), detail: "before" };
        const bytes = new Uint8Array([1, 2, 3]);
        const appended = store.append(k, "head", [mine], {
          synced: false,
          blobs: [{ digest: `mutable-${k.agent}`, bytes }],
        });
        mine.detail = "after";
        bytes[0] = 9;
        await appended;
        expect(await recordsIn(store.read(k))).toEqual([{ ...mine, detail: "before" }]);
        expect(await store.blob(`mutable-${k.agent}`)).toEqual(new Uint8Array([1, 2, 3]));
      });

      it("rejects a record beyond maxRecordBytes, and the trajectory goes on", async () => {
        const k = freshKey();
        const large = { ...malformed("large"), detail: "x".repeat(256 * 1024) };
        await expect(store.append(k, emptyVersion, [large], unsynced)).rejects.toMatchObject({
          code: "too_large",
        });
        expect((await store.append(k, emptyVersion, [opened(k, "a")], unsynced)).ok).toBe(true);
      });
    });

    describe("read", () => {
      it("begins after the version that it is given", async () => {
        const k = freshKey();
        const at: Version[] = [emptyVersion];
        for (const id of ["a", "b", "c"]) {
          at.push(version(await store.append(k, "head", [malformed(id)], unsynced)));
        }
        const suffixes = await Promise.all(at.map((from) => recordsIn(store.read(k, from))));
        expect(suffixes.map((suffix) => suffix.map(({ id }) => id).join(""))).toEqual([
          "abc",
          "bc",
          "c",
          "",
        ]);
        const versions = (await all(store.read(k))).map((record) => record.version);
        expect(versions).toEqual(at.slice(1));
      });

      it("finds nothing where nothing was written", async () => {
        expect(await all(store.read(freshKey()))).toEqual([]);
      });

      it("refuses a version or cursor that it never gave out", async () => {
        const wrong = "1; drop table" as never;
        await expect(all(store.read(freshKey(), wrong))).rejects.toThrow(ProctorError);
        await expect(all(store.scan({}, wrong))).rejects.toThrow(ProctorError);
      });

      it("reads more than any one page holds", async () => {
        const k = freshKey();
        const many = Array.from({ length: 1500 }, (_, i) => malformed(`r${i}`));
        await store.append(k, emptyVersion, many, unsynced);
        expect(await recordsIn(store.read(k))).toEqual(many);
        expect(await recordsIn(store.scan({ agent: k.agent }))).toEqual(many);
      });

      it("reads large records", async () => {
        const k = freshKey();
        const large = Array.from({ length: 20 }, (_, i) => ({
          ...malformed(`l${i}`),
          detail: "x".repeat(250_000),
        }));
        await store.append(k, emptyVersion, large, unsynced);
        const found = await recordsIn(store.read(k));
        expect(found.map(({ id }) => id)).toEqual(large.map(({ id }) => id));
        expect(JSON.stringify(found) === JSON.stringify(large)).toBe(true);
      });
    });

    describe("scan", () => {
      it("asks by type, agent, name and time", async () => {
        const agent = freshAgent();
        const [one, two] = [key(agent, "one"), key(agent, "two")];
        await store.append(one, "head", [opened(one, "a", 10), malformed("b", 20)], unsynced);
        await store.append(two, "head", [opened(two, "c", 20), malformed("d", 30)], unsynced);
        const rows: [ScanQuery, string][] = [
          [{}, "abcd"],
          [{ types: ["opened"] }, "ac"],
          [{ types: ["opened", "malformed"] }, "abcd"],
          [{ types: [] }, ""],
          [{ name: "two" }, "cd"],
          [{ fromMs: 20 }, "bcd"],
          [{ beforeMs: 20 }, "a"],
          [{ fromMs: 20, beforeMs: 30, types: ["malformed"], name: "one" }, "b"],
        ];
        for (const [query, ids] of rows) {
          const found = await recordsIn(store.scan({ agent, ...query }));
          expect([query, found.map(({ id }) => id).join("")]).toEqual([query, ids]);
        }
      });

      it("goes on behind a cursor, and ends at what was there", async () => {
        const k = freshKey();
        await store.append(k, "head", ["a", "b", "c"].map(malformedOf), unsynced);
        const [first] = await all(store.scan({ agent: k.agent }));
        const seen: string[] = [];
        for await (const { record } of store.scan({ agent: k.agent }, first?.cursor)) {
          seen.push(record.id);
          await store.append(k, "head", [malformed(`later-${seen.length}`)], unsynced);
        }
        expect(seen).toEqual(["b", "c"]);
      });
    });

    describe("approvals", () => {
      const asked = (id: string, at: number) => approvalRecord(id, at, "asked");
      const answered = (id: string, at: number) => approvalRecord(id, at, "answered");

      it("are found alone, over all trajectories, in the order of their cursors", async () => {
        const agent = freshAgent();
        const [one, two] = [key(agent, "one"), key(agent, "two")];
        await store.append(one, "head", [opened(one, "o"), asked("a", 1)], unsynced);
        await store.append(two, "head", [opened(two, "p"), asked("b", 2)], unsynced);
        await store.append(one, "head", [malformed("m"), answered("a", 3)], { synced: true });
        const query: ScanQuery = { types: ["approval"], agent };
        const found = await all(store.scan(query));
        expect(found.map(({ record, key: k }) => [k.name, record.id])).toEqual([
          ["one", "a-asked"],
          ["two", "b-asked"],
          ["one", "a-answered"],
        ]);
        expect(await all(store.scan(query, found[0]?.cursor))).toEqual(found.slice(1));
        expect(await all(store.scan({ ...query, fromMs: 2, beforeMs: 3 }))).toEqual(
          found.slice(1, 2),
        );
        expect(await watchedUntil(store, query, 3)).toEqual(found);
      });

      it("of two answers after one version takes the first", async () => {
        const k = freshKey();
        const at = version(
          await store.append(k, "head", [opened(k, "o"), asked("a", 1)], { synced: true }),
        );
        const both = await Promise.all(
          [2, 3].map((ms) => store.append(k, at, [answered("a", ms)], { synced: true })),
        );
        expect(both.map(({ ok }) => ok)).toEqual([true, false]);
        const types = (await recordsIn(store.read(k))).map(({ type }) => type);
        expect(types).toEqual(["opened", "approval", "approval"]);
      });
    });

    describe("watch", () => {
      it("gives what is there, then what comes, and ends when it is aborted", async () => {
        const k = freshKey();
        const abort = new AbortController();
        await store.append(k, "head", ["a", "b"].map(malformedOf), unsynced);
        const seen: string[] = [];
        for await (const { record } of store.watch({ agent: k.agent }, abort.signal)) {
          seen.push(record.id);
          if (seen.length < 6)
            await store.append(k, "head", [malformed(`c${seen.length}`)], unsynced);
          else abort.abort();
        }
        expect(seen).toEqual(["a", "b", "c1", "c2", "c3", "c4"]);
      });

      it("ends at once where the signal is aborted already", async () => {
        const k = freshKey();
        await store.append(k, "head", [malformed("a")], unsynced);
        expect(await all(store.watch({ agent: k.agent }, AbortSignal.abort()))).toEqual([]);
      });

      it("ends while it waits, and lets many watch", async () => {
        const k = freshKey();
        const abort = new AbortController();
        const watched = [1, 2, 3].map(() => all(store.watch({ agent: k.agent }, abort.signal)));
        await store.append(k, "head", ["a", "b"].map(malformedOf), unsynced);
        const quick = new AbortController();
        for await (const { record } of store.watch({ agent: k.agent }, quick.signal)) {
          if (record.id === "b") quick.abort();
        }
        abort.abort();
        const lengths = (await Promise.all(watched)).map(({ length }) => length);
        expect(lengths.every((length) => length <= 2)).toBe(true);
      });
    });

    describe("blobs", () => {
      it("are kept by digest, and the first one of a digest stays", async () => {
        const k = freshKey();
        const empty = { digest: "empty", bytes: new Uint8Array() };
        const large = blobOf("two", "x".repeat(3_000_000));
        const blobs = [blobOf("one", "1"), large, empty];
        await store.append(k, "head", [malformed("a")], { synced: true, blobs });
        await store.append(k, "head", [malformed("b")], {
          synced: false,
          blobs: [blobOf("one", "other")],
        });
        expect(await store.blob("one")).toEqual(blobs[0]?.bytes);
        expect(Buffer.compare((await store.blob("two")) ?? empty.bytes, large.bytes)).toBe(0);
        expect(await store.blob("empty")).toEqual(empty.bytes);
        expect(await store.blob("three")).toBeUndefined();
      });
    });

    describe("leases", () => {
      it("live until they run out or are released", async () => {
        await store.renew("i1", 100);
        await store.renew("i2", 200);
        await store.renew("i1", 150);
        await store.renew("i3", 300);
        await store.release("i3");
        await store.release("never");
        expect(await store.live(149)).toEqual(new Set(["i1", "i2"]));
        expect(await store.live(150)).toEqual(new Set(["i2"]));
        expect(await store.live(200)).toEqual(new Set());
      });
    });

    describe("snapshots", () => {
      it("are kept by trajectory, the last one wins", async () => {
        const k = freshKey();
        const head = version(await store.append(k, "head", [opened(k, "a")], unsynced));
        expect(await store.loadSnapshot(k)).toBeUndefined();
        await store.saveSnapshot(k, emptyVersion, "older");
        await store.saveSnapshot(k, head, '{"s":"ä"}');
        expect(await store.loadSnapshot(k)).toEqual({ version: head, state: '{"s":"ä"}' });
        expect(await store.loadSnapshot({ ...k, generation: 2 })).toBeUndefined();
      });
    });

    describe("properties", () => {
      it("whatever the interleaving: one winner, what was appended is read, in order", async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(waveOf(), { minLength: 1, maxLength: 4 }), async (waves) => {
            const agent = freshAgent();
            const model = new Map<string, ProctorRecord[]>();
            const heads = new Map<string, Version>();
            for (const wave of waves) {
              const attempts = wave.map((attempt) => ({
                ...attempt,
                key: { ...attempt.key, agent },
              }));
              const before = new Map(heads);
              const results = await Promise.all(
                attempts.map(({ key: k, conditional, records, synced }) => {
                  const head = before.get(trajectoryId(k)) ?? emptyVersion;
                  return store.append(k, conditional ? head : "head", records, { synced });
                }),
              );
              const won = attempts.flatMap((attempt, i) => {
                const result = results[i];
                return result?.ok ? [{ ...attempt, version: result.version }] : [];
              });
              won.sort((a, b) => Number(a.version) - Number(b.version));
              for (const { key: k, records, version: at } of won) {
                const id = trajectoryId(k);
                model.set(id, [...(model.get(id) ?? []), ...records]);
                heads.set(id, at);
              }
              expectOneWinner(attempts, results, before);
            }
            for (const [id, records] of model) {
              const k = keysOf(agent).find((candidate) => trajectoryId(candidate) === id);
              if (k !== undefined) expect(await recordsIn(store.read(k))).toEqual(records);
            }
            const scanned = await all(store.scan({ agent }));
            expectScanOf(scanned, model);
            expect(await watchedUntil(store, { agent }, scanned.length)).toEqual(scanned);
          }),
          { numRuns: subject.numRuns },
        );
      });

      it("the index is what a recount of the records gives, also when it is rebuilt", async () => {
        const counted = new Map<string, Index>();
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.record({ key: keyOf("x"), record: anyRecord(keyOf("x")) }), {
              maxLength: 30,
            }),
            async (appends) => {
              const agent = freshAgent();
              for (const { key: k, record } of appends) {
                await store.append({ ...k, agent }, "head", [record], unsynced);
              }
              const expected = recount(await all(store.scan({ agent })));
              expect(await indexOf(store, agent)).toEqual(expected);
              counted.set(agent, expected);
            },
          ),
          { numRuns: subject.numRuns },
        );
        await store.rebuildIndex();
        for (const [agent, expected] of counted) {
          expect(await indexOf(store, agent)).toEqual(expected);
        }
      });
    });

    describe("the index", () => {
      it("knows where news begins", async () => {
        const k = freshKey();
        await store.append(k, "head", [opened(k, "old")], unsynced);
        const latest = await store.latest();
        expect(await all(store.scan({}, latest))).toEqual([]);
        await store.append(k, "head", [closedOf(k)], unsynced);
        expect((await all(store.scan({}, latest))).map(({ record }) => record.type)).toEqual([
          "closed",
        ]);
      });

      it("knows the heads of closed trajectories, as they are verified", async () => {
        const k = freshKey();
        await store.append(k, "head", [opened(k, "t"), closedOf(k)], unsynced);
        const heads = await store.anchorHeads();
        expect(heads.length).toBeGreaterThan(0);
        expect(heads).toEqual((await store.verify()).anchor.heads);
      });

      it("filters and limits trajectories, newest first", async () => {
        const agent = freshAgent();
        for (const name of ["a", "b", "c"]) {
          const k = key(agent, name);
          await store.append(k, "head", [opened(k, "o", 5, name === "b" ? "safe" : "x")], unsynced);
        }
        await store.append(key(agent, "c"), "head", [closedOf(key(agent, "c"))], unsynced);
        const rows = [
          [{}, "cba"],
          [{ limit: 2 }, "cb"],
          [{ limit: 0 }, ""],
          [{ state: "open" }, "ba"],
          [{ state: "closed" }, "c"],
          [{ taskClass: "safe" }, "b"],
          [{ name: "a" }, "a"],
          [{ name: "a", state: "closed" }, ""],
          [{ agents: ["nobody"] }, ""],
          [{ agents: ["nobody", agent] }, "cba"],
          [{ text: "/B" }, "b"],
          [{ text: "b t" }, "b"],
          [{ text: "nothing" }, ""],
          [{ fromMs: 5, beforeMs: 6 }, "cba"],
          [{ fromMs: 6 }, ""],
          [{ beforeMs: 5 }, ""],
          [{ olderThan: key(agent, "b") }, "a"],
          [{ olderThan: key(agent, "a") }, ""],
          [{ olderThan: key(agent, "never") }, ""],
          [{ marks: [`score:deletion=${closedScore}`] }, "c"],
          [{ marks: ["effect:delete"] }, ""],
        ] as const;
        for (const [query, names] of rows) {
          const found = await all(store.trajectories({ agent, ...query }));
          expect([query, found.map(({ key: k }) => k.name).join("")]).toEqual([query, names]);
        }
      });
    });

    describe("verify", () => {
      it("finds no problem in what was only appended, and names the heads", async () => {
        const k = freshKey();
        await store.append(k, "head", [opened(k, "a"), closedOf(k)], unsynced);
        const first = await store.verify();
        expect(first.problems).toEqual([]);
        expect(first.anchors).toBeGreaterThan(0);
        expect(first.anchor.heads.map(({ link }) => link.length)).toEqual([64]);
        const other = freshKey();
        await store.append(other, "head", [opened(other, "a"), closedOf(other)], unsynced);
        expect((await store.verify([first.anchor])).problems).toEqual([]);
      });

      it("finds that an anchor which is known from elsewhere is another store's", async () => {
        const link = "0".repeat(64);
        const heads = [{ instance: "test", position: 99_999, link }];
        const { problems } = await store.verify([
          { place: 1, digest: link, heads },
          { place: 99_999_999, digest: link, heads: [] },
        ]);
        expect(problems).toMatchObject([
          { kind: "anchor", trajectory: "store" },
          { kind: "anchor", trajectory: "store" },
          { kind: "anchor", trajectory: "instance test" },
        ]);
      });
    });

    describe("erasure", () => {
      const order = { because: "request", reason: "they asked", at: 50 } as const;
      const secret = "a secret of this test";
      const detailed = (id: string): ProctorRecord => ({ ...malformed(id), detail: secret });

      function withBlob(id: string, digest: string): ProctorRecord {
        const result = { bytes: 3, digest };
        const observed = { transport: "ok", tool: { isError: false } } as const;
        const outcome = { kind: "carried_out", observed, durationMs: 1, result } as const;
        return { v: recordVersion, id, at: 3, type: "outcome", step: 1, outcome };
      }

      it("takes contents, leaves that there were records, and says so in the chain", async () => {
        const k = freshKey();
        const [mine, shared] = [`mine-${k.agent}`, `shared-${k.agent}`];
        const other = key(k.agent, "other");
        const records = [opened(k, "o"), detailed("d"), withBlob("m", mine), withBlob("s", shared)];
        const blobs = [blobOf(mine, "one"), blobOf(shared, "two")];
        await store.append(k, "head", [...records, closedOf(k)], { synced: false, blobs });
        const theirs = { synced: false, blobs: [blobOf(shared, "two")] };
        await store.append(other, "head", [opened(other, "p"), withBlob("t", shared)], theirs);
        const before = (await all(store.sizes())).find((size) => size.key.name === k.name);

        const erased = await store.erase(k, order);
        expect(erased).toMatchObject({ records: 3, blobs: 1 });
        expect(erased.bytes).toBeGreaterThan(secret.length);
        const left = await recordsIn(store.read(k));
        expect(JSON.stringify(left)).not.toContain(secret);
        expect(left.map(({ type, id }) => [type, id]).slice(0, 5)).toEqual(
          [...records, closedOf(k)].map(({ type, id }) => [type, id]),
        );
        expect(left[4]).toEqual(closedOf(k));
        expect(left[5]).toMatchObject({ type: "erased", from: 1, through: 5, ...order });
        expect([await store.blob(mine), await store.blob(shared)]).toEqual([
          undefined,
          blobs[1]?.bytes,
        ]);
        expect(before?.bytes).toBeGreaterThan(erased.bytes);
        expect((await all(store.sizes())).filter((size) => size.key.agent === k.agent)).toEqual([
          { key: other, bytes: expect.any(Number) },
        ]);
        expect(await all(store.trajectories({ agent: k.agent, name: k.name }))).toMatchObject([
          { contents: 0, closed: "completed", records: 6 },
        ]);
        expect((await store.verify()).problems).toEqual([]);
        expect(await store.erase(k, order)).toEqual({ records: 0, blobs: 0, bytes: 0 });
        expect(await recordsIn(store.read(k))).toEqual(left);
      });

      it("takes what came after an erasure when it is asked again", async () => {
        const k = freshKey();
        await store.append(k, "head", [opened(k, "o"), detailed("a"), closedOf(k)], unsynced);
        await store.erase(k, order);
        await store.append(k, "head", [detailed("late")], unsynced);
        expect(JSON.stringify(await recordsIn(store.read(k)))).toContain(secret);
        expect(await store.erase(k, order)).toMatchObject({ records: 1 });
        expect(JSON.stringify(await recordsIn(store.read(k)))).not.toContain(secret);
        expect((await store.verify()).problems).toEqual([]);
      });

      it("goes through trajectories of any length, and forgets the snapshot", async () => {
        const k = freshKey();
        const many = Array.from({ length: 350 }, (_, i) => detailed(`r${i}`));
        const head = await store.append(
          k,
          "head",
          [opened(k, "o"), ...many, closedOf(k)],
          unsynced,
        );
        await store.saveSnapshot(k, version(head), secret);
        const two = await Promise.all([store.erase(k, order), store.erase(k, order)]);
        expect(two.reduce((sum, { records }) => sum + records, 0)).toBe(350);
        expect(JSON.stringify(await recordsIn(store.read(k)))).not.toContain(secret);
        expect(await store.loadSnapshot(k)).toBeUndefined();
        // Whoever holds the state of before may save it afterwards.
        await store.saveSnapshot(k, version(head), secret);
        expect(await store.loadSnapshot(k)).toBeUndefined();
        expect((await store.verify()).problems).toEqual([]);
      });

      it("refuses what is open, and what is not there", async () => {
        const k = freshKey();
        await store.append(k, "head", [opened(k, "o"), detailed("a")], unsynced);
        await expect(store.erase(k, order)).rejects.toMatchObject({ code: "invalid_request" });
        const nobody = store.erase({ ...k, name: "never" }, order);
        await expect(nobody).rejects.toMatchObject({ code: "trajectory_not_found" });
      });

      it("is counted again when the index is rebuilt", async () => {
        const k = freshKey();
        await store.append(k, "head", [opened(k, "o"), detailed("a"), closedOf(k)], unsynced);
        await store.erase(k, order);
        await store.append(k, "head", [detailed("late")], unsynced);
        const before = await all(store.trajectories({ agent: k.agent }));
        await store.rebuildIndex();
        expect(await all(store.trajectories({ agent: k.agent }))).toEqual(before);
        expect(before).toMatchObject([{ contents: 1 }]);
        expect((await store.verify()).problems).toEqual([]);
      });
    });

    it("is healthy", async () => {
      await store.healthy();
    });
  });

  describe(`${subject.name}: the end of a store`, () => {
    it("takes nothing after close, ends watches, and may be closed twice", async () => {
      const { store, dispose } = await subject.open();
      const k = key("a", "t");
      const waiting = store.append(k, "head", [malformed("a")], unsynced);
      const watched = all(store.watch({}, new AbortController().signal));
      await waiting;
      await store.close();
      await store.close();
      expect((await watched).length).toBeLessThanOrEqual(1);
      const closed = { code: "store_unavailable" };
      await expect(store.append(k, "head", [malformed("b")], unsynced)).rejects.toMatchObject(
        closed,
      );
      await expect(all(store.read(k))).rejects.toMatchObject(closed);
      await expect(store.healthy()).rejects.toMatchObject(closed);
      await dispose();
    });

    it("finishes what was under way when it is closed", async () => {
      const { store, dispose } = await subject.open();
      const k = key("a", "t");
      const appends = Array.from({ length: 50 }, (_, i) =>
        store.append(k, "head", [malformed(`${i}`)], { synced: i % 2 === 0 }),
      );
      await store.close();
      expect((await Promise.all(appends)).every(({ ok }) => ok)).toBe(true);
      await dispose();
    });
  });
}

// ---- what the tests are made of

const unsynced = { synced: false };

export function key(agent: string, name: string): TrajectoryKey {
  return { agent, name, generation: 1 };
}

export function malformed(id: string, at = 1): Extract<ProctorRecord, { type: "malformed" }> {
  return {
    v: recordVersion,
    id,
    at,
    type: "malformed",
    door: "http",
    code: "malformed_json",
    detail: "",
  };
}

function approvalRecord(approval: string, at: number, kind: "asked" | "answered"): ProctorRecord {
  const event = approvalSamples.find((sample) => sample.event.kind === kind)?.event;
  if (event === undefined) throw new Error(`no sample of ${kind}`);
  return {
    v: recordVersion,
    id: `${approval}-${kind}`,
    at,
    type: "approval",
    approval,
    step: 1,
    event,
  };
}

const malformedOf = (id: string) => malformed(id);

export function opened(
  k: TrajectoryKey,
  id: string,
  at = 1,
  taskClass = "production",
): ProctorRecord {
  const task = { id: "t", class: taskClass };
  const policy = "0".repeat(64);
  const rest = { identifiedBy: "explicit", door: "http", mode: "enforce" } as const;
  return {
    v: recordVersion,
    id,
    at,
    type: "opened",
    key: k,
    task,
    policy,
    continues: false,
    ...rest,
  };
}

const approvalSamples = fc.sample(recordsOf(keyOf("sample")).approval, { numRuns: 100, seed: 7 });

const closedSample = fc.sample(recordsOf(keyOf("sample")).closed, { numRuns: 1, seed: 7 })[0];

const closedScore = closedSample?.scores.deletion.value ?? "none";

export function closedOf(k: TrajectoryKey, at = 9): ProctorRecord {
  if (closedSample === undefined) throw new Error("no sample");
  return { ...closedSample, key: k, at, because: "completed" };
}

export function blobOf(digest: string, text: string): Blob {
  return { digest, bytes: new Uint8Array(Buffer.from(text)) };
}

export function version(result: AppendResult | undefined): Version {
  if (result?.ok) return result.version;
  throw new Error("the append lost");
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

export async function recordsIn(items: AsyncIterable<StoredRecord>): Promise<ProctorRecord[]> {
  return (await all(items)).map(({ record }) => record);
}

function keysOf(agent: string): TrajectoryKey[] {
  return ["one", "two", "three:3"].flatMap((name) =>
    [1, 2].map((generation) => ({ agent, name, generation })),
  );
}

interface Attempt {
  readonly key: TrajectoryKey;
  /** After the version that was seen before the wave, else to the head. */
  readonly conditional: boolean;
  readonly records: ProctorRecord[];
  readonly synced: boolean;
}

/** Appends that are under way at the same time. */
function waveOf(): fc.Arbitrary<Attempt[]> {
  const k = keyOf("x");
  const attempt = fc.record({
    key: k,
    conditional: fc.boolean(),
    records: fc.array(anyRecord(k), { minLength: 1, maxLength: 3 }),
    synced: fc.boolean(),
  });
  return fc.array(attempt, { minLength: 1, maxLength: 12 });
}

/** Of those that wanted to follow the same version, at most one did; if no other came between, one. */
function expectOneWinner(
  attempts: readonly Attempt[],
  results: readonly AppendResult[],
  before: ReadonlyMap<string, Version>,
): void {
  for (const id of new Set(attempts.map(({ key: k }) => trajectoryId(k)))) {
    const mine = attempts.flatMap((attempt, i) =>
      trajectoryId(attempt.key) === id ? [{ ...attempt, result: results[i] }] : [],
    );
    const conditional = mine.filter(({ conditional }) => conditional);
    const winners = conditional.filter(({ result }) => result?.ok);
    expect(winners.length).toBeLessThanOrEqual(1);
    if (conditional.length === mine.length) expect(winners).toHaveLength(1);
    expect(mine.filter(({ conditional: c, result }) => !c && !result?.ok)).toEqual([]);
    // The winner followed exactly what it had seen.
    for (const { result, records } of winners) {
      const seen = Number(before.get(id) ?? emptyVersion);
      expect(Number(version(result))).toBe(seen + records.length);
    }
  }
}

/** Each record once, and those of one trajectory in their order. */
function expectScanOf(scanned: readonly StoredRecord[], model: Map<string, ProctorRecord[]>): void {
  const byTrajectory = new Map<string, ProctorRecord[]>();
  for (const { key: k, record } of scanned) {
    const id = trajectoryId(k);
    byTrajectory.set(id, [...(byTrajectory.get(id) ?? []), record]);
  }
  expect(byTrajectory).toEqual(model);
  expect(new Set(scanned.map(({ cursor }) => cursor)).size).toBe(scanned.length);
}

async function watchedUntil(
  store: Persistence,
  query: ScanQuery,
  length: number,
): Promise<StoredRecord[]> {
  const abort = new AbortController();
  const seen: StoredRecord[] = [];
  if (length === 0) return seen;
  for await (const record of store.watch(query, abort.signal)) {
    seen.push(record);
    if (seen.length >= length) abort.abort();
  }
  return seen;
}

interface Index {
  readonly generations: readonly number[];
  readonly pending: readonly PendingIntent[];
  readonly open: readonly OpenTrajectory[];
  readonly trajectories: readonly TrajectorySummary[];
}

const indexNames = ["one", "two", "three:3", "never"];

async function indexOf(store: Persistence, agent: string): Promise<Index> {
  const ofAgent = ({ key: k }: { key: TrajectoryKey }) => k.agent === agent;
  return {
    generations: await Promise.all(indexNames.map((name) => store.latestGeneration(agent, name))),
    pending: bySteps((await all(store.pendingIntents())).filter(ofAgent)),
    open: (await all(store.openTrajectories())).filter(ofAgent),
    trajectories: await all(store.trajectories({ agent })),
  };
}

/** The order of pending intents is nobody's concern. */
function bySteps(pending: PendingIntent[]): PendingIntent[] {
  const rank = ({ key: k, step }: PendingIntent) => `${trajectoryId(k)} ${step}`;
  return pending.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

/** The index as the records say it, in the plainest way. */
function recount(scanned: readonly StoredRecord[]): Index {
  const ids = [...new Set(scanned.map(({ key: k }) => trajectoryId(k)))];
  const groups = ids.map((id) => scanned.filter(({ key: k }) => trajectoryId(k) === id));
  const trajectories = groups.flatMap((group): TrajectorySummary[] => {
    const records = group.map(({ record }) => record);
    const [first, last] = [records[0], records.at(-1)];
    const task = records.findLast((record) => record.type === "opened")?.task;
    const closed = records.findLast((record) => record.type === "closed")?.because;
    if (first === undefined || last === undefined || group[0] === undefined) return [];
    return [
      {
        key: group[0].key,
        openedAt: first.at,
        lastAt: last.at,
        records: records.length,
        steps: records.filter(({ type }) => type === "intent").length,
        refused: records.filter((r) => r.type === "outcome" && r.outcome.kind === "refused").length,
        task: task?.id ?? "",
        taskClass: task?.class ?? "",
        marks: [...new Set(records.flatMap(marksOf))].slice(0, maxMarks),
        contents: records.filter(bearsContents).length,
        ...(closed === undefined ? {} : { closed }),
      },
    ];
  });
  return {
    generations: indexNames.map((name) =>
      Math.max(
        0,
        ...scanned.filter(({ key: k }) => k.name === name).map(({ key: k }) => k.generation),
      ),
    ),
    pending: bySteps(groups.flatMap(pendingOf)),
    open: trajectories
      .filter(({ closed }) => closed === undefined)
      .sort((a, b) => a.lastAt - b.lastAt)
      .map(({ key: k, openedAt, lastAt }) => ({ key: k, openedAt, lastAt })),
    trajectories: trajectories.toReversed(),
  };
}

function marksOf(record: ProctorRecord): Mark[] {
  if (record.type === "closed") {
    return measures.map((measure): Mark => `score:${measure}=${record.scores[measure].value}`);
  }
  if (record.type !== "intent") return [];
  const { verdict, judged, matches } = record.decision;
  return [
    `verdict:${verdict}`,
    ...(judged === verdict ? [] : [`would:${judged}` as const]),
    ...record.effects.map(({ kind }): Mark => `effect:${kind}`),
    ...matches
      .map(({ rule }) => rule)
      .filter((rule) => /^[!-~]+$/.test(rule))
      .map((rule): Mark => `rule:${rule}`),
  ];
}

/** A step is pending if its last intent has no later outcome. */
function pendingOf(group: readonly StoredRecord[]): PendingIntent[] {
  return [1, 2, 3, 4, 5, 6].flatMap((step) => {
    const ofStep = group.filter(({ record }) => "step" in record && record.step === step);
    const start = ofStep.findLastIndex(({ record }) => record.type === "intent");
    const intent = ofStep[start];
    const after = ofStep.slice(start + 1).map(({ record }) => record.type);
    if (intent?.record.type !== "intent" || after.includes("outcome")) return [];
    const { instance, dispatched } = intent.record;
    return [
      { key: intent.key, step, instance, dispatched: dispatched || after.includes("dispatch") },
    ];
  });
}
