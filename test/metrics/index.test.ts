import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Decision, RuleMatch } from "../../src/core/decision.ts";
import { effectKinds } from "../../src/core/effect.ts";
import { type ErrorCode, errorTable } from "../../src/core/errors.ts";
import type { Scores } from "../../src/core/measure.ts";
import type { StepMeasurement } from "../../src/metrics/calls.ts";
import { createMetrics, type MetricsParts } from "../../src/metrics/index.ts";
import { createTotals } from "../../src/trajectory/totals.ts";
import { closed, differs, key, refused, success, toolFailed } from "../trajectory/records.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";

function totalsOf(agents: readonly string[] = ["teacher", "student"]) {
  return createTotals({
    agents,
    taskClasses: ["ambiguous"],
    lineages: [{ name: "llama", teacher: "teacher", students: [{ agent: "student" }] }],
  });
}

function metricsOf(over: Partial<MetricsParts> = {}) {
  return createMetrics({
    version: "1.2.3",
    upstreams: ["local"],
    tools: ["bash"],
    detectors: ["private_key"],
    totals: totalsOf(),
    rates: () => [],
    watched: { now: () => ({ contrasts: [], verdicts: [] }) },
    limits: () => [],
    waitingApprovals: () => 0,
    openTrajectories: () => 4,
    storeHealthy: async () => undefined,
    clock: { nowMs: () => 1_700_000_000_500, monotonicMs: () => 0 },
    ...over,
  });
}

const match = (rule: string, effect: number, mode: RuleMatch["mode"] = "enforce"): RuleMatch => ({
  rule,
  verdict: "deny",
  mode,
  effect,
  kind: "delete",
  reason: "",
});

const decision: Decision = {
  verdict: "allow",
  judged: "allow",
  mode: "enforce",
  matches: [],
  reason: "",
  policy: "p",
};

function step(over: Partial<StepMeasurement> = {}): StepMeasurement {
  return {
    call: { door: "http", upstream: "local", tool: "bash" },
    effects: [{ kind: "read", certainty: "certain" }],
    decision,
    outcome: success,
    stages: { analyse: 0.02, decide: 0.01, record: 2, upstream: 40, total: 43 },
    conflicts: 0,
    ...over,
  };
}

/** Samples of proctor's own metrics, without the durations. */
async function samples(metrics: ReturnType<typeof metricsOf>, prefix = "proctor_") {
  const { body } = await metrics.render("text/plain");
  return body
    .split("\n")
    .filter((line) => line.startsWith(prefix) && !line.startsWith("proctor_stage_"));
}

async function of(metrics: ReturnType<typeof metricsOf>, name: string) {
  return samples(metrics, `proctor_${name}`);
}

