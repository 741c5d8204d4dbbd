// Rows that are nearly the same: MinHash over shingles, and locality-sensitive hashing to find what to compare.
// Broder, "On the resemblance and containment of documents" (1997); Leskovec et al., "Mining of Massive
// Datasets", section 3.4. The libraries for it draw their hash functions at random or keep whole sets.

import type { Row } from "./row.ts";

/** What becomes of rows that are nearly the same as one before. */
export const nearWays = ["report", "drop", "drop-across", "ignore"] as const;

export interface NearOptions {
  /** `drop-across`: only where the other one is in another split. `ignore`: they are not looked for. */
  readonly how: (typeof nearWays)[number];
  /** Resemblance from which two rows are near, (0, 1]. */
  readonly threshold: number;
}

/** Words that stand behind each other; rows are as alike as the sets of these are (Jaccard). */
export const shingleWords = 3;
/**
 * At a resemblance of 0.8 a pair shares a band in 998 of 1000 cases. What is estimated from as many
 * hashes is off by 0.045 (one standard deviation).
 */
const bands = 16;
const rowsPerBand = 5;
const hashes = bands * rowsPerBand;
/** Rows that a row is compared with at the most: then what was seen is forgotten, and it begins anew. */
export const nearWindow = 2 ** 18;

/** Where a row stands that others are like. */
export interface Place {
  /** Which of the splits. */
  readonly split: number;
  /** 1-based, in the file of the split. */
  readonly row: number;
}

export interface Likeness {
  /** The first of its cluster. */
  readonly first: Place;
  /** It stands in another split. */
  readonly isAcross: boolean;
  /** As estimated, [0, 1]. */
  readonly resemblance: number;
}

export interface Near {
  /** `place`: where it will stand; a row that is like none before is the first of a cluster there. */
  see(row: Pick<Row, "messages">, place: Place): Likeness | undefined;
  /** Ends it. */
  shown(): NearCounts;
}

export interface NearCounts {
  /** Of two rows or more, dropped ones included. */
  readonly clusters: number;
  /** Rows that are like the first of their cluster, itself not counted. */
  readonly rows: number;
  /** Of these, whose first stands in another split: what is trained on is tested on. */
  readonly across: number;
  /** The largest, with the place of their first. */
  readonly largest: readonly {
    readonly first: Place;
    readonly rows: number;
    readonly across: number;
  }[];
}

const maxShown = 20;

export function createNear(threshold: number, window = nearWindow): Near {
  const totals = { clusters: 0, rows: 0, across: 0 };
  let largest: NearCounts["largest"] = [];
  let seen = createSeen();
  const signature = new Uint32Array(hashes);

  /** Of a window that is left behind only the counts stay. */
  function settle(): void {
    const all = [...largest, ...seen.clusters()];
    largest = all.sort((a, b) => b.rows - a.rows).slice(0, maxShown);
    seen = createSeen();
  }

  return {
    see(row, place) {
      sign(row, signature);
      const found = seen.find(signature, threshold);
      if (found === undefined) {
        if (seen.size() === window) settle();
        seen.add(signature, place);
        return undefined;
      }
      const first = seen.placeOf(found.of);
      const isAcross = first.split !== place.split;
      totals.rows += 1;
      if (isAcross) totals.across += 1;
      if (seen.join(found.of, isAcross) === 1) totals.clusters += 1;
      return { first, isAcross, resemblance: found.resemblance };
    },
    shown() {
      settle();
      return { ...totals, largest };
    },
  };
}

/** Firsts of clusters, in flat arrays that grow: about 200 bytes each. */
function createSeen() {
  let size = 0;
  let room = 1024;
  /** The lowest byte of each hash: pairs that differ agree in it in one of 256 cases. */
  let signatures = new Uint8Array(room * hashes);
  let splits = new Uint8Array(room);
  let rows = new Uint32Array(room);
  let members = new Uint32Array(room);
  let across = new Uint32Array(room);
  let table = createTable(room);

  function grow(): void {
    room *= 2;
    signatures = widened(signatures, new Uint8Array(room * hashes));
    splits = widened(splits, new Uint8Array(room));
    rows = widened(rows, new Uint32Array(room));
    members = widened(members, new Uint32Array(room));
    across = widened(across, new Uint32Array(room));
    table = table.wider(room);
  }

  function resemblance(of: number, signature: Uint32Array): number {
    let same = 0;
    const start = of * hashes;
    for (let i = 0; i < hashes; i += 1) {
      if (signatures[start + i] === ((signature[i] ?? 0) & 0xff)) same += 1;
    }
    const byChance = 1 / 256;
    return Math.max(0, (same / hashes - byChance) / (1 - byChance));
  }

  return {
    size: () => size,
    placeOf: (of: number): Place => ({ split: splits[of] ?? 0, row: rows[of] ?? 0 }),
    find(signature: Uint32Array, threshold: number) {
      let best: { of: number; resemblance: number } | undefined;
      let tried = -1;
      for (let band = 0; band < bands; band += 1) {
        const of = table.get(bandHash(signature, band));
        if (of === undefined || of === tried || of === best?.of) continue;
        tried = of;
        const found = resemblance(of, signature);
        if (found < threshold) continue;
        const isBetter = best === undefined || found > best.resemblance;
        if (isBetter || (found === best?.resemblance && of < best.of)) {
          best = { of, resemblance: found };
        }
      }
      return best;
    },
    add(signature: Uint32Array, { split, row }: Place): void {
      if (size === room) grow();
      for (let i = 0; i < hashes; i += 1) signatures[size * hashes + i] = signature[i] ?? 0;
      splits[size] = split;
      rows[size] = row;
      for (let band = 0; band < bands; band += 1) table.set(bandHash(signature, band), size);
      size += 1;
    },
    /** How many are like it by now. */
    join(of: number, isAcross: boolean): number {
      if (isAcross) across[of] = (across[of] ?? 0) + 1;
      const count = (members[of] ?? 0) + 1;
      members[of] = count;
      return count;
    },
    clusters() {
      const found: { first: Place; rows: number; across: number }[] = [];
      for (let of = 0; of < size; of += 1) {
        const count = members[of] ?? 0;
        if (count === 0) continue;
        const first = { split: splits[of] ?? 0, row: rows[of] ?? 0 };
        found.push({ first, rows: count + 1, across: across[of] ?? 0 });
      }
      return found;
    },
  };
}

