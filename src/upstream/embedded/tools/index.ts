// The embedded tools. A new one is a file here, a line in this list, its effects in the catalogue and its tests.

import type { EmbeddedTool } from "../tool.ts";
import { bash } from "./bash.ts";
import { deleteFile } from "./delete.ts";
import { editFile } from "./edit.ts";
import { getFileInfo, listAllowedDirectories } from "./info.ts";
import { directoryTree, listDirectory, listDirectoryWithSizes } from "./list.ts";
import { archiveFile, moveFile } from "./move.ts";
import { readMediaFile, readMultipleFiles, readTextFile } from "./read.ts";
import { searchFiles } from "./search.ts";
import { createDirectory, writeFile } from "./write.ts";

export const fileTools: readonly EmbeddedTool[] = [
  readTextFile,
  readMediaFile,
  readMultipleFiles,
  writeFile,
  editFile,
  createDirectory,
  listDirectory,
  listDirectoryWithSizes,
  directoryTree,
  moveFile,
  archiveFile,
  deleteFile,
  searchFiles,
  getFileInfo,
  listAllowedDirectories,
];

/** Offered only where it can be confined, or dangerously. */
export const bashTool: EmbeddedTool = bash;
