// cel: what no other matcher says, in the Common Expression Language. `cel: call.arguments.force == true`.

import { z } from "zod";
import type { Effect } from "../../core/effect.ts";
import { isJsonObject, type Json } from "../../core/json.ts";
import type { EffectContext } from "../context.ts";
import { type CelInput, compileExpression, maxExpressionLength } from "../expression.ts";
import { matcher } from "./matcher.ts";

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
    .max(maxExpressionLength, `Write at most ${maxExpressionLength} characters.`),
  cost: 9,
  compile(source) {
    const expression = compileExpression(source, vocabulary);
    const read = expression.fieldsOf("effect");
    const fields = fieldNames.filter((field) => read.has(field));
    const variables = variableNames.filter((name) => expression.variables.has(name));

    function holds(context: EffectContext, inDoubt: boolean): boolean {
      for (const field of fields) if (isDoubtful(field, context)) return inDoubt;
      return expression.holds(bindingsOf(context, variables));
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

/** Only of `effect` the fields are a closed list. */
const vocabulary = new Map(
  variableNames.map((name) => [name, name === "effect" ? fieldNames : undefined]),
);

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
  variables: readonly Variable[],
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
