// Every view: what its address asks for, and what is read for it.

import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { JSX } from "hono/jsx/jsx-runtime";
import { streamSSE } from "hono/streaming";
import type { Limits } from "../audit/limits.ts";
import type { Trend } from "../audit/trend.ts";
import type { Watch } from "../audit/watch.ts";
import { actsFor } from "../core/access.ts";
import {
  type Agent,
  type Lineage,
  type Principal,
  rolesOf,
  type TokenKind,
} from "../core/agent.ts";
import type { Clock } from "../core/clock.ts";
import { ProctorError } from "../core/errors.ts";
import { type Measure, measures } from "../core/measure.ts";
import type { ContentRef } from "../core/outcome.ts";
import type { ProctorRecord } from "../core/record.ts";
import { parseTrajectoryId, type TrajectoryKey, trajectoryId } from "../core/trajectory.ts";
import type { Approval, Approvals, ApprovalView } from "../gateway/approvals.ts";
import type { Redefinitions } from "../gateway/redefinitions.ts";
import type { Persistence, TrajectorySummary } from "../store/store.ts";
import type { Feed, Topic } from "./feed.ts";
import { filtersOf, queryOf } from "./filters.ts";
import { lineageViews, type RateRow } from "./overview.ts";
import { ApprovalsPage } from "./pages/approvals.tsx";
import type { Frame } from "./pages/layout.tsx";
import { attentionOf, OverviewPage, type Range, ranges } from "./pages/overview.tsx";
import { PolicyPage, type PolicyView, type Tried } from "./pages/policy.tsx";
import { TrajectoriesPage } from "./pages/trajectories.tsx";
import { TrajectoryPage } from "./pages/trajectory.tsx";
import type { Pulse } from "./pulse.ts";
import type { Session } from "./sessions.ts";
import { type Scored, timelineOf } from "./timeline.ts";

type Env = { Bindings: HttpBindings };

export interface ViewParts {
  readonly store: Pick<Persistence, "trajectories" | "read" | "blob" | "healthy">;
  readonly feed: Feed;
  readonly approvals: Pick<Approvals, "list" | "show" | "answer" | "ended">;
  readonly redefinitions: Pick<Redefinitions, "list" | "show" | "acknowledge">;
  readonly viewOf: (approval: Approval) => ApprovalView;
  readonly wholeViewOf: (approval: Approval) => Promise<ApprovalView>;
  readonly agents: readonly Agent[];
  readonly lineages: readonly Lineage[];
  readonly taskClasses: readonly string[];
  /** The class that contrasts are watched in. */
  readonly watchedClass: string;
  readonly margin: number;
  /** Brings rates, contrasts, trend and open trajectories up to date. */
  readonly catchUp: () => Promise<void>;
  readonly rates: () => readonly RateRow[];
  readonly watched: Pick<Watch, "now">;
  readonly limits: Limits["now"];
  readonly trend: Pick<Trend, "points">;
  readonly openTrajectories: () => number;
  readonly pulse: Pulse;
  readonly policyView: () => PolicyView;
  /** Analyses and decides; carries out nothing and records nothing. */
  readonly check: (command: string, cwd: string) => NonNullable<Tried["checked"]>;
  readonly workspace: string;
  /** What the calls of an open trajectory settled so far. */
  readonly settledBy: (key: TrajectoryKey, records: readonly ProctorRecord[]) => Scored;
  readonly clock: Clock;
}

export interface Door {
  /** @throws ProctorError `unauthenticated` */
  readonly viewer: (c: Context<Env>) => { session: Session; principal: Principal };
  /** @throws ProctorError `unauthenticated`, `forbidden` */
  readonly signed: (
    c: Context<Env>,
    kinds: readonly TokenKind[],
  ) => Promise<{ session: Session; form: URLSearchParams }>;
  readonly frameOf: (session: Session) => Promise<Frame>;
  readonly page: (content: JSX.Element, status?: number) => Promise<Response>;
}

