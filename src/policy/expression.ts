// The Common Expression Language (https://github.com/google/cel-spec): an expression is compiled once, against
// the names that it may read, and then asked of many things.

import { type CelInput, celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import { messageOf } from "../core/errors.ts";
import { RuleFault } from "./problem.ts";

export type { CelInput } from "@bufbuild/cel";

/** Longer ones are refused. */
export const maxExpressionLength = 2_000;

/** What an expression may read: variables, and of those that have a closed list of fields the fields. */
export type Vocabulary = ReadonlyMap<string, readonly string[] | undefined>;

/** A place in an expression; both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with an expression, and where. */
export class ExpressionFault extends RuleFault {
  readonly position: Position | undefined;

  constructor(what: string, source: string, fix: string, position?: Position) {
    super(what, source, fix);
    this.name = "ExpressionFault";
    this.position = position;
  }
}

export interface Expression {
  /**
   * Wants the variables that it reads; others may be there.
   *
   * @throws ExpressionFault where it yields neither true nor false
   */
  holds(bindings: Record<string, CelInput>): boolean;
  readonly variables: ReadonlySet<string>;
  /** Fields of a variable that it reads; all where the variable is used as a whole. */
  fieldsOf(variable: string): ReadonlySet<string>;
}

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

const environment = celEnv();

/** @throws ExpressionFault where it is no CEL, or reads what there is not */
export function compileExpression(source: string, vocabulary: Vocabulary): Expression {
  const parsed = attempt(source, () => parse(source));
  const offsets = parsed.sourceInfo?.positions ?? {};
  const placeOf = (id: bigint | undefined) =>
    id === undefined ? undefined : positionAt(source, offsets[String(id)]);
  const reads = readsOf(parsed.expr, vocabulary, (what, known, id) => {
    const fix = `Use: ${known.join(", ")}.`;
    throw new ExpressionFault(`\`${what}\` is not known`, source, fix, placeOf(id));
  });
  const evaluate = attempt(source, () => plan(environment, parsed));

  return {
    variables: new Set(reads.keys()),
    fieldsOf: (variable) => reads.get(variable) ?? new Set(),
    holds(bindings) {
      const result: unknown = evaluate(bindings);
      if (typeof result === "boolean") return result;
      const isError = isCelError(result);
      const why = isError ? result.message : "it is neither true nor false";
      const place = isError ? placeOf(result.exprId) : undefined;
      const what = `the expression has no value: ${why}`;
      throw new ExpressionFault(what, source, "Guard it with has().", place);
    },
  };
}

function attempt<Value>(source: string, step: () => Value): Value {
  try {
    return step();
  } catch (error) {
    const why = messageOf(error);
    const what = `the expression is not valid CEL: ${why}`;
    const place = positionIn(why);
    const isOneSign = /: found = but /.test(why) && !isEqualityAt(source, place);
    const fix = isOneSign ? "Compare with ==." : "Correct it.";
    throw new ExpressionFault(what, source, fix, place);
  }
}

/** Two signs are there, of which the parser names the first where something else is missing. */
function isEqualityAt(source: string, place: Position | undefined): boolean {
  if (place === undefined) return false;
  const line = source.split("\n")[place.line - 1] ?? "";
  return line.startsWith("==", place.column - 1);
}

/** The parser begins what it says with the place. */
function positionIn(message: string): Position | undefined {
  const [, line, column] = /^<input>:([0-9]+):([0-9]+):/.exec(message) ?? [];
  return line === undefined ? undefined : { line: Number(line), column: Number(column) };
}

function positionAt(source: string, offset: number | undefined): Position | undefined {
  if (offset === undefined) return undefined;
  const before = source.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

type Expr = ReturnType<typeof parse>["expr"];
type Unknown = (what: string, known: readonly string[], id: bigint) => never;

/** Which variables and fields an expression reads. */
function readsOf(
  root: Expr,
  vocabulary: Vocabulary,
  unknown: Unknown,
): ReadonlyMap<string, ReadonlySet<string>> {
  const reads = new Map<string, Set<string>>();
  const variables = [...vocabulary.keys()];

  function fieldsRead(variable: string): Set<string> {
    const fields = reads.get(variable) ?? new Set();
    reads.set(variable, fields);
    return fields;
  }

  function visitName(name: string, id: bigint, bound: readonly string[]): void {
    if (bound.includes(name) || typeNames.includes(name)) return;
    if (!variables.includes(name)) unknown(name, variables, id);
    const fields = fieldsRead(name);
    for (const field of vocabulary.get(name) ?? []) fields.add(field);
  }

  /** Whether it is a field of a variable that has a closed list of them. */
  function visitField(
    operand: Expr | undefined,
    field: string,
    bound: readonly string[],
  ): operand is Expr {
    if (operand?.exprKind.case !== "identExpr") return false;
    const { name } = operand.exprKind.value;
    const known = bound.includes(name) ? undefined : vocabulary.get(name);
    if (known === undefined) return false;
    if (!known.includes(field)) unknown(`${name}.${field}`, known, operand.id);
    fieldsRead(name).add(field);
    return true;
  }

  function visit(expr: Expr | undefined, bound: readonly string[]): void {
    if (expr === undefined) return;
    const { exprKind } = expr;
    switch (exprKind.case) {
      case "identExpr":
        visitName(exprKind.value.name, expr.id, bound);
        return;
      case "selectExpr": {
        const { operand, field } = exprKind.value;
        if (!visitField(operand, field, bound)) visit(operand, bound);
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
  return reads;
}
