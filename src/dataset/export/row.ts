// One conversation as a training row: what the formats write.

import type { RuleMatch, Verdict } from "../../core/decision.ts";
import type { EffectKind } from "../../core/effect.ts";
import type { Scores } from "../../core/measure.ts";
import type { MessagePart, MessageRole, Usage } from "../../core/message.ts";
import type { OfferedTool } from "../../core/offer.ts";
import type { Task } from "../../core/task.ts";

export interface RowMessage {
  readonly role: MessageRole;
  readonly parts: readonly MessagePart[];
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** 0: not to be learned from. Only what the model said here has 1. */
  readonly weight: 0 | 1;
  /** Why the weight of something that a model said is 0. */
  readonly masked?: "denied" | "in an earlier row" | "not answered here";
  readonly model?: string;
  readonly usage?: Usage;
}

/** What was decided of a call, by its id. */
export interface JudgedCall {
  readonly step: number;
  readonly verdict: Verdict;
  readonly rules: readonly RuleMatch["rule"][];
  readonly effects: readonly EffectKind[];
}

export interface Row {
  /** `agent/name`, `agent/name~2`. */
  readonly trajectory: string;
  /** 1-based: a trajectory has several where its client led several, or changed what was said. */
  readonly conversation: number;
  readonly agent: string;
  readonly model?: string;
  readonly task: Task;
  readonly session?: string;
  /** The agent within the agent whose conversation it is, where a door saw that. */
  readonly subagent?: string;
  readonly messages: readonly RowMessage[];
  /** No door saw what the user asked: calls and results alone. */
  readonly hasPrompt: boolean;
  readonly tools: readonly OfferedTool[];
  readonly calls: ReadonlyMap<string, JudgedCall>;
  readonly scores?: Scores;
  /** A result was cut short before the model had it, or an answer at the length that was allowed. */
  readonly truncated?: true;
  /** First and last of the trajectory's steps that are in it. */
  readonly steps?: { readonly first: number; readonly last: number };
}

/** A row as far as its conversation goes. */
export type Led = Pick<
  Row,
  "messages" | "hasPrompt" | "steps" | "truncated" | "model" | "subagent"
>;

/** Every text of a row, for filters that look at words. */
export function* textsOf({ messages }: Pick<Row, "messages">): Iterable<string> {
  for (const { parts } of messages) {
    for (const part of parts) yield part.type === "text" ? part.text : JSON.stringify(part);
  }
}
