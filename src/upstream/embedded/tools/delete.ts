// delete_file.

import { z } from "zod";
import { remove } from "../entries.ts";
import { defineTool, pathArgument, textReply } from "../tool.ts";

export const deleteFile = defineTool({
  name: "delete_file",
  description:
    "Delete a file, or with `recursive` a folder and all below it. There is no way back; archive_file keeps what it puts away.",
  schema: z.strictObject({
    path: pathArgument,
    recursive: z.boolean().default(false).describe("Delete a folder with all below it"),
  }),
  async run({ path, recursive }, { files, signal }) {
    const removed = await files.within(path, { follow: false }, (entry) =>
      remove(entry, recursive, signal),
    );
    return textReply(removed === 1 ? `deleted ${path}` : `deleted ${path}, ${removed} entries`);
  },
});
