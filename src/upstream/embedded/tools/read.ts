// read_text_file, read_media_file, read_multiple_files.

import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { ContentBlock } from "../../../core/call.ts";
import type { CapturedText } from "../capture.ts";
import { reading } from "../entries.ts";
import { ToolFailure } from "../failure.ts";
import { mediaTypeOf } from "../media.ts";
import { readAt, readText, type TextWanted } from "../text.ts";
import { contentReply, defineTool, pathArgument, type ToolScope, textReply } from "../tool.ts";

const lineCount = z.int().positive();

export const readTextFile = defineTool({
  name: "read_text_file",
  description:
    "Read a file as UTF-8 text. `head` or `tail` give its first or last lines only. The middle of a long text is left out, and the text says so.",
  schema: z.strictObject({
    path: pathArgument,
    head: lineCount.optional().describe("First lines to return"),
    tail: lineCount.optional().describe("Last lines to return"),
  }),
  async run({ path, head, tail }, scope) {
    if (head !== undefined && tail !== undefined) {
      throw new ToolFailure("give head or tail, not both");
    }
    const wanted = { maxBytes: scope.limits.maxTextBytes, head, tail };
    const { text, truncated } = await textOf(path, wanted, scope);
    return textReply(text, { truncated });
  },
});

function textOf(path: string, wanted: TextWanted, { files }: ToolScope): Promise<CapturedText> {
  return files.within(path, { follow: true }, (entry) =>
    reading(entry, (file, stats) => readText(file, stats, path, wanted)),
  );
}

/** Below it a share of the limit says nothing useful. */
const minShareBytes = 256;

export const readMultipleFiles = defineTool({
  name: "read_multiple_files",
  description:
    "Read several files as UTF-8 text. Each comes behind its path; one that cannot be read does not stop the others.",
  schema: z.strictObject({ paths: z.array(pathArgument).min(1).max(100) }),
  async run({ paths }, scope) {
    const maxBytes = Math.max(minShareBytes, Math.floor(scope.limits.maxTextBytes / paths.length));
    const parts: CapturedText[] = [];
    for (const path of paths) {
      scope.signal.throwIfAborted();
      parts.push(await titledText(path, { maxBytes }, scope));
    }
    const text = parts.map((part) => part.text).join("\n---\n");
    return textReply(text, { truncated: parts.some(({ truncated }) => truncated) });
  },
});

async function titledText(
  path: string,
  wanted: TextWanted,
  scope: ToolScope,
): Promise<CapturedText> {
  try {
    const { text, truncated } = await textOf(path, wanted, scope);
    return { text: `${path}:\n${text}\n`, truncated };
  } catch (error) {
    if (!(error instanceof ToolFailure)) throw error;
    return { text: `Error: ${error.message}`, truncated: false };
  }
}

export const readMediaFile = defineTool({
  name: "read_media_file",
  description:
    "Read any file as base64 with its media type: an image, audio, or a resource with a blob.",
  schema: z.strictObject({ path: pathArgument }),
  async run({ path }, scope) {
    const maxBytes = scope.limits.maxMediaBytes;
    const bytes = await scope.files.within(path, { follow: true }, (entry) =>
      reading(entry, (file) => readAt(file, 0, maxBytes + 1)),
    );
    if (bytes.length > maxBytes) {
      throw new ToolFailure(`${path}: is larger than ${maxBytes} bytes, the most that is returned`);
    }
    const url = pathToFileURL(`${scope.files.root}/${scope.files.relative(path)}`);
    return contentReply([mediaBlock(url.href, mediaTypeOf(path), bytes.toString("base64"))]);
  },
});

function mediaBlock(uri: string, mimeType: string, data: string): ContentBlock {
  if (mimeType.startsWith("image/")) return { type: "image", data, mimeType };
  if (mimeType.startsWith("audio/")) return { type: "audio", data, mimeType };
  return { type: "resource", resource: { uri, mimeType, blob: data } };
}
