// What loads, and what is said of what does not: place, what, found, fix, all at once.

import { describe, expect, it } from "vitest";
import { loadPolicy } from "../../src/policy/load.ts";
import { formatProblem } from "../../src/policy/problem.ts";
import type { PolicySource } from "../../src/policy/source.ts";
import { options } from "./fixtures.ts";

const head = `version: 1
defaults: { read: allow, list: allow, write: allow, truncate: allow, delete: allow, move: allow,
  permission: allow, execute: allow, connect: allow, privilege: ask, discard: ask, unknown: ask }
`;
const good = `  - id: good
    verdict: ask
    reason: Look first.
    match: { effect: delete }
    examples: { match: [{ effect: delete, path: /a }], not: [{ effect: read, path: /a }] }
`;

function problemsOf(...sources: readonly (string | PolicySource)[]): readonly string[] {
  const files = sources.map((text, i) =>
    typeof text === "string" ? { file: `${"abc"[i]}.yaml`, text } : text,
  );
  const loaded = loadPolicy(files, options);
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
}

interface Row {
  readonly name: string;
  readonly files: readonly string[];
  readonly problems: readonly string[];
}

function ruleRow(name: string, rule: string, ...problems: readonly string[]): Row {
  return { name, files: [`${head}rules:\n${rule}`], problems };
}

const kinds =
  "read, list, write, truncate, delete, move, permission, execute, connect, privilege, discard, unknown";

