// list_directory, list_directory_with_sizes, directory_tree.

import type { Dirent } from "node:fs";
import { z } from "zod";
import { list, lookAt, opening } from "../entries.ts";
import type { Folder } from "../folder.ts";
import { compileGlob } from "../glob.ts";
import { defineTool, pathArgument, type ToolScope, textReply } from "../tool.ts";
import { walkTree } from "../tree.ts";

export const listDirectory = defineTool({
  name: "list_directory",
  description: "List a folder, each entry behind [DIR], [FILE], [LINK] or [OTHER].",
  schema: z.strictObject({ path: pathArgument }),
  async run({ path }, scope) {
    return inFolder(path, scope, async function listFolder(folder) {
      const { entries, more } = await list(folder, scope.limits.maxEntries);
      const lines = entries.map((entry) => `[${labelOf(entry)}] ${entry.name}`);
      return textReply([...lines, ...moreMark(more, scope)].join("\n"), { truncated: more });
    });
  },
});

function inFolder<Value>(
  path: string,
  { files }: ToolScope,
  work: (folder: Folder) => Promise<Value>,
): Promise<Value> {
  return files.within(path, { follow: true }, (entry) => opening(entry, work));
}

function labelOf(entry: Dirent): "DIR" | "FILE" | "LINK" | "OTHER" {
  if (entry.isDirectory()) return "DIR";
  if (entry.isFile()) return "FILE";
  return entry.isSymbolicLink() ? "LINK" : "OTHER";
}

function moreMark(more: boolean, { limits }: ToolScope): string[] {
  return more ? [`[... more than ${limits.maxEntries} entries; the rest is left out ...]`] : [];
}

export const listDirectoryWithSizes = defineTool({
  name: "list_directory_with_sizes",
  description: "List a folder with the size of each file in bytes, and their sum.",
  schema: z.strictObject({
    path: pathArgument,
    sortBy: z.enum(["name", "size"]).default("name"),
  }),
  async run({ path, sortBy }, scope) {
    return inFolder(path, scope, async function listSizes(folder) {
      const { entries, more } = await list(folder, scope.limits.maxEntries);
      const rows = await withSizes(folder, entries, scope.signal);
      if (sortBy === "size") rows.sort((a, b) => b.bytes - a.bytes);
      const lines = rows.map(({ label, name, bytes }) =>
        label === "FILE" ? `[FILE] ${name}\t${bytes}` : `[${label}] ${name}`,
      );
      const sum = rows.reduce((total, { bytes }) => total + bytes, 0);
      lines.push("", `Total: ${rows.length} entries, ${sum} bytes in files`);
      return textReply([...lines, ...moreMark(more, scope)].join("\n"), { truncated: more });
    });
  },
});

async function withSizes(folder: Folder, entries: readonly Dirent[], signal: AbortSignal) {
  const rows: { label: string; name: string; bytes: number }[] = [];
  for (const entry of entries) {
    signal.throwIfAborted();
    const label = labelOf(entry);
    const stats = label === "FILE" ? await lookAt(folder, entry.name) : undefined;
    rows.push({ label, name: entry.name, bytes: stats?.size ?? 0 });
  }
  return rows;
}

interface TreeNode {
  readonly name: string;
  readonly type: "file" | "directory" | "link" | "other";
  children?: TreeNode[];
}

export const directoryTree = defineTool({
  name: "directory_tree",
  description:
    "A folder and all below it as JSON: name, type and, for folders, children. Links are not followed.",
  schema: z.strictObject({
    path: pathArgument,
    excludePatterns: z
      .array(z.string())
      .max(100)
      .default([])
      .describe("Globs of paths to leave out"),
  }),
  async run({ path, excludePatterns }, scope) {
    // A plain name leaves out every entry of that name, wherever it stands.
    const globs = excludePatterns.flatMap((glob) =>
      glob.includes("/") || glob.includes("*") ? [glob] : [glob, `**/${glob}`],
    );
    const excluded = globs.map(compileGlob);
    return inFolder(path, scope, async function listTree(folder) {
      const roots: TreeNode[] = [];
      const nodes = new Map([["", roots]]);
      const complete = await walkTree(folder, scope, {
        skip: (relative) => excluded.some((matches) => matches(relative)),
        take(relative, entry) {
          const node = toNode(entry);
          nodes.get(parentOf(relative))?.push(node);
          if (node.children !== undefined) nodes.set(relative, node.children);
          return true;
        },
      });
      const text = JSON.stringify(roots, undefined, 2);
      const mark = complete ? "" : `\n[... the tree is larger; the rest is left out ...]`;
      return textReply(text + mark, { truncated: !complete });
    });
  },
});

function toNode(entry: Dirent): TreeNode {
  switch (labelOf(entry)) {
    case "DIR":
      return { name: entry.name, type: "directory", children: [] };
    case "FILE":
      return { name: entry.name, type: "file" };
    case "LINK":
      return { name: entry.name, type: "link" };
    case "OTHER":
      return { name: entry.name, type: "other" };
  }
}

function parentOf(relative: string): string {
  return relative.slice(0, Math.max(0, relative.lastIndexOf("/")));
}
