// What an upstream is: where an allowed call is carried out.

import type { IncomingHttpHeaders } from "node:http";
import type { ExecutionContext, ToolCall, ToolDescription } from "../core/call.ts";
import type { Effect } from "../core/effect.ts";
import type { Json } from "../core/json.ts";
import type { Observed } from "../core/outcome.ts";

/** `Answer` is what the front end that picked the upstream encodes; `result` is what is recorded. */
export interface Forwarded<Answer> {
  readonly answer: Answer;
  readonly observed: Observed;
  readonly result: Json;
  /** The result only asks for input: the call is to be sent again, with this state; empty: with none. */
  readonly interim?: string;
  /** The result is only the handle of a task that goes on: what its door knows that by. */
  readonly task?: string;
}

/**
 * Carries out a call. `effects`: what it was judged to do; absent: not known, and so nothing is
 * repeated.
 *
 * @throws ProctorError `upstream_unreachable` (nothing was sent), `upstream_failed`,
 *   `upstream_timeout`, `upstream_response_too_large`; an abort of `signal` rejects with its reason.
 */
export type Forward<Answer> = (
  call: ToolCall,
  signal: AbortSignal,
  effects?: readonly Effect[],
) => Promise<Forwarded<Answer>>;

/** Timeouts, retries: functions of the next. */
export type Wrapper = <Answer>(next: Forward<Answer>) => Forward<Answer>;

export interface ToolUpstream<Answer> {
  tools(): Promise<readonly ToolDescription[]>;
  readonly forward: Forward<Answer>;
}

/** A message of the protocol: as it is written, and what that says. */
export interface McpMessage {
  readonly text: string;
  readonly message: Json;
}

/** One request to an MCP server in the terms of Streamable HTTP, whatever is behind it. */
export interface McpRequest {
  readonly method: "POST" | "GET" | "DELETE";
  /** Of the client; what of them goes on is the upstream's business. */
  readonly headers: IncomingHttpHeaders;
  readonly body?: McpMessage;
  /** Who shares state where the protocol has no session: agent and trajectory. */
  readonly client: string;
  /** Time until the answer begins, whatever that waits for. */
  readonly answerTimeoutMs: number;
  /** Sending it twice does no harm. */
  readonly repeatable: boolean;
}

export interface McpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** As it comes; or one message that is there already, and was read: it is not read again. */
  readonly body: AsyncIterable<Uint8Array> | McpMessage;
  /** Nobody reads on, though somebody may be waiting; what comes is thrown away. */
  release(): void;
}

/** An MCP server behind the guard. */
export interface McpUpstream {
  readonly name: string;
  readonly context: ExecutionContext;
  readonly limits: {
    /** From the dispatch of a tool call to its result. */
    readonly callTimeoutMs: number;
    /** Until the answer to anything else begins. */
    readonly answerTimeoutMs: number;
    /** One message, one event. */
    readonly maxMessageBytes: number;
    /** Silence on a stream before a comment line is sent. */
    readonly keepAliveMs: number;
  };
  /** Whether `capabilities.roots` of clients is withheld from the server. */
  readonly withholdRoots: boolean;
  /** Whether lists leave out the tools that the policy denies for what they are. */
  readonly hideDenied: boolean;
  /** @throws as `Forward` does */
  send(request: McpRequest, signal: AbortSignal): Promise<McpResponse>;
  close(): Promise<void>;
}

/** One request to the API of a model provider, as its client made it. */
export interface LlmRequest {
  readonly method: "GET" | "POST";
  /** Path and query behind the upstream's URL. */
  readonly path: string;
  /** Of the client, without what is proctor's; what of them goes on is the upstream's business. */
  readonly headers: IncomingHttpHeaders;
  readonly body?: Uint8Array;
}

export interface LlmResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decompressed. */
  readonly body: AsyncIterable<Uint8Array>;
  /** Nobody reads on. */
  release(): void;
}

/** The API of a model provider. */
export interface LlmUpstream {
  /** In the config. */
  readonly name: string;
  /** Where the calls in its answers will run, as far as that is known. */
  readonly context: ExecutionContext;
  /** proctor has the provider's key, and sends it in place of the client's. */
  readonly holdsKey: boolean;
  readonly limits: {
    readonly maxRequestBytes: number;
    /** A whole answer, or one event of a stream. */
    readonly maxAnswerBytes: number;
    /** Silence on a stream before a comment line is sent. */
    readonly keepAliveMs: number;
  };
  /** @throws as `Forward` does */
  send(request: LlmRequest, signal: AbortSignal): Promise<LlmResponse>;
  close(): Promise<void>;
}
