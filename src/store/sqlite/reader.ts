// The reading side: a page at a time, so that no read holds up an append for longer than a page.

import { ProctorError } from "../../core/errors.ts";
import { parseTrajectoryId, trajectoryId } from "../../core/trajectory.ts";
import type { Chain } from "../chain.ts";
import { standingOf } from "../erasure.ts";
import { versionAt } from "../position.ts";
import { lowered } from "../query.ts";
import type { ScanQuery, TrajectoryQuery } from "../store.ts";
import { summary } from "../tally.ts";
import type { Database, Row } from "./driver.ts";
import { bytesIn, numberIn, textIn } from "./driver.ts";
import type { Answer, Ask, ReadFrom, ReadRow, ScanRow } from "./protocol.ts";
import { keyIn, tallyColumns, tallyIn } from "./rows.ts";
import { createSizes } from "./sizes.ts";

/** A page ends at whichever comes first. */
const maxPageRows = 500;
const maxPageBytes = 1024 * 1024;
/** Places that one page of a scan looks at, whatever it finds. */
const maxPagePlaces = 4000;

/** Reads of one step. */
export type ReadOperation =
  | "head"
  | "anchorHeads"
  | "scan"
  | "blob"
  | "latestGeneration"
  | "pendingIntents"
  | "openTrajectories"
  | "trajectories"
  | "live"
  | "standing"
  | "sizes"
  | "loadSnapshot";

export type Answers = { readonly [Op in ReadOperation]: (ask: Ask<Op>) => Answer<Op> };

export interface Reader {
  readonly answers: Answers;
  /** In as many steps as the trajectory is long. */
  read(ask: Ask<"read">): Iterator<void, Answer<"read">>;
}

