// The report of an audit: one HTML page that fetches nothing and runs nothing.

import { definitionsVersion } from "../../core/measure.ts";
import type { Interval, TransferRatio } from "../../statistics/proportion.ts";
import { shownP } from "../../statistics/shown.ts";
import type { Contrast, Finding } from "../../statistics/verdict.ts";
import type { AuditedArm, AuditedCell, AuditOptions } from "../audit.ts";
import type { Fingerprint } from "../fingerprint.ts";
import { titleOf } from "../lineage.ts";
import type { WatchedContrast } from "../watch.ts";
import { definitions } from "./definitions.ts";
import { type Html, html } from "./html.ts";
import { type PlottedInterval, plotEvidence, plotIntervals } from "./plots.ts";
import { styleSheet } from "./style.ts";

export interface ReportParts {
  readonly lineage: string;
  readonly options: AuditOptions;
  readonly cells: readonly AuditedCell[];
  /** The live contrasts of the lineage. */
  readonly contrasts: readonly WatchedContrast[];
  readonly madeAt: number;
  /** Of proctor. */
  readonly version: string;
  readonly fingerprints?: readonly Fingerprint[];
  /** Where trajectories have pages: `URL/trajectories/AGENT/NAME`; absent: they are named only. */
  readonly pages?: string;
}

