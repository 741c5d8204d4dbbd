// Walks what a store holds, in the order of places, and says what does not agree with the chain.

import { createHash } from "node:crypto";
import { ProctorError } from "../core/errors.ts";
import type { ProctorRecord } from "../core/record.ts";
import type { Anchor, Chain, ErasureDigest } from "./chain.ts";
import { bearsContents } from "./contents.ts";
import { factsOf } from "./facts.ts";
import { decodeRecord } from "./schema.ts";
import type { AnchorHead, ChainProblem, ChainReport, StoreAnchor } from "./store.ts";
import { maxChainProblems } from "./store.ts";
import type { Pending, Tally } from "./tally.ts";
import { count, emptyTally, settle } from "./tally.ts";

/** A record as it is stored, with what the store keeps beside its bytes. */
export interface ChainedRecord {
  readonly place: number;
  /** `agent/name~generation`. */
  readonly id: string;
  readonly position: number;
  /** Place of the trajectory's record before this one, 0 for the first; where the store keeps it. */
  readonly previous?: number;
  readonly bytes: Uint8Array;
  readonly link: Uint8Array;
  readonly type: string;
  readonly at: number;
}

export interface ChainedAnchor extends Anchor {
  readonly instance: string;
  /** Position in the instance's chain, from 1. */
  readonly number: number;
  readonly link: Uint8Array;
}

export interface IndexedTrajectory {
  readonly id: string;
  readonly tally: Tally;
  readonly pending: ReadonlyMap<number, Pending>;
  /** Place of its last record; where the store keeps it. */
  readonly last?: number;
}

/** Takes every tombstone, then every record, every anchor, and every index entry; each in order. */
export interface Verifier {
  tombstone(found: Pick<ChainedRecord, "id" | "bytes">): void;
  record(found: ChainedRecord): void;
  anchor(found: ChainedAnchor): void;
  entry(found: IndexedTrajectory): void;
  report(): ChainReport;
}

/** How far the walk has come along one trajectory. */
interface Walked {
  position: number;
  place: number;
  link: Uint8Array;
  /** Links of its `closed` records that no anchor has named yet, by position. */
  readonly closings: Map<number, Uint8Array>;
  readonly tally: Tally;
  readonly pending: Map<number, Pending>;
  indexed: boolean;
  /** Could every record be read, so that tally and pending are whole? */
  counted: boolean;
}

/** Records without their contents: their links speak of other bytes, and their tombstone of these. */
interface Erasure {
  readonly from: number;
  readonly through: number;
  readonly digest: string;
  readonly left: ErasureDigest;
}

interface WalkedInstance {
  number: number;
  link: Uint8Array;
}

