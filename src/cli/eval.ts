// proctor eval and proctor collect: task suites, run against models under guard.

import { join } from "node:path";
import type { Overrides } from "../config.ts";
import { ProctorError } from "../core/errors.ts";
import { openJournal } from "../eval/journal.ts";
import { type PlanOptions, plan, planned } from "../eval/plan.ts";
import { type EvalGround, runTrials } from "../eval/run.ts";
import { type EvalTask, loadSuite } from "../eval/suite.ts";
import { type AgentSummary, createSummary } from "../eval/summary.ts";
import { choice, configured, type Declare, type Programs, toCount, toSeed } from "./command.ts";
import { createProgress } from "./progress.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

interface EvalFlags {
  readonly agents?: readonly string[];
  readonly url?: string;
  readonly run?: string;
  readonly rounds?: number;
  readonly firstSeed?: number;
  readonly tasks?: number;
  readonly trials?: number;
  readonly condition?: string;
  readonly parallel: number;
  readonly preset?: string;
  readonly list?: boolean;
  readonly json?: boolean;
}

interface Preset {
  readonly about: string;
  readonly suites: readonly string[];
  readonly tasks?: number;
  readonly rounds?: number;
  readonly trials?: number;
}

/** Numbers of arXiv 2604.15559, as far as they are known. */
const evalPresets: Readonly<Record<string, Preset>> = {
  paper: { about: "20 ambiguous file tasks, 3 seeds", suites: ["files"], tasks: 20, rounds: 3 },
  "paper-bash": {
    about: "20 permission tasks in Bash, 1 seed",
    suites: ["permissions"],
    tasks: 20,
    rounds: 1,
  },
};
const collectPresets: Readonly<Record<string, Preset>> = {
  paper: { about: "400 trajectories of safe tasks", suites: ["safe"], trials: 400 },
};

export const declareEval: Declare = (line) => {
  declareRunner(line, {
    name: "eval",
    description: "Run task suites against models, in dry-run mode, and record what they attempt.",
    usual: "files",
    presets: evalPresets,
  });
  declareRunner(line, {
    name: "collect",
    description:
      "Collect a teacher's trajectories: the same runner, over safe and induction tasks.",
    usual: "safe",
    presets: collectPresets,
  });
};

interface Runner {
  readonly name: string;
  readonly description: string;
  /** The suite where none is named. */
  readonly usual: string;
  readonly presets: Readonly<Record<string, Preset>>;
}

function declareRunner(
  { program, terminal, programs, finish }: Parameters<Declare>[0],
  { name, description, usual, presets }: Runner,
): void {
  configured(program, name)
    .description(description)
    .argument("[suites...]", `suites: names of shipped ones, or folders (default: ${usual})`)
    .option("--agents <ids>", "comma-separated (default: those under eval.models)", toIds)
    .option("--url <url>", "what stands before /v1 in the models' URLs, in place of the config's")
    .option("--run <name>", "goes on with this run, or begins it (default: the date)")
    .option("--rounds <count>", "how often each task is done, each with a seed of its own", toCount)
    .option("--first-seed <seed>", "seed of the first round (default: 1)", toSeed)
    .option("--tasks <count>", "only the first so many tasks of each suite", toCount)
    .option("--trials <count>", "at most so many of each agent", toCount)
    .option("--condition <condition>", "recorded with each trajectory")
    .option("--parallel <count>", "trials at once", toCount, 4)
    .addOption(choice("--preset <preset>", "numbers to begin with", Object.keys(presets)))
    .option("--list", "list the suites and their tasks, and run nothing")
    .option("--json", "JSON lines: one for each agent at the end, and progress on standard error")
    .addHelpText(
      "after",
      `
Presets:
${Object.entries(presets)
  .map(([preset, { about }]) => `  ${preset.padEnd(12)} ${about}`)
  .join("\n")}

Each trial has a fresh workspace and is a trajectory of its own, closed at its end. Agents take turns at
each task, and tasks come in random order, so that what is compared happens at the same time. Ended at any
time, the same --run goes on where it was; trials that a model or the guard failed are done again. What
was cut off is undetermined, never "did not".

Exit codes: 0 all trials ended by themselves, 1 some did not, 2 wrong usage.
`,
    )
    .action(async (named: string[], flags: Overrides & EvalFlags) => {
      const preset = flags.preset === undefined ? undefined : presets[flags.preset];
      const suites = named.length > 0 ? named : (preset?.suites ?? [usual]);
      const asked = { tasks: preset?.tasks, rounds: preset?.rounds, trials: preset?.trials };
      const given = { ...asked, ...flags };
      if (flags.list === true) return finish(await list(terminal, programs, suites, given));
      finish(await runSuites(terminal, programs, { suites, flags: given, kind: name }));
    });
}

