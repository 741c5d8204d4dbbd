// A policy file as text: YAML that keeps its places, so that problems can name a line.

import { isMap, isNode, isPair, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import type { Mode } from "../core/decision.ts";
import { messageOf } from "../core/errors.ts";
import type { Place, PolicyProblem } from "./problem.ts";
import { type Defaults, policyFileSchema, type RuleSource, ruleSchema } from "./schema.ts";
import { unknownKeysOf } from "./shape.ts";

/** One file of a policy. */
export interface PolicySource {
  /** For messages. */
  readonly file: string;
  readonly text: string;
}

export interface ParsedSource {
  readonly file: string;
  readonly mode: Mode | undefined;
  readonly defaults: Defaults | undefined;
  /** The rules that are valid by themselves. */
  readonly rules: readonly ParsedRule[];
  readonly problems: readonly PolicyProblem[];
  /** Does the file say anything of this name? Also true where the file cannot be read. */
  mentions(key: string): boolean;
  locate: Locate;
}

export interface ParsedRule {
  readonly source: RuleSource;
  /** As it stands in the file. */
  readonly raw: unknown;
  /** Where a part of the rule stands. */
  readonly locate: Locate;
}

/** Where the value at a path stands, or what is nearest to it. */
export type Locate = (path: readonly PropertyKey[]) => Place;

/** Aliases multiply: YAML's billion laughs. */
const maxAliases = 50;

export function parseSource({ file, text }: PolicySource): ParsedSource {
  try {
    return parseYaml(file, text);
  } catch (error) {
    const found = messageOf(error);
    const what = "the file cannot be read as plain values";
    const fix = `Nest less deeply, and use at most ${maxAliases} aliases.`;
    const problem = { file, line: 1, column: 1, what, found, fix };
    return unreadable(file, [problem], () => problem);
  }
}

function parseYaml(file: string, text: string): ParsedSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, version: "1.2" });

  function placeAt(offset: number): Place {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
  }
  const locate: Locate = (path) => placeAt(offsetOf(document.contents, path));

  const faults = [...document.errors, ...document.warnings].map(({ message, pos }) => ({
    ...placeAt(pos[0]),
    what: "the file is not valid YAML",
    found: message.split(/ at line |\n/)[0] ?? message,
    fix: "Correct the YAML here; quote text that holds special characters.",
  }));
  if (faults.length > 0) return unreadable(file, faults, locate);
  return parseContent(file, document.toJS({ maxAliasCount: maxAliases }), locate);
}

function unreadable(
  file: string,
  problems: readonly PolicyProblem[],
  locate: Locate,
): ParsedSource {
  return {
    file,
    mode: undefined,
    defaults: undefined,
    rules: [],
    problems,
    mentions: () => true,
    locate,
  };
}

function parseContent(file: string, raw: unknown, locate: Locate): ParsedSource {
  const problems: PolicyProblem[] = [];
  const rules: ParsedRule[] = [];
  const parsed = policyFileSchema.safeParse(raw);
  for (const issue of parsed.error?.issues ?? []) problems.push(problemOf(issue, raw, locate));
  const rawRules = valueAt(raw, ["rules"]);
  for (const [i, rawRule] of (Array.isArray(rawRules) ? rawRules : []).entries()) {
    const within: Locate = (path) => locate(["rules", i, ...path]);
    const { data, error } = ruleSchema.safeParse(rawRule);
    const issues = error?.issues ?? [];
    problems.push(
      ...issues.map((issue) => problemOf(issue, rawRule, within, ruleName(rawRule, i))),
    );
    if (data !== undefined) rules.push({ source: data, raw: rawRule, locate: within });
  }
  return {
    file,
    mode: parsed.data?.mode,
    defaults: parsed.data?.defaults,
    rules,
    problems,
    mentions: (key) => valueAt(raw, [key]) !== undefined,
    locate,
  };
}

/** The offset of a value, or of the key that stands before it. */
function offsetOf(root: unknown, path: readonly PropertyKey[]): number {
  let node: unknown = root;
  let offset = isNode(root) ? startOf(root) : 0;
  for (const step of path) {
    const pair = isMap(node)
      ? node.items.find(({ key }) => isScalar(key) && key.value === step)
      : undefined;
    const child = pair?.value ?? itemOf(node, step);
    if (isPair(pair) && isNode(pair.key)) offset = startOf(pair.key);
    else if (isNode(child)) offset = startOf(child);
    else return offset;
    node = child;
  }
  return offset;
}

function itemOf(node: unknown, step: PropertyKey): unknown {
  if (typeof step !== "number" || !isNode(node) || !("items" in node)) return undefined;
  return Array.isArray(node.items) ? node.items[step] : undefined;
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function problemOf(
  issue: z.core.$ZodIssue,
  raw: unknown,
  locate: Locate,
  rule?: string,
): PolicyProblem {
  const { path, message: fix } = issue;
  const keys = unknownKeysOf(issue);
  const value = valueAt(raw, path);
  const name = nameOf(path, rule === undefined ? "the file" : "the rule");
  const base = { ...(rule === undefined ? {} : { rule }), fix };
  const [firstKey] = keys;
  if (firstKey !== undefined) {
    const what = `${name} has a key that it must not have`;
    return { ...locate([...path, firstKey]), ...base, what, found: keys.join(", ") };
  }
  const what = value === undefined ? `${name} is missing` : `${name} is not valid`;
  return { ...locate(path), ...base, what, found: brief(value) };
}

export function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  let value = raw;
  for (const step of path) {
    // A single value stands for a list of one.
    if (step === 0 && !Array.isArray(value)) continue;
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step))
      return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

/** `match.effect.kind`, `examples.match[0]`. */
function nameOf(path: readonly PropertyKey[], whole: string): string {
  let name = "";
  for (const step of path) {
    name += typeof step === "number" ? `[${step}]` : `${name === "" ? "" : "."}${String(step)}`;
  }
  return name === "" ? whole : `\`${name}\``;
}

/** Its id, or its place in the list. */
function ruleName(raw: unknown, index: number): string {
  const id = valueAt(raw, ["id"]);
  return typeof id === "string" ? id : `#${index + 1}`;
}

const maxBriefLength = 80;

export function brief(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > maxBriefLength ? `${text.slice(0, maxBriefLength - 3)}...` : text;
}
