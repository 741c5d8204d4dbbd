// proctor lineage show|check: who was distilled from whom, and who can be judged.

import { resolve } from "node:path";
import { compareArms } from "../audit/audit.ts";
import { comparisonsOf, titleOf } from "../audit/lineage.ts";
import type { Config, Overrides } from "../config.ts";
import type { Lineage } from "../core/agent.ts";
import { ProctorError } from "../core/errors.ts";
import type { Persistence } from "../store/store.ts";
import { configured, type Declare, withStore } from "./command.ts";
import { allLineages, declare, readDeclaration, versionsOf } from "./declared.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

/**
 * By its name; `NAME@2` is the second version of one that was declared.
 *
 * @throws ProctorError `invalid_request` where there is none
 */
export function lineageNamed(config: Config, asked: string): Lineage {
  const lineages = allLineages(config);
  const [, name = "", version] = /^(.+)@([1-9][0-9]{0,5})$/.exec(asked) ?? [];
  const found =
    lineages.find((lineage) => lineage.name === asked) ??
    versionsOf(config, name).find((declared) => `${declared.version}` === version)?.lineage;
  if (found !== undefined) return found;
  const known = lineages.map((lineage) => lineage.name).join(", ") || "none";
  throw new ProctorError("invalid_request", `there is no lineage "${asked}"; declared: ${known}`);
}

export function showLineages(
  terminal: Terminal,
  lineages: readonly Lineage[],
  { json }: { json: boolean },
): number {
  for (const lineage of lineages) {
    if (json) {
      printJson(terminal, lineage);
      continue;
    }
    printLine(terminal, `${lineage.name}: teacher ${lineage.teacher}`);
    for (const comparison of comparisonsOf(lineage)) {
      const { baseline = "none", control = "none" } = comparison.agents;
      printLine(terminal, `  ${titleOf(comparison)}: baseline ${baseline}, control ${control}`);
    }
  }
  if (lineages.length === 0 && !json) printLine(terminal, "No lineages declared.");
  return exitCodes.ok;
}

export async function checkLineage(
  terminal: Terminal,
  store: Persistence,
  { lineage, taskClass, json }: { lineage: Lineage; taskClass: string; json: boolean },
): Promise<number> {
  const colours = coloursOf(terminal);
  const students = await compareArms(store, lineage, { taskClass });
  const judged = students.map(({ comparison, incomplete, incomparable }) => ({
    comparison,
    reasons: [...incomplete, ...incomparable],
  }));
  for (const { comparison, reasons } of judged) {
    if (json) printJson(terminal, { ...comparison, comparable: reasons.length === 0, reasons });
    else if (reasons.length === 0) {
      printLine(terminal, `${titleOf(comparison)}: ${colours.green("can be judged")}`);
    } else {
      printLine(terminal, `${titleOf(comparison)}: ${colours.red("cannot be judged")}`);
      for (const reason of reasons) printLine(terminal, `  ${reason}`);
    }
  }
  const refused = judged.length === 0 || judged.some(({ reasons }) => reasons.length > 0);
  return refused ? exitCodes.problems : exitCodes.ok;
}

/** 0: declared, or declared so before; 1: it is, and an arm has no trajectories. */
async function declareAnew(
  terminal: Terminal,
  store: Persistence,
  {
    config,
    lineage,
    nowMs,
    json,
  }: { config: Config; lineage: Lineage; nowMs: number; json: boolean },
): Promise<number> {
  const declared = declare(config, lineage, nowMs) ?? versionsOf(config, lineage.name).at(-1);
  const missing: string[] = [];
  const agents = comparisonsOf(lineage).flatMap((comparison) => Object.values(comparison.agents));
  for (const agent of new Set(agents)) {
    const { done } = await store.trajectories({ agent, limit: 1 })[Symbol.asyncIterator]().next();
    if (done === true) missing.push(agent);
  }
  if (json) printJson(terminal, { ...declared, missing });
  else {
    printLine(terminal, `${lineage.name}: version ${declared?.version}.`);
    if (missing.length > 0) {
      const { yellow } = coloursOf(terminal);
      printLine(terminal, yellow(`Without trajectories: ${missing.join(", ")}.`));
    }
  }
  return missing.length > 0 ? exitCodes.problems : exitCodes.ok;
}

export const declareLineage: Declare = ({ program, programs, terminal, finish }) => {
  const lineage = program.command("lineage").description("Who was distilled from whom.");
  configured(lineage, "show")
    .description("List the lineages: teacher, students, baselines, controls.")
    .argument("[name]", "only this lineage")
    .option("--json", "JSON lines")
    .action((name: string | undefined, flags: Overrides & { json?: boolean }) => {
      const config = programs.loadConfig(flags);
      const shown = name === undefined ? allLineages(config) : [lineageNamed(config, name)];
      finish(showLineages(terminal, shown, { json: flags.json ?? false }));
    });
  configured(lineage, "check")
    .description("Say which students can be judged, and of the others why not.")
    .argument("<name>", "the lineage")
    .option("--class <class>", "task class that is compared (default: audit.taskClass)")
    .option("--json", "JSON lines")
    .action(async (name: string, flags: Overrides & { class?: string; json?: boolean }) => {
      const config = programs.loadConfig(flags);
      const found = lineageNamed(config, name);
      const taskClass = flags.class ?? config.audit.taskClass;
      const asked = { lineage: found, taskClass, json: flags.json ?? false };
      finish(await withStore(programs, flags, (store) => checkLineage(terminal, store, asked)));
    });
  configured(lineage, "declare")
    .description("Declare a lineage over agents that were recorded, or a new version of one.")
    .argument("<file>", "YAML: name, teacher, students with baseline and control, as in the config")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Each version is kept as it was: NAME is the newest one, NAME@1 the first. Serving watches the lineages of the config.

Exit codes: 0 declared, 1 an arm has no trajectories yet, 2 the file is no lineage.
`,
    )
    .action(async (file: string, { json = false, ...flags }: Overrides & { json?: boolean }) => {
      const config = programs.loadConfig(flags);
      const declared = readDeclaration(config, resolve(terminal.cwd, file));
      const asked = { config, lineage: declared, nowMs: programs.nowMs(), json };
      finish(await withStore(programs, flags, (store) => declareAnew(terminal, store, asked)));
    });
};
