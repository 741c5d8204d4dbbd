import { describe, expect, it } from "vitest";
import { contextsOf } from "../../../src/policy/context.ts";
import { observe } from "../../../src/policy/facts.ts";
import { RuleFault } from "../../../src/policy/problem.ts";
import { askMatcher, type Certainly, inputFrom, matcherFrom } from "../fixtures.ts";

const remove = { effect: "delete", path: "/w/a.pem" };
const run = { effect: "execute", program: "git", words: ["push", "-f"] };

type Row = readonly [cel: string, example: object, certainly: Certainly];

const rows: readonly Row[] = [
  ["effect.kind == 'delete'", remove, "yes"],
  ["effect.path.endsWith('.pem')", remove, "yes"],
  ["effect.path.endsWith('.pem')", { effect: "delete", path: "/w/a" }, "no"],
  ["effect.path.endsWith('.pem')", { effect: "delete", pattern: "/w/*" }, "maybe"],
  ["effect.path.endsWith('.pem')", { effect: "delete", unresolved: "$x" }, "maybe"],
  ["effect.path.endsWith('.pem')", { effect: "delete", path: "/w", recursive: true }, "maybe"],
  ["effect.path.endsWith('.pem')", { effect: "connect", host: "h" }, "no"],
  ["effect.kind == 'delete'", { effect: "delete", unresolved: "$x" }, "yes"],
  ["effect == effect", { effect: "delete", unresolved: "$x" }, "maybe"],
  ["effect.destination == '/w/b'", { effect: "move", path: "/w/a", to: "/w/b" }, "yes"],
  ["effect.overwrites == 'yes'", { effect: "move", path: "/w/a", to: "/w/b" }, "maybe"],
  ["effect.change == '777'", { effect: "permission", path: "/w/a", change: "777" }, "yes"],
  ["effect.change == '777'", { effect: "permission", path: "/w/a" }, "maybe"],
  ["effect.words.exists(w, w == '-f')", run, "yes"],
  ["effect.words.exists(w, w == '-f')", { ...run, words: ["$x"] }, "maybe"],
  ["size(effect.words) > 1", run, "yes"],
  ["effect.host == 'h'", { effect: "connect", host: "$H" }, "maybe"],
  ["effect.recursive", remove, "no"],
  ["effect.words.exists(effect, effect == '-f')", run, "yes"],
  ["call.tool == 'example' && call.door == 'http' && call.upstream == 'local'", remove, "yes"],
  ["call.cwd.startsWith('/w')", remove, "yes"],
  ["agent.matches('^student-[0-9]+$')", { ...remove, agent: "student-12" }, "yes"],
  ["roles.exists(r, r.role == 'teacher')", { ...remove, role: "teacher" }, "yes"],
  ["task.class == 'safe' && task.condition == ''", { ...remove, task: "safe" }, "yes"],
  ["type(effect.path) == string", remove, "yes"],
  ["has(call.arguments.force)", remove, "no"],
];

function withArguments(cel: string, argument: object): boolean {
  const input = inputFrom(remove);
  const text = JSON.stringify({ ...input.call, arguments: argument });
  const call = { ...input.call, ...JSON.parse(text) };
  const [context] = contextsOf({ ...input, call }, observe(input.facts).view);
  if (context === undefined) throw new Error("no effect");
  return matcherFrom({ cel }).may(context);
}

describe("cel", () => {
  it.each(rows)("%s of %j is %s", (cel, example, certainly) => {
    expect(askMatcher({ cel }, example)).toBe(certainly);
  });

  it.each([
    ["call.arguments.force == true", { force: true }, true],
    ["call.arguments.depth > 3", { depth: 4 }, true],
    ["call.arguments.list[1].name == 'x'", { list: [1, { name: "x" }] }, true],
    ["'constructor' in call.arguments", { constructor: { name: "Object" } }, true],
    ["'constructor' in call.arguments", {}, false],
    ["has(call.arguments.toString)", {}, false],
    ["call.arguments.text.matches('^(a+)+$')", { text: `${"a".repeat(5_000)}!` }, false],
  ])("%s of the arguments %j", (cel, argument, holds) => {
    expect(withArguments(cel, argument)).toBe(holds);
  });

  it.each([
    ["call.arguments.force", { force: "yes" }],
    ["call.arguments.missing == 1", {}],
    ["call.arguments.text.matches('(')", { text: "x" }],
    ["frobnicate(call.tool)", {}],
    ["1 / 0 == 1", {}],
  ])("%s of %j has no value", (cel, argument) => {
    expect(() => withArguments(cel, argument)).toThrow(RuleFault);
  });

  it.each([
    ["effect.pth == 'x'", "`effect.pth` is not known"],
    ["trajectory.steps > 3", "`trajectory` is not known"],
    ["process.exit()", "`process` is not known"],
    ["[1].exists(x, y == 1)", "`y` is not known"],
    ["{'a': nowhere}['a']", "`nowhere` is not known"],
    ["effect.kind ==", "the expression is not valid CEL"],
  ])("refuses %s", (cel, message) => {
    expect(() => matcherFrom({ cel })).toThrow(message);
  });
});
