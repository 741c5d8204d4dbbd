// The trajectories that this process has in hand: found or opened by name, closed by their end.

import { type Agent, modelOf } from "../core/agent.ts";
import type { Door } from "../core/call.ts";
import type { Clock } from "../core/clock.ts";
import type { Mode } from "../core/decision.ts";
import { analyserVersion } from "../core/effect.ts";
import { ProctorError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import { definitionsVersion, type Scores } from "../core/measure.ts";
import {
  type ApprovalRecord,
  type ClosedRecord,
  type OpenedRecord,
  type ProctorRecord,
  recordVersion,
} from "../core/record.ts";
import type { Task } from "../core/task.ts";
import {
  type ClosedBecause,
  type IdentifiedBy,
  isUnit,
  type TrajectoryKey,
} from "../core/trajectory.ts";
import { emptyVersion } from "../core/version.ts";
import type { Persistence } from "../store/store.ts";
import type { TrajectoryState } from "../trajectory/state.ts";
import { approvalRecord } from "./approval-record.ts";
import { type Folding, isElsewhere, LiveTrajectory, type Opening } from "./live.ts";
import type { Offers } from "./offers.ts";
import { outcomeRecord } from "./outcomes.ts";

/** How a front end names the trajectory of a call. */
export interface Naming {
  readonly name: string;
  readonly identifiedBy: IdentifiedBy;
  readonly session?: string;
  /** W3C trace id. */
  readonly traceId?: string;
}

export interface TrajectoryLimits {
  /** Trajectories in memory; the least recently used leave first. */
  readonly maxInMemory: number;
  /** New trajectories per agent and minute; what a harness opens is not counted. */
  readonly maxOpensPerMinute: number;
}

export interface Trajectories {
  /** The trajectory that a call belongs to, at what this process last saw of it. */
  enter(agent: string, naming: Naming): Promise<LiveTrajectory>;
  /** @throws ProctorError `trajectory_exists` */
  open(agent: string, naming: Naming, task: Task, door: Door): Promise<LiveTrajectory>;
  /** Appends the `closed` record. @throws ProctorError `trajectory_not_found`, `trajectory_closed` */
  close(agent: string, name: string, because: ClosedBecause): Promise<ClosedRecord>;
  /** As `close`, unless something was appended since `version` was current. */
  closeIfStill(live: LiveTrajectory, because: ClosedBecause): Promise<ClosedRecord | undefined>;
  /** Loads without opening; undefined: there is none. */
  find(agent: string, name: string): Promise<LiveTrajectory | undefined>;
  /** What the first append of a trajectory begins with; nothing for later ones. */
  opening(live: LiveTrajectory, door: Door): readonly ProctorRecord[];
  /** Forgets it, so that the next call reads the store. */
  forget(live: LiveTrajectory): void;
  inMemory(): Iterable<LiveTrajectory>;
}

export interface TrajectoriesParts {
  readonly store: Persistence;
  readonly folding: Folding;
  readonly scoresOf: (state: TrajectoryState, because: ClosedBecause) => Scores;
  readonly toolsOf: (state: TrajectoryState) => string | undefined;
  /** What was offered in a trajectory, and its records do not say. */
  readonly offers: Pick<Offers, "news">;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly policyNow: () => { readonly digest: string; readonly mode: Mode };
  readonly clock: Clock;
  readonly limits: TrajectoryLimits;
}

const unobserved = { kind: "unobserved" } as const;

/** How long an explicit end waits for calls that this process has under way. */
const endGraceMs = 30_000;

export function createTrajectories(parts: TrajectoriesParts): Trajectories {
  const { store, folding, clock, limits } = parts;
  const byName = new Map<string, Promise<LiveTrajectory>>();
  const loaded = new Set<LiveTrajectory>();
  const opens = new Map<string, number[]>();

  const nameKey = (agent: string, name: string) => `${agent}/${name}`;

  function defaultTask(agent: string): Task {
    return { id: parts.agents.get(agent)?.defaultTask ?? "default", class: "production" };
  }

  /** Throws `too_many_trajectories` where the agent opened its share within the last minute. */
  function countOpen(agent: string): void {
    const now = clock.nowMs();
    const recent = (opens.get(agent) ?? []).filter((at) => at > now - 60_000);
    if (recent.length >= limits.maxOpensPerMinute) {
      throw new ProctorError(
        "too_many_trajectories",
        `agent ${agent} opened ${recent.length} trajectories within a minute`,
      );
    }
    opens.set(agent, [...recent, now]);
  }

  async function load(
    agent: string,
    name: string,
    generation: number,
    opening: Opening,
  ): Promise<LiveTrajectory> {
    const key = { agent, name, generation };
    const snapshot = await store.loadSnapshot(key);
    const state = snapshot === undefined ? undefined : folding.parse(snapshot.state);
    const live = new LiveTrajectory({
      key,
      opening,
      state: state ?? (await beforeFirstRecord(key, opening)),
      version: state === undefined ? emptyVersion : (snapshot?.version ?? emptyVersion),
      store,
      fold: folding.fold,
    });
    await live.catchUp();
    return live;
  }

  /** A successor has its predecessor's limits, so that one is loaded first. */
  async function beforeFirstRecord(key: TrajectoryKey, opening: Opening): Promise<TrajectoryState> {
    if (key.generation === 1) return folding.empty(key);
    const { agent, name, generation } = key;
    return folding.succeed((await load(agent, name, generation - 1, opening)).state);
  }

  function successorOf(live: LiveTrajectory, opening: Opening): LiveTrajectory {
    return new LiveTrajectory({
      key: { ...live.key, generation: live.key.generation + 1 },
      opening,
      state: folding.succeed(live.state),
      version: emptyVersion,
      store,
      fold: folding.fold,
    });
  }

  /** The newest generation, or its successor where that is closed; not yet written if new. */
  async function resolve(agent: string, name: string, opening: Opening): Promise<LiveTrajectory> {
    const generation = await store.latestGeneration(agent, name);
    if (generation === 0) return load(agent, name, 1, opening);
    const latest = await load(agent, name, generation, opening);
    if (latest.state.status !== "closed") return latest;
    const successor = successorOf(latest, opening);
    // Another process may have opened it since.
    await successor.catchUp();
    return successor;
  }

  function remember(agent: string, name: string, loading: Promise<LiveTrajectory>): void {
    const key = nameKey(agent, name);
    byName.set(key, loading);
    loading.then(
      (live) => {
        if (byName.get(key) === loading) loaded.add(live);
      },
      () => {
        if (byName.get(key) === loading) byName.delete(key);
      },
    );
    evict();
  }

  function evict(): void {
    for (const live of loaded) {
      if (byName.size <= limits.maxInMemory) return;
      if (live.idle) retire(live);
    }
  }

  /** Leaves memory; its snapshot saves the folding when it, or its successor, is needed. */
  function retire(live: LiveTrajectory): void {
    forget(live);
    if (live.state.status === "new") return;
    store
      .saveSnapshot(live.key, live.version, folding.serialise(live.state))
      .catch(() => undefined); // A cache: without it the records are folded.
  }

  function forget(live: LiveTrajectory): void {
    // Only once: by a second time the name may be its successor's.
    if (loaded.delete(live)) byName.delete(nameKey(live.key.agent, live.key.name));
  }

  function openingOf(agent: string, naming: Naming, task?: Task): Opening {
    const { identifiedBy, session, traceId } = naming;
    return { task: task ?? defaultTask(agent), identifiedBy, session, traceId };
  }

  async function enter(agent: string, naming: Naming): Promise<LiveTrajectory> {
    const key = nameKey(agent, naming.name);
    const known = byName.get(key);
    if (known !== undefined) {
      const live = await known;
      if (live.state.status !== "closed") {
        touch(live);
        return live;
      }
      forget(live);
    }
    // Whoever came first while this one waited has put its promise there.
    const again = byName.get(key);
    if (again !== undefined && again !== known) return enter(agent, naming);
    const loading = resolveCounted(agent, naming);
    remember(agent, naming.name, loading);
    return loading;
  }

  async function resolveCounted(agent: string, naming: Naming): Promise<LiveTrajectory> {
    const live = await resolve(agent, naming.name, openingOf(agent, naming));
    if (live.state.status === "new") countOpen(agent);
    return live;
  }

  function touch(live: LiveTrajectory): void {
    loaded.delete(live);
    loaded.add(live);
  }

  function openedRecord(live: LiveTrajectory, door: Door): OpenedRecord {
    const { digest, mode } = parts.policyNow();
    const now = clock.nowMs();
    const agent = parts.agents.get(live.key.agent);
    return {
      v: recordVersion,
      id: newId(now),
      at: now,
      type: "opened",
      key: live.key,
      ...live.opening,
      door,
      policy: digest,
      mode,
      ...(agent === undefined ? {} : { model: modelOf(agent) }),
      continues: live.key.generation > 1,
    };
  }

  function closedRecord(live: LiveTrajectory, because: ClosedBecause): ClosedRecord {
    const { state, key } = live;
    const now = clock.nowMs();
    const { opened } = state;
    if (opened === undefined) throw new ProctorError("trajectory_not_found", live.id);
    return {
      v: recordVersion,
      id: newId(now),
      at: now,
      type: "closed",
      key,
      task: opened.task,
      identifiedBy: opened.identifiedBy,
      because,
      openedAt: opened.at,
      steps: state.steps,
      counts: isUnit(key, opened.identifiedBy),
      scores: parts.scoresOf(state, because),
      definitions: definitionsVersion,
      analyser: analyserVersion,
      policy: opened.policy,
      mode: opened.mode,
      tools: parts.toolsOf(state),
    };
  }

  async function closeIfStill(
    live: LiveTrajectory,
    because: ClosedBecause,
  ): Promise<ClosedRecord | undefined> {
    return live.inTurn(async () => {
      if (live.state.status !== "open") return undefined;
      const { records: news, blobs } = parts.offers.news(live);
      if (news.length > 0 && !(await live.append(news, { synced: false, blobs }))) return undefined;
      const record = closedRecord(live, because);
      const unreported = live.state.pending.filter(isElsewhere);
      const records = [
        ...unreported.map(({ step }) => outcomeRecord(step, unobserved, record.at)),
        ...cancelledApprovals(live, record.at),
        record,
      ];
      if (!(await live.append(records, { synced: true }))) return undefined;
      for (const { step } of unreported) live.settled(step, unobserved);
      retire(live);
      return record;
    });
  }

  async function find(agent: string, name: string): Promise<LiveTrajectory | undefined> {
    const known = byName.get(nameKey(agent, name));
    if (known !== undefined) return known;
    const generation = await store.latestGeneration(agent, name);
    if (generation === 0) return undefined;
    return load(agent, name, generation, openingOf(agent, { name, identifiedBy: "explicit" }));
  }

  return {
    enter,
    find,
    forget,
    opening: (live, door) => (live.state.status === "new" ? [openedRecord(live, door)] : []),
    closeIfStill,
    inMemory: () => loaded,
    async open(agent, naming, task, door) {
      const known = await byName.get(nameKey(agent, naming.name));
      if (known?.state.status === "open") throw existsAlready(known);
      if (known !== undefined) forget(known);
      const loading = resolve(agent, naming.name, openingOf(agent, naming, task));
      remember(agent, naming.name, loading);
      const live = await loading;
      if (live.state.status === "open") throw existsAlready(live);
      const opened = await live.inTurn(() =>
        live.append([openedRecord(live, door)], { synced: true }),
      );
      if (!opened) throw existsAlready(live);
      return live;
    },
    async close(agent, name, because) {
      const live = await find(agent, name);
      if (live === undefined || live.state.status === "new") {
        throw new ProctorError("trajectory_not_found", nameKey(agent, name));
      }
      await live.quiet(endGraceMs);
      await live.endHolds();
      for (;;) {
        if (live.state.status === "closed") throw new ProctorError("trajectory_closed", live.id);
        const record = await closeIfStill(live, because);
        if (record !== undefined) return record;
      }
    },
  };
}

/** What nobody can use any more: a successor inherits no permissions. */
function cancelledApprovals({ state }: LiveTrajectory, at: number): ApprovalRecord[] {
  const event = { kind: "cancelled", why: "the trajectory ended" } as const;
  return [...state.approvals.values()]
    .filter(({ expiresAt }) => expiresAt > at)
    .map(({ id, step }) => approvalRecord({ approval: id, step, event }, at));
}

function existsAlready(live: LiveTrajectory): ProctorError {
  return new ProctorError("trajectory_exists", `${live.id} is open`);
}