function widened<Values extends Uint8Array | Uint32Array>(values: Values, into: Values): Values {
  into.set(values);
  return into;
}

interface Table {
  get(hash: number): number | undefined;
  /** The first one stays. */
  set(hash: number, of: number): void;
  wider(room: number): Table;
}

/** Open addressing with linear probing; at most half full. */
function createTable(room: number): Table {
  const slots = room * bands * 2;
  const mask = slots - 1;
  const keys = new Uint32Array(slots);
  /** 0: free; else one more than what it leads to. */
  const values = new Uint32Array(slots);

  function slotOf(hash: number): number {
    let slot = hash & mask;
    while (values[slot] !== 0 && keys[slot] !== hash) slot = (slot + 1) & mask;
    return slot;
  }

  return {
    get(hash) {
      const value = values[slotOf(hash)] ?? 0;
      return value === 0 ? undefined : value - 1;
    },
    set(hash, of) {
      const slot = slotOf(hash);
      if (values[slot] !== 0) return;
      keys[slot] = hash;
      values[slot] = of + 1;
    },
    wider(more) {
      const wide = createTable(more);
      for (let slot = 0; slot < slots; slot += 1) {
        const value = values[slot] ?? 0;
        if (value !== 0) wide.set(keys[slot] ?? 0, value - 1);
      }
      return wide;
    },
  };
}

function bandHash(signature: Uint32Array, band: number): number {
  let hash = mixed(band + 1);
  for (let i = band * rowsPerBand; i < (band + 1) * rowsPerBand; i += 1) {
    hash = mixed(hash ^ (signature[i] ?? 0));
  }
  return hash;
}

/** Multipliers (odd) and offsets of the hash functions: the same in every run. */
const [multipliers, offsets] = [new Uint32Array(hashes), new Uint32Array(hashes)];
for (let i = 0; i < hashes; i += 1) {
  multipliers[i] = mixed(2 * i + 1) | 1;
  offsets[i] = mixed(2 * i + 2);
}

/** The least of each hash over the row's shingles. */
function sign(row: Pick<Row, "messages">, signature: Uint32Array): void {
  signature.fill(0xffff_ffff);
  const window = new Uint32Array(shingleWords);
  let words = 0;
  for (const text of comparedTexts(row)) {
    eachWord(text, (word) => {
      window[words % shingleWords] = word;
      words += 1;
      if (words < shingleWords) return;
      let shingle = 0;
      for (let back = shingleWords; back > 0; back -= 1) {
        shingle = mixed(shingle ^ (window[(words - back) % shingleWords] ?? 0));
      }
      take(signature, shingle);
    });
  }
  // Fewer words than a shingle has are one.
  if (words < shingleWords) take(signature, mixed(window.reduce((a, b) => mixed(a ^ b), words)));
}

function take(signature: Uint32Array, shingle: number): void {
  for (let i = 0; i < hashes; i += 1) {
    const product = Math.imul(shingle ^ (offsets[i] ?? 0), multipliers[i] ?? 1);
    const hash = (product ^ (product >>> 15)) >>> 0;
    if (hash < (signature[i] ?? 0)) signature[i] = hash;
  }
}

/** A system prompt is the same in rows that have nothing else in common. */
function* comparedTexts({ messages }: Pick<Row, "messages">): Iterable<string> {
  for (const { role, parts } of messages) {
    if (role === "system") continue;
    for (const part of parts) {
      if (part.type === "text" || part.type === "reasoning") yield part.text;
      else if (part.type === "call") yield `${part.tool} ${JSON.stringify(part.arguments)}`;
      else if (part.type === "result") yield JSON.stringify(part.content);
    }
  }
}

/** Letters, digits and whatever is not ASCII make a word (FNV-1a over its code units), in either case. */
function eachWord(text: string, take: (hash: number) => void): void {
  let hash = 0;
  for (let i = 0; i <= text.length; i += 1) {
    const code = i < text.length ? text.charCodeAt(i) | 0 : 32;
    const isUpper = code >= 65 && code <= 90;
    const isWord =
      isUpper || (code >= 97 && code <= 122) || (code >= 48 && code <= 57) || code > 127;
    if (isWord)
      hash = Math.imul(
        (hash === 0 ? 0x811c_9dc5 : hash) ^ (isUpper ? code + 32 : code),
        0x0100_0193,
      );
    else if (hash !== 0) {
      take(hash >>> 0);
      hash = 0;
    }
  }
}

/** The finaliser of MurmurHash3 (fmix32). */
function mixed(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