describe("a step", () => {
  it("is counted by door, upstream, tool, verdict and outcome", async () => {
    const metrics = metricsOf();
    metrics.step(step());
    metrics.step(step({ outcome: { kind: "unobserved" } }));
    metrics.step(
      step({ outcome: refused, decision: { ...decision, verdict: "deny", judged: "deny" } }),
    );
    expect(await of(metrics, "calls_total")).toEqual([
      'proctor_calls_total{door="http",upstream="local",tool="bash",verdict="allow",outcome="carried_out"} 1',
      'proctor_calls_total{door="http",upstream="local",tool="bash",verdict="allow",outcome="unobserved"} 1',
      'proctor_calls_total{door="http",upstream="local",tool="bash",verdict="deny",outcome="refused"} 1',
    ]);
    expect(await of(metrics, "refusals_total")).toEqual([
      'proctor_refusals_total{code="denied_by_policy"} 1',
    ]);
  });

  it("of an unknown tool or upstream is counted as other", async () => {
    const metrics = metricsOf();
    metrics.step(step({ call: { door: "http", upstream: "evil\n", tool: "rm -rf /" } }));
    metrics.toolsKnown(["late"]);
    metrics.step(step({ call: { door: "http", upstream: "local", tool: "late" } }));
    expect(await of(metrics, "calls_total")).toEqual([
      'proctor_calls_total{door="http",upstream="other",tool="other",verdict="allow",outcome="carried_out"} 1',
      'proctor_calls_total{door="http",upstream="local",tool="late",verdict="allow",outcome="carried_out"} 1',
    ]);
  });

  it("tells a tool's failure from one of the call, and says if another input was carried out", async () => {
    const metrics = metricsOf();
    metrics.step(step({ outcome: toolFailed }));
    metrics.step(step({ outcome: differs }));
    expect(await of(metrics, "tool_errors_total")).toEqual([
      'proctor_tool_errors_total{upstream="local",tool="bash"} 1',
    ]);
    expect(await of(metrics, "inputs_differing_total")).toEqual([
      'proctor_inputs_differing_total{door="http"} 1',
    ]);
  });

  it("that nobody allowed, or whose id came before, is counted by its door", async () => {
    const metrics = metricsOf();
    metrics.step(step({ unjudged: true }));
    metrics.step(step({ idReused: true }));
    expect(await of(metrics, "calls_unjudged_total")).toEqual([
      'proctor_calls_unjudged_total{door="http"} 1',
    ]);
    expect(await of(metrics, "call_ids_reused_total")).toEqual([
      'proctor_call_ids_reused_total{door="http"} 1',
    ]);
  });

  it("has its effects counted by kind and certainty", async () => {
    const metrics = metricsOf();
    const effects = [
      { kind: "delete", certainty: "certain" },
      { kind: "delete", certainty: "possible" },
      { kind: "delete", certainty: "certain" },
    ] as const;
    metrics.step(step({ effects }));
    expect(await of(metrics, "effects_total")).toEqual([
      'proctor_effects_total{kind="delete",certainty="certain"} 2',
      'proctor_effects_total{kind="delete",certainty="possible"} 1',
    ]);
  });

  it("has its decision counted as applied and as judged", async () => {
    const metrics = metricsOf();
    metrics.step(
      step({ decision: { ...decision, judged: "deny", mode: "dry-run" }, conflicts: 2 }),
    );
    expect(await of(metrics, "decisions_total")).toEqual([
      'proctor_decisions_total{verdict="allow",judged="deny",mode="dry-run"} 1',
    ]);
    expect(await of(metrics, "decisions_repeated_total")).toEqual([
      'proctor_decisions_repeated_total{door="http"} 2',
    ]);
  });

  it("counts a rule once for a call, and rules of the policies that were loaded only", async () => {
    const metrics = metricsOf();
    metrics.policyLoaded({ digest: "d", mode: "enforce", rules: ["no-delete", "limit"] });
    const matches = [
      match("no-delete", 0),
      match("no-delete", 1),
      match("limit", 0, "dry-run"),
      match("default:delete", 0),
      match("made-up", 0),
    ];
    metrics.step(step({ decision: { ...decision, matches } }));
    expect(await of(metrics, "rule_matches_total")).toEqual([
      'proctor_rule_matches_total{rule="no-delete",mode="enforce"} 1',
      'proctor_rule_matches_total{rule="limit",mode="dry-run"} 1',
      'proctor_rule_matches_total{rule="default:delete",mode="enforce"} 1',
      'proctor_rule_matches_total{rule="other",mode="enforce"} 1',
    ]);
  });

  it("has its durations in seconds, by stage; a stage that was not reached has none", async () => {
    const metrics = metricsOf();
    metrics.step(step());
    metrics.step(step({ outcome: refused, stages: { ...step().stages, upstream: 0 } }));
    const { body } = await metrics.render("");
    const counts = body.match(/^proctor_stage_duration_seconds_(count|sum).*$/gm);
    expect(counts).toEqual([
      'proctor_stage_duration_seconds_sum{door="http",stage="analyse"} 0.00004',
      'proctor_stage_duration_seconds_count{door="http",stage="analyse"} 2',
      'proctor_stage_duration_seconds_sum{door="http",stage="decide"} 0.00002',
      'proctor_stage_duration_seconds_count{door="http",stage="decide"} 2',
      'proctor_stage_duration_seconds_sum{door="http",stage="record"} 0.004',
      'proctor_stage_duration_seconds_count{door="http",stage="record"} 2',
      'proctor_stage_duration_seconds_sum{door="http",stage="upstream"} 0.04',
      'proctor_stage_duration_seconds_count{door="http",stage="upstream"} 1',
      'proctor_stage_duration_seconds_sum{door="http",stage="total"} 0.086',
      'proctor_stage_duration_seconds_count{door="http",stage="total"} 2',
    ]);
  });
});

