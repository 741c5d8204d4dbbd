// edit_file.

import { isUtf8 } from "node:buffer";
import { z } from "zod";
import type { Entry } from "../confined.ts";
import { unifiedDiff } from "../diff.ts";
import { reading, replace } from "../entries.ts";
import { ToolFailure } from "../failure.ts";
import { readAt } from "../text.ts";
import { defineTool, pathArgument, textReply } from "../tool.ts";

const edit = z.strictObject({
  oldText: z.string().min(1).describe("Text to replace; must occur exactly once"),
  newText: z.string().describe("Text to put in its place"),
});
type Edit = z.output<typeof edit>;

export const editFile = defineTool({
  name: "edit_file",
  description:
    "Replace pieces of a text file, one after the other, all or none. Returns a unified diff. With dryRun the file stays as it is.",
  schema: z.strictObject({
    path: pathArgument,
    edits: z.array(edit).min(1).max(1_000),
    dryRun: z.boolean().default(false).describe("Show the diff only"),
  }),
  async run({ path, edits, dryRun }, { files, limits }) {
    const diff = await files.within(path, { follow: true }, async function editEntry(entry) {
      const before = await editable(entry, limits.maxEditBytes);
      const after = edits.reduce((text, edit) => applyEdit(text, edit, path), before);
      if (!dryRun && after !== before) await replace(entry, Buffer.from(after, "utf8"));
      return unifiedDiff(path, before, after);
    });
    return textReply(diff === "" ? "nothing changes" : diff);
  },
});

/** The whole text. What is not UTF-8 would not survive being written back. */
async function editable(entry: Entry, maxBytes: number): Promise<string> {
  const bytes = await reading(entry, (file) => readAt(file, 0, maxBytes + 1));
  if (bytes.length > maxBytes) {
    throw new ToolFailure(
      `${entry.shown}: is larger than ${maxBytes} bytes, the most that is edited`,
    );
  }
  if (!isUtf8(bytes)) throw new ToolFailure(`${entry.shown}: is not UTF-8 text`);
  return bytes.toString("utf8");
}

function applyEdit(text: string, { oldText, newText }: Edit, path: string): string {
  // A model writes \n; in a file whose lines end otherwise it means those line ends.
  const crlf = !text.includes(oldText) && text.includes("\r\n");
  const [old, fresh] = crlf ? [toCrlf(oldText), toCrlf(newText)] : [oldText, newText];
  const at = text.indexOf(old);
  if (at < 0) {
    throw new ToolFailure(
      `${path}: this oldText does not occur, and nothing was changed:\n${oldText}`,
    );
  }
  if (text.includes(old, at + 1)) {
    throw new ToolFailure(
      `${path}: this oldText occurs more than once, and nothing was changed; give more lines around it:\n${oldText}`,
    );
  }
  return text.slice(0, at) + fresh + text.slice(at + old.length);
}

function toCrlf(text: string): string {
  return text.replace(/\r?\n/g, "\r\n");
}
