// A file that is imported, compressed or not, or a table: read line by line, in bounded memory.

import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { parquetLines } from "./parquet.ts";

export interface Line {
  /** 1-based. */
  readonly number: number;
  /** undefined: it was longer than `maxLineLength`, and is passed over. */
  readonly text: string | undefined;
}

export interface ImportSource {
  /** As the user named it. */
  readonly file: string;
  /** Lines that are not blank. */
  lines(): AsyncIterable<Line>;
}

/** UTF-16 code units: a line is one row with all of its messages, or one message with what a tool gave. */
export const maxLineLength = 32 * 1024 * 1024;

/** Which of these it is, its name says. */
export function fileSource(file: string): ImportSource {
  if (file.endsWith(".parquet")) return { file, lines: () => rowsOf(file) };
  return { file, lines: () => linesOf(opened(file)) };
}

async function* rowsOf(file: string): AsyncIterable<Line> {
  let number = 0;
  for await (const text of parquetLines(file)) {
    number += 1;
    yield { number, text: text.length <= maxLineLength ? text : undefined };
  }
}

/** One whose name says so is decompressed; a fault of either stream ends the reading. */
function opened(file: string): Readable {
  const stream = createReadStream(file);
  if (!file.endsWith(".gz")) return stream;
  const plain = createGunzip();
  stream.on("error", (error) => plain.destroy(error));
  return stream.pipe(plain);
}

export function streamSource(file: string, stream: Readable): ImportSource {
  return { file, lines: () => linesOf(stream) };
}

async function* linesOf(stream: Readable): AsyncIterable<Line> {
  stream.setEncoding("utf8");
  let [number, length]: [number, number] = [1, 0];
  let parts: string[] = [];

  function keep(piece: string): void {
    length += piece.length;
    if (length <= maxLineLength) parts.push(piece);
    else parts = [];
  }

  function ended(): Line {
    const line = { number, text: length <= maxLineLength ? parts.join("") : undefined };
    [number, length, parts] = [number + 1, 0, []];
    return line;
  }

  for await (const chunk of stream) {
    const pieces = String(chunk).split("\n");
    for (const [i, piece] of pieces.entries()) {
      keep(piece);
      if (i < pieces.length - 1) {
        const line = ended();
        if (line.text?.trim() !== "") yield line;
      }
    }
  }
  const last = ended();
  if (last.text?.trim() !== "") yield last;
}
