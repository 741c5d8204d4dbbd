// A store in an SQLite file. Several processes may have it open at once.

import { ProctorError } from "../../core/errors.ts";
import { parseTrajectoryId, type TrajectoryKey, trajectoryId } from "../../core/trajectory.ts";
import type { Cursor } from "../../core/version.ts";
import { emptyVersion } from "../../core/version.ts";
import { createOnce } from "../create-once.ts";
import { mustBeErasable, nothingErased } from "../erasure.ts";
import { factsOf } from "../facts.ts";
import { cursorAt, numberOf, versionAt } from "../position.ts";
import { decodeRecord, encodeRecord } from "../schema.ts";
import type { Persistence, ScanQuery, StoredRecord, TrajectorySummary } from "../store.ts";
import type { Watcher } from "../watchers.ts";
import { createWatchers } from "../watchers.ts";
import { storeFault } from "./faults.ts";
import { prepareFile } from "./files.ts";
import type { Ask, Page, ReadRow, ScanAnswer, ScanRow, SizedPart, SizesAfter } from "./protocol.ts";
import type { Thread } from "./thread.ts";
import { startThread } from "./thread.ts";

export interface SqliteStoreOptions {
  /** The database; its log and index of the log lie beside it. Folder and file are made if missing. */
  readonly file: string;
  /** The process that writes; its closings form one chain of anchors. */
  readonly instance: string;
  /** 32 bytes. */
  readonly chainKey: Uint8Array;
  /** How long a write waits for other processes' writes. */
  readonly busyTimeoutMs?: number;
  /** Pages of the log (8 KiB each) after which they are moved into the database. */
  readonly checkpointPages?: number;
}

/**
 * 2000 pages are 16 MiB. A longer log is moved into the database less often, and rewritten in place
 * in between, which makes its fsync cheaper; but one append waits while it is moved.
 */
const defaults = { busyTimeoutMs: 5000, checkpointPages: 2000 };

/** How often a watch looks for what other processes append; their own appends are told at once. */
const watchPollMs = 100;

/**
 * @throws ProctorError `store_unavailable` where the file cannot be opened or written,
 *   `unsupported_record` where a newer proctor made it
 */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<Persistence> {
  const { file, instance, chainKey } = options;
  await prepareFile(file).catch((error) => {
    throw storeFault(file, error);
  });
  const thread = await startThread({ ...defaults, ...options, file, instance, chainKey });
  return createStore(thread);
}

