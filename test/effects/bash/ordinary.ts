// How often an ordinary development command is doubted by the analysis or stopped by the shipped
// policy. `npm run kernel -- --ordinary` prints the figures of the README.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ExecutionContext, ToolCall } from "../../../src/core/call.ts";
import type { Verdict } from "../../../src/core/decision.ts";
import type { Effect } from "../../../src/core/effect.ts";
import { analyseBash } from "../../../src/effects/bash/index.ts";
import { createAnalyser } from "../../../src/effects/index.ts";
import { loadPolicyFrom } from "../../../src/policy/index.ts";
import { emptyState } from "../../../src/trajectory/draft.ts";
import { parseTable } from "../../kernel/table.ts";

const workspace = "/home/dev/project";
const context: ExecutionContext = {
  cwd: workspace,
  home: "/home/dev",
  shell: "fresh",
  environment: "fixed",
  filesystem: "ours",
};

export interface OrdinaryCommand {
  readonly command: string;
  readonly effects: readonly Effect[];
  readonly verdict: Verdict;
  /** The ids of the rules that made the verdict. */
  readonly rules: readonly string[];
}

export interface OrdinaryFigures {
  readonly commands: number;
  /** Doubted, but for those that only run a script of which the name is all that is known. */
  readonly unknown: number;
  /** Doubted for such a script alone: `node index.js`. */
  readonly scripts: number;
  /** Runs the code of a project: a build, a test, a script of package.json. No doubt, but no sight. */
  readonly project: number;
  readonly asked: number;
  readonly denied: number;
}

export async function judgeOrdinary(): Promise<readonly OrdinaryCommand[]> {
  const file = join(process.cwd(), "test", "effects", "bash", "ordinary.txt");
  const policy = await shippedPolicy();
  return parseTable("ordinary", readFileSync(file, "utf8")).map(({ command }) => {
    const call = callOf(command);
    const effects = analyser.analyse(call, {}).effects;
    const decision = policy.decide({
      call,
      effects,
      agent: "agent",
      roles: [{ lineage: "none", role: "unassigned" }],
      taskClass: "production",
      state: emptyState({ agent: "agent", name: "ordinary", generation: 1 }),
      facts: { nowMs: 1_000, alarms: [], agentHistory: { count: () => 0 } },
    });
    const rules = decision.matches.filter((match) => match.verdict === decision.verdict);
    return { command, effects, verdict: decision.verdict, rules: rules.map((match) => match.rule) };
  });
}

export function isDoubted({ effects }: OrdinaryCommand): boolean {
  return effects.some((effect) => effect.kind === "unknown" && effect.target === undefined);
}

export function runsScript(one: OrdinaryCommand): boolean {
  return !isDoubted(one) && one.effects.some((effect) => effect.kind === "unknown");
}

export function runsProject({ effects }: OrdinaryCommand): boolean {
  return effects.some((effect) => effect.kind === "execute" && effect.code === "project");
}

export function ordinaryFigures(judged: readonly OrdinaryCommand[]): OrdinaryFigures {
  const count = (holds: (one: OrdinaryCommand) => boolean): number => judged.filter(holds).length;
  return {
    commands: judged.length,
    unknown: count(isDoubted),
    scripts: count(runsScript),
    project: count(runsProject),
    asked: count(({ verdict }) => verdict === "ask"),
    denied: count(({ verdict }) => verdict === "deny"),
  };
}

const analyser = createAnalyser({
  upstreams: new Map([["local", { catalogue: "embedded", tools: {} }]]),
  analyseShell: analyseBash,
});

function callOf(command: string): ToolCall {
  return { door: "hooks", upstream: "local", tool: "bash", arguments: { command }, context };
}

function shippedPolicy(): ReturnType<typeof loadPolicyFrom> {
  return loadPolicyFrom([join(process.cwd(), "policies")], {
    roots: new Map([
      ["workspace", [workspace]],
      ["home", ["/home/dev"]],
      ["data", ["/srv/proctor"]],
      ["temp", ["/tmp"]],
    ]),
    protectedPaths: { guarded: ["/srv/proctor", "/etc/proctor.yaml"], secret: [] },
    analyse: (call) => analyser.analyse(call, {}).effects,
  });
}