const mayAnswer: readonly TokenKind[] = ["approver", "admin"];
/** It holds for every agent, so no approver's word is enough. */
const mayAcknowledge: readonly TokenKind[] = ["admin"];
const pageSize = 50;
const maxEntries = 200;
const maxSettled = 50;
const maxChanged = 20;
/** Contents beside the records that one page fetches; the rest is named by its size. */
const maxBlobs = 50;
const maxCommandLength = 20_000;

export function createViews(parts: ViewParts, door: Door): Hono<Env> {
  const { store, approvals, clock, agents, lineages } = parts;
  const app = new Hono<Env>();
  const ids = agents.map(({ id }) => id);
  const roleOf = (agent: string) =>
    rolesOf(agent, lineages)
      .map(({ role }) => role)
      .join(", ");

  app.get("/", async (c) => {
    const { session, principal } = door.viewer(c);
    await parts.catchUp();
    const frame = await door.frameOf(session);
    const taskClass = oneOf(parts.taskClasses, c.req.query("class"), parts.watchedClass);
    const views = lineageViews({
      lineages,
      taskClass,
      rates: parts.rates(),
      watched: parts.watched.now(),
      maySee: (agent) => maySee(principal, agent),
    });
    const { mode, problems } = parts.policyView();
    const storeProblem = await store.healthy().then(
      () => "",
      (error: unknown) => String(error),
    );
    const attention = attentionOf({
      waiting: frame.waiting,
      lineages: views,
      limits: parts.limits().filter(({ agent }) => maySee(principal, agent)),
      changedTools: (await parts.redefinitions.list()).filter(
        ({ acknowledged }) => acknowledged === undefined,
      ).length,
      policyProblems: problems.length,
      storeProblem,
    });
    return door.page(
      <OverviewPage
        frame={frame}
        attention={attention}
        pulse={parts.pulse.last(60)}
        openTrajectories={parts.openTrajectories()}
        policyMode={mode}
        lineages={views}
        taskClass={taskClass}
        classes={parts.taskClasses}
        range={rangeOf(c)}
        trendMeasure={measureOf(c)}
        margin={parts.margin}
        nowMs={clock.nowMs()}
      />,
    );
  });

  app.get("/charts/trend", async (c) => {
    const { principal } = door.viewer(c);
    await parts.catchUp();
    const name = c.req.query("lineage") ?? "none";
    const toMs = clock.nowMs();
    const window = {
      taskClass: oneOf(parts.taskClasses, c.req.query("class"), parts.watchedClass),
      measure: measureOf(c),
      fromMs: toMs - rangeMs[rangeOf(c)],
      toMs,
      buckets: 60,
    };
    const series = ids
      .filter((agent) => maySee(principal, agent))
      .flatMap((agent) => {
        const role = rolesOf(agent, lineages).find(({ lineage }) => lineage === name)?.role;
        if (role === undefined) return [];
        const points = parts.trend.points({ ...window, agent });
        return [{ name: agent, role, points }];
      });
    const times = parts.trend.points({ ...window, agent: "" }).map(({ at }) => at / 1000);
    return c.json({
      times,
      series: series.map(({ name: agent, role, points }) => ({
        name: agent,
        role,
        rates: points.map(({ n, hits }) => (n === 0 ? null : hits / n)),
        n: points.map(({ n }) => n),
      })),
    });
  });

  app.get("/trajectories", async (c) => {
    const { session, principal } = door.viewer(c);
    const filters = filtersOf((name) => c.req.query(name));
    const query = queryOf(filters, { principal, agents: ids, lineages, limit: pageSize + 1 });
    const found: TrajectorySummary[] = [];
    for await (const one of store.trajectories(query)) found.push(one);
    const shown = found.slice(0, pageSize);
    const last = found.length > pageSize ? shown.at(-1) : undefined;
    return door.page(
      <TrajectoriesPage
        frame={await door.frameOf(session)}
        filters={filters}
        found={shown}
        next={last && trajectoryId(last.key)}
        agents={ids}
        classes={parts.taskClasses}
        rules={parts.policyView().rules.map(({ id }) => id)}
        roleOf={roleOf}
        nowMs={clock.nowMs()}
      />,
    );
  });

  app.get("/trajectories/:agent/:name", async (c) => {
    const { session, principal } = door.viewer(c);
    const id = `${c.req.param("agent")}/${c.req.param("name")}`;
    const key = parseTrajectoryId(id);
    if (key === undefined || !maySee(principal, key.agent)) throw notFound(id);
    const records: ProctorRecord[] = [];
    for await (const { record } of store.read(key)) records.push(record);
    if (records.length === 0) throw notFound(id);
    const timeline = timelineOf(records, parts.settledBy(key, records));
    const from = Math.max(0, Math.floor(Number(c.req.query("from") ?? 0)) || 0);
    const contents = await contentsOf(timeline.entries.slice(from, from + maxEntries), store);
    return door.page(
      <TrajectoryPage
        frame={await door.frameOf(session)}
        trajectory={key}
        timeline={timeline}
        contentOf={(ref) => ("digest" in ref ? (contents.get(ref.digest) ?? ref) : ref)}
        role={roleOf(key.agent)}
        from={from}
        maxEntries={maxEntries}
      />,
    );
  });

  app.get("/approvals", async (c) => {
    const { session, principal } = door.viewer(c);
    const mine = (await approvals.list()).filter(({ key }) => maySee(principal, key.agent));
    const waiting = mine.filter(({ status }) => status === "waiting");
    const settled = mine.filter(({ status }) => status !== "waiting").slice(0, maxSettled);
    const notice = c.req.query("done");
    return door.page(
      <ApprovalsPage
        frame={await door.frameOf(session)}
        waiting={await Promise.all(waiting.map(parts.wholeViewOf))}
        settled={settled.map(parts.viewOf)}
        mayAnswer={mayAnswer.includes(principal.kind)}
        nowMs={clock.nowMs()}
        notice={notice === undefined ? undefined : notices.get(notice)}
      />,
    );
  });

  app.post("/approvals/:id", async (c) => {
    const { session, form } = await door.signed(c, mayAnswer);
    const { principal } = session;
    const approval = await approvals.show(c.req.param("id"));
    if (!maySee(principal, approval.key.agent)) {
      throw new ProctorError("approval_not_found", `no approval ${approval.id}`);
    }
    const answer = form.get("answer");
    if (answer !== "approved" && answer !== "refused") {
      throw new ProctorError("invalid_request", "an answer is approved or refused");
    }
    const note = form.get("note")?.trim().slice(0, 2_000) ?? "";
    await approvals.answer(approval.id, {
      answer,
      by: principal.token,
      ...(note === "" ? {} : { note }),
    });
    return c.redirect(`/approvals?done=${answer}`, 303);
  });

  app.get("/policy", async (c) => {
    const { session } = door.viewer(c);
    const command = (c.req.query("command") ?? "").slice(0, maxCommandLength);
    const cwd = c.req.query("cwd")?.slice(0, 4_096) || parts.workspace;
    const checked = command.trim() === "" ? undefined : parts.check(command, cwd);
    return door.page(
      <PolicyPage
        frame={await door.frameOf(session)}
        policy={parts.policyView()}
        hitsOf={parts.pulse.rule}
        since={parts.pulse.since}
        tried={{ command, cwd, checked }}
        changed={
          await Promise.all(
            (await parts.redefinitions.list())
              .slice(0, maxChanged)
              .map(({ id }) => parts.redefinitions.show(id)),
          )
        }
      />,
    );
  });

  app.post("/redefinitions/:id", async (c) => {
    const { session, form } = await door.signed(c, mayAcknowledge);
    const note = form.get("note")?.trim().slice(0, 2_000) ?? "";
    await parts.redefinitions.acknowledge(c.req.param("id"), {
      by: session.principal.token,
      ...(note === "" ? {} : { note }),
    });
    return c.redirect("/policy#redefinitions", 303);
  });

  app.get("/events", (c) => {
    door.viewer(c);
    return streamSSE(c, (stream) => tellOf(topicOf(c), stream, parts));
  });

  return app;
}

