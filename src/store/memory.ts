// A store in memory: what the contract is, without a disk. For tests, and for trying proctor out.

import { ProctorError } from "../core/errors.ts";
import type { ProctorRecord } from "../core/record.ts";
import type { TrajectoryKey } from "../core/trajectory.ts";
import { trajectoryId } from "../core/trajectory.ts";
import { createChain } from "./chain.ts";
import { bearsContents, digestsIn, withoutContents } from "./contents.ts";
import { mustBeErasable, nothingErased, standingOf, tombstoneOf } from "./erasure.ts";
import { factsOf } from "./facts.ts";
import { cursorAt, numberOf, versionAt } from "./position.ts";
import { asksForRecord, asksForTrajectory } from "./query.ts";
import { decodeRecord, encodeRecord } from "./schema.ts";
import type { Erased, ErasureOrder, Persistence, StoredRecord } from "./store.ts";
import type { Pending, Tally } from "./tally.ts";
import { count, emptyTally, settle, summary } from "./tally.ts";
import type { ChainedAnchor } from "./verifier.ts";
import { createVerifier } from "./verifier.ts";
import { createWatchers } from "./watchers.ts";

export interface MemoryStoreOptions {
  /** The process that writes; its closings form one chain of anchors. */
  readonly instance: string;
  /** 32 bytes. */
  readonly chainKey: Uint8Array;
}

/** Bytes are kept rather than objects: what is read is what was appended, whatever a caller changes. */
interface Row {
  readonly key: TrajectoryKey;
  readonly position: number;
  readonly place: number;
  readonly type: ProctorRecord["type"];
  readonly at: number;
  bytes: Uint8Array;
  readonly link: Uint8Array;
}

interface OwnedBlob {
  readonly bytes: Uint8Array;
  readonly owners: Set<Trajectory>;
}

interface Trajectory {
  readonly key: TrajectoryKey;
  readonly rows: Row[];
  link: Uint8Array;
  tally: Tally;
  pending: Map<number, Pending>;
}

