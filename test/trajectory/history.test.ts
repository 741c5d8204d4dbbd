import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Effect, Target } from "../../src/core/effect.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { matchesGlob, parseGlob } from "../../src/core/target.ts";
import { emptyState } from "../../src/trajectory/draft.ts";
import { fold, inheritLimits } from "../../src/trajectory/fold.ts";
import {
  countIntents,
  mayHave,
  mayHaveAny,
  mayTouch,
  mustHave,
  ownTouches,
  type Touch,
} from "../../src/trajectory/history.ts";
import type { TrajectoryState } from "../../src/trajectory/state.ts";
import { touchLimits } from "../../src/trajectory/touch-table.ts";
import {
  cancelled,
  differs,
  expired,
  failed,
  intent,
  key,
  list,
  move,
  opened,
  outcome,
  permission,
  possible,
  read,
  refused,
  remove,
  success,
  target,
  toolFailed,
  truncate,
  unknown,
  unknownOutcome,
  unobserved,
  write,
} from "./records.ts";

/** One call for each list of effects, with this outcome; `pending`: none yet. */
function having(calls: readonly (readonly Effect[])[], result: Outcome | "pending" = success) {
  let state = fold(emptyState(key), opened());
  for (const [i, effects] of calls.entries()) {
    state = fold(state, intent({ step: i + 1, effects }));
    if (result !== "pending") state = fold(state, outcome(i + 1, result));
  }
  return state;
}

/** As `target`; a trailing slash asks for everything below as well. */
function asked(path: string): [target: Target, recursive: boolean] {
  const recursive = path.length > 1 && path.endsWith("/");
  return [target(recursive ? path.slice(0, -1) : path), recursive];
}

const must = (state: TrajectoryState, touch: Touch, path: string) =>
  mustHave(state, [touch], ...asked(path));
const may = (state: TrajectoryState, touch: Touch, path: string) =>
  mayHave(state, [touch], ...asked(path));

