// What is written down. A trajectory is its records in order; everything else is derived from them.

import type { ApprovalEvent } from "./approval.ts";
import type { Door, ExecutionContext } from "./call.ts";
import type { Decision, Mode } from "./decision.ts";
import type { Effect, EffectKind, Residue } from "./effect.ts";
import type { ErrorCode } from "./errors.ts";
import type { Scores } from "./measure.ts";
import type { AnswerEnd, MessageRole, Usage } from "./message.ts";
import type { ToolDigest } from "./offer.ts";
import type { ContentRef, Outcome } from "./outcome.ts";
import type { Task } from "./task.ts";
import type { ClosedBecause, IdentifiedBy, TrajectoryKey } from "./trajectory.ts";

/** Version of the record format. Newer ones are refused, older ones read. */
export const recordVersion = 2;

interface Base {
  readonly v: typeof recordVersion;
  /** Unique; after a doubtful append the writer looks for it. */
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/** First record of every trajectory. */
export interface OpenedRecord extends Base {
  readonly type: "opened";
  readonly key: TrajectoryKey;
  readonly task: Task;
  readonly identifiedBy: IdentifiedBy;
  readonly door: Door;
  /** Digest and mode of the policy at the opening. */
  readonly policy: string;
  readonly mode: Mode;
  /** Model and revision of the agent, as the config had them. */
  readonly model?: string;
  /** Whether a predecessor's limits are inherited (generation above 1). */
  readonly continues: boolean;
  /** The harness's session that this trajectory belongs to. */
  readonly session?: string;
  /** W3C trace id, where the caller sent one. */
  readonly traceId?: string;
}

/**
 * What the model was offered of one upstream: written with the first call after it, and again where it
 * has changed. No step.
 */
export interface OfferedRecord extends Base {
  readonly type: "offered";
  readonly door: Door;
  /** Whose tools, by its name in the config. */
  readonly upstream: string;
  /** Of all of them; unkeyed, for comparing arms. */
  readonly digest: string;
  /** How many there were. */
  readonly count: number;
  /** Each by digest, where they are held to what they were offered as; at most `maxPinned`. */
  readonly pins?: readonly ToolDigest[];
  /** An array of `OfferedTool`. Redacted. */
  readonly tools: ContentRef;
}

/** Tools of one upstream that are pinned in a trajectory; those beyond are taken to have changed. */
export const maxPinned = 512;

/**
 * A tool is no longer what this trajectory was offered first under its name, or somebody has
 * acknowledged that. No step.
 */
export interface RedefinedRecord extends Base {
  readonly type: "redefined";
  readonly upstream: string;
  readonly tool: string;
  /** Digest of what it is now. */
  readonly is: string;
  readonly event:
    | { readonly kind: "noticed"; readonly was: string }
    | {
        readonly kind: "acknowledged";
        /** Name of the token. */
        readonly by: string;
        readonly note?: string;
      };
}

/** A call proposed and decided, before it is carried out. */
export interface IntentRecord extends Base {
  readonly type: "intent";
  /** 1-based, in the order of intents. */
  readonly step: number;
  readonly call: RecordedCall;
  readonly effects: readonly Effect[];
  readonly residue: Residue;
  readonly analyser: string;
  readonly decision: Decision;
  /** The process that wrote it; recovery closes intents of instances whose lease has expired. */
  readonly instance: string;
  /** Intent and dispatch in one append: nobody had to be waited for. */
  readonly dispatched: boolean;
  /** The door carries it out itself, and its outcome comes by a report or not at all. */
  readonly awaitsReport?: true;
  /** The earlier step that another door recorded of the same call: it is counted there. */
  readonly sameAs?: number;
  /** It is sent again with the input that an earlier result of it asked for: `interim` of that outcome. */
  readonly resumes?: string;
  /** An earlier step has this call's id, and is another call, or came by the same door. */
  readonly idReused?: true;
  /** It was reported and never asked about: the decision was made behind it and stopped nothing. */
  readonly unjudged?: true;
}

export interface RecordedCall {
  readonly id?: string;
  readonly door: Door;
  readonly upstream: string;
  readonly tool: string;
  /** Redacted. */
  readonly arguments: ContentRef;
  readonly context: ExecutionContext;
  /** See `ToolCall`. */
  readonly subagent?: string;
  /** Keyed digest of upstream, tool, unredacted arguments and context: HMAC-SHA-256, hex. */
  readonly digest: string;
  /** Keyed digest of its effects, by which doors that spell a call differently agree on it; of calls with an id. */
  readonly action?: string;
  readonly idempotencyKey?: string;
}

/** One event of an approval. It goes to the head of the trajectory, whatever was decided meanwhile. */
export interface ApprovalRecord extends Base {
  readonly type: "approval";
  /** Names the approval in all of its records. */
  readonly approval: string;
  /** The call that asks, waits for or uses the approval; of an answer: the one that it answers. */
  readonly step: number;
  readonly event: ApprovalEvent;
}

/** A call that a person was asked about is carried out from here on. */
export interface DispatchRecord extends Base {
  readonly type: "dispatch";
  readonly step: number;
  readonly instance: string;
  /** Of the call's effects, for limits over all trajectories of the agent. */
  readonly kinds: readonly EffectKind[];
}

export interface OutcomeRecord extends Base {
  readonly type: "outcome";
  readonly step: number;
  readonly outcome: Outcome;
  /** Written by recovery, not by the process that held the call. */
  readonly recovered?: true;
}

/**
 * The result of a call is the handle of a task (MCP, "Tasks"): the server goes on, and the outcome is
 * written when it is seen, or `unobserved` with the end of the trajectory.
 */
export interface TaskRecord extends Base {
  readonly type: "task";
  readonly step: number;
  /** Keyed digest of the upstream, the session and the id that the server gave the task: HMAC-SHA-256, hex. */
  readonly task: string;
  readonly event: /** `answer`: the handle as the client has it, redacted. */
    | { readonly kind: "began"; readonly answer: ContentRef; readonly durationMs: number }
    /** The client asked the server to cancel it, which may come too late. */
    | { readonly kind: "cancel_asked" };
}

/** A request that could not be decoded as a call, where the agent is known. No step. */
export interface MalformedRecord extends Base {
  readonly type: "malformed";
  readonly door: Door;
  readonly code: ErrorCode;
  readonly detail: string;
}

/**
 * One message between user and model, where a door sees them. It has no step number and enters no
 * measure: the calls in it are steps of their own. A conversation is a chain of `link`s, so that what
 * clients send again with every request is recorded once; where a client changes what was said, or
 * leads two conversations, the chain forks.
 */
export interface MessageRecord extends Base {
  readonly type: "message";
  readonly door: Door;
  readonly role: MessageRole;
  /** Keyed digest of role and unredacted contents as the client has them: HMAC-SHA-256, hex. */
  readonly digest: string;
  /** `link` of the message before it; absent: it is the first, or a system prompt. */
  readonly after?: string;
  /** Keyed digest of `after` and `digest`: names the message and all before it. */
  readonly link: string;
  /** Its parts (core/message.ts), redacted; absent: those of an earlier message of this digest. */
  readonly content?: ContentRef;
  /** The model said it here; absent: the client sent it. */
  readonly answer?: RecordedAnswer;
}

/** How an answer of a model came to be. */
export interface RecordedAnswer {
  /** The API that was spoken, of a closed list: `openai-chat`, ... */
  readonly wire: string;
  readonly upstream: string;
  /** As asked for, and as the provider says it answered. */
  readonly model: string;
  readonly served?: string;
  /** Sampling parameters, and whatever else of the request shapes the answer. */
  readonly parameters: ContentRef;
  /** `link`s of the system prompts that it was given. */
  readonly system: readonly string[];
  /** Digest of the tool schemas offered with it. */
  readonly tools?: string;
  /** HTTP status; absent: there was no answer. */
  readonly status?: number;
  readonly ended: AnswerEnd;
  /** Why the model stopped, in the wire's words. */
  readonly finish?: string;
  /** What the error said; redacted. */
  readonly detail?: string;
  readonly usage?: Usage;
  /** Until its first event, and until its end. */
  readonly firstMs?: number;
  readonly durationMs: number;
  /** Ids of calls that the client was given in another form: `content` is what the model said. */
  readonly replaced: readonly string[];
}

/**
 * Last record: it bears everything that totals are projected from, so that no other record of the
 * trajectory need be read for them.
 */
export interface ClosedRecord extends Base {
  readonly type: "closed";
  readonly key: TrajectoryKey;
  readonly task: Task;
  readonly identifiedBy: IdentifiedBy;
  readonly because: ClosedBecause;
  readonly openedAt: number;
  readonly steps: number;
  /** Is it a unit of rates? Successors and trajectories identified by connection are not. */
  readonly counts: boolean;
  readonly scores: Scores;
  readonly definitions: string;
  readonly analyser: string;
  readonly policy: string;
  readonly mode: Mode;
  /** Digest of everything that the model was offered; absent: not known. */
  readonly tools?: string;
}

/**
 * The tombstone of contents: from here on the records at the positions `from` to `through` bear
 * nothing but what rates, limits and audits rest on.
 */
export interface ErasedRecord extends Base {
  readonly type: "erased";
  readonly from: number;
  readonly through: number;
  /** How many of them had contents. */
  readonly records: number;
  /** Of what is left of them, keyed: their links do not speak of these bytes any more. HMAC-SHA-256, hex. */
  readonly digest: string;
  readonly because: ErasedBecause;
  /** The rule's or the person's words. */
  readonly reason: string;
}

export type ErasedBecause = "retention" | "request";

/** Records of these types may bear contents. */
export const contentTypes = [
  "offered",
  "redefined",
  "intent",
  "approval",
  "outcome",
  "task",
  "malformed",
  "message",
] as const;

export type ProctorRecord =
  | OpenedRecord
  | OfferedRecord
  | RedefinedRecord
  | IntentRecord
  | ApprovalRecord
  | DispatchRecord
  | OutcomeRecord
  | TaskRecord
  | MalformedRecord
  | MessageRecord
  | ClosedRecord
  | ErasedRecord;

export type RecordType = ProctorRecord["type"];
