// Finds all of many words in a text in one pass: the automaton of Aho and Corasick (1975), as a table.
//
// This is the check before everything else: a text without a trigger costs one look-up for each of
// its characters, however many detectors there are, and nothing can make it cost more.

export interface Triggers {
  /** Calls `found` for each occurrence of each word, ordered by its end. ASCII case does not count. */
  scan(text: string, found: (word: number, end: number) => void): void;
}

interface Node {
  readonly next: Map<number, Node>;
  readonly words: number[];
  fallback: Node | undefined;
  /** Offset of its row in the table. */
  row: number;
}

/** @param words non-empty */
export function compileTriggers(words: readonly string[]): Triggers {
  const classes = classify(words);
  const nodes = withFallbacks(buildTrie(words));
  return tabulate(nodes, classes);
}

/** Characters that no word has are one class, 0: they lead back to the beginning. */
function classify(words: readonly string[]): ReadonlyMap<number, number> {
  const classes = new Map<number, number>();
  for (const word of words) {
    for (let i = 0; i < word.length; i += 1) {
      const code = fold(word.charCodeAt(i));
      if (!classes.has(code)) classes.set(code, classes.size + 1);
    }
  }
  return classes;
}

function buildTrie(words: readonly string[]): Node {
  const root = createNode();
  for (const [index, word] of words.entries()) {
    let node = root;
    for (let i = 0; i < word.length; i += 1) {
      const code = fold(word.charCodeAt(i));
      const next = node.next.get(code) ?? createNode();
      node.next.set(code, next);
      node = next;
    }
    node.words.push(index);
  }
  return root;
}

function createNode(): Node {
  return { next: new Map(), words: [], fallback: undefined, row: 0 };
}

/** All nodes breadth first; each knows the longest end of it that begins a word as well. */
function withFallbacks(root: Node): readonly Node[] {
  const nodes = [root];
  for (const node of nodes) {
    for (const [code, child] of node.next) {
      child.fallback = step(node.fallback, code) ?? root;
      child.words.push(...child.fallback.words);
      nodes.push(child);
    }
  }
  return nodes;
}

function step(from: Node | undefined, code: number): Node | undefined {
  for (let node = from; node !== undefined; node = node.fallback) {
    const next = node.next.get(code);
    if (next !== undefined) return next;
  }
  return undefined;
}

/**
 * An entry is the row of the next state, shifted by one bit that says whether a word ends there. A
 * row is that of the fallback, which comes earlier, but for the characters that lead on.
 */
function tabulate(nodes: readonly Node[], classes: ReadonlyMap<number, number>): Triggers {
  const width = classes.size + 1;
  const table = new Uint32Array(nodes.length * width);
  const ends = new Map<number, readonly number[]>();
  for (const [index, node] of nodes.entries()) node.row = index * width;
  for (const { row, fallback, next, words } of nodes) {
    if (fallback !== undefined) table.copyWithin(row, fallback.row, fallback.row + width);
    for (const [code, child] of next) table[row + (classes.get(code) ?? 0)] = entryOf(child);
    if (words.length > 0) ends.set(row, words);
  }
  return { scan: scanner(table, ends, classes) };
}

function entryOf({ row, words }: Node): number {
  return row * 2 + (words.length > 0 ? 1 : 0);
}

function scanner(
  table: Uint32Array,
  ends: ReadonlyMap<number, readonly number[]>,
  classes: ReadonlyMap<number, number>,
): Triggers["scan"] {
  const ascii = Uint16Array.from({ length: 128 }, (_, code) => classes.get(fold(code)) ?? 0);
  return function scan(text, found) {
    let row = 0;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      const column = code < 128 ? ascii[code] : classes.get(code);
      const entry = table[row + (column ?? 0)] ?? 0;
      row = entry >>> 1;
      if ((entry & 1) === 0) continue;
      for (const word of ends.get(row) ?? []) found(word, i + 1);
    }
  };
}

function fold(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}