describe("after a call that succeeded", () => {
  const rows: readonly [done: Effect, touch: Touch, path: string, must: boolean, may: boolean][] = [
    [read("/w/a"), "read", "/w/a", true, true],
    [read("/w/a"), "read", "/w/b", false, false],
    [read("/w/a"), "listed", "/w/a", false, false],
    [read("/w/a"), "read", "/w/a/b", false, false],
    [read("/w/a"), "read", "/w", false, false],
    // What was read as a file has nothing below it; what else was touched may be a folder.
    [read("/w/a"), "read", "/w/a/", true, true],
    [write("/w/a"), "wrote", "/w/a/", false, true],
    [list("/w/a"), "listed", "/w/a/", false, true],
    [read("/w/a"), "read", "/w/", false, true],
    [read("/w/a"), "read", "/w/*", false, true],
    [read("/w/a"), "read", "/x/*", false, false],
    [read("/w/a"), "read", "$X", false, true],
    [read("/w/"), "read", "/w/a/b", true, true],
    [read("/w/"), "read", "/w/a/", true, true],
    [read("/w/"), "read", "/w/", true, true],
    [read("/w/"), "read", "/", false, false],
    [read("/w/"), "read", "/wx", false, false],
    [read("/w/"), "read", "/w/*.log", true, true],
    [read("/w/"), "read", "/w/**/x", true, true],
    [read("/w/"), "read", "/*", false, true],
    [read("/w/*"), "read", "/w/a", false, true],
    [read("/w/*.c"), "read", "/w/a.o", false, false],
    [read("/w/*"), "read", "/w/*", false, true],
    [read("/w/*"), "read", "/w/", false, true],
    [read("$X"), "read", "/w/a", false, true],
    [possible(read("/w/a")), "read", "/w/a", false, true],
    // A folder that was listed stands for its direct children.
    [list("/w"), "listed", "/w/a", true, true],
    [list("/w"), "listed", "/w", true, true],
    [list("/w"), "listed", "/w/a/b", false, false],
    [list("/w"), "listed", "/w/*.log", true, true],
    [list("/w"), "listed", "/w/*/b", false, false],
    [list("/w"), "listed", "/w/**/b", false, true],
    [list("/w"), "listed", "/w/a/", false, true],
    [list("/w"), "read", "/w/a", false, false],
    [list("/"), "listed", "/a", true, true],
    [list("/"), "listed", "/*", true, true],
    [list("/w/"), "listed", "/w/a/b", true, true],
    [list("/w/*"), "listed", "/w/d/x", false, true],
    // A pattern that is also `..` in some shells may be anything.
    [list("/w"), "listed", "/w/.*", false, true],
    // Permissions are seen in a long listing only.
    [list("/w"), "permissions_seen", "/w/a", false, false],
    [list("/w", true), "permissions_seen", "/w/a", true, true],
    [list("/w/a", true), "permissions_seen", "/w/a", true, true],
    [list("/w/a", true), "listed", "/w/a", true, true],
    [write("/w/a"), "wrote", "/w/a", true, true],
    [write("/w/a"), "created", "/w/a", false, false],
    [write("/w/a", true), "created", "/w/a", true, true],
    [write("/w/a", true), "wrote", "/w/a", true, true],
    // A folder that is new has nothing in it that was not put there since.
    [write("/w/d", true), "created", "/w/d/x", true, true],
    [write("/w/d", true), "created", "/w/d/", true, true],
    [write("/w/d", true), "created", "/w/d/*", true, true],
    [write("/w/d", true), "wrote", "/w/d/x", false, false],
    [write("/w/d", true), "created", "/w/", false, true],
    [truncate("/w/a"), "wrote", "/w/a", true, true],
    [remove("/w/a"), "deleted", "/w/a", true, true],
    [remove("/w/"), "deleted", "/w/a/b", true, true],
    [remove("/w/*.o"), "deleted", "/w/a.o", false, true],
    [move("/w/a", "/w/b"), "deleted", "/w/a", true, true],
    [move("/w/a", "/w/b"), "wrote", "/w/b", true, true],
    // A folder may be moved to a new name, and what is in it is old all the same.
    [move("/w/a", "/w/b", "no"), "created", "/w/b", false, false],
    [permission("chmod"), "wrote", "/w/a", false, false],
    [unknown, "deleted", "/w/a", false, true],
  ];
  it.each(rows)("%j: %s %s: must %s, may %s", (effect, touch, path, isCertain, isPossible) => {
    const state = having([[effect]]);
    expect([must(state, touch, path), may(state, touch, path)]).toEqual([isCertain, isPossible]);
  });
});

describe("a folder that is new", () => {
  const mkdir = write("/w/d", true);
  const rows: readonly [name: string, calls: readonly (readonly Effect[])[], created: boolean][] = [
    ["holds nothing old", [[mkdir]], true],
    ["holds something old after a move into it", [[mkdir], [move("/w/src", "/w/d/src")]], false],
    ["also in the same call", [[mkdir, move("/w/src", "/w/d/src")]], false],
    ["also if the move came first", [[move("/w/src", "/w/d/src")], [mkdir]], false],
    ["also if it may have been the target of the move", [[mkdir], [move("/w/src", "/w/d")]], false],
    ["also after a move to who knows where", [[mkdir], [move("/w/src", "$X")]], false],
    [
      "also after a move that was only possible",
      [[mkdir], [possible(move("/w/a", "/w/d/a"))]],
      false,
    ],
    ["holds nothing old after a move elsewhere", [[mkdir], [move("/w/src", "/w/e")]], true],
    ["holds nothing old after a move out of it", [[mkdir], [move("/w/d/a", "/w/a")]], true],
    ["is believed in beside unknown effects", [[mkdir], [unknown]], true],
  ];
  it.each(rows)("%s", (_, calls, isCreated) => {
    expect(must(having(calls), "created", "/w/d/")).toBe(isCreated);
  });
  it("may be deleted in parts that nothing was moved to", () => {
    const state = having([[mkdir], [move("/w/src", "/w/d/src")]]);
    expect(must(state, "created", "/w/d/new")).toBe(true);
    expect(must(state, "created", "/w/d/src/lib")).toBe(false);
  });
  it("keeps other beliefs in what was moved there", () => {
    const state = having([[mkdir], [move("/w/src", "/w/d/src")], [list("/w/d/")]]);
    expect(mustHave(state, ["created", "listed"], ...asked("/w/d/"))).toBe(true);
  });
});

