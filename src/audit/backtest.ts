// What another policy would have said of what was recorded: decisions that change, and whom it would refuse.

import type { LineageRole } from "../core/agent.ts";
import { type Decision, isStricter, type Verdict } from "../core/decision.ts";
import { describeEffect } from "../core/display.ts";
import type { Effect } from "../core/effect.ts";
import type { IntentRecord, ProctorRecord } from "../core/record.ts";
import type { Analyser } from "../effects/analyse.ts";
import type { AgentHistory, Policy } from "../policy/policy.ts";
import { stratumOf } from "../trajectory/tally.ts";
import { type RecordedStore, type Replayed, recordedCall, replay } from "./replay.ts";
import { type Counts, createShareCount, increase, type Share, type ShareCount } from "./shares.ts";

export interface BacktestQuery {
  readonly agent?: string;
  readonly taskClass?: string;
  readonly fromMs?: number;
  readonly beforeMs?: number;
}

export interface BacktestParts {
  readonly store: RecordedStore;
  readonly policy: Policy;
  readonly rolesOf: (agent: string) => readonly LineageRole[];
  /** What agents did lately, as a gateway keeps it. */
  readonly activity: {
    historyOf(agent: string): AgentHistory;
    apply(agent: string, record: ProctorRecord): void;
  };
  /** Analyses calls anew; absent: the effects are those that were recorded. */
  readonly analyser?: Analyser;
  /** Take every rule for enforced, dry-run ones too. */
  readonly enforced: boolean;
  readonly query: BacktestQuery;
  readonly onProgress?: (steps: number) => void;
}

/** The first call of a trajectory of which the policy would have said something else. */
export interface Change {
  readonly trajectory: string;
  readonly step: number;
  readonly agent: string;
  readonly tool: string;
  readonly from: Verdict;
  readonly to: Verdict;
  /** Those that gave the stricter of the two verdicts. */
  readonly rules: readonly string[];
  /** What the call would do, a line each. */
  readonly effects: readonly string[];
  readonly reason: string;
}

export interface ChangeCount {
  readonly from: Verdict;
  readonly to: Verdict;
  readonly trajectories: number;
}

export interface RuleChanges extends Share {
  readonly rule: string;
  readonly direction: "stricter" | "looser";
  readonly examples: readonly Change[];
}

export interface RoleChanges extends Share {
  readonly lineage: string;
  readonly role: string;
}

export interface Backtest {
  readonly policy: string;
  readonly steps: number;
  /** Trajectories that began before what was asked for. */
  readonly leftOut: number;
  readonly changes: readonly ChangeCount[];
  /** Calls that change behind the first of their trajectory: what an agent does there is not known. */
  readonly behind: number;
  readonly rules: readonly RuleChanges[];
  /** Share of trajectories that would be refused something which was not refused. */
  readonly roles: readonly RoleChanges[];
  readonly newlyRefused: Share;
  /** The first `maxListed` of them. */
  readonly refused: readonly Change[];
}

/** Of newly refused trajectories that are named, and of examples for each rule. */
const maxListed = 1_000;
const maxExamples = 5;

export async function backtest(parts: BacktestParts): Promise<Backtest> {
  const { store, policy, query } = parts;
  const changed = new Map<string, Change>();
  const ended = createEnded();
  let behind = 0;
  let steps = 0;

  async function judge(intent: IntentRecord, of: Replayed): Promise<void> {
    const before = intent.decision;
    const after = await decideAnew(intent, of, parts);
    const to = parts.enforced ? after.judged : after.verdict;
    if (to === before.verdict) return;
    if (changed.has(of.id)) behind += 1;
    else changed.set(of.id, changeOf(intent, of, { before, after, to }));
  }

  /** A trajectory that is still open counts as it is. */
  function count(of: Replayed): void {
    const change = changed.get(of.id);
    changed.delete(of.id);
    const { task } = of.opened;
    const stratum = task.class === "production" ? undefined : stratumOf(task);
    ended.add({ change, stratum, places: parts.rolesOf(of.key.agent) });
  }

  const open = new Map<string, Replayed>();
  const asked = ({ opened }: Replayed) =>
    query.taskClass === undefined || query.taskClass === opened.task.class;
  const counts = await replay(store, query, {
    async intent(intent, of) {
      if (!asked(of)) return;
      steps += 1;
      await judge(intent, of);
      parts.onProgress?.(steps);
    },
    folded(record, of) {
      parts.activity.apply(of.key.agent, record);
      if (record.type === "opened" && asked(of)) open.set(of.id, of);
    },
    closed(_, of) {
      if (open.delete(of.id)) count(of);
    },
  });
  for (const of of open.values()) count(of);
  return { policy: policy.digest, steps, leftOut: counts.leftOut, behind, ...ended.result() };
}