function createStore(thread: Thread): Persistence {
  const watchers = createWatchers();
  let closed = false;
  let polling = false;
  let polledHead = 0;

  /** A failure wakes too: whoever watches then meets it. */
  async function poll(): Promise<void> {
    const head = await thread.ask("head", null).catch(() => Number.NaN);
    if (head !== polledHead) watchers.wakeAll();
    polledHead = head;
    polling = watchers.size() > 0 && !closed;
    if (polling) setTimeout(poll, watchPollMs).unref();
  }

  function enter(query: ScanQuery): Watcher {
    const watcher = watchers.enter(query);
    if (!polling) void poll();
    polling = true;
    return watcher;
  }

  async function* watch(
    query: ScanQuery,
    signal: AbortSignal,
    after: Cursor | undefined,
  ): AsyncGenerator<StoredRecord> {
    const watcher = enter(query);
    try {
      let place = placeOf(after);
      while (!signal.aborted) {
        const seen = watcher.woken();
        const page = await thread.ask("scan", { query, after: place, until: null });
        for (const row of page.rows) {
          if (signal.aborted) return;
          yield scanned(row);
        }
        place = page.next ?? Math.max(place, page.until);
        if (page.next === null) await watcher.news(seen, signal);
      }
    } catch (error) {
      if (!closed) throw error;
    } finally {
      watcher.leave();
    }
  }

  return {
    async append(key, after, records, { synced, blobs = [] }) {
      const encoded = records.map((record) => ({
        facts: factsOf(record),
        text: encodeRecord(record),
      }));
      const { ok, position } = await thread.ask("append", {
        id: trajectoryId(key),
        after: after === "head" ? null : numberOf(after),
        synced,
        // The caller may reuse its bytes before the parcel is sent, and a view would bring all of its buffer.
        blobs: blobs.map(({ digest, bytes }) => ({ digest, bytes: Uint8Array.from(bytes) })),
        records: encoded,
      });
      if (!ok) return { ok, head: versionAt(position) };
      watchers.appended(
        key,
        encoded.map(({ facts }) => facts),
      );
      return { ok, version: versionAt(position) };
    },

    async *read(key, from = emptyVersion) {
      const start = { id: trajectoryId(key), from: numberOf(from) };
      const rows = paged<ReadRow, Ask<"read">>(start, (after) => thread.ask("read", after));
      for await (const row of rows) yield { key, ...stored(row) };
    },

    async *scan(query, after) {
      let until: number | null = null;
      const rows = paged(placeOf(after), async (place) => {
        const page: ScanAnswer = await thread.ask("scan", { query, after: place, until });
        until = page.until;
        return page;
      });
      for await (const row of rows) yield scanned(row);
    },

    watch,

    blob: async (digest) => (await thread.ask("blob", { digest })) ?? undefined,

    latest: async () => cursorAt(await thread.ask("head", null)),

    anchorHeads: () => thread.ask("anchorHeads", null),

    latestGeneration: (agent, name) => thread.ask("latestGeneration", { agent, name }),

    pendingIntents: () =>
      paged({ trajectory: 0, step: 0 }, (after) => thread.ask("pendingIntents", after)),

    openTrajectories: () =>
      paged({ lastAt: Number.NEGATIVE_INFINITY, trajectory: 0 }, (after) =>
        thread.ask("openTrajectories", after),
      ),

    async *trajectories(query) {
      let left = query.limit ?? Number.POSITIVE_INFINITY;
      if (left <= 0) return;
      const found = paged<TrajectorySummary, number | null>(null, (through) =>
        thread.ask("trajectories", { query, through }),
      );
      for await (const trajectory of found) {
        yield trajectory;
        left -= 1;
        if (left <= 0) return;
      }
    },

    async renew(instance, untilMs) {
      await thread.ask("renew", { instance, untilMs });
    },

    async release(instance) {
      await thread.ask("release", { instance });
    },

    live: async (nowMs) => new Set(await thread.ask("live", { nowMs })),

    async saveSnapshot(key, version, state) {
      const ask = { id: trajectoryId(key), version: numberOf(version), state };
      await thread.ask("saveSnapshot", ask);
    },

    async loadSnapshot(key) {
      const found = await thread.ask("loadSnapshot", { id: trajectoryId(key) });
      return found === null ? undefined : { ...found, version: versionAt(found.version) };
    },

    async erase(key, order) {
      const id = trajectoryId(key);
      const standing = await thread.ask("standing", { id });
      mustBeErasable(key, standing ?? undefined);
      if (standing === null || standing.contents === 0) return nothingErased;
      const erased = { records: 0, blobs: 0, bytes: 0 };
      for (let more = true; more; ) {
        const part = await thread.ask("erase", { id, until: standing.records, order });
        erased.records += part.records;
        erased.blobs += part.blobs;
        erased.bytes += part.bytes;
        more = part.more;
      }
      return erased;
    },

    async *sizes() {
      const found = new Map<string, number>();
      const first: SizesAfter = { place: 0 };
      const parts = paged<SizedPart, SizesAfter>(first, (after) => thread.ask("sizes", after));
      for await (const { id, bytes } of parts) found.set(id, (found.get(id) ?? 0) + bytes);
      for (const [id, bytes] of found) yield { key: keyOf(id), bytes };
    },

    scrub: () => thread.ask("scrub", null),

    async backup(to) {
      await createOnce(to, new Uint8Array()).then((made) => {
        if (!made) throw new ProctorError("invalid_request", `${to} exists; name a new file`);
      });
      await thread.ask("backup", { file: to });
    },

    verify: (known = []) => thread.ask("verify", { known }),

    async rebuildIndex() {
      await thread.ask("rebuildIndex", null);
    },

    async healthy() {
      await thread.ask("probe", null);
    },

    async close() {
      closed = true;
      await thread.close();
      watchers.wakeAll();
    },
  };
}

/** The items of all pages, each page asked for when the one before it has been taken. */
async function* paged<Item, After>(
  first: After,
  ask: (after: After) => Promise<Page<Item, After>>,
): AsyncGenerator<Item> {
  for (let after: After | null = first; ; ) {
    const page: Page<Item, After> = await ask(after);
    yield* page.rows;
    if (page.next === null) return;
    after = page.next;
  }
}

function placeOf(cursor: Cursor | undefined): number {
  return cursor === undefined ? 0 : numberOf(cursor);
}

function stored({ position, place, bytes }: ReadRow): Omit<StoredRecord, "key"> {
  return { version: versionAt(position), cursor: cursorAt(place), record: decodeRecord(bytes) };
}

function scanned({ id, ...row }: ScanRow): StoredRecord {
  return { key: keyOf(id), ...stored(row) };
}

function keyOf(id: string): TrajectoryKey {
  const key = parseTrajectoryId(id);
  if (key !== undefined) return key;
  throw new ProctorError("store_unavailable", `a record belongs to no trajectory: ${id}`);
}