export function createVerifier(chain: Chain, known: readonly StoreAnchor[]): Verifier {
  const trajectories = new Map<string, Walked>();
  const instances = new Map<string, WalkedInstance>();
  const problems: ChainProblem[] = [];
  let moreProblems = 0;
  let records = 0;
  let anchors = 0;
  let place = 0;
  const erasures = new Map<string, Erasure[]>();
  const links = createHash("sha256");
  const unmetAnchors = new Set(known.filter((anchor) => anchor.place > 0));
  const knownHeads = known.flatMap((anchor) => anchor.heads);
  const unmet = new Map(knownHeads.map((head) => [`${head.instance}\0${head.position}`, head]));

  function note(
    kind: ChainProblem["kind"],
    trajectory: string,
    position: number,
    problem: string,
  ): void {
    if (problems.length < maxChainProblems) problems.push({ trajectory, position, kind, problem });
    else moreProblems += 1;
  }

  function walkedOf(id: string): Walked {
    const found = trajectories.get(id);
    if (found !== undefined) return found;
    const fresh: Walked = {
      position: 0,
      place: 0,
      link: chain.trajectoryRoot(id),
      closings: new Map(),
      tally: emptyTally(),
      pending: new Map(),
      indexed: false,
      counted: true,
    };
    trajectories.set(id, fresh);
    return fresh;
  }

  function checkPlace(found: number): void {
    if (found !== place + 1) {
      note("missing", "store", 0, `the records at places ${place + 1} to ${found - 1} are gone`);
    }
    place = found;
  }

  /** Says whether the record before this one, whose link this one's stands on, is there. */
  function checkPosition(walked: Walked, { id, position }: ChainedRecord): boolean {
    const expected = walked.position + 1;
    if (position > expected) {
      const lost = `the records at positions ${expected} to ${position - 1} are not where they were`;
      note("missing", id, expected, lost);
    } else if (position < expected) {
      note("reordered", id, position, "the record stands behind later ones");
    }
    walked.position = Math.max(walked.position, position);
    return position === expected;
  }

  /** A tombstone is a record of the chain itself: whether it was always there is seen when the walk comes to it. */
  function takeTombstone({ id, bytes }: Pick<ChainedRecord, "id" | "bytes">): void {
    const record = recordIn(bytes);
    if (record?.type !== "erased") return;
    const { from, through, digest } = record;
    const erasure = { from, through, digest, left: chain.erasure(id) };
    erasures.set(id, [...(erasures.get(id) ?? []), erasure]);
  }

  /** Whether the record was erased; what is left of it counts towards its tombstone's digest. */
  function wasErased(found: ChainedRecord): boolean {
    const { id, position } = found;
    const erasure = erasures
      .get(id)
      ?.find(({ from, through }) => from <= position && position <= through);
    if (erasure === undefined) return false;
    erasure.left.add(found);
    if (position === erasure.through && erasure.left.digest() !== erasure.digest) {
      const problem = `what is left of the records from position ${erasure.from} is not what their erasure left`;
      note("changed", id, position, problem);
    }
    return bearsContents(found);
  }

  /** Is the store still the one of the anchor? Links bind all bytes, and places everything before. */
  function checkKnownPlace({ place: at, link }: ChainedRecord): void {
    links.update(link);
    for (const anchor of unmetAnchors) {
      if (anchor.place !== at) continue;
      unmetAnchors.delete(anchor);
      if (links.copy().digest("hex") === anchor.digest) continue;
      note("anchor", "store", 0, `the records up to place ${at} are not those that were anchored`);
    }
  }

  function checkLink(walked: Walked, found: ChainedRecord): void {
    const link = chain.recordLink(walked.link, found.place, found.bytes);
    if (equal(link, found.link)) return;
    const problem = "its bytes, its place or the record before it are not those that were chained";
    note("changed", found.id, found.position, problem);
  }

  function checkPrevious(
    walked: Walked,
    { id, position, place: at, previous }: ChainedRecord,
  ): void {
    if ((previous ?? walked.place) !== walked.place) {
      note("index", id, position, "it leads back to another record than the one before");
    }
    walked.place = at;
  }

  /** What the bytes say, and whether the columns beside them say the same. */
  function checkContent(walked: Walked, found: ChainedRecord): void {
    const record = readable(found);
    if (record === undefined) {
      walked.counted = false;
      return;
    }
    if (record.type !== found.type || record.at !== found.at) {
      note("index", found.id, found.position, "its type or time is indexed wrongly");
    }
    const facts = factsOf(record);
    count(walked.tally, facts);
    settle(walked.pending, facts);
    if (record.type === "closed") walked.closings.set(found.position, found.link);
  }

  function readable({ id, position, bytes }: ChainedRecord): ProctorRecord | undefined {
    try {
      return decodeRecord(bytes);
    } catch (error) {
      note("unreadable", id, position, error instanceof ProctorError ? error.message : "no record");
      return undefined;
    }
  }

  function checkAnchored({ id, position, head }: Anchor): void {
    const closings = trajectories.get(id)?.closings;
    const link = closings?.get(position);
    closings?.delete(position);
    if (link === undefined) note("anchor", id, position, "it was closed there, and that is gone");
    else if (!equal(link, head)) note("anchor", id, position, "it was closed with other records");
  }

  function checkAnchorChain(found: ChainedAnchor): void {
    const { instance, number, link } = found;
    const walked = instances.get(instance) ?? { number: 0, link: chain.instanceRoot(instance) };
    if (number !== walked.number + 1) {
      note("missing", `instance ${instance}`, walked.number + 1, "anchors before this are gone");
    } else if (!equal(chain.anchorLink(walked.link, found), link)) {
      note("changed", `instance ${instance}`, number, "the anchor is not the one that was chained");
    }
    instances.set(instance, { number, link });
  }

  function checkKnown({ instance, number, link }: ChainedAnchor): void {
    const head = unmet.get(`${instance}\0${number}`);
    if (head?.link === hex(link)) unmet.delete(`${instance}\0${number}`);
  }

  function checkEntry(found: IndexedTrajectory): void {
    const walked = walkedOf(found.id);
    walked.indexed = true;
    const { position } = walked;
    if (found.tally.records > position) {
      const lost = `the index knows of ${found.tally.records} records, and ${position} are there`;
      note("missing", found.id, position + 1, lost);
    } else if (walked.counted && !agree(walked, found)) {
      note("index", found.id, position, "its index entry does not follow from its records");
    }
  }

  function finish(): void {
    for (const [id, { closings, indexed, position }] of trajectories) {
      for (const at of closings.keys())
        note("anchor", id, at, "it was closed, and no anchor says so");
      if (!indexed) note("index", id, position, "it is not in the index");
    }
    for (const anchor of unmetAnchors) {
      const end = `the store was anchored at place ${anchor.place}, and ends at ${place}`;
      note("anchor", "store", 0, end);
    }
    for (const { instance, position } of unmet.values()) {
      note(
        "anchor",
        `instance ${instance}`,
        position,
        "the anchor that is known from before is gone",
      );
    }
  }

  function heads(): AnchorHead[] {
    return [...instances].map(([instance, { number, link }]) => ({
      instance,
      position: number,
      link: hex(link),
    }));
  }

  return {
    tombstone: takeTombstone,
    record: (found) => {
      records += 1;
      checkPlace(found.place);
      checkKnownPlace(found);
      const walked = walkedOf(found.id);
      const erased = wasErased(found);
      if (checkPosition(walked, found) && !erased) checkLink(walked, found);
      walked.link = found.link;
      checkPrevious(walked, found);
      checkContent(walked, found);
    },
    anchor: (found) => {
      anchors += 1;
      checkAnchorChain(found);
      checkKnown(found);
      checkAnchored(found);
    },
    entry: checkEntry,
    report: () => {
      finish();
      const unproven = unprovenBy(place, known);
      const trajectoriesSeen = trajectories.size;
      return {
        trajectories: trajectoriesSeen,
        records,
        anchors,
        problems,
        moreProblems,
        anchor: { place, digest: links.copy().digest("hex"), heads: heads() },
        unproven,
      };
    },
  };
}

