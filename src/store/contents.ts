// What a record is without its contents, and which blobs it refers to.
//
// Contents are arguments and results, and what was read off them: paths, hosts, words of commands, the
// texts of faults and notes. What stays is what rates, audits and limits rest on: kinds of effects, how
// sure they are, decisions, rules, outcomes, sizes, times. A target without its path is unresolved, so
// that limits match it and permissions do not.

import type { ApprovalEvent } from "../core/approval.ts";
import type { Effect, Target } from "../core/effect.ts";
import type { ContentRef, Outcome } from "../core/outcome.ts";
import {
  contentTypes,
  type IntentRecord,
  type MessageRecord,
  type ProctorRecord,
  type RecordedAnswer,
  type RedefinedRecord,
  type TaskRecord,
} from "../core/record.ts";

export function bearsContents({ type }: { readonly type: string }): boolean {
  return contentTypes.some((one) => one === type);
}

/** The same record, if it bears none. */
export function withoutContents(record: ProctorRecord): ProctorRecord {
  switch (record.type) {
    case "intent":
      return intent(record);
    case "approval":
      return { ...record, event: event(record.event) };
    case "outcome":
      return { ...record, outcome: outcome(record.outcome) };
    case "task":
      return { ...record, event: taskEvent(record.event) };
    case "malformed":
      return { ...record, detail: "" };
    case "offered":
      return { ...record, tools: gone(record.tools) };
    case "redefined":
      return { ...record, event: redefinition(record.event) };
    case "message":
      return message(record);
    case "opened":
    case "dispatch":
    case "closed":
    case "erased":
      return record;
  }
}

/** Of the blobs that it refers to. */
export function digestsIn(record: ProctorRecord): readonly string[] {
  return contentsIn(record).flatMap((content) => ("digest" in content ? [content.digest] : []));
}

function contentsIn(record: ProctorRecord): readonly ContentRef[] {
  switch (record.type) {
    case "offered":
      return [record.tools];
    case "intent":
      return [record.call.arguments];
    case "approval":
      return record.event.kind === "asked" ? [record.event.question.arguments] : [];
    case "outcome":
      return record.outcome.kind === "carried_out" ? [record.outcome.result] : [];
    case "task":
      return record.event.kind === "began" ? [record.event.answer] : [];
    case "message":
      return [
        ...(record.content === undefined ? [] : [record.content]),
        ...(record.answer === undefined ? [] : [record.answer.parameters]),
      ];
    case "opened":
    case "redefined":
    case "dispatch":
    case "malformed":
    case "closed":
    case "erased":
      return [];
  }
}

function gone({ bytes }: ContentRef): ContentRef {
  return { bytes, erased: true };
}

/** What stays is named: a member that is added later goes, until somebody decides otherwise. */
function intent({ call, effects, residue, ...record }: IntentRecord): IntentRecord {
  const { door, upstream, tool, digest, action } = call;
  const { shell, environment, filesystem } = call.context;
  return {
    ...record,
    call: {
      door,
      upstream,
      tool,
      arguments: gone(call.arguments),
      context: { shell, environment, filesystem },
      digest,
      ...(action === undefined ? {} : { action }),
    },
    effects: effects.map(effect),
    residue: {
      ...(residue.cwd === undefined ? {} : { cwd: null }),
      ...(residue.environmentChanged === undefined ? {} : { environmentChanged: "" }),
    },
  };
}

const nowhere: Target = { form: "unresolved", path: "" };

function effect(found: Effect): Effect {
  const base = { certainty: found.certainty, via: "" };
  const onTarget = (recursive: boolean) => ({ ...base, target: nowhere, recursive });
  switch (found.kind) {
    case "read":
    case "truncate":
    case "delete":
    case "discard":
      return { kind: found.kind, ...onTarget(found.recursive) };
    case "list":
      return { kind: "list", ...onTarget(found.recursive), permissions: found.permissions };
    case "write":
      return { kind: "write", ...onTarget(found.recursive), creates: found.creates };
    case "move": {
      const { recursive, overwrites } = found;
      return { kind: "move", ...onTarget(recursive), destination: nowhere, overwrites };
    }
    case "permission": {
      const { recursive, family, incidental } = found;
      return { kind: "permission", ...onTarget(recursive), family, incidental };
    }
    case "execute": {
      const { code, inspects } = found;
      return { kind: "execute", ...base, program: "", words: [], code, inspects };
    }
    case "connect":
      return { kind: "connect", ...base, host: "" };
    case "privilege":
      return { kind: "privilege", ...base, how: "" };
    case "unknown":
      return { kind: "unknown", ...base, why: "" };
  }
}

function taskEvent(found: TaskRecord["event"]): TaskRecord["event"] {
  return found.kind === "began" ? { ...found, answer: gone(found.answer) } : found;
}

function redefinition(found: RedefinedRecord["event"]): RedefinedRecord["event"] {
  return found.kind === "acknowledged" ? { kind: found.kind, by: found.by } : found;
}

/** Digests stay: the chain of a conversation can be seen, and nothing that was said in it. */
function message({ content, answer, ...record }: MessageRecord): MessageRecord {
  return {
    ...record,
    ...(content === undefined ? {} : { content: gone(content) }),
    ...(answer === undefined ? {} : { answer: answerOf(answer) }),
  };
}

function answerOf({ detail: _, ...answer }: RecordedAnswer): RecordedAnswer {
  return { ...answer, parameters: gone(answer.parameters), replaced: [] };
}

function event(found: ApprovalEvent): ApprovalEvent {
  switch (found.kind) {
    case "asked": {
      const { question } = found;
      const effects = question.effects.map(effect);
      return { ...found, question: { ...question, arguments: gone(question.arguments), effects } };
    }
    case "answered":
      return { kind: "answered", answer: found.answer, by: found.by };
    case "held":
    case "overruled":
    case "used":
    case "cancelled":
      return found;
  }
}

function outcome(found: Outcome): Outcome {
  switch (found.kind) {
    case "carried_out":
      return { ...found, result: gone(found.result) };
    case "failed":
      return { ...found, detail: "" };
    case "cancelled":
      return { ...found, why: "" };
    case "refused":
    case "expired":
    case "unobserved":
    case "unknown":
      return found;
  }
}
