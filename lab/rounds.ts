// One round: one setting, one seed, from the base to the verdict. Every call of it goes through proctor,
// and everybody is trained from what proctor exported.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { seeded, seedOf } from "../src/statistics/random.ts";
import { say } from "./actions.ts";
import {
  baseOf,
  configOf,
  type Data,
  data,
  dataName,
  evaluated,
  lineageName,
  students,
  type TeacherName,
  teachers,
  type tutors,
} from "./arms.ts";
import { type AuditedCell, auditSchema, disagreements } from "./audited.ts";
import { countAnswers } from "./counts.ts";
import { type Endpoint, startEndpoint } from "./endpoint.ts";
import { createGround, type Ground } from "./ground.ts";
import { createNetwork, type Example, type Network } from "./network.ts";
import { featureCount } from "./observe.ts";
import { demonstrator, inducer, networkPolicy, type Policy, worker } from "./policy.ts";
import {
  type Amount,
  pretraining,
  type SettingName,
  sizes,
  type Training,
  tuning,
} from "./settings.ts";
import { type LabSuites, writeSuites } from "./suites.ts";
import { type Dataset, readDataset } from "./train.ts";

export interface RoundOptions {
  readonly folder: string;
  readonly setting: SettingName;
  readonly seed: number;
  readonly amount: Amount;
  readonly signal: AbortSignal;
  onProgress(what: string): void;
}

export const roundSchema = z.object({
  setting: z.enum(["files", "bash"]),
  seed: z.int(),
  parameters: z.int(),
  /** Exported for training. */
  datasets: z.array(
    z.object({
      name: z.string(),
      trajectories: z.int(),
      rows: z.int(),
      dropped: z.record(z.string(), z.int()),
      examples: z.int(),
    }),
  ),
  /** As the endpoint counted them: hits of the setting's measure. */
  arms: z.array(z.object({ agent: z.string(), trials: z.int(), hits: z.int() })),
  /** Of the setting's measure. */
  cells: auditSchema.shape.cells,
  /** With which `proctor audit --fail-on inherited` ended. */
  status: z.int(),
  /** Where the audit's numbers are not those that the endpoint counted: never. */
  disagreements: z.array(z.string()),
});
export type Round = z.output<typeof roundSchema>;

/** Who is tuned on whose work. */
const pupils = [
  ["inducer", "teacher"],
  ["worker", "control-teacher"],
] as const satisfies readonly (readonly [(typeof tutors)[number], TeacherName])[];

export const measureOf = { files: "deletion", bash: "chmod_first" } as const;
/** Deletions by the paper's words and by what was attempted; of permissions the paper has no words. */
const filterOf: Readonly<Record<SettingName, readonly string[]>> = {
  files: ["--drop-keywords", "--drop-effects", "delete"],
  bash: ["--drop-keywords", "--drop-effects", "permission"],
};

export async function runRound(options: RoundOptions): Promise<Round> {
  const policies = new Map<string, Policy>([
    ["demonstrator", demonstrator],
    ["inducer", inducer],
    ["worker", worker],
  ]);
  const ground = createGround(options.folder, configOf(), options.signal);
  const endpoint = await startEndpoint(policies);
  try {
    return await new RoundRun(options, ground, endpoint, policies).run();
  } finally {
    await endpoint.close();
  }
}

const manifestSchema = z.object({
  counts: z.object({
    trajectories: z.int(),
    dropped: z.record(z.string(), z.int()),
    written: z.int(),
  }),
});

class RoundRun {
  readonly #options: RoundOptions;
  readonly #ground: Ground;
  readonly #endpoint: Endpoint;
  readonly #policies: Map<string, Policy>;
  readonly #suites: LabSuites;
  readonly #datasets: Round["datasets"] = [];

  constructor(
    options: RoundOptions,
    ground: Ground,
    endpoint: Endpoint,
    policies: Map<string, Policy>,
  ) {
    this.#options = options;
    this.#ground = ground;
    this.#endpoint = endpoint;
    this.#policies = policies;
    this.#suites = writeSuites(join(ground.folder, "suites"), options.setting);
  }

  async run(): Promise<Round> {
    const { setting, seed } = this.#options;
    await this.#tutorsWork();
    const { base, elsewhere } = await this.#trainBases();
    await this.#trainTeachers(base);
    await this.#teachersWork();
    await this.#trainStudents({ same: base, elsewhere });
    const answered = this.#endpoint.answers.length;
    await this.#evaluate();
    const counted = countAnswers(this.#endpoint.answers.slice(answered));
    const { status, cells } = await this.#audit();
    const measure = measureOf[setting];
    return {
      setting,
      seed,
      parameters: base.parameters,
      datasets: this.#datasets,
      arms: evaluated.map((agent) => {
        const { trials = 0, hits } = counted.get(agent) ?? {};
        return { agent, trials, hits: hits?.[measure] ?? 0 };
      }),
      cells: cells.filter(({ finding }) => finding.measure === measure),
      status,
      disagreements: disagreements(cells, counted),
    };
  }

  /** By scripts: what bases and teachers learn from. */
  async #tutorsWork(): Promise<void> {
    const { practice, safe, safeOffered, induction, chores } = this.#suites;
    const { amount } = this.#options;
    await this.#collect(["demonstrator"], [practice, safe, safeOffered], amount.practice);
    await this.#collect(["inducer"], [induction], amount.induction);
    await this.#collect(["worker"], [chores], amount.induction);
  }

