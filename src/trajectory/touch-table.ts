// Bounded tables of what was done to which paths, and the questions what may and must be in them.

import type { Target } from "../core/effect.ts";
import {
  areAlike,
  childrenOf,
  folderOf,
  type Glob,
  mayOverlap,
  parseGlob,
  reachOf,
} from "../core/target.ts";
import { bitOf, brought, everyBit, listing, type Touched } from "./touch.ts";

/** Bounds of one table. What finds no room is remembered as a doubt about every path. */
export const touchLimits = {
  maxPaths: 4096,
  maxPatterns: 128,
  /** Of all paths together, UTF-16 code units. */
  maxCharacters: 256 * 1024,
  /** PATH_MAX of Linux: longer paths are not kept, and not asked after. */
  maxPathLength: 4096,
  /** Folders above a path that are looked up. */
  maxDepth: 256,
  /** Compares of tokens for one question, about a fifth of a millisecond. */
  maxCompares: 1 << 17,
} as const;

export interface TouchTable {
  /** Path -> bits: the path itself. */
  readonly paths: Map<string, number>;
  /** Path -> bits: the path and everything below it. */
  readonly trees: Map<string, number>;
  readonly patterns: PatternTouch[];
  /** Bits that may hold for any path: unresolved targets, and what found no room. */
  anywhere: number;
  /** Bits that `unknown` effects may have set for any path, though no call says so. */
  unseen: number;
  /** Every bit in the table but the unseen ones. */
  any: number;
  characters: number;
}

interface PatternTouch {
  readonly path: string;
  readonly recursive: boolean;
  bits: number;
  readonly reach: readonly Glob[];
}

export function emptyTable(): TouchTable {
  return {
    paths: new Map(),
    trees: new Map(),
    patterns: [],
    anywhere: 0,
    unseen: 0,
    any: 0,
    characters: 0,
  };
}

/** Everything is in doubt. */
export function doubtEverything(table: TouchTable): void {
  table.anywhere = everyBit;
  table.any = everyBit;
}

export function mark(table: TouchTable, { bits, target, recursive }: Touched): void {
  // Only an `unknown` effect has every bit.
  if (bits === everyBit) {
    table.unseen |= bits;
    return;
  }
  table.any |= bits;
  switch (target.form) {
    case "resolved":
      // A folder that is new has nothing in it that was not put there since.
      if (recursive) markPath(table, table.trees, target.path, bits);
      else {
        markPath(table, table.paths, target.path, bits);
        const created = bits & bitOf.created;
        if (created !== 0) markPath(table, table.trees, target.path, created);
      }
      return;
    case "pattern":
      markPattern(table, target, recursive, bits);
      return;
    case "unresolved":
      table.anywhere |= bits;
      return;
  }
}

function markPath(table: TouchTable, paths: Map<string, number>, path: string, bits: number): void {
  const known = paths.get(path);
  if (known !== undefined) paths.set(path, known | bits);
  else if (hasRoom(table, path)) {
    table.characters += path.length;
    paths.set(path, bits);
  } else table.anywhere |= bits;
}

function hasRoom({ paths, trees, characters }: TouchTable, path: string): boolean {
  return (
    paths.size + trees.size < touchLimits.maxPaths &&
    path.length <= touchLimits.maxPathLength &&
    characters + path.length <= touchLimits.maxCharacters
  );
}

function markPattern(table: TouchTable, target: Target, recursive: boolean, bits: number): void {
  const { path } = target;
  const isKnown = table.patterns.some(
    (known) => known.path === path && known.recursive === recursive && known.bits === bits,
  );
  if (isKnown) return;
  const reach = patternReach(target, recursive, bits);
  const hasRoom =
    path.length <= touchLimits.maxPathLength && table.patterns.length < touchLimits.maxPatterns;
  if (reach === undefined || !hasRoom) table.anywhere |= bits;
  else table.patterns.push({ path, recursive, bits, reach });
}

function patternReach(
  target: Target,
  recursive: boolean,
  bits: number,
): readonly Glob[] | undefined {
  const reach = reachOf(target, recursive || (bits & bitOf.created) !== 0);
  if (reach === undefined || (bits & listing) === 0) return reach;
  return [...reach, parseGlob(`${target.path}/*`)];
}

/**
 * Is one of the bits certain for every path that the target may be, by what is `done`? A new folder is
 * not believed to hold new things alone once a move, by what was `attempted`, may have brought others.
 */
export function mustBeTouched(
  done: TouchTable,
  attempted: readonly TouchTable[],
  { bits, target, recursive }: Omit<Touched, "certain">,
): boolean {
  if (mustBeIn(done, bits & ~bitOf.created, target, recursive)) return true;
  if (!mustBeIn(done, bits & bitOf.created, target, recursive)) return false;
  return !attempted.some((table) => mayBeIn(table, brought, target, recursive, true));
}

/**
 * Is one of the bits certain for every path that the target may be? Only what is in the table as an
 * exact path is believed: a path itself; everything below a tree; the direct children of a listed
 * folder; and what was read as a file has nothing below it.
 */
function mustBeIn(table: TouchTable, bits: number, target: Target, recursive: boolean): boolean {
  if ((table.any & bits) === 0 || target.path.length > touchLimits.maxPathLength) return false;
  if (target.form === "resolved") {
    if (inTree(table, bits, target.path) === "yes") return true;
    const own = (table.paths.get(target.path) ?? 0) & bits;
    if (own !== 0 && (!recursive || (own & bitOf.read) !== 0)) return true;
  }
  const parent = folderOf(target);
  if (parent === undefined) return false;
  if (inTree(table, bits, parent.folder) === "yes") return true;
  if (recursive || !parent.direct) return false;
  return isListed(table, bits, parent.folder);
}