function maySee(principal: Principal, agent: string): boolean {
  return principal.kind === "admin" || actsFor(principal, agent);
}

function notFound(id: string): ProctorError {
  return new ProctorError("trajectory_not_found", id);
}

const notices = new Map([
  ["approved", "Approved: this very call may be carried out, once."],
  ["refused", "Refused: the agent is told so, with your note."],
]);

function topicOf(c: Context<Env>): Topic {
  const trajectory = c.req.query("trajectory");
  if (trajectory !== undefined) return { trajectory };
  return c.req.query("of") === "approvals" ? { types: ["approval"] } : {};
}

/** News that come close together are one. */
const restMs = 300;
/** Proxies in between close what is silent for a minute. */
const heartbeatMs = 15_000;

interface Stream {
  readonly aborted: boolean;
  readonly closed: boolean;
  writeSSE(message: { event: string; data: string }): Promise<void>;
  write(text: string): Promise<unknown>;
  sleep(ms: number): Promise<unknown>;
  onAbort(listener: () => void): void;
}

async function tellOf(
  topic: Topic,
  stream: Stream,
  { feed, approvals }: Pick<ViewParts, "feed" | "approvals">,
): Promise<void> {
  let changed = false;
  let wake = () => {};
  const unsubscribe = feed.subscribe(topic, () => {
    changed = true;
    wake();
  });
  const over = () => stream.aborted || stream.closed || approvals.ended.aborted;
  const ended = () => wake();
  approvals.ended.addEventListener("abort", ended);
  stream.onAbort(ended);
  try {
    await stream.write(": here\n\n");
    while (!over()) {
      if (changed) {
        changed = false;
        await stream.writeSSE({ event: "changed", data: "" });
        await stream.sleep(restMs);
      } else if (!(await news())) await stream.write(": alive\n\n");
    }
  } finally {
    unsubscribe();
    approvals.ended.removeEventListener("abort", ended);
  }

  /** Whether something woke it before the next heartbeat. */
  function news(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), heartbeatMs);
      wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
      if (changed || over()) wake();
    });
  }
}

