// Rules in dry-run that are enforced for some agents already, exceptions that end, and the change to the file.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dryRunRules, type RolloutStep, rolloutEdits } from "../../src/policy/edit.ts";
import { lintPolicy } from "../../src/policy/lint.ts";
import { loadPolicy } from "../../src/policy/load.ts";
import { formatProblem } from "../../src/policy/problem.ts";
import { inputFrom, options, policyFrom, policyText, type RuleText } from "./fixtures.ts";

const remove = { effect: "delete", path: "/w/a" };

function rule(more: object = {}): RuleText {
  return {
    id: "no-deleting",
    verdict: "deny",
    reason: "This deletes what is still needed. Move it to the archive instead.",
    match: { effect: "delete" },
    examples: { match: [remove], not: [{ effect: "read", path: "/w/a" }] },
    ...more,
  };
}

function verdictFor(agent: string, more: object, mode?: "dry-run"): string {
  const policy = policyFrom(policyText([rule(more)], {}, mode));
  return policy.decide({ ...inputFrom(remove), agent }).verdict;
}

describe("a rule in dry-run", () => {
  const named = { mode: "dry-run", rollout: { agents: ["ci-*", "nightly"] } };

  it.each([
    ["ci-7", "deny"],
    ["nightly", "deny"],
    ["student", "allow"],
  ])("is applied to the agents that it names: %s is %s", (agent, verdict) => {
    expect(verdictFor(agent, named)).toBe(verdict);
  });

  it("says in the decision which it was", () => {
    const policy = policyFrom(policyText([rule(named)]));
    const matches = (agent: string) =>
      policy
        .decide({ ...inputFrom(remove), agent })
        .matches.flatMap(({ rule: id, mode }) => (id === "no-deleting" ? [mode] : []));
    expect([matches("ci-1"), matches("student")]).toEqual([["enforce"], ["dry-run"]]);
  });

  it("stays so where the whole policy is in dry-run", () => {
    expect(verdictFor("nightly", named, "dry-run")).toBe("allow");
  });

  it("is applied to a share of agents: always the same, and more as it grows", () => {
    const agents = Array.from({ length: 1_000 }, (_, i) => `agent-${i}`);
    const within = (share: number) => {
      const policy = policyFrom(policyText([rule({ mode: "dry-run", rollout: { share } })]));
      return agents.filter(
        (agent) => policy.decide({ ...inputFrom(remove), agent }).verdict === "deny",
      );
    };
    const [few, more] = [within(0.1), within(0.4)];
    // Five standard errors.
    expect(few.length).toBeGreaterThan(100 - 48);
    expect(few.length).toBeLessThan(100 + 48);
    expect(more).toEqual(expect.arrayContaining(few));
    expect(within(0.1)).toEqual(few);
  });

  it.each([
    [{ rollout: { share: 0.5 } }, "only a rule with `mode: dry-run` is rolled out"],
    [{ mode: "dry-run", rollout: {} }, "Name agents, or a share."],
    [{ mode: "dry-run", rollout: { share: 1 } }, "Write less than 1."],
    [{ mode: "dry-run", rollout: { to: "all" } }, "Use only: agents, share."],
  ])("refuses %j", (more, message) => {
    const loaded = loadPolicy([{ file: "a.yaml", text: policyText([rule(more)]) }], options);
    expect(loaded.ok ? [] : loaded.problems.map(formatProblem).join()).toContain(message);
  });
});

