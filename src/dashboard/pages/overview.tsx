// The overview: what needs somebody now, and whether a student does what its teacher did.

import { raw } from "hono/html";
import type { WatchedLimit } from "../../audit/limits.ts";
import { type PlottedInterval, plotIntervals } from "../../audit/report/plots.ts";
import type { Measure } from "../../core/measure.ts";
import type { LineageView, MeasureView } from "../overview.ts";
import type { PulseCounts } from "../pulse.ts";
import { Evidence } from "./evidence.tsx";
import { type Frame, Page } from "./layout.tsx";
import { Badge, measureNames, percent, plural, Time } from "./parts.tsx";

export interface Attention {
  readonly what: string;
  readonly href: string;
  readonly link: string;
  readonly grave: boolean;
}

/** Spans that a trend may be drawn over. */
export const ranges = ["15m", "1h", "24h", "7d", "30d"] as const;
export type Range = (typeof ranges)[number];

export interface OverviewPageParts {
  readonly frame: Frame;
  readonly attention: readonly Attention[];
  readonly pulse: PulseCounts;
  readonly openTrajectories: number;
  readonly policyMode: string;
  readonly lineages: readonly LineageView[];
  readonly taskClass: string;
  readonly classes: readonly string[];
  readonly range: Range;
  readonly trendMeasure: Measure;
  readonly margin: number;
  readonly nowMs: number;
}

export function OverviewPage(parts: OverviewPageParts) {
  const { frame, lineages } = parts;
  return (
    <Page title="Overview" frame={frame} at="/" live="/events">
      <h1 class="hidden">Overview</h1>
      <Now {...parts} />
      <AttentionList {...parts} />
      <Choices {...parts} />
      {lineages.length === 0 ? (
        <p class="empty">
          No agent is configured, or none that you may see. <code>agents</code> and{" "}
          <code>lineages</code> in the config say who is compared with whom.
        </p>
      ) : null}
      {lineages.map((lineage) => (
        <LineageSection {...parts} lineage={lineage} />
      ))}
    </Page>
  );
}

function Now({ pulse, frame, openTrajectories, policyMode, nowMs }: OverviewPageParts) {
  const { calls, refused, would, unknown } = pulse;
  return (
    <section class="now" aria-label="Now">
      <Tile
        name="calls, last hour"
        value={String(calls)}
        note={`${unknown} with an effect that nobody can tell`}
      />
      <Tile
        name="refused, last hour"
        value={String(refused)}
        note={calls === 0 ? "" : `${percent(refused / calls)} of calls`}
        href="/trajectories?verdict=deny"
      />
      <Tile
        name="waiting for a person"
        value={String(frame.waiting)}
        note="now"
        href="/approvals"
        loud={frame.waiting > 0}
      />
      <Tile
        name="open trajectories"
        value={String(openTrajectories)}
        note="now"
        href="/trajectories?state=open"
      />
      <Tile
        name="policy"
        value={policyMode}
        note={would === 0 ? "" : `${would} would have been stopped`}
        href="/policy"
      />
      <p class="soft stamp">
        as of <Time at={nowMs} dateToo={false} /> UTC
        <br />
        calls: of this process
      </p>
    </section>
  );
}

function Tile({
  name,
  value,
  note,
  href,
  loud = false,
}: {
  name: string;
  value: string;
  note: string;
  href?: string;
  loud?: boolean;
}) {
  const inside = (
    <>
      <span class="value">{value}</span>
      <span class="name">{name}</span>
      <span class="soft note">{note}</span>
    </>
  );
  const kind = loud ? "tile loud" : "tile";
  return href === undefined ? (
    <div class={kind}>{inside}</div>
  ) : (
    <a class={kind} href={href}>
      {inside}
    </a>
  );
}

function AttentionList({ attention }: OverviewPageParts) {
  if (attention.length === 0) {
    return (
      <p class="calm" role="status">
        Nothing needs you.
      </p>
    );
  }
  return (
    <ul class="attention" role="status">
      {attention.map(({ what, href, link, grave }) => (
        <li class={grave ? "grave" : ""}>
          {what} <a href={href}>{link}</a>
        </li>
      ))}
    </ul>
  );
}

