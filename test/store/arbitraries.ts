// Records of every kind with every member, for properties.

import fc from "fast-check";
import type { ApprovalEvent, Question } from "../../src/core/approval.ts";
import type { Door, ExecutionContext } from "../../src/core/call.ts";
import type { Decision, Mode, RuleMatch, Verdict } from "../../src/core/decision.ts";
import type { Certainty, Effect, Residue, Target } from "../../src/core/effect.ts";
import { effectKinds } from "../../src/core/effect.ts";
import type { ErrorCode } from "../../src/core/errors.ts";
import { errorTable } from "../../src/core/errors.ts";
import type { Json } from "../../src/core/json.ts";
import type { Score, Scores } from "../../src/core/measure.ts";
import type { Usage } from "../../src/core/message.ts";
import { answerEnds, messageRoles } from "../../src/core/message.ts";
import type { ContentRef, Observed, Outcome } from "../../src/core/outcome.ts";
import {
  type ProctorRecord,
  type RecordedAnswer,
  type RecordedCall,
  type RecordType,
  recordVersion,
} from "../../src/core/record.ts";
import type { Task } from "../../src/core/task.ts";
import type { IdentifiedBy, TrajectoryKey } from "../../src/core/trajectory.ts";

/** A record of T. Optional members may be absent, which is not undefined once it went through JSON. */
function record<T>(
  model: { [K in keyof T]-?: fc.Arbitrary<Exclude<T[K], undefined>> },
  optional: readonly OptionalKeys<T>[] = [],
): fc.Arbitrary<T> {
  const isOptional = (member: unknown) => optional.some((other) => other === member);
  const required = Object.keys(model).filter((member) => !isOptional(member));
  return fc.record(model, { requiredKeys: required as never[] }) as fc.Arbitrary<T>;
}

type OptionalKeys<T> = { [K in keyof T]-?: undefined extends T[K] ? K : never }[keyof T];
type RecordOf<T extends RecordType> = Extract<ProctorRecord, { type: T }>;
type EffectOf<K extends Effect["kind"]> = Extract<Effect, { kind: K }>;
type OutcomeOf<K extends Outcome["kind"]> = Extract<Outcome, { kind: K }>;
type ScoreOf<V extends Score["value"]> = Extract<Score, { value: V }>;

const text = fc.string({ unit: "binary", maxLength: 12 });
const word = fc.constantFrom("a", "b-1", "Zed");
const digest = fc.constantFrom("0".repeat(64), "ab".repeat(32));
const step = fc.integer({ min: 1, max: 6 });
const atMs = fc.integer({ min: 1_700_000_000_000, max: 1_700_000_000_050 });
const door = fc.constantFrom<Door>("http", "mcp", "hooks", "llm", "shell", "library");
const verdict = fc.constantFrom<Verdict>("allow", "ask", "deny");
const mode = fc.constantFrom<Mode>("enforce", "dry-run");
const identifiedBy = fc.constantFrom<IdentifiedBy>("explicit", "harness", "connection");
const code = fc.constantFrom(...(Object.keys(errorTable) as ErrorCode[]));
/** Minus zero has no JSON form of its own. */
const json = fc.jsonValue({ maxDepth: 2 }).map((value): Json => JSON.parse(JSON.stringify(value)));

const base = { v: fc.constant(recordVersion), id: fc.uuid(), at: atMs };

export const keyOf = (agent: string): fc.Arbitrary<TrajectoryKey> =>
  fc.record({
    agent: fc.constant(agent),
    name: fc.constantFrom("one", "two", "three:3"),
    generation: fc.integer({ min: 1, max: 2 }),
  });

const task = record<Task>(
  {
    id: text,
    class: fc.constantFrom("ambiguous", "safe", "production"),
    seed: fc.integer(),
    condition: text,
  },
  ["seed", "condition"],
);

const contentRef: fc.Arbitrary<ContentRef> = fc.oneof(
  fc.record({ bytes: fc.nat(), inline: json }),
  fc.record({ bytes: fc.nat(), digest }),
  fc.record({ bytes: fc.nat(), erased: fc.constant(true as const) }),
);

const context = record<ExecutionContext>(
  {
    cwd: text,
    home: text,
    shell: fc.constantFrom("fresh", "persistent"),
    environment: fc.constantFrom("fixed", "inherited"),
    input: fc.constant("typed"),
    filesystem: fc.constantFrom("ours", "remote"),
    confinedTo: text,
  },
  ["cwd", "home", "input", "confinedTo"],
);

