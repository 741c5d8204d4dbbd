// A change to policy files, line by line, so that their comments and their order stay.

import { type PolicySource, parseSource } from "./source.ts";

/** How a rule in dry-run is to go on. */
export type RolloutStep =
  | { readonly kind: "enforce" }
  | { readonly kind: "for"; readonly share?: number; readonly agents?: readonly string[] };

export interface PolicyEdit {
  readonly file: string;
  /** A unified diff, as `patch` and `git apply` take it. */
  readonly diff: string;
}

/** Rules that are in dry-run, with the file and line where that is said. */
export function dryRunRules(
  sources: readonly PolicySource[],
): readonly { readonly id: string; readonly file: string; readonly line: number }[] {
  return sources.map(parseSource).flatMap(({ rules }) =>
    rules.flatMap(({ source, locate }) => {
      if (source.mode !== "dry-run") return [];
      const { file, line } = locate(["mode"]);
      return [{ id: source.id, file, line }];
    }),
  );
}

/** Rules whose mode stands on no line of its own are left out. */
export function rolloutEdits(
  sources: readonly PolicySource[],
  ids: ReadonlySet<string>,
  step: RolloutStep,
): readonly PolicyEdit[] {
  const rules = dryRunRules(sources).filter(({ id }) => ids.has(id));
  return sources.flatMap((source) => {
    const lines = source.text.split("\n");
    const changes = new Map<number, readonly string[]>();
    for (const { file, line } of rules) {
      const text = lines[line - 1];
      if (file !== source.file || text === undefined || !modeLine.test(text)) continue;
      changes.set(line - 1, step.kind === "enforce" ? [] : [text, ...rolloutLines(text, step)]);
    }
    if (changes.size === 0) return [];
    return [{ file: source.file, diff: unifiedDiff(source.file, lines, changes) }];
  });
}

const modeLine = /^\s+(?:-\s+)?mode:\s*["']?dry-run["']?\s*(?:#.*)?$/;

function rolloutLines(
  modeText: string,
  { share, agents }: Extract<RolloutStep, { kind: "for" }>,
): string[] {
  const indent = " ".repeat(modeText.indexOf("mode:"));
  const parts = [
    ...(agents === undefined ? [] : [`agents: ${JSON.stringify(agents)}`]),
    ...(share === undefined ? [] : [`share: ${share}`]),
  ];
  return [`${indent}rollout: { ${parts.join(", ")} }`];
}

/** Lines around a change that a diff shows. */
const contextLines = 3;

/** @param changes index of a line -> the lines that stand there afterwards */
function unifiedDiff(
  file: string,
  lines: readonly string[],
  changes: ReadonlyMap<number, readonly string[]>,
): string {
  const hunks = hunksOf(lines.length, [...changes.keys()]);
  let shift = 0;
  const parts = hunks.map(([from, to]) => {
    const body: string[] = [];
    let [before, after] = [0, 0];
    for (let i = from; i < to; i += 1) {
      const line = lines[i] ?? "";
      const now = changes.get(i) ?? [line];
      if (now[0] === line) body.push(` ${line}`);
      else body.push(`-${line}`);
      const added = now[0] === line ? now.slice(1) : now;
      body.push(...added.map((text) => `+${text}`));
      before += 1;
      after += now.length;
    }
    const header = `@@ -${from + 1},${before} +${from + 1 + shift},${after} @@`;
    shift += after - before;
    return [header, ...body].join("\n");
  });
  return `--- ${file}\n+++ ${file}\n${parts.join("\n")}\n`;
}

/** Ranges of lines around changes; those that touch are one. */
function hunksOf(
  length: number,
  changed: readonly number[],
): readonly (readonly [number, number])[] {
  const hunks: [number, number][] = [];
  for (const line of changed.toSorted((a, b) => a - b)) {
    const from = Math.max(0, line - contextLines);
    const to = Math.min(length, line + contextLines + 1);
    const last = hunks.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = to;
    else hunks.push([from, to]);
  }
  return hunks;
}
