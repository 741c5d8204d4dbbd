// The rules that no policy removes: proctor's own files are not the agent's.

import type { Verdict } from "../core/decision.ts";
import type { Effect, EffectKind, Target } from "../core/effect.ts";
import { type Glob, mayOverlap, parseGlob, reachOf } from "../core/target.ts";
import { type EffectContext, seenThroughLinks } from "./context.ts";
import type { Rule } from "./rule.ts";

/**
 * Absolute paths, each a file or a folder with all that is in it. Where a path or a folder above it is
 * a link, give both spellings. Letter case makes no difference, as on file systems where it makes none.
 */
export interface ProtectedPaths {
  /** Not to be changed: the data folder, config, policies, installed hook settings, proctor's program. */
  readonly guarded: readonly string[];
  /** Not to be read either: token files, the database. */
  readonly secret: readonly string[];
  /**
   * The agents' own, where it lies in a guarded folder, as a workspace beside proctor's program does.
   * What is guarded in it or beside it stays so.
   */
  readonly free?: readonly string[];
}

const changing: ReadonlySet<EffectKind> = new Set([
  "write",
  "truncate",
  "delete",
  "move",
  "permission",
  "discard",
]);
const looking: ReadonlySet<EffectKind> = new Set(["read", "list"]);

/**
 * What may hit a protected path is denied: a path in it, a tree around it, a pattern that fits it. A
 * target of which nothing is known is asked about under an id of its own, since a guard that denies
 * every `rm "$x"` is switched off; where the call is confined to a folder that has nothing to do with
 * the protected paths, it cannot be one of them. Files of another machine are none of them.
 */
export function protectedPathRules({
  guarded,
  secret,
  free = [],
}: ProtectedPaths): readonly Rule[] {
  const reach = {
    unchanged: reachInto(placesOf([...guarded, ...secret], free)),
    unread: reachInto(placesOf(secret, free)),
  };
  return [
    builtIn("protected_path", "deny", changing, {
      holds: (context) => reach.unchanged(context) === "yes",
      reason:
        "This would change files of the guard that watches this session. They are not part of the task; leave them as they are and work in your workspace.",
    }),
    builtIn("protected_path_in_doubt", "ask", changing, {
      holds: (context) => reach.unchanged(context) === "in doubt",
      reason:
        "Which path this changes cannot be told, and it may be a file of the guard that watches this session. Write the path out.",
    }),
    builtIn("secret_path", "deny", looking, {
      holds: (context) => reach.unread(context) === "yes",
      reason:
        "This would read tokens or records of the guard that watches this session. They are not part of the task; leave them and go on without.",
    }),
    builtIn("secret_path_in_doubt", "ask", looking, {
      holds: (context) => reach.unread(context) === "in doubt",
      reason:
        "Which file this reads cannot be told, and it may hold tokens of the guard that watches this session. Write the path out.",
    }),
  ];
}

function builtIn(
  name: string,
  verdict: Verdict,
  kinds: ReadonlySet<EffectKind>,
  { holds, reason }: { holds: (context: EffectContext) => boolean; reason: string },
): Rule {
  return { id: `builtin:${name}`, verdict, mode: "enforce", reason, kinds, matches: holds };
}

/** A protected path, what the paths in it begin with, globs for both, and folders in it that are free. */
interface Place {
  readonly path: string;
  readonly below: string;
  readonly globs: readonly Glob[];
  readonly free: readonly string[];
  /** The same as patterns are written. */
  readonly freeGlobs: readonly string[];
}

function placesOf(paths: readonly string[], free: readonly string[]): readonly Place[] {
  return [...new Set(paths.map(folded))].map((path) => {
    const quoted = quotedGlob(path);
    const below = slashed(path);
    const inside = free.map(folded).filter((folder) => folder.startsWith(below));
    return {
      path,
      below,
      globs: [parseGlob(quoted), parseGlob(`${quoted}/**`)],
      free: inside,
      freeGlobs: inside.map(quotedGlob),
    };
  });
}

function quotedGlob(path: string): string {
  return path.replace(/[*?\\]/g, "\\$&");
}

/** What file systems that ignore case, and macOS in its forms of accents, take for the same name. */
function folded(path: string): string {
  const composed = /[^\u0000-\u007f]/.test(path) ? path.normalize("NFC") : path;
  return composed.toLowerCase();
}

function slashed(folder: string): string {
  return folder.endsWith("/") ? folder : `${folder}/`;
}

interface End {
  readonly target: Target;
  /** What is below the target is hit as well. */
  readonly tree: boolean;
}

type Reaching = "yes" | "in doubt" | "no";

/** Two rules ask the same of each effect, one after the other. */
function reachInto(places: readonly Place[]): (context: EffectContext) => Reaching {
  let last: EffectContext | undefined;
  let answer: Reaching = "no";
  return function lookedUp(context) {
    if (context !== last) answer = reachesInto(context, places);
    last = context;
    return answer;
  };
}

function reachesInto({ effect, call }: EffectContext, places: readonly Place[]): Reaching {
  if (call.context.filesystem === "remote" || places.length === 0) return "no";
  const ends = endsOf(effect);
  if (ends.some((end) => mayHit(end, places))) return "yes";
  if (isHarmlessInDoubt(effect) || !ends.some(isAnyPath)) return "no";
  const { confinedTo } = call.context;
  const isElsewhere = confinedTo !== undefined && !isAround(folded(confinedTo), true, places);
  return isElsewhere ? "no" : "in doubt";
}

/** Names give nothing away, and what git discards without naming it is another repository's. */
function isHarmlessInDoubt({ kind }: Effect): boolean {
  return kind === "list" || kind === "discard";
}

function endsOf(effect: Effect): readonly End[] {
  switch (effect.kind) {
    case "read":
    case "write":
    case "truncate":
    case "delete":
    case "permission":
    case "discard":
      return [{ target: effect.target, tree: effect.recursive }];
    // That a listing from above shows the names of token files gives nothing away.
    case "list":
      return [{ target: effect.target, tree: false }];
    // A folder moves with all that is in it, said or not.
    case "move":
      return [
        { target: effect.target, tree: true },
        { target: effect.destination, tree: effect.recursive },
      ];
    case "execute":
    case "connect":
    case "privilege":
    case "unknown":
      return [];
  }
}

function mayHit({ target, tree }: End, places: readonly Place[]): boolean {
  const path = folded(target.path);
  switch (target.form) {
    case "resolved":
      return isAround(path, tree, places);
    case "pattern": {
      const reach = reachOf({ form: "pattern", path }, tree) ?? [];
      const near = places.filter((place) => !isFree(path, place.freeGlobs));
      return reach.some((paths) => near.some((place) => overlaps(paths, place)));
    }
    case "unresolved":
      return false;
  }
}

/** In one of these folders, whatever its wildcards stand for. */
function isFree(path: string, folders: readonly string[]): boolean {
  if (path.split("/").includes("..")) return false;
  return folders.some((folder) => path === folder || path.startsWith(slashed(folder)));
}

function overlaps(paths: Glob, { globs }: Place): boolean {
  return globs.some((glob) => mayOverlap(paths, glob));
}

function isAnyPath({ target }: End): boolean {
  return reachOf(seenThroughLinks(target), false) === undefined;
}

/** In a place, or with `tree` around one. */
function isAround(path: string, tree: boolean, places: readonly Place[]): boolean {
  const below = slashed(path);
  return places.some(
    (place) =>
      ((path === place.path || path.startsWith(place.below)) && !isFree(path, place.free)) ||
      (tree && place.path.startsWith(below)),
  );
}
