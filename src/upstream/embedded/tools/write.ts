// write_file and create_directory.

import { z } from "zod";
import { makeFolder, replace } from "../entries.ts";
import { defineTool, pathArgument, textReply } from "../tool.ts";

export const writeFile = defineTool({
  name: "write_file",
  description:
    "Create a file, or replace the whole content of an existing one. Its folder must exist.",
  schema: z.strictObject({ path: pathArgument, content: z.string() }),
  async run({ path, content }, { files }) {
    const bytes = Buffer.from(content, "utf8");
    const done = await files.within(path, { follow: true }, (entry) => replace(entry, bytes));
    return textReply(`${done} ${path}, ${bytes.length} bytes`);
  },
});

export const createDirectory = defineTool({
  name: "create_directory",
  description: "Create a folder, with those above it that are missing. An existing one is left.",
  schema: z.strictObject({ path: pathArgument }),
  async run({ path }, { files }) {
    const options = { follow: true, makeFolders: true };
    const done = await files.within(path, options, makeFolder);
    return textReply(`${path} ${done === "created" ? "was created" : "exists already"}`);
  },
});
