// Matchers on programs and hosts, whose text may be an expansion.

import { describe, expect, it } from "vitest";
import { askMatcher, type Certainly } from "../fixtures.ts";

type Row = readonly [name: string, match: object, example: object, certainly: Certainly];

const git = (...words: string[]) => ({ effect: "execute", program: "git", words });
const connect = (host: string) => ({ effect: "connect", host });
const force = { name: "git", words: ["push", "--force*"] };

const rows: readonly Row[] = [
  ["a name", { program: "git" }, git(), "yes"],
  ["a folder before it", { program: "git" }, { effect: "execute", program: "/usr/bin/git" }, "yes"],
  ["a name that begins alike", { program: "git" }, { effect: "execute", program: "gitk" }, "no"],
  ["any of some names", { program: ["terraform", "git*"] }, git(), "yes"],
  ["all words", { program: force }, git("push", "--force-with-lease"), "yes"],
  ["in any order", { program: force }, git("--force", "push"), "yes"],
  ["a word is missing", { program: force }, git("push"), "no"],
  ["an expansion may be the word", { program: force }, git("push", "$FLAGS"), "maybe"],
  ["so may a substitution", { program: force }, git("`cat x`"), "maybe"],
  [
    "but not the name",
    { program: force },
    { effect: "execute", program: "ls", words: ["$x"] },
    "no",
  ],
  ["words of any program", { program: { words: "--force" } }, git("--force"), "yes"],
  ["no program", { program: "*" }, { effect: "read", path: "/a" }, "no"],

  ["a host", { host: "example.org" }, connect("example.org"), "yes"],
  ["its case", { host: "Example.org" }, connect("EXAMPLE.ORG"), "yes"],
  ["its port", { host: "example.org" }, connect("example.org:8443"), "yes"],
  ["the dot of the root", { host: "example.org" }, connect("example.org."), "yes"],
  ["a host below", { host: "*.example.org" }, connect("a.example.org"), "yes"],
  ["that is not above", { host: "*.example.org" }, connect("example.org"), "no"],
  ["a name that ends alike", { host: "example.org" }, connect("notexample.org"), "no"],
  ["an address", { host: "127.0.0.*" }, connect("127.0.0.1:80"), "yes"],
  ["an IPv6 address", { host: "::1" }, connect("[::1]:80"), "yes"],
  ["without brackets", { host: "::1" }, connect("::1"), "yes"],
  ["an expansion", { host: "example.org" }, connect("$HOST"), "maybe"],
  ["part of a host", { host: "example.org" }, connect("$SUB.example.com"), "maybe"],
  ["a name of the config", { host: "example.org" }, connect("remote origin"), "maybe"],
  ["no connection", { host: "*" }, { effect: "read", path: "/a" }, "no"],
];

describe("program and host", () => {
  it.each(rows)("%s", (_, match, example, certainly) => {
    expect(askMatcher(match, example)).toBe(certainly);
  });
});