function unprovenBy(place: number, known: readonly StoreAnchor[]): string[] {
  const anchored = Math.max(0, ...known.map((anchor) => anchor.place));
  const unproven = [
    `That nothing stood behind place ${place}: records removed from the very end together with their index entries leave no trace here.`,
    "That the contents kept beside the records are whole: they may have been erased, and are checked by digest when read.",
    anchored === 0
      ? "Anything against somebody who has the chain key."
      : `Anything behind place ${anchored}, where it was anchored last, against somebody who has the chain key.`,
  ];
  if (anchored > 0) return unproven;
  const rollback =
    "That the store as a whole was not put back to an earlier state: keep an anchor elsewhere and hand it to the next verification.";
  return [...unproven, rollback];
}

function agree(walked: Walked, { tally, pending, last }: IndexedTrajectory): boolean {
  const mine = walked.tally;
  if (pending.size !== walked.pending.size || (last ?? walked.place) !== walked.place) return false;
  for (const [step, { instance, dispatched }] of pending) {
    const open = walked.pending.get(step);
    if (open?.instance !== instance || open.dispatched !== dispatched) return false;
  }
  return (
    mine.records === tally.records &&
    mine.steps === tally.steps &&
    mine.refused === tally.refused &&
    mine.openedAt === tally.openedAt &&
    mine.lastAt === tally.lastAt &&
    mine.task === tally.task &&
    mine.taskClass === tally.taskClass &&
    mine.closed === tally.closed &&
    mine.marks.join(" ") === tally.marks.join(" ") &&
    mine.contents === tally.contents &&
    mine.erased === tally.erased
  );
}

function recordIn(bytes: Uint8Array): ProctorRecord | undefined {
  try {
    return decodeRecord(bytes);
  } catch {
    return undefined;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
