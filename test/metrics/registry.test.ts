import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closedElsewhere, closedLabel } from "../../src/metrics/label.ts";
import { createRegistry, type MetricRegistry } from "../../src/metrics/registry.ts";

const clock = { nowMs: () => 1_250, monotonicMs: () => 0 };
const spec = { name: "m", help: "A metric.", labels: { tool: closedLabel(["bash", "read"]) } };

async function samplesOf(registry: MetricRegistry) {
  const families = await registry.collect();
  return families.flatMap(({ values }) => values);
}

describe("a counter", () => {
  it("adds up by its labels, and counts what it does not know as other", async () => {
    const registry = createRegistry(clock);
    const count = registry.counter(spec);
    count({ tool: "bash" });
    count({ tool: "bash" }, 2);
    count({ tool: "rm -rf" });
    count({ tool: "__proto__" });
    count({ tool: "other" });
    expect(await samplesOf(registry)).toEqual([
      { labels: { tool: "bash" }, value: 3 },
      { labels: { tool: "other" }, value: 3 },
    ]);
  });
  it("only ever goes up", async () => {
    const registry = createRegistry(clock);
    const count = registry.counter(spec);
    for (const by of [1, 0, -1, Number.NaN, Number.POSITIVE_INFINITY]) count({ tool: "bash" }, by);
    expect(await samplesOf(registry)).toEqual([{ labels: { tool: "bash" }, value: 1 }]);
  });
  it("takes no notice of members that are no label", async () => {
    const registry = createRegistry(clock);
    const count = registry.counter(spec);
    const call = { tool: "bash", path: "/secret" };
    count(call);
    expect(await samplesOf(registry)).toEqual([{ labels: { tool: "bash" }, value: 1 }]);
  });
});

describe("a label", () => {
  it("can learn values, up to a bound", () => {
    const label = closedLabel(["a"]);
    expect([label.of("a"), label.of("b")]).toEqual(["a", "other"]);
    label.extend(["b"]);
    expect(label.of("b")).toBe("b");
    label.extend(Array.from({ length: 5_000 }, (_, i) => `x${i}`));
    expect([label.of("x0"), label.of("x4999")]).toEqual(["x0", "other"]);
  });
  it("counts under its own name from when it is known", async () => {
    const registry = createRegistry(clock);
    const tool = closedLabel([]);
    const count = registry.counter({ ...spec, labels: { tool } });
    count({ tool: "late" });
    tool.extend(["late"]);
    count({ tool: "late" });
    expect(await samplesOf(registry)).toEqual([
      { labels: { tool: "other" }, value: 1 },
      { labels: { tool: "late" }, value: 1 },
    ]);
  });
});

describe("a gauge", () => {
  it("has one series at a time", async () => {
    const registry = createRegistry(clock);
    const gauge = registry.gauge({ ...spec, labels: { digest: closedElsewhere } });
    expect(await samplesOf(registry)).toEqual([]);
    gauge.replace({ digest: "a" }, 1);
    gauge.replace({ digest: "b" }, 1);
    expect(await samplesOf(registry)).toEqual([{ labels: { digest: "b" }, value: 1 }]);
  });
  it("that is polled is asked at each scrape, and keeps its last values when that fails", async () => {
    const registry = createRegistry(clock);
    const answers = [
      async () => 1,
      () => Promise.reject(new Error("down")),
      () => {
        throw new Error("down");
      },
      async () => 4,
    ];
    registry.polledGauge({ ...spec, labels: {} }, async (set) => {
      const answer = answers.shift();
      set({}, 99);
      if (answer !== undefined) set({}, await answer());
    });
    const values: unknown[] = [];
    for (let i = 0; i < 4; i += 1) values.push((await samplesOf(registry))[0]?.value);
    expect(values).toEqual([1, 1, 1, 4]);
  });
});

describe("a histogram", () => {
  const bounds = [0.1, 0.5, 1];
  const values = fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { maxLength: 50 });

  it("agrees with counting each bound for itself", async () => {
    await fc.assert(
      fc.asyncProperty(values, async (list) => {
        const registry = createRegistry(clock);
        const observe = registry.histogram({ ...spec, name: "h" }, bounds);
        for (const value of list) observe({ tool: "bash" }, value);
        const samples = await samplesOf(registry);
        const buckets = samples.filter(({ metricName }) => metricName === "h_bucket");
        const expected = [...bounds, Number.POSITIVE_INFINITY].map(
          (bound) => list.filter((value) => value <= bound).length,
        );
        expect(buckets.map(({ value }) => value)).toEqual(list.length === 0 ? [] : expected);
        const count = samples.find(({ metricName }) => metricName === "h_count");
        expect(count?.value ?? 0).toBe(list.length);
        const sum = samples.find(({ metricName }) => metricName === "h_sum");
        expect(sum?.value ?? 0).toBeCloseTo(
          list.reduce((total, value) => total + value, 0),
          9,
        );
      }),
    );
  });
  it("puts the exemplar into the bucket of its value", async () => {
    const registry = createRegistry(clock);
    const observe = registry.histogram({ ...spec, name: "h" }, bounds);
    observe({ tool: "bash" }, 0.3, "t1");
    observe({ tool: "bash" }, 0.4, "t2");
    observe({ tool: "bash" }, 7, "t3");
    observe({ tool: "bash" }, 0.2);
    const samples = await samplesOf(registry);
    expect(samples.map(({ exemplar }) => exemplar?.labels.trace_id).slice(0, 4)).toEqual([
      undefined,
      "t2",
      undefined,
      "t3",
    ]);
    expect(samples[1]?.exemplar).toEqual({
      labels: { trace_id: "t2" },
      value: 0.4,
      timestamp: 1.25,
    });
  });
  it("leaves out what is no duration", async () => {
    const registry = createRegistry(clock);
    const observe = registry.histogram({ ...spec, name: "h" }, bounds);
    for (const value of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      observe({ tool: "bash" }, value);
    expect(await samplesOf(registry)).toEqual([]);
  });
});
