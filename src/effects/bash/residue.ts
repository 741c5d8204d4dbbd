// What a call leaves behind for later calls: the folder, and names that may mean something else.

import type { ExecutionContext } from "../../core/call.ts";
import type { Effect, Residue, Target } from "../../core/effect.ts";
import type { Folder } from "./state.ts";

/** Files that shells run when they start, or that decide what git and make run. */
const startUpFile =
  /(?:^|\/)\.?(?:bashrc|bash_profile|bash_login|bash_logout|bash_aliases|profile|zshrc|zshenv|zprofile|zlogin|kshrc|inputrc|bash\.bashrc|environment)$|\/etc\/profile\.d\/|\/fish\/config\.fish$/;

/** Folders that are commonly on PATH. */
const programFolder =
  /(?:^|\/)(?:usr\/(?:local\/)?s?bin|s?bin|opt\/homebrew\/bin|\.local\/bin|\.cargo\/bin|go\/bin|node_modules\/\.bin|\.?venv\/bin)(?:\/|$)/;

/** Why a write may change what names mean: to a start-up file, or into a folder of programs. */
export function whyFilesChangeNames(effects: readonly Effect[]): string | undefined {
  for (const effect of effects) {
    const target = writtenBy(effect);
    if (target === undefined) continue;
    if (startUpFile.test(target.path)) return `a start-up file was written: ${target.path}`;
    const absolute = target.form !== "unresolved";
    if (absolute && programFolder.test(target.path)) return `a program was written: ${target.path}`;
  }
  return undefined;
}

function writtenBy(effect: Effect): Target | undefined {
  switch (effect.kind) {
    case "write":
      return effect.target;
    case "move":
      return effect.destination;
    default:
      return undefined;
  }
}

export interface Left {
  readonly folder: Folder;
  /** Of the shell itself, which ends with the call where the shell is fresh. */
  readonly shellChanged: string | undefined;
  readonly effects: readonly Effect[];
}

export function residueOf(context: ExecutionContext, before: Residue, left: Left): Residue {
  const persistent = context.shell === "persistent";
  const changed =
    before.environmentChanged ??
    (persistent ? left.shellChanged : undefined) ??
    whyFilesChangeNames(left.effects);
  const { folder } = left;
  const cwd = folder.otherwise === undefined ? (folder.path ?? null) : null;
  return {
    ...(persistent ? { cwd } : {}),
    ...(changed === undefined ? {} : { environmentChanged: changed }),
  };
}
