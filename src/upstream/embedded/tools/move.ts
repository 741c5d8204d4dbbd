// move_file and archive_file. Neither overwrites anything.

import { z } from "zod";
import { existing, move } from "../entries.ts";
import { codeOf, ToolFailure } from "../failure.ts";
import { defineTool, pathArgument, type ToolScope, textReply } from "../tool.ts";

export const moveFile = defineTool({
  name: "move_file",
  description:
    "Move or rename a file or folder. The folder of the destination must exist; if the destination itself exists, nothing is done.",
  schema: z.strictObject({ source: pathArgument, destination: pathArgument }),
  async run({ source, destination }, scope) {
    await moveWithin(scope, source, destination, false);
    return textReply(`moved ${source} to ${destination}`);
  },
});

async function moveWithin(
  { files }: ToolScope,
  source: string,
  destination: string,
  makeFolders: boolean,
): Promise<void> {
  await files.within(source, { follow: false }, async function moveEntry(from) {
    // Before folders are made for it.
    await existing(from);
    await files.within(destination, { follow: false, makeFolders }, (to) => move(from, to));
  });
}

const archive = "archive";
const maxCopies = 1_000;

export const archiveFile = defineTool({
  name: "archive_file",
  description:
    "Put a file or folder away instead of deleting it: it is moved to the same path below archive/ in the workspace, with a number behind it if that is taken.",
  schema: z.strictObject({ path: pathArgument }),
  async run({ path }, scope) {
    const relative = scope.files.relative(path);
    if (relative === archive || relative.startsWith(`${archive}/`)) {
      throw new ToolFailure(`${path}: is in the archive already`);
    }
    if (relative === "") throw new ToolFailure(`${path}: is the workspace itself`);
    return textReply(`moved ${path} to ${await putAway(relative, scope)}`);
  },
});

async function putAway(relative: string, scope: ToolScope): Promise<string> {
  for (let copy = 0; copy < maxCopies; copy += 1) {
    const place = `${archive}/${relative}${copy === 0 ? "" : `.${copy}`}`;
    try {
      await moveWithin(scope, relative, place, true);
      return place;
    } catch (error) {
      if (!isTaken(error)) throw error;
    }
  }
  throw new ToolFailure(`${relative}: the archive holds ${maxCopies} copies of it`);
}

function isTaken(error: unknown): boolean {
  return error instanceof ToolFailure && codeOf(error.cause) === "EEXIST";
}
