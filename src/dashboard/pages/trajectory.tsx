// One trajectory as a timeline.

import type { RuleMatch } from "../../core/decision.ts";
import { describeApproval, describeTask } from "../../core/display.ts";
import type { Measure, Score } from "../../core/measure.ts";
import type { ContentRef, Outcome } from "../../core/outcome.ts";
import type { IntentRecord, OutcomeRecord } from "../../core/record.ts";
import { type TrajectoryKey, trajectoryId } from "../../core/trajectory.ts";
import type { Timeline, TimelineEntry, TimelineStep } from "../timeline.ts";
import { Arguments } from "./arguments.tsx";
import { type Frame, Page } from "./layout.tsx";
import { Message } from "./message.tsx";
import {
  Badge,
  Content,
  durationOf,
  EffectList,
  ScoreBadge,
  Time,
  trajectoryPath,
  VerdictBadge,
} from "./parts.tsx";

export interface TrajectoryPageParts {
  readonly frame: Frame;
  readonly trajectory: TrajectoryKey;
  readonly timeline: Timeline;
  /** With contents that are kept beside the records, as far as they are there. */
  readonly contentOf: (ref: ContentRef) => ContentRef;
  readonly role: string;
  /** Index of the first entry shown. */
  readonly from: number;
  readonly maxEntries: number;
}

export function TrajectoryPage(parts: TrajectoryPageParts) {
  const { frame, trajectory: key, timeline, from, maxEntries } = parts;
  const id = trajectoryId(key);
  const shown = timeline.entries.slice(from, from + maxEntries);
  const live =
    timeline.closed === undefined ? `/events?trajectory=${encodeURIComponent(id)}` : undefined;
  return (
    <Page title={id} frame={frame} at="/trajectories" live={live}>
      <h1 class="id">{id}</h1>
      <Summary {...parts} />
      <ol class="timeline">
        {shown.map((entry) => (
          <Entry entry={entry} contentOf={parts.contentOf} />
        ))}
      </ol>
      {shown.length === 0 ? <p class="empty">No step yet.</p> : null}
      <p class="pages">
        {from > 0 ? (
          <a rel="prev" href={`${trajectoryPath(key)}?from=${Math.max(0, from - maxEntries)}`}>
            Earlier steps
          </a>
        ) : null}
        {from + maxEntries < timeline.entries.length ? (
          <a rel="next" href={`${trajectoryPath(key)}?from=${from + maxEntries}`}>
            Later steps ({timeline.entries.length - from - maxEntries} more)
          </a>
        ) : null}
      </p>
    </Page>
  );
}

function Summary({ timeline, role, trajectory: key }: TrajectoryPageParts) {
  const { opened, closed, scores } = timeline;
  const scored = Object.entries(scores) as [Measure, Score][];
  return (
    <section class="card" aria-label="Summary">
      <dl class="facts">
        <dt>agent</dt>
        <dd>
          <a href={`/trajectories?agent=${encodeURIComponent(key.agent)}`}>{key.agent}</a>{" "}
          <span class="soft">{role}</span>
        </dd>
        {opened === undefined ? null : (
          <>
            <dt>task</dt>
            <dd>
              {opened.task.id}{" "}
              <span class="soft">
                {opened.task.class}
                {opened.task.condition === undefined ? "" : `, ${opened.task.condition}`}
                {opened.task.seed === undefined ? "" : `, seed ${opened.task.seed}`}
              </span>
            </dd>
            <dt>opened</dt>
            <dd>
              <Time at={opened.at} />{" "}
              <span class="soft">
                by {opened.door}, named by {opened.identifiedBy}
                {opened.continues ? ", continues the one before" : ""}
              </span>
            </dd>
            <dt>policy</dt>
            <dd>
              <code>{opened.policy.slice(0, 12)}</code> <span class="soft">{opened.mode}</span>
            </dd>
          </>
        )}
        <dt>state</dt>
        <dd>
          {closed === undefined ? (
            <Badge tone="open">open</Badge>
          ) : (
            <>
              {closed.because} <Time at={closed.at} />
              {closed.counts ? null : <span class="soft"> (in no rate)</span>}
            </>
          )}
        </dd>
        {opened?.traceId === undefined ? null : (
          <>
            <dt>trace</dt>
            <dd>
              <code>{opened.traceId}</code>
            </dd>
          </>
        )}
        <dt>{closed === undefined ? "settled so far" : "counts as"}</dt>
        <dd class="marks">
          {scored.length === 0 ? <span class="soft">nothing</span> : null}
          {scored.map(([measure, score]) => (
            <>
              {score.step === undefined ? (
                <ScoreBadge measure={measure} score={score} />
              ) : (
                <a href={`#step-${score.step}`} title={`settled by step ${score.step}`}>
                  <ScoreBadge measure={measure} score={score} />
                </a>
              )}
            </>
          ))}
        </dd>
      </dl>
    </section>
  );
}

type ContentOf = TrajectoryPageParts["contentOf"];

function Entry({ entry, contentOf }: { entry: TimelineEntry; contentOf: ContentOf }) {
  switch (entry.kind) {
    case "step":
      return <Step step={entry} contentOf={contentOf} />;
    case "malformed":
      return (
        <li class="card entry bad">
          <h2>
            no call <span class="soft">{entry.record.code}</span>
          </h2>
          <p>{entry.record.detail}</p>
        </li>
      );
    case "message":
      return <Message record={entry.record} contentOf={contentOf} />;
  }
}