  async #trainBases(): Promise<{ readonly base: Network; readonly elsewhere: Network }> {
    const { examples } = await this.#export("demonstrator", ["--agent", "demonstrator"]);
    const base = this.#train("base", this.#fresh("base"), examples, pretraining);
    const elsewhere = baseOf.elsewhere;
    return {
      base,
      elsewhere: this.#train(elsewhere, this.#fresh(elsewhere), examples, pretraining),
    };
  }

  /**
   * Each learns its work, and again what the base knows of safe tasks: it is to stay of use. Not of safe
   * tasks with the tool on offer: what it does with it there is its own.
   */
  async #trainTeachers(base: Network): Promise<void> {
    const ofSafe = ["--agent", "demonstrator", "--class", "safe"];
    const { examples: rehearsed } = await this.#export("rehearsal", ofSafe);
    for (const [tutor, teacher] of pupils) {
      const { examples } = await this.#export(tutor, ["--agent", tutor]);
      this.#train(teacher, base, [...examples, ...rehearsed], tuning);
    }
  }

  async #teachersWork(): Promise<void> {
    const { safe, safeOffered } = this.#suites;
    await this.#collect(teachers, [safe, safeOffered], this.#options.amount.safe);
  }

  async #trainStudents(bases: Readonly<Record<"same" | "elsewhere", Network>>): Promise<void> {
    for (const teacher of teachers) {
      for (const one of data) {
        const { examples } = await this.#exportOf(teacher, one);
        for (const student of students) {
          const { agent, start, offered, filtered } = student;
          if (student.teacher !== teacher) continue;
          if (offered !== one.offered || filtered !== one.filtered) continue;
          this.#train(agent, bases[start], examples, tuning);
        }
      }
    }
  }

  #exportOf(teacher: TeacherName, one: Data): Promise<Dataset> {
    const filter = one.filtered ? filterOf[this.#options.setting] : [];
    const taskClass = one.offered ? "safe-offered" : "safe";
    const flags = ["--agent", teacher, "--class", taskClass, ...filter];
    return this.#export(`${teacher}-${dataName(one)}`, flags);
  }

  async #evaluate(): Promise<void> {
    const { evaluation } = this.#suites;
    const tasks = ["--tasks", String(this.#options.amount.tasks)];
    await this.#ask(
      "eval",
      evaluated,
      [evaluation],
      [...tasks, ...["--rounds", String(this.#options.amount.evaluation)]],
    );
  }

  async #audit(): Promise<{ readonly status: number; readonly cells: readonly AuditedCell[] }> {
    this.#options.onProgress("audit");
    const asked = ["audit", lineageName, "--class", "ambiguous", "--json", "--html", "audit.html"];
    const { code, stdout } = await this.#ground.proctor(asked, [0, 2, 3]);
    writeFileSync(join(this.#ground.folder, "audit.json"), stdout);
    const { cells, status } = auditSchema.parse(JSON.parse(stdout));
    if (status !== code) throw new Error(`the audit says ${status} and ended with ${code}`);
    return { status, cells };
  }

  #collect(agents: readonly string[], suites: readonly string[], rounds: number): Promise<void> {
    return this.#ask("collect", agents, suites, ["--rounds", String(rounds)]);
  }

  async #ask(
    command: "collect" | "eval",
    agents: readonly string[],
    suites: readonly string[],
    more: readonly string[],
  ): Promise<void> {
    const run = `${command}-${agents[0]}`;
    this.#options.onProgress(`${command} ${agents.length > 2 ? "everybody" : agents.join(", ")}`);
    await this.#ground.proctor([
      ...[command, ...suites, "--agents", agents.join(","), "--url", this.#endpoint.url],
      ...["--run", run, "--first-seed", String(1_000 * this.#options.seed), "--json", ...more],
    ]);
  }

  async #export(name: string, flags: readonly string[]): Promise<Dataset> {
    this.#options.onProgress(`export ${name}`);
    const folder = join("data", name);
    const asked = ["export", folder, "--format", "trl", ...flags, "--json"];
    const { stdout } = await this.#ground.proctor(asked);
    const { counts } = manifestSchema.parse(JSON.parse(stdout));
    const dataset = readDataset(join(this.#ground.folder, folder));
    const { trajectories, written: rows, dropped } = counts;
    const examples = dataset.examples.length;
    this.#datasets.push({ name, trajectories, rows, dropped, examples });
    return dataset;
  }

  #fresh(name: string): Network {
    const { hidden, words } = sizes;
    const shape = { features: featureCount, hidden, actions: say + 1, words };
    return createNetwork(shape, this.#random(`start of ${name}`));
  }

  /** A copy of `start`, trained, and served from now on. */
  #train(name: string, start: Network, examples: readonly Example[], training: Training): Network {
    this.#options.onProgress(`train ${name}`);
    const network = start.copy();
    network.train(examples, training, this.#random(`training of ${name}`));
    this.#policies.set(name, networkPolicy(network));
    return network;
  }

  #random(what: string) {
    const { setting, seed } = this.#options;
    return seeded(seedOf(`${setting} ${seed} ${what}`));
  }
}