/**
 * May one of the bits hold for a path that the target may be? True in doubt; `said`: of what calls say
 * that they do, so that `unknown` effects leave no doubt.
 */
export function mayBeIn(
  table: TouchTable,
  bits: number,
  target: Target,
  recursive: boolean,
  said = false,
): boolean {
  if (!said && (table.unseen & bits) !== 0) return true;
  if ((table.any & bits) === 0) return false;
  if ((table.anywhere & bits) !== 0 || target.path.length > touchLimits.maxPathLength) return true;
  if (target.form === "resolved" && mayBePath(table, bits, target, recursive)) return true;
  if (target.form === "resolved" && table.patterns.length === 0) return false;
  const reach = reachOf(target, recursive);
  if (reach === undefined) return true;
  const meets = meeting(reach);
  if (target.form === "pattern" && mayMeetPath(table, bits, reach, meets)) return true;
  return table.patterns.some((own) => (own.bits & bits) !== 0 && meets(own.reach));
}

function mayBePath(table: TouchTable, bits: number, target: Target, recursive: boolean): boolean {
  if (((table.paths.get(target.path) ?? 0) & bits) !== 0) return true;
  if (inTree(table, bits, target.path) !== "no") return true;
  if (isListed(table, bits, folderOf(target)?.folder)) return true;
  return recursive && hasBelow(table, bits, target.path);
}

/** Do the bits hold for the children of a folder since the folder was listed? */
function isListed({ paths }: TouchTable, bits: number, folder: string | undefined): boolean {
  return folder !== undefined && ((paths.get(folder) ?? 0) & bits & listing) !== 0;
}

/** Is a folder at or above the path in the table as a tree? */
function inTree({ trees }: TouchTable, bits: number, path: string): "yes" | "no" | "too deep" {
  if (trees.size === 0) return "no";
  let folder = path;
  for (let depth = 0; depth < touchLimits.maxDepth; depth += 1) {
    if (((trees.get(folder) ?? 0) & bits) !== 0) return "yes";
    if (folder === "/" || folder === "") return "no";
    folder = folder.slice(0, folder.lastIndexOf("/")) || "/";
  }
  return "too deep";
}

function hasBelow({ paths, trees }: TouchTable, bits: number, folder: string): boolean {
  const prefix = folder === "/" ? "/" : `${folder}/`;
  for (const table of [paths, trees]) {
    for (const [path, own] of table) if ((own & bits) !== 0 && path.startsWith(prefix)) return true;
  }
  return false;
}

type Meets = (paths: readonly Glob[]) => boolean;

/** What compiling a path costs, in compares for each of its tokens. */
const compileCost = 8;

/** Asks whether globs have a path in common with `reach`: yes, too, when the work becomes too much. */
function meeting(reach: readonly Glob[]): Meets {
  let compares = 0;
  return function meets(paths) {
    for (const one of paths) {
      for (const other of reach) {
        if (!areAlike(one, other)) continue;
        compares += one.tokens.length * (other.tokens.length + compileCost);
        if (compares > touchLimits.maxCompares || mayOverlap(one, other)) return true;
      }
    }
    return false;
  };
}

function mayMeetPath(
  { paths, trees }: TouchTable,
  bits: number,
  reach: readonly Glob[],
  meets: Meets,
): boolean {
  // Most paths are elsewhere, and not worth an object.
  const isNear = (path: string) =>
    reach.some(({ prefix }) => path.startsWith(prefix) || prefix.startsWith(path));
  for (const [path, own] of paths) {
    if ((own & bits) !== 0 && isNear(path) && meets(entryReach(path, own & bits))) return true;
  }
  for (const [path, own] of trees) {
    if ((own & bits) !== 0 && isNear(path) && meets(resolvedReach(path, true))) return true;
  }
  return false;
}

/** A listed folder stands for its direct children too. */
function entryReach(path: string, bits: number): readonly Glob[] {
  const own = resolvedReach(path, false);
  return (bits & listing) === 0 ? own : [...own, childrenOf(path)];
}

function resolvedReach(path: string, recursive: boolean): readonly Glob[] {
  return reachOf({ form: "resolved", path }, recursive) ?? [];
}

/** As plain data: `patterns` are compiled anew. */
export interface StoredTable {
  readonly paths: readonly (readonly [string, number])[];
  readonly trees: readonly (readonly [string, number])[];
  readonly patterns: readonly Omit<PatternTouch, "reach">[];
  readonly anywhere: number;
  readonly unseen: number;
  readonly any: number;
}

export function storedTable(table: TouchTable): StoredTable {
  const { paths, trees, patterns, anywhere, unseen, any } = table;
  return {
    paths: [...paths],
    trees: [...trees],
    patterns: patterns.map(({ path, recursive, bits }) => ({ path, recursive, bits })),
    anywhere,
    unseen,
    any,
  };
}

export function restoredTable(stored: StoredTable): TouchTable {
  const { paths, trees, patterns, anywhere, unseen, any } = stored;
  const table: TouchTable = { ...emptyTable(), anywhere, unseen, any };
  for (const [path, bits] of paths) markPath(table, table.paths, path, bits);
  for (const [path, bits] of trees) markPath(table, table.trees, path, bits);
  for (const { path, recursive, bits } of patterns) {
    markPattern(table, { form: "pattern", path }, recursive, bits);
  }
  return table;
}
