// cel: what no other matcher says, in the Common Expression Language. `cel: call.arguments.force == true`.

import { type CelInput, celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { z } from "zod";
import type { Effect } from "../../core/effect.ts";
import { messageOf } from "../../core/errors.ts";
import { isJsonObject, type Json } from "../../core/json.ts";
import type { EffectContext } from "../context.ts";
import { RuleFault } from "../problem.ts";
import { matcher } from "./matcher.ts";

const maxLength = 2_000;

/**
 * An expression (https://github.com/google/cel-spec) that yields true or false. It sees:
 *
 * - `call`: tool, upstream, door, cwd ("" if not known), arguments (a map; numbers are doubles)
 * - `effect`: kind, certainty, via, path, form, recursive, destination, permissions, creates,
 *   overwrites, family, incidental, change, program, words, code, inspects, host, how, why; what a
 *   kind does not have is "", false or an empty list
 * - `agent`: its id; `roles`: a list of lineage and role; `task`: class, condition ("" if none)
 *
 * Where it reads a part of the effect that is not known exactly (the path of a pattern, of an
 * unresolved target or of a whole tree; words with an expansion) it may hold and need not.
 *
 * An error, such as an argument that is not there, denies the call: ask before, as in
 * `has(call.arguments.force) && call.arguments.force`. The regular expressions of `matches` are RE2.
 */
export const cel = matcher({
  schema: z
    .string("Write an expression.")
    .min(1, "Write an expression.")
    .max(maxLength, `Write at most ${maxLength} characters.`),
  cost: 9,
  compile(source) {
    const { evaluate, variables, fields } = compileExpression(source);

    function holds(context: EffectContext, inDoubt: boolean): boolean {
      for (const field of fields) if (isDoubtful(field, context)) return inDoubt;
      const result = evaluate(bindingsOf(context, variables));
      if (typeof result === "boolean") return result;
      const why = isCelError(result) ? result.message : "it is neither true nor false";
      throw new RuleFault(`the expression has no value: ${why}`, source, "Guard it with has().");
    }

    return {
      may: (context) => holds(context, true),
      must: (context) => holds(context, false),
    };
  },
});

const variableNames = ["call", "effect", "agent", "roles", "task"] as const;
type Variable = (typeof variableNames)[number];

const fieldNames = [
  "kind",
  "certainty",
  "via",
  "path",
  "form",
  "recursive",
  "destination",
  "permissions",
  "creates",
  "overwrites",
  "family",
  "incidental",
  "change",
  "program",
  "words",
  "code",
  "inspects",
  "host",
  "how",
  "why",
] as const;
type Field = (typeof fieldNames)[number];

/** Types are values in CEL: `type(x) == string`. */
const typeNames = [
  "bool",
  "bytes",
  "double",
  "int",
  "list",
  "map",
  "null_type",
  "string",
  "type",
  "uint",
];

interface Expression {
  readonly evaluate: (bindings: Record<string, CelInput>) => unknown;
  readonly variables: ReadonlySet<Variable>;
  /** Fields of `effect` that it reads; all where `effect` is used as a whole. */
  readonly fields: ReadonlySet<Field>;
}

const environment = celEnv();

function compileExpression(source: string): Expression {
  const parsed = attempt(source, () => parse(source));
  const { variables, fields } = usesOf(parsed.expr, source);
  return { evaluate: attempt(source, () => plan(environment, parsed)), variables, fields };
}

function attempt<Value>(source: string, step: () => Value): Value {
  try {
    return step();
  } catch (error) {
    const why = messageOf(error);
    throw new RuleFault(`the expression is not valid CEL: ${why}`, source, "Correct it.");
  }
}

type Expr = ReturnType<typeof parse>["expr"];

/** Which variables and fields an expression reads; names that do not exist are refused at load. */
function usesOf(root: Expr, source: string): Pick<Expression, "variables" | "fields"> {
  const variables = new Set<Variable>();
  const fields = new Set<Field>();

  function visitName(name: string, bound: readonly string[]): void {
    if (bound.includes(name) || typeNames.includes(name)) return;
    const variable = variableNames.find((known) => known === name);
    if (variable === undefined) throw unknownName(name, variableNames, source);
    variables.add(variable);
    if (variable === "effect") for (const field of fieldNames) fields.add(field);
  }

  function visitField(name: string): void {
    const field = fieldNames.find((known) => known === name);
    if (field === undefined) throw unknownName(`effect.${name}`, fieldNames, source);
    variables.add("effect");
    fields.add(field);
  }

  function visit(expr: Expr | undefined, bound: readonly string[]): void {
    if (expr === undefined) return;
    const { exprKind } = expr;
    switch (exprKind.case) {
      case "identExpr":
        visitName(exprKind.value.name, bound);
        return;
      case "selectExpr": {
        const { operand, field } = exprKind.value;
        const ofEffect =
          operand?.exprKind.case === "identExpr" && operand.exprKind.value.name === "effect";
        if (ofEffect && !bound.includes("effect")) visitField(field);
        else visit(operand, bound);
        return;
      }
      case "callExpr":
        visit(exprKind.value.target, bound);
        for (const argument of exprKind.value.args) visit(argument, bound);
        return;
      case "listExpr":
        for (const element of exprKind.value.elements) visit(element, bound);
        return;
      case "structExpr":
        for (const { keyKind, value } of exprKind.value.entries) {
          if (keyKind.case === "mapKey") visit(keyKind.value, bound);
          visit(value, bound);
        }
        return;
      case "comprehensionExpr": {
        const { iterRange, accuInit, loopCondition, loopStep, result, ...own } = exprKind.value;
        const inner = [...bound, own.iterVar, own.iterVar2, own.accuVar];
        visit(iterRange, bound);
        for (const part of [accuInit, loopCondition, loopStep, result]) visit(part, inner);
        return;
      }
      case "constExpr":
      case undefined:
        return;
    }
  }

  visit(root, []);
  return { variables, fields };
}

function unknownName(name: string, known: readonly string[], source: string): RuleFault {
  return new RuleFault(`\`${name}\` is not known`, source, `Use: ${known.join(", ")}.`);
}

/** Is this part of the effect anything but exactly known? */
function isDoubtful(field: Field, { effect, ends }: EffectContext): boolean {
  switch (field) {
    case "path":
    case "destination":
      return ends.some(({ target, recursive }) => recursive || target.form !== "resolved");
    case "change":
      return effect.kind === "permission" && effect.change === undefined;
    case "overwrites":
      return effect.kind === "move" && effect.overwrites === "unknown";
    case "words":
      return effect.kind === "execute" && effect.words.some((word) => /[$`]/.test(word));
    case "host":
      return effect.kind === "connect" && /[^A-Za-z0-9.:_[\]-]/.test(effect.host);
    default:
      return false;
  }
}

function bindingsOf(
  { call, effect, input }: EffectContext,
  variables: ReadonlySet<Variable>,
): Record<string, CelInput> {
  const bindings: Record<string, CelInput> = {};
  for (const variable of variables) bindings[variable] = bind(variable);
  return bindings;

  function bind(variable: Variable): CelInput {
    switch (variable) {
      case "call":
        return new Map<string, CelInput>([
          ["tool", call.tool],
          ["upstream", call.upstream],
          ["door", call.door],
          ["cwd", call.context.cwd ?? ""],
          ["arguments", celOf(call.arguments)],
        ]);
      case "effect":
        return fieldsOf(effect);
      case "agent":
        return input.agent;
      case "roles":
        return input.roles.map(
          ({ lineage, role }) =>
            new Map([
              ["lineage", lineage],
              ["role", role],
            ]),
        );
      case "task":
        return new Map([
          ["class", input.taskClass],
          ["condition", input.condition ?? ""],
        ]);
    }
  }
}

/** Objects become Maps: their names come from outside. */
function celOf(value: Json): CelInput {
  if (isJsonObject(value)) {
    return new Map(Object.entries(value).map(([name, member]) => [name, celOf(member)]));
  }
  if (typeof value !== "object" || value === null) return value;
  return value.map(celOf);
}

function fieldsOf(effect: Effect): ReadonlyMap<string, CelInput> {
  const fields = new Map<string, CelInput>(emptyFields);
  for (const [name, value] of Object.entries(effect)) {
    const isPlain = typeof value === "string" || typeof value === "boolean" || Array.isArray(value);
    if (isPlain) fields.set(name, value);
  }
  if ("target" in effect && effect.target !== undefined) {
    fields.set("path", effect.target.path);
    fields.set("form", effect.target.form);
  }
  if (effect.kind === "move") fields.set("destination", effect.destination.path);
  return fields;
}

const flags: ReadonlySet<Field> = new Set([
  "recursive",
  "permissions",
  "creates",
  "incidental",
  "inspects",
]);

const emptyFields = fieldNames.map((name): [string, CelInput] => {
  if (name === "words") return [name, []];
  return [name, flags.has(name) ? false : ""];
});