export function createReader(database: Database, chain: Chain): Reader {
  const head = database.prepare("SELECT coalesce(max(place), 0) AS place FROM records");
  // A bare column beside max() is of the same row: https://sqlite.org/lang_select.html#bareagg
  const anchorHeads = database.prepare(
    "SELECT instance, max(number) AS number, link FROM anchors GROUP BY instance ORDER BY instance",
  );
  const trajectory = database.prepare(
    `SELECT id, last, ${tallyColumns} FROM trajectories
      WHERE agent = ? AND name = ? AND generation = ?`,
  );
  // From a record back; places must fall, so that no list can lead round in a circle.
  const walkBack = database.prepare(
    `WITH RECURSIVE walk (place, previous, position) AS (
        SELECT place, previous, position FROM records WHERE place = :last AND position > :from
        UNION ALL
        SELECT r.place, r.previous, r.position FROM walk JOIN records r ON r.place = walk.previous
        WHERE r.place < walk.place AND r.position > :from
      ) SELECT place, previous FROM walk LIMIT ${maxPagePlaces}`,
  );
  const recordAt = database.prepare("SELECT place, position, bytes FROM records WHERE place = ?");
  const scanAll = database.prepare(scanSql("", "(:types IS NULL OR instr(:types, r.type) > 0)"));
  // Totals and what waits for a person are projected from these: they are found without looking at
  // anything else.
  const indexed = new Map([
    ["closed", database.prepare(scanSql("INDEXED BY closings", "r.type = 'closed'"))],
    ["approval", database.prepare(scanSql("INDEXED BY approvals", "r.type = 'approval'"))],
  ]);
  const blob = database.prepare("SELECT bytes FROM blobs WHERE digest = ?");
  const latestGeneration = database.prepare(
    `SELECT coalesce(max(generation), 0) AS generation FROM trajectories
      WHERE agent = ? AND name = ?`,
  );
  const pendingIntents = database.prepare(
    `SELECT p.trajectory, p.step, p.instance, p.dispatched, t.agent, t.name, t.generation
      FROM pending p JOIN trajectories t ON t.id = p.trajectory
      WHERE (p.trajectory, p.step) > (?, ?) ORDER BY p.trajectory, p.step LIMIT ${maxPageRows}`,
  );
  const openTrajectories = database.prepare(
    `SELECT id, agent, name, generation, opened_at, last_at FROM trajectories
      WHERE closed IS NULL AND (last_at, id) > (?, ?) ORDER BY last_at, id LIMIT ${maxPageRows}`,
  );
  const lastTrajectory = database.prepare("SELECT coalesce(max(id), 0) AS id FROM trajectories");
  const trajectories = database.prepare(
    `SELECT id, agent, name, generation, ${tallyColumns} FROM trajectories
      WHERE id <= :through AND id > :through - ${maxPagePlaces}
        AND (:agent IS NULL OR agent = :agent) AND (:name IS NULL OR name = :name)
        AND (:class IS NULL OR task_class = :class)
        AND (:open IS NULL OR (closed IS NULL) = :open)
        AND (:agents IS NULL OR instr(:agents, ' ' || agent || ' ') > 0)
        AND (:marks IS NULL OR NOT EXISTS (SELECT 1 FROM json_each(:marks)
          WHERE instr(marks, ' ' || value || ' ') = 0))
        AND (:text IS NULL OR instr(lower(agent || '/' || name ||
          iif(generation = 1, '', '~' || generation) || ' ' || task), :text) > 0)
        AND (:from IS NULL OR opened_at >= :from) AND (:before IS NULL OR opened_at < :before)
      ORDER BY id DESC LIMIT ${maxPageRows}`,
  );
  const live = database.prepare("SELECT instance FROM leases WHERE until_ms > ?");
  const snapshot = database.prepare(
    "SELECT version, state, seal FROM snapshots WHERE trajectory = ?",
  );

  function trajectoryOf(id: string): Row | undefined {
    const key = parseTrajectoryId(id);
    return key && trajectory.get(key.agent, key.name, key.generation);
  }

  /** Places of a trajectory's records after a position, in order. */
  function* placesAfter({ id, from }: ReadFrom): Generator<void, number[]> {
    const row = trajectoryOf(id);
    if (row === undefined) return [];
    const expected = Math.max(0, numberIn(row, "records") - from);
    const places: number[] = [];
    let last = numberIn(row, "last");
    while (last > 0) {
      const walked = walkBack.all({ last, from });
      for (const step of walked) places.push(numberIn(step, "place"));
      const end = walked.at(-1);
      last = walked.length < maxPagePlaces || end === undefined ? 0 : numberIn(end, "previous");
      yield;
    }
    // Less than all would be another history.
    if (places.length !== expected) throw incomplete(id);
    return places.reverse();
  }

  function* read(ask: Ask<"read">): Generator<void, Answer<"read">> {
    const places = "places" in ask ? ask.places : yield* placesAfter(ask);
    const { rows } = page(rowsAt(places), readRow);
    const rest = places.slice(rows.length);
    return { rows, next: rest.length > 0 ? { places: rest } : null };
  }

  function* rowsAt(places: readonly number[]): Generator<Row, void> {
    for (const place of places) {
      const row = recordAt.get(place);
      if (row === undefined) throw incomplete(`place ${place}`);
      yield row;
    }
  }

  function lastPlace(): number {
    return numberIn(head.get() ?? {}, "place");
  }

  function scanPage({ query, after, until: last }: Ask<"scan">): Answer<"scan"> {
    const until = last ?? lastPlace();
    const [type, ...others] = query.types ?? [];
    const only = type === undefined || others.length > 0 ? undefined : indexed.get(type);
    // Among those of an index there is nothing to pass over, so that the window is everything.
    const end = only === undefined ? Math.min(until, after + maxPagePlaces) : until;
    const { types, ...rest } = { after, until: end, ...conditionsOf(query) };
    const found = only?.iterate(rest) ?? scanAll.iterate({ types, ...rest });
    const { rows, full } = page(found, scanRow);
    if (full) return { rows, next: rows.at(-1)?.place ?? null, until };
    return { rows, next: end < until ? end : null, until };
  }

  function pendingPage({ trajectory, step }: Ask<"pendingIntents">): Answer<"pendingIntents"> {
    const found = pendingIntents.all(trajectory, step);
    const rows = found.map((row) => ({
      key: keyIn(row),
      step: numberIn(row, "step"),
      instance: textIn(row, "instance"),
      dispatched: numberIn(row, "dispatched") === 1,
    }));
    const last = lastOfFull(found);
    const next = last && { trajectory: numberIn(last, "trajectory"), step: numberIn(last, "step") };
    return { rows, next: next ?? null };
  }

  function openPage({ lastAt, trajectory }: Ask<"openTrajectories">): Answer<"openTrajectories"> {
    const found = openTrajectories.all(lastAt, trajectory);
    const rows = found.map((row) => ({
      key: keyIn(row),
      openedAt: numberIn(row, "opened_at"),
      lastAt: numberIn(row, "last_at"),
    }));
    const last = lastOfFull(found);
    const next = last && { lastAt: numberIn(last, "last_at"), trajectory: numberIn(last, "id") };
    return { rows, next: next ?? null };
  }

  /** The newest trajectory to look at, by its number; none where there is nothing older. */
  function newestFor({ olderThan }: TrajectoryQuery): number {
    if (olderThan === undefined) return numberIn(lastTrajectory.get() ?? {}, "id");
    const row = trajectory.get(olderThan.agent, olderThan.name, olderThan.generation);
    return row === undefined ? 0 : numberIn(row, "id") - 1;
  }

  function trajectoryPage({ query, through }: Ask<"trajectories">): Answer<"trajectories"> {
    const start = through ?? newestFor(query);
    const found = trajectories.all({
      through: start,
      agent: query.agent ?? null,
      name: query.name ?? null,
      class: query.taskClass ?? null,
      open: query.state === undefined ? null : Number(query.state === "open"),
      agents: query.agents === undefined ? null : ` ${query.agents.join(" ")} `,
      marks: query.marks === undefined ? null : JSON.stringify(query.marks),
      text: query.text === undefined ? null : lowered(query.text),
      from: query.fromMs ?? null,
      before: query.beforeMs ?? null,
    });
    const rows = found.map((row) => summary(keyIn(row), tallyIn(row)));
    const last = lastOfFull(found);
    const end = last === undefined ? start - maxPagePlaces : numberIn(last, "id") - 1;
    return { rows, next: end > 0 ? end : null };
  }

  function loadSnapshot({ id }: Ask<"loadSnapshot">): Answer<"loadSnapshot"> {
    const owner = trajectoryOf(id);
    const row = owner && snapshot.get(numberIn(owner, "id"));
    if (row === undefined) return null;
    const [version, state] = [numberIn(row, "version"), textIn(row, "state")];
    const seal = chain.snapshotSeal(id, versionAt(version), state);
    // Whoever could write the file could have written another past: then it is folded anew.
    return Buffer.compare(seal, bytesIn(row, "seal")) === 0 ? { version, state } : null;
  }

  const answers: Answers = {
    head: lastPlace,
    anchorHeads: () =>
      anchorHeads.all().map((row) => ({
        instance: textIn(row, "instance"),
        position: numberIn(row, "number"),
        link: Buffer.from(bytesIn(row, "link")).toString("hex"),
      })),
    scan: scanPage,
    blob: ({ digest }) => {
      const row = blob.get(digest);
      return row === undefined ? null : bytesIn(row, "bytes");
    },
    latestGeneration: ({ agent, name }) =>
      numberIn(latestGeneration.get(agent, name) ?? {}, "generation"),
    pendingIntents: pendingPage,
    openTrajectories: openPage,
    trajectories: trajectoryPage,
    live: ({ nowMs }) => live.all(nowMs).map((row) => textIn(row, "instance")),
    standing: ({ id }) => {
      const row = trajectoryOf(id);
      return row === undefined ? null : standingOf(tallyIn(row));
    },
    sizes: createSizes(database),
    loadSnapshot,
  };
  return { answers, read };
}

