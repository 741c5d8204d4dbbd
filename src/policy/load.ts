// From the text of policy files to a policy, or to everything that is wrong with them.

import { createHash } from "node:crypto";
import { z } from "zod";
import type { Mode } from "../core/decision.ts";
import { effectKinds } from "../core/effect.ts";
import { canonicalJson } from "../core/json.ts";
import { createPolicy } from "./decide.ts";
import { examine } from "./examine.ts";
import type { ExampleEnv } from "./example.ts";
import type { Policy } from "./policy.ts";
import type { Place, PolicyProblem, RuleFault } from "./problem.ts";
import { type ProtectedPaths, protectedPathRules } from "./protected.ts";
import { exampleRoots } from "./roots.ts";
import { compileRule, type Rule } from "./rule.ts";
import type { Defaults } from "./schema.ts";
import { type ParsedRule, type ParsedSource, type PolicySource, parseSource } from "./source.ts";

export interface LoadOptions extends ExampleEnv {
  readonly protectedPaths: ProtectedPaths;
  /** In place of the mode that the files give. */
  readonly mode?: Mode;
}

export type Loaded =
  | {
      readonly ok: true;
      readonly policy: Policy;
      readonly files: number;
      readonly rules: number;
      readonly examples: number;
      /** Examples that need an analyser, and there was none. */
      readonly skipped: number;
    }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/**
 * One policy of several files: exactly one has the defaults, at most one the mode, at least one a rule,
 * and rule ids are unique. Every example of every rule is run. Never throws; all problems at once.
 */
export function loadPolicy(sources: readonly PolicySource[], options: LoadOptions): Loaded {
  const files = sources.map(parseSource);
  const parsed = files.flatMap((file) => file.rules);
  const problems = files.flatMap((file) => file.problems);
  problems.push(...problemsOfMerging(files), ...repeatedIds(parsed));
  const rules: Rule[] = [];
  let examples = 0;
  let skipped = 0;
  const exampleEnv = { ...options, roots: exampleRoots(options.roots) };
  for (const { source, locate } of parsed) {
    const onFault = (at: readonly PropertyKey[], fault: RuleFault) =>
      problems.push({ ...locate(at), rule: source.id, ...partsOf(fault) });
    const rule = compileRule(source, options, onFault);
    if (rule === undefined) continue;
    rules.push(rule);
    const exampled = compileRule(source, exampleEnv, ignoreFault) ?? rule;
    const examined = examine(exampled, source, exampleEnv, onFault);
    examples += examined.run;
    skipped += examined.skipped;
  }

  const defaults = files.find((file) => file.defaults !== undefined)?.defaults;
  if (defaults === undefined || problems.length > 0) {
    return { ok: false, problems: problems.toSorted(byPlace) };
  }
  const mode = options.mode ?? files.find((file) => file.mode !== undefined)?.mode ?? "enforce";
  const builtIn = protectedPathRules(options.protectedPaths);
  const policy = createPolicy({
    digest: digestOf(defaults, parsed),
    mode,
    defaults,
    rules,
    builtIn,
  });
  return { ok: true, policy, files: files.length, rules: rules.length, examples, skipped };
}

/** It was told already, when the rule was compiled for use. */
function ignoreFault(): void {}

function problemsOfMerging(files: readonly ParsedSource[]): readonly PolicyProblem[] {
  const [first] = files;
  if (first === undefined) return [];
  const problems = [...secondMentions(files, "defaults"), ...secondMentions(files, "mode")];
  if (!files.some((file) => file.mentions("defaults"))) {
    problems.push({
      ...first.locate([]),
      what: "the policy has no defaults",
      found: `${files.length === 1 ? "one file" : `${files.length} files`}, none with \`defaults\``,
      fix: `Give a verdict for each kind in one file: ${effectKinds.join(", ")}.`,
    });
  }
  if (files.every(({ rules, problems }) => rules.length + problems.length === 0)) {
    problems.push({
      ...first.locate([]),
      what: "the policy has no rules",
      found: "none in any file",
      fix: "Write at least one rule: a policy without any is more likely a mistake.",
    });
  }
  return problems;
}

function secondMentions(files: readonly ParsedSource[], key: string): PolicyProblem[] {
  const [first, ...others] = files.filter(
    (file) => file.problems.length === 0 && file.mentions(key),
  );
  return others.map((file) => ({
    ...file.locate([key]),
    what: `\`${key}\` stands in two files of one policy`,
    found: `the other is ${first?.file}`,
    fix: "Keep one of them.",
  }));
}

function repeatedIds(rules: readonly ParsedRule[]): readonly PolicyProblem[] {
  const firsts = new Map<string, Place>();
  const problems: PolicyProblem[] = [];
  for (const { source, locate } of rules) {
    const place = locate(["id"]);
    const first = firsts.get(source.id);
    if (first === undefined) firsts.set(source.id, place);
    else {
      const found = `also at ${first.file}:${first.line}`;
      const what = "another rule has the same id";
      problems.push({ ...place, rule: source.id, what, found, fix: "Rename one of them." });
    }
  }
  return problems;
}

function partsOf({ message, found, fix }: RuleFault) {
  return { what: message, found, fix };
}

function byPlace(a: PolicyProblem, b: PolicyProblem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

/**
 * Of what decides: defaults and rules without their examples, in the order of their ids. Not of the
 * policy's mode, which stands beside it in every record, nor of folders that roots stand for.
 */
function digestOf(defaults: Defaults, rules: readonly ParsedRule[]): string {
  const deciding = rules
    .map(({ source, raw }) => [source.id, withoutExamples(raw)] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, rule]) => rule);
  const canonical = canonicalJson(z.json().parse({ version: 1, defaults, rules: deciding }));
  return createHash("sha256").update(canonical).digest("hex");
}

function withoutExamples(raw: unknown): unknown {
  return Object.fromEntries(Object.entries(raw ?? {}).filter(([key]) => key !== "examples"));
}
