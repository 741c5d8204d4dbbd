// What the model was offered in one trajectory, and which tools are no longer what they were.

import { joinedDigest } from "../core/offer.ts";
import { maxPinned, type OfferedRecord, type RedefinedRecord } from "../core/record.ts";
import type { TrajectoryState } from "./state.ts";

/** The tools of one upstream. */
export interface OfferedTools {
  /** Of the newest list. */
  readonly digest: string;
  /** Tool -> digest of what it was offered as first, or was acknowledged to be. */
  readonly pins: ReadonlyMap<string, string>;
  /** Tool -> digest of what it is now, where that is not its pin. */
  readonly redefined: ReadonlyMap<string, string>;
  /** There were more tools than are kept: one without a pin may have changed. */
  readonly incomplete: boolean;
}

export interface Offers {
  /** By the upstream's name. Beyond `maxUpstreams` nothing is kept, and all is taken to have changed. */
  readonly of: ReadonlyMap<string, OfferedTools>;
  /** Digests of all lists so far, in no order; beyond `maxDigests` one stands for several. */
  readonly digests: ReadonlySet<string>;
  /** There were more upstreams than are kept. */
  readonly overflow: boolean;
}

const maxUpstreams = 64;
const maxDigests = 64;

export const noOffers: Offers = { of: new Map(), digests: new Set(), overflow: false };

export function applyOffered(offers: Offers, record: OfferedRecord): Offers {
  const { upstream, digest } = record;
  const known = offers.of.get(upstream);
  const digests = withDigest(offers.digests, digest);
  if (known === undefined && offers.of.size >= maxUpstreams) {
    return { ...offers, digests, overflow: true };
  }
  const of = new Map(offers.of).set(upstream, offeredAnew(known, record));
  return { ...offers, of, digests };
}

function withDigest(digests: ReadonlySet<string>, digest: string): ReadonlySet<string> {
  if (digests.has(digest)) return digests;
  const all = new Set([...digests, digest]);
  if (all.size <= maxDigests) return all;
  return new Set([joinedDigest(all) ?? digest]);
}

/** A tool that was not there before is pinned as it is; one that left stays pinned for when it returns. */
function offeredAnew(
  known: OfferedTools | undefined,
  { digest, count, pins: now = [] }: OfferedRecord,
): OfferedTools {
  const pins = new Map(known?.pins);
  const redefined = new Map(known?.redefined);
  for (const { tool, digest: is } of now) {
    const pin = pins.get(tool);
    if (pin === is) redefined.delete(tool);
    else if (pin === undefined && pins.size < maxPinned) pins.set(tool, is);
  }
  const beyond = now.length > 0 && (count > now.length || now.some(({ tool }) => !pins.has(tool)));
  return { digest, pins, redefined, incomplete: beyond || known?.incomplete === true };
}

export function applyRedefined(offers: Offers, record: RedefinedRecord): Offers {
  const { upstream, tool, is, event } = record;
  const known = offers.of.get(upstream);
  if (known === undefined) return offers;
  const pins = new Map(known.pins);
  const redefined = new Map(known.redefined);
  switch (event.kind) {
    case "noticed":
      redefined.set(tool, is);
      break;
    case "acknowledged":
      pins.set(tool, is);
      if (redefined.get(tool) === is) redefined.delete(tool);
      break;
  }
  return { ...offers, of: new Map(offers.of).set(upstream, { ...known, pins, redefined }) };
}

/** Limits are inherited: a successor holds tools to what its predecessor was offered. */
export function inheritedOffers(predecessor: Offers): Offers {
  return { ...predecessor, digests: new Set() };
}

/** Is the tool no longer what it was offered as, or may that be? */
export function isRedefined({ offers }: TrajectoryState, upstream: string, tool: string): boolean {
  const offered = offers.of.get(upstream);
  if (offered === undefined) return offers.overflow;
  return offered.redefined.has(tool) || (offered.incomplete && !offered.pins.has(tool));
}

/** Digest of all that was offered; undefined: not known. */
export function toolsOf({ offers }: TrajectoryState): string | undefined {
  return joinedDigest(offers.digests);
}

export interface StoredOffers {
  readonly of: readonly (readonly [string, StoredTools])[];
  readonly digests: readonly string[];
  readonly overflow: boolean;
}

interface StoredTools extends Omit<OfferedTools, "pins" | "redefined"> {
  readonly pins: readonly (readonly [string, string])[];
  readonly redefined: readonly (readonly [string, string])[];
}

export function storedOffers({ of, digests, overflow }: Offers): StoredOffers {
  const tools = [...of].map(
    ([upstream, offered]) =>
      [
        upstream,
        { ...offered, pins: [...offered.pins], redefined: [...offered.redefined] },
      ] as const,
  );
  return { of: tools, digests: [...digests], overflow };
}

export function restoredOffers({ of, digests, overflow }: StoredOffers): Offers {
  const tools = of.map(
    ([upstream, offered]) =>
      [
        upstream,
        { ...offered, pins: new Map(offered.pins), redefined: new Map(offered.redefined) },
      ] as const,
  );
  return { of: new Map(tools), digests: new Set(digests), overflow };
}