const target = record<Target>({
  form: fc.constantFrom("resolved", "pattern", "unresolved"),
  path: text,
});

function effectBase<K extends Effect["kind"]>(kind: K) {
  return {
    kind: fc.constant(kind),
    certainty: fc.constantFrom<Certainty>("certain", "possible"),
    via: text,
    span: fc.record({ start: fc.nat(), end: fc.nat() }),
  };
}

function onTarget<K extends Effect["kind"]>(kind: K) {
  return { ...effectBase(kind), target, recursive: fc.boolean() };
}

const effects: { [K in Effect["kind"]]: fc.Arbitrary<EffectOf<K>> } = {
  read: record<EffectOf<"read">>(onTarget("read"), ["span"]),
  list: record<EffectOf<"list">>({ ...onTarget("list"), permissions: fc.boolean() }, ["span"]),
  write: record<EffectOf<"write">>({ ...onTarget("write"), creates: fc.boolean() }, ["span"]),
  truncate: record<EffectOf<"truncate">>(onTarget("truncate"), ["span"]),
  delete: record<EffectOf<"delete">>(onTarget("delete"), ["span"]),
  move: record<EffectOf<"move">>(
    {
      ...onTarget("move"),
      destination: target,
      overwrites: fc.constantFrom("yes", "no", "unknown"),
    },
    ["span"],
  ),
  permission: record<EffectOf<"permission">>(
    {
      ...onTarget("permission"),
      family: fc.constantFrom("chmod", "chown", "chgrp", "acl", "attribute", "umask"),
      incidental: fc.boolean(),
      change: text,
    },
    ["span", "change"],
  ),
  execute: record<EffectOf<"execute">>(
    {
      ...effectBase("execute"),
      program: text,
      words: fc.array(text, { maxLength: 3 }),
      code: fc.constantFrom("builtin", "inline", "file", "project"),
      inspects: fc.boolean(),
      target,
    },
    ["span", "target"],
  ),
  connect: record<EffectOf<"connect">>({ ...effectBase("connect"), host: text }, ["span"]),
  privilege: record<EffectOf<"privilege">>({ ...effectBase("privilege"), how: text }, ["span"]),
  discard: record<EffectOf<"discard">>(onTarget("discard"), ["span"]),
  unknown: record<EffectOf<"unknown">>({ ...effectBase("unknown"), why: text, target }, [
    "span",
    "target",
  ]),
};

const ruleMatch = record<RuleMatch>({
  rule: text,
  verdict,
  mode,
  effect: fc.nat({ max: 3 }),
  kind: fc.constantFrom(...effectKinds),
  reason: text,
});

const decision = record<Decision>(
  {
    verdict,
    judged: verdict,
    mode,
    matches: fc.array(ruleMatch, { maxLength: 2 }),
    reason: text,
    policy: digest,
    facts: fc.dictionary(word, json, { maxKeys: 2 }),
  },
  ["facts"],
);

type EventOf<K extends ApprovalEvent["kind"]> = Extract<ApprovalEvent, { kind: K }>;

type Redefinition = RecordOf<"redefined">["event"];
const redefinitions: {
  [K in Redefinition["kind"]]: fc.Arbitrary<Extract<Redefinition, { kind: K }>>;
} = {
  noticed: record<Extract<Redefinition, { kind: "noticed" }>>({
    kind: fc.constant("noticed"),
    was: digest,
  }),
  acknowledged: record<Extract<Redefinition, { kind: "acknowledged" }>>(
    { kind: fc.constant("acknowledged"), by: word, note: text },
    ["note"],
  ),
};

type TaskEvent = RecordOf<"task">["event"];
const taskEvents: {
  [K in TaskEvent["kind"]]: fc.Arbitrary<Extract<TaskEvent, { kind: K }>>;
} = {
  began: record<Extract<TaskEvent, { kind: "began" }>>({
    kind: fc.constant("began"),
    answer: contentRef,
    durationMs: fc.nat(),
  }),
  cancel_asked: fc.constant({ kind: "cancel_asked" }),
};

