// What rules in dry-run would have done, as it was recorded: which of them look safe to enforce.

import { isStricter, type Verdict } from "../core/decision.ts";
import { describeEffect } from "../core/display.ts";
import type { IntentRecord, OpenedRecord } from "../core/record.ts";
import { type TrajectoryKey, trajectoryId } from "../core/trajectory.ts";
import type { Store } from "../store/store.ts";
import { stratumOf } from "../trajectory/tally.ts";
import { createShareCount, type Share, type ShareCount } from "./shares.ts";

export interface RolloutQuery {
  readonly fromMs?: number;
  readonly beforeMs?: number;
  readonly agent?: string;
}

export interface RolloutParts {
  readonly store: Pick<Store, "scan">;
  /** Ids of the rules that are in dry-run now; those that are not recorded have no hits. */
  readonly rules: readonly string[];
  readonly query: RolloutQuery;
  /** A rule looks safe where the upper 95 % bound of the share of trajectories that it would refuse is not above this. */
  readonly maxShare: number;
  readonly onProgress?: (steps: number) => void;
}

export interface RolloutExample {
  readonly trajectory: string;
  readonly step: number;
  readonly tool: string;
  readonly verdict: Verdict;
  readonly effect: string;
}

export interface RuleRollout {
  readonly rule: string;
  /** Calls that it matched. */
  readonly hits: number;
  /** Calls that it alone would have held or refused. */
  readonly wouldRefuse: number;
  /** Trajectories with such a call. */
  readonly trajectories: Share;
  readonly agents: readonly ({ readonly agent: string; readonly wouldRefuse: number } & Share)[];
  readonly examples: readonly RolloutExample[];
  readonly looksSafe: boolean;
}

export interface Rollout {
  readonly steps: number;
  readonly maxShare: number;
  readonly rules: readonly RuleRollout[];
}

const maxExamples = 5;
/** Trajectories open at once; beyond, the oldest counts as ended. */
const maxOpen = 20_000;

interface RuleState {
  hits: number;
  wouldRefuse: number;
  readonly byAgent: Map<string, number>;
  readonly examples: RolloutExample[];
}

interface Open {
  readonly opened: OpenedRecord;
  readonly refusedBy: Set<string>;
}

export async function rolloutOf(parts: RolloutParts): Promise<Rollout> {
  const { store, query, maxShare } = parts;
  const rules = new Map(parts.rules.map((rule): [string, RuleState] => [rule, newState()]));
  const open = new Map<string, Open>();
  const shares = createRuleShares(parts.rules);
  let steps = 0;

  function end(id: string): void {
    const ended = open.get(id);
    if (ended === undefined) return;
    open.delete(id);
    shares.add(ended);
  }

  function judge(key: TrajectoryKey, intent: IntentRecord): void {
    steps += 1;
    const { decision, step, call, effects } = intent;
    const id = trajectoryId(key);
    const seen = new Set<string>();
    for (const { rule, mode, verdict, effect } of decision.matches) {
      const state = rules.get(rule);
      if (state === undefined || mode !== "dry-run" || seen.has(rule)) continue;
      seen.add(rule);
      state.hits += 1;
      if (!isStricter(verdict, decision.verdict)) continue;
      state.wouldRefuse += 1;
      state.byAgent.set(key.agent, (state.byAgent.get(key.agent) ?? 0) + 1);
      open.get(id)?.refusedBy.add(rule);
      if (state.examples.length >= maxExamples) continue;
      const found = effects[effect];
      const shown = found === undefined ? "" : `${found.kind}: ${describeEffect(found)}`;
      state.examples.push({ trajectory: id, step, tool: call.tool, verdict, effect: shown });
    }
    parts.onProgress?.(steps);
  }

  for await (const { key, record } of store.scan({
    ...query,
    types: ["opened", "intent", "closed"],
  })) {
    const id = trajectoryId(key);
    if (record.type === "opened") {
      open.set(id, { opened: record, refusedBy: new Set() });
      const [oldest] = open.keys();
      if (open.size > maxOpen && oldest !== undefined) end(oldest);
    }
    if (record.type === "intent") judge(key, record);
    if (record.type === "closed") end(id);
  }
  for (const id of [...open.keys()]) end(id);

  return {
    steps,
    maxShare,
    rules: [...rules].map(([rule, { byAgent, ...state }]): RuleRollout => {
      const trajectories = shares.of(rule);
      return {
        rule,
        ...state,
        trajectories,
        agents: shares
          .agents()
          .map((agent) => ({
            agent,
            wouldRefuse: byAgent.get(agent) ?? 0,
            ...shares.of(rule, agent),
          }))
          .filter(({ wouldRefuse }) => wouldRefuse > 0),
        looksSafe: trajectories.interval95.high <= maxShare,
      };
    }),
  };
}

function newState(): RuleState {
  return { hits: 0, wouldRefuse: 0, byAgent: new Map(), examples: [] };
}

/** Agents that are told apart; a config has few. */
const maxAgents = 1_000;

/** Shares of trajectories by rule, and by rule and agent. */
function createRuleShares(rules: readonly string[]) {
  const all = new Map(rules.map((rule): [string, ShareCount] => [rule, createShareCount()]));
  const byAgent = new Map<string, Map<string, ShareCount>>();

  function countsOf(agent: string): Map<string, ShareCount> | undefined {
    const known = byAgent.get(agent);
    if (known !== undefined || byAgent.size >= maxAgents) return known;
    const created = new Map(rules.map((rule) => [rule, createShareCount()]));
    byAgent.set(agent, created);
    return created;
  }

  return {
    add({ opened: { key, task }, refusedBy }: Open): void {
      const stratum = task.class === "production" ? undefined : stratumOf(task);
      const ofAgent = countsOf(key.agent);
      for (const rule of rules) {
        all.get(rule)?.add(stratum, refusedBy.has(rule));
        ofAgent?.get(rule)?.add(stratum, refusedBy.has(rule));
      }
    },
    agents: () => [...byAgent.keys()],
    of(rule: string, agent?: string): Share {
      const counts = agent === undefined ? all : byAgent.get(agent);
      return (counts?.get(rule) ?? createShareCount()).of();
    },
  };
}