function Choices({ taskClass, classes, range, trendMeasure }: OverviewPageParts) {
  const path = (changed: { class?: string; range?: string; measure?: string }) =>
    `/?${new URLSearchParams({ class: taskClass, range, measure: trendMeasure, ...changed })}`;
  return (
    <div class="choices">
      <nav aria-label="Task class">
        <span class="soft">task class</span>
        {classes.map((one) => (
          <a href={path({ class: one })} aria-current={one === taskClass ? "true" : undefined}>
            {one}
          </a>
        ))}
      </nav>
      <nav aria-label="Trend of">
        <span class="soft">trend of</span>
        {Object.entries(measureNames).map(([measure, name]) => (
          <a href={path({ measure })} aria-current={measure === trendMeasure ? "true" : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <nav aria-label="Over">
        <span class="soft">over</span>
        {ranges.map((one) => (
          <a href={path({ range: one })} aria-current={one === range ? "true" : undefined}>
            {one}
          </a>
        ))}
      </nav>
    </div>
  );
}

function LineageSection({
  lineage,
  taskClass,
  range,
  trendMeasure,
  margin,
}: OverviewPageParts & { lineage: LineageView }) {
  const { name, measures, tests } = lineage;
  const query = new URLSearchParams({
    lineage: name,
    class: taskClass,
    range,
    measure: trendMeasure,
  });
  const title = name === "none" ? "Agents in no lineage" : `Lineage ${name}`;
  const id = `lineage-${name}`;
  return (
    <section class="card lineage" id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {tests.length === 0 ? null : <Evidence id={id} tests={tests} margin={margin} />}
      <h3>
        Rates{" "}
        <span class="soft">
          share of closed trajectories of class {taskClass}, with 95 % intervals for one look: not
          to be watched for a crossing
        </span>
      </h3>
      <div class="plots">
        {measures.map((view) => (
          <RatePlot view={view} />
        ))}
      </div>
      <RateTable measures={measures} taskClass={taskClass} id={id} />
      <figure>
        <figcaption>
          {measureNames[trendMeasure]} over time: share of the trajectories that ended in each of 60
          parts of the last {range}
        </figcaption>
        <div
          class="chart"
          id={`${id}-trend`}
          role="img"
          aria-label={`${measureNames[trendMeasure]} over the last ${range}`}
          data-chart={`/charts/trend?${query}`}
        />
      </figure>
    </section>
  );
}

function RatePlot({ view: { measure, rows } }: { view: MeasureView }) {
  const plotted = rows.map(
    ({ role, agent, p, interval95 }): PlottedInterval => ({
      name: agent,
      value: p,
      outer: interval95,
      tone: role,
    }),
  );
  const plot = plotIntervals({
    title: `${measureNames[measure]}, %`,
    rows: plotted,
    from: 0,
    to: 1,
    ticks: [0, 0.25, 0.5, 0.75, 1],
  });
  return (
    <figure>
      <figcaption>{measureNames[measure]}, %</figcaption>
      {raw(plot.markup)}
    </figure>
  );
}

function RateTable({
  measures,
  taskClass,
  id,
}: {
  measures: readonly MeasureView[];
  taskClass: string;
  id: string;
}) {
  return (
    <details id={`${id}-table`}>
      <summary>The same in numbers</summary>
      <div class="wide">
        <table>
          <thead>
            <tr>
              <th scope="col">measure</th>
              <th scope="col">agent</th>
              <th scope="col">role</th>
              <th scope="col" class="number">
                hits
              </th>
              <th scope="col" class="number">
                n
              </th>
              <th scope="col" class="number">
                effective n
              </th>
              <th scope="col" class="number">
                rate
              </th>
              <th scope="col" class="number">
                95 %, one look
              </th>
              <th scope="col" class="number">
                undetermined
              </th>
              <th scope="col" class="number">
                bounds
              </th>
            </tr>
          </thead>
          <tbody>
            {measures.flatMap(({ measure, rows }) =>
              rows.map((row) => (
                <tr>
                  <td>{measureNames[measure]}</td>
                  <th scope="row">{row.agent}</th>
                  <td>
                    <Badge tone={`role ${row.role}`}>{row.role}</Badge>
                  </td>
                  <td class="number">
                    <a href={hitsPath(row.agent, taskClass, measure)}>{row.hits}</a>
                  </td>
                  <td class="number">{row.trajectories}</td>
                  <td class="number">{row.n.toFixed(1)}</td>
                  <td class="number">{percent(row.p)}</td>
                  <td class="number">
                    {percent(row.interval95.low)} – {percent(row.interval95.high)}
                  </td>
                  <td class="number">{row.undetermined}</td>
                  <td class="number">
                    {percent(row.bounds.low)} – {percent(row.bounds.high)}
                  </td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function hitsPath(agent: string, taskClass: string, measure: Measure): string {
  return `/trajectories?${new URLSearchParams({ agent, class: taskClass, score: `${measure}=hit` })}`;
}

export function attentionOf(parts: {
  readonly waiting: number;
  readonly lineages: readonly LineageView[];
  readonly limits: readonly WatchedLimit[];
  /** Tools that changed under running sessions, and nobody acknowledged it. */
  readonly changedTools: number;
  readonly policyProblems: number;
  readonly storeProblem: string;
}): readonly Attention[] {
  const { waiting, lineages, limits, changedTools, policyProblems, storeProblem } = parts;
  const tests = lineages.flatMap((lineage) => lineage.tests.map((test) => ({ lineage, test })));
  const alarmed = tests.filter(({ test }) => test.verdict.alarm === "alarm");
  const link = "look";
  return [
    ...(storeProblem === ""
      ? []
      : [
          {
            what: `The store fails, and calls are refused: ${storeProblem}`,
            href: "/readyz",
            link,
            grave: true,
          },
        ]),
    ...alarmed.map(({ lineage, test: { verdict } }) => ({
      what: `${verdict.student} does it more often than its baseline and its control: ${measureNames[verdict.measure]}. The alarm stays until it is acknowledged in the config.`,
      href: `#lineage-${lineage.name}`,
      link,
      grave: true,
    })),
    ...limits
      .filter(({ finding }) => finding === "above limit")
      .map(({ agent, taskClass, measure, limit, hits, n }) => ({
        what: `${agent} is above its limit of ${percent(limit)} for ${measureNames[measure]} in ${taskClass}: ${hits} of ${n}.`,
        href: hitsPath(agent, taskClass, measure),
        link,
        grave: true,
      })),
    ...(changedTools === 0
      ? []
      : [
          {
            what: `${plural(changedTools, "tool")} changed under running sessions; calls of ${changedTools === 1 ? "it" : "them"} are refused.`,
            href: "/policy#redefinitions",
            link,
            grave: true,
          },
        ]),
    ...(policyProblems === 0
      ? []
      : [
          {
            what: `The changed policy was rejected, and the old one decides (${plural(policyProblems, "problem")}).`,
            href: "/policy",
            link,
            grave: true,
          },
        ]),
    ...(waiting === 0
      ? []
      : [
          {
            what: `${plural(waiting, "call")} ${waiting === 1 ? "waits" : "wait"} for an answer.`,
            href: "/approvals",
            link: "answer",
            grave: false,
          },
        ]),
  ];
}
