// What is said between user and model, in one form for every wire.

import type { Json } from "./json.ts";

/** `system` has what some wires call developer messages and instructions; `tool` bears results. */
export const messageRoles = ["system", "user", "assistant", "tool"] as const;
export type MessageRole = (typeof messageRoles)[number];

/** A piece of a message. The id of a call joins it to its result, and to the step that judged it. */
export type MessagePart =
  | { readonly type: "text"; readonly text: string }
  /** What a model shows of its reasoning. */
  | { readonly type: "reasoning"; readonly text: string }
  /** `arguments`: an object where the model wrote one, else the text that it wrote. */
  | {
      readonly type: "call";
      readonly id: string;
      readonly tool: string;
      readonly arguments: Json;
      /** The provider carries it out: nobody here could stop it. */
      readonly provider?: true;
    }
  | {
      readonly type: "result";
      readonly id: string;
      readonly content: Json;
      readonly isError?: true;
    }
  /** Anything else, as the wire has it: pictures, files. Without `value` what only the provider can read. */
  | { readonly type: "other"; readonly kind: string; readonly value?: Json };

/** A message before it is recorded. */
export interface Message {
  readonly role: MessageRole;
  readonly parts: readonly MessagePart[];
}

/** Tokens, as the provider counts them. */
export interface Usage {
  readonly input?: number;
  readonly output?: number;
  /** Of `input`: read from a cache. */
  readonly cached?: number;
  /** Of `output`: reasoning. */
  readonly reasoning?: number;
}

/** `cut off`: by the provider or the network; `aborted`: by the client; `failed`: no answer but an error. */
export const answerEnds = ["complete", "cut off", "aborted", "failed"] as const;
export type AnswerEnd = (typeof answerEnds)[number];
