import { describe, expect, it } from "vitest";
import type { Verdict } from "../../src/core/decision.ts";
import { createPolicy } from "../../src/policy/decide.ts";
import { protectedPathRules } from "../../src/policy/protected.ts";
import { allAllowed, inputFrom } from "./fixtures.ts";

const builtIn = protectedPathRules({
  guarded: ["/d/.proctor", "/d/proctor.yaml", "/caf\u00e9/x"],
  secret: ["/d/.proctor/admin.token", "/d/.proctor/db"],
});
const parts = { digest: "d", defaults: allAllowed, rules: [], builtIn } as const;

function judge(example: object, mode: "enforce" | "dry-run" = "enforce"): string {
  const { verdict, matches } = createPolicy({ ...parts, mode }).decide(inputFrom(example));
  const [first] = matches.filter(({ rule }) => rule.startsWith("builtin:"));
  return first === undefined ? verdict : `${verdict} ${first.rule.slice("builtin:".length)}`;
}

const changed: readonly [name: string, target: object, said: string][] = [
  ["the file", { path: "/d/proctor.yaml" }, "deny protected_path"],
  ["in the folder", { path: "/d/.proctor/x/y" }, "deny protected_path"],
  ["a secret", { path: "/d/.proctor/db" }, "deny protected_path"],
  ["a file beside it", { path: "/d/proctor.yaml.bak" }, "allow"],
  ["a folder beside it", { path: "/d/.proctor2/x" }, "allow"],
  ["the folder above alone", { path: "/d" }, "allow"],
  ["the tree above", { path: "/d", recursive: true }, "deny protected_path"],
  ["every tree", { path: "/", recursive: true }, "deny protected_path"],
  ["a tree beside it", { path: "/e", recursive: true }, "allow"],
  ["letter case", { path: "/D/.Proctor/x" }, "deny protected_path"],
  ["the other form of an accent", { path: "/cafe\u0301/x" }, "deny protected_path"],
  ["a pattern that fits", { pattern: "/d/*.yaml" }, "deny protected_path"],
  ["in capitals", { pattern: "/D/*.YAML" }, "deny protected_path"],
  ["a pattern in the folder", { pattern: "/d/.proctor/*" }, "deny protected_path"],
  ["a pattern of the folder above", { pattern: "/d/*", recursive: true }, "deny protected_path"],
  ["a pattern beside it", { pattern: "/e/*", recursive: true }, "allow"],
  ["a pattern that may climb", { pattern: "/e/.*" }, "ask protected_path_in_doubt"],
  ["anything", { unresolved: '"$x"' }, "ask protected_path_in_doubt"],
  ["confined elsewhere", { unresolved: "$x", confined: "/w" }, "allow"],
  ["confined around it", { unresolved: "$x", confined: "/d" }, "ask protected_path_in_doubt"],
  [
    "confined within it",
    { unresolved: "$x", confined: "/d/.proctor/w" },
    "ask protected_path_in_doubt",
  ],
  [
    "confined, and said all the same",
    { path: "/d/.proctor/x", confined: "/w" },
    "deny protected_path",
  ],
  [
    "another name of the root",
    { path: "/proc/self/root/d/.proctor/x" },
    "ask protected_path_in_doubt",
  ],
  ["a folder of another process", { path: "/proc/12/task/12/cwd" }, "ask protected_path_in_doubt"],
  ["an open folder", { path: "/proc/self/fd/7/x" }, "ask protected_path_in_doubt"],
  ["the same", { path: "/dev/fd/7/x" }, "ask protected_path_in_doubt"],
  ["an open file", { path: "/dev/fd/7" }, "allow"],
  ["a setting of the kernel", { path: "/proc/sys/x" }, "allow"],
  ["a pattern there", { pattern: "/proc/*/root/d" }, "ask protected_path_in_doubt"],
];

