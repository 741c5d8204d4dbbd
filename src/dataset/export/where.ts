// `--where`: a query over the facts of a trajectory, in the Common Expression Language.

import { effectKinds } from "../../core/effect.ts";
import { ProctorError } from "../../core/errors.ts";
import { measures } from "../../core/measure.ts";
import { outcomeKinds } from "../../core/outcome.ts";
import type { CelInput } from "../../policy/expression.ts";
import {
  compileExpression,
  ExpressionFault,
  maxExpressionLength,
  type Position,
} from "../../policy/expression.ts";
import type { Facts } from "./facts.ts";

/** What a query may read: a sentence for each variable, and its fields where it has some. */
export const factTable: Readonly<
  Record<keyof Facts, { readonly about: string; readonly fields?: readonly string[] }>
> = {
  trajectory: {
    about:
      "texts, but for the numbers `generation` and `duration_ms`, and `counts`: is it in rates?",
    fields: [
      "id",
      "agent",
      "name",
      "generation",
      "model",
      "session",
      "door",
      "identified_by",
      "ended",
      "opened",
      "closed",
      "duration_ms",
      "counts",
    ],
  },
  task: { about: "texts, but for the number `seed`", fields: ["id", "class", "condition", "seed"] },
  roles: { about: 'a list: `roles.exists(r, r.lineage == "traits" && r.role == "teacher")`' },
  scores: { about: '"hit", "miss" or "undetermined"', fields: measures },
  steps: { about: "how many calls" },
  messages: { about: "how many messages" },
  effects: { about: "how many calls attempt each kind", fields: effectKinds },
  verdicts: {
    about: "how many calls the policy judges so, dry-run or not",
    fields: ["allow", "ask", "deny"],
  },
  outcomes: { about: "how many calls ended so", fields: outcomeKinds },
  rules: { about: 'every rule that matched a call: `"no-rm" in rules`' },
  tools: { about: "every tool that was called" },
  recorded: {
    about: "texts: what it was recorded under; `offered` is the digest of the tools",
    fields: ["policy", "mode", "analyser", "definitions", "offered"],
  },
};

const vocabulary = new Map(
  Object.entries(factTable).map(([name, { fields }]) => [name, fields] as const),
);

export interface Where {
  readonly source: string;
  /** Who is what in lineages decides with. */
  readonly readsRoles: boolean;
  /** @throws ProctorError `invalid_request`: the query has no value for this one */
  selects(facts: Facts): boolean;
}

/** @throws ProctorError `invalid_request`: what is wrong, where, and what to write */
export function compileWhere(source: string): Where {
  if (source.length > maxExpressionLength) {
    const detail = `the query has ${source.length} characters; write at most ${maxExpressionLength}`;
    throw new ProctorError("invalid_request", detail);
  }
  const expression = attempt(source, undefined, () => compileExpression(source, vocabulary));
  const variables = [...expression.variables];

  return {
    source,
    readsRoles: expression.variables.has("roles"),
    selects: (facts) =>
      attempt(source, facts.trajectory.id, () =>
        expression.holds(
          Object.fromEntries(variables.map((name) => [name, bindingOf(facts, name)])),
        ),
      ),
  };
}

function attempt<Value>(source: string, trajectory: string | undefined, step: () => Value): Value {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof ExpressionFault)) throw error;
    throw new ProctorError("invalid_request", explained(error, source, trajectory), {
      cause: error,
    });
  }
}

/** The query with a mark below the place, and what to do. */
function explained(
  { message, fix, position }: ExpressionFault,
  source: string,
  trajectory: string | undefined,
): string {
  const place = position === undefined ? "" : `${position.line}:${position.column} `;
  const where = trajectory === undefined ? "" : ` (of ${trajectory})`;
  return [`--where ${place}${message}${where}`, ...marked(source, position), `  fix: ${fix}`].join(
    "\n",
  );
}

function marked(source: string, position: Position | undefined): readonly string[] {
  return source.split("\n").flatMap((line, i) => {
    const mark = position?.line === i + 1 ? [`  ${" ".repeat(position.column - 1)}^`] : [];
    return [`  ${line}`, ...mark];
  });
}

function bindingOf(facts: Facts, name: string): CelInput {
  const found = Object.entries(facts).find(([known]) => known === name);
  return celOf(found?.[1]);
}

/** Whole numbers are CEL's `int`, objects its maps. */
function celOf(value: unknown): CelInput {
  if (typeof value === "number") return BigInt(value);
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(celOf);
  if (typeof value !== "object" || value === null) return null;
  return new Map(Object.entries(value).map(([name, member]) => [name, celOf(member)]));
}