describe("behaviour", () => {
  const scores: Scores = {
    deletion: { value: "hit", step: 1 },
    any_deletion: { value: "hit", step: 1 },
    chmod_first: { value: "miss", acts: false },
    destruction: { value: "undetermined", why: "intervention", step: 1 },
    any_destruction: { value: "miss", acts: true },
  };
  it("is there at 0 from the start, and read anew at each scrape", async () => {
    const totals = totalsOf();
    const metrics = metricsOf({ totals });
    const before = await of(metrics, "measure_");
    // Two agents, five measures, two denominators, three gauges.
    expect(before.length).toBe(2 * 5 * 2 * 3);
    expect(before.every((line) => line.endsWith(" 0"))).toBe(true);
    totals.apply(closed({ key: { ...key, agent: "student" }, scores }));
    const after = await of(metrics, "measure_");
    const labels = (measure: string, denominator: string) =>
      `{lineage="llama",role="student",agent="student",task_class="ambiguous",measure="${measure}",denominator="${denominator}"}`;
    expect(after.filter((line) => !line.endsWith(" 0"))).toEqual([
      `proctor_measure_hits${labels("deletion", "d1")} 1`,
      `proctor_measure_hits${labels("deletion", "d2")} 1`,
      `proctor_measure_hits${labels("any_deletion", "d1")} 1`,
      `proctor_measure_hits${labels("any_deletion", "d2")} 1`,
      `proctor_measure_trajectories${labels("deletion", "d1")} 1`,
      `proctor_measure_trajectories${labels("deletion", "d2")} 1`,
      `proctor_measure_trajectories${labels("any_deletion", "d1")} 1`,
      `proctor_measure_trajectories${labels("any_deletion", "d2")} 1`,
      `proctor_measure_trajectories${labels("chmod_first", "d1")} 1`,
      `proctor_measure_trajectories${labels("destruction", "d1")} 1`,
      `proctor_measure_trajectories${labels("destruction", "d2")} 1`,
      `proctor_measure_trajectories${labels("any_destruction", "d1")} 1`,
      `proctor_measure_trajectories${labels("any_destruction", "d2")} 1`,
      `proctor_measure_undetermined${labels("destruction", "d1")} 1`,
      `proctor_measure_undetermined${labels("destruction", "d2")} 1`,
    ]);
  });

  it("takes as much text after a thousand trajectories as after one", async () => {
    const totals = totalsOf();
    const metrics = metricsOf({ totals });
    const before = (await samples(metrics)).length;
    for (let i = 0; i < 1_000; i += 1) totals.apply(closed({ key: { ...key, name: `t${i}` } }));
    expect((await samples(metrics)).length).toBe(before);
  });
});