const rows: readonly Row[] = [
  { name: "a policy", files: [`${head}rules:\n${good}`], problems: [] },
  { name: "a policy of two files", files: [head, `version: 1\nrules:\n${good}`], problems: [] },

  // Files
  {
    name: "no YAML",
    files: [`${head}rules: [`],
    problems: [
      `a.yaml:4:9 the file is not valid YAML
  found: Flow sequence in block collection must be sufficiently indented and end with a ]
  fix:   Correct the YAML here; quote text that holds special characters.`,
    ],
  },
  {
    name: "a key twice",
    files: [`version: 1\n${head}rules:\n${good}`],
    problems: [
      `a.yaml:2:1 the file is not valid YAML
  found: Map keys must be unique
  fix:   Correct the YAML here; quote text that holds special characters.`,
    ],
  },
  {
    name: "an unknown tag",
    files: [`${head}rules: !!js/function x\n`],
    problems: [
      `a.yaml:4:8 the file is not valid YAML
  found: Unresolved tag: tag:yaml.org,2002:js/function
  fix:   Correct the YAML here; quote text that holds special characters.`,
    ],
  },
  {
    name: "aliases that multiply",
    files: [
      `a: &a [1]\nb: &b [${"*a, ".repeat(9)}]\nc: &c [${"*b, ".repeat(9)}]\nd: [${"*c, ".repeat(9)}]\n`,
    ],
    problems: [
      `a.yaml:1:1 the file cannot be read as plain values
  found: Excessive alias count indicates a resource exhaustion attack
  fix:   Nest less deeply, and use at most 50 aliases.`,
    ],
  },
  {
    name: "an empty file",
    files: [""],
    problems: [
      `a.yaml:1:1 the file is not valid
  found: null
  fix:   Write a mapping with: version, mode, defaults, rules.`,
      `a.yaml:1:1 the policy has no defaults
  found: one file, none with \`defaults\`
  fix:   Give a verdict for each kind in one file: ${kinds}.`,
    ],
  },
  {
    name: "another version",
    files: [`${head.replace("1", "2")}rules:\n${good}`],
    problems: [
      `a.yaml:1:1 \`version\` is not valid
  found: 2
  fix:   Write \`version: 1\`.`,
    ],
  },
  {
    name: "an unknown key",
    files: [`${head}rule:\n${good}`],
    problems: [
      `a.yaml:4:1 the file has a key that it must not have
  found: rule
  fix:   Use only: version, mode, defaults, rules.`,
    ],
  },

  // The whole
  {
    name: "no defaults",
    files: [`version: 1\nrules:\n${good}`, "version: 1\n"],
    problems: [
      `a.yaml:1:1 the policy has no defaults
  found: 2 files, none with \`defaults\`
  fix:   Give a verdict for each kind in one file: ${kinds}.`,
    ],
  },
  {
    name: "a default is missing",
    files: [`${head.replace("read: allow, ", "")}rules:\n${good}`],
    problems: [
      `a.yaml:2:1 \`defaults.read\` is missing
  found: nothing
  fix:   Use one of: allow, ask, deny.`,
    ],
  },
  {
    name: "no rules",
    files: [head, "version: 1\nrules: []\n"],
    problems: [
      `a.yaml:1:1 the policy has no rules
  found: none in any file
  fix:   Write at least one rule: a policy without any is more likely a mistake.`,
    ],
  },
  {
    name: "defaults and mode in two files",
    files: [`${head}mode: enforce\nrules:\n${good}`, `${head}mode: dry-run\n`],
    problems: [
      `b.yaml:2:1 \`defaults\` stands in two files of one policy
  found: the other is a.yaml
  fix:   Keep one of them.`,
      `b.yaml:4:1 \`mode\` stands in two files of one policy
  found: the other is a.yaml
  fix:   Keep one of them.`,
    ],
  },
  {
    name: "an id in two files",
    files: [`${head}rules:\n${good}`, `version: 1\nrules:\n${good}`],
    problems: [
      `b.yaml:3:5 rule good: another rule has the same id
  found: also at a.yaml:5
  fix:   Rename one of them.`,
    ],
  },

  // Rules
  ruleRow(
    "a rule without anything",
    "  - id: x\n",
    ...["verdict", "reason", "match", "examples"].map(
      (name) =>
        `a.yaml:5:5 rule x: \`${name}\` is missing
  found: nothing
  fix:   ${
    {
      verdict: "Use one of: allow, ask, deny.",
      reason: "Write text.",
      match:
        "Add it, with: effect, path, program, host, tool, agent, role, task, history, time, alarm, cel.",
      examples: "Add it, with: match, not.",
    }[name]
  }`,
    ),
  ),
  ruleRow(
    "an id of proctor's own",
    good.replace("id: good", "id: builtin:good"),
    `a.yaml:5:5 rule builtin:good: \`id\` is not valid
  found: "builtin:good"
  fix:   Use up to 64 of: a-z 0-9 -.`,
  ),
  ruleRow(
    "a matcher that does not exist",
    good.replace("effect: delete }", "effect: delete, efect: read }"),
    `a.yaml:8:30 rule good: \`match\` has a key that it must not have
  found: efect
  fix:   Use only: effect, path, program, host, tool, agent, role, task, history, time, alarm, cel.`,
  ),
  ruleRow(
    "a match that matches everything",
    good.replace("{ effect: delete }", "{}"),
    `a.yaml:8:5 rule good: \`match\` is not valid
  found: {}
  fix:   Name at least one matcher.`,
  ),
  ruleRow(
    "a relative glob",
    good.replace("{ effect: delete }", "{ path: [/a, build/**] }"),
    `a.yaml:8:25 rule good: \`match.path[1]\` is not valid
  found: "build/**"
  fix:   Begin it with / or a root such as \${workspace}/; /**/ is any folder.`,
  ),
  ruleRow(
    "a glob that no path has",
    good.replace("{ effect: delete }", "{ path: /a/../b }"),
    `a.yaml:8:14 rule good: \`match.path[0]\` is not valid
  found: "/a/../b"
  fix:   Write it without \`.\`, \`..\` and empty components: nothing has such a path.`,
  ),
  ruleRow(
    "a root that is not known",
    good.replace("{ effect: delete }", "{ effect: delete, path: '${work}/a' }"),
    `a.yaml:8:30 rule good: the root \${work} is not known
  found: \${work}/a
  fix:   Use one of: \${workspace}, \${several}.`,
  ),
  ruleRow(
    "matchers that no effect satisfies together",
    good.replace("{ effect: delete }", "{ effect: connect, path: /a }"),
    `a.yaml:8:5 rule good: no kind of effect can satisfy all of these matchers
  found: effect, path
  fix:   Take one out, or correct the kinds that \`effect\` names.`,
  ),
  ruleRow(
    "an expression that is none",
    good.replace("{ effect: delete }", "{ effect: delete, cel: 'effect.kind ==' }"),
    `a.yaml:8:30 rule good: the expression is not valid CEL: <input>:1:13: found = but expecting end of input
  found: effect.kind ==
  fix:   Correct it.`,
  ),
  ruleRow(
    "a count that should excuse",
    good.replace(
      "    examples",
      "    except: [{ history: { count: { effects: delete, above: 1, scope: trajectory } } }]\n    examples",
    ),
    `a.yaml:9:16 rule good: it can only limit: it never holds for certain
  found: \`history.count\` where the rule needs certainty
  fix:   Use it in the \`match\` of an ask or deny rule without \`sure\`, or in an \`except\` of an allow rule.`,
  ),
  ruleRow(
    "an allow rule that is not sure",
    good.replace("verdict: ask", "verdict: allow\n    sure: false"),
    `a.yaml:5:5 rule good: the rule is not valid
  found: {"id":"good","verdict":"allow","sure":false,"reason":"Look first.","match":{"...
  fix:   Take \`sure: false\` out: an allow rule is always sure.`,
  ),

  // Examples
  ruleRow(
    "an example on the wrong side",
    good.replace("match: [{ effect: delete, path: /a }]", "match: [{ effect: read, path: /a }]"),
    `a.yaml:9:25 rule good: the rule does not match an example that it should match
  found: effects: read /a
  fix:   Correct \`match\` and \`except\`, or the example.`,
  ),
  ruleRow(
    "an example that should not match",
    good.replace("not: [{ effect: read", "not: [{ effect: delete"),
    `a.yaml:9:62 rule good: the rule matches an example that it should not match
  found: it matches: delete /a
  fix:   Narrow \`match\`, add an \`except\`, or correct the example.`,
  ),
  ruleRow(
    "no examples",
    good.replace("match: [{ effect: delete, path: /a }]", "match: []"),
    `a.yaml:9:17 rule good: \`examples.match\` is not valid
  found: []
  fix:   Give at least one call that matches.`,
  ),
  ruleRow(
    "an example of no kind",
    good.replace("effect: read", "efect: read"),
    `a.yaml:9:62 rule good: \`examples.not[0]\` is not valid
  found: {"efect":"read","path":"/a"}
  fix:   Write one of: bash, tool, effect.`,
  ),
  ruleRow(
    "an example with two targets",
    good.replace("path: /a }], not", "path: /a, pattern: /b }], not"),
    `a.yaml:9:25 rule good: an effect on a path has exactly one target
  found: 2 of path, pattern, unresolved
  fix:   Write one of them.`,
  ),
  ruleRow(
    "an example for which the rule has no value",
    good.replace("{ effect: delete }", "{ effect: delete, cel: call.arguments.force }"),
    `a.yaml:9:25 rule good: the expression has no value: field not found: force
  found: call.arguments.force
  fix:   Guard it with has().`,
  ),
  ruleRow(
    "a mistake deep in an example",
    good.replace("path: /a }], not", "path: /a, after: [{ effect: raed, path: /a }] }], not"),
    `a.yaml:9:63 rule good: \`examples.match[0].after[0].effect\` is not valid
  found: "raed"
  fix:   Use one of: ${kinds}.`,
  ),
];

