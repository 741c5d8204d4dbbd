// Words as paths, seen from the shell's current folder.

import type { Target } from "../../core/effect.ts";
import {
  isWithin,
  type Parents,
  quotePattern,
  resolvePath,
  resolvePattern,
  unresolved,
} from "../paths.ts";
import type { Shell } from "./shell.ts";
import { isKnown, type Text } from "./text.ts";

/** A path, and where it is instead if the current folder is not the one it seems to be. */
export interface Located {
  readonly target: Target;
  readonly otherwise?: Target;
}

/** `source` is what stands in the script, for a path that is not known. */
export function locate(shell: Shell, text: Text, source: string): Located {
  if (shell.elsewhere !== undefined) {
    return { target: unresolved(`${shell.elsewhere}:${isKnown(text) ? text : source}`) };
  }
  const { path, otherwise } = shell.state.folder;
  const target = locateIn(shell, path, text, source);
  if (otherwise === undefined || startsAtRoot(text)) return { target };
  return { target, otherwise: locateIn(shell, otherwise ?? undefined, text, source) };
}

function locateIn(shell: Shell, cwd: string | undefined, text: Text, source: string): Target {
  const base = { cwd, parents: parentsOf(shell, cwd) };
  if (isKnown(text)) return resolvePath(text, base);
  const pattern = patternOf(text);
  return pattern === undefined ? unresolved(source) : resolvePattern(pattern, base);
}

/**
 * The folder that the call began in is physical, and so are those above it. One that the script
 * went to by name may have been reached through a link.
 */
function parentsOf({ run: { context } }: Shell, cwd: string | undefined): Parents {
  if (context.confinedTo !== undefined) return "any";
  if (cwd === undefined || context.cwd === undefined) return "none";
  return isWithin(context.cwd, cwd) ? "cwd" : "none";
}

function patternOf(text: Exclude<Text, string>): string | undefined {
  let pattern = "";
  for (const part of text) {
    if (part.kind === "hole") return undefined;
    pattern += part.kind === "text" ? quotePattern(part.text) : part.text;
  }
  return pattern;
}

function startsAtRoot(text: Text): boolean {
  if (isKnown(text)) return text.startsWith("/");
  const [first] = text;
  return first?.kind === "text" && first.text.startsWith("/");
}