describe("health", () => {
  it("tell of limits that are watched", async () => {
    const limit = { agent: "a", taskClass: "production", measure: "deletion", limit: 0.05 };
    const metrics = metricsOf({
      limits: () => [{ ...limit, finding: "above limit", logE: 6, logThreshold: 5.5 }],
    });
    const series = 'agent="a",task_class="production",measure="deletion"';
    expect(await of(metrics, "limit_alarmed")).toEqual([`proctor_limit_alarmed{${series}} 1`]);
    expect(await of(metrics, "limit_share")).toEqual([`proctor_limit_share{${series}} 0.05`]);
    expect(await of(metrics, "limit_log_e")).toEqual([`proctor_limit_log_e{${series}} 6`]);
  });

  it("names versions, the policy, the store and the open trajectories", async () => {
    const metrics = metricsOf();
    metrics.policyLoaded({ digest: "d1", mode: "enforce", rules: [] });
    metrics.policyRejected();
    metrics.policyLoaded({ digest: "d2", mode: "dry-run", rules: [] });
    metrics.policyRejected();
    metrics.redacted(
      new Map([
        ["private_key", 2],
        ["made-up", 1],
      ]),
    );
    metrics.rejected("http", "malformed_json");
    const lines = (await samples(metrics)).filter((line) => !line.startsWith("proctor_measure_"));
    expect(lines).toEqual([
      'proctor_requests_rejected_total{door="http",code="malformed_json"} 1',
      'proctor_redactions_total{detector="private_key"} 2',
      'proctor_redactions_total{detector="other"} 1',
      "proctor_trajectories_open 4",
      "proctor_store_up 1",
      "proctor_approvals_waiting 0",
      'proctor_policy_info{digest="d2",mode="dry-run"} 1',
      'proctor_policy_reloads_total{result="ok"} 2',
      'proctor_policy_reloads_total{result="failed"} 2',
      "proctor_policy_last_reload_successful 0",
      "proctor_policy_last_reload_success_timestamp_seconds 1700000000.5",
      'proctor_build_info{version="1.2.3",analyser="1",definitions="1"} 1',
    ]);
  });

  it("can be scraped while the store is down", async () => {
    const down = () => Promise.reject(new Error("disk full"));
    const metrics = metricsOf({ storeHealthy: down, openTrajectories: down });
    expect(await of(metrics, "store_up")).toEqual(["proctor_store_up 0"]);
    expect(await of(metrics, "trajectories_open")).toEqual([]);
  });

  it("has the process beside it", async () => {
    const { body } = await metricsOf().render("");
    for (const name of [
      "process_cpu_seconds_total",
      "process_resident_memory_bytes",
      "nodejs_eventloop_lag_seconds",
    ]) {
      expect(body).toMatch(new RegExp(`^${name} [0-9.e-]+$`, "m"));
    }
  });
});

describe("the formats", () => {
  it("are plain text unless OpenMetrics is asked for, also one after the other", async () => {
    const metrics = metricsOf();
    metrics.step(step({ traceId }));
    const plain = await metrics.render("");
    const open = await metrics.render("application/openmetrics-text; version=1.0.0");
    const again = await metrics.render("*/*");
    expect(plain.contentType).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(open.contentType).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(again.body).toContain("# TYPE proctor_calls_total counter\nproctor_calls_total{");
    expect(open.body).toContain("# TYPE proctor_calls counter\nproctor_calls_total{");
    expect(open.body.endsWith("\n# EOF\n")).toBe(true);
    expect(plain.body).not.toContain(traceId);
    expect(open.body).toContain(
      `proctor_stage_duration_seconds_bucket{door="http",stage="total",le="0.05"} 1 # {trace_id="${traceId}"} 0.043 1700000000.5`,
    );
  });

  it.each(["", "0", traceId.toUpperCase(), `${traceId}0`, '"} 1\nevil 1'])(
    "take %j for no trace id",
    async (notOne) => {
      const metrics = metricsOf();
      metrics.step(step({ traceId: notOne }));
      expect((await metrics.render("application/openmetrics-text")).body).not.toContain("# {");
    },
  );

  it.each(["", "application/openmetrics-text"])("are well formed (accept %j)", async (accept) => {
    const metrics = metricsOf();
    metrics.policyLoaded({ digest: "d", mode: "enforce", rules: [] });
    metrics.step(step({ traceId }));
    const { body } = await metrics.render(accept);
    expect(faultsOf(body)).toEqual([]);
  });
});

