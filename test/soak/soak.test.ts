// The soak in short: that it soaks, and that it would tell. `npm run soak` is the long form.

import { describe, expect, it } from "vitest";
import { flatness, type Sample, table } from "./flat.ts";
import { soak } from "./soak.ts";

function samplesOf(change: (i: number) => Partial<Sample>): readonly Sample[] {
  return Array.from({ length: 30 }, (_, i) => ({
    second: i,
    rssMib: 100,
    heapMib: 50,
    handles: 40,
    delayMs: 12,
    calls: i,
    storeMib: i,
    ...change(i),
  }));
}

describe("what is flat", () => {
  it.each<[string, (i: number) => Partial<Sample>, number, readonly string[]]>([
    ["all as it was", () => ({}), 0, []],
    ["a program that warms up", (i) => ({ rssMib: i < 10 ? 50 + 5 * i : 100 }), 0, []],
    ["a saw", (i) => ({ heapMib: 50 + 10 * (i % 5) }), 0, []],
    ["less and less", (i) => ({ rssMib: 100 - i }), 0, []],
    ["memory that grows", (i) => ({ rssMib: 100 + 4 * i }), 0, ["RSS"]],
    ["a heap that grows", (i) => ({ heapMib: 50 + 3 * i }), 0, ["heap"]],
    ["handles that are not closed", (i) => ({ handles: 40 + i }), 30, ["handles", "handles left"]],
    ["a handle that stays for each second", () => ({}), 5, ["handles left"]],
    ["a loop that gets slower", (i) => ({ delayMs: 2 ** (i / 3) }), 0, ["event-loop delay"]],
    ["what was not measured", () => ({ rssMib: Number.NaN }), 0, ["RSS"]],
  ])("%s", (_, change, left, expected) => {
    const said = { handlesLeft: left, log: "" };
    const notFlat = flatness(samplesOf(change), said).filter(({ flat }) => !flat);
    expect(notFlat.map(({ what }) => what)).toEqual(expected);
  });
});

describe.skipIf(process.platform !== "linux")("a short soak", () => {
  it("has some of each change, leaves no handle open, and a store that verifies", async () => {
    const soaked = await soak(8_000, () => {});
    const { samples, churned } = soaked;
    for (const [what, count] of Object.entries(churned))
      expect([what, count > 0]).toEqual([what, true]);
    // Memory takes longer than this to come to rest.
    const findings = flatness(samples, soaked).slice(-2);
    expect(findings).toEqual(findings.map((finding) => ({ ...finding, flat: true })));
    expect(table(samples).split("\n").length).toBeLessThanOrEqual(20);
    const measured = samples.flatMap(({ rssMib, heapMib, delayMs }) => [rssMib, heapMib, delayMs]);
    expect(measured.every((value) => value > 0)).toBe(true);
  });
});