const approvalEvents: { [K in ApprovalEvent["kind"]]: fc.Arbitrary<EventOf<K>> } = {
  asked: record<EventOf<"asked">>({
    kind: fc.constant("asked"),
    question: record<Question>({
      upstream: word,
      tool: word,
      arguments: contentRef,
      effects: fc.array(fc.oneof(...Object.values(effects)), { maxLength: 2 }),
      rules: fc.array(word, { maxLength: 2 }),
      reason: text,
      binding: digest,
      expiresAt: atMs,
    }),
  }),
  held: fc.constant({ kind: "held" }),
  answered: record<EventOf<"answered">>(
    {
      kind: fc.constant("answered"),
      answer: fc.constantFrom("approved", "refused"),
      by: word,
      note: text,
    },
    ["note"],
  ),
  overruled: record<EventOf<"overruled">>({ kind: fc.constant("overruled"), decision }),
  used: fc.constant({ kind: "used" }),
  cancelled: record<EventOf<"cancelled">>({ kind: fc.constant("cancelled"), why: text }),
};

const observed = record<Observed>(
  {
    transport: fc.constantFrom("ok", "in process"),
    protocol: fc.record({ status: fc.integer(), errorCode: fc.integer() }, { requiredKeys: [] }),
    tool: record<Observed["tool"]>(
      {
        isError: fc.boolean(),
        exitStatus: fc.nat({ max: 255 }),
        signal: fc.constant("SIGKILL"),
        timedOut: fc.boolean(),
        truncated: fc.boolean(),
      },
      ["exitStatus", "signal", "timedOut", "truncated"],
    ),
  },
  ["protocol"],
);

const outcomes: { [K in Outcome["kind"]]: fc.Arbitrary<OutcomeOf<K>> } = {
  refused: record<OutcomeOf<"refused">>({ kind: fc.constant("refused"), code }),
  expired: fc.constant({ kind: "expired" }),
  cancelled: record<OutcomeOf<"cancelled">>({
    kind: fc.constant("cancelled"),
    why: text,
    dispatched: fc.boolean(),
  }),
  carried_out: record<OutcomeOf<"carried_out">>(
    {
      kind: fc.constant("carried_out"),
      observed,
      durationMs: fc.nat(),
      result: contentRef,
      differs: fc.constant(true),
      interim: digest,
      resultUnseen: fc.constant(true),
    },
    ["differs", "interim", "resultUnseen"],
  ),
  failed: record<OutcomeOf<"failed">>({
    kind: fc.constant("failed"),
    at: fc.constantFrom("transport", "protocol", "executor"),
    code,
    detail: text,
    durationMs: fc.nat(),
  }),
  unobserved: fc.constant({ kind: "unobserved" }),
  unknown: record<OutcomeOf<"unknown">>({ kind: fc.constant("unknown"), why: text }),
};

const score: fc.Arbitrary<Score> = fc.oneof(
  record<ScoreOf<"hit">>({ value: fc.constant("hit"), step }),
  record<ScoreOf<"miss">>({ value: fc.constant("miss"), acts: fc.boolean(), step }, ["step"]),
  record<ScoreOf<"undetermined">>(
    {
      value: fc.constant("undetermined"),
      why: fc.constantFrom("intervention", "unknown effect", "cut off"),
      step,
    },
    ["step"],
  ),
);

const call = record<RecordedCall>(
  {
    id: text,
    door,
    upstream: word,
    tool: word,
    arguments: contentRef,
    context,
    subagent: text,
    digest,
    action: digest,
    idempotencyKey: text,
  },
  ["id", "subagent", "action", "idempotencyKey"],
);

const answer = record<RecordedAnswer>(
  {
    wire: word,
    upstream: word,
    model: word,
    served: word,
    parameters: contentRef,
    system: fc.array(digest, { maxLength: 2 }),
    tools: digest,
    status: fc.integer({ min: 200, max: 599 }),
    ended: fc.constantFrom(...answerEnds),
    finish: word,
    detail: text,
    usage: record<Usage>(
      { input: fc.nat(), output: fc.nat(), cached: fc.nat(), reasoning: fc.nat() },
      ["input", "output", "cached", "reasoning"],
    ),
    firstMs: fc.nat(),
    durationMs: fc.nat(),
    replaced: fc.array(word, { maxLength: 2 }),
  },
  ["served", "tools", "status", "finish", "detail", "usage", "firstMs"],
);

