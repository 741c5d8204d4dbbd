// The writing side: group commit, synced where a member needs it.
//
// What "synced" rests on. In WAL mode SQLite with synchronous = NORMAL writes a commit to the log and
// leaves it to the system: it survives the process, not a power cut. With synchronous = FULL it also
// calls fsync on the log before COMMIT returns (https://sqlite.org/pragma.html#pragma_synchronous).
// The setting may be changed between transactions of one connection, and what fsync makes durable is
// the whole log, earlier commits of every process included: frames count only as an unbroken prefix,
// so nothing that came later survives without what came before. So each batch picks its level, and
// pays for a sync only if a member asked for one. strace in the tests shows exactly that.
//
// Not done: NORMAL plus an fdatasync of our own on the log. It was measured to be no faster (0.21 ms
// both, where a bare fdatasync takes 0.16), and a file descriptor of our own on SQLite's files is a
// trap: closing it drops the process's POSIX locks (https://sqlite.org/howtocorrupt.html, 2.2).

import { ProctorError } from "../../core/errors.ts";
import type { Chain } from "../chain.ts";
import type { RecordFacts } from "../facts.ts";
import { versionAt } from "../position.ts";
import { count } from "../tally.ts";
import type { Database, Statement, Value } from "./driver.ts";
import { bytesIn } from "./driver.ts";
import type { ErasePart } from "./erase.ts";
import { isFatal, storeFault } from "./faults.ts";
import type { Head, Heads } from "./heads.ts";
import type { Answer, AppendAnswer, Ask, Operation } from "./protocol.ts";
import { marksText, tallyColumns } from "./rows.ts";

export interface AppendWork {
  readonly id: string;
  readonly after: number | null;
  readonly synced: boolean;
  readonly blobs: readonly { readonly digest: string; readonly bytes: Uint8Array }[];
  readonly records: readonly { readonly facts: RecordFacts; readonly bytes: Uint8Array }[];
}

/** One member of a batch. `perform` runs inside the transaction; what it throws ends the batch. */
export interface Member {
  readonly synced: boolean;
  perform(): Answer<Operation>;
}

export type Outcome = { readonly answer: Answer<Operation> } | { readonly fault: ProctorError };

export interface Writer {
  append(work: AppendWork): Member;
  renew(instance: string, untilMs: number): Member;
  release(instance: string): Member;
  saveSnapshot(snapshot: Ask<"saveSnapshot">): Member;
  probe(): Member;
  rebuild(rebuildIndex: (database: Database) => void): Member;
  erase(ask: Ask<"erase">, erasePart: ErasePart): Member;
  /**
   * All in one transaction; an outcome for each member, in their order. Never throws. After a fault
   * that leaves the files in doubt every later batch is refused as well.
   */
  commit(batch: readonly Member[]): readonly Outcome[];
}

export interface WriterParts {
  readonly file: string;
  readonly instance: string;
  readonly database: Database;
  /** Another connection: what it sees is what was committed. */
  readonly reader: Database;
  readonly chain: Chain;
  readonly heads: Heads;
  /** @throws ProctorError where the files are no longer the ones that were opened */
  mustBeInPlace(): void;
}

/** Leases that ran out this long before the newest one were left by processes that died. */
const keepLeasesMs = 24 * 60 * 60 * 1000;