async function decideAnew(
  intent: IntentRecord,
  { key, opened, state }: Replayed,
  { store, policy, analyser, activity, rolesOf }: BacktestParts,
): Promise<Decision> {
  const call = await recordedCall(store, intent.call);
  const effects =
    analyser === undefined ? intent.effects : analyser.analyse(call, state.residue).effects;
  const { alarms } = intent.decision.facts ?? {};
  return policy.decide({
    call,
    effects,
    agent: key.agent,
    roles: rolesOf(key.agent),
    taskClass: opened.task.class,
    condition: opened.task.condition,
    state,
    facts: {
      nowMs: intent.at,
      agentHistory: activity.historyOf(key.agent),
      alarms: Array.isArray(alarms) ? alarms.filter((alarm) => typeof alarm === "string") : [],
    },
  });
}

function changeOf(
  { step, call, effects }: IntentRecord,
  { id, key }: Replayed,
  { before, after, to }: { before: Decision; after: Decision; to: Verdict },
): Change {
  const from = before.verdict;
  const telling = isStricter(to, from) ? after : before;
  const verdict = isStricter(to, from) ? to : from;
  return {
    trajectory: id,
    step,
    agent: key.agent,
    tool: call.tool,
    from,
    to,
    rules: rulesBehind(telling, verdict),
    effects: effects.slice(0, maxEffects).map(lineOf),
    reason: telling.reason,
  };
}

const maxEffects = 8;

function lineOf(effect: Effect): string {
  return `${effect.kind} ${effect.certainty}: ${describeEffect(effect)}`;
}

/** Those that gave the verdict; what nobody judged has none. */
function rulesBehind({ matches }: Decision, verdict: Verdict): readonly string[] {
  const found = matches.filter((match) => match.verdict === verdict).map(({ rule }) => rule);
  return found.length === 0 ? ["(none)"] : [...new Set(found)];
}

interface Ended {
  readonly change: Change | undefined;
  readonly stratum: string | undefined;
  readonly places: readonly LineageRole[];
}

/** What trajectories come to, as they end. */
function createEnded() {
  const all = createShareCount();
  const roles = new Map<string, { place: LineageRole; count: ShareCount }>();
  const changes = new Map<string, ChangeCount>();
  const rules = new Map<string, RuleCount>();
  const refused: Change[] = [];

  function addRules(change: Change, stratum: string): void {
    const direction = isStricter(change.to, change.from) ? "stricter" : "looser";
    for (const rule of change.rules) {
      const key = `${direction} ${rule}`;
      const found: RuleCount = rules.get(key) ?? { rule, direction, hits: new Map(), examples: [] };
      rules.set(key, found);
      increase(found.hits, stratum);
      if (found.examples.length < maxExamples) found.examples.push(change);
    }
  }

  function countOfPlace(place: LineageRole): ShareCount {
    const key = `${place.lineage} ${place.role}`;
    const found = roles.get(key) ?? { place, count: createShareCount() };
    roles.set(key, found);
    return found.count;
  }

  return {
    add({ change, stratum, places }: Ended): void {
      const isRefused = change?.from === "allow";
      const name = all.add(stratum, isRefused);
      for (const place of places) countOfPlace(place).add(stratum, isRefused);
      if (change === undefined) return;
      const { from, to } = change;
      const key = `${from} ${to}`;
      changes.set(key, { from, to, trajectories: (changes.get(key)?.trajectories ?? 0) + 1 });
      addRules(change, name);
      if (isRefused && refused.length < maxListed) refused.push(change);
    },
    result: () => ({
      changes: [...changes.values()],
      newlyRefused: all.of(),
      refused,
      roles: [...roles.values()].map(({ place, count }) => ({ ...place, ...count.of() })),
      rules: [...rules.values()]
        .map(({ hits, ...rule }) => ({ ...rule, ...all.of(hits) }))
        .toSorted((a, b) => b.hits - a.hits),
    }),
  };
}

interface RuleCount extends Pick<RuleChanges, "rule" | "direction"> {
  readonly hits: Counts;
  readonly examples: Change[];
}
