// proctor policy backtest: what other rules would have said of what was recorded. Carries out nothing.

import {
  type Backtest,
  type BacktestParts,
  backtest,
  type Change,
  type RuleChanges,
} from "../audit/backtest.ts";
import type { Share } from "../audit/shares.ts";
import type { Overrides } from "../config.ts";
import { rolesOf } from "../core/agent.ts";
import { visible } from "../core/display.ts";
import { loadPolicyFrom } from "../policy/index.ts";
import { configured, type Declare, toTime, withStore } from "./command.ts";
import { createProgress } from "./progress.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

export interface BacktestCommand extends Omit<BacktestParts, "onProgress"> {
  /** Newly refused trajectories are a problem. */
  readonly failOnRefused: boolean;
  readonly json: boolean;
  readonly nowMs: () => number;
}

const backtestHelp = `
Each recorded trajectory is gone through in its order, by the engine that decides live: what calls are judged by
(history, counts of the agent, latched alarms) is as it was recorded. Of a trajectory only the first decision that
changes counts: what the agent would have done behind it is not known. Secrets were redacted before anything was
recorded, so a rule on their text sees placeholders.

Examples:
  proctor policy backtest new-rules/ --from 2026-05-01
  proctor policy backtest --enforced --json > would-be.json

Exit codes: 0 done, 1 something is newly refused (with --fail-on-refused) or the policy does not load.
`;

/** 0: done; 1: trajectories would be refused anew, if that is to fail. */
export async function policyBacktest(
  terminal: Terminal,
  { failOnRefused, json, nowMs, ...parts }: BacktestCommand,
): Promise<number> {
  const progress = createProgress(terminal, nowMs);
  const result = await backtest({
    ...parts,
    onProgress: (steps) => progress.show(`${steps} steps judged anew`),
  });
  progress.done();
  if (json) printJson(terminal, result);
  else printBacktest(terminal, result);
  return failOnRefused && result.newlyRefused.hits > 0 ? exitCodes.problems : exitCodes.ok;
}

/** Newly refused trajectories that are printed; `--json` has more. */
const maxPrinted = 20;

function printBacktest(terminal: Terminal, result: Backtest): void {
  const { steps, policy, leftOut, changes, behind, rules, roles, newlyRefused, refused } = result;
  const { bold, dim } = coloursOf(terminal);
  printLine(
    terminal,
    `Policy ${policy.slice(0, 12)}: ${steps} steps of ${newlyRefused.trajectories} trajectories judged anew.`,
  );
  if (leftOut > 0)
    printLine(terminal, `Left out, since they began before that or were erased: ${leftOut}.`);
  if (changes.length === 0) {
    printLine(terminal, "No decision changes.");
    return;
  }
  printLine(terminal);
  printLine(terminal, bold("First decision that changes, in trajectories"));
  for (const { from, to, trajectories } of changes) {
    printLine(terminal, `  ${from} -> ${to}: ${trajectories}`);
  }
  if (behind > 0)
    printLine(terminal, dim(`  and ${behind} calls behind those, which count in nothing`));
  printLine(terminal);
  printLine(terminal, bold("By rule"));
  for (const rule of rules) printRule(terminal, rule);
  printLine(terminal);
  printLine(terminal, bold("Newly asked about or refused, by role"));
  for (const { lineage, role, ...share } of roles) {
    printLine(terminal, `  ${`${lineage} ${role}`.padEnd(24)} ${shareText(share)}`);
  }
  printLine(terminal, `  ${"all".padEnd(24)} ${shareText(newlyRefused)}`);
  if (refused.length === 0) return;
  printLine(terminal);
  printLine(terminal, bold("Newly asked about or refused"));
  for (const change of refused.slice(0, maxPrinted)) printLine(terminal, `  ${lineOf(change)}`);
  const more = newlyRefused.hits - maxPrinted;
  if (more > 0) printLine(terminal, dim(`  and ${more} more (--json)`));
}

function printRule(terminal: Terminal, { rule, direction, examples, ...share }: RuleChanges): void {
  const { red, green, dim } = coloursOf(terminal);
  const arrow = direction === "stricter" ? red("stricter") : green("looser");
  printLine(terminal, `  ${rule} (${arrow}): ${shareText(share)}`);
  const [example] = examples;
  if (example !== undefined) printLine(terminal, dim(`    as in ${lineOf(example)}`));
}

/** `12 of 340 trajectories, 3.5 % (95 % 2.0 .. 6.1)`. */
export function shareText({ hits, trajectories, share, interval95 }: Share): string {
  const points = (value: number) => (100 * value).toFixed(1);
  const { low, high } = interval95;
  return `${hits} of ${trajectories} trajectories, ${points(share)} % (95 % ${points(low)} .. ${points(high)})`;
}

function lineOf({ trajectory, step, tool, from, to, rules, effects }: Change): string {
  const [effect = ""] = effects;
  return `${trajectory} step ${step}, ${visible(tool)} (${effect}): ${from} -> ${to} by ${rules.join(", ")}`;
}

export const declareBacktest: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "backtest")
    .description("Judge what was recorded anew by these files; carries out nothing.")
    .argument("[paths...]", "policy files or folders (default: those of the config)")
    .option("--agent <id>", "only trajectories of this agent")
    .option("--class <class>", "only this task class")
    .option("--from <time>", "only those that began at or after this time (ISO 8601)", toTime)
    .option("--before <time>", "only steps before this time (ISO 8601)", toTime)
    .option("--enforced", "as if every rule were enforced, dry-run ones too")
    .option("--reanalyse", "analyse the calls anew, by the analyser of this version")
    .option("--fail-on-refused", "exit with 1 if anything is newly asked about or refused")
    .option("--json", "the result as JSON, with more examples")
    .addHelpText("after", backtestHelp)
    .action(async (given: string[], flags: BacktestFlags) => {
      const config = programs.loadConfig(flags);
      const { paths, load } = programs.policyGround(config);
      const policy = await loadPolicyFrom(given.length > 0 ? given : paths, load);
      const { analyser, activity } = programs.replaying(config);
      const { agent, class: taskClass, from: fromMs, before: beforeMs } = flags;
      const command = {
        policy,
        rolesOf: (id: string) => rolesOf(id, config.lineages),
        activity,
        ...(flags.reanalyse === true ? { analyser } : {}),
        enforced: flags.enforced ?? false,
        query: { agent, taskClass, fromMs, beforeMs },
        failOnRefused: flags.failOnRefused ?? false,
        json: flags.json ?? false,
        nowMs: programs.nowMs,
      };
      finish(
        await withStore(programs, flags, (store) =>
          policyBacktest(terminal, { ...command, store }),
        ),
      );
    });
};

interface BacktestFlags extends Overrides {
  readonly agent?: string;
  readonly class?: string;
  readonly from?: number;
  readonly before?: number;
  readonly enforced?: boolean;
  readonly reanalyse?: boolean;
  readonly failOnRefused?: boolean;
  readonly json?: boolean;
}
