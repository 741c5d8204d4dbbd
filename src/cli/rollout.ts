// proctor policy rollout: which rules in dry-run look safe to enforce, and the change to the files.

import { type RolloutParts, type RuleRollout, rolloutOf } from "../audit/rollout.ts";
import type { Overrides } from "../config.ts";
import { visible } from "../core/display.ts";
import { ProctorError } from "../core/errors.ts";
import {
  dryRunRules,
  formatProblem,
  type PolicySource,
  type RolloutStep,
  readPolicy,
  rolloutEdits,
} from "../policy/index.ts";
import { shareText } from "./backtest.ts";
import { configured, type Declare, toShare, toTime, withStore } from "./command.ts";
import { createProgress } from "./progress.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

export interface RolloutCommand extends Omit<RolloutParts, "rules" | "onProgress"> {
  readonly sources: readonly PolicySource[];
  readonly step: RolloutStep;
  /** Only the change, to be piped. */
  readonly diffOnly: boolean;
  readonly json: boolean;
  readonly nowMs: () => number;
}

const rolloutHelp = `
A rule looks safe where it would have held or refused few enough trajectories: the upper 95 % bound of their share is
not above --max-share. Look at the examples all the same: few refusals are no proof that they are right ones.

Examples:
  proctor policy rollout --from 2026-05-01
  proctor policy rollout policies/ --diff | patch -p0
  proctor policy rollout policies/ --share 0.25 --diff | patch -p0     (for a quarter of the agents)
  proctor policy rollout policies/ --agents 'ci-*,nightly' --diff | patch -p0

Exit codes: 0 done, 2 there are no such files.
`;

export async function policyRollout(
  terminal: Terminal,
  { sources, step, diffOnly, json, nowMs, ...parts }: RolloutCommand,
): Promise<number> {
  const progress = createProgress(terminal, nowMs);
  const rollout = await rolloutOf({
    ...parts,
    rules: dryRunRules(sources).map(({ id }) => id),
    onProgress: (steps) => progress.show(`${steps} steps`),
  });
  progress.done();
  const safe = new Set(rollout.rules.filter(({ looksSafe }) => looksSafe).map(({ rule }) => rule));
  const edits = rolloutEdits(sources, safe, step);
  if (json) {
    printJson(terminal, { ...rollout, edits });
    return exitCodes.ok;
  }
  if (!diffOnly) {
    for (const rule of rollout.rules) printRule(terminal, rule);
    if (rollout.rules.length === 0) printLine(terminal, "No rule is in dry-run.");
    else printLine(terminal, `${rollout.steps} steps; safe is up to ${100 * rollout.maxShare} %.`);
    if (edits.length > 0) printLine(terminal);
  }
  for (const { diff } of edits) terminal.stdout.write(diff);
  return exitCodes.ok;
}

function printRule(terminal: Terminal, rule: RuleRollout): void {
  const { bold, dim, green, yellow } = coloursOf(terminal);
  const word = rule.looksSafe ? green("looks safe") : yellow("look at it first");
  printLine(terminal, `${bold(rule.rule)}: ${word}`);
  printLine(
    terminal,
    `  matched ${rule.hits} calls, would have held or refused ${rule.wouldRefuse}`,
  );
  printLine(terminal, `  ${shareText(rule.trajectories)}`);
  for (const { agent, wouldRefuse, ...share } of rule.agents) {
    printLine(terminal, `  ${agent}: ${wouldRefuse} calls, ${shareText(share)}`);
  }
  for (const { trajectory, step, tool, verdict, effect } of rule.examples) {
    printLine(
      terminal,
      dim(`    ${verdict} ${trajectory} step ${step}, ${visible(tool)}: ${effect}`),
    );
  }
}

interface RolloutFlags extends Overrides {
  readonly agent?: string;
  readonly from?: number;
  readonly before?: number;
  readonly maxShare: number;
  readonly share?: number;
  readonly agents?: string;
  readonly diff?: boolean;
  readonly json?: boolean;
}

export const declareRollout: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "rollout")
    .description("Say which rules in dry-run look safe to enforce, and print the change.")
    .argument("[paths...]", "policy files or folders (default: those of the config)")
    .option("--agent <id>", "only trajectories of this agent")
    .option("--from <time>", "only records at or after this time (ISO 8601)", toTime)
    .option("--before <time>", "only records before this time (ISO 8601)", toTime)
    .option("--max-share <share>", "what is few enough", toShare, 0.05)
    .option("--share <share>", "the change enforces them for this share of the agents", toShare)
    .option("--agents <names>", "the change enforces them for these agents (comma-separated, *)")
    .option("--diff", "print the change alone")
    .option("--json", "the result as JSON")
    .addHelpText("after", rolloutHelp)
    .action(async (given: string[], flags: RolloutFlags) => {
      const config = programs.loadConfig(flags);
      const read = await readPolicy(given.length > 0 ? given : programs.policyGround(config).paths);
      if (!read.ok) {
        throw new ProctorError("invalid_request", read.problems.map(formatProblem).join("\n"));
      }
      const { agent, from: fromMs, before: beforeMs, maxShare } = flags;
      const command = {
        sources: read.sources,
        step: stepOf(flags),
        query: { agent, fromMs, beforeMs },
        maxShare,
        diffOnly: flags.diff ?? false,
        json: flags.json ?? false,
        nowMs: programs.nowMs,
      };
      finish(
        await withStore(programs, flags, (store) => policyRollout(terminal, { ...command, store })),
      );
    });
};

function stepOf({ share, agents }: RolloutFlags): RolloutStep {
  if (share === undefined && agents === undefined) return { kind: "enforce" };
  return {
    kind: "for",
    ...(share === undefined ? {} : { share }),
    ...(agents === undefined ? {} : { agents: agents.split(",").map((name) => name.trim()) }),
  };
}