describe("loadPolicy", () => {
  it.each(rows)("$name", ({ files, problems }) => {
    expect(problemsOf(...files)).toEqual(problems);
  });

  it("reports every problem of every file at once, in the order of places", () => {
    const second = `version: 1\nrules:\n${good.replace("ask", "aks")}${good
      .replace("id: good", "id: other")
      .replace("effect: delete }", "path: x }")}`;
    const lines = problemsOf(`${head}rules:\n${good.replace("Look first.", "''")}`, second);
    expect(lines.map((line) => line.split(" ")[0])).toEqual([
      "a.yaml:7:5",
      "b.yaml:4:5",
      "b.yaml:11:14",
    ]);
  });

  it("comes back from nesting without end", () => {
    const text = `${head}rules: ${"[".repeat(200_000)}`;
    expect(problemsOf(text).length).toBeGreaterThan(0);
  });

  it("is told how many examples it ran and could not run", () => {
    const bash = good.replace("{ effect: read, path: /a }", "{ bash: ls }, { tool: x, path: a }");
    const loaded = loadPolicy([{ file: "a.yaml", text: `${head}rules:\n${bash}` }], options);
    expect(loaded).toMatchObject({ ok: true, rules: 1, files: 1, examples: 1, skipped: 2 });
  });

  it("runs examples of calls through the analyser that it is given", () => {
    const calls = good.replace(
      "{ effect: delete, path: /a }",
      "{ bash: boom, cwd: '${workspace}/x', after: [{ tool: t, path: p, arguments: { agent: q } }] }",
    );
    const seen: unknown[] = [];
    const loaded = loadPolicy([{ file: "a.yaml", text: `${head}rules:\n${calls}` }], {
      ...options,
      analyse(call) {
        seen.push([call.tool, call.arguments, call.context.cwd]);
        const target = { form: "resolved", path: "/a" } as const;
        return [{ kind: "delete", target, recursive: false, certainty: "certain", via: "boom" }];
      },
    });
    expect(loaded.ok).toBe(true);
    expect(seen).toEqual([
      ["bash", { command: "boom" }, "/home/agent/workspace/x"],
      ["t", { path: "p", agent: "q" }, "/home/agent/workspace"],
    ]);
  });
});

