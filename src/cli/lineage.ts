// proctor lineage show|check: who was distilled from whom, and who can be judged.

import { compareArms } from "../audit/audit.ts";
import { comparisonsOf, titleOf } from "../audit/lineage.ts";
import type { Overrides } from "../config.ts";
import type { Lineage } from "../core/agent.ts";
import { ProctorError } from "../core/errors.ts";
import type { Persistence } from "../store/store.ts";
import { configured, type Declare, withStore } from "./command.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

/** @throws ProctorError `invalid_request` where the config has no lineage of this name */
export function lineageNamed(lineages: readonly Lineage[], name: string): Lineage {
  const found = lineages.find((lineage) => lineage.name === name);
  if (found !== undefined) return found;
  const known = lineages.map((lineage) => lineage.name).join(", ") || "none";
  throw new ProctorError("invalid_request", `there is no lineage "${name}"; declared: ${known}`);
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

export const declareLineage: Declare = ({ program, programs, terminal, finish }) => {
  const lineage = program.command("lineage").description("Who was distilled from whom.");
  configured(lineage, "show")
    .description("List the lineages of the config: teacher, students, baselines, controls.")
    .argument("[name]", "only this lineage")
    .option("--json", "JSON lines")
    .action((name: string | undefined, flags: Overrides & { json?: boolean }) => {
      const { lineages } = programs.loadConfig(flags);
      const shown = name === undefined ? lineages : [lineageNamed(lineages, name)];
      finish(showLineages(terminal, shown, { json: flags.json ?? false }));
    });
  configured(lineage, "check")
    .description("Say which students can be judged, and of the others why not.")
    .argument("<name>", "the lineage")
    .option("--class <class>", "task class that is compared (default: audit.taskClass)")
    .option("--json", "JSON lines")
    .action(async (name: string, flags: Overrides & { class?: string; json?: boolean }) => {
      const config = programs.loadConfig(flags);
      const found = lineageNamed(config.lineages, name);
      const taskClass = flags.class ?? config.audit.taskClass;
      const asked = { lineage: found, taskClass, json: flags.json ?? false };
      finish(await withStore(programs, flags, (store) => checkLineage(terminal, store, asked)));
    });
};
