// Which paths a target may be, and globs over them. Everything is linear in the product of two lengths.

import type { Target } from "./effect.ts";

/**
 * A compiled set of absolute paths. In the source `*` is any run of characters but slashes, `?` one
 * character but a slash, `**` any run of characters, a segment `**` with its slash any number of
 * folders, also none; a backslash quotes. `/a/**` is everything below `/a` and not `/a` itself.
 */
export interface Glob {
  readonly source: string;
  /** The texts that every member starts and ends with: most questions are answered by them alone. */
  readonly prefix: string;
  readonly suffix: string;
  /** Everything that starts with the prefix is a member. */
  readonly isOpen: boolean;
  /** How many tokens the prefix takes. */
  readonly literal: number;
  /** Code points, or one of the wild tokens below. */
  readonly tokens: Int32Array;
}

/** Compares of tokens that one question may take, about a third of a millisecond. Beyond: doubt. */
const maxCompares = 1 << 18;

// Wild tokens are negative, so that they are never code points.
const one = -1;
const star = -2;
const deep = -3;
/** Stands before `deep` and a slash, and may leave both out: a whole segment `**` before another. */
const skip = -4;

const slash = 0x2f;
const dot = 0x2e;

export function parseGlob(source: string): Glob {
  return compiled(source, tokensOf(source));
}

/** Does this exact path belong to the glob? False also for paths beyond the bounds. */
export function matchesGlob(path: string, glob: Glob): boolean {
  return mustMatch({ form: "resolved", path }, glob);
}

/** May the target, or with `recursive` something below it, belong to the glob? True in doubt. */
export function mayMatch(target: Target, glob: Glob, recursive = false): boolean {
  const reach = reachOf(target, recursive);
  return reach === undefined || reach.some((paths) => mayOverlap(paths, glob));
}

/**
 * Does the target, and with `recursive` everything below it, belong to the glob for certain? Of a
 * pattern only what is plain token by token is believed, so false is no proof of the contrary.
 */
export function mustMatch(target: Target, glob: Glob, recursive = false): boolean {
  const reach = reachOf(target, recursive);
  return reach?.every((paths) => isWithin(paths, glob)) ?? false;
}

/**
 * The paths that a target may be, and with `recursive` those below it as a second glob; undefined:
 * any path at all.
 */
export function reachOf(target: Target, recursive: boolean): readonly Glob[] | undefined {
  const paths = pathsOf(target);
  if (paths === undefined) return undefined;
  return recursive ? [paths, below(paths)] : [paths];
}

/** The direct children of a folder. */
export function childrenOf(folder: string): Glob {
  const begin = slashed(folder);
  const ends = { source: `${begin}*`, prefix: begin, suffix: "", isOpen: false };
  return new LazyGlob(ends, () => [...codePointsOf(begin), star]);
}

function slashed(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

/**
 * The deepest folder that certainly holds every path that the target may be; `direct`: as its child
 * and not deeper. undefined: none is known.
 */
export function folderOf(target: Target): { folder: string; direct: boolean } | undefined {
  if (target.form === "resolved") {
    return target.path === "/" ? undefined : { folder: parentOf(target.path), direct: true };
  }
  const paths = pathsOf(target);
  if (paths === undefined) return undefined;
  const rest = paths.tokens.subarray(paths.literal);
  const direct = !rest.some((token) => token === slash || token === deep);
  return { folder: parentOf(paths.prefix), direct };
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Have the two globs a path in common? True in doubt. */
export function mayOverlap(a: Glob, b: Glob): boolean {
  if (!areAlike(a, b)) return false;
  if (a.isOpen && b.prefix.startsWith(a.prefix)) return true;
  if (b.isOpen && a.prefix.startsWith(b.prefix)) return true;
  return isTooMuch(a, b) || intersects(a, b);
}

/** Can the two globs have a path in common, by their beginnings and ends alone? */
export function areAlike(a: Glob, b: Glob): boolean {
  return (
    (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)) &&
    (a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix))
  );
}

function pathsOf({ form, path }: Target): Glob | undefined {
  switch (form) {
    case "resolved":
      return exactly(path);
    case "pattern": {
      const tokens = tokensOf(path);
      return mayClimb(tokens) ? undefined : compiled(path, withoutWidths(tokens));
    }
    case "unresolved":
      return undefined;
  }
}