/** What a strict reader would not take: an oracle that knows the grammar and not the writer. */
function faultsOf(body: string): readonly string[] {
  const label = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"`;
  const labels = String.raw`(?:\{${label}(?:,${label})*\})?`;
  const number = `(?:[+-]?[0-9.]+(?:e[+-]?[0-9]+)?|NaN|[+-]Inf)`;
  const sample = new RegExp(
    String.raw`^([a-zA-Z_:][a-zA-Z0-9_:]*)${labels} ${number}(?: # \{${label}\} ${number} ${number})?$`,
  );
  const isOpenMetrics = body.endsWith("# EOF\n");
  const lines = body.slice(0, -1).split("\n");
  const seen = new Set<string>();
  const faults: string[] = [];
  let family = "";
  let type = "";
  for (const line of isOpenMetrics ? lines.slice(0, -1) : lines) {
    const typed = /^# TYPE (\S+) (counter|gauge|histogram|summary)$/.exec(line);
    if (typed) [, family = "", type = ""] = typed;
    if (typed && seen.has(family)) faults.push(`twice: ${line}`);
    if (typed) seen.add(family);
    if (line.startsWith("#")) continue;
    const name = sample.exec(line)?.[1];
    const suffixes: Record<string, readonly string[]> = {
      counter: [isOpenMetrics ? "_total" : ""],
      gauge: [""],
      histogram: ["_bucket", "_sum", "_count"],
      summary: ["", "_sum", "_count"],
    };
    const names = (suffixes[type] ?? []).map((suffix) => family + suffix);
    if (name === undefined || !names.includes(name)) faults.push(line);
  }
  return faults;
}

describe("labels", () => {
  const text = fc.oneof(
    fc.string(),
    fc.constantFrom("bash", "local", "no-delete", "__proto__", "constructor"),
  );
  const measurements = fc.record({ tool: text, upstream: text, rule: text, detector: text });

  it("never have a value from outside of their sets, whatever comes in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(measurements, { maxLength: 20 }), async (list) => {
        const metrics = metricsOf();
        metrics.policyLoaded({ digest: "d", mode: "enforce", rules: ["no-delete"] });
        for (const { tool, upstream, rule, detector } of list) {
          const call = { door: "http", upstream, tool } as const;
          metrics.step(step({ call, decision: { ...decision, matches: [match(rule, 0)] } }));
          metrics.redacted(new Map([[detector, 1]]));
        }
        const { body } = await metrics.render("");
        expect(valuesOf(body, "tool", ["bash"])).toEqual([]);
        expect(valuesOf(body, "upstream", ["local"])).toEqual([]);
        expect(
          valuesOf(body, "rule", ["no-delete", ...effectKinds.map((k) => `default:${k}`)]),
        ).toEqual([]);
        expect(valuesOf(body, "detector", ["private_key"])).toEqual([]);
        const counted = [...body.matchAll(/^proctor_calls_total\{.*\} (\d+)$/gm)];
        expect(counted.reduce((sum, [, number]) => sum + Number(number), 0)).toBe(list.length);
      }),
      { numRuns: 30 },
    );
  });

  it("have a value for every code of the error table", async () => {
    const metrics = metricsOf();
    const codes = Object.keys(errorTable) as ErrorCode[];
    for (const code of codes) metrics.rejected("mcp", code);
    expect((await of(metrics, "requests_rejected_total")).length).toBe(codes.length);
  });
});

/** Values of a label in proctor's metrics that are neither allowed nor `other`. */
function valuesOf(body: string, label: string, allowed: readonly string[]): readonly string[] {
  const found = [
    ...body.matchAll(new RegExp(`^proctor_.*[{,]${label}="((?:[^"\\\\]|\\\\.)*)"`, "gm")),
  ];
  return found.map(([, value = ""]) => value).filter((v) => ![...allowed, "other"].includes(v));
}

const promtool = "promtool";
const isInstalled = spawnSync(promtool, ["--version"]).status === 0;
if (!isInstalled)
  console.log("promtool is not installed (Debian package prometheus): its check is skipped");

describe.skipIf(!isInstalled)("promtool", () => {
  it("finds nothing to say of the plain text", async () => {
    const metrics = metricsOf();
    metrics.policyLoaded({ digest: "d", mode: "enforce", rules: ["no-delete"] });
    metrics.policyRejected();
    metrics.step(
      step({ traceId, conflicts: 1, decision: { ...decision, matches: [match("no-delete", 0)] } }),
    );
    metrics.step(step({ outcome: toolFailed }));
    metrics.step(step({ outcome: differs }));
    metrics.step(step({ outcome: refused }));
    metrics.rejected("http", "malformed_json");
    metrics.redacted(new Map([["private_key", 2]]));
    const { body } = await metrics.render("");
    const { status, stdout, stderr } = spawnSync(promtool, ["check", "metrics"], {
      input: body,
      encoding: "utf8",
    });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: "" });
  });
});
