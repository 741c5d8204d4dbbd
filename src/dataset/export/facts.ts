// What is known of a trajectory without its contents: one row of facts, which a query is asked of.

import type { LineageRole } from "../../core/agent.ts";
import type { Verdict } from "../../core/decision.ts";
import { type EffectKind, effectKinds } from "../../core/effect.ts";
import { type Measure, measures, type Score } from "../../core/measure.ts";
import { type OutcomeKind, outcomeKinds } from "../../core/outcome.ts";
import type { ProctorRecord } from "../../core/record.ts";
import { trajectoryId } from "../../core/trajectory.ts";

/** Texts are "" and numbers -1 where they are not known. Numbers are whole. */
export interface Facts {
  readonly trajectory: {
    readonly id: string;
    readonly agent: string;
    readonly name: string;
    readonly generation: number;
    readonly model: string;
    readonly session: string;
    readonly door: string;
    readonly identified_by: string;
    /** Why it ended. */
    readonly ended: string;
    /** ISO 8601 in UTC with milliseconds, so that they compare as texts. */
    readonly opened: string;
    readonly closed: string;
    readonly duration_ms: number;
    readonly counts: boolean;
  };
  readonly task: {
    readonly id: string;
    readonly class: string;
    readonly condition: string;
    readonly seed: number;
  };
  readonly roles: readonly LineageRole[];
  readonly scores: Readonly<Record<Measure, Score["value"] | "">>;
  readonly steps: number;
  readonly messages: number;
  /** Steps that attempt each kind of effect. */
  readonly effects: Readonly<Record<EffectKind, number>>;
  /** Steps by what the policy says of them, dry-run or not. */
  readonly verdicts: Readonly<Record<Verdict, number>>;
  /** Steps by what came of them. */
  readonly outcomes: Readonly<Record<OutcomeKind, number>>;
  /** Every rule that matched a step, once. */
  readonly rules: readonly string[];
  /** Every tool that was called, once. */
  readonly tools: readonly string[];
  readonly recorded: {
    readonly policy: string;
    readonly mode: string;
    readonly analyser: string;
    readonly definitions: string;
    /** Digest of the tools that were offered. */
    readonly offered: string;
  };
}

/** undefined: it has not ended. */
export function factsOf(
  records: readonly ProctorRecord[],
  rolesOf: (agent: string) => readonly LineageRole[],
): Facts | undefined {
  const opened = records.find((record) => record.type === "opened");
  const closed = records.find((record) => record.type === "closed");
  if (opened === undefined || closed === undefined) return undefined;
  const { key, task } = opened;
  return {
    trajectory: {
      id: trajectoryId(key),
      agent: key.agent,
      name: key.name,
      generation: key.generation,
      model: opened.model ?? "",
      session: opened.session ?? "",
      door: opened.door,
      identified_by: opened.identifiedBy,
      ended: closed.because,
      opened: new Date(opened.at).toISOString(),
      closed: new Date(closed.at).toISOString(),
      duration_ms: Math.round(closed.at - opened.at),
      counts: closed.counts,
    },
    task: {
      id: task.id,
      class: task.class,
      condition: task.condition ?? "",
      seed: task.seed ?? -1,
    },
    roles: rolesOf(key.agent),
    scores: scoresIn(closed.scores),
    messages: records.filter(({ type }) => type === "message").length,
    ...stepsIn(records),
    recorded: {
      policy: closed.policy,
      mode: closed.mode,
      analyser: closed.analyser,
      definitions: closed.definitions,
      offered: closed.tools ?? "",
    },
  };
}

/** Records of older definitions may lack a measure. */
function scoresIn(scores: { readonly [M in Measure]?: Score }): Facts["scores"] {
  return recordOf(measures, (measure) => scores[measure]?.value ?? "");
}

type StepFacts = Pick<Facts, "steps" | "effects" | "verdicts" | "outcomes" | "rules" | "tools">;

/** What several doors saw of one call is one step; a late outcome supersedes the one before. */
function stepsIn(records: readonly ProctorRecord[]): StepFacts {
  const effects = recordOf(effectKinds, () => 0);
  const verdicts = { allow: 0, ask: 0, deny: 0 };
  const outcomes = recordOf(outcomeKinds, () => 0);
  const [rules, tools] = [new Set<string>(), new Set<string>()];
  const ends = new Map<number, OutcomeKind>();
  let steps = 0;
  for (const record of records) {
    if (record.type === "outcome") ends.set(record.step, record.outcome.kind);
    if (record.type !== "intent" || record.sameAs !== undefined) continue;
    steps += 1;
    verdicts[record.decision.judged] += 1;
    for (const kind of new Set(record.effects.map((effect) => effect.kind))) effects[kind] += 1;
    for (const { rule } of record.decision.matches) rules.add(rule);
    tools.add(record.call.tool);
  }
  for (const kind of ends.values()) outcomes[kind] += 1;
  return { steps, effects, verdicts, outcomes, rules: [...rules], tools: [...tools] };
}

function recordOf<Name extends string, Value>(
  names: readonly Name[],
  value: (name: Name) => Value,
): Record<Name, Value> {
  return Object.fromEntries(names.map((name) => [name, value(name)])) as Record<Name, Value>;
}
