// Server-sent events, one whole event at a time, each with the very bytes that it came in: what is
// passed on must be what was sent, comments and line ends included, and no parser gives those back.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

import { ProctorError } from "../core/errors.ts";

export interface ServerEvent {
  /** With the empty line that ends it. */
  readonly bytes: Uint8Array;
  /** undefined: a comment, a `retry`, or an event without data. */
  readonly data: string | undefined;
  readonly hasId: boolean;
}

export interface Splitter {
  /**
   * The events that end in this chunk.
   *
   * @throws ProctorError `upstream_response_too_large`
   */
  push(chunk: Uint8Array): ServerEvent[];
  /** What came after the last event that ended. */
  rest(): Uint8Array;
}

const lf = 0x0a;
const cr = 0x0d;

export function createSplitter(maxBytes: number): Splitter {
  let rest: Buffer = Buffer.alloc(0);
  let searched = 0;

  return {
    push(chunk) {
      const buffer = rest.length === 0 ? asBuffer(chunk) : Buffer.concat([rest, chunk]);
      const events: ServerEvent[] = [];
      let from = 0;
      for (;;) {
        const end = eventEnd(buffer, Math.max(from, searched));
        if (end === undefined) break;
        events.push(parseEvent(buffer.subarray(from, end)));
        from = end;
      }
      rest = buffer.subarray(from);
      if (rest.length > maxBytes) {
        throw new ProctorError("upstream_response_too_large", `an event beyond ${maxBytes} bytes`);
      }
      // Two ends of a line take four bytes at most.
      searched = Math.max(0, rest.length - 3);
      return events;
    },
    rest: () => rest,
  };
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
}

/** Where the first event ends whose last line ends at or behind `from`; undefined: it is not there yet. */
function eventEnd(buffer: Buffer, from: number): number | undefined {
  for (let at = from; at < buffer.length; at += 1) {
    const first = lineEnd(buffer, at);
    if (first === undefined) continue;
    const second = lineEnd(buffer, first);
    if (second !== undefined) return second;
    at = first - 1;
  }
  return undefined;
}

/** Behind the end of a line that stands at `at`. A CR at the very end may be half of a CR LF. */
function lineEnd(buffer: Buffer, at: number): number | undefined {
  const byte = buffer[at];
  if (byte === lf) return at + 1;
  if (byte !== cr || at + 1 === buffer.length) return undefined;
  return buffer[at + 1] === lf ? at + 2 : at + 1;
}

function parseEvent(bytes: Buffer): ServerEvent {
  const data: string[] = [];
  let hasId = false;
  for (const line of bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .split(/\r\n|\n|\r/)) {
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "data") data.push(value);
    if (field === "id") hasId = true;
  }
  const joined = data.join("\n");
  return { bytes, data: joined === "" ? undefined : joined, hasId };
}