function incomplete(what: string): ProctorError {
  return new ProctorError("store_unavailable", `records of ${what} are gone; run verify`);
}

/** The records are the outer loop, in their order, whatever the planner thinks of the names. */
function scanSql(index: string, types: string): string {
  return `SELECT r.place, r.position, r.bytes, t.agent, t.name, t.generation
    FROM records r ${index} CROSS JOIN trajectories t
    WHERE t.id = r.trajectory AND r.place > :after AND r.place <= :until AND ${types}
      AND (:agent IS NULL OR t.agent = :agent) AND (:name IS NULL OR t.name = :name)
      AND (:from IS NULL OR r.at >= :from) AND (:before IS NULL OR r.at < :before)
    ORDER BY r.place`;
}

function conditionsOf({ types, agent, name, fromMs, beforeMs }: ScanQuery) {
  return {
    // No type's name is a part of another's.
    types: types === undefined ? null : types.join(),
    agent: agent ?? null,
    name: name ?? null,
    from: fromMs ?? null,
    before: beforeMs ?? null,
  };
}

function readRow(row: Row): ReadRow {
  return {
    place: numberIn(row, "place"),
    position: numberIn(row, "position"),
    bytes: bytesIn(row, "bytes"),
  };
}

function scanRow(row: Row): ScanRow {
  return { id: trajectoryId(keyIn(row)), ...readRow(row) };
}

function page<Item extends ReadRow>(
  found: Iterable<Row>,
  itemOf: (row: Row) => Item,
): { readonly rows: Item[]; readonly full: boolean } {
  const rows: Item[] = [];
  let bytes = 0;
  for (const row of found) {
    const item = itemOf(row);
    rows.push(item);
    bytes += item.bytes.length;
    if (rows.length >= maxPageRows || bytes >= maxPageBytes) return { rows, full: true };
  }
  return { rows, full: false };
}

/** The last row of a page that is full, and so may have a next one. */
function lastOfFull(rows: readonly Row[]): Row | undefined {
  return rows.length < maxPageRows ? undefined : rows.at(-1);
}
