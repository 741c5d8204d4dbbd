// Walks a folder and all below it, within limits; links are not followed.

import type { Dirent } from "node:fs";
import { list } from "./entries.ts";
import { codeOf } from "./failure.ts";
import type { Folder } from "./folder.ts";
import type { ToolScope } from "./tool.ts";

/** Each level holds a descriptor. */
const maxDepth = 100;

export interface TreeVisitor {
  /** Left out, with all below it. */
  skip(relative: string): boolean;
  /** Is this one of those that are returned? */
  take(relative: string, entry: Dirent): boolean;
}

/** Depth first, by name. False: a limit was reached, and the rest was not visited. */
export async function walkTree(
  folder: Folder,
  { limits, signal }: ToolScope,
  visitor: TreeVisitor,
): Promise<boolean> {
  let visited = 0;
  let taken = 0;
  let complete = true;

  async function visit(folder: Folder, prefix: string, depth: number): Promise<void> {
    const { entries, more } = await list(folder, limits.maxVisited - visited);
    visited += entries.length;
    if (more) complete = false;
    for (const entry of entries) {
      signal.throwIfAborted();
      const relative = prefix + entry.name;
      if (visitor.skip(relative)) continue;
      if (taken >= limits.maxEntries) {
        complete = false;
        return;
      }
      if (visitor.take(relative, entry)) taken += 1;
      if (entry.isDirectory()) await descend(folder, entry.name, relative, depth);
    }
  }

  async function descend(
    parent: Folder,
    name: string,
    relative: string,
    depth: number,
  ): Promise<void> {
    if (depth === maxDepth || visited >= limits.maxVisited) {
      complete = false;
      return;
    }
    const child = await parent.open(name).catch(undefinedIfGone);
    if (child === undefined) return;
    try {
      await visit(child, `${relative}/`, depth + 1);
      await child.verify();
    } catch (error) {
      // One that may not be listed hides no more than itself.
      if (codeOf(error) !== "EACCES") throw error;
    } finally {
      child.close();
    }
  }

  await visit(folder, "", 0);
  return complete;
}

function undefinedIfGone(error: unknown): undefined {
  if (codeOf(error) === "ENOENT" || codeOf(error) === "EACCES") return undefined;
  throw error;
}
