// What a wire is: one API of a model provider, read and written.

import type { ErrorCode } from "../../../core/errors.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Message, Usage } from "../../../core/message.ts";
import type { OfferedTool } from "../../../core/offer.ts";
import type { Conversation } from "../../../gateway/messages.ts";
import type { ServerEvent } from "../../server-events.ts";

export interface Wire {
  /** In records: one of a closed list. */
  readonly name: string;
  /** Path behind the provider's URL. */
  readonly path: string;
  /** @throws ProctorError `invalid_request` */
  read(body: JsonObject): ModelRequest;
  /** The request with results of calls that its client never got; absent: a wire without stored answers. */
  resume?(body: JsonObject, results: ReadonlyMap<string, string>): JsonObject;
  whole(body: JsonObject): WholeAnswer;
  stream(): StreamReader;
  problem(problem: OwnProblem): JsonObject;
  /** A problem within a stream that has begun. */
  problemEvent(problem: OwnProblem): string;
}

/** What proctor itself has to say, in the place of the provider. */
export interface OwnProblem {
  readonly code: ErrorCode;
  readonly status: number;
  readonly text: string;
}

export interface ModelRequest {
  readonly model: string;
  readonly streams: boolean;
  readonly conversation: Conversation;
  /** Tools offered to the model, as the wire has them. */
  readonly tools: readonly OfferedTool[];
  readonly parameters: JsonObject;
  /** The provider's id of an answer that this request goes on from, its history being kept there. */
  readonly previous?: string;
}

/** A tool call that a model asks its client to carry out. */
export interface ModelCall {
  /** Unique within the answer. */
  readonly key: string;
  readonly id: string;
  readonly tool: string;
  readonly arguments: JsonObject;
}

/** What becomes of a call on its way to the client. */
export type Ruling =
  | { readonly kind: "release" }
  /** Same id and tool, other arguments: they do nothing, and tell the model why. */
  | { readonly kind: "replace"; readonly arguments: JsonObject }
  /** The text stands in its place. */
  | { readonly kind: "drop"; readonly text: string };

/** By the calls' keys. */
export type Rulings = ReadonlyMap<string, Ruling>;

/** An answer as far as it has come. */
export interface AnswerView {
  /** One for each alternative; a provider gives several only when asked to. */
  readonly messages: readonly {
    /** What the model said. */
    readonly message: Message;
    /** What the client was given; the same object where nothing was changed. */
    readonly given: Message;
  }[];
  /** The provider's id of the answer. */
  readonly id?: string;
  readonly served?: string;
  readonly finish?: string;
  readonly usage?: Usage;
  /** What the provider says went wrong. */
  readonly error?: string;
  readonly isComplete: boolean;
}

export interface WholeAnswer {
  readonly calls: readonly ModelCall[];
  /** The body as the client gets it. */
  edit(rulings: Rulings): JsonObject;
  view(rulings: Rulings): AnswerView;
}

/** What is to be done with an event. */
export interface Taken {
  /** It is part of a call that is not whole, or stands behind one. */
  readonly holds: boolean;
  /** What is held is whole: `waiting` is to be judged, and `release` says what goes on. */
  readonly judges: boolean;
  /** Nothing of the answer comes after it. */
  readonly isLast: boolean;
}

/** Reads one stream, event by event. */
export interface StreamReader {
  /** `event`: its data as JSON; undefined where it has none that is an object. */
  take(event: JsonObject | undefined, raw: ServerEvent): Taken;
  readonly waiting: readonly ModelCall[];
  /** The held events, as they came where every ruling is `release`. */
  release(held: readonly ServerEvent[], rulings: Rulings): readonly Uint8Array[];
  /** An event that passes; another one where an earlier ruling shows in it. */
  pass(event: JsonObject | undefined, raw: ServerEvent): Uint8Array;
  view(): AnswerView;
}
