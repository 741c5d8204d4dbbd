// Adds units up to figures, by theme and class, and writes them as JSON, as text and as Markdown.

import { type Class, classes, type Unit } from "./compare.ts";

export interface Tally {
  /** Units in which something happened that had to be told. */
  readonly happened: number;
  readonly told: number;
  readonly doubted: number;
  readonly project: number;
  readonly missed: number;
  /** Units in which something was predicted, less `moot` and `open` ones. */
  readonly predicted: number;
  readonly right: number;
  readonly false: number;
  /** Predicted, but nothing stood there, or it cannot be known. */
  readonly aside: number;
}

export interface JudgedRow {
  readonly theme: string;
  readonly at: string;
  readonly command: string;
  readonly units: readonly Unit[];
  /** Bears an `unknown` effect. */
  readonly unknown: boolean;
  /** Its expectation was not met: the row does not show what it is meant to. */
  readonly defect: string | undefined;
}

export type Figures = Readonly<Record<string, Readonly<Partial<Record<Class, Tally>>>>>;

const none: Tally = {
  happened: 0,
  told: 0,
  doubted: 0,
  project: 0,
  missed: 0,
  predicted: 0,
  right: 0,
  false: 0,
  aside: 0,
};

export function figuresOf(rows: readonly JudgedRow[]): Figures {
  const themes = new Map<string, Map<Class, Tally>>();
  for (const row of rows) {
    for (const theme of [row.theme, "all"]) {
      const tallies = themes.get(theme) ?? new Map<Class, Tally>();
      themes.set(theme, tallies);
      for (const unit of row.units)
        tallies.set(unit.class, add(tallies.get(unit.class) ?? none, unit));
    }
  }
  const ordered = [...themes.keys()].sort(
    (a, b) => Number(a === "all") - Number(b === "all") || (a < b ? -1 : 1),
  );
  return Object.fromEntries(
    ordered.map((theme) => [
      theme,
      Object.fromEntries(
        [...(themes.get(theme) ?? [])].filter(([, tally]) => tally.happened + tally.predicted > 0),
      ),
    ]),
  );
}

function add(tally: Tally, unit: Unit): Tally {
  const aside = unit.right === "moot" || unit.right === "open";
  return {
    happened: tally.happened + count(unit.told !== undefined),
    told: tally.told + count(unit.told === "told"),
    doubted: tally.doubted + count(unit.told === "doubted"),
    project: tally.project + count(unit.told === "project"),
    missed: tally.missed + count(unit.told === "missed"),
    predicted: tally.predicted + count(unit.right !== undefined && !aside),
    right: tally.right + count(unit.right === "right"),
    false: tally.false + count(unit.right === "false"),
    aside: tally.aside + count(aside),
  };
}

function count(holds: boolean): number {
  return holds ? 1 : 0;
}

/** Share of what happened that was told, kind and path. */
export function recall(tally: Tally): number {
  return tally.happened === 0 ? 1 : tally.told / tally.happened;
}

/** The same with what was covered by doubt or by project code: what did not pass unseen. */
export function coverage(tally: Tally): number {
  return tally.happened === 0 ? 1 : 1 - tally.missed / tally.happened;
}

/** Share of what was predicted that happened so. */
export function precision(tally: Tally): number {
  return tally.predicted === 0 ? 1 : tally.right / tally.predicted;
}

export function toText(figures: Figures): string {
  const lines = [
    `${"theme".padEnd(24)}${"class".padEnd(11)}happened  told doubt project missed  recall | predicted right false  precision`,
  ];
  for (const [theme, tallies] of Object.entries(figures)) {
    for (const name of classes) {
      const tally = tallies[name];
      if (tally === undefined) continue;
      lines.push(
        theme.padEnd(24) +
          name.padEnd(11) +
          [tally.happened, tally.told, tally.doubted, tally.project, tally.missed]
            .map((value) => String(value).padStart(7))
            .join("") +
          `  ${recall(tally).toFixed(3)} | ` +
          [tally.predicted, tally.right, tally.false]
            .map((value) => String(value).padStart(7))
            .join("") +
          `  ${precision(tally).toFixed(3)}`,
      );
    }
  }
  return lines.join("\n");
}

/** Classes of the README's table; the rest is in the JSON. */
const published: readonly Class[] = ["delete", "truncate", "discard", "move", "write", "chmod"];

export function toMarkdown(figures: Figures, rows: readonly JudgedRow[]): string {
  const head = `| theme | rows | ${published.join(" | ")} |`;
  const rule = `|---|---:|${published.map(() => "---:|").join("")}`;
  const body = Object.entries(figures).map(([theme, tallies]) => {
    const size = theme === "all" ? rows.length : rows.filter((row) => row.theme === theme).length;
    const cells = published.map((name) => cell(tallies[name]));
    return `| ${theme} | ${size} | ${cells.join(" | ")} |`;
  });
  return [head, rule, ...body].join("\n");
}

/** Recall and precision as percentages, with the number of rows that each is of. */
function cell(tally: Tally | undefined): string {
  if (tally === undefined) return "";
  const said = (value: number, of: number): string => (of === 0 ? "–" : (value * 100).toFixed(1));
  return `${said(recall(tally), tally.happened)} / ${said(precision(tally), tally.predicted)}`;
}
