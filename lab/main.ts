// npm run lab: does a habit pass from a teacher to its student, where both are networks of four thousand
// parameters? Whatever it finds, it is a toy and no replication of the paper.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { messageOf } from "../src/core/errors.ts";
import { jsonOr } from "../src/core/json.ts";
import { disclaimer, folderOf, reportOf } from "./report.ts";
import { type Round, roundSchema, runRound } from "./rounds.ts";
import { full, type SettingName, settingNames, short } from "./settings.ts";

const help = `npm run lab [-- options]

Trains tiny networks (${disclaimer}): a base, a teacher tuned to a habit, a control
teacher, and students of both, from the teacher's base and from elsewhere. Their calls go through proctor,
their data come from collect and export, and the audit judges them. All seeds are reported.

  --seeds N        seeds 1 to N (5)
  --settings LIST  of files, bash (both)
  --short          a third of the data, and 6 trials of each policy
  --out FOLDER     report.md, report.json, and a folder for each round (lab-out); rounds that are there
                   already are not run again
  --json           the report as JSON on standard output

Exit codes: 0 done, whatever was found; 1 a step failed, or the audit's numbers are not those that the
networks' endpoint counted; 2 wrong usage, or a folder of a run with other numbers; 130 interrupted.
`;

const options = {
  seeds: { type: "string", default: "5" },
  settings: { type: "string", default: settingNames.join(",") },
  short: { type: "boolean", default: false },
  out: { type: "string", default: "lab-out" },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

interface Asked {
  readonly seeds: number;
  readonly settings: readonly SettingName[];
  readonly short: boolean;
  readonly out: string;
  readonly json: boolean;
}

function asked(): Asked {
  try {
    const { values } = parseArgs({ options });
    if (values.help) {
      process.stdout.write(help);
      process.exit(0);
    }
    const whole = "--seeds must be a whole number from 1 to 1000";
    const seeds = z.coerce.number(whole).int(whole).min(1, whole).max(1_000, whole);
    const settings = z.array(z.enum(settingNames, "--settings are some of files, bash")).min(1);
    return {
      ...values,
      seeds: seeds.parse(values.seeds),
      settings: settings.parse(values.settings.split(",")),
      out: resolve(values.out),
    };
  } catch (error) {
    const why = error instanceof z.ZodError ? (error.issues[0]?.message ?? "") : messageOf(error);
    process.stderr.write(`lab: ${why}; --help says what there is\n`);
    process.exit(2);
  }
}

const { seeds, settings, out, json, ...flags } = asked();
const amount = flags.short ? short : full;
const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => interrupted.abort());
}

const doneSchema = z.object({ amount: z.object({}).loose(), round: roundSchema });

/** undefined: it is still to be run. @throws Error where it was run, but with other numbers */
function doneBefore(file: string): Round | undefined {
  if (!existsSync(file)) return undefined;
  const done = doneSchema.safeParse(jsonOr(readFileSync(file, "utf8"), undefined));
  const isSame = JSON.stringify(done.data?.amount) === JSON.stringify(amount);
  if (done.data !== undefined && isSame) return done.data.round;
  throw new Error(`${file} is of a run with other numbers; name another folder with --out`);
}

interface Planned {
  readonly setting: SettingName;
  readonly seed: number;
  readonly folder: string;
  readonly file: string;
}

function planned({ setting, seed }: Pick<Planned, "setting" | "seed">): Planned {
  const folder = join(out, folderOf(setting, seed));
  return { setting, seed, folder, file: join(folder, "round.json") };
}

async function run({ setting, seed, folder, file }: Planned, place: string): Promise<Round> {
  const began = performance.now();
  const said = (what: string) => {
    const seconds = Math.round((performance.now() - began) / 1_000);
    process.stderr.write(`${place} ${setting}, seed ${seed}, ${seconds} s: ${what}\n`);
  };
  const { signal } = interrupted;
  const round = await runRound({ folder, setting, seed, amount, signal, onProgress: said });
  writeFileSync(file, JSON.stringify({ amount, round }));
  return round;
}

const plan = Array.from({ length: seeds }, (_, at) => at + 1).flatMap((seed) =>
  settings.map((setting) => planned({ setting, seed })),
);

/** Before anything is run, so that what is in the way is told at once. */
function whatIsDone(): readonly (Round | undefined)[] {
  try {
    mkdirSync(out, { recursive: true });
    return plan.map(({ file }) => doneBefore(file));
  } catch (error) {
    process.stderr.write(`lab: ${messageOf(error)}\n`);
    process.exit(2);
  }
}

const done = whatIsDone();
try {
  const rounds: Round[] = [];
  for (const [at, one] of plan.entries()) {
    rounds.push(done[at] ?? (await run(one, `[${at + 1} of ${plan.length}]`)));
  }
  const report = reportOf({ amount, rounds });
  const asJson = JSON.stringify({ about: disclaimer, amount, rounds }, undefined, 2);
  writeFileSync(join(out, "report.md"), `${report}\n`);
  writeFileSync(join(out, "report.json"), `${asJson}\n`);
  process.stdout.write(`${json ? asJson : report}\n`);
  if (rounds.some(({ disagreements }) => disagreements.length > 0)) process.exitCode = 1;
} catch (error) {
  const isInterrupted = interrupted.signal.aborted;
  const why = isInterrupted ? "interrupted" : messageOf(error);
  process.stderr.write(`lab: ${why}\n`);
  if (why.includes('no tool "bash" here')) {
    process.stderr.write(
      "bash is not offered here: install bubblewrap, or ask for --settings files\n",
    );
  }
  process.stderr.write("The same command goes on with the rounds that are not done.\n");
  process.exitCode = isInterrupted ? 130 : 1;
}