export async function openMemoryStore(options: MemoryStoreOptions): Promise<Persistence> {
  const chain = createChain(options.chainKey);
  const log: Row[] = [];
  const trajectories = new Map<string, Trajectory>();
  const blobs = new Map<string, OwnedBlob>();
  const leases = new Map<string, number>();
  const snapshots = new Map<string, Awaited<ReturnType<Persistence["loadSnapshot"]>>>();
  const anchors: ChainedAnchor[] = [];
  const watchers = createWatchers();
  let closed = false;

  function mustBeOpen(): void {
    if (closed) throw new ProctorError("store_unavailable", "the store is closed");
  }

  function trajectoryOf(key: TrajectoryKey): Trajectory {
    const id = trajectoryId(key);
    const found = trajectories.get(id);
    if (found !== undefined) return found;
    const link = chain.trajectoryRoot(id);
    const fresh = { key, rows: [], link, tally: emptyTally(), pending: new Map() };
    trajectories.set(id, fresh);
    return fresh;
  }

  function push(trajectory: Trajectory, record: ProctorRecord, bytes: Uint8Array): void {
    const { key, rows } = trajectory;
    const place = log.length + 1;
    const link = chain.recordLink(trajectory.link, place, bytes);
    const { type, at } = record;
    const row = { key, position: rows.length + 1, place, type, at, bytes, link };
    const facts = factsOf(record);
    trajectory.link = link;
    rows.push(row);
    log.push(row);
    count(trajectory.tally, facts);
    settle(trajectory.pending, facts);
    if (type === "closed") anchor(trajectory, row);
  }

  function anchor({ key }: Trajectory, { position, link: head }: Row): void {
    const { instance } = options;
    const previous = anchors.at(-1)?.link ?? chain.instanceRoot(instance);
    const closing = { id: trajectoryId(key), position, head };
    const link = chain.anchorLink(previous, closing);
    anchors.push({ ...closing, instance, number: anchors.length + 1, link });
  }

  /** What the SQLite store does in parts. */
  function eraseFrom(trajectory: Trajectory, order: ErasureOrder): Erased {
    const { tally, rows, key } = trajectory;
    if (tally.contents === 0) return nothingErased;
    const erased = { records: tally.contents, blobs: 0, bytes: 0 };
    const [from, through] = [tally.erased + 1, rows.length];
    const left = chain.erasure(trajectoryId(key));
    for (const row of rows.slice(tally.erased)) {
      const record = decodeRecord(row.bytes);
      const before = row.bytes.length;
      if (bearsContents(record)) row.bytes = Buffer.from(encodeRecord(withoutContents(record)));
      erased.bytes += before - row.bytes.length;
      left.add(row);
      for (const digest of digestsIn(record)) {
        const freed = disown(digest, trajectory);
        erased.blobs += Number(freed !== undefined);
        erased.bytes += freed ?? 0;
      }
    }
    snapshots.delete(trajectoryId(key));
    const { records } = erased;
    const tombstone = tombstoneOf(order, { from, through, records, digest: left.digest() });
    push(trajectory, tombstone, Buffer.from(encodeRecord(tombstone)));
    watchers.appended(key, [factsOf(tombstone)]);
    return erased;
  }

  /** The bytes that the blob took, if nobody else has it. */
  function disown(digest: string, trajectory: Trajectory): number | undefined {
    const blob = blobs.get(digest);
    blob?.owners.delete(trajectory);
    if (blob === undefined || blob.owners.size > 0) return undefined;
    blobs.delete(digest);
    return blob.bytes.length;
  }

  /** A trajectory without records exists for nobody. */
  function existing(): Trajectory[] {
    return [...trajectories.values()].filter(({ rows }) => rows.length > 0);
  }

  const store: Persistence = {
    async append(key, after, records, { blobs: contents = [] }) {
      mustBeOpen();
      const encoded = records.map((record) => ({
        record,
        bytes: Buffer.from(encodeRecord(record)),
      }));
      const rows = trajectories.get(trajectoryId(key))?.rows.length ?? 0;
      if (after !== "head" && after !== versionAt(rows))
        return { ok: false, head: versionAt(rows) };
      if (encoded.length === 0) return { ok: true, version: versionAt(rows) };
      const trajectory = trajectoryOf(key);
      for (const { digest, bytes } of contents) {
        if (!blobs.has(digest))
          blobs.set(digest, { bytes: Uint8Array.from(bytes), owners: new Set() });
        blobs.get(digest)?.owners.add(trajectory);
      }
      for (const { record, bytes } of encoded) push(trajectory, record, bytes);
      watchers.appended(key, records.map(factsOf));
      return { ok: true, version: versionAt(trajectory.rows.length) };
    },

    async *read(key, from = versionAt(0)) {
      mustBeOpen();
      const rows = trajectories.get(trajectoryId(key))?.rows ?? [];
      for (const row of rows.slice(numberOf(from))) yield stored(row);
    },

    async *scan(query, after = cursorAt(0)) {
      mustBeOpen();
      const end = log.length;
      for (let place = numberOf(after); place < end; place += 1) {
        const row = log[place];
        if (row !== undefined && asksForRecord(query, row)) yield stored(row);
      }
    },

    async *watch(query, signal, after = cursorAt(0)) {
      mustBeOpen();
      let place = numberOf(after);
      const watcher = watchers.enter(query);
      try {
        while (!signal.aborted && !closed) {
          const seen = watcher.woken();
          for (; place < log.length && !signal.aborted; place += 1) {
            const row = log[place];
            if (row !== undefined && asksForRecord(query, row)) yield stored(row);
          }
          await watcher.news(seen, signal);
        }
      } finally {
        watcher.leave();
      }
    },

    async blob(digest) {
      mustBeOpen();
      return blobs.get(digest)?.bytes;
    },

    async latest() {
      mustBeOpen();
      return cursorAt(log.length);
    },

    async anchorHeads() {
      mustBeOpen();
      const last = anchors.at(-1);
      if (last === undefined) return [];
      const link = Buffer.from(last.link).toString("hex");
      return [{ instance: last.instance, position: last.number, link }];
    },

    async latestGeneration(agent, name) {
      mustBeOpen();
      const named = existing().filter(({ key }) => key.agent === agent && key.name === name);
      return Math.max(0, ...named.map(({ key }) => key.generation));
    },

    async *pendingIntents() {
      mustBeOpen();
      for (const { key, pending } of existing()) {
        const steps = [...pending].sort(([a], [b]) => a - b);
        for (const [step, intent] of steps) yield { key, step, ...intent };
      }
    },

    async *openTrajectories() {
      mustBeOpen();
      const open = existing().filter(({ tally }) => tally.closed === null);
      open.sort((a, b) => a.tally.lastAt - b.tally.lastAt);
      for (const { key, tally } of open) {
        yield { key, openedAt: tally.openedAt, lastAt: tally.lastAt };
      }
    },

    async *trajectories(query) {
      mustBeOpen();
      const { olderThan } = query;
      const known = existing().map(({ key }) => trajectoryId(key));
      const end = olderThan && known.indexOf(trajectoryId(olderThan));
      const found = existing()
        .slice(0, end === undefined ? undefined : Math.max(0, end))
        .reverse()
        .map(({ key, tally }) => summary(key, tally))
        .filter((candidate) => asksForTrajectory(query, candidate));
      yield* found.slice(0, query.limit);
    },

    async renew(instance, untilMs) {
      mustBeOpen();
      leases.set(instance, untilMs);
    },

    async release(instance) {
      mustBeOpen();
      leases.delete(instance);
    },

    async live(nowMs) {
      mustBeOpen();
      const live = [...leases].filter(([, untilMs]) => untilMs > nowMs);
      return new Set(live.map(([instance]) => instance));
    },

    async saveSnapshot(key, version, state) {
      mustBeOpen();
      // The state of a trajectory that was erased may be one of before.
      if ((trajectories.get(trajectoryId(key))?.tally.erased ?? 0) > 0) return;
      snapshots.set(trajectoryId(key), { version, state });
    },

    async loadSnapshot(key) {
      mustBeOpen();
      return snapshots.get(trajectoryId(key));
    },

    async erase(key, order) {
      mustBeOpen();
      const trajectory = trajectories.get(trajectoryId(key));
      mustBeErasable(key, trajectory && standingOf(trajectory.tally));
      return trajectory === undefined ? nothingErased : eraseFrom(trajectory, order);
    },

    async *sizes() {
      mustBeOpen();
      for (const trajectory of existing()) {
        if (trajectory.tally.contents === 0) continue;
        const mine = [...blobs.values()].filter(({ owners }) => owners.has(trajectory));
        const bytes = [...trajectory.rows, ...mine].reduce((sum, one) => sum + one.bytes.length, 0);
        yield { key: trajectory.key, bytes };
      }
    },

    async scrub() {
      mustBeOpen();
      return true;
    },

    async backup() {
      throw new ProctorError("store_unavailable", "a store in memory has no file to back up");
    },

    async verify(known = []) {
      mustBeOpen();
      const verifier = createVerifier(chain, known);
      for (const { key, type, bytes } of log) {
        if (type === "erased") verifier.tombstone({ id: trajectoryId(key), bytes });
      }
      for (const row of log) verifier.record({ ...row, id: trajectoryId(row.key) });
      for (const found of anchors) verifier.anchor(found);
      for (const { key, tally, pending } of existing()) {
        verifier.entry({ id: trajectoryId(key), tally, pending });
      }
      return verifier.report();
    },

    async rebuildIndex() {
      mustBeOpen();
      for (const trajectory of trajectories.values()) {
        trajectory.tally = emptyTally();
        trajectory.pending = new Map();
        for (const { bytes } of trajectory.rows) {
          const facts = factsOf(decodeRecord(bytes));
          count(trajectory.tally, facts);
          settle(trajectory.pending, facts);
        }
      }
    },

    async healthy() {
      mustBeOpen();
    },

    async close() {
      closed = true;
      watchers.wakeAll();
    },
  };
  return store;
}

function stored({ key, position, place, bytes }: Row): StoredRecord {
  return {
    key,
    version: versionAt(position),
    cursor: cursorAt(place),
    record: decodeRecord(bytes),
  };
}
