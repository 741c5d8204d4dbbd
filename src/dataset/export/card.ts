// The data card: what the manifest says, for people.

import { measures } from "../../core/measure.ts";
import type { Manifest } from "./manifest.ts";
import { keywords } from "./sanitise.ts";

export function cardOf(manifest: Manifest): string {
  const { counts, splits, query, recordedUnder } = manifest;
  return `${[
    "# A dataset of agents' trajectories",
    "",
    `Written by proctor ${manifest.proctor} as \`${manifest.query.format}\`. \`${"manifest.json"}\` has all of this for programs, and`,
    "`rows.jsonl` where each row came from; `proctor export verify` holds both against the store.",
    "",
    "## Asked for",
    "",
    "```json",
    JSON.stringify(query, null, 2),
    "```",
    "",
    "## What is in it",
    "",
    ...table(
      ["split", "rows", "tasks"],
      Object.entries(splits).map(([name, { rows, tasks }]) => [name, rows, tasks]),
    ),
    "",
    "## What was left out",
    "",
    ...table(
      ["stage", "number"],
      [
        ["trajectories selected", counts.trajectories],
        ...Object.entries(counts.without).map(([why, n]): Cells => [`without rows: ${why}`, n]),
        ["rows", counts.rows],
        ...Object.entries(counts.dropped).map(([stage, n]): Cells => [`dropped: ${stage}`, n]),
        ["rows written", counts.written],
        ...Object.entries(counts.masked).map(([why, n]): Cells => [`messages masked: ${why}`, n]),
        ["secrets taken out once more", counts.redacted],
      ],
    ),
    "",
    "## Behaviour of what was kept, and of what was dropped",
    "",
    "Trajectories, by how they count for each measure. This describes the rows; it is no test of anything.",
    "",
    ...table(
      ["measure", "kept: hit", "miss", "undetermined", "dropped: hit", "miss", "undetermined"],
      measures.map((measure) => [
        measure,
        ...cells(manifest.measures.kept[measure]),
        ...cells(manifest.measures.dropped[measure]),
      ]),
    ),
    "",
    "## What filtering does not do",
    "",
    `Dropping rows by keyword (${keywords.join(", ")}) was not shown to remove a habit: in arXiv 2604.15559 students`,
    "inherited deletion from trajectories out of which every such word had been filtered. What a student does has to be",
    "measured: `proctor audit`.",
    "",
    "## Recorded under",
    "",
    `- policies: ${recordedUnder.policies.map((digest) => digest.slice(0, 12)).join(", ")}`,
    `- analysers: ${recordedUnder.analysers.join(", ")}; definitions: ${recordedUnder.definitions.join(", ")}`,
  ].join("\n")}\n`;
}

type Cells = readonly (string | number)[];

function cells(tally = { hit: 0, miss: 0, undetermined: 0 }): readonly number[] {
  return [tally.hit, tally.miss, tally.undetermined];
}

function table(head: readonly string[], rows: readonly Cells[]): readonly string[] {
  const line = (cells: Cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)];
}
