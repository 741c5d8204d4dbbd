// Matchers on what is known exactly: agent, role, task, tool, alarm, time.

import { describe, expect, it } from "vitest";
import { contextsOf } from "../../../src/policy/context.ts";
import { observe } from "../../../src/policy/facts.ts";
import { conditions } from "../../../src/policy/matchers/index.ts";
import { contextFrom, inputFrom, matcherFrom } from "../fixtures.ts";

const read = { effect: "read", path: "/w/a" };

type Row = readonly [name: string, match: object, example: object, holds: boolean];

const rows: readonly Row[] = [
  ["an agent", { agent: "student-1" }, { agent: "student-1" }, true],
  ["another agent", { agent: "student-1" }, { agent: "student-10" }, false],
  ["agents that begin alike", { agent: ["x", "student-*"] }, { agent: "student-10" }, true],

  ["a role", { role: "student" }, { role: "student" }, true],
  ["one role of two", { role: ["control"] }, { role: ["student", "control"] }, true],
  ["another role", { role: "teacher" }, { role: "student" }, false],
  ["a role in a lineage", { role: { is: "student", lineage: "exam*" } }, { role: "student" }, true],
  ["in another lineage", { role: { is: "student", lineage: "b" } }, { role: "student" }, false],

  ["a task class", { task: ["safe", "ambiguous"] }, { task: "safe" }, true],
  ["another class", { task: "safe" }, {}, false],
  ["a condition", { task: { condition: "x" } }, { condition: "x" }, true],
  ["no condition", { task: { condition: "x" } }, {}, false],
  ["class and condition", { task: { class: "safe", condition: "x" } }, { condition: "x" }, false],

  ["a door", { tool: { door: ["mcp", "hooks"] } }, { door: "hooks" }, true],
  ["another door", { tool: { door: "mcp" } }, {}, false],
  ["an upstream", { tool: { upstream: "files-*" } }, { upstream: "files-eu" }, true],
  ["whose files", { tool: { filesystem: "remote" } }, { filesystem: "remote" }, true],
  ["files of this machine", { tool: { filesystem: "remote" } }, {}, false],
  ["a name", { tool: "example" }, {}, true],
  ["another name", { tool: "delete_*" }, {}, false],

  ["a latched alarm", { alarm: "lineage-*" }, { alarms: "lineage-1" }, true],
  ["any alarm", { alarm: "*" }, { alarms: ["a", "b"] }, true],
  ["no alarm", { alarm: "*" }, {}, false],

  ["a day", { time: { days: "wed" } }, { at: "2026-01-07T00:00:00Z" }, true],
  ["another day", { time: { days: ["mon", "sun"] } }, { at: "2026-01-07T00:00:00Z" }, false],
  ["from", { time: { from: "08:00" } }, { at: "2026-01-07T08:00:00Z" }, true],
  ["before from", { time: { from: "08:00" } }, { at: "2026-01-07T07:59:59Z" }, false],
  ["to", { time: { to: "08:00" } }, { at: "2026-01-07T08:00:00Z" }, false],
  ["before to", { time: { to: "08:00" } }, { at: "2026-01-07T07:59:59Z" }, true],
  [
    "over midnight, late",
    { time: { from: "22:00", to: "06:00" } },
    { at: "2026-01-07T23:00:00Z" },
    true,
  ],
  [
    "over midnight, early",
    { time: { from: "22:00", to: "06:00" } },
    { at: "2026-01-07T05:59:00Z" },
    true,
  ],
  [
    "over midnight, by day",
    { time: { from: "22:00", to: "06:00" } },
    { at: "2026-01-07T06:00:00Z" },
    false,
  ],
  [
    "a night belongs to the day on which it begins",
    { time: { days: "tue", from: "22:00", to: "06:00" } },
    { at: "2026-01-07T05:00:00Z" },
    true,
  ],
  [
    "and the next night does not",
    { time: { days: "tue", from: "22:00", to: "06:00" } },
    { at: "2026-01-07T23:00:00Z" },
    false,
  ],
  [
    "a zone in winter",
    { time: { from: "08:00", to: "09:00", zone: "Europe/Berlin" } },
    { at: "2026-01-07T07:30:00Z" },
    true,
  ],
  [
    "the same zone in summer",
    { time: { from: "08:00", to: "09:00", zone: "Europe/Berlin" } },
    { at: "2026-07-08T07:30:00Z" },
    false,
  ],
  [
    "a zone that is a day ahead",
    { time: { days: "thu", zone: "Pacific/Kiritimati" } },
    { at: "2026-01-07T12:00:00Z" },
    true,
  ],
];

describe("what is known exactly", () => {
  it.each(rows)("%s", (_, match, example, holds) => {
    const matcher = matcherFrom(match);
    const context = contextFrom({ ...read, ...example });
    expect([matcher.may(context), matcher.must(context)]).toEqual([holds, holds]);
  });

  it.each([
    [{ time: { zone: "Mars/Olympus" } }],
    [{ time: { from: "24:00" } }],
    [{ time: { from: "8:00" } }],
    [{ role: "pupil" }],
    [{ tool: { door: "window" } }],
    [{ agent: [] }],
    [{}],
  ])("refuses %j", (match) => {
    expect(conditions.safeParse(match).success).toBe(false);
  });

  it("notes which facts were looked at", () => {
    const input = inputFrom({ ...read, alarms: "a" });
    const { view, seen } = observe(input.facts);
    const [context] = contextsOf(input, view);
    if (context === undefined) throw new Error("no effect");
    matcherFrom({ agent: "x" }).may(context);
    expect([...seen.keys()]).toEqual([]);
    matcherFrom({ alarm: "b", time: { days: "wed" } }).may(context);
    expect(Object.fromEntries(seen)).toEqual({ alarms: ["a"] });
    matcherFrom({ time: { days: "wed" } }).may(context);
    expect(Object.fromEntries(seen)).toEqual({ alarms: ["a"], nowMs: Date.UTC(2026, 0, 7, 12) });
  });
});
