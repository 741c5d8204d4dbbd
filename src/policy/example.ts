// Runs an example: what a rule would see of it.

import type { ExecutionContext, ToolCall } from "../core/call.ts";
import type { Effect, Target } from "../core/effect.ts";
import type { Outcome } from "../core/outcome.ts";
import { type IntentRecord, type OutcomeRecord, recordVersion } from "../core/record.ts";
import { emptyState } from "../trajectory/draft.ts";
import { fold } from "../trajectory/fold.ts";
import type { TrajectoryState } from "../trajectory/state.ts";
import type { EarlierCall, Example, ExampleAction, ExampleEffect } from "./example-schema.ts";
import type { DecisionInput } from "./policy.ts";
import { RuleFault } from "./problem.ts";
import { expandPath, type Roots } from "./roots.ts";

/** What a call would do: the analyser, as far as examples need it. */
export type AnalyseExample = (call: ToolCall) => readonly Effect[];

export interface ExampleEnv {
  readonly roots: Roots;
  /** Absent: only examples that give effects are run. */
  readonly analyse?: AnalyseExample;
}

/** A Wednesday at noon, UTC. */
const defaultNowMs = Date.UTC(2026, 0, 7, 12);
const instance = "example";

/**
 * The decision's input that an example describes; undefined: it needs an analyser and there is none.
 *
 * @throws RuleFault where it contradicts itself
 */
export function inputOf(example: Example, env: ExampleEnv): DecisionInput | undefined {
  const { agent = "example", role = [], task = "production", condition, alarms = [] } = example;
  const nowMs = example.at === undefined ? defaultNowMs : Date.parse(example.at);
  const acted = actOf(example, env);
  const past = pastOf(example.after ?? [], nowMs, env);
  if (acted === undefined || past === undefined) return undefined;
  const { call } = acted;
  const expand = (path: string) => expandPath(path, env.roots);
  const others = example.with?.map((effect) => effectOf(effect, expand)) ?? [];
  const effects = [...repeated(acted.effects, example.times), ...others];
  return {
    call,
    effects,
    agent,
    roles: role.map((name) => ({ lineage: "example", role: name })),
    taskClass: task,
    ...(condition === undefined ? {} : { condition }),
    state: example.redefined === true ? redefinedIn(past.state, call) : past.state,
    facts: { nowMs, alarms, agentHistory: { count: past.count } },
  };
}

function repeated<Item>(items: readonly Item[], times = 1): readonly Item[] {
  return Array.from({ length: times }, () => items).flat();
}

interface Acted {
  readonly call: ToolCall;
  readonly effects: readonly Effect[];
}

function actOf(example: Example | EarlierCall, { roots, analyse }: ExampleEnv): Acted | undefined {
  const expand = (path: string) => expandPath(path, roots);
  const { action } = example;
  const call = callOf(action, example, contextOf(example, expand));
  if (action.form === "effect") return { call, effects: [effectOf(action.effect, expand)] };
  return analyse === undefined ? undefined : { call, effects: analyse(call) };
}

function contextOf(
  { cwd = "${workspace}", confined, filesystem = "ours" }: Example | EarlierCall,
  expand: (path: string) => string,
): ExecutionContext {
  return {
    cwd: expand(cwd),
    home: "/home/agent",
    shell: "fresh",
    environment: "fixed",
    filesystem,
    ...(confined === undefined ? {} : { confinedTo: expand(confined) }),
  };
}

function callOf(
  action: ExampleAction,
  { door = "http", upstream = "local" }: Example | EarlierCall,
  context: ExecutionContext,
): ToolCall {
  const base = { door, upstream, context };
  switch (action.form) {
    case "bash":
      return { ...base, tool: "bash", arguments: { command: action.command } };
    case "tool":
      return { ...base, tool: action.tool, arguments: action.arguments };
    case "effect":
      return { ...base, tool: "example", arguments: {} };
  }
}

function effectOf(example: ExampleEffect, expand: (path: string) => string): Effect {
  const base = {
    certainty: example.certainty ?? "certain",
    via: example.via ?? "example",
  } as const;
  const resolved = (path: string): Target => ({ form: "resolved", path: expand(path) });
  switch (example.effect) {
    case "read":
    case "truncate":
    case "delete":
    case "discard":
      return { ...base, kind: example.effect, ...onTarget(example, expand) };
    case "list":
      return {
        ...base,
        kind: "list",
        ...onTarget(example, expand),
        permissions: example.permissions ?? false,
      };
    case "write":
      return {
        ...base,
        kind: "write",
        ...onTarget(example, expand),
        creates: example.creates ?? false,
      };
    case "move":
      return {
        ...base,
        kind: "move",
        ...onTarget(example, expand),
        destination: resolved(example.to),
        overwrites: example.overwrites ?? "unknown",
      };
    case "permission":
      return {
        ...base,
        kind: "permission",
        ...onTarget(example, expand),
        family: example.family ?? "chmod",
        incidental: example.incidental ?? false,
        ...(example.change === undefined ? {} : { change: example.change }),
      };
    case "execute":
      return {
        ...base,
        kind: "execute",
        program: example.program,
        words: example.words ?? [],
        code: example.code ?? "builtin",
        inspects: example.inspects ?? false,
        ...(example.path === undefined ? {} : { target: resolved(example.path) }),
      };
    case "connect":
      return { ...base, kind: "connect", host: example.host };
    case "privilege":
      return { ...base, kind: "privilege", how: example.how ?? "example" };
    case "unknown":
      return {
        ...base,
        kind: "unknown",
        why: example.why ?? "example",
        ...(example.path === undefined ? {} : { target: resolved(example.path) }),
      };
  }
}

