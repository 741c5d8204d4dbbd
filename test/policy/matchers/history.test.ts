import { describe, expect, it } from "vitest";
import { conditions } from "../../../src/policy/matchers/index.ts";
import { askMatcher, type Certainly } from "../fixtures.ts";

type Row = readonly [name: string, after: readonly object[], example: object, certainly: Certainly];

const remove = { effect: "delete", path: "/w/a" };
const read = { effect: "read", path: "/w/a" };
const write = { effect: "write", path: "/w/x.sh" };
const run = { effect: "execute", program: "x.sh", code: "file", path: "/w/x.sh" };

const never: readonly Row[] = [
  ["nothing before", [], remove, "yes"],
  ["read before", [read], remove, "no"],
  ["read and it failed", [{ ...read, outcome: "failed" }], remove, "maybe"],
  ["read and not yet known", [{ ...read, outcome: "pending" }], remove, "maybe"],
  ["read was refused", [{ ...read, outcome: "refused" }], remove, "yes"],
  ["perhaps read", [{ ...read, certainty: "possible" }], remove, "maybe"],
  ["something like it read", [{ effect: "read", pattern: "/w/*" }], remove, "maybe"],
  ["something unknown read", [{ effect: "read", unresolved: "$x" }], remove, "maybe"],
  ["another one read", [{ effect: "read", path: "/w/b" }], remove, "yes"],
  ["read in the same call", [], { ...remove, with: [read] }, "yes"],
  ["its folder listed", [{ effect: "list", path: "/w" }], remove, "no"],
  ["the folder above listed", [{ effect: "list", path: "/" }], remove, "yes"],
  ["the tree above listed", [{ effect: "list", path: "/", recursive: true }], remove, "no"],
  [
    "a tree, its name listed",
    [{ effect: "list", path: "/w" }],
    { ...remove, recursive: true },
    "maybe",
  ],
  [
    "a tree that was made",
    [{ effect: "write", path: "/w/a", creates: true }],
    { ...remove, recursive: true },
    "no",
  ],
  ["an unresolved target", [read], { effect: "delete", unresolved: "$x" }, "maybe"],
  ["unresolved, nothing before", [], { effect: "delete", unresolved: "$x" }, "yes"],
  ["the source of a move", [read], { effect: "move", path: "/w/a", to: "/w/b" }, "no"],
  ["not its destination", [read], { effect: "move", path: "/w/b", to: "/w/a" }, "yes"],
  ["no path at all", [], { effect: "connect", host: "h" }, "no"],
];

const ever: readonly Row[] = [
  ["nothing before", [], run, "no"],
  ["written before", [write], run, "yes"],
  ["under way", [{ ...write, outcome: "pending" }], run, "maybe"],
  ["failed", [{ ...write, outcome: "failed" }], run, "maybe"],
  ["refused", [{ ...write, outcome: "refused" }], run, "no"],
  ["in the same call", [], { ...run, with: [write] }, "maybe"],
  ["moved there", [{ effect: "move", path: "/w/b", to: "/w/x.sh" }], run, "yes"],
  [
    "moved there in the same call",
    [],
    { ...run, with: [{ effect: "move", path: "/w/b", to: "/w/x.sh" }] },
    "maybe",
  ],
  ["another one written", [{ effect: "write", path: "/w/y.sh" }], run, "no"],
  ["anything written", [{ effect: "write", unresolved: "$x" }], run, "maybe"],
  [
    "in the folder of a project",
    [{ effect: "write", path: "/w/p/test/a.ts" }],
    { effect: "execute", program: "npm", code: "project", path: "/w/p" },
    "maybe",
  ],
  [
    "beside the project",
    [{ effect: "write", path: "/w/q/a.ts" }],
    { effect: "execute", program: "npm", code: "project", path: "/w/p" },
    "no",
  ],
];

describe("history", () => {
  it.each(never)("never: %s", (_, after, example, certainly) => {
    const match = { history: { never: ["read", "listed", "created"] } };
    expect(askMatcher(match, { ...example, after })).toBe(certainly);
  });

  it.each(ever)("ever: %s", (_, after, example, certainly) => {
    for (const history of [{ ever: "wrote" }, { stated: "wrote" }]) {
      expect(askMatcher({ history }, { ...example, after })).toBe(certainly);
    }
  });

  it("ever believes that an unknown effect wrote anything, stated does not", () => {
    const example = { ...run, after: [{ effect: "unknown" }] };
    expect(askMatcher({ history: { ever: "wrote" } }, example)).toBe("maybe");
    expect(askMatcher({ history: { stated: "wrote" } }, example)).toBe("no");
  });

  it("an effect is not its own past", () => {
    const twice = { ...remove, with: [{ effect: "write", path: "/w/b" }] };
    expect(askMatcher({ history: { ever: "deleted" } }, twice)).toBe("no");
    expect(askMatcher({ history: { ever: "deleted" } }, { ...remove, after: [remove] })).toBe(
      "yes",
    );
  });

  const limit = { effects: "delete", above: 5 };
  const counts: readonly (readonly [string, object, object, Certainly])[] = [
    ["the fifth", {}, { after: [{ ...remove, times: 4 }] }, "no"],
    ["the sixth", {}, { after: [{ ...remove, times: 5 }] }, "maybe"],
    ["five at once", {}, { times: 5 }, "no"],
    ["six at once", {}, { times: 6 }, "maybe"],
    ["five under way", {}, { after: [{ ...remove, times: 5, outcome: "pending" }] }, "maybe"],
    ["five that failed", {}, { after: [{ ...remove, times: 5, outcome: "failed" }] }, "maybe"],
    ["five that were refused", {}, { after: [{ ...remove, times: 5, outcome: "refused" }] }, "no"],
    ["other kinds", {}, { after: [{ ...read, times: 9 }] }, "no"],
    ["perhaps", {}, { after: [{ ...remove, times: 5, certainty: "possible" }] }, "maybe"],
    ["a pattern is one", {}, { effect: "delete", pattern: "/w/*", path: undefined }, "no"],
    ["in the window", { window: "10m" }, { after: [{ ...remove, times: 5, ago: "10m" }] }, "maybe"],
    [
      "before the window",
      { window: "10m" },
      { after: [{ ...remove, times: 5, ago: "11m" }] },
      "no",
    ],
  ];
  it.each(counts)("count: %s", (_, more, example, certainly) => {
    const trajectory = { history: { count: { ...limit, scope: "trajectory", ...more } } };
    const agent = { history: { count: { ...limit, scope: "agent", window: "24h", ...more } } };
    expect(askMatcher(trajectory, { ...remove, ...example })).toBe(certainly);
    expect(askMatcher(agent, { ...remove, ...example })).toBe(certainly);
  });

  it("counts without a window for ever", () => {
    const match = { history: { count: { ...limit, scope: "trajectory" } } };
    const after = [{ ...remove, times: 5, ago: "24h" }];
    expect(askMatcher(match, { ...remove, after })).toBe("maybe");
  });

  it.each([
    [{}],
    [{ never: [] }],
    [{ never: "looked" }],
    [{ count: { ...limit, scope: "agent" } }],
    [{ count: { ...limit, scope: "agent", window: "25h" } }],
    [{ count: { ...limit, scope: "trajectory", above: -1 } }],
    [{ count: { ...limit, scope: "trajectory", window: "0m" } }],
    [{ count: { ...limit, scope: "trajectory", window: 10 } }],
  ])("refuses %j", (history) => {
    expect(conditions.safeParse({ history }).success).toBe(false);
  });
});