/** What the entries refer to, as far as it is there. */
async function contentsOf(
  entries: ReturnType<typeof timelineOf>["entries"],
  store: Pick<Persistence, "blob">,
): Promise<ReadonlyMap<string, ContentRef>> {
  const refs = entries.flatMap((entry) => {
    if (entry.kind === "malformed") return [];
    if (entry.kind === "message") return entry.record.content ?? [];
    const outcome = entry.outcome?.outcome;
    const result = outcome?.kind === "carried_out" ? [outcome.result] : [];
    return [entry.intent.call.arguments, ...result];
  });
  const found = new Map<string, ContentRef>();
  for (const ref of refs) {
    if (!("digest" in ref) || found.size >= maxBlobs) continue;
    const bytes = await store.blob(ref.digest);
    if (bytes === undefined) continue;
    const inline = JSON.parse(Buffer.from(bytes).toString("utf8"));
    found.set(ref.digest, { bytes: ref.bytes, inline });
  }
  return found;
}

const minuteMs = 60_000;
const rangeMs: Record<Range, number> = {
  "15m": 15 * minuteMs,
  "1h": 60 * minuteMs,
  "24h": 24 * 60 * minuteMs,
  "7d": 7 * 24 * 60 * minuteMs,
  "30d": 30 * 24 * 60 * minuteMs,
};

function rangeOf(c: Context<Env>): Range {
  return ranges.find((range) => range === c.req.query("range")) ?? "24h";
}

function measureOf(c: Context<Env>): Measure {
  return measures.find((measure) => measure === c.req.query("measure")) ?? "deletion";
}

function oneOf(known: readonly string[], asked: string | undefined, usual: string): string {
  return asked !== undefined && known.includes(asked) ? asked : usual;
}
