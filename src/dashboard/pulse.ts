// What this process's calls came to lately: by the minute, and by rule. For a look; metrics keep the rest.

import type { Decision } from "../core/decision.ts";
import type { Effect } from "../core/effect.ts";
import type { Outcome } from "../core/outcome.ts";

/** One call at its end. */
export interface Beat {
  readonly decision: Decision;
  readonly effects: readonly Pick<Effect, "kind">[];
  readonly outcome: Outcome;
  readonly trajectory: string;
}

export interface PulseCounts {
  calls: number;
  refused: number;
  /** Calls that a dry-run rule or policy would have asked about or denied. */
  would: number;
  /** Calls with an `unknown` effect. */
  unknown: number;
}

export interface RuleHits {
  /** Calls in which the rule matched and was enforced. */
  hits: number;
  /** Calls in which it matched and was in dry-run. */
  wouldHits: number;
  /** Milliseconds since the epoch. */
  lastAt: number;
  lastTrajectory: string;
}

export interface Pulse {
  step(beat: Beat): void;
  /** Sums over the last `minutes`, at most an hour. */
  last(minutes: number): PulseCounts;
  rule(id: string): RuleHits | undefined;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

const keptMinutes = 60;
/** Ids of rules come from policies, and policies change. */
const maxRules = 4096;

export function createPulse(nowMs: () => number): Pulse {
  const since = nowMs();
  const minutes = new Map<number, PulseCounts>();
  const rules = new Map<string, RuleHits>();
  const minuteNow = () => Math.floor(nowMs() / 60_000);

  function countsNow(): PulseCounts {
    const now = minuteNow();
    const known = minutes.get(now);
    if (known !== undefined) return known;
    for (const minute of minutes.keys()) if (minute <= now - keptMinutes) minutes.delete(minute);
    const fresh = emptyCounts();
    minutes.set(now, fresh);
    return fresh;
  }

  function countRule(rule: string, isDryRun: boolean, trajectory: string): void {
    const hits = rules.get(rule) ?? { hits: 0, wouldHits: 0, lastAt: 0, lastTrajectory: "" };
    if (!rules.has(rule) && rules.size >= maxRules) return;
    rules.set(rule, hits);
    if (isDryRun) hits.wouldHits += 1;
    else hits.hits += 1;
    hits.lastAt = nowMs();
    hits.lastTrajectory = trajectory;
  }

  return {
    since,
    rule: (id) => rules.get(id),
    step({ decision, effects, outcome, trajectory }) {
      const counts = countsNow();
      counts.calls += 1;
      if (outcome.kind === "refused") counts.refused += 1;
      if (decision.judged !== decision.verdict) counts.would += 1;
      if (effects.some(({ kind }) => kind === "unknown")) counts.unknown += 1;
      const dryRun = decision.mode === "dry-run";
      const once = new Map(decision.matches.map((match) => [match.rule, match.mode]));
      for (const [rule, mode] of once) countRule(rule, dryRun || mode === "dry-run", trajectory);
    },
    last(wanted) {
      const from = minuteNow() - wanted;
      const sum = emptyCounts();
      for (const [minute, counts] of minutes) {
        if (minute <= from) continue;
        sum.calls += counts.calls;
        sum.refused += counts.refused;
        sum.would += counts.would;
        sum.unknown += counts.unknown;
      }
      return sum;
    },
  };
}

function emptyCounts(): PulseCounts {
  return { calls: 0, refused: 0, would: 0, unknown: 0 };
}
