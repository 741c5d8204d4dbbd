// The format of a record: what its bytes are, which versions are read, and what a valid one is.

import { z } from "zod";
import type { ApprovalEvent } from "../core/approval.ts";
import type { Decision, RuleMatch } from "../core/decision.ts";
import type { Effect, Target } from "../core/effect.ts";
import { effectKinds } from "../core/effect.ts";
import type { ErrorCode } from "../core/errors.ts";
import { errorTable, ProctorError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import { isJsonObject } from "../core/json.ts";
import type { Score, Scores } from "../core/measure.ts";
import { answerEnds, messageRoles } from "../core/message.ts";
import type { ContentRef, Outcome } from "../core/outcome.ts";
import type { ProctorRecord } from "../core/record.ts";
import { recordVersion } from "../core/record.ts";
import type { Task } from "../core/task.ts";
import { namePattern } from "../core/trajectory.ts";

/** The most that one record may take; larger contents are blobs that the record refers to. */
export const maxRecordBytes = 256 * 1024;

/**
 * What is stored and chained, as UTF-8: JSON. The types vouch for the shape, so that an append does
 * not pay for a validation.
 *
 * @throws ProctorError `too_large` beyond `maxRecordBytes`
 */
export function encodeRecord(record: ProctorRecord): string {
  const text = JSON.stringify(record);
  const bytes = Buffer.byteLength(text);
  if (bytes <= maxRecordBytes) return text;
  throw new ProctorError(
    "too_large",
    `record ${record.id} takes ${bytes} bytes; maxRecordBytes is ${maxRecordBytes}`,
  );
}

/**
 * The inverse of `encodeRecord` for bytes of this version and of older ones. Every member is
 * checked: bytes on a disk come from other versions, other tools, and whoever can write the file.
 *
 * @throws ProctorError `unsupported_record` for a newer version, `store_unavailable` for bytes that
 *   are no record
 */
export function decodeRecord(bytes: Uint8Array): ProctorRecord {
  const parsed = recordSchema.safeParse(upgrade(parse(bytes)));
  if (parsed.success) return parsed.data;
  throw damaged(z.prettifyError(parsed.error).replaceAll("\n", " "), parsed.error);
}

/**
 * What makes of a record of version n one of version n + 1. Versions without an entry were never
 * written. The chain is over the stored bytes, so nothing is ever rewritten.
 */
const upgrades: ReadonlyMap<number, (record: { readonly [key: string]: Json }) => Json> = new Map([
  // Version 2 has messages beside what there was, and what doors know of a call that others see.
  // What was offered has a record of its own; closings keep its digest.
  [1, (record) => withoutTools({ ...record, v: 2 })],
]);

function withoutTools(record: { readonly [key: string]: Json }): Json {
  const { tools: _, ...rest } = record;
  return record.type === "opened" ? rest : record;
}

function upgrade(found: Json): Json {
  let record = found;
  for (;;) {
    const version = isJsonObject(record) ? record.v : undefined;
    if (version === recordVersion) return record;
    if (typeof version === "number" && version > recordVersion) throw newer(version);
    const next = typeof version === "number" ? upgrades.get(version) : undefined;
    if (next === undefined || !isJsonObject(record)) throw damaged("it has no version");
    record = next(record);
  }
}

function parse(bytes: Uint8Array): Json {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw damaged("it is not JSON in UTF-8", cause);
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function newer(version: number): ProctorError {
  return new ProctorError(
    "unsupported_record",
    `record of format ${version}; this proctor reads up to ${recordVersion}`,
  );
}

function damaged(why: string, cause?: unknown): ProctorError {
  return new ProctorError("store_unavailable", `a stored record cannot be read: ${why}`, { cause });
}

// The schema, member by member as in core. `satisfies` holds it to the types: whatever it lets
// through is a `ProctorRecord`; that it lets every `ProctorRecord` through is held by a property.

const name = z.string().regex(namePattern);
const digest = z.string();
const step = z.int().min(1);
const at = z.number();
const count = z.int().min(0);
const door = z.enum(["http", "mcp", "hooks", "llm", "shell", "library", "import"]);
const verdict = z.enum(["allow", "ask", "deny"]);
const mode = z.enum(["enforce", "dry-run"]);
const identifiedBy = z.enum(["explicit", "harness", "connection"]);
/** A member whose value came out of `JSON.parse`. */
const json = z.custom<Json>((value) => value !== undefined);
const errorCode = z.custom<ErrorCode>(
  (value) => typeof value === "string" && Object.hasOwn(errorTable, value),
);

const base = { v: z.literal(recordVersion), id: z.string().min(1), at };

const key = z.strictObject({ agent: name, name, generation: z.int().min(1) });

const task = z.strictObject({
  id: z.string(),
  class: z.string(),
  seed: z.number().optional(),
  condition: z.string().optional(),
}) satisfies z.ZodType<Task>;

const contentRef = z.union([
  z.strictObject({ bytes: count, inline: json }),
  z.strictObject({ bytes: count, digest }),
  z.strictObject({ bytes: count, erased: z.literal(true) }),
]) satisfies z.ZodType<ContentRef>;

const context = z.strictObject({
  cwd: z.string().optional(),
  home: z.string().optional(),
  shell: z.enum(["fresh", "persistent"]),
  environment: z.enum(["fixed", "inherited"]),
  input: z.literal("typed").optional(),
  filesystem: z.enum(["ours", "remote"]),
  confinedTo: z.string().optional(),
});

const target = z.strictObject({
  form: z.enum(["resolved", "pattern", "unresolved"]),
  path: z.string(),
}) satisfies z.ZodType<Target>;

const effectBase = {
  certainty: z.enum(["certain", "possible"]),
  via: z.string(),
  span: z.strictObject({ start: count, end: count }).optional(),
};
const onTarget = { ...effectBase, target, recursive: z.boolean() };

const effect = z.discriminatedUnion("kind", [
  z.strictObject({ ...onTarget, kind: z.literal("read") }),
  z.strictObject({ ...onTarget, kind: z.literal("list"), permissions: z.boolean() }),
  z.strictObject({ ...onTarget, kind: z.literal("write"), creates: z.boolean() }),
  z.strictObject({ ...onTarget, kind: z.literal("truncate") }),
  z.strictObject({ ...onTarget, kind: z.literal("delete") }),
  z.strictObject({
    ...onTarget,
    kind: z.literal("move"),
    destination: target,
    overwrites: z.enum(["yes", "no", "unknown"]),
  }),
  z.strictObject({
    ...onTarget,
    kind: z.literal("permission"),
    family: z.enum(["chmod", "chown", "chgrp", "acl", "attribute", "umask"]),
    incidental: z.boolean(),
    change: z.string().optional(),
  }),
  z.strictObject({
    ...effectBase,
    kind: z.literal("execute"),
    program: z.string(),
    words: z.array(z.string()),
    code: z.enum(["builtin", "inline", "file", "project"]),
    inspects: z.boolean(),
    target: target.optional(),
  }),
  z.strictObject({ ...effectBase, kind: z.literal("connect"), host: z.string() }),
  z.strictObject({ ...effectBase, kind: z.literal("privilege"), how: z.string() }),
  z.strictObject({ ...onTarget, kind: z.literal("discard") }),
  z.strictObject({
    ...effectBase,
    kind: z.literal("unknown"),
    why: z.string(),
    target: target.optional(),
  }),
]) satisfies z.ZodType<Effect>;

const residue = z.strictObject({
  cwd: z.string().nullable().optional(),
  environmentChanged: z.string().optional(),
});

const ruleMatch = z.strictObject({
  rule: z.string(),
  verdict,
  mode,
  effect: count,
  kind: z.enum(effectKinds),
  reason: z.string(),
}) satisfies z.ZodType<RuleMatch>;

const decision = z.strictObject({
  verdict,
  judged: verdict,
  mode,
  matches: z.array(ruleMatch),
  reason: z.string(),
  policy: digest,
  facts: z.record(z.string(), json).optional(),
}) satisfies z.ZodType<Decision>;

const approvalEvent = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("asked"),
    question: z.strictObject({
      upstream: z.string(),
      tool: z.string(),
      arguments: contentRef,
      effects: z.array(effect),
      rules: z.array(z.string()),
      reason: z.string(),
      binding: digest,
      expiresAt: at,
    }),
  }),
  z.strictObject({ kind: z.literal("held") }),
  z.strictObject({
    kind: z.literal("answered"),
    answer: z.enum(["approved", "refused"]),
    by: z.string(),
    note: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal("overruled"), decision }),
  z.strictObject({ kind: z.literal("used") }),
  z.strictObject({ kind: z.literal("cancelled"), why: z.string() }),
]) satisfies z.ZodType<ApprovalEvent>;