export function createWriter(parts: WriterParts): Writer {
  const { file, instance, database, reader, chain, heads, mustBeInPlace } = parts;
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commitNow = database.prepare("COMMIT");
  const insertBlob = database.prepare(
    "INSERT INTO blobs (digest, bytes) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING",
  );
  const insertOwner = database.prepare(
    "INSERT INTO owners (digest, trajectory) VALUES (?, ?) ON CONFLICT DO NOTHING",
  );
  const insertTrajectory = database.prepare(
    `INSERT INTO trajectories
      (agent, name, generation, ${tallyColumns}, last)
      VALUES (?, ?, ?, 0, 0, 0, 0, 0, '', '', NULL, '', 0, 0, 0) RETURNING id`,
  );
  const updateTrajectory = database.prepare(
    `UPDATE trajectories SET records = ?, steps = ?, refused = ?, opened_at = ?, last_at = ?,
      task = ?, task_class = ?, closed = ?, marks = ?, contents = ?, erased = ?, last = ?
      WHERE id = ?`,
  );
  const insertRecord = database.prepare(
    `INSERT INTO records (place, trajectory, position, previous, type, at, bytes, link)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertPending = database.prepare("INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?)");
  const dispatchPending = database.prepare(
    "UPDATE pending SET dispatched = 1 WHERE trajectory = ? AND step = ?",
  );
  const deletePending = database.prepare("DELETE FROM pending WHERE trajectory = ? AND step = ?");
  const insertAnchor = database.prepare("INSERT INTO anchors VALUES (?, ?, ?, ?, ?, ?)");
  const insertLease = database.prepare("INSERT OR REPLACE INTO leases VALUES (?, ?)");
  const deleteLease = database.prepare("DELETE FROM leases WHERE instance = ?");
  const deleteOldLeases = database.prepare("DELETE FROM leases WHERE until_ms < ?");
  const insertSnapshot = database.prepare("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)");
  const countProbe = database.prepare("UPDATE probes SET count = count + 1");
  const linkAt = reader.prepare("SELECT link FROM records WHERE place = ?");

  let level: "NORMAL" | "FULL" | undefined;
  /** The last record of the batch, by which it is recognised after a doubtful commit. */
  let last: { readonly place: number; readonly link: Uint8Array } | undefined;
  let broken: ProctorError | undefined;

  function append({ id, after, blobs, records }: AppendWork): AppendAnswer {
    const head = heads.of(id);
    if (after !== null && after !== head.tally.records) {
      return { ok: false, position: head.tally.records };
    }
    if (records.length === 0) return { ok: true, position: head.tally.records };
    write(id, head, records);
    for (const { digest, bytes } of blobs) {
      insertBlob.run(digest, bytes);
      insertOwner.run(digest, head.rowid);
    }
    return { ok: true, position: head.tally.records };
  }

  function write(id: string, head: Head, records: AppendWork["records"]): void {
    if (head.rowid === 0) head.rowid = createTrajectory(head);
    for (const { facts, bytes } of records) writeRecord(id, head, facts, bytes);
    for (const facts of leftPending(records)) settlePending(head.rowid, facts);
    const { tally } = head;
    updateTrajectory.run(
      tally.records,
      tally.steps,
      tally.refused,
      tally.openedAt,
      tally.lastAt,
      tally.task,
      tally.taskClass,
      tally.closed,
      marksText(tally.marks),
      tally.contents,
      tally.erased,
      head.last,
      head.rowid,
    );
  }

  function createTrajectory({ key }: Head): number {
    const row = insertTrajectory.get(key.agent, key.name, key.generation);
    return Number(row?.id);
  }

  function writeRecord(id: string, head: Head, facts: RecordFacts, bytes: Uint8Array): void {
    const place = heads.nextPlace();
    const { rowid, last: previous } = head;
    head.link = chain.recordLink(head.link, place, bytes);
    head.last = place;
    count(head.tally, facts);
    const position = head.tally.records;
    insertRecord.run(place, rowid, position, previous, facts.type, facts.at, bytes, head.link);
    last = { place, link: head.link };
    if (facts.type === "closed") writeAnchor(id, position, head.link);
  }

  /** As `settle` does it in memory. */
  function settlePending(rowid: number, facts: RecordFacts): void {
    switch (facts.type) {
      case "intent":
        insertPending.run(rowid, facts.step, facts.instance, facts.dispatched ? 1 : 0);
        return;
      case "dispatch":
        dispatchPending.run(rowid, facts.step);
        return;
      case "outcome":
        deletePending.run(rowid, facts.step);
        return;
      case "opened":
      case "offered":
      case "redefined":
      case "approval":
      case "task":
      case "malformed":
      case "message":
      case "closed":
      case "erased":
        return;
    }
  }

  function writeAnchor(id: string, position: number, head: Uint8Array): void {
    const tip = heads.anchorTip();
    tip.number += 1;
    tip.link = chain.anchorLink(tip.link, { id, position, head });
    insertAnchor.run(instance, tip.number, id, position, head, tip.link);
  }

  function saveSnapshot({ id, version, state }: Ask<"saveSnapshot">): null {
    const { rowid, tally } = heads.of(id);
    const seal = chain.snapshotSeal(id, versionAt(version), state);
    // The state of a trajectory that was erased may be one of before.
    if (rowid !== 0 && tally.erased === 0) insertSnapshot.run(rowid, version, state, seal);
    return null;
  }

  /** Must stand outside of a transaction. */
  function setLevel(wanted: "NORMAL" | "FULL"): void {
    if (level === wanted) return;
    database.exec(`PRAGMA synchronous = ${wanted}`);
    level = wanted;
  }

  /** A refusal of one member comes before it writes anything, and is no concern of the others. */
  function performed(member: Member): Outcome {
    try {
      return { answer: member.perform() };
    } catch (error) {
      if (error instanceof ProctorError) return { fault: error };
      throw error;
    }
  }

  function undo(): void {
    heads.forget();
    try {
      if (database.inTransaction) database.exec("ROLLBACK");
    } catch (error) {
      broken ??= storeFault(file, error);
    }
  }

  /** COMMIT may fail after it has written: the other connection sees whether it has. */
  function landed(): boolean {
    if (last === undefined || broken !== undefined) return false;
    try {
      const row = linkAt.get(last.place);
      return row !== undefined && Buffer.compare(bytesIn(row, "link"), last.link) === 0;
    } catch {
      return false;
    }
  }

  function commit(batch: readonly Member[]): readonly Outcome[] {
    const refuse = (fault: ProctorError) => batch.map(() => ({ fault }));
    if (broken !== undefined) return refuse(broken);
    let outcomes: readonly Outcome[] = [];
    last = undefined;
    try {
      setLevel(batch.some(({ synced }) => synced) ? "FULL" : "NORMAL");
      begin.run();
      heads.refresh();
      outcomes = batch.map(performed);
      commitNow.run();
      mustBeInPlace();
      return outcomes;
    } catch (error) {
      const fault = storeFault(file, error);
      if (isFatal(error) || error instanceof ProctorError) broken = fault;
      undo();
      return landed() ? outcomes : refuse(fault);
    }
  }

  function renew(by: string, untilMs: number): null {
    insertLease.run(by, untilMs);
    deleteOldLeases.run(untilMs - keepLeasesMs);
    return null;
  }

  function rebuild(rebuildIndex: (database: Database) => void): null {
    rebuildIndex(database);
    heads.forget();
    return null;
  }

  function erase(ask: Ask<"erase">, erasePart: ErasePart): Answer<"erase"> {
    const head = heads.of(ask.id);
    const { tombstones, ...part } = erasePart(database, chain, head, ask);
    if (tombstones.length > 0) write(ask.id, head, tombstones);
    return part;
  }

  function run(statement: Statement, ...values: readonly Value[]): null {
    statement.run(...values);
    return null;
  }

  const unsynced = (perform: Member["perform"]): Member => ({ synced: false, perform });
  return {
    append: (work) => ({ synced: work.synced, perform: () => append(work) }),
    renew: (by, untilMs) => unsynced(() => renew(by, untilMs)),
    release: (by) => unsynced(() => run(deleteLease, by)),
    saveSnapshot: (snapshot) => unsynced(() => saveSnapshot(snapshot)),
    probe: () => unsynced(() => run(countProbe)),
    erase: (ask, erasePart) => ({ synced: true, perform: () => erase(ask, erasePart) }),
    rebuild: (rebuildIndex) => ({ synced: true, perform: () => rebuild(rebuildIndex) }),
    commit,
  };
}

/** A step that one append begins and ends was never pending: most calls are such a step. */
function leftPending(records: AppendWork["records"]): readonly RecordFacts[] {
  const begun = new Set<number>();
  const ended = new Set<number>();
  for (const { facts } of records) {
    if (facts.type === "intent") begun.add(facts.step);
    if (facts.type === "outcome" && begun.has(facts.step)) ended.add(facts.step);
  }
  return records
    .map(({ facts }) => facts)
    .filter((facts) => !("step" in facts && ended.has(facts.step)));
}
