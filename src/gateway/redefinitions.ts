// Tools that changed under running trajectories, over all of them: noticed, and acknowledged by a person.

import { createHash } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { ProctorError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { isJsonObject, type Json } from "../core/json.ts";
import { type RedefinedRecord, recordVersion } from "../core/record.ts";
import { type TrajectoryKey, trajectoryId } from "../core/trajectory.ts";
import type { Cursor } from "../core/version.ts";
import type { BlobStore, Store } from "../store/store.ts";
import { contentOf } from "./contents.ts";
import type { Trajectories } from "./trajectories.ts";

export interface Acknowledgement {
  /** Name of the token. */
  readonly by: string;
  readonly note?: string;
}

/** One tool that is another now. Its id says which tool, and what it is now. */
export interface Redefinition {
  readonly id: string;
  readonly upstream: string;
  readonly tool: string;
  /** Digests of the two definitions. */
  readonly was: string;
  readonly is: string;
  /** When it was noticed first, milliseconds since the epoch. */
  readonly noticedAt: number;
  /** In which trajectories, the newest `maxTrajectories`. */
  readonly trajectories: readonly string[];
  readonly acknowledged?: Acknowledgement & { readonly at: number };
}

/** With the definitions themselves, as far as they are on record. */
export interface WholeRedefinition extends Redefinition {
  readonly before?: Json;
  readonly after?: Json;
}

export interface Redefinitions {
  /** Those that nobody acknowledged first, then the newest. */
  list(): Promise<readonly Redefinition[]>;
  /** @throws ProctorError `redefinition_not_found` */
  show(id: string): Promise<WholeRedefinition>;
  /**
   * From now on the tool may be what it is now, in every trajectory.
   *
   * @throws ProctorError `redefinition_not_found`, `store_unavailable`
   */
  acknowledge(id: string, given: Acknowledgement): Promise<Redefinition>;
  acknowledgementOf(upstream: string, tool: string, is: string): Acknowledgement | undefined;
  catchUp(): Promise<void>;
}

export interface RedefinitionsParts {
  readonly store: Store & BlobStore;
  readonly find: Trajectories["find"];
  readonly clock: Clock;
  /** Takes secrets out of a note. */
  readonly clean: (text: string) => string;
}

interface Known extends Omit<Redefinition, "trajectories"> {
  readonly keys: readonly TrajectoryKey[];
}

const maxTrajectories = 1_000;

export function createRedefinitions(parts: RedefinitionsParts): Redefinitions {
  const { store, clock } = parts;
  const known = new Map<string, Known>();
  let cursor: Cursor | undefined;
  let running: Promise<void> | undefined;

  function apply(key: TrajectoryKey, { upstream, tool, is, at, event }: RedefinedRecord): void {
    const id = idOf(upstream, tool, is);
    const before = known.get(id);
    switch (event.kind) {
      case "noticed": {
        const keys = [...(before?.keys ?? []), key].slice(-maxTrajectories);
        const found = before ?? { id, upstream, tool, was: event.was, is, noticedAt: at };
        known.set(id, { ...found, keys });
        return;
      }
      case "acknowledged":
        if (before !== undefined) acknowledgeOne(before, event, at);
        return;
    }
  }

  /** The first one stands. */
  function acknowledgeOne(one: Known, { by, note }: Acknowledgement, at: number): Known {
    const acknowledged = one.acknowledged ?? { by, ...(note && { note }), at };
    const now = { ...one, acknowledged };
    known.set(one.id, now);
    return now;
  }

  async function fold(): Promise<void> {
    for await (const stored of store.scan({ types: ["redefined"] }, cursor)) {
      cursor = stored.cursor;
      if (stored.record.type === "redefined") apply(stored.key, stored.record);
    }
  }

  function catchUp(): Promise<void> {
    running ??= fold().finally(() => {
      running = undefined;
    });
    return running;
  }

  async function found(id: string): Promise<Known> {
    await catchUp();
    const one = known.get(id);
    if (one === undefined) throw new ProctorError("redefinition_not_found", `no change ${id}`);
    return one;
  }

  /** What the trajectory was offered as this tool with this digest. */
  async function definition(key: TrajectoryKey, { tool, upstream }: Known, digest: string) {
    for await (const { record } of store.read(key)) {
      if (record.type !== "offered" || record.upstream !== upstream) continue;
      if (!record.pins?.some((pin) => pin.tool === tool && pin.digest === digest)) continue;
      return toolNamed(await contentOf(record.tools, store), tool);
    }
    return undefined;
  }

  async function write(key: TrajectoryKey, record: RedefinedRecord): Promise<void> {
    const live = await parts.find(key.agent, key.name);
    if (live?.key.generation !== key.generation) return;
    await live.inTurn(async () => {
      await live.catchUp();
      const offered = live.state.offers.of.get(record.upstream);
      if (live.state.status !== "open" || offered?.redefined.get(record.tool) !== record.is) return;
      await live.appendToHead([record], { synced: true });
    });
  }

  return {
    catchUp,
    async list() {
      await catchUp();
      return [...known.values()].map(shown).sort(openFirst);
    },
    async show(id) {
      const one = await found(id);
      const [key] = one.keys;
      if (key === undefined) return shown(one);
      const [before, after] = [
        await definition(key, one, one.was),
        await definition(key, one, one.is),
      ];
      return { ...shown(one), ...(before && { before }), ...(after && { after }) };
    },
    async acknowledge(id, { by, note }) {
      const one = await found(id);
      const given = note === undefined ? { by } : { by, note: parts.clean(note) };
      const record = acknowledgedRecord(one, given, clock.nowMs());
      for (const key of one.keys) await write(key, { ...record, id: newId(record.at) });
      // Also where no trajectory is open any more that would say it.
      return shown(acknowledgeOne(one, given, record.at));
    },
    acknowledgementOf: (upstream, tool, is) => known.get(idOf(upstream, tool, is))?.acknowledged,
  };
}

export function acknowledgedRecord(
  { upstream, tool, is }: Pick<RedefinedRecord, "upstream" | "tool" | "is">,
  { by, note }: Acknowledgement,
  now: number,
): RedefinedRecord {
  const event = { kind: "acknowledged", by, ...(note && { note }) } as const;
  const base = { v: recordVersion, id: newId(now), at: now, type: "redefined" } as const;
  return { ...base, upstream, tool, is, event };
}

function idOf(...which: readonly [upstream: string, tool: string, is: string]): string {
  return createHash("sha256").update(JSON.stringify(which)).digest("hex").slice(0, 16);
}

function shown({ keys, ...one }: Known): Redefinition {
  return { ...one, trajectories: keys.map(trajectoryId) };
}

function openFirst(a: Redefinition, b: Redefinition): number {
  const [x, y] = [a.acknowledged === undefined, b.acknowledged === undefined];
  return x === y ? b.noticedAt - a.noticedAt : x ? -1 : 1;
}

function toolNamed(tools: Json | undefined, name: string): Json | undefined {
  const list = Array.isArray(tools) ? tools : [];
  return list.find((tool) => isJsonObject(tool) && tool.name === name);
}
