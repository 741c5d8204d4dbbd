// path: what it touches, either end of a move. `path: ["${workspace}/", /tmp/**]`.

import { z } from "zod";
import { type Glob, isWithin, mayOverlap, parseGlob } from "../../core/target.ts";
import type { EffectContext, End } from "../context.ts";
import { expandGlob } from "../roots.ts";
import { oneOrMore } from "../shape.ts";
import { type CompileEnv, matcher } from "./matcher.ts";

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

/**
 * Globs over absolute paths, case and all: `*` any run of characters but slashes, `?` one of them,
 * `**` any run of characters, a component `**` any number of folders, a backslash quotes. `/a/**` is
 * what is below `/a`; `/a/`, with the slash at its end, is `/a` and what is below it.
 *
 * A recursive effect may touch everything below its target. A pattern may touch whatever fits both; an
 * unresolved target any path, or any path in the folder that the call is confined to. An effect
 * without a path (connect, privilege, unknown, most programs) matches nothing.
 */
export const path = matcher({
  schema: oneOrMore(glob),
  cost: 5,
  kinds: () => [
    "read",
    "list",
    "write",
    "truncate",
    "delete",
    "move",
    "permission",
    "discard",
    "execute",
    "unknown",
  ],
  compile(sources, env) {
    const globs = sources.flatMap((source) => compileGlob(source, env));
    return {
      may: ({ ends }: EffectContext) => ends.some((end) => mayBeIn(end, globs)),
      must: ({ ends }: EffectContext) =>
        ends.length > 0 && ends.every((end) => mustBeIn(end, globs)),
    };
  },
});

export interface PathGlob {
  readonly glob: Glob;
  /** The text that every member ends with: the cheap test before the dear one. */
  readonly suffix: string;
}

export function compileGlob(source: string, { roots }: CompileEnv): readonly PathGlob[] {
  return expandGlob(source, roots)
    .flatMap((expanded) =>
      expanded.length > 1 && expanded.endsWith("/")
        ? [expanded.slice(0, -1), `${expanded}**`]
        : [expanded],
    )
    .map((expanded) => pathGlob(parseGlob(expanded)));
}

function pathGlob(glob: Glob): PathGlob {
  const lastWild = glob.tokens.findLastIndex((token) => token < 0);
  const tail = glob.tokens.subarray(lastWild + 1);
  return { glob, suffix: Array.from(tail, (token) => String.fromCodePoint(token)).join("") };
}

export function mayBeIn({ target, recursive, reach }: End, globs: readonly PathGlob[]): boolean {
  if (reach === undefined) return true;
  const exact = target.form === "resolved" && !recursive ? target.path : undefined;
  return globs.some(({ glob, suffix }) => {
    if (exact !== undefined && !exact.endsWith(suffix)) return false;
    return reach.some((paths) => mayOverlap(paths, glob));
  });
}

export function mustBeIn({ reach }: End, globs: readonly PathGlob[]): boolean {
  if (reach === undefined) return false;
  return reach.every((paths) => globs.some(({ glob }) => isWithin(paths, glob)));
}
