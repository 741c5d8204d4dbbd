// The bodies of an MCP server's answers: a stream of events, or one text.

import { messageOf, ProctorError } from "../../core/errors.ts";
import { type Json, jsonOr } from "../../core/json.ts";
import type { McpMessage, McpResponse } from "../../upstream/upstream.ts";
import { wholeOf } from "../body.ts";
import { createSplitter, type ServerEvent } from "../server-events.ts";

export interface TextEvent extends Pick<ServerEvent, "data" | "hasId"> {
  /** As it came, with the empty line that ends it. */
  readonly text: string;
}

/** @throws ProctorError `upstream_response_too_large`, `upstream_failed` */
export async function* eventsOf(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<TextEvent, void, void> {
  const splitter = createSplitter(maxBytes);
  for await (const chunk of chunksOf(body)) {
    for (const { bytes, data, hasId } of splitter.push(chunk)) {
      yield { text: Buffer.from(bytes).toString("utf8"), data, hasId };
    }
  }
  if (Buffer.from(splitter.rest()).toString("utf8").trim() !== "") {
    throw new ProctorError("upstream_failed", "the stream broke off");
  }
}

/** A connection that breaks is an answer that broke off. */
async function* chunksOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (cause) {
    throw brokeOff(cause);
  }
}

function brokeOff(cause: unknown): ProctorError {
  if (cause instanceof ProctorError) return cause;
  return new ProctorError("upstream_failed", messageOf(cause), { cause });
}

/** Streams have members of their own, `text` among them. */
export function isWhole(body: McpResponse["body"]): body is McpMessage {
  return !(Symbol.asyncIterator in body);
}

/** A stream of events, and else one message. */
export function streamIn({ headers, body }: McpResponse): AsyncIterable<Uint8Array> | undefined {
  if (isWhole(body)) return undefined;
  return /^text\/event-stream\b/i.test(headers["content-type"] ?? "") ? body : undefined;
}

export interface WholeBody {
  readonly text: string;
  /** undefined: it is no JSON. */
  readonly message: Json | undefined;
}

/** Reads a body that is no stream. @throws ProctorError as `eventsOf` */
export async function wholeIn(
  { body }: Pick<McpResponse, "body">,
  maxBytes: number,
): Promise<WholeBody> {
  if (isWhole(body)) return body;
  const text = await textOf(body, maxBytes);
  return { text, message: jsonOr(text, undefined) };
}

/** @throws ProctorError as `eventsOf` */
export async function textOf(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  try {
    return (await wholeOf(body, maxBytes)).toString("utf8");
  } catch (cause) {
    throw brokeOff(cause);
  }
}

/** The event with other data, and otherwise as it came. */
export function withData({ text }: TextEvent, message: Json): string {
  const kept = text.split(/\r\n|\n|\r/).filter((line) => line !== "" && !/^data(?::|$)/.test(line));
  return [...kept, `data: ${JSON.stringify(message)}`, "", ""].join("\n");
}

export function eventText(message: object): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}
