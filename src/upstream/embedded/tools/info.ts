// get_file_info and list_allowed_directories.

import type { Stats } from "node:fs";
import { z } from "zod";
import { existing } from "../entries.ts";
import { defineTool, pathArgument, textReply } from "../tool.ts";

export const getFileInfo = defineTool({
  name: "get_file_info",
  description: "Type, size, times and permissions of a file or folder; a link is followed.",
  schema: z.strictObject({ path: pathArgument }),
  async run({ path }, { files }) {
    return textReply(describe(await files.within(path, { follow: true }, existing)));
  },
});

function describe(stats: Stats): string {
  return [
    `size: ${stats.size}`,
    `created: ${stats.birthtime.toISOString()}`,
    `modified: ${stats.mtime.toISOString()}`,
    `accessed: ${stats.atime.toISOString()}`,
    `isDirectory: ${stats.isDirectory()}`,
    `isFile: ${stats.isFile()}`,
    `permissions: ${(stats.mode & 0o7777).toString(8).padStart(3, "0")}`,
  ].join("\n");
}

export const listAllowedDirectories = defineTool({
  name: "list_allowed_directories",
  description: "The folder that all paths must lie in.",
  schema: z.strictObject({}),
  async run(_given, { files }) {
    return textReply(`Allowed directories:\n${files.root}`);
  },
});