describe("protected paths", () => {
  describe.each(["write", "truncate", "delete", "permission"])("%s", (effect) => {
    it.each(changed)("%s", (_, target, said) => {
      expect(judge({ effect, ...target })).toBe(said);
    });
  });

  it.each([
    ["from it", { path: "/d/.proctor/x", to: "/w/x" }, "deny protected_path"],
    ["to it", { path: "/w/x", to: "/d/proctor.yaml" }, "deny protected_path"],
    [
      "the folder above, said to be recursive or not",
      { path: "/d", to: "/w/d" },
      "deny protected_path",
    ],
    ["elsewhere", { path: "/w/a", to: "/w/b" }, "allow"],
    ["from anywhere", { unresolved: "$x", to: "/w/b" }, "ask protected_path_in_doubt"],
  ])("move %s", (_, example, said) => {
    expect(judge({ effect: "move", ...example })).toBe(said);
  });

  it.each([
    ["a token", { path: "/d/.proctor/admin.token" }, "deny secret_path"],
    ["the database", { path: "/d/.proctor/db" }, "deny secret_path"],
    ["what is no secret", { path: "/d/proctor.yaml" }, "allow"],
    ["a tree above", { path: "/d", recursive: true }, "deny secret_path"],
    ["a pattern", { pattern: "/d/.proctor/*.token" }, "deny secret_path"],
    ["anything", { unresolved: "$x" }, "ask secret_path_in_doubt"],
    ["anything confined", { unresolved: "$x", confined: "/w" }, "allow"],
    ["by another name", { path: "/proc/self/cwd/admin.token" }, "ask secret_path_in_doubt"],
  ])("read %s", (_, target, said) => {
    expect(judge({ effect: "read", ...target })).toBe(said);
  });

  it.each([
    ["a token", { path: "/d/.proctor/admin.token" }, "deny secret_path"],
    ["names from above", { path: "/d", recursive: true }, "allow"],
    ["the folder", { path: "/d/.proctor" }, "allow"],
    ["anything", { unresolved: "$x" }, "allow"],
  ])("list %s", (_, target, said) => {
    expect(judge({ effect: "list", ...target })).toBe(said);
  });

  it.each([
    ["in it", { path: "/d/.proctor" }, "deny protected_path"],
    ["a tree above", { path: "/d", recursive: true }, "deny protected_path"],
    ["a remote", { unresolved: "remote origin main" }, "allow"],
  ])("discard %s", (_, target, said) => {
    expect(judge({ effect: "discard", ...target })).toBe(said);
  });

  it("holds in a dry-run policy", () => {
    expect(judge({ effect: "write", path: "/d/proctor.yaml" }, "dry-run")).toBe(
      "deny protected_path",
    );
    expect(judge({ effect: "read", path: "/w/a" }, "dry-run")).toBe("allow");
  });

  it("is not loosened by a rule that allows", () => {
    const permitting = {
      id: "all",
      verdict: "allow",
      mode: "enforce",
      reason: "",
      kinds: new Set(["write"] as const),
      matches: () => true,
    } as const;
    const policy = createPolicy({ ...parts, mode: "enforce", rules: [permitting] });
    expect(policy.decide(inputFrom({ effect: "write", path: "/d/proctor.yaml" })).verdict).toBe(
      "deny",
    );
  });

  it("says nothing of files of another machine", () => {
    const remote = { filesystem: "remote" };
    expect(judge({ effect: "write", path: "/d/proctor.yaml", ...remote })).toBe("allow");
    expect(judge({ effect: "delete", unresolved: "$x", ...remote })).toBe("allow");
  });

  it.each([
    ["in it", { path: "/p/own/a" }, "allow"],
    ["itself", { path: "/p/own" }, "allow"],
    ["files in it", { pattern: "/p/own/a*" }, "allow"],
    ["confined to it", { unresolved: "$x", confined: "/p/own" }, "ask protected_path_in_doubt"],
    ["beside it", { path: "/p/dist/main.js" }, "deny protected_path"],
    ["whose name begins alike", { path: "/p/own2" }, "deny protected_path"],
    ["a pattern that fits both", { pattern: "/p/*/a" }, "deny protected_path"],
    ["a pattern that climbs", { pattern: "/p/own/*/../../dist" }, "deny protected_path"],
    ["around it", { path: "/p", recursive: true }, "deny protected_path"],
    ["guarded in it", { path: "/p/own/.proctor/x" }, "deny protected_path"],
    ["the tree around that", { path: "/p/own", recursive: true }, "deny protected_path"],
  ])("leaves a free folder in a guarded one to the agents: %s", (_, target, said) => {
    const free = protectedPathRules({
      guarded: ["/p", "/p/own/.proctor"],
      secret: [],
      free: ["/p/own"],
    });
    const policy = createPolicy({ ...parts, mode: "enforce", builtIn: free });
    const { verdict, matches } = policy.decide(inputFrom({ effect: "write", ...target }));
    const first = matches.find(({ rule }) => rule.startsWith("builtin:"));
    expect(first === undefined ? verdict : `${verdict} ${first.rule.slice(8)}`).toBe(said);
  });

  it("asks nothing where nothing is protected", () => {
    const none = protectedPathRules({ guarded: [], secret: [] });
    const policy = createPolicy({ ...parts, mode: "enforce", builtIn: none });
    const verdicts: Verdict[] = ["write", "read"].map(
      (effect) => policy.decide(inputFrom({ effect, unresolved: "$x" })).verdict,
    );
    expect(verdicts).toEqual(["allow", "allow"]);
  });
});