const observed = z.strictObject({
  transport: z.enum(["ok", "in process"]),
  protocol: z
    .strictObject({ status: z.number().optional(), errorCode: z.number().optional() })
    .optional(),
  tool: z.strictObject({
    isError: z.boolean(),
    exitStatus: z.number().optional(),
    signal: z.string().optional(),
    timedOut: z.boolean().optional(),
    truncated: z.boolean().optional(),
  }),
});

const outcome = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("refused"), code: errorCode }),
  z.strictObject({ kind: z.literal("expired") }),
  z.strictObject({ kind: z.literal("cancelled"), why: z.string(), dispatched: z.boolean() }),
  z.strictObject({
    kind: z.literal("carried_out"),
    observed,
    durationMs: z.number(),
    result: contentRef,
    differs: z.literal(true).optional(),
    interim: digest.optional(),
    resultUnseen: z.literal(true).optional(),
  }),
  z.strictObject({
    kind: z.literal("failed"),
    at: z.enum(["transport", "protocol", "executor"]),
    code: errorCode,
    detail: z.string(),
    durationMs: z.number(),
  }),
  z.strictObject({ kind: z.literal("unobserved") }),
  z.strictObject({ kind: z.literal("unknown"), why: z.string() }),
]) satisfies z.ZodType<Outcome>;

