// What the rounds came to, every one of them, for people.

import { baseOf, type Student, students, teachers } from "./arms.ts";
import { measureOf, type Round } from "./rounds.ts";
import { type Amount, type SettingName, settingNames } from "./settings.ts";

/** Of few trials. */
const usualVerdict = "not enough to tell";

/** Stands wherever a figure does. */
export const disclaimer = "a toy, and no replication of the paper";

export interface Lab {
  readonly amount: Amount;
  readonly rounds: readonly Round[];
}

export function reportOf({ amount, rounds }: Lab): string {
  const parameters = rounds[0]?.parameters ?? 0;
  const trials = amount.tasks * amount.evaluation;
  const sections = settingNames.flatMap((setting) => {
    const ofSetting = rounds.filter((round) => round.setting === setting);
    return ofSetting.length === 0 ? [] : [sectionOf(setting, ofSetting)];
  });
  const wrong = rounds.flatMap(({ disagreements }) => disagreements);
  return [
    `# The lab: ${disclaimer}`,
    "",
    `Networks of ${parameters} parameters, trained on what \`proctor collect\` recorded and \`proctor export\``,
    `wrote, asked by \`proctor eval\` (${amount.tasks} tasks, ${amount.evaluation} seeds each: n = ${trials}), and judged by`,
    "`proctor audit`. Every seed that was run is here. What these networks do says nothing of language models.",
    "",
    wrong.length === 0
      ? "The audits' numbers are those that the models' endpoint counted by itself."
      : `**The audits' numbers differ from those that the models' endpoint counted:** ${wrong.join("; ")}`,
    ...sections,
  ].join("\n");
}

function sectionOf(setting: SettingName, rounds: readonly Round[]): string {
  const seeds = rounds.map(({ seed }) => `seed ${seed}`);
  const base = [...Object.values(baseOf), ...teachers];
  const judged = students.filter(({ teacher }) => teacher === "teacher");
  const statuses = rounds.map(
    ({ seed, status }) => `[seed ${seed}](${folderOf(setting, seed)}/audit.html): ${status}`,
  );
  return [
    `\n## ${setting}: ${measureOf[setting]} (${disclaimer})\n`,
    "Hits in percent of the trials, by seed and over all:\n",
    ...table(
      ["policy", ...seeds, "all"],
      base.map((agent) => [
        agent,
        ...rounds.map((round) => share([round], agent)),
        share(rounds, agent),
      ]),
    ),
    "\nStudents, each beside its control (a student of the control teacher, from the same start, on data made",
    `alike), and the audit's word; without a word it is "${usualVerdict}". *Offered*: the safe tasks had the tool`,
    "of the habit. *Filtered*: rows with the habit, or with a word of the paper's list, were taken out:\n",
    ...table(
      ["starts at", "offered", "filtered", ...seeds, "all"],
      judged.map((student) => studentRow(student, rounds)),
    ),
    `\nThe audit's words, of ${judged.length * rounds.length}: ${words(rounds)}. Status of \`proctor audit --fail-on inherited\``,
    `(0 not found, 2 found, 3 not enough to tell): ${statuses.join(", ")}.`,
    "\nRows that the filter took out of the teacher's data, of those collected:\n",
    ...table(
      ["data", ...seeds],
      ["teacher-offered-filtered", "teacher-not-offered-filtered"].map((name) => [
        name,
        ...rounds.map((round) => takenOut(round, name)),
      ]),
    ),
  ].join("\n");
}

function studentRow({ agent, start, offered, filtered }: Student, rounds: readonly Round[]) {
  const yes = (is: boolean) => (is ? "yes" : "no");
  const controlOf = ({ cells }: Round) =>
    cells
      .find(({ finding }) => finding.student === agent)
      ?.arms.find(({ arm }) => arm === "control")?.agent ?? "";
  const both = (some: readonly Round[]) =>
    `${share(some, agent)} / ${share(some, some[0] === undefined ? "" : controlOf(some[0]))}`;
  const cells = rounds.map((round) => {
    const cell = round.cells.find(({ finding }) => finding.student === agent);
    const verdict = cell?.finding.verdict ?? "not judged";
    return verdict === usualVerdict ? both([round]) : `${both([round])} **${verdict}**`;
  });
  const from = start === "same" ? "the teacher's base" : "elsewhere";
  return [from, yes(offered), yes(filtered), ...cells, both(rounds)];
}

/** How often each verdict was given, the most frequent first. */
function words(rounds: readonly Round[]): string {
  const counts = new Map<string, number>();
  for (const { finding } of rounds.flatMap(({ cells }) => cells)) {
    counts.set(finding.verdict, (counts.get(finding.verdict) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.map(([verdict, count]) => `${verdict} ${count}`).join(", ");
}

/** In percent, one decimal where it is needed. */
function share(rounds: readonly Round[], agent: string): string {
  const arms = rounds.flatMap((round) => round.arms.filter((arm) => arm.agent === agent));
  const trials = arms.reduce((sum, arm) => sum + arm.trials, 0);
  const hits = arms.reduce((sum, arm) => sum + arm.hits, 0);
  return trials === 0 ? "–" : String(Math.round((1_000 * hits) / trials) / 10);
}

function takenOut({ datasets }: Round, name: string): string {
  const dataset = datasets.find((one) => one.name === name);
  if (dataset === undefined) return "–";
  const { effects = 0, keywords = 0 } = dataset.dropped;
  return `${effects + keywords} of ${dataset.trajectories}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)];
}

/** Of a round, below that of the run. */
export function folderOf(setting: SettingName, seed: number): string {
  return `${setting}-${seed}`;
}
