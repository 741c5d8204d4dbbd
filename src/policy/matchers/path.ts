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
  /** The text that every member ends with: the cheap test before the dear one. */
  readonly suffix: string;
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
  const lastWild = glob.tokens.findLastIndex((token) => token < 0);
  const tail = glob.tokens.subarray(lastWild + 1);
  return { glob, suffix: Array.from(tail, (token) => String.fromCodePoint(token)).join("") };
}

/** Either end may be in the globs; every end must be. */
function endsIn(
  globs: readonly PathGlob[],
  pathsOf: (end: End) => readonly Glob[] | undefined,
): Matcher {
  return {
    may: ({ ends }) => ends.some((end) => mayBeIn(pathsOf(end), globs)),
    must: ({ ends }) => ends.length > 0 && ends.every((end) => mustBeIn(pathsOf(end), globs)),
  };
}

function mayBeIn(reach: readonly Glob[] | undefined, globs: readonly PathGlob[]): boolean {
  if (reach === undefined) return true;
  return reach.some((paths) => {
    const exact = isExact(paths);
    return globs.some(
      ({ glob, suffix }) => (!exact || paths.source.endsWith(suffix)) && mayOverlap(paths, glob),
    );
  });
}

function mustBeIn(reach: readonly Glob[] | undefined, globs: readonly PathGlob[]): boolean {
  if (reach === undefined) return false;
  return reach.every((paths) => globs.some(({ glob }) => isWithin(paths, glob)));
}

/** One path: its prefix is all of it. */
function isExact({ source, prefix }: Glob): boolean {
  return source === prefix;
}
