import { describe, expect, it } from "vitest";
import { type Family, negotiate, writeExposition } from "../../src/metrics/exposition.ts";

const families: readonly Family[] = [
  {
    name: "calls_total",
    help: 'Calls, "all" of them.\nAlso \\these.',
    type: "counter",
    values: [
      { labels: { tool: 'a"b\\c\nd' }, value: 3 },
      { labels: {}, value: 1 },
    ],
  },
  { name: "up", help: "Up.", type: "gauge", values: [{ labels: {}, value: Number.NaN }] },
  {
    name: "seconds",
    help: "Time.",
    type: "histogram",
    values: [
      {
        metricName: "seconds_bucket",
        labels: { stage: "total", le: 1 },
        value: 1,
        exemplar: { labels: { trace_id: "t1" }, value: 0.5, timestamp: 1.25 },
      },
      {
        metricName: "seconds_bucket",
        labels: { stage: "total", le: "+Inf" },
        value: 2,
        exemplar: null,
      },
      {
        metricName: "seconds_sum",
        labels: { stage: "total" },
        value: Number.POSITIVE_INFINITY,
      },
      { metricName: "seconds_count", labels: { stage: "total" }, value: 2 },
    ],
  },
];

describe("writeExposition", () => {
  it("writes plain text", () => {
    expect(writeExposition(families, "text")).toBe(
      String.raw`# HELP calls_total Calls, "all" of them.\nAlso \\these.
# TYPE calls_total counter
calls_total{tool="a\"b\\c\nd"} 3
calls_total 1
# HELP up Up.
# TYPE up gauge
up NaN
# HELP seconds Time.
# TYPE seconds histogram
seconds_bucket{stage="total",le="1"} 1
seconds_bucket{stage="total",le="+Inf"} 2
seconds_sum{stage="total"} +Inf
seconds_count{stage="total"} 2
`,
    );
  });

  it("writes OpenMetrics: families without _total, canonical bounds, exemplars, an end", () => {
    expect(writeExposition(families, "openmetrics")).toBe(
      String.raw`# HELP calls Calls, \"all\" of them.\nAlso \\these.
# TYPE calls counter
calls_total{tool="a\"b\\c\nd"} 3
calls_total 1
# HELP up Up.
# TYPE up gauge
up NaN
# HELP seconds Time.
# TYPE seconds histogram
seconds_bucket{stage="total",le="1.0"} 1 # {trace_id="t1"} 0.5 1.25
seconds_bucket{stage="total",le="+Inf"} 2
seconds_sum{stage="total"} +Inf
seconds_count{stage="total"} 2
# EOF
`,
    );
  });
});

describe("negotiate", () => {
  const prometheus =
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
  const rows: readonly [accept: string, format: string][] = [
    ["", "text"],
    ["*/*", "text"],
    ["text/html,*/*;q=0.8", "text"],
    ["text/plain", "text"],
    ["application/openmetrics-text", "openmetrics"],
    ["Application/OpenMetrics-Text; Version=1.0.0", "openmetrics"],
    ["application/openmetrics-text;q=0", "text"],
    ["application/openmetrics-text;q=nonsense", "text"],
    ["text/plain;q=0.9, application/openmetrics-text;q=0.5", "text"],
    ["text/plain;q=0.5, application/openmetrics-text", "openmetrics"],
    [prometheus, "openmetrics"],
    [`${prometheus.slice(prometheus.indexOf("text/plain"))}`, "text"],
    [",;q=1,,", "text"],
  ];
  it.each(rows)("%s -> %s", (accept, format) => {
    expect(negotiate(accept)).toBe(format);
  });
});