/** One path. */
function exactly(path: string): Glob {
  const ends = { source: path, prefix: path, suffix: path, isOpen: false };
  return new LazyGlob(ends, () => codePointsOf(path));
}

/** Everything below the members. */
function below(paths: Glob): Glob {
  const { source, prefix } = paths;
  const isLiteral = source === prefix || paths.literal === paths.tokens.length;
  const begin = isLiteral ? slashed(prefix) : prefix;
  const ends = { source: `${source}/**`, prefix: begin, suffix: "", isOpen: isLiteral };
  return new LazyGlob(ends, () => {
    const tail = paths.tokens.at(-1) === slash ? [deep] : [slash, deep];
    return [...paths.tokens, ...tail];
  });
}

type Ends = Omit<Glob, "literal" | "tokens">;

/**
 * Makes the tokens when they are asked for: mostly the ends say enough. A class, since thousands of
 * these are made for one question, and objects with getters are slow to make.
 */
class LazyGlob implements Glob {
  readonly source: string;
  readonly prefix: string;
  readonly suffix: string;
  readonly isOpen: boolean;
  readonly #tokensOnce: () => readonly number[];
  #compiled: Glob | undefined;

  constructor({ source, prefix, suffix, isOpen }: Ends, tokensOnce: () => readonly number[]) {
    this.source = source;
    this.prefix = prefix;
    this.suffix = suffix;
    this.isOpen = isOpen;
    this.#tokensOnce = tokensOnce;
  }

  get literal(): number {
    return this.#compile().literal;
  }

  get tokens(): Int32Array {
    return this.#compile().tokens;
  }

  #compile(): Glob {
    this.#compiled ??= compiled(this.source, this.#tokensOnce());
    return this.#compiled;
  }
}

function compiled(source: string, tokens: readonly number[]): Glob {
  const wild = tokens.findIndex((token) => token < 0);
  const literal = wild < 0 ? tokens.length : wild;
  return {
    source,
    prefix: textOf(tokens.slice(0, literal)),
    suffix: textOf(tokens.slice(suffixStart(tokens))),
    isOpen: tokens.length === literal + 1 && tokens[literal] === deep,
    literal,
    tokens: Int32Array.from(tokens),
  };
}

function textOf(codePoints: readonly number[]): string {
  let text = "";
  for (const codePoint of codePoints) text += String.fromCodePoint(codePoint);
  return text;
}

function codePointsOf(text: string): number[] {
  const codePoints: number[] = [];
  for (const character of text) codePoints.push(character.codePointAt(0) ?? 0);
  return codePoints;
}

/** Behind the last wild token; a slash that `skip` may leave out is not part of every member. */
function suffixStart(tokens: readonly number[]): number {
  const last = tokens.findLastIndex((token) => token < 0);
  return tokens[last - 1] === skip ? last + 2 : last + 1;
}

function tokensOf(source: string): number[] {
  const characters = [...source];
  const tokens: number[] = [];
  for (let i = 0; i < characters.length; i += 1) {
    const character = characters[i] ?? "";
    if (character === "*") {
      let stars = 1;
      while (characters[i + stars] === "*") stars += 1;
      i += stars - 1;
      const startsSegment = tokens.length === 0 || tokens.at(-1) === slash;
      if (stars === 1) tokens.push(star);
      else if (startsSegment && characters[i + 1] === "/") {
        tokens.push(skip, deep, slash);
        i += 1;
      } else tokens.push(deep);
    } else if (character === "?") tokens.push(one);
    else if (character === "\\" && i + 1 < characters.length) {
      i += 1;
      tokens.push(characters[i]?.codePointAt(0) ?? 0);
    } else tokens.push(character.codePointAt(0) ?? 0);
  }
  return tokens;
}

/**
 * A shell without a UTF-8 locale takes `?` for one byte, so that `??` is also one letter of two
 * bytes: a run of `?` is one character or more.
 */
function withoutWidths(tokens: readonly number[]): number[] {
  const widened: number[] = [];
  for (const token of tokens) {
    const inRun = token === one && (widened.at(-1) === one || widened.at(-1) === star);
    if (!inRun) widened.push(token);
    else if (widened.at(-1) === one) widened.push(star);
  }
  return widened;
}