describe("what came of the call", () => {
  const rows: readonly [name: string, outcome: Outcome | "pending", must: boolean, may: boolean][] =
    [
      ["pending", "pending", false, true],
      ["succeeded", success, true, true],
      ["the tool failed", toolFailed, false, true],
      ["failed", failed, false, true],
      ["another input was carried out", differs, false, true],
      ["unobserved", unobserved, false, true],
      ["unknown", unknownOutcome, false, true],
      ["cancelled after dispatch", cancelled(true), false, true],
    ];
  it.each(rows)("%s: must %4$s, may %5$s", (_, result, isCertain, isPossible) => {
    const state = having([[remove("/w/a")]], result);
    expect(must(state, "deleted", "/w/a")).toBe(isCertain);
    expect(may(state, "deleted", "/w/a")).toBe(isPossible);
    expect(mayHaveAny(state, ["deleted"])).toBe(isPossible);
    expect(countIntents(state, ["delete"], 0)).toBe(1);
  });

  const waiting: readonly [name: string, outcome: Outcome | "pending", counts: boolean][] = [
    ["waits for a person", "pending", true],
    ["was refused", refused, false],
    ["expired", expired, false],
    ["was given up", cancelled(false), false],
    ["was carried out by its door all the same", success, true],
  ];
  it.each(waiting)("a call that was not dispatched and %s", (_, result, counts) => {
    let state = fold(emptyState(key), opened());
    state = fold(state, intent({ effects: [remove("/w/a")], verdict: "ask" }));
    if (result !== "pending") state = fold(state, outcome(1, result));
    expect(may(state, "deleted", "/w/a")).toBe(counts);
    expect(mayHaveAny(state, ["deleted"])).toBe(counts);
    expect(countIntents(state, ["delete"], 0)).toBe(counts ? 1 : 0);
  });

  it("a refusal takes nothing away from the steps that still wait", () => {
    let state = fold(emptyState(key), opened());
    state = fold(state, intent({ step: 1, effects: [remove("/w/a")], verdict: "ask" }));
    state = fold(state, intent({ step: 2, effects: [remove("/w/a")], verdict: "ask" }));
    state = fold(state, outcome(1, refused));
    expect(may(state, "deleted", "/w/a")).toBe(true);
    state = fold(state, outcome(2, refused));
    expect(may(state, "deleted", "/w/a")).toBe(false);
  });

  it("a late outcome supersedes an unknown one, once", () => {
    let state = having([[read("/w/a")]], unknownOutcome);
    state = fold(state, outcome(1, success));
    expect(must(state, "read", "/w/a")).toBe(true);
    expect(countIntents(state, ["read"], 0)).toBe(1);
    state = fold(state, outcome(1, failed));
    expect(must(state, "read", "/w/a")).toBe(true);
  });
});

describe("an unknown effect", () => {
  const state = having([[unknown, remove("/w/a")]]);
  const rows: readonly [path: string, may: boolean, said: boolean][] = [
    ["/w/a", true, true],
    ["/w/b", true, false],
    ["/w/*", true, true],
    ["/x/*", true, false],
    ["$X", true, true],
  ];
  it.each(rows)("may have deleted %s: %s, by what was said: %s", (path, isPossible, isSaid) => {
    const on = target(path);
    expect(mayHave(state, ["deleted"], on, false)).toBe(isPossible);
    expect(mayHave(state, ["deleted"], on, false, true)).toBe(isSaid);
    expect(mayTouch(ownTouches([unknown, remove("/w/a")]), ["deleted"], on)).toBe(isSaid);
  });
  it("alone says nothing at all", () => {
    const alone = having([[unknown]]);
    expect(mayHave(alone, ["wrote"], target("$X"), false, true)).toBe(false);
    expect(mayHave(alone, ["wrote"], target("$X"))).toBe(true);
    expect(mayHaveAny(alone, ["wrote"])).toBe(true);
  });
});

