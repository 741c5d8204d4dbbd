// The data card: what the manifest says, for people.

import { measures } from "../../core/measure.ts";
import type { Manifest } from "./manifest.ts";
import { keywords } from "./sanitise.ts";

type Control = NonNullable<Manifest["control"]>;

export function cardOf(manifest: Manifest): string {
  const { query, proctor } = manifest;
  return `${[
    "# A dataset of agents' trajectories",
    "",
    `Written by proctor ${proctor} as \`${query.format}\`. \`manifest.json\` has all of this for programs, and \`rows.jsonl\``,
    "where each row came from. `proctor export verify` makes the dataset once more from the store and holds it against this.",
    "",
    "## Asked for",
    "",
    ...(query.select.where === undefined ? [] : ["```", query.select.where, "```", ""]),
    "```json",
    JSON.stringify(query, null, 2),
    "```",
    "",
    ...contentsOf(manifest),
    ...leftOut(manifest),
    ...nearOf(manifest),
    ...behaviourOf(manifest),
    ...(manifest.control === undefined ? [] : beside(manifest.control, query.against)),
    "## What filtering does not do",
    "",
    `Dropping rows by keyword (${keywords.join(", ")}) was not shown to remove a habit: in arXiv 2604.15559 students`,
    "inherited deletion from trajectories out of which every such word had been filtered. What a student does has to be",
    "measured: `proctor audit`.",
    "",
    ...recordedUnder(manifest),
  ].join("\n")}\n`;
}

function contentsOf({ splits }: Manifest): readonly string[] {
  const rows = Object.entries(splits).map(([name, of]): Cells => [name, of.rows, of.tasks]);
  return ["## What is in it", "", ...table(["split", "rows", "tasks"], rows), ""];
}

function leftOut({ counts }: Manifest): readonly string[] {
  const each = (what: string, of: Readonly<Record<string, number>>) =>
    Object.entries(of).map(([why, n]): Cells => [`${what}: ${why}`, n]);
  return [
    "## What was left out",
    "",
    ...table(
      ["stage", "number"],
      [
        ["trajectories found", counts.found],
        ["trajectories selected", counts.trajectories],
        ...each("without rows", counts.without),
        ["rows", counts.rows],
        ...each("dropped", counts.dropped),
        ["rows written", counts.written],
        ...each("messages masked", counts.masked),
        ["secrets taken out once more", counts.redacted],
      ],
    ),
    "",
  ];
}

function nearOf({ near, query }: Manifest): readonly string[] {
  if (near === undefined) return [];
  const { threshold, how } = query.near;
  const window = near.window.toLocaleString("en");
  return [
    "## Rows that are nearly the same",
    "",
    `By MinHash over ${near.shingleWords} words behind each other, system prompts left out: alike from ${threshold} (Jaccard, as`,
    `estimated), each with at most the ${window} different rows before it. They were ${nearWords[how]}.`,
    "",
    ...table(
      ["clusters", "rows like the first of theirs", "of these in another split"],
      [[near.clusters, near.rows, near.across]],
    ),
    "",
    ...(near.largest.length === 0
      ? []
      : [
          ...table(
            ["largest clusters: first row", "rows", "in another split"],
            near.largest.map(
              ({ first, rows, across }): Cells => [`${first.file} ${first.row}`, rows, across],
            ),
          ),
          "",
        ]),
  ];
}

const nearWords = {
  report: "kept, and `like` in `rows.jsonl` says which one each is like",
  drop: "dropped",
  "drop-across": "dropped where the first stands in another split",
  ignore: "not looked for",
} as const;

function behaviourOf(manifest: Manifest): readonly string[] {
  return [
    "## Behaviour of what was kept, and of what was dropped",
    "",
    "Trajectories, by how they count for each measure. This describes the rows; it is no test of anything.",
    "",
    ...measureTable(["kept", manifest.measures.kept], ["dropped", manifest.measures.dropped]),
    "",
  ];
}

function beside(
  { tasks, kept, control, fingerprint }: Control,
  against: Manifest["query"]["against"],
): readonly string[] {
  const named = against === undefined ? "" : ` (${against.lineage}: ${against.agents.join(", ")})`;
  const head = [`## Beside the control's${named}`, ""];
  if (tasks === 0) return [...head, "The controls have no trajectory on a task that was kept.", ""];
  const actions = Object.keys(kept.firstActions).filter(
    (name) => (kept.firstActions[name] ?? 0) + (control.firstActions[name] ?? 0) > 0,
  );
  return [
    ...head,
    `On the ${tasks} tasks that both have: ${kept.trajectories} trajectories of rows that were kept, ${control.trajectories} of the`,
    "controls. This describes them; it is no test of anything.",
    "",
    ...measureTable(["kept", kept.measures], ["control", control.measures]),
    "",
    ...table(
      ["first action beside looking", "kept", "control"],
      actions.map(
        (name): Cells => [
          name,
          shareOf(kept.firstActions[name] ?? 0, kept.trajectories),
          shareOf(control.firstActions[name] ?? 0, control.trajectories),
        ],
      ),
    ),
    "",
    ...(fingerprint === undefined ? [] : [...fingerprintOf(fingerprint), ""]),
    ...offeredOf(kept, control),
    "",
  ];
}