/** `.*`, `.?` and `..*` are also `..` in some shells, and then the path is another folder's. */
function mayClimb(tokens: readonly number[]): boolean {
  return tokens.some((token, i) => {
    if (token !== slash || tokens[i + 1] !== dot) return false;
    const second = tokens[i + 2] ?? slash;
    const third = tokens[i + 3] ?? slash;
    return second < 0 || (second === dot && (third === star || third === deep));
  });
}

function isTooMuch(a: Glob, b: Glob): boolean {
  return (a.tokens.length + 1) * (b.tokens.length + 1) > maxCompares;
}

/** Are all paths of the first in the second, for certain? */
export function isWithin(paths: Glob, glob: Glob): boolean {
  if (!paths.prefix.startsWith(glob.prefix) || !paths.suffix.endsWith(glob.suffix)) return false;
  if (glob.isOpen) return true;
  if (isTooMuch(paths, glob)) return false;
  return covers(glob, withoutSkips(paths.tokens));
}

/** `skip` `deep` `/` as plain `deep`, which is more: each token stands for itself alone then. */
function withoutSkips(tokens: Int32Array): Int32Array {
  if (!tokens.includes(skip)) return tokens;
  return tokens.filter((token, i) => token !== skip && tokens[i - 2] !== skip);
}

/**
 * Runs the glob as a nondeterministic automaton over the subject's tokens, a wild one of which must
 * be taken by a token that takes all that it stands for. For a subject without wild tokens this is
 * plain matching. Both start with the glob's prefix.
 */
function covers({ literal, tokens: glob }: Glob, subject: Int32Array): boolean {
  let states = new Uint8Array(glob.length + 1);
  let next = new Uint8Array(glob.length + 1);
  states[literal] = 1;
  skipAhead(glob, states);
  for (let i = literal; i < subject.length; i += 1) {
    const token = subject[i] ?? skip;
    for (let j = literal; j < glob.length; j += 1) {
      const own = glob[j] ?? skip;
      if (states[j] === 1 && takes(own, token)) next[isLoop(own) ? j : j + 1] = 1;
    }
    skipAhead(glob, next);
    [states, next] = [next, states];
    next.fill(0);
  }
  return states[glob.length] === 1;
}

function takes(own: number, token: number): boolean {
  if (own >= 0) return token === own;
  if (own === deep) return true;
  if (own === skip || token === slash || token === deep) return false;
  return own === star || token !== star;
}

function isLoop(token: number): boolean {
  return token === star || token === deep;
}

/** Adds the states that need no character. */
function skipAhead(glob: Int32Array, states: Uint8Array): void {
  for (let j = 0; j < glob.length; j += 1) {
    const token = glob[j] ?? 0;
    if (states[j] !== 1 || token >= one) continue;
    states[j + 1] = 1;
    if (token === skip) states[j + 3] = 1;
  }
}

/**
 * Reachability in the product of both automata: every move leads to a later row or column. The
 * shorter prefix is one of both.
 */
function intersects(first: Glob, second: Glob): boolean {
  const { tokens: a } = first;
  const { tokens: b } = second;
  const start = Math.min(first.literal, second.literal);
  const width = b.length + 1;
  const reached = new Uint8Array((a.length + 1) * width);
  reached[start * width + start] = 1;
  for (let i = start; i <= a.length; i += 1) {
    for (let j = start; j <= b.length; j += 1) {
      if (reached[i * width + j] !== 1) continue;
      const left = a[i] ?? 0;
      const right = b[j] ?? 0;
      if (left < one) reached[(i + 1) * width + j] = 1;
      if (left === skip) reached[(i + 3) * width + j] = 1;
      if (right < one) reached[i * width + j + 1] = 1;
      if (right === skip) reached[i * width + j + 3] = 1;
      if (i === a.length || j === b.length || !haveCommon(left, right)) continue;
      reached[(isLoop(left) ? i : i + 1) * width + (isLoop(right) ? j : j + 1)] = 1;
    }
  }
  return reached.at(-1) === 1;
}

/** Is there a character that both tokens take? */
function haveCommon(a: number, b: number): boolean {
  if (a === skip || b === skip) return false;
  if (a >= 0 && b >= 0) return a === b;
  if (a === slash) return b === deep;
  if (b === slash) return a === deep;
  return true;
}
