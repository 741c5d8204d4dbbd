// A gateway over a memory store, with an analyser and a policy that a test can read at a glance.

import type { Door, ToolCall } from "../../src/core/call.ts";
import type { Clock } from "../../src/core/clock.ts";
import type { Decision, Verdict } from "../../src/core/decision.ts";
import { analyserVersion, type Effect } from "../../src/core/effect.ts";
import type { ErrorCode } from "../../src/core/errors.ts";
import type { ProctorRecord } from "../../src/core/record.ts";
import { createActivity } from "../../src/gateway/activity.ts";
import { type Approvals, createApprovals } from "../../src/gateway/approvals.ts";
import { type ApprovalLimits, createAsking } from "../../src/gateway/asking.ts";
import { createContents } from "../../src/gateway/contents.ts";
import { createOffers, type Offers } from "../../src/gateway/offers.ts";
import { createRedefinitions, type Redefinitions } from "../../src/gateway/redefinitions.ts";
import { createTrajectories, type Trajectories } from "../../src/gateway/trajectories.ts";
import {
  type Answer,
  type Came,
  createGateway,
  type Gateway,
  type Leave,
  type Reported,
  type StepObservation,
} from "../../src/gateway.ts";
import type { DecisionInput } from "../../src/policy/policy.ts";
import { openMemoryStore } from "../../src/store/index.ts";
import type { Persistence } from "../../src/store/store.ts";
import { emptyState } from "../../src/trajectory/draft.ts";
import { fold, inheritLimits, withoutStep } from "../../src/trajectory/fold.ts";
import { isRedefined, toolsOf } from "../../src/trajectory/offered.ts";
import { scoresOf } from "../../src/trajectory/score.ts";
import { parseState, serialiseState } from "../../src/trajectory/snapshot.ts";
import type { Forward } from "../../src/upstream/upstream.ts";

export interface Rig {
  readonly gateway: Gateway;
  readonly approvals: Approvals;
  readonly offers: Offers;
  readonly redefinitions: Redefinitions;
  readonly trajectories: Trajectories;
  readonly store: Persistence;
  readonly clock: Clock & { advance(ms: number): void };
  readonly observed: StepObservation[];
  readonly rejected: ErrorCode[];
  call(tool: string, path: string, options?: CallOptions): Promise<Answer<string>>;
  /** By the door `hooks`, as `call` is by `http`. */
  decide(tool: string, path: string, options?: DoorOptions): Promise<Leave>;
  report(tool: string, path: string, options?: DoorOptions & { came?: Came }): Promise<Reported>;
  records(id?: string): Promise<ProctorRecord[]>;
}

export interface CallOptions {
  readonly agent?: string;
  readonly name?: string;
  readonly key?: string;
  readonly resumes?: string;
  readonly abort?: AbortController;
  readonly forward?: Forward<string>;
}

export interface DoorOptions {
  readonly name?: string;
  readonly id?: string;
  readonly door?: Door;
  readonly step?: number;
  readonly cwd?: string;
  readonly abort?: AbortController;
  readonly holdMs?: number;
}

export interface RigOptions {
  readonly store?: Persistence;
  readonly instance?: string;
  readonly decide?: (input: DecisionInput) => Verdict;
  readonly maxOpensPerMinute?: number;
  readonly maxCallsInFlight?: number;
  readonly maxInMemory?: number;
  readonly approvals?: Partial<ApprovalLimits>;
  /** Digest of the policy, and the rules that ask. */
  readonly digest?: () => string;
  readonly asking?: () => readonly string[];
  readonly alarms?: () => readonly string[];
}

export const key32 = new Uint8Array(32).fill(7);

export function memoryStore(instance = "one"): Promise<Persistence> {
  return openMemoryStore({ instance, chainKey: key32 });
}

function testClock() {
  let now = 1_700_000_000_000;
  return {
    nowMs: () => now,
    monotonicMs: () => performance.now(),
    advance(ms: number) {
      now += ms;
    },
  };
}

/** `delete`, `read`, `write`, `unknown`: the tool's name is the effect's kind. */
function effectsOf(call: ToolCall): Effect[] {
  const path = String(call.arguments.path);
  const at = {
    certainty: "certain",
    via: call.tool,
    target: { form: "resolved", path },
    recursive: false,
  } as const;
  switch (call.tool) {
    case "read":
      return [{ kind: "read", ...at }];
    case "delete":
      return [{ kind: "delete", ...at }];
    case "write":
      return [{ kind: "write", creates: false, ...at }];
    default:
      return [{ kind: "unknown", certainty: "certain", via: call.tool, why: "no such tool" }];
  }
}

function decisionOf(verdict: Verdict, policy: string, rules: readonly string[]): Decision {
  const reason = verdict === "allow" ? "" : "not today";
  const match = { verdict: "ask", mode: "enforce", effect: 0, kind: "delete", reason } as const;
  return {
    verdict,
    judged: verdict,
    mode: "enforce",
    matches: rules.map((rule) => ({ rule, ...match })),
    reason,
    policy,
  };
}

