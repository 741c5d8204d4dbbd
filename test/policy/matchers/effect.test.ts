import { describe, expect, it } from "vitest";
import { effectKinds } from "../../../src/core/effect.ts";
import { conditions } from "../../../src/policy/matchers/index.ts";
import { askMatcher, type Certainly } from "../fixtures.ts";

const path = "/w/a";
const move = { effect: "move", path, to: "/w/b" };
const chmod = { effect: "permission", path, family: "chmod" };
const other = { effect: "connect", host: "h" };

type Row = readonly [name: string, match: unknown, example: object, certainly: Certainly];

const rows: readonly Row[] = [
  ["a kind", "delete", { effect: "delete", path }, "yes"],
  ["another kind", "delete", { effect: "read", path }, "no"],
  ["one of several kinds", ["read", "list"], { effect: "list", path }, "yes"],
  ["doubt is no other kind", "delete", { effect: "unknown" }, "no"],
  ["doubt is a kind", "unknown", { effect: "unknown" }, "yes"],

  ["certain", { certainty: "certain" }, { effect: "delete", path }, "yes"],
  ["possible", { certainty: "certain" }, { effect: "delete", path, certainty: "possible" }, "no"],
  ["by which part", { via: "find*" }, { effect: "delete", path, via: "find -delete" }, "yes"],
  ["by another part", { via: "find*" }, { effect: "delete", path, via: "rm" }, "no"],
  ["beside", { kind: "unknown", beside: "connect" }, { effect: "unknown", with: [other] }, "maybe"],
  ["alone", { kind: "unknown", beside: "connect" }, { effect: "unknown" }, "no"],
  ["not beside itself", { kind: "connect", beside: "connect" }, other, "no"],
  ["beside its like", { kind: "connect", beside: "connect" }, { ...other, with: [other] }, "maybe"],

  ["the form", { form: "pattern" }, { effect: "delete", pattern: "/w/*" }, "yes"],
  ["another form", { form: ["pattern", "unresolved"] }, { effect: "delete", path }, "no"],
  [
    "a form of programs",
    { kind: "execute", form: "resolved" },
    { effect: "execute", program: "x" },
    "no",
  ],
  ["recursive", { recursive: true }, { effect: "delete", path, recursive: true }, "yes"],
  ["not recursive", { recursive: false }, { effect: "delete", path }, "yes"],
  ["nothing that could be recursive", { recursive: false }, other, "no"],

  ["a listing of modes", { permissions: true }, { effect: "list", path, permissions: true }, "yes"],
  ["a listing of names", { permissions: true }, { effect: "list", path }, "no"],
  ["something new", { creates: true }, { effect: "write", path, creates: true }, "yes"],
  ["overwrites", { overwrites: true }, { ...move, overwrites: "yes" }, "yes"],
  ["may overwrite", { overwrites: true }, move, "maybe"],
  ["may not overwrite", { overwrites: false }, move, "maybe"],
  ["does not overwrite", { overwrites: true }, { ...move, overwrites: "no" }, "no"],

  ["a family", { family: ["chown", "chgrp"] }, { ...chmod, family: "chgrp" }, "yes"],
  ["incidental", { incidental: false }, { ...chmod, incidental: true }, "no"],
  ["a grant", { grants: "world_write" }, { ...chmod, change: "777" }, "yes"],
  ["another grant", { grants: "setuid" }, { ...chmod, change: "777" }, "no"],
  ["an unknown change", { grants: "setuid" }, chmod, "maybe"],
  ["an owner grants nothing", { grants: "setuid" }, { ...chmod, family: "chown" }, "no"],

  ["code", { code: "file" }, { effect: "execute", program: "x", code: "file" }, "yes"],
  ["looks only", { inspects: true }, { effect: "execute", program: "ls", inspects: true }, "yes"],
  ["why", { why: "*script*" }, { effect: "unknown", why: "the script x is not seen" }, "yes"],
];

describe("effect", () => {
  it.each(rows)("%s", (_, match, example, certainly) => {
    expect(askMatcher({ effect: match }, example)).toBe(certainly);
  });

  it.each([
    ["delete", ["delete"]],
    [{ family: "chmod" }, ["permission"]],
    [{ overwrites: true, recursive: true }, ["move"]],
    [{ certainty: "certain" }, effectKinds],
  ])("%j can match %j only", (match, kinds) => {
    expect(conditions.parse({ effect: match }).effect?.kinds).toEqual(kinds);
  });

  it.each([[{ kind: "delete", family: "chmod" }], [{ creates: true, overwrites: true }]])(
    "refuses %j, which no effect can be",
    (match) => {
      expect(conditions.safeParse({ effect: match }).success).toBe(false);
    },
  );
});