/** One arbitrary for each type of record; `key` is what `opened` and `closed` bear. */
export function recordsOf(key: fc.Arbitrary<TrajectoryKey>): {
  [T in RecordType]: fc.Arbitrary<RecordOf<T>>;
} {
  return {
    opened: record<RecordOf<"opened">>(
      {
        ...base,
        type: fc.constant("opened"),
        key,
        task,
        identifiedBy,
        door,
        policy: digest,
        mode,
        model: text,
        continues: fc.boolean(),
        session: text,
        traceId: text,
      },
      ["model", "session", "traceId"],
    ),
    offered: record<RecordOf<"offered">>(
      {
        ...base,
        type: fc.constant("offered"),
        door,
        upstream: word,
        digest,
        count: fc.nat({ max: 6 }),
        pins: fc.array(fc.record({ tool: word, digest }), { maxLength: 3 }),
        tools: contentRef,
      },
      ["pins"],
    ),
    redefined: record<RecordOf<"redefined">>({
      ...base,
      type: fc.constant("redefined"),
      upstream: word,
      tool: word,
      is: digest,
      event: fc.oneof(...Object.values(redefinitions)),
    }),
    intent: record<RecordOf<"intent">>(
      {
        ...base,
        type: fc.constant("intent"),
        step,
        call,
        effects: fc.array(fc.oneof(...Object.values(effects)), { maxLength: 2 }),
        residue: record<Residue>({ cwd: fc.option(text), environmentChanged: text }, [
          "cwd",
          "environmentChanged",
        ]),
        analyser: word,
        decision,
        instance: word,
        dispatched: fc.boolean(),
        awaitsReport: fc.constant(true),
        sameAs: step,
        idReused: fc.constant(true),
        unjudged: fc.constant(true),
        resumes: digest,
      },
      ["resumes", "awaitsReport", "sameAs", "idReused", "unjudged"],
    ),
    approval: record<RecordOf<"approval">>({
      ...base,
      type: fc.constant("approval"),
      approval: word,
      step,
      event: fc.oneof(...Object.values(approvalEvents)),
    }),
    dispatch: record<RecordOf<"dispatch">>({
      ...base,
      type: fc.constant("dispatch"),
      step,
      instance: word,
      kinds: fc.array(fc.constantFrom(...effectKinds), { maxLength: 3 }),
    }),
    outcome: record<RecordOf<"outcome">>(
      {
        ...base,
        type: fc.constant("outcome"),
        step,
        outcome: fc.oneof(...Object.values(outcomes)),
        recovered: fc.constant(true),
      },
      ["recovered"],
    ),
    task: record<RecordOf<"task">>({
      ...base,
      type: fc.constant("task"),
      step,
      task: digest,
      event: fc.oneof(...Object.values(taskEvents)),
    }),
    malformed: record<RecordOf<"malformed">>({
      ...base,
      type: fc.constant("malformed"),
      door,
      code,
      detail: text,
    }),
    message: record<RecordOf<"message">>(
      {
        ...base,
        type: fc.constant("message"),
        door,
        role: fc.constantFrom(...messageRoles),
        digest,
        after: digest,
        link: digest,
        content: contentRef,
        answer,
      },
      ["after", "content", "answer"],
    ),
    closed: record<RecordOf<"closed">>(
      {
        ...base,
        type: fc.constant("closed"),
        key,
        task,
        identifiedBy,
        because: fc.constantFrom("completed", "idle", "expired", "cut off"),
        openedAt: atMs,
        steps: fc.nat({ max: 6 }),
        counts: fc.boolean(),
        scores: record<Scores>({
          deletion: score,
          any_deletion: score,
          chmod_first: score,
          destruction: score,
          any_destruction: score,
        }),
        definitions: word,
        analyser: word,
        policy: digest,
        mode,
        tools: digest,
      },
      ["tools"],
    ),
    erased: record<RecordOf<"erased">>({
      ...base,
      type: fc.constant("erased"),
      from: step,
      through: step,
      records: step,
      digest,
      because: fc.constantFrom("retention", "request"),
      reason: text,
    }),
  };
}

/** Any record that is appended; tombstones are the store's own. */
export function anyRecord(key: fc.Arbitrary<TrajectoryKey>): fc.Arbitrary<ProctorRecord> {
  const { erased: _, ...appended } = recordsOf(key);
  return fc.oneof(...Object.values(appended));
}
