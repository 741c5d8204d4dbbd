// What was decided of the calls of a trajectory, and what came of them.

import { isStricter } from "../../core/decision.ts";
import type { IntentRecord, OutcomeRecord } from "../../core/record.ts";
import type { JudgedCall, Row } from "./row.ts";

/** Calls by doors without ids are known by their steps. */
export function idOf({ call, step }: IntentRecord): string {
  return call.id ?? `step-${step}`;
}

/** An id that a model gave twice has what was decided of all of its calls, and the strictest verdict. */
export function judgedCalls(intents: readonly IntentRecord[]): Row["calls"] {
  const calls = new Map<string, JudgedCall>();
  for (const intent of intents) {
    const [id, judged] = [idOf(intent), judgedOf(intent)];
    const known = calls.get(id);
    calls.set(id, known === undefined ? judged : bothOf(known, judged));
  }
  return calls;
}

function bothOf(a: JudgedCall, b: JudgedCall): JudgedCall {
  return {
    step: a.step,
    verdict: isStricter(b.verdict, a.verdict) ? b.verdict : a.verdict,
    rules: [...new Set([...a.rules, ...b.rules])],
    effects: [...new Set([...a.effects, ...b.effects])],
  };
}

function judgedOf({ step, decision, effects }: IntentRecord): JudgedCall {
  const rules = decision.matches.filter(({ verdict }) => verdict !== "allow");
  return {
    step,
    verdict: decision.judged,
    rules: [...new Set(rules.map(({ rule }) => rule))],
    effects: [...new Set(effects.map(({ kind }) => kind))],
  };
}

/** Calls whose tool says that it left out a part of what there was. */
export function truncatedCalls(
  intents: readonly IntentRecord[],
  outcomes: ReadonlyMap<number, OutcomeRecord>,
): ReadonlySet<string> {
  const truncated = intents.filter(({ step }) => {
    const outcome = outcomes.get(step)?.outcome;
    return outcome?.kind === "carried_out" && outcome.observed.tool.truncated === true;
  });
  return new Set(truncated.map(idOf));
}