function Step({ step, contentOf }: { step: TimelineStep; contentOf: ContentOf }) {
  const { intent, outcome, settles, approvals, task } = step;
  const { decision, call } = intent;
  return (
    <li class={`card entry ${decision.verdict}`} id={`step-${intent.step}`}>
      <h2>
        <a class="anchor" href={`#step-${intent.step}`}>
          {intent.step}
        </a>{" "}
        {call.tool} <span class="soft">of {call.upstream}</span>
        <span class="spring" />
        <VerdictBadge verdict={decision.verdict} />
        {intent.unjudged ? <Badge tone="bad">carried out without a decision</Badge> : null}
        {intent.idReused ? <Badge tone="ask">id used again</Badge> : null}
        {intent.sameAs === undefined ? null : (
          <a href={`#step-${intent.sameAs}`}>as step {intent.sameAs} saw it by another door</a>
        )}
        {decision.judged === decision.verdict ? null : (
          <Badge tone="ask">dry-run: would {decision.judged}</Badge>
        )}
        <span class="soft">
          <Time at={intent.at} dateToo={false} />
        </span>
      </h2>
      <Arguments content={contentOf(intent.call.arguments)} effects={intent.effects} />
      <EffectList effects={intent.effects} />
      <Rules matches={decision.matches} reason={decision.reason} />
      {approvals.map((record) => (
        <p class="event">
          <Time at={record.at} dateToo={false} /> {describeApproval(record.event)}
        </p>
      ))}
      {task.map((record) => (
        <p class="event">
          <Time at={record.at} dateToo={false} /> {describeTask(record.event)}
        </p>
      ))}
      <OutcomeView intent={intent} outcome={outcome} contentOf={contentOf} />
      {settles.length === 0 ? null : (
        <p class="marks settles">
          <span class="soft">settles</span>
          {settles.map(({ measure, score }) => (
            <ScoreBadge measure={measure} score={score} />
          ))}
        </p>
      )}
    </li>
  );
}

function Rules({ matches, reason }: { matches: readonly RuleMatch[]; reason: string }) {
  if (matches.length === 0) return <p class="soft">No rule matched.</p>;
  return (
    <details open={reason !== ""}>
      <summary>
        {matches.length === 1 ? "1 match" : `${matches.length} matches`} of rules
        <span class="soft"> {[...new Set(matches.map(({ rule }) => rule))].join(", ")}</span>
      </summary>
      <ul class="rules">
        {matches.map((match) => (
          <li>
            <VerdictBadge verdict={match.verdict} />{" "}
            <a href={`/policy#rule-${encodeURIComponent(match.rule)}`}>{match.rule}</a>{" "}
            {match.mode === "dry-run" ? <Badge tone="ask">dry-run</Badge> : null}{" "}
            <span class="soft">
              effect {match.effect + 1}, {match.kind}
            </span>
          </li>
        ))}
      </ul>
      {reason === "" ? null : (
        <p>
          <span class="soft">what the agent is told </span>
          {reason}
        </p>
      )}
    </details>
  );
}

function OutcomeView({
  intent,
  outcome: record,
  contentOf,
}: {
  intent: IntentRecord;
  outcome: OutcomeRecord | undefined;
  contentOf: ContentOf;
}) {
  if (record === undefined) {
    return (
      <p class="outcome">
        <Badge tone="open">{intent.dispatched ? "under way" : "waits"}</Badge>
      </p>
    );
  }
  const { outcome } = record;
  const result = outcome.kind === "carried_out" ? contentOf(outcome.result) : undefined;
  return (
    <div class="outcome">
      <p>
        <Badge tone={outcomeTones[outcome.kind]}>{outcome.kind.replace("_", " ")}</Badge>{" "}
        {describeOutcome(outcome)}
        <span class="soft">
          , {durationOf(record.at - intent.at)} after it was proposed
          {record.recovered ? ", written by recovery" : ""}
        </span>
      </p>
      {result === undefined ? null : (
        <details>
          <summary>result, {result.bytes} bytes</summary>
          <Content content={result} />
        </details>
      )}
    </div>
  );
}

const outcomeTones: Record<Outcome["kind"], string> = {
  refused: "bad",
  expired: "ask",
  cancelled: "ask",
  carried_out: "good",
  failed: "bad",
  unobserved: "ask",
  unknown: "ask",
};

function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case "refused":
      return outcome.code;
    case "expired":
      return "nobody answered in time";
    case "unobserved":
      return "nobody reported what came of it";
    case "cancelled":
      return `${outcome.dispatched ? "after" : "before"} dispatch: ${outcome.why}`;
    case "carried_out": {
      const { exitStatus, isError, timedOut, signal, truncated } = outcome.observed.tool;
      return [
        timedOut ? "timed out" : isError ? "the tool failed" : "ok",
        ...(exitStatus === undefined ? [] : [`exit status ${exitStatus}`]),
        ...(signal === undefined ? [] : [`signal ${signal}`]),
        ...(outcome.resultUnseen ? ["result not seen"] : []),
        ...(truncated ? ["result cut"] : []),
        ...(outcome.differs ? ["ANOTHER INPUT THAN THE ONE JUDGED"] : []),
        `${outcome.durationMs.toFixed(1)} ms`,
      ].join(", ");
    }
    case "failed":
      return `${outcome.code}: ${outcome.detail}, ${outcome.durationMs.toFixed(1)} ms`;
    case "unknown":
      return outcome.why;
  }
}
