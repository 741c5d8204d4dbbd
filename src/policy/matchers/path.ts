// path: what it touches, either end of a move. `path: ["${workspace}/", /tmp/**]`.

import { z } from "zod";
import { type Glob, isWithin, mayOverlap, parseGlob } from "../../core/target.ts";
import { type End, kindsWithPath } from "../context.ts";
import { expandGlob } from "../roots.ts";
import { oneOrMore, shape, shorthand } from "../shape.ts";
import { type CompileEnv, type Matcher, matcher } from "./matcher.ts";

/** Longer ones are no paths (PATH_MAX), and matching costs the product of two lengths. */
const maxGlobLength = 1024;

const glob = z
  .string("Write a path.")
  .max(maxGlobLength, `Write at most ${maxGlobLength} characters.`)
  .regex(
    /^(\/|\$\{[a-z]+\}(\/|$))/,
    "Begin it with / or a root such as ${workspace}/; /**/ is any folder.",
  )
  .refine(
    (source) => !/\/(\.|\.\.|)(\/|$)/.test(source.replace(/\/$/, "")),
    "Write it without `.`, `..` and empty components: nothing has such a path.",
  );

const globs = oneOrMore(glob);

/**
 * Globs over absolute paths, case and all: `*` any run of characters but slashes, `?` one of them,
 * `**` any run of characters, a component `**` any number of folders, a backslash quotes. `/a/**` is
 * what is below `/a`; `/a/`, with the slash at its end, is `/a` and what is below it.
 *
 * A pattern may touch whatever fits both; an unresolved target any path, or any path in the folder
 * that the call is confined to. An effect without a path (connect, privilege, most programs) matches
 * nothing.
 */
export const path = matcher({
  schema: shorthand(
    "in",
    shape({
      /** What it touches: the target, and of a recursive effect whatever is below. */
      in: globs.optional(),
      /** The target alone: `rm -r /` is at the top `/`, and in every folder. */
      top: globs.optional(),
    }).refine((named) => Object.keys(named).length > 0, "Name `in` or `top`."),
  ),
  cost: 5,
  kinds: () => kindsWithPath,
  compile({ in: within, top }, env) {
    const tests: Matcher[] = [];
    if (top !== undefined) tests.push(endsIn(compileGlobs(top, env), (end) => end.top));
    if (within !== undefined) tests.push(endsIn(compileGlobs(within, env), (end) => end.reach));
    return {
      may: (context) => tests.every(({ may }) => may(context)),
      must: (context) => tests.every(({ must }) => must(context)),
    };
  },
});

interface PathGlob {
  readonly glob: Glob;
  // Cheap tests before the dear one.
  /** A text that every member holds, behind the prefix. */
  readonly needle: string;
  /** How many slashes every member has; undefined: that differs. */
  readonly depth: number | undefined;
}

function compileGlobs(sources: readonly string[], { roots }: CompileEnv): readonly PathGlob[] {
  return sources
    .flatMap((source) => expandGlob(source, roots))
    .flatMap((source) =>
      source.length > 1 && source.endsWith("/") ? [source.slice(0, -1), `${source}**`] : [source],
    )
    .map((source) => pathGlob(parseGlob(source)));
}

function pathGlob(glob: Glob): PathGlob {
  const { source } = glob;
  const depth = source.includes("**") ? undefined : depthOf(source);
  return { glob, depth, needle: needleOf(glob) };
}

function depthOf(path: string): number {
  let slashes = 0;
  for (let i = 0; i < path.length; i += 1) if (path.charCodeAt(i) === 0x2f) slashes += 1;
  return slashes;
}

/** The longest run of literal characters behind the first wildcard. */
function needleOf({ tokens, literal }: Glob): string {
  let longest = "";
  let run = "";
  for (const token of tokens.subarray(literal)) {
    run = token < 0 ? "" : run + String.fromCodePoint(token);
    if (run.length > longest.length) longest = run;
  }
  return longest;
}

type Reach = readonly Glob[] | undefined;

/** Either end may be in the globs; every end must be. */
function endsIn(globs: readonly PathGlob[], reachOf: (end: End) => Reach): Matcher {
  return {
    may: ({ ends }) => ends.some((end) => mayBeIn(reachOf(end), globs)),
    must: ({ ends }) => ends.length > 0 && ends.every((end) => mustBeIn(reachOf(end), globs)),
  };
}

function mayBeIn(reach: Reach, globs: readonly PathGlob[]): boolean {
  return reach?.some((paths) => globs.some((one) => meets(paths, one))) ?? true;
}

function mustBeIn(reach: Reach, globs: readonly PathGlob[]): boolean {
  return reach?.every((paths) => globs.some((one) => isInside(paths, one))) ?? false;
}

function meets(paths: Glob, one: PathGlob): boolean {
  return (!isOnePath(paths) || mayHold(one, paths.prefix)) && mayOverlap(paths, one.glob);
}

function isInside(paths: Glob, one: PathGlob): boolean {
  if (isOnePath(paths)) return mayHold(one, paths.prefix) && isWithin(paths, one.glob);
  // A tree has paths of every depth, and what they all have in common stands in the first.
  if (paths.isOpen && (one.depth !== undefined || !paths.prefix.includes(one.needle))) return false;
  return isWithin(paths, one.glob);
}

function isOnePath({ source, prefix }: Glob): boolean {
  return source === prefix;
}

/** False: the path is certainly not in the glob. */
function mayHold({ glob, needle, depth }: PathGlob, path: string): boolean {
  if (!path.startsWith(glob.prefix) || !path.includes(needle)) return false;
  return depth === undefined || depth === depthOf(path);
}
