// The one set of rules by which every analyser resolves a path: lexical and pure, no file is looked at.

import type { ExecutionContext } from "../core/call.ts";
import type { Target } from "../core/effect.ts";

/** Linux PATH_MAX. A longer path names nothing; a longer text is no help in a record either. */
const maxPathLength = 4_096;

/**
 * Which `..` may be resolved by dropping the component before it. The kernel follows links first
 * (path_resolution(7)), so the answer depends on what may be a link.
 * `any`: the executor confines paths, so a link changes nothing that matters.
 * `cwd`: those that climb from the working folder, which is physical, as getcwd(3) gives it.
 * `none`: the working folder was reached by names that may be links.
 */
export type Parents = "any" | "cwd" | "none";

/** What a relative path is resolved against. */
export interface PathBase {
  /** Absolute; undefined: not known. */
  readonly cwd: string | undefined;
  readonly parents: Parents;
}

/** How paths of a call are resolved before anything in it has changed folder. */
export function baseOf({ cwd, confinedTo }: ExecutionContext): PathBase {
  return { cwd, parents: confinedTo === undefined ? "cwd" : "any" };
}

/** A path whose text is exactly known. */
export function resolvePath(path: string, base: PathBase): Target {
  const resolved = normalise(path, base);
  return resolved === undefined ? unresolved(path) : { form: "resolved", path: resolved };
}

/** A glob in the syntax of `Target` patterns, relative or absolute. */
export function resolvePattern(pattern: string, base: PathBase): Target {
  const cwd = base.cwd === undefined ? undefined : quotePattern(base.cwd);
  const resolved = normalise(pattern, { ...base, cwd });
  return resolved === undefined ? unresolved(pattern) : { form: "pattern", path: resolved };
}

/** It may be any path; `source` is what stands in the call. */
export function unresolved(source: string): Target {
  return { form: "unresolved", path: source.slice(0, maxPathLength) };
}

/** Text as a `Target` pattern that matches it alone. */
export function quotePattern(text: string): string {
  return text.replace(/[*?\\]/g, "\\$&");
}

/** Is `path` the folder or below it? Both absolute and normal. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

function normalise(path: string, base: PathBase): string | undefined {
  if (path === "" || path.length > maxPathLength || path.includes("\0")) return undefined;
  const absolute = path.startsWith("/");
  if (!absolute && !base.cwd?.startsWith("/")) return undefined;
  const start = absolute ? [] : (base.cwd ?? "").split("/").filter((name) => name !== "");
  return join(start, path.split("/"), base.parents);
}

function join(start: string[], names: readonly string[], parents: Parents): string | undefined {
  const path = [...start];
  // How many components at the front of `path` are known not to be links.
  let physical = parents === "cwd" ? path.length : 0;
  for (const name of names) {
    if (name === "" || name === ".") continue;
    if (name !== "..") path.push(name);
    else if (path.length > 0) {
      if (parents !== "any" && path.length > physical) return undefined;
      path.pop();
      physical = Math.min(physical, path.length);
    }
  }
  return `/${path.join("/")}`;
}
