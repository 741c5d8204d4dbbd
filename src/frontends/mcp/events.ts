// Server-sent events, one whole event at a time, each as it came.
// https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream

import { messageOf, ProctorError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";

export interface ServerEvent {
  /** With the empty line that ends it. */
  readonly text: string;
  /** undefined: a comment, a `retry`, or an event without data. */
  readonly data: string | undefined;
  readonly hasId: boolean;
}

/** Two ends of a line. A lone CR ends one too, unless LF follows. */
const eventEnd = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r(?!\n))/g;

/** @throws ProctorError `upstream_response_too_large`, `upstream_failed` */
export async function* eventsOf(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<ServerEvent, void, void> {
  const decoder = new TextDecoder();
  let rest = "";
  let searched = 0;
  for await (const chunk of chunksOf(body)) {
    rest += decoder.decode(chunk, { stream: true });
    let from = 0;
    eventEnd.lastIndex = searched;
    for (;;) {
      const end = endAfter(rest);
      if (end === undefined) break;
      yield parseEvent(rest.slice(from, end));
      from = end;
      eventEnd.lastIndex = end;
    }
    rest = rest.slice(from);
    if (rest.length > maxBytes) {
      throw new ProctorError("upstream_response_too_large", `an event beyond ${maxBytes} bytes`);
    }
    searched = Math.max(0, rest.length - 3);
  }
  if (rest.trim() !== "") throw new ProctorError("upstream_failed", "the stream broke off");
}

/** A CR at the very end may be half of a CR LF. */
function endAfter(text: string): number | undefined {
  if (eventEnd.exec(text) === null) return undefined;
  const end = eventEnd.lastIndex;
  return end === text.length && text.endsWith("\r") ? undefined : end;
}

/** A connection that breaks is an answer that broke off. */
async function* chunksOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    if (cause instanceof ProctorError) throw cause;
    const detail = messageOf(cause);
    throw new ProctorError("upstream_failed", detail, { cause });
  }
}

function parseEvent(text: string): ServerEvent {
  const data: string[] = [];
  let hasId = false;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "data") data.push(value);
    if (field === "id") hasId = true;
  }
  const joined = data.join("\n");
  return { text, data: joined === "" ? undefined : joined, hasId };
}

/** Reads a body that is no stream. @throws ProctorError as `eventsOf` */
export async function textOf(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunksOf(body)) {
    bytes += chunk.length;
    if (bytes > maxBytes) {
      throw new ProctorError("upstream_response_too_large", `the limit is ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The event with other data, and otherwise as it came. */
export function withData({ text }: ServerEvent, message: Json): string {
  const kept = text.split(/\r\n|\n|\r/).filter((line) => line !== "" && !/^data(?::|$)/.test(line));
  return [...kept, `data: ${JSON.stringify(message)}`, "", ""].join("\n");
}

export function eventText(message: object): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}