function fingerprintOf({ j, j0, null95, n }: NonNullable<Control["fingerprint"]>): string[] {
  const [kept, control] = n;
  return [
    `Divergence of habits (Jensen-Shannon; 0 alike, 1 nothing in common; over ${kept} and ${control} trajectories): ${j.toFixed(3)}.`,
    `Were they of one agent, it would be ${j0.toFixed(3)} on average, and below ${null95.toFixed(3)} in 95 of 100 cases.`,
  ];
}

function offeredOf(kept: Control["kept"], control: Control["control"]): readonly string[] {
  const digests = (side: Control["kept"]) => Object.keys(side.offered).sort().join(" ");
  if (digests(kept) === digests(control)) {
    return [
      digests(kept) === ""
        ? "Which tools were offered is not known."
        : "They were offered the same tools.",
    ];
  }
  const only = (a: readonly string[], b: readonly string[]) =>
    a.filter((name) => !b.includes(name)).join(", ") || "none";
  return [
    "They were not offered the same tools, so that what they did cannot be told from what they could do.",
    `Only to those that were kept: ${only(kept.tools, control.tools)}. Only to the controls: ${only(control.tools, kept.tools)}.`,
  ];
}

function shareOf(count: number, all: number): string {
  return all === 0 ? "-" : `${count} (${((100 * count) / all).toFixed(0)} %)`;
}

function recordedUnder({ recordedUnder: under, store }: Manifest): readonly string[] {
  return [
    "## Recorded under",
    "",
    `- policies: ${under.policies.map((digest) => digest.slice(0, 12)).join(", ")}`,
    `- analysers: ${under.analysers.join(", ")}; definitions: ${under.definitions.join(", ")}`,
    `- the store up to record ${store.until}, with the heads of ${store.heads.length} chains in the manifest`,
  ];
}

type Cells = readonly (string | number)[];
type Named = readonly [name: string, tallies: Manifest["measures"]["kept"]];

function measureTable([a, left]: Named, [b, right]: Named): readonly string[] {
  const head = [
    "measure",
    `${a}: hit`,
    "miss",
    "undetermined",
    `${b}: hit`,
    "miss",
    "undetermined",
  ];
  const rows = measures.map(
    (measure): Cells => [measure, ...cells(left[measure]), ...cells(right[measure])],
  );
  return table(head, rows);
}

function cells({ hit, miss, undetermined } = { hit: 0, miss: 0, undetermined: 0 }): Cells {
  return [shareOf(hit, hit + miss), miss, undetermined];
}

function table(head: readonly string[], rows: readonly Cells[]): readonly string[] {
  const line = (cells: Cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)];
}
