// Which messages of a trajectory are recorded already, so that repeated prefixes are recorded once.

import type { MessageRecord } from "../core/record.ts";

export const saidLimits = {
  /**
   * Messages remembered, by link and by digest; the oldest beyond are forgotten, and recorded again if
   * they are sent again. A long conversation needs only its newest link: that names all before it.
   */
  maxRemembered: 1024,
} as const;

/** Read it by `isSaid` and `isContentKept`. */
export interface Said {
  /** Links, oldest use first. */
  readonly links: ReadonlySet<string>;
  /** Digests of messages whose contents are in a record of this trajectory, oldest use first. */
  readonly contents: ReadonlySet<string>;
}

/** The same, for the fold alone. */
export interface SaidDraft {
  links: Set<string>;
  contents: Set<string>;
}

export interface StoredSaid {
  readonly links: readonly string[];
  readonly contents: readonly string[];
}

export const emptySaid = (): SaidDraft => ({ links: new Set(), contents: new Set() });

export function restoredSaid({ links, contents }: StoredSaid): SaidDraft {
  return { links: new Set(links), contents: new Set(contents) };
}

export function storedSaid({ links, contents }: Said): StoredSaid {
  return { links: [...links], contents: [...contents] };
}

export function applyMessage(said: SaidDraft, message: MessageRecord): void {
  const { link, digest, content, answer } = message;
  remember(said.links, link);
  // Where calls were replaced, the record has what the model said and not what the client has.
  const isTheClients = answer === undefined || answer.replaced.length === 0;
  if (content !== undefined && isTheClients) remember(said.contents, digest);
}

function remember(set: Set<string>, value: string): void {
  set.delete(value);
  set.add(value);
  if (set.size <= saidLimits.maxRemembered) return;
  for (const oldest of set) {
    set.delete(oldest);
    return;
  }
}
