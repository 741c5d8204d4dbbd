// proctor reanalyse: which recorded trajectories the analyser of this version takes for something else.

import { type ReanalysisQuery, reanalysis } from "../audit/reanalyse.ts";
import type { Overrides } from "../config.ts";
import { analyserVersion } from "../core/effect.ts";
import type { Analyser } from "../effects/analyse.ts";
import type { Persistence } from "../store/store.ts";
import { configured, type Declare, toTime, withStore } from "./command.ts";
import { exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

export async function reanalyseAll(
  terminal: Terminal,
  store: Persistence,
  {
    analyser,
    query,
    diff,
    json,
  }: { analyser: Analyser; query: ReanalysisQuery; diff: boolean; json: boolean },
): Promise<number> {
  const result = await reanalysis(store, analyser, query, (change) => {
    if (!diff) return;
    const { trajectory, measure, from, to } = change;
    if (json) printJson(terminal, change);
    else printLine(terminal, `${trajectory} ${measure}: ${from} -> ${to}`);
  });
  if (json) {
    printJson(terminal, { ...result, analyser: analyserVersion });
    return exitCodes.ok;
  }
  const { trajectories, changed, analysers, changes } = result;
  const before = analysers.join(", ") || "none";
  printLine(
    terminal,
    `Trajectories: ${trajectories}, by analyser ${before}; under ${analyserVersion} changed: ${changed}.`,
  );
  for (const { measure, from, to, count } of changes) {
    printLine(terminal, `  ${measure}: ${from} -> ${to}: ${count}`);
  }
  return exitCodes.ok;
}

interface ReanalyseFlags extends Overrides {
  readonly agent?: string;
  readonly class?: string;
  readonly from?: number;
  readonly before?: number;
  readonly diff?: boolean;
  readonly json?: boolean;
}

export const declareReanalyse: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "reanalyse")
    .description("Score what was recorded by the analyser of this version; writes nothing.")
    .option("--diff", "print each trajectory that changes, as it is found")
    .option("--agent <id>", "only this agent")
    .option("--class <class>", "only this task class")
    .option("--from <time>", "only those that ended at or after this time (ISO 8601)", toTime)
    .option("--before <time>", "only those that ended before this time (ISO 8601)", toTime)
    .option("--json", "JSON lines; the last is the summary")
    .addHelpText(
      "after",
      "\nExamples:\n  proctor reanalyse --diff --class ambiguous\n  proctor audit llama --reanalyse\n",
    )
    .action(async ({ diff = false, json = false, ...flags }: ReanalyseFlags) => {
      const { analyser } = programs.replaying(programs.loadConfig(flags));
      const { agent, class: taskClass, from: fromMs, before: beforeMs } = flags;
      const query = { agent, taskClass, fromMs, beforeMs };
      finish(
        await withStore(programs, flags, (store) =>
          reanalyseAll(terminal, store, { analyser, query, diff, json }),
        ),
      );
    });
};