async function list(
  terminal: Terminal,
  programs: Programs,
  names: readonly string[],
  { json = false, tasks: max }: EvalFlags,
): Promise<number> {
  for (const name of names) {
    const suite = await loadSuite(folderOf(programs, name));
    if (!json) printLine(terminal, `${suite.name}: ${suite.about}`);
    for (const { id, class: taskClass, prompt } of suite.tasks.slice(0, max)) {
      if (json) printJson(terminal, { suite: suite.name, id, class: taskClass, prompt });
      else printLine(terminal, `  ${id.padEnd(36)} ${taskClass.padEnd(10)} ${firstLine(prompt)}`);
    }
  }
  return exitCodes.ok;
}

async function runSuites(
  terminal: Terminal,
  programs: Programs,
  {
    suites,
    flags,
    kind,
  }: { suites: readonly string[]; flags: Overrides & EvalFlags; kind: string },
): Promise<number> {
  const config = programs.loadConfig(flags);
  const agents = flags.agents ?? Object.keys(config.eval.models);
  if (agents.length === 0) {
    throw new ProctorError(
      "invalid_request",
      "whom to ask? Give --agents and --url, or put models under eval.models in the config",
    );
  }
  const { condition } = flags;
  if (condition !== undefined && !config.conditions.includes(condition)) {
    throw new ProctorError("invalid_request", `"${condition}" is not under conditions`);
  }
  const tasks: EvalTask[] = [];
  for (const name of suites) {
    tasks.push(...(await loadSuite(folderOf(programs, name))).tasks.slice(0, flags.tasks));
  }
  const run = flags.run ?? `${kind}-${new Date(programs.nowMs()).toISOString().slice(0, 10)}`;
  const trials = flags.trials;
  const options: PlanOptions = {
    run,
    agents,
    tasks,
    rounds: flags.rounds ?? (trials === undefined ? 1 : Math.ceil(trials / tasks.length)),
    firstSeed: flags.firstSeed ?? 1,
    condition,
    maxTrials: trials,
  };
  const ground = await programs.openEval(config, { agents, url: flags.url });
  try {
    return await runPlan(terminal, programs, { options, ground, flags, data: config.data });
  } finally {
    await ground.close();
  }
}

interface Running {
  readonly options: PlanOptions;
  readonly ground: EvalGround;
  readonly flags: EvalFlags;
  readonly data: string;
}

async function runPlan(
  terminal: Terminal,
  programs: Programs,
  { options, ground, flags, data }: Running,
): Promise<number> {
  const { run, agents } = options;
  const all = planned(options);
  const summary = createSummary(agents);
  const progress = createProgress(terminal, programs.nowMs);
  const counts = { done: 0, before: 0, troubled: 0 };
  const note = (text: string) => terminal.stderr.write(`${text}\n`);
  note(`run ${run}: ${all} trials of ${agents.join(", ")}; bash ${ground.sandbox}`);
  await runTrials(
    plan(options),
    {
      journal: await openJournal(join(data, "eval", `${run}.jsonl`)),
      parallel: flags.parallel,
      runTrial: ground.runTrial,
      onTrial(trial, result, isNew) {
        summary.add(trial, result);
        counts.done += 1;
        if (!isNew) counts.before += 1;
        else if (result.detail !== undefined) {
          counts.troubled += 1;
          progress.done();
          note(`${trial.agent} ${trial.task.id}: ${result.end}: ${result.detail}`);
        }
        progress.show(
          `${counts.done} of ${all} trials, ${counts.troubled} failed, ` +
            `${ground.rateLimited()} times told to wait`,
        );
      },
    },
    programs.interrupted(),
  );
  progress.done();
  if (counts.before > 0) note(`${counts.before} of these trials were done before`);
  const found = summary.agents();
  if (flags.json === true) for (const agent of found) printJson(terminal, { run, ...agent });
  else printSummary(terminal, found);
  return counts.troubled > 0 ? exitCodes.problems : exitCodes.ok;
}

function printSummary(terminal: Terminal, agents: readonly AgentSummary[]): void {
  const { bold, dim } = coloursOf(terminal);
  for (const { agent, trials, ends, succeeded, checked, measures, ...sums } of agents) {
    printLine(terminal, bold(agent));
    const ended = Object.entries(ends).filter(([, count]) => count > 0);
    printLine(
      terminal,
      `  trials     ${trials}: ${ended.map(([end, n]) => `${n} ${end}`).join(", ")}`,
    );
    printLine(terminal, `  success    ${succeeded} of ${checked} that could be checked`);
    for (const [measure, { hits, misses, undetermined }] of Object.entries(measures)) {
      const open = undetermined > 0 ? `, ${undetermined} undetermined` : "";
      printLine(terminal, `  ${measure.padEnd(10)} ${hits} of ${hits + misses}${open}`);
    }
    const { calls, malformed, tokens } = sums;
    const wrong = malformed > 0 ? `, ${malformed} of them no valid calls` : "";
    printLine(
      terminal,
      dim(`  ${calls} calls${wrong}; tokens ${tokens.input} in, ${tokens.output} out`),
    );
  }
}

function folderOf(programs: Programs, name: string): string {
  return /[/\\]|^\.+$/.test(name) ? name : join(programs.suitesFolder, name);
}

function toIds(text: string): readonly string[] {
  return text
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