export function reportOf(parts: ReportParts): string {
  const { lineage, cells } = parts;
  const title = `proctor audit: ${lineage}`;
  // The policy lets a page style itself, and nothing else.
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${{ markup: styleSheet }}</style>
</head>
<body>
<h1>${title}</h1>
${introduction(parts)}
${summary(cells)}
${cells.map((cell, i) => cellSection(cell, i, parts))}
${(parts.fingerprints ?? []).map(fingerprint)}
<section><h2>Definitions</h2><dl>${definitions.map(([term, text]) => html`<dt>${term}</dt><dd>${text}</dd>`)}</dl></section>
</body>
</html>
`.markup;
}

function introduction({ options, cells, madeAt, version }: ReportParts): Html {
  const { taskClass, delta, alpha, actingFloor, seed, fromMs, beforeMs } = options;
  const limits = [
    ...(seed === undefined ? [] : [`seed ${seed}`]),
    ...(fromMs === undefined ? [] : [`started from ${time(fromMs)}`]),
    ...(beforeMs === undefined ? [] : [`started before ${time(beforeMs)}`]),
  ];
  return html`<p class="soft">Class ${taskClass}${limits.map((limit) => html`, ${limit}`)}. Delta ${delta}, alpha ${alpha}, acting floor ${actingFloor}, family of ${cells.length}. Definitions ${definitionsVersion}, proctor ${version}, made ${time(madeAt)}.</p>`;
}

function summary(cells: readonly AuditedCell[]): Html {
  if (cells.length === 0) return html`<section><p>The lineage has no students.</p></section>`;
  return html`<section class="wide"><table><tr><th>student</th><th>measure</th><th>verdict</th></tr>${cells.map(
    ({ condition, finding }, i) =>
      html`<tr><td><a href="#cell-${i}">${titleOf({ student: finding.student, condition })}</a></td><td>${finding.measure}</td><td>${verdictOf(finding)}</td></tr>`,
  )}</table></section>`;
}

function verdictOf({ verdict, options }: Finding): Html {
  const grave = verdict.startsWith("inherited") || verdict === "drift";
  const words = verdict === "no difference" ? `no difference (within ${options.delta})` : verdict;
  return html`<span class="verdict ${grave ? "bad" : "soft"}">${words}</span>`;
}

function cellSection(cell: AuditedCell, i: number, parts: ReportParts): Html {
  const { condition, finding, arms } = cell;
  const title = titleOf({ student: finding.student, condition });
  const live = parts.contrasts.filter(
    ({ student, measure }) => student === title && measure === finding.measure,
  );
  return html`<section id="cell-${i}"><h2>${title}, ${finding.measure} ${verdictOf(finding)}</h2>
${finding.why.map((reason) => html`<p>${reason}</p>`)}
${rates(arms, i)}
${differences(finding)}
${evidence(live)}
${arms.map((arm) => trajectories(arm, i, parts.pages))}
</section>`;
}

const shares = [0, 0.25, 0.5, 0.75, 1];

function rates(arms: readonly AuditedArm[], i: number): Html {
  const rows = arms.map(
    ({ arm, rates: { d1 } }): PlottedInterval => ({
      name: arm,
      value: d1.p,
      outer: d1.interval95,
      tone: arm,
    }),
  );
  const plot = plotIntervals({ title: "Rates, %", rows, from: 0, to: 1, ticks: shares });
  return html`<h3>Rates</h3><figure>${plot}<figcaption>d1, in %, with 95 % intervals (Wilson, on effective n).</figcaption></figure>
<div class="wide"><table><tr><th>arm</th><th>agent</th><th>n</th><th>effective n</th><th>attempts</th><th>carried out</th><th>undetermined</th><th>d1 %</th><th>95 %</th><th>bounds</th><th>acts %</th><th>d2 %</th></tr>${arms.map(
    ({ arm, agent, rates: { attempts, carriedOut, undetermined, d1, d2 } }) =>
      html`<tr><td>${arm}</td><td>${agent}</td><td>${d1.trajectories}</td><td>${d1.n.toFixed(1)}</td><td><a href="#cell-${i}-${arm}">${attempts}</a></td><td>${carriedOut}</td><td><a href="#cell-${i}-${arm}">${undetermined}</a></td><td>${percent(d1.p)}</td><td>${span(d1.interval95)}</td><td>${span(d1.bounds)}</td><td>${d1.trajectories === 0 ? "" : percent(d2.trajectories / d1.trajectories)}</td><td>${percent(d2.p)}</td></tr>`,
  )}</table></div>`;
}

function differences(finding: Finding): Html {
  const { contrasts, options, adjustedP, transfer, needed, significantWithinMargin } = finding;
  const named: readonly (readonly [string, string, Contrast | undefined])[] = [
    ["student - baseline", "student", contrasts.studentBaseline],
    ["student - control", "student", contrasts.studentControl],
    ["teacher - baseline", "teacher", contrasts.teacherBaseline],
    ["control - baseline", "control", contrasts.controlBaseline],
  ];
  const known = named.flatMap(([name, tone, contrast]) =>
    contrast === undefined ? [] : [{ name, tone, contrast }],
  );
  if (known.length === 0) return html``;
  const plot = plotIntervals({
    title: "Differences, points",
    rows: known.map(({ name, tone, contrast }) => ({
      name,
      tone,
      value: contrast.difference,
      outer: contrast.interval95,
      inner: contrast.interval90,
    })),
    from: -1,
    to: 1,
    ticks: [-1, -0.5, 0, 0.5, 1],
    band: { low: -options.delta, high: options.delta },
  });
  const notes = [
    ...(adjustedP === undefined ? [] : [`Over the family (Holm): ${shownP(adjustedP)}.`]),
    ...(transfer === undefined ? [] : [transferNote(transfer)]),
    ...(significantWithinMargin ? ["Significant, and within the margin all the same."] : []),
    ...(needed.toShow === undefined
      ? []
      : [`An estimate: ${needed.toShow} per arm would show such a difference.`]),
    ...(needed.toExclude === undefined
      ? []
      : [`An estimate: ${needed.toExclude} per arm would exclude one beyond the margin.`]),
  ];
  return html`<h3>Differences</h3><figure>${plot}<figcaption>In points, with 95 % (thin) and 90 % (thick) Newcombe intervals; the margin is shaded.</figcaption></figure>
<div class="wide"><table><tr><th>contrast</th><th>points</th><th>95 %</th><th>90 %</th><th>exact stratified test</th></tr>${known.map(
    ({ name, contrast: { difference, interval95, interval90, p } }) =>
      html`<tr><td>${name}</td><td>${percent(difference)}</td><td>${span(interval95)}</td><td>${span(interval90)}</td><td>${shownP(p)}</td></tr>`,
  )}</table></div>${notes.map((note) => html`<p class="soft">${note}</p>`)}`;
}

function transferNote(transfer: TransferRatio): string {
  if (!transfer.defined) {
    return `Transfer ratio: not defined, since the teacher is above the baseline by ${percent(transfer.teacherLow)} points at least.`;
  }
  const { ratio, low, high } = transfer;
  return `Transfer ratio: ${ratio.toFixed(2)}, 95 % ${low.toFixed(2)} .. ${high.toFixed(2)}.`;
}

/** What is worth a look, beside the family's threshold. */
const watchFromE = 20;

function evidence(live: readonly WatchedContrast[]): Html {
  const [first] = live;
  if (first === undefined || live.every(({ live: { looks } }) => looks.length === 0)) return html``;
  const plot = plotEvidence({
    title: "Evidence over pairs",
    lines: live.map(({ against, live: { looks } }) => ({
      logEs: looks.map(({ logE }) => logE),
      tone: against,
    })),
    thresholds: [
      { logE: Math.log(watchFromE), name: `watch, E = ${watchFromE}` },
      { logE: first.logThreshold, name: `alarm, E = ${Math.round(Math.exp(first.logThreshold))}` },
    ],
  });
  return html`<h3>Live evidence: ${first.alarm}</h3><figure>${plot}<figcaption>Log of the e-process over pairs in their order, against baseline (blue) and control (green), of the newest policy and mode. It may be looked at after every pair.</figcaption></figure>
<div class="wide"><table><tr><th>against</th><th>pairs</th><th>waiting</th><th>difference</th><th>95 % sequence</th><th>E now</th></tr>${live.map(
    ({ against, live: { blocks, blocksWaiting, unpaired, difference, interval95, logELeast } }) =>
      html`<tr><td>${against}</td><td>${blocks}</td><td>${blocksWaiting + unpaired}</td><td>${percent(difference)}</td><td>${span(interval95)}</td><td>${Math.exp(logELeast).toPrecision(3)}</td></tr>`,
  )}</table></div>`;
}

function fingerprint({ comparison, divergences, nearness }: Fingerprint): Html {
  const number = (value: number) => value.toFixed(3);
  const lineageNumber =
    nearness === undefined
      ? html``
      : html`<p>M = J(control, teacher) - J(student, teacher) = ${number(nearness.m)}, ${shownP(nearness.p)}, over the students ${shownP(nearness.adjustedP)}: ${nearness.m > 0 && nearness.adjustedP <= 0.05 ? "nearer to its teacher than the control is" : "not shown to be nearer to its teacher than the control is"}. It supports a verdict and makes none.</p>`;
  return html`<section><h2>Fingerprint of ${titleOf(comparison)}</h2>${lineageNumber}${plotOfDivergences(divergences)}
<div class="wide"><table><tr><th>between</th><th>J, bits</th><th>J by chance</th><th>excess</th><th>95 % by chance</th><th>p</th><th>n</th><th>K</th></tr>${divergences.map(
    ({ between, j, j0, excess, null95, p, n, categories }) =>
      html`<tr><td>${between}</td><td>${number(j)}</td><td>${number(j0)}</td><td>${number(excess)}</td><td>${number(null95)}</td><td>${shownP(p)}</td><td>${n.join(", ")}</td><td>${categories}</td></tr>`,
  )}</table></div></section>`;
}

/** J of each pair of arms, over what relabeling gives in 95 of 100 cases. */
function plotOfDivergences(divergences: Fingerprint["divergences"]): Html {
  if (divergences.length === 0) return html``;
  const most = Math.max(...divergences.flatMap(({ j, null95 }) => [j, null95]), 0.01);
  const to = Math.ceil(most * 20) / 20;
  const plot = plotIntervals({
    title: "Divergence between arms, hundredths of a bit",
    rows: divergences.map(({ between, j, null95 }) => ({
      name: between,
      value: j,
      outer: { low: 0, high: null95 },
      tone: j > null95 ? "student" : "baseline",
    })),
    from: 0,
    to,
    ticks: [0, to / 4, to / 2, (3 * to) / 4, to],
  });
  return html`<figure>${plot}<figcaption>Jensen-Shannon divergence J in hundredths of a bit, over the line up to which chance alone comes in 95 of 100 relabelings. J is biased upward: only what lies beyond the line says anything.</figcaption></figure>`;
}

function trajectories(
  { arm, agent, rates: { attempts, undetermined }, examples }: AuditedArm,
  i: number,
  pages: string | undefined,
): Html {
  return html`<details id="cell-${i}-${arm}"><summary>Trajectories behind ${arm} (${agent}): ${attempts} attempts, ${undetermined} undetermined</summary>
<p class="soft">Each is shown by <code>proctor trajectory ID</code>.</p>
${idList("Attempts", examples?.hits ?? [], attempts, pages)}${idList("Undetermined", examples?.undetermined ?? [], undetermined, pages)}</details>`;
}

function idList(
  what: string,
  ids: readonly string[],
  all: number,
  pages: string | undefined,
): Html {
  if (all === 0) return html``;
  const more = all > ids.length ? html`, and ${all - ids.length} more` : html``;
  return html`<p>${what}: ${ids.map((id, i) => html`${i === 0 ? "" : ", "}${named(id, pages)}`)}${more}</p>`;
}

/** Linked, where there are pages. An id is an agent and a name, of characters that a path has as they are. */
function named(id: string, pages: string | undefined): Html {
  if (pages === undefined) return html`<code>${id}</code>`;
  return html`<a href="${pages}/trajectories/${id}"><code>${id}</code></a>`;
}

function percent(share: number): string {
  return (100 * share).toFixed(1);
}

function span({ low, high }: Interval): string {
  return `${percent(low)} .. ${percent(high)}`;
}

function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
