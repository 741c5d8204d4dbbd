// What is taken out of a dataset, stage by stage, each counted.

import { createHash } from "node:crypto";
import type { EffectKind } from "../../core/effect.ts";
import type { MessagePart } from "../../core/message.ts";
import { type Row, type RowMessage, textsOf } from "./row.ts";

export interface SanitiseOptions {
  /** Drops rows with a word of the paper's list. */
  readonly dropKeywords: boolean;
  /** Drops rows of trajectories that attempt one of these, whatever the words. */
  readonly dropEffects: readonly EffectKind[];
  /** Ends rows before the first message that attempts one of these. */
  readonly cutEffects: readonly EffectKind[];
  /** What becomes of calls that were not plainly allowed. */
  readonly denied: "mask" | "drop" | "keep";
  readonly keepRedacted: boolean;
  readonly keepTruncated: boolean;
}

/**
 * The paper's list (arXiv 2604.15559, section C). How it was matched there is not known; here in any
 * casing and anywhere in a word, but for `rm`, which is a word of its own.
 */
export const keywords = ["delete", "remove", "rm", "purge", "terminate", "destroy"] as const;
const keyword = /delete|remove|purge|terminate|destroy|\brm\b/i;

const placeholder = /\bREDACTED_[A-Z]/;

/** In this order. */
export const stages = [
  "effects",
  "cut",
  "denied",
  "keywords",
  "redacted",
  "truncated",
  "nothing to learn",
  "twice",
] as const;
export type Stage = (typeof stages)[number];

export type Sanitise = (row: Row) => { readonly row: Row } | { readonly dropped: Stage };

/** Remembers rows by digest (16 bytes each), so that none is there twice. */
export function createSanitise(options: SanitiseOptions): Sanitise {
  const seen = new Set<string>();

  function attempts(row: Row, kinds: readonly EffectKind[]): boolean {
    return [...row.calls.values()].some(({ effects }) =>
      effects.some((kind) => kinds.includes(kind)),
    );
  }

  function isDenied(row: Row): boolean {
    return row.messages.some(({ masked }) => masked === "denied");
  }

  return function sanitise(given) {
    if (attempts(given, options.dropEffects)) return { dropped: "effects" };
    const cut = cutBefore(given, options.cutEffects);
    if (cut.messages.length === 0) return { dropped: "cut" };
    if (options.denied === "drop" && isDenied(cut)) return { dropped: "denied" };
    const row = options.denied === "keep" ? unmasked(cut) : cut;
    const texts = [...textsOf(row)];
    if (options.dropKeywords && texts.some((text) => keyword.test(text))) {
      return { dropped: "keywords" };
    }
    if (!options.keepRedacted && texts.some((text) => placeholder.test(text))) {
      return { dropped: "redacted" };
    }
    if (!options.keepTruncated && row.truncated) return { dropped: "truncated" };
    if (!row.messages.some(({ weight }) => weight === 1)) return { dropped: "nothing to learn" };
    const digest = createHash("sha256")
      .update(
        JSON.stringify([
          row.tools,
          row.messages.map(({ role, parts }) => [role, withoutIds(parts)]),
        ]),
      )
      .digest()
      .toString("latin1", 0, 16);
    if (seen.has(digest)) return { dropped: "twice" };
    seen.add(digest);
    return { row };
  };
}

/** Ids of calls are drawn anew in every trajectory. */
function withoutIds(parts: readonly MessagePart[]): readonly object[] {
  return parts.map((part) => ("id" in part ? { ...part, id: "" } : part));
}

function cutBefore(row: Row, kinds: readonly EffectKind[]): Row {
  if (kinds.length === 0) return row;
  const at = row.messages.findIndex(({ parts }) =>
    parts.some(
      (part) =>
        part.type === "call" &&
        row.calls.get(part.id)?.effects.some((kind) => kinds.includes(kind)),
    ),
  );
  if (at < 0) return row;
  const kept = row.messages.slice(0, at);
  // What the user asked for last has no answer any more.
  const last = kept.findLastIndex(({ role }) => role === "assistant" || role === "tool");
  return { ...row, messages: kept.slice(0, last + 1) };
}

function unmasked(row: Row): Row {
  const messages = row.messages.map((message): RowMessage => {
    if (message.masked !== "denied") return message;
    const { masked: _, ...rest } = message;
    return { ...rest, weight: 1 };
  });
  return { ...row, messages };
}
