// A contrast as a process sees it: trajectories begin in their order, and end when they do.

import { createQueue } from "../../src/statistics/blocks.ts";
import {
  createEvidence,
  createLatch,
  type Latch,
  type LiveContrast,
  type LiveOptions,
  usualLive,
} from "../../src/statistics/live.ts";
import type { Unit } from "./batch.ts";

type Mutable = { -readonly [K in keyof Unit]: Unit[K] };

/** Begins before ends of the same time. */
function eventsOf(units: readonly Unit[]) {
  const begins = units.map((unit) => ({ at: unit.startedAt, order: 0, unit }));
  const ends = units.flatMap((unit) =>
    unit.final === undefined ? [] : [{ at: unit.final.at, order: 1, unit }],
  );
  const byId = (a: Unit, b: Unit) => (a.id < b.id ? -1 : 1);
  return [...begins, ...ends].sort(
    (a, b) => a.at - b.at || a.order - b.order || byId(a.unit, b.unit),
  );
}

export function createContrast(options: LiveOptions = usualLive) {
  const queue = createQueue<Mutable>(options.blocks);
  const evidence = createEvidence<Mutable>(({ final }) => final?.result ?? "undetermined", options);
  const members = new Map<string, Mutable>();
  return {
    begin({ final: _, ...begun }: Unit): void {
      members.set(begun.id, begun);
      queue.add(begun.arm, begun);
    },
    end({ id, final }: Unit): void {
      const member = members.get(id);
      if (member === undefined) throw new Error(`${id} has not begun`);
      member.final = final;
      for (const round of queue.take()) evidence.see(round);
    },
    logELeast: evidence.logELeast,
    state: () => evidence.state(queue),
  };
}

export function liveContrast(units: readonly Unit[], options?: LiveOptions): LiveContrast {
  const contrast = createContrast(options);
  for (const { order, unit } of eventsOf(units)) {
    if (order === 0) contrast.begin(unit);
    else contrast.end(unit);
  }
  return contrast.state();
}

/** The latch of one contrast that is looked at whenever one of its trajectories ends. */
export function latchOf(units: readonly Unit[], options: LiveOptions = usualLive): Latch {
  const contrast = createContrast(options);
  const latch = createLatch(options.family);
  for (const { at, order, unit } of eventsOf(units)) {
    if (order === 0) contrast.begin(unit);
    else {
      contrast.end(unit);
      latch.look(at, [contrast.logELeast()]);
    }
  }
  return latch;
}