describe("several touches", () => {
  it("are taken as one or another", () => {
    const state = having([[list("/w"), read("/w/a")]]);
    expect(mustHave(state, ["read", "listed"], target("/w/b"))).toBe(true);
    expect(mustHave(state, ["read", "wrote"], target("/w/b"))).toBe(false);
    expect(mayHave(state, ["deleted", "wrote"], target("/w/a"))).toBe(false);
    expect(mayHaveAny(state, ["deleted", "read"])).toBe(true);
  });
});

describe("bounds", () => {
  const many = Array.from({ length: touchLimits.maxPaths + 1 }, (_, i) => [read(`/w/${i}`)]);

  it("beyond the paths that are kept, limits match and permissions do not", () => {
    const state = having(many);
    expect(may(state, "read", "/x")).toBe(true);
    expect(may(state, "deleted", "/x")).toBe(false);
    expect(must(state, "read", "/w/0")).toBe(true);
    expect(must(state, "read", `/w/${touchLimits.maxPaths}`)).toBe(false);
  });
  it("a path that is too long is in doubt", () => {
    const long = `/${"a".repeat(touchLimits.maxPathLength)}`;
    const state = having([[read(long)]]);
    expect(must(state, "read", long)).toBe(false);
    expect(may(state, "read", "/x")).toBe(true);
    expect(may(having([[read("/w/a")]]), "read", long)).toBe(true);
  });
  it("a path that is too deep is in doubt", () => {
    const deep = "/a".repeat(touchLimits.maxDepth + 2);
    const state = having([[read("/a/")]]);
    expect(must(state, "read", deep)).toBe(false);
    expect(may(state, "read", deep)).toBe(true);
  });
  it("beyond the patterns that are kept, limits match", () => {
    const patterns = Array.from({ length: touchLimits.maxPatterns + 1 }, (_, i) => [
      remove(`/w/${i}/*`),
    ]);
    expect(may(having(patterns.slice(1)), "deleted", "/x")).toBe(false);
    expect(may(having(patterns), "deleted", "/x")).toBe(true);
  });
  it("beyond the characters that are kept, limits match", () => {
    const long = "b".repeat(4_000);
    const paths = Array.from({ length: 70 }, (_, i) => [remove(`/w/${i}${long}`)]);
    expect(may(having(paths.slice(10)), "deleted", "/x")).toBe(false);
    expect(may(having(paths), "deleted", "/x")).toBe(true);
  });
  it("a question that is too much work is answered with maybe", () => {
    const state = having(many.slice(0, 4_000));
    expect(may(state, "read", "/w/*a*a*a*a*a*a*a*a*a*a*")).toBe(true);
    expect(may(state, "read", "/w/*a*a*a*a*b")).toBe(false);
    expect(may(state, "read", "/v/*a*a*a*a*a*a*a*a*a*a*")).toBe(false);
  });
});

describe("countIntents", () => {
  const state = () => {
    let folded = fold(emptyState(key), opened());
    folded = fold(
      folded,
      intent({ step: 1, at: 2_000, effects: [remove("/w/a"), remove("/w/b")] }),
    );
    folded = fold(folded, outcome(1));
    folded = fold(folded, intent({ step: 2, at: 3_000, effects: [remove("/w/c"), read("/w/d")] }));
    folded = fold(
      folded,
      intent({ step: 3, at: 4_000, effects: [remove("/w/e")], verdict: "ask" }),
    );
    return folded;
  };
  const rows: readonly [kinds: readonly Effect["kind"][], sinceMs: number, count: number][] = [
    [["delete"], Number.NEGATIVE_INFINITY, 4],
    [["delete"], 2_000, 4],
    [["delete"], 2_001, 2],
    [["delete"], 3_000, 2],
    [["delete"], 3_001, 1],
    [["delete"], 4_000, 1],
    [["delete"], 4_001, 0],
    [["read"], 0, 1],
    [["delete", "read"], 0, 5],
    [["write"], 0, 0],
    [[], 0, 0],
  ];
  it.each(rows)("%j since %d: %d", (kinds, sinceMs, count) => {
    expect(countIntents(state(), kinds, sinceMs)).toBe(count);
  });
});

