// How a tool reads a path argument: not every tool takes a text for what it says.

import type { ExecutionContext } from "../core/call.ts";
import type { Target } from "../core/effect.ts";
import { type PathBase, resolvePath, unresolved } from "./paths.ts";

/**
 * `exact`: as the kernel would.
 * `expanding`: a leading `~` is the home folder, and `..` is resolved before links are, as
 * `path.resolve` of Node does.
 * `unsure`: what some tools expand or strip leaves the path unresolved.
 */
export type PathReading = "exact" | "expanding" | "unsure";

export function readPath(
  text: string,
  base: PathBase,
  reading: PathReading,
  { home }: Pick<ExecutionContext, "home">,
): Target {
  switch (reading) {
    case "exact":
      return resolvePath(text, base);
    case "expanding":
      return readExpanding(text, base, home);
    case "unsure":
      return isAmbiguous(text) ? unresolved(text) : resolvePath(text, base);
  }
}

function readExpanding(text: string, { cwd }: PathBase, home: string | undefined): Target {
  const base = { cwd, parents: "any" } as const;
  if (text !== "~" && !text.startsWith("~/")) return resolvePath(text, base);
  return home === undefined ? unresolved(text) : resolvePath(home + text.slice(1), base);
}

/** `~`, quotes or blanks around, `file:` URLs, drive letters. */
function isAmbiguous(text: string): boolean {
  return /^[~"'`\s]|["'`\s]$|^file:|^[A-Za-z]:[\\/]/.test(text);
}