export const answers: Forward<string> = async (call) => ({
  answer: `${call.tool} done`,
  observed: { transport: "in process", tool: { isError: false } },
  result: { text: `${call.tool} done` },
});

export const came: Came = {
  kind: "carried_out",
  observed: { transport: "ok", tool: { isError: false } },
  result: "done",
};

function throughDoor(tool: string, path: string, { name = "t", id, door, cwd }: DoorOptions) {
  const context = { shell: "fresh", environment: "inherited", filesystem: "ours" } as const;
  return {
    agent: "a",
    naming: { name, identifiedBy: "harness" },
    call: {
      id,
      door: door ?? "hooks",
      upstream: "local",
      tool,
      arguments: { path },
      context: { ...context, cwd: cwd ?? "/w" },
    },
  } as const;
}

export async function createRig(options: RigOptions = {}): Promise<Rig> {
  const { instance = "one", decide = () => "allow" } = options;
  const { digest = () => "test", asking = () => [] } = options;
  const store = options.store ?? (await memoryStore(instance));
  const clock = testClock();
  const observed: StepObservation[] = [];
  const rejected: ErrorCode[] = [];
  const contents = createContents({ redact: (value) => ({ value, counts: new Map() }) }, key32);
  const redefinitions = createRedefinitions({
    store,
    find: (agent, name) => trajectories.find(agent, name),
    clock,
    clean: (text) => text,
  });
  const { acknowledgementOf } = redefinitions;
  const offers = createOffers({ contents, acknowledgementOf, clock });
  const trajectories = createTrajectories({
    store,
    folding: {
      empty: emptyState,
      fold,
      succeed: inheritLimits,
      serialise: serialiseState,
      parse: parseState,
    },
    scoresOf,
    toolsOf,
    offers,
    agents: new Map(),
    policyNow: () => ({ digest: "test", mode: "enforce" }),
    clock,
    limits: {
      maxInMemory: options.maxInMemory ?? 100,
      maxOpensPerMinute: options.maxOpensPerMinute ?? 1_000,
    },
  });
  const approvals = createApprovals({ store, trajectories, clock, clean: (text) => text });
  const limits = { enabled: true, maxHoldMs: 30_000, expiresMs: 60_000, maxWaitingPerAgent: 3 };
  const gateway = createGateway({
    approvals,
    asking: createAsking({
      approvals,
      limits: { ...limits, ...options.approvals },
      clock,
      key: key32,
    }),
    maxHoldMs: options.approvals?.maxHoldMs ?? limits.maxHoldMs,
    maxWaitingPerAgent: options.approvals?.maxWaitingPerAgent ?? limits.maxWaitingPerAgent,
    withoutStep,
    alarms: options.alarms ?? (() => []),
    trajectories,
    store,
    analyser: {
      analyse: (call) => ({ effects: effectsOf(call), residue: {}, analyser: analyserVersion }),
    },
    policy: () => ({
      digest: "test",
      mode: "enforce",
      rules: [],
      decide: (input) => decisionOf(decide(input), digest(), asking()),
    }),
    rolesOf: () => [],
    activity: createActivity(),
    contents,
    offers,
    isRedefined,
    observer: {
      step: (observation) => observed.push(observation),
      redefined: () => {},
      rejected: (_, code) => rejected.push(code),
    },
    clock,
    instance,
    maxCallsInFlight: options.maxCallsInFlight ?? 1_000,
  });

  return {
    gateway,
    approvals,
    offers,
    redefinitions,
    trajectories,
    store,
    clock,
    observed,
    rejected,
    call: (
      tool,
      path,
      {
        agent = "a",
        name = "t",
        key,
        resumes,
        abort = new AbortController(),
        forward = answers,
      } = {},
    ) =>
      gateway.handle(
        {
          agent,
          naming: { name, identifiedBy: "explicit" },
          call: {
            door: "http",
            upstream: "local",
            tool,
            arguments: { path },
            context: { shell: "fresh", environment: "fixed", filesystem: "ours", cwd: "/w" },
          },
          idempotencyKey: key,
          resumes,
          abort,
        },
        forward,
      ),
    decide: (tool, path, options = {}) =>
      gateway.decide({
        ...throughDoor(tool, path, options),
        holdMs: options.holdMs,
        abort: options.abort ?? new AbortController(),
      }),
    report: (tool, path, { came: given = came, ...options } = {}) =>
      gateway.report({ ...throughDoor(tool, path, options), step: options.step, came: given }),
    async records(name = "t") {
      const generation = await store.latestGeneration("a", name);
      const found: ProctorRecord[] = [];
      for await (const { record } of store.read({ agent: "a", name, generation }))
        found.push(record);
      return found;
    },
  };
}
