// What became of calls that go on as tasks of a server: the outcome is written when it is seen.

import type { Clock } from "../core/clock.ts";
import type { Outcome } from "../core/outcome.ts";
import type { IntentRecord } from "../core/record.ts";
import type { Came, Naming, Observed } from "../gateway.ts";
import type { Blob, Persistence } from "../store/store.ts";
import type { PendingStep } from "../trajectory/state.ts";
import { createReadCame } from "./came.ts";
import type { Contents } from "./contents.ts";
import type { LiveTrajectory } from "./live.ts";
import { type Outcomes, taskRecord } from "./outcomes.ts";
import { noStages } from "./reporting.ts";
import type { Trajectories } from "./trajectories.ts";

export interface TaskNews {
  readonly agent: string;
  /** Of the trajectory whose call became the task. */
  readonly naming: Naming;
  readonly upstream: string;
  /** What its door knows the task by. */
  readonly task: string;
  readonly seen: TaskSeen;
  /** By a door in another process, which is believed of the calls that it carried out itself. */
  readonly told?: true;
}

export type TaskSeen =
  /** The client is about to ask for it to be cancelled. */
  | { readonly kind: "cancel_asked" }
  | {
      readonly kind: "ended";
      readonly came: Extract<Came, { readonly kind: "carried_out" | "cancelled" }>;
      /** The server has told how it ended, and not yet the result. */
      readonly resultUnseen?: true;
    }
  /** Nobody can ask for it any more: it expired, or its session or server ended. */
  | { readonly kind: "lost"; readonly why: string };

export interface TaskNewsParts {
  readonly trajectories: Pick<Trajectories, "find">;
  readonly store: Persistence;
  readonly contents: Contents;
  readonly outcomes: Pick<Outcomes, "append" | "recover">;
  readonly clock: Clock;
  /** Counts a step at its end that no memory of this process is left of. */
  observed(
    live: LiveTrajectory,
    of: { readonly agent: string; readonly naming: Naming },
    step: Observed,
  ): void;
}

interface Found {
  readonly step: PendingStep;
  /** It has no outcome yet. */
  readonly isPending: boolean;
}

export function createTaskNews(parts: TaskNewsParts) {
  const { trajectories, store, contents, outcomes, clock } = parts;
  const readCame = createReadCame(contents, clock);

  return async function task(news: TaskNews): Promise<void> {
    const live = await trajectories.find(news.agent, news.naming.name);
    if (live === undefined) return;
    await live.inTurn(async () => {
      await outcomes.recover(live);
      const digest = contents.taskOf(news.upstream, news.task);
      const here = findTask(live, digest, news);
      // Another process may have carried the call out.
      if (here === undefined) await live.catchUp();
      const found = here ?? findTask(live, digest, news);
      if (found === undefined || !isNews(found, news.seen)) return;
      await write(live, news, digest, found);
    });
  };

  async function write(
    live: LiveTrajectory,
    news: TaskNews,
    digest: string,
    { step: { step, at }, isPending }: Found,
  ): Promise<void> {
    const { seen } = news;
    if (seen.kind === "cancel_asked") {
      const record = taskRecord({ step, task: digest, event: seen }, clock.nowMs());
      return live.appendToHead([record], { synced: false });
    }
    const { outcome, blobs } = outcomeOf(seen, at);
    await outcomes.append(live, step, outcome, blobs);
    if (!isPending) return;
    const known = live.awaited(step);
    live.settled(step, outcome);
    if (known === undefined) await observe(live, news, step, outcome);
  }

  function outcomeOf(
    seen: Exclude<TaskSeen, { readonly kind: "cancel_asked" }>,
    at: number,
  ): { readonly outcome: Outcome; readonly blobs: readonly Blob[] } {
    if (seen.kind === "lost") {
      return { outcome: { kind: "unknown", why: contents.text(seen.why) }, blobs: [] };
    }
    const { came, blobs } = readCame.end(seen.came, { at });
    const unseen = came.kind === "carried_out" && seen.resultUnseen === true;
    return { outcome: unseen ? { ...came, resultUnseen: true } : came, blobs };
  }

  async function observe(
    live: LiveTrajectory,
    { agent, naming }: TaskNews,
    step: number,
    outcome: Outcome,
  ): Promise<void> {
    const intent = await intentOf(live, step);
    if (intent === undefined) return;
    const measured = { stages: noStages(), conflicts: 0 };
    parts.observed(live, { agent, naming }, { intent, outcome, ...measured });
  }

  async function intentOf(live: LiveTrajectory, step: number): Promise<IntentRecord | undefined> {
    for await (const { record } of store.read(live.key)) {
      if (record.type === "intent" && record.step === step) return record;
    }
    return undefined;
  }
}

function findTask(
  { state }: LiveTrajectory,
  digest: string,
  { told }: Pick<TaskNews, "told">,
): Found | undefined {
  if (state.status !== "open") return undefined;
  const isIt = ({ task, awaitsReport }: PendingStep) =>
    task === digest && (awaitsReport || told !== true);
  const pending = state.pending.find(isIt);
  if (pending !== undefined) return { step: pending, isPending: true };
  const late = state.late.find(isIt);
  return late && { step: late, isPending: false };
}

/** A client asks often, and hears the same each time. */
function isNews({ step, isPending }: Found, seen: TaskSeen): boolean {
  if (isPending) return seen.kind !== "cancel_asked" || step.cancelAsked !== true;
  if (seen.kind !== "ended") return false;
  const isResult = seen.came.kind === "carried_out" && seen.resultUnseen !== true;
  return isResult || step.resultUnseen !== true;
}