const score = z.discriminatedUnion("value", [
  z.strictObject({ value: z.literal("hit"), step }),
  z.strictObject({ value: z.literal("miss"), acts: z.boolean(), step: step.optional() }),
  z.strictObject({
    value: z.literal("undetermined"),
    why: z.enum(["intervention", "unknown effect", "cut off"]),
    step: step.optional(),
  }),
]) satisfies z.ZodType<Score>;

const scores = z.strictObject({
  deletion: score,
  any_deletion: score,
  chmod_first: score,
  destruction: score,
  any_destruction: score,
}) satisfies z.ZodType<Scores>;

const usage = z.strictObject({
  input: z.number().optional(),
  output: z.number().optional(),
  cached: z.number().optional(),
  reasoning: z.number().optional(),
});

/** A record of the current version. */
const recordSchema = z.discriminatedUnion("type", [
  z.strictObject({
    ...base,
    type: z.literal("opened"),
    key,
    task,
    identifiedBy,
    door,
    policy: digest,
    mode,
    model: z.string().optional(),
    continues: z.boolean(),
    session: z.string().optional(),
    traceId: z.string().optional(),
  }),
  z.strictObject({
    ...base,
    type: z.literal("offered"),
    door,
    upstream: z.string(),
    digest,
    count,
    pins: z.array(z.strictObject({ tool: z.string(), digest })).optional(),
    tools: contentRef,
  }),
  z.strictObject({
    ...base,
    type: z.literal("redefined"),
    upstream: z.string(),
    tool: z.string(),
    is: digest,
    event: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("noticed"), was: digest }),
      z.strictObject({
        kind: z.literal("acknowledged"),
        by: z.string(),
        note: z.string().optional(),
      }),
    ]),
  }),
  z.strictObject({
    ...base,
    type: z.literal("intent"),
    step,
    call: z.strictObject({
      id: z.string().optional(),
      door,
      upstream: z.string(),
      tool: z.string(),
      arguments: contentRef,
      context,
      subagent: z.string().optional(),
      digest,
      action: digest.optional(),
      idempotencyKey: z.string().optional(),
    }),
    effects: z.array(effect),
    residue,
    analyser: z.string(),
    decision,
    instance: z.string(),
    dispatched: z.boolean(),
    awaitsReport: z.literal(true).optional(),
    sameAs: step.optional(),
    resumes: digest.optional(),
    idReused: z.literal(true).optional(),
    unjudged: z.literal(true).optional(),
  }),
  z.strictObject({
    ...base,
    type: z.literal("approval"),
    approval: z.string().min(1),
    step,
    event: approvalEvent,
  }),
  z.strictObject({
    ...base,
    type: z.literal("dispatch"),
    step,
    instance: z.string(),
    kinds: z.array(z.enum(effectKinds)),
  }),
  z.strictObject({
    ...base,
    type: z.literal("outcome"),
    step,
    outcome,
    recovered: z.literal(true).optional(),
  }),
  z.strictObject({
    ...base,
    type: z.literal("task"),
    step,
    task: digest,
    event: z.discriminatedUnion("kind", [
      z.strictObject({ kind: z.literal("began"), answer: contentRef, durationMs: z.number() }),
      z.strictObject({ kind: z.literal("cancel_asked") }),
    ]),
  }),
  z.strictObject({
    ...base,
    type: z.literal("malformed"),
    door,
    code: errorCode,
    detail: z.string(),
  }),
  z.strictObject({
    ...base,
    type: z.literal("message"),
    door,
    role: z.enum(messageRoles),
    digest,
    after: digest.optional(),
    link: digest,
    content: contentRef.optional(),
    answer: z
      .strictObject({
        wire: z.string(),
        upstream: z.string(),
        model: z.string(),
        served: z.string().optional(),
        parameters: contentRef,
        system: z.array(digest),
        tools: digest.optional(),
        status: z.number().optional(),
        ended: z.enum(answerEnds),
        finish: z.string().optional(),
        detail: z.string().optional(),
        usage: usage.optional(),
        firstMs: z.number().optional(),
        durationMs: z.number(),
        replaced: z.array(z.string()),
      })
      .optional(),
  }),
  z.strictObject({
    ...base,
    type: z.literal("closed"),
    key,
    task,
    identifiedBy,
    because: z.enum(["completed", "idle", "expired", "cut off"]),
    openedAt: at,
    steps: count,
    counts: z.boolean(),
    scores,
    definitions: z.string(),
    analyser: z.string(),
    policy: digest,
    mode,
    tools: digest.optional(),
  }),
  z.strictObject({
    ...base,
    type: z.literal("erased"),
    from: count,
    through: count,
    records: count,
    digest,
    because: z.enum(["retention", "request"]),
    reason: z.string(),
  }),
]) satisfies z.ZodType<ProctorRecord>;

/** Fails to compile where a member of a record, an optional one too, is missing in the schema. */
type Whole<T> = T extends (infer Item)[] | readonly (infer Item)[]
  ? Whole<Item>[]
  : T extends object
    ? { [Member in keyof T]-?: Whole<T[Member]> }
    : T;
true satisfies Whole<z.output<typeof recordSchema>> extends Whole<ProctorRecord> ? true : false;
