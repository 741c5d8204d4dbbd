// Reads text of any size within a limit, by whole, by its first lines or its last.

import type { promises as fs, Stats } from "node:fs";
import { type CapturedText, cutText } from "./capture.ts";
import { ToolFailure } from "./failure.ts";

export interface TextWanted {
  readonly maxBytes: number;
  /** First or last lines only. */
  readonly head?: number | undefined;
  readonly tail?: number | undefined;
}

const newline = 0x0a;
/** As far as others look for a NUL to tell binary from text. */
const binaryProbeBytes = 8_192;

/** `shown`: the path, for messages. */
export async function readText(
  file: fs.FileHandle,
  { size }: Stats,
  shown: string,
  { maxBytes, head, tail }: TextWanted,
): Promise<CapturedText> {
  const start = await readAt(file, 0, maxBytes + 1);
  if (start.subarray(0, binaryProbeBytes).includes(0)) {
    throw new ToolFailure(`${shown}: is not text; read it with read_media_file`);
  }
  if (head !== undefined) return headOf(start, { lines: head, maxBytes, size });
  if (start.length <= maxBytes) return whole(tail === undefined ? start : lastLines(start, tail));
  if (tail !== undefined) return tailOf(file, { lines: tail, maxBytes, size });
  const half = Math.floor(maxBytes / 2);
  return cutText(start.subarray(0, half), await readAt(file, size - half, half), size);
}

/** Reads until `maxBytes` or the end, and regardless of the size that the file claims. */
export async function readAt(
  file: fs.FileHandle,
  position: number,
  maxBytes: number,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < maxBytes) {
    const chunk = Buffer.allocUnsafe(Math.min(65_536, maxBytes - length));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, position + length);
    if (bytesRead === 0) break;
    chunks.push(chunk.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(chunks, length);
}

function whole(bytes: Buffer): CapturedText {
  return cutText(bytes, Buffer.alloc(0), bytes.length);
}

interface LinesWanted {
  readonly lines: number;
  readonly maxBytes: number;
  /** Of the file. */
  readonly size: number;
}

function headOf(start: Buffer, { lines, maxBytes, size }: LinesWanted): CapturedText {
  const end = endOfLine(start, lines);
  if (end <= maxBytes) return whole(start.subarray(0, end));
  return cutText(start.subarray(0, maxBytes), Buffer.alloc(0), Math.max(size, start.length));
}

async function tailOf(
  file: fs.FileHandle,
  { lines, maxBytes, size }: LinesWanted,
): Promise<CapturedText> {
  const from = Math.max(0, size - maxBytes);
  const end = await readAt(file, from, maxBytes);
  const wanted = lastLines(end, lines);
  if (wanted.length < end.length || from === 0) return whole(wanted);
  return cutText(Buffer.alloc(0), end, size);
}

/** Offset behind the n-th line; the length where there are fewer. */
function endOfLine(bytes: Buffer, lines: number): number {
  let end = 0;
  for (let line = 0; line < lines; line += 1) {
    const next = bytes.indexOf(newline, end);
    if (next < 0) return bytes.length;
    end = next + 1;
  }
  return end;
}

function lastLines(bytes: Buffer, lines: number): Buffer {
  // A newline at the very end closes the last line and opens none.
  let start = bytes.at(-1) === newline ? bytes.length - 1 : bytes.length;
  for (let line = 0; line < lines; line += 1) {
    const before = start === 0 ? -1 : bytes.lastIndexOf(newline, start - 1);
    if (before < 0) return bytes;
    start = before;
  }
  return bytes.subarray(start + 1);
}
