// A text that is being looked through, and what was found out about it so far.

export type Quote = "'" | '"';

export interface Source {
  readonly text: string;
  /** In which quotes of a shell the offset stands, as far as quotes and backslashes tell. */
  quoteAt(offset: number): Quote | undefined;
  /** How far somebody has looked along already, so as not to look along it again. */
  readonly walked: Map<string, number>;
}

export function createSource(text: string): Source {
  let changes: QuoteChanges | undefined;
  return {
    text,
    walked: new Map(),
    quoteAt: (offset) => {
      changes ??= quoteChanges(text);
      return quoteBefore(changes, offset);
    },
  };
}

/** Where quotes open and close, in order. */
interface QuoteChanges {
  readonly offsets: readonly number[];
  readonly quotes: readonly (Quote | undefined)[];
}

/** POSIX, XCU section 2.2: in single quotes nothing is special, in double ones the backslash is. */
function quoteChanges(text: string): QuoteChanges {
  const offsets: number[] = [];
  const quotes: (Quote | undefined)[] = [];
  let open: Quote | undefined;
  for (let i = 0; i < text.length; i += 1) {
    const character = text.charAt(i);
    if (character === "\\" && open !== "'") {
      i += 1;
    } else if (character === open) {
      open = undefined;
      offsets.push(i + 1);
      quotes.push(open);
    } else if (open === undefined && (character === "'" || character === '"')) {
      open = character;
      offsets.push(i + 1);
      quotes.push(open);
    }
  }
  return { offsets, quotes };
}

/** The state after the last change at or before the offset. */
function quoteBefore({ offsets, quotes }: QuoteChanges, offset: number): Quote | undefined {
  let [low, high] = [0, offsets.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((offsets[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return quotes[low - 1];
}