describe("an exception", () => {
  const exception = { path: "/w/**", owner: "ops", reason: "migration", expires: "2026-05-31" };
  const outside = { effect: "delete", path: "/x" };
  const examples = { match: [outside], not: [{ effect: "read", path: "/w/a" }] };
  const policy = policyFrom(policyText([rule({ except: [exception], examples })]));

  it.each([
    ["2026-05-31T23:59:59Z", "allow"],
    ["2026-06-01T00:00:00Z", "deny"],
  ])("at %s leaves %s", (time, verdict) => {
    const input = inputFrom(remove);
    const nowMs = Date.parse(time);
    const decision = policy.decide({ ...input, facts: { ...input.facts, nowMs } });
    expect(decision.verdict).toBe(verdict);
    expect(decision.facts).toMatchObject({ nowMs });
  });

  const lint = (more: object, now: string) =>
    lintPolicy(
      [
        {
          file: "a.yaml",
          text: policyText([rule({ except: [{ path: "/w/**", ...more }], examples })]),
        },
      ],
      { ...options, nowMs: Date.parse(now) },
    )
      .filter(({ what }) => what.startsWith("the exception"))
      .map(({ level, what, found }) => `${level}: ${what} (${found})`);

  it.each([
    [{}, "2030-01-01", []],
    [{ owner: "ops", reason: "r", expires: "2026-05-31" }, "2026-01-01", []],
    [
      { owner: "ops", reason: "r", expires: "2026-05-31" },
      "2026-05-20",
      ["note: the exception ends soon (2026-05-31)"],
    ],
    [
      { owner: "ops", reason: "r", expires: "2026-05-31" },
      "2026-06-01",
      ["warning: the exception has ended, and excuses nothing (2026-05-31)"],
    ],
    [
      { owner: "ops" },
      "2026-01-01",
      [
        "warning: the exception is somebody's, and does not say all that is needed to end it (no reason, no expires)",
      ],
    ],
  ])("%j in %s: %j", (more, now, findings) => {
    expect(lint(more, now)).toEqual(findings);
  });

  it("refuses a day that is none", () => {
    const text = policyText([rule({ except: [{ path: "/w/**", expires: "soon" }], examples })]);
    const loaded = loadPolicy([{ file: "a.yaml", text }], options);
    expect(loaded.ok ? [] : loaded.problems.map(({ fix }) => fix)).toEqual([
      'Write a day, such as "2026-12-31".',
    ]);
  });
});

const file = (mode: string) => `# Rules of the house.
version: 1
defaults: ${JSON.stringify(JSON.parse(policyText([])).defaults)}
rules:
  - id: one
    verdict: deny
    ${mode} # since May
    reason: Do not delete. Move it to the archive instead of that.
    match: { effect: delete }
    examples: { match: [{ effect: delete, path: /a }], not: [{ effect: read, path: /a }] }

  - id: two
    verdict: ask
    mode: dry-run
    reason: Do not write. Ask the people who keep this machine first.
    match: { effect: write }
    examples: { match: [{ effect: write, path: /a }], not: [{ effect: read, path: /a }] }
`;

describe("the change to a policy file", () => {
  const hasPatch = spawnSync("patch", ["--version"]).status === 0;

  function patched(text: string, ids: readonly string[], step: RolloutStep): string {
    const [edit] = rolloutEdits([{ file: "rules.yaml", text }], new Set(ids), step);
    const folder = mkdtempSync(join(tmpdir(), "proctor-patch-"));
    try {
      writeFileSync(join(folder, "rules.yaml"), text);
      execFileSync("patch", ["-p0"], { cwd: folder, input: edit?.diff ?? "" });
      return readFileSync(join(folder, "rules.yaml"), "utf8");
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it("finds the rules that are in dry-run", () => {
    expect(dryRunRules([{ file: "rules.yaml", text: file("mode: dry-run") }])).toEqual([
      { id: "one", file: "rules.yaml", line: 7 },
      { id: "two", file: "rules.yaml", line: 14 },
    ]);
  });

  it.skipIf(!hasPatch).each([
    [["one"], "enforce", { one: "enforce", two: "dry-run" }],
    [["one", "two"], "enforce", { one: "enforce", two: "enforce" }],
    [["two"], "for", { one: "dry-run", two: "dry-run" }],
  ] as const)("of %j to %s is one that patch takes", (ids, kind, modes) => {
    const step: RolloutStep = kind === "for" ? { kind, share: 0.25, agents: ["ci-*"] } : { kind };
    const after = patched(file("mode: dry-run"), ids, step);
    const policy = policyFrom(after);
    const found = policy.rules.filter(({ id }) => id in modes).map(({ id, mode }) => [id, mode]);
    expect(Object.fromEntries(found)).toEqual(modes);
    expect(after.includes('rollout: { agents: ["ci-*"], share: 0.25 }')).toBe(kind === "for");
    expect(after).toContain("# Rules of the house.");
  });
});
