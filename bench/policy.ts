// What a decision costs: the shipped policy, the effects of typical calls, a trajectory with a past.
// Prints microseconds per decision, the analysis not included.

import { join } from "node:path";
import type { ToolCall } from "../src/core/call.ts";
import type { Effect } from "../src/core/effect.ts";
import { recordVersion } from "../src/core/record.ts";
import { analyseBash } from "../src/effects/bash/index.ts";
import { createAnalyser } from "../src/effects/index.ts";
import { type DecisionInput, loadPolicyFrom } from "../src/policy/index.ts";
import { emptyState } from "../src/trajectory/draft.ts";
import { fold } from "../src/trajectory/fold.ts";

const workspace = "/home/dev/project";
const policies = process.argv[2] ?? join(process.cwd(), "policies");
const minMs = Number(process.env.BENCH_MS ?? 500);

const commands = [
  "cat package.json",
  "grep -rn TODO src",
  "ls -la && git status",
  "git add -A && git commit -m done",
  "npm test",
  "echo hi > out.txt",
  "rm notes.txt",
  "rm -rf dist node_modules",
  "find . -name '*.log' -delete",
  "chmod +x run.sh",
  'cat "$(cat name)"',
  `rm ${Array.from({ length: 30 }, (_, i) => `file-${i}.txt`).join(" ")}`,
];

const analyser = createAnalyser({
  upstreams: new Map([["local", { catalogue: "embedded", tools: {} }]]),
  analyseShell: analyseBash,
});
const policy = await loadPolicyFrom([policies], {
  roots: new Map([
    ["workspace", [workspace]],
    ["home", ["/home/dev"]],
    ["data", ["/srv/proctor"]],
    ["temp", ["/tmp"]],
  ]),
  protectedPaths: {
    guarded: ["/srv/proctor", "/opt/proctor", "/etc/proctor.yaml"],
    secret: ["agent.token", "harness.token", "admin.token", "chain.key", "proctor.db"].map(
      (name) => `/srv/proctor/${name}`,
    ),
  },
  analyse: effectsOf,
});

function effectsOf(call: ToolCall): readonly Effect[] {
  return analyser.analyse(call, {}).effects;
}

function callOf(command: string): ToolCall {
  const context = {
    cwd: workspace,
    home: "/home/dev",
    shell: "fresh",
    environment: "fixed",
    filesystem: "ours",
    confinedTo: workspace,
  } as const;
  return { door: "http", upstream: "local", tool: "bash", arguments: { command }, context };
}

/** Two hundred files read and written, and some deletions. */
function busyState() {
  let state = emptyState({ agent: "agent", name: "bench", generation: 1 });
  for (let step = 1; step <= 200; step += 1) {
    const command = step % 5 === 0 ? `rm old-${step}.txt` : `sed -i s/a/b/ src/file-${step}.ts`;
    const call = callOf(command);
    const base = { v: recordVersion, id: `${step}`, at: step, step } as const;
    state = fold(state, {
      ...base,
      type: "intent",
      call: { ...call, arguments: { digest: "", bytes: 0 }, digest: `${step}` },
      effects: effectsOf(call),
      residue: {},
      analyser: "1",
      decision: {
        verdict: "allow",
        judged: "allow",
        mode: "enforce",
        matches: [],
        reason: "",
        policy: "",
      },
      instance: "bench",
      dispatched: true,
    });
    const outcome = {
      kind: "carried_out",
      observed: { transport: "in process", tool: { isError: false } },
      durationMs: 1,
      result: { digest: "", bytes: 0 },
    } as const;
    state = fold(state, { ...base, id: `${step}-outcome`, type: "outcome", outcome });
  }
  return state;
}

const state = busyState();

function inputOf(command: string): DecisionInput {
  const call = callOf(command);
  return {
    call,
    effects: effectsOf(call),
    agent: "agent",
    roles: [{ lineage: "none", role: "unassigned" }],
    taskClass: "production",
    state,
    facts: { nowMs: 1_000, alarms: [], agentHistory: { count: () => 3 } },
  };
}

function microsPerDecision(input: DecisionInput): number {
  let decisions = 0;
  const began = process.cpuUsage();
  const deadline = performance.now() + minMs;
  while (performance.now() < deadline) {
    for (let i = 0; i < 50; i += 1) policy.decide(input);
    decisions += 50;
  }
  const { user, system } = process.cpuUsage(began);
  return (user + system) / decisions;
}

const inputs = commands.map((command) => ({ command, input: inputOf(command) }));
for (const { input } of inputs) for (let i = 0; i < 2_000; i += 1) policy.decide(input);

console.log(
  `${policy.rules.length} rules, digest ${policy.digest.slice(0, 12)}; CPU µs per decision`,
);
const figures = inputs.map(({ command, input }) => {
  const micros = microsPerDecision(input);
  const { verdict } = policy.decide(input);
  const shown = command.length > 44 ? `${command.slice(0, 41)}...` : command;
  console.log(
    `${micros.toFixed(2).padStart(8)}  ${String(input.effects.length).padStart(3)} effects  ${verdict.padEnd(5)}  ${shown}`,
  );
  return micros;
});
const sorted = figures.toSorted((a, b) => a - b);
console.log(`median ${sorted[Math.floor(sorted.length / 2)]?.toFixed(2)} µs`);
