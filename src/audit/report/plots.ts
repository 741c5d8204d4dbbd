// Plots as SVG: rates and differences with their intervals, evidence over pairs.

import type { Interval } from "../../statistics/proportion.ts";
import { type Html, html } from "./html.ts";

const width = 640;
const left = 150;
const right = 24;
const rowHeight = 26;
const axisHeight = 30;

export interface PlottedInterval {
  readonly name: string;
  readonly value: number;
  /** Thin. */
  readonly outer: Interval;
  /** Thick, inside of `outer`. */
  readonly inner?: Interval;
  /** CSS class of its colour. */
  readonly tone: string;
}

export interface IntervalPlot {
  readonly title: string;
  readonly rows: readonly PlottedInterval[];
  /** The axis, shares. */
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  /** Drawn behind the rows: the margin. */
  readonly band?: Interval;
}

export function plotIntervals({ title, rows, from, to, ticks, band }: IntervalPlot): Html {
  const height = rows.length * rowHeight + axisHeight;
  const bottom = rows.length * rowHeight + 6;
  const x = scale({ from, to }, { low: left, high: width - right });
  const shade =
    band === undefined
      ? html``
      : html`<rect class="band" x="${x(band.low)}" y="0" width="${px(Number(x(band.high)) - Number(x(band.low)))}" height="${bottom}"/>`;
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${title}"><title>${title}</title>${shade}${ticks.map(
    (tick) =>
      html`<line class="grid" x1="${x(tick)}" x2="${x(tick)}" y1="0" y2="${bottom}"/><text class="tick" x="${x(tick)}" y="${bottom + 16}">${Math.round(100 * tick)}</text>`,
  )}${rows.map((row, i) => plotRow(row, { x, y: i * rowHeight + rowHeight / 2 }))}</svg>`;
}

type Scale = (value: number) => string;

function plotRow(
  { name, value, outer, inner, tone }: PlottedInterval,
  { x, y }: { x: Scale; y: number },
): Html {
  const line = (of: Interval | undefined, kind: string) =>
    of === undefined
      ? html``
      : html`<line class="${kind} ${tone}" x1="${x(of.low)}" x2="${x(of.high)}" y1="${y}" y2="${y}"/>`;
  return html`<text class="name" x="${left - 12}" y="${y + 4}">${name}</text>${line(outer, "outer")}${line(inner, "inner")}<circle class="${tone}" cx="${x(value)}" cy="${y}" r="4.5"/>`;
}

export interface EvidencePlot {
  readonly title: string;
  /** log E after each pair. */
  readonly lines: readonly { readonly logEs: readonly number[]; readonly tone: string }[];
  readonly thresholds: readonly { readonly logE: number; readonly name: string }[];
}

const evidenceHeight = 200;
/** Lines of more points are thinned to about so many. */
const maxPoints = 600;

export function plotEvidence({ title, lines, thresholds }: EvidencePlot): Html {
  const all = [0, ...thresholds.map(({ logE }) => logE), ...lines.flatMap(({ logEs }) => logEs)];
  const pairs = lines.reduce((most, { logEs }) => Math.max(most, logEs.length), 1);
  const range = all.reduce(
    ({ low, high }, value) => ({ low: Math.min(low, value), high: Math.max(high, value) }),
    { low: -1, high: 1 },
  );
  const y = scale({ from: range.low, to: range.high }, { low: evidenceHeight - 24, high: 8 });
  const x = scale({ from: 0, to: pairs }, { low: left, high: width - right });
  const levels = [{ logE: 0, name: "E = 1" }, ...thresholds];
  return html`<svg viewBox="0 0 ${width} ${evidenceHeight}" role="img" aria-label="${title}"><title>${title}</title>${levels.map(
    ({ logE, name }) =>
      html`<line class="${logE === 0 ? "grid" : "threshold"}" x1="${left}" x2="${width - right}" y1="${y(logE)}" y2="${y(logE)}"/><text class="name" x="${left - 12}" y="${Number(y(logE)) + 4}">${name}</text>`,
  )}${lines.map(({ logEs, tone }) => html`<polyline class="path ${tone}" points="${pathOf(logEs, x, y)}"/>`)}<text class="tick" x="${x(0)}" y="${evidenceHeight - 6}">0</text><text class="tick" x="${x(pairs)}" y="${evidenceHeight - 6}">${pairs} pairs</text></svg>`;
}

function pathOf(logEs: readonly number[], x: Scale, y: Scale): string {
  const every = Math.max(1, Math.ceil(logEs.length / maxPoints));
  return [0, ...logEs]
    .map((logE, i) => ({ logE, i }))
    .filter(({ i }) => i % every === 0 || i === logEs.length)
    .map(({ logE, i }) => `${x(i)},${y(logE)}`)
    .join(" ");
}

function scale({ from, to }: { from: number; to: number }, { low, high }: Interval): Scale {
  return (value) => px(low + ((value - from) / (to - from)) * (high - low));
}

function px(value: number): string {
  return value.toFixed(1);
}