describe("a trajectory that continues another", () => {
  function predecessor() {
    let state = having([[read("/w/a"), remove("/w/b")]]);
    state = fold(state, intent({ step: 2, effects: [remove("/w/c")], verdict: "ask" }));
    return state;
  }
  it("inherits limits and no permissions", () => {
    const state = inheritLimits(predecessor());
    expect(state.key).toEqual({ ...key, generation: 2 });
    expect(must(state, "read", "/w/a")).toBe(false);
    expect(may(state, "deleted", "/w/b")).toBe(true);
    expect(may(state, "deleted", "/w/c")).toBe(true);
    expect(countIntents(state, ["delete"], 0)).toBe(2);
  });
  it("keeps them when it is opened, and shares nothing with its predecessor", () => {
    const before = predecessor();
    let state = fold(inheritLimits(before), opened({ continues: true }));
    state = fold(state, intent({ effects: [remove("/w/d")] }));
    expect(may(state, "deleted", "/x")).toBe(false);
    expect(countIntents(state, ["delete"], 0)).toBe(3);
    expect(may(before, "deleted", "/w/d")).toBe(false);
    expect(countIntents(before, ["delete"], 0)).toBe(2);
  });
  it("matches every limit where its predecessor was not asked", () => {
    const state = fold(emptyState({ ...key, generation: 2 }), opened({ continues: true }));
    expect(may(state, "deleted", "/w/b")).toBe(true);
    expect(mayHaveAny(state, ["wrote"])).toBe(true);
    expect(countIntents(state, ["delete"], 0)).toBe(Number.POSITIVE_INFINITY);
    expect(must(state, "read", "/w/a")).toBe(false);
  });
});

// Against a model that has nothing but sets of paths of a small world.

const names = ["a", "b"];
const world = [
  "/",
  ...names.map((n) => `/${n}`),
  ...names.flatMap((n) => names.map((m) => `/${n}/${m}`)),
  ...names.flatMap((n) => names.flatMap((m) => names.map((l) => `/${n}/${m}/${l}`))),
];

const isBelow = (path: string, folder: string) =>
  path !== folder && path.startsWith(folder === "/" ? "/" : `${folder}/`);
const parentOf = (path: string) => path.slice(0, path.lastIndexOf("/")) || "/";

function members({ form, path }: Target, recursive: boolean): readonly string[] {
  if (form === "unresolved") return world;
  const glob = parseGlob(path);
  const own = world.filter((one) => (form === "pattern" ? matchesGlob(one, glob) : one === path));
  return recursive ? world.filter((p) => own.includes(p) || own.some((o) => isBelow(p, o))) : own;
}

type OnPath = Extract<Effect, { kind: "read" | "list" | "write" | "delete" }>;

/** What the effect may have done, by the definitions in `history.ts`. */
function touchesOf(effect: OnPath, path: string): readonly Touch[] {
  const reach = members(effect.target, effect.recursive);
  const isIn = reach.includes(path);
  switch (effect.kind) {
    case "read":
      return isIn ? ["read"] : [];
    case "list": {
      const isChild = path !== "/" && reach.includes(parentOf(path));
      if (!isIn && !isChild) return [];
      return effect.permissions ? ["listed", "permissions_seen"] : ["listed"];
    }
    case "write": {
      const isNew = effect.creates && (isIn || reach.some((folder) => isBelow(path, folder)));
      return [...(isIn ? (["wrote"] as const) : []), ...(isNew ? (["created"] as const) : [])];
    }
    case "delete":
      return isIn ? ["deleted"] : [];
  }
}

