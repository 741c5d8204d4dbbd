// A request that could not be decoded as a call is written down as what it was.

import type { Door } from "../core/call.ts";
import type { Clock } from "../core/clock.ts";
import type { ProctorError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { type MalformedRecord, recordVersion } from "../core/record.ts";
import type { Observer } from "../gateway.ts";
import type { Contents } from "./contents.ts";
import type { Naming, Trajectories } from "./trajectories.ts";

export interface MalformedParts {
  readonly trajectories: Pick<Trajectories, "enter" | "opening">;
  readonly contents: Contents;
  readonly observer: Observer;
  readonly clock: Clock;
}

const maxDetailLength = 1024;

export function createMalformed({ trajectories, contents, observer, clock }: MalformedParts) {
  return async function malformed(
    agent: string,
    naming: Naming,
    door: Door,
    error: ProctorError,
  ): Promise<void> {
    observer.rejected(door, error.code);
    const now = clock.nowMs();
    const record: MalformedRecord = {
      v: recordVersion,
      id: newId(now),
      at: now,
      type: "malformed",
      door,
      code: error.code,
      detail: contents.text(error.message).slice(0, maxDetailLength),
    };
    try {
      const live = await trajectories.enter(agent, naming);
      await live.inTurn(() =>
        live.appendToHead([...trajectories.opening(live, door), record], { synced: false }),
      );
    } catch {
      // The request is answered with its own error either way; `rejected` has counted it.
    }
  };
}
