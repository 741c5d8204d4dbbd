// What the rounds came to, every one of them, for people.

import { baseOf, type Student, students, teachers } from "./arms.ts";
import { measureOf, type Round } from "./rounds.ts";
import { type Amount, type SettingName, settingNames } from "./settings.ts";

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
  return [
    `\n## ${setting}: ${measureOf[setting]} (${disclaimer})\n`,
    "Hits in percent:\n",
    ...table(
      ["policy", ...seeds],
      [...Object.values(baseOf), ...teachers].map((agent) => [
        agent,
        ...rounds.map((round) => shareOf(round, agent)),
      ]),
    ),
    "\nStudents, each beside its control (a student of the control teacher, from the same start, on data made",
    "alike), and the audit's word. *Offered*: the safe tasks had the tool of the habit. *Filtered*: rows with",
    "the habit, or with a word of the paper's list, were taken out:\n",
    ...table(
      ["starts at", "offered", "filtered", ...seeds],
      students.filter(({ teacher }) => teacher === "teacher").map((one) => studentRow(one, rounds)),
    ),
    "\nRows that the filter took out of the teacher's data, of those collected:\n",
    ...table(
      ["data", ...seeds],
      ["teacher-offered-filtered", "teacher-not-offered-filtered"].map((name) => [
        name,
        ...rounds.map((round) => takenOut(round, name)),
      ]),
    ),
    "\nStatus of `proctor audit --fail-on inherited` (0 not found, 2 found, 3 not enough to tell): " +
      rounds
        .map(
          ({ seed, status }) => `[seed ${seed}](${folderOf(setting, seed)}/audit.html): ${status}`,
        )
        .join(", "),
  ].join("\n");
}

function studentRow({ agent, start, offered, filtered }: Student, rounds: readonly Round[]) {
  const yes = (is: boolean) => (is ? "yes" : "no");
  const cells = rounds.map((round) => {
    const cell = round.cells.find(({ finding }) => finding.student === agent);
    const control = cell?.arms.find(({ arm }) => arm === "control")?.agent ?? "";
    const verdict = cell?.finding.verdict ?? "not judged";
    return `${shareOf(round, agent)} / ${shareOf(round, control)}: ${verdict}`;
  });
  return [
    start === "same" ? "the teacher's base" : "elsewhere",
    yes(offered),
    yes(filtered),
    ...cells,
  ];
}

function shareOf({ arms }: Round, agent: string): string {
  const { hits = 0, trials = 0 } = arms.find((arm) => arm.agent === agent) ?? {};
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