const patterns = ["/*", "/a/*", "/*/a", "/**/b", "/a/**", "/a/?/b"];
const targets: fc.Arbitrary<Target> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(...world).map((path) => ({ form: "resolved", path }) as const),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...patterns).map((path) => ({ form: "pattern", path }) as const),
  },
  { weight: 1, arbitrary: fc.constant({ form: "unresolved", path: "$X" } as const) },
);
const effects: fc.Arbitrary<OnPath> = fc
  .record({
    kind: fc.constantFrom("read" as const, "list" as const, "write" as const, "delete" as const),
    target: targets,
    recursive: fc.boolean(),
    flag: fc.boolean(),
    certainty: fc.constantFrom("certain" as const, "possible" as const),
  })
  .map(({ kind, flag, ...rest }) => {
    const common = { ...rest, via: "test" };
    if (kind === "list") return { kind, permissions: flag, ...common };
    if (kind === "write") return { kind, creates: flag, ...common };
    return { kind, ...common };
  });
const outcomes = fc.constantFrom(success, toolFailed, refused, unobserved, "pending" as const);
const steps = fc.array(fc.tuple(fc.array(effects, { minLength: 1, maxLength: 3 }), outcomes), {
  maxLength: 5,
});
const questions = fc.record({
  touch: fc.constantFrom<Touch>(
    "read",
    "listed",
    "wrote",
    "created",
    "deleted",
    "permissions_seen",
  ),
  target: targets,
  recursive: fc.boolean(),
});

type Steps = readonly (readonly [readonly OnPath[], Outcome | "pending"])[];

function folded(list: Steps): TrajectoryState {
  let state = fold(emptyState(key), opened());
  for (const [i, [own, result]] of list.entries()) {
    const verdict = result === refused ? "deny" : "allow";
    state = fold(state, intent({ step: i + 1, effects: own, verdict }));
    if (result !== "pending") state = fold(state, outcome(i + 1, result));
  }
  return state;
}

const effectsWith = (list: Steps, wanted: (result: Outcome | "pending") => boolean) =>
  list.filter(([, result]) => wanted(result)).flatMap(([own]) => own);

describe("against sets of paths", () => {
  it("may misses nothing", () => {
    fc.assert(
      fc.property(steps, questions, (list, { touch, target: on, recursive }) => {
        const happened = effectsWith(list, (result) => result !== refused);
        const isTouched = members(on, recursive).some((path) =>
          happened.some((effect) => touchesOf(effect, path).includes(touch)),
        );
        if (isTouched) expect(mayHave(folded(list), [touch], on, recursive)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it("may is exact where every path is known", () => {
    fc.assert(
      fc.property(steps, questions, (list, { touch, target: on, recursive }) => {
        const happened = effectsWith(list, (result) => result !== refused);
        fc.pre(happened.every((effect) => effect.target.form === "resolved"));
        fc.pre(on.form === "resolved" && !recursive);
        const isTouched = happened.some((effect) => touchesOf(effect, on.path).includes(touch));
        expect(mayHave(folded(list), [touch], on)).toBe(isTouched);
      }),
      { numRuns: 1_000 },
    );
  });

  it("must believes only what certainly was", () => {
    fc.assert(
      fc.property(steps, questions, (list, { touch, target: on, recursive }) => {
        if (!mustHave(folded(list), [touch], on, recursive)) return;
        expect(on.form).not.toBe("unresolved");
        const done = effectsWith(list, (result) => result === success).filter(
          (effect) => effect.certainty === "certain" && effect.target.form === "resolved",
        );
        const wasReadAsFile =
          touch === "read" && done.some((e) => e.kind === "read" && e.target.path === on.path);
        if (wasReadAsFile) return;
        for (const path of members(on, recursive)) {
          expect(done.some((effect) => touchesOf(effect, path).includes(touch))).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("must implies may", () => {
    fc.assert(
      fc.property(steps, questions, (list, { touch, target: on, recursive }) => {
        const state = folded(list);
        if (mustHave(state, [touch], on, recursive)) {
          expect(mayHave(state, [touch], on, recursive)).toBe(true);
          expect(mayHaveAny(state, [touch])).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