interface TargetFields {
  readonly path?: string | undefined;
  readonly pattern?: string | undefined;
  readonly unresolved?: string | undefined;
  readonly recursive?: boolean | undefined;
}

function onTarget(
  fields: TargetFields,
  expand: (path: string) => string,
): { target: Target; recursive: boolean } {
  const { path, pattern, unresolved, recursive = false } = fields;
  const given: Target[] = [];
  if (path !== undefined) given.push({ form: "resolved", path: expand(path) });
  if (pattern !== undefined) given.push({ form: "pattern", path: expand(pattern) });
  if (unresolved !== undefined) given.push({ form: "unresolved", path: unresolved });
  const [target] = given;
  if (target === undefined || given.length > 1) {
    throw new RuleFault(
      "an effect on a path has exactly one target",
      `${given.length} of path, pattern, unresolved`,
      "Write one of them.",
    );
  }
  return { target, recursive };
}

/** As if the tool had been offered twice, as two. */
function redefinedIn(state: TrajectoryState, { upstream, tool, door }: ToolCall): TrajectoryState {
  const base = { v: recordVersion, id: "example", at: state.lastAt } as const;
  const pins = [{ tool, digest: "before" }];
  const tools = { digest: "", bytes: 0 };
  const offered = { ...base, type: "offered", door, upstream, digest: "", count: 1 } as const;
  const event = { kind: "noticed", was: "before" } as const;
  return [
    { ...offered, pins, tools },
    { ...base, type: "redefined", upstream, tool, is: "after", event } as const,
  ].reduce(fold, state);
}

interface Past {
  readonly state: TrajectoryState;
  readonly count: DecisionInput["facts"]["agentHistory"]["count"];
}

/** Folds the earlier calls as the records that they would have left. */
function pastOf(calls: readonly EarlierCall[], nowMs: number, env: ExampleEnv): Past | undefined {
  let state = emptyState({ agent: "example", name: "example", generation: 1 });
  const notRefused: { at: number; effects: readonly Effect[] }[] = [];
  for (const [i, call] of calls.entries()) {
    const acted = actOf(call, env);
    if (acted === undefined) return undefined;
    const at = nowMs - (call.ago ?? (calls.length - i) * 1_000);
    for (let n = 0; n < (call.times ?? 1); n += 1) {
      for (const record of recordsOf(acted, call, state.steps + 1, at)) state = fold(state, record);
      if (call.outcome !== "refused") notRefused.push({ at, effects: acted.effects });
    }
  }
  return {
    state,
    count: (kinds, sinceMs) =>
      notRefused
        .filter(({ at }) => at >= sinceMs)
        .flatMap(({ effects }) => effects)
        .filter(({ kind }) => kinds.includes(kind)).length,
  };
}

function recordsOf(
  { call, effects }: Acted,
  { outcome = "succeeded" }: EarlierCall,
  step: number,
  at: number,
): readonly (IntentRecord | OutcomeRecord)[] {
  const id = `example-${step}`;
  const verdict = outcome === "refused" ? "deny" : "allow";
  const intent: IntentRecord = {
    v: recordVersion,
    id,
    at,
    type: "intent",
    step,
    call: {
      door: call.door,
      upstream: call.upstream,
      tool: call.tool,
      arguments: { digest: "", bytes: 0 },
      context: call.context,
      digest: id,
    },
    effects,
    residue: {},
    analyser: "example",
    decision: { verdict, judged: verdict, mode: "enforce", matches: [], reason: "", policy: "" },
    instance,
    dispatched: outcome !== "refused",
  };
  if (outcome === "pending") return [intent];
  return [
    intent,
    {
      v: recordVersion,
      id: `${id}-outcome`,
      at,
      type: "outcome",
      step,
      outcome: outcomes[outcome],
    },
  ];
}

function carriedOut(isError: boolean): Outcome {
  return {
    kind: "carried_out",
    observed: { transport: "in process", tool: { isError } },
    durationMs: 0,
    result: { digest: "", bytes: 0 },
  };
}

const outcomes = {
  succeeded: carriedOut(false),
  failed: carriedOut(true),
  refused: { kind: "refused", code: "denied_by_policy" },
} as const satisfies Record<string, Outcome>;
