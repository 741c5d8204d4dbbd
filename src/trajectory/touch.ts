// What an effect does to which paths: the marks that a trajectory keeps of its calls.

import type { Effect, Target } from "../core/effect.ts";

/**
 * `read`: contents. `listed`: name or metadata. `permissions_seen`: a listing that shows modes.
 * `wrote`: created, changed or cut. `created`: known to be new by then. `deleted`: the name was
 * taken away, also by a move.
 */
export type Touch = "read" | "listed" | "wrote" | "created" | "deleted" | "permissions_seen";

/** Touches as one number, so that a table holds one number for a path. */
export const bitOf: Record<Touch, number> = {
  read: 1,
  listed: 2,
  wrote: 4,
  created: 8,
  deleted: 16,
  permissions_seen: 32,
};

/**
 * Something that was elsewhere before may be here now: the destination of a move. It is asked after
 * where a new folder is believed to hold nothing old.
 */
export const brought = 64;
/** What an `unknown` effect may have done. */
export const everyBit = Object.values(bitOf).reduce((all, bit) => all | bit, 0);
/** What is known of the children of a folder once it was listed. */
export const listing = bitOf.listed | bitOf.permissions_seen;

export function bitsOf(touches: readonly Touch[]): number {
  let bits = 0;
  for (const touch of touches) bits |= bitOf[touch];
  return bits;
}

/** One effect's mark. */
export interface Touched {
  readonly bits: number;
  readonly target: Target;
  readonly recursive: boolean;
  readonly certain: boolean;
}

const anyPath: Target = { form: "unresolved", path: "" };

/** The marks of a call's effects. An `unknown` effect may have touched anything in any way. */
export function touchedBy(effects: readonly Effect[]): readonly Touched[] {
  const touched: Touched[] = [];
  for (const effect of effects) addTouched(touched, effect);
  return touched;
}

function addTouched(touched: Touched[], effect: Effect): void {
  const certain = effect.certainty === "certain";
  switch (effect.kind) {
    case "read":
    case "list":
    case "write":
    case "truncate":
    case "delete":
      touched.push({
        bits: ownBits(effect),
        target: effect.target,
        recursive: effect.recursive,
        certain,
      });
      return;
    case "move": {
      // A folder moves with everything in it, whether or not that was said.
      const { target, destination, recursive } = effect;
      touched.push({ bits: bitOf.deleted, target, recursive: true, certain });
      touched.push({ bits: bitOf.wrote, target: destination, recursive, certain });
      touched.push({ bits: brought, target: destination, recursive: true, certain });
      return;
    }
    case "unknown":
      touched.push({ bits: everyBit, target: anyPath, recursive: true, certain: false });
      return;
    case "permission":
    case "execute":
    case "connect":
    case "privilege":
    case "discard":
      return;
  }
}

function ownBits(
  effect: Extract<Effect, { kind: "read" | "list" | "write" | "truncate" | "delete" }>,
): number {
  switch (effect.kind) {
    case "read":
      return bitOf.read;
    case "list":
      return effect.permissions ? listing : bitOf.listed;
    case "write":
      return effect.creates ? bitOf.wrote | bitOf.created : bitOf.wrote;
    case "truncate":
      return bitOf.wrote;
    case "delete":
      return bitOf.deleted;
  }
}