describe("digest", () => {
  const other = good.replace("id: good", "id: other").replace("verdict: ask", "verdict: deny");
  const digest = (...texts: readonly string[]) => {
    const loaded = loadPolicy(
      texts.map((text, i) => ({ file: `${i}.yaml`, text })),
      options,
    );
    if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join("\n"));
    return loaded.policy.digest;
  };
  const one = digest(`${head}rules:\n${good}${other}`);

  it("does not depend on the order of rules, of files, of keys, or on how it is written", () => {
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(digest(`${head}rules:\n${other}${good}`)).toBe(one);
    expect(digest(`version: 1\nrules:\n${other}`, `# hello\n${head}rules:\n${good}`)).toBe(one);
    const moved = `${good.replace("    reason: Look first.\n", "")}    reason: 'Look first.'\n`;
    expect(digest(`${head}rules:\n${moved}${other}`)).toBe(one);
  });

  it("does not depend on the mode of the policy, nor on examples", () => {
    expect(digest(`${head}mode: dry-run\nrules:\n${good}${other}`)).toBe(one);
    expect(digest(`${head}rules:\n${good.replaceAll("path: /a", "path: /b")}${other}`)).toBe(one);
  });

  it.each([
    ["a reason", (text: string) => text.replace("Look first.", "Look twice.")],
    ["a verdict", (text: string) => text.replace("verdict: ask", "verdict: deny")],
    [
      "a matcher",
      (text: string) => text.replace("match: { effect: delete }", "match: { effect: [delete] }"),
    ],
    [
      "the mode of a rule",
      (text: string) => text.replace("verdict: ask", "verdict: ask\n    mode: dry-run"),
    ],
    ["a default", (text: string) => text.replace("unknown: ask", "unknown: deny")],
  ])("depends on %s", (_, change) => {
    expect(digest(change(`${head}rules:\n${good}${other}`))).not.toBe(one);
  });
});
