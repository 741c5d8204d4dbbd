// What was offered, folded: bounds beyond which tools are taken to have changed, snapshots, successors.

import { describe, expect, it } from "vitest";
import {
  maxPinned,
  type OfferedRecord,
  type RedefinedRecord,
  recordVersion,
} from "../../src/core/record.ts";
import { emptyState } from "../../src/trajectory/draft.ts";
import { fold, inheritLimits } from "../../src/trajectory/fold.ts";
import { isRedefined, toolsOf } from "../../src/trajectory/offered.ts";
import { parseState, serialiseState } from "../../src/trajectory/snapshot.ts";
import type { TrajectoryState } from "../../src/trajectory/state.ts";
import { key, opened } from "./records.ts";

const base = { v: recordVersion, id: "x", at: 1_500 } as const;

function offered(upstream: string, digest: string, tools: readonly string[]): OfferedRecord {
  const pins = tools.map((tool) => ({ tool, digest: `${tool} as in ${digest}` }));
  const count = tools.length;
  const kept = pins.slice(0, maxPinned);
  const record = { ...base, type: "offered", door: "mcp", upstream, digest, count } as const;
  return { ...record, pins: kept, tools: { bytes: 2, inline: [] } };
}

function redefined(tool: string, is: string, event: RedefinedRecord["event"]): RedefinedRecord {
  return { ...base, type: "redefined", upstream: "up", tool, is, event };
}

function folded(records: readonly (OfferedRecord | RedefinedRecord)[]): TrajectoryState {
  return [opened(), ...records].reduce(fold, emptyState(key));
}

const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => `${prefix}${i}`);
const noticed = redefined("a", "new", { kind: "noticed", was: "a as in 1" });
const acknowledged = redefined("a", "new", { kind: "acknowledged", by: "kim" });

describe("tools that were offered", () => {
  const rows: [string, readonly (OfferedRecord | RedefinedRecord)[], boolean][] = [
    ["as they were", [offered("up", "1", ["a"])], false],
    ["another now", [offered("up", "1", ["a"]), noticed], true],
    ["acknowledged", [offered("up", "1", ["a"]), noticed, acknowledged], false],
    [
      "acknowledged, and then another again",
      [
        offered("up", "1", ["a"]),
        noticed,
        acknowledged,
        redefined("a", "newer", { kind: "noticed", was: "new" }),
      ],
      true,
    ],
    [
      "an acknowledgement of something else",
      [
        offered("up", "1", ["a"]),
        noticed,
        redefined("a", "other", { kind: "acknowledged", by: "kim" }),
      ],
      true,
    ],
    ["of an upstream that listed nothing", [offered("other", "1", ["a"])], false],
    ["more than are kept", [offered("up", "1", [...names("t", maxPinned), "a"])], true],
    ["as many as are kept", [offered("up", "1", [...names("t", maxPinned - 1), "a"])], false],
    [
      "more upstreams than are kept",
      names("up", 65).map((upstream) => offered(upstream, upstream, ["a"])),
      true,
    ],
  ];
  it.each(rows)("%s", (_, records, expected) => {
    const state = folded(records);
    const upstream = records.length > 10 ? "up64" : "up";
    expect(isRedefined(state, upstream, "a")).toBe(expected);
    const read = parseState(serialiseState(state));
    expect(read?.offers).toEqual(state.offers);
    expect(isRedefined(inheritLimits(state), upstream, "a")).toBe(expected);
  });

  it("are one digest for all lists, and none for a successor that was offered nothing yet", () => {
    const state = folded([offered("up", "1", ["a"]), offered("other", "2", ["b"])]);
    expect(toolsOf(state)).toBe(
      toolsOf(folded([offered("other", "2", ["b"]), offered("up", "1", ["a"])])),
    );
    expect(toolsOf(folded([offered("up", "1", ["a"])]))).toBe("1");
    expect(toolsOf(inheritLimits(state))).toBe(undefined);
  });

  it("change their digest with every list, also beyond those that are kept", () => {
    const lists = names("list", 200).map((digest) => offered("up", digest, ["a"]));
    const digests = lists.map((_, i) => toolsOf(folded(lists.slice(0, i + 1))));
    expect(new Set(digests).size).toBe(200);
    expect(folded(lists).offers.digests.size).toBeLessThanOrEqual(64);
  });
});
