// Output of a program, kept within a limit while it streams: its beginning and its end.

import { isUtf8 } from "node:buffer";

export interface Capture {
  add(chunk: Buffer): void;
  /** What was kept, with a mark where something is left out. */
  text(): CapturedText;
  readonly totalBytes: number;
}

export interface CapturedText {
  readonly text: string;
  readonly truncated: boolean;
}

/** Keeps at most `maxBytes`: half for the beginning, half for the end. */
export function createCapture(maxBytes: number): Capture {
  const headBytes = Math.floor(maxBytes / 2);
  const head: Buffer[] = [];
  const tail = createRing(maxBytes - headBytes);
  let kept = 0;
  let totalBytes = 0;
  return {
    get totalBytes() {
      return totalBytes;
    },
    add(chunk) {
      totalBytes += chunk.length;
      const room = headBytes - kept;
      if (room > 0) head.push(chunk.subarray(0, room));
      kept += Math.min(room, chunk.length);
      if (chunk.length > room) tail.add(chunk.subarray(room));
    },
    text: () => cutText(Buffer.concat(head), tail.bytes(), totalBytes),
  };
}

/** The last `size` bytes of what is added. */
function createRing(size: number): { add(chunk: Buffer): void; bytes(): Buffer } {
  // Most output is short: the ring is made when it is needed.
  let ring: Buffer | undefined;
  let written = 0;
  return {
    add(chunk) {
      ring ??= Buffer.alloc(size);
      const last = chunk.subarray(Math.max(0, chunk.length - size));
      const at = (written + chunk.length - last.length) % size;
      const untilEnd = Math.min(last.length, size - at);
      last.copy(ring, at, 0, untilEnd);
      last.copy(ring, 0, untilEnd);
      written += chunk.length;
    },
    bytes() {
      if (ring === undefined) return Buffer.alloc(0);
      if (written <= size) return ring.subarray(0, written);
      const at = written % size;
      return Buffer.concat([ring.subarray(at), ring.subarray(0, at)]);
    },
  };
}

/** Joins beginning and end of `totalBytes` bytes; says how much is missing between them. */
export function cutText(head: Buffer, tail: Buffer, totalBytes: number): CapturedText {
  const missing = totalBytes - head.length - tail.length;
  if (missing <= 0) return { text: decode([Buffer.concat([head, tail])]), truncated: false };
  const parts = [withoutPartialEnd(head), withoutPartialStart(tail)];
  return { text: decode(parts, `\n${leftOut(missing, totalBytes)}\n`), truncated: true };
}

function leftOut(missing: number, totalBytes: number): string {
  return `[... ${missing} of ${totalBytes} bytes left out ...]`;
}

/** Bytes that are not UTF-8 become U+FFFD, and the text says so: it must not be written back. */
function decode(parts: readonly Buffer[], between = ""): string {
  const text = parts.map((part) => part.toString("utf8")).join(between);
  if (parts.every((part) => isUtf8(part))) return text;
  return `${text}\n[not valid UTF-8: undecodable bytes are shown as U+FFFD]`;
}

const isContinuation = (byte: number | undefined) => byte !== undefined && (byte & 0xc0) === 0x80;

/** Drops a character that the cut went through: at most three bytes (RFC 3629, section 3). */
function withoutPartialEnd(bytes: Buffer): Buffer {
  let lead = bytes.length - 1;
  while (lead > 0 && lead > bytes.length - 4 && isContinuation(bytes[lead])) lead -= 1;
  const first = bytes[lead] ?? 0;
  const needs = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  return needs > bytes.length - lead ? bytes.subarray(0, lead) : bytes;
}

function withoutPartialStart(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && isContinuation(bytes[start])) start += 1;
  return bytes.subarray(start);
}
