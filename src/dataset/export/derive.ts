// The way from the store to rows: selected, read, sanitised, split, encoded, redacted; each stage counted.

import type { JsonObject } from "../../core/json.ts";
import type { Cursor } from "../../core/version.ts";
import type { Redactor } from "../../redaction/redact.ts";
import type { Persistence } from "../../store/store.ts";
import { ahead } from "./ahead.ts";
import { createReadContent } from "./contents.ts";
import type { Against } from "./control.ts";
import { type NoRows, rowsOf } from "./conversation.ts";
import { type Counts, createCounts } from "./counts.ts";
import type { ExportFormat } from "./formats/format.ts";
import type { TemplateProfile } from "./formats/profiles.ts";
import { digestOfRecords, type Provenance } from "./manifest.ts";
import { createNear, type Likeness, type Near, type NearOptions } from "./near.ts";
import type { Row } from "./row.ts";
import { createSanitise, type SanitiseOptions } from "./sanitise.ts";
import { asksFor, createReading, type Recorded, type RolesOf, type Selection } from "./select.ts";
import { createSplit, type Shares } from "./split.ts";

/** What decides over the rows: the same for the same store gives the same rows. */
export interface Query {
  readonly format: ExportFormat;
  readonly profile: TemplateProfile;
  readonly select: Selection;
  readonly sanitise: SanitiseOptions;
  readonly near: NearOptions;
  /** What the rows are shown beside; absent: nothing. */
  readonly against?: Against;
  readonly splits: Shares;
  readonly seed: number;
}

export interface DeriveParts {
  readonly store: Persistence;
  readonly redactor: Redactor;
  readonly rolesOf: RolesOf;
  /** The moment: what ended later is not there. */
  readonly until: Cursor;
  /** Trajectories that are read before it is their turn. */
  readonly readAhead?: number;
  readonly signal?: AbortSignal;
  readonly onProgress: (counts: Pick<Counts, "trajectories" | "steps" | "written">) => void;
}

/** A row before it has a file. */
export interface DerivedRow {
  readonly split: string;
  /** 1-based, among those of the split. */
  readonly number: number;
  readonly row: JsonObject;
  readonly from: Pick<Provenance, "trajectory" | "conversation" | "steps" | "records">;
  readonly like?: Likeness;
}

/** Of each trajectory of which a row was kept. */
export type OnKept = (recorded: Recorded) => Promise<void>;

export interface Derived {
  readonly counts: Counts;
  readonly near: Near | undefined;
}

/** Enough for the store's thread to read while this one encodes. */
const usualReadAhead = 4;

/** Memory: a few trajectories, a digest for each row, and what `near` keeps. */
export async function derive(
  query: Query,
  parts: DeriveParts,
  write: (row: DerivedRow) => Promise<void>,
  onKept: OnKept,
): Promise<Derived> {
  const { store, until, rolesOf, signal, readAhead = usualReadAhead } = parts;
  const counts = createCounts(query.splits);
  const near = query.near.how === "ignore" ? undefined : createNear(query.near.threshold);
  const keep = createKeep(query, { counts, near, redactor: parts.redactor }, write);
  const recordedAt = createReading(store, until, rolesOf);
  const read = createReadContent(store);
  const { agents, taskClass, marks, fromMs, beforeMs } = query.select;
  const asked = { agents, taskClass, marks, fromMs, beforeMs };

  async function rowsIn(recorded: Recorded | undefined): Promise<readonly Row[] | NoRows> {
    return recorded === undefined ? [] : rowsOf(recorded.records, read);
  }

  const found = ahead(
    store.trajectories({ ...asked, state: "closed" }),
    readAhead,
    async ({ key }) => {
      const ended = await recordedAt(key);
      const recorded = ended && asksFor(query.select, ended.facts) ? ended : undefined;
      return { ended: ended !== undefined, recorded, rows: await rowsIn(recorded) };
    },
  );
  for await (const { ended, recorded, rows } of found) {
    signal?.throwIfAborted();
    if (ended) counts.found += 1;
    if (recorded === undefined) continue;
    counts.trajectories += 1;
    counts.steps += recorded.facts.steps;
    parts.onProgress(counts);
    if (typeof rows === "string") counts.noRows(rows);
    const kept = typeof rows === "string" ? 0 : await keep(recorded, rows);
    if (kept > 0) await onKept(recorded);
    const closed = recorded.records.find((record) => record.type === "closed");
    if (closed !== undefined && typeof rows !== "string") counts.scored(closed, kept > 0);
  }
  return { counts, near };
}

/** Rows of one trajectory, on their way into files. Resolves with how many were kept. */
function createKeep(
  { format, profile, sanitise: asked, near: nearly, splits, seed }: Query,
  { counts, near, redactor }: Derived & { readonly redactor: Redactor },
  write: (row: DerivedRow) => Promise<void>,
): (recorded: Recorded, rows: readonly Row[]) => Promise<number> {
  const sanitise = createSanitise(asked);
  const splitOf = createSplit(splits, seed);
  const names = splits.map(([name]) => name);
  const numbers = new Map(names.map((name) => [name, 0]));

  /** Why it is not kept; undefined: it is. */
  function unfit(row: Row): string | undefined {
    const without = format.needsPrompt && !row.hasPrompt ? "no prompt" : undefined;
    return without ?? format.unfit?.(row, profile);
  }

  function isDropped({ isAcross }: Likeness): boolean {
    return nearly.how === "drop" || (nearly.how === "drop-across" && isAcross);
  }

  async function one(given: Row, records: Provenance["records"]): Promise<boolean> {
    counts.rows += 1;
    const sanitised = sanitise(given);
    const why = "dropped" in sanitised ? sanitised.dropped : unfit(sanitised.row);
    if ("dropped" in sanitised || why !== undefined) {
      counts.drop(why ?? "");
      return false;
    }
    const { row } = sanitised;
    const split = splitOf(row.task.id);
    const number = (numbers.get(split) ?? 0) + 1;
    const like = near?.see(row, { split: names.indexOf(split), row: number });
    if (like !== undefined && isDropped(like)) {
      counts.drop("near another");
      return false;
    }
    numbers.set(split, number);
    const redacted = redactor.redact(format.encode(row, profile));
    for (const count of redacted.counts.values()) counts.redacted += count;
    const { trajectory, conversation, steps } = row;
    const from = { trajectory, conversation, steps, records };
    await write({ split, number, row: redacted.value, from, ...(like && { like }) });
    counts.keep(row, split);
    return true;
  }

  return async function keep({ records }, rows) {
    const digest = digestOfRecords(records);
    let kept = 0;
    for (const row of rows) if (await one(row, digest)) kept += 1;
    return kept;
  };
}
