// Builtins that declare and remove variables and functions.

import { assignedBy, nameIn } from "../assignments.ts";
import type { Word } from "../command.ts";
import type { Builtin, BuiltinCall, Shell } from "../shell.ts";
import { isArray, type Variable } from "../state.ts";
import { hole } from "../text.ts";
import {
  type Assigned,
  assign,
  isClosed,
  isExported,
  lookUp,
  noteName,
  referred,
  write,
} from "../variables.ts";
import { numberOf } from "../words.ts";
import { quiet } from "./call.ts";
import { parseElement } from "./elements.ts";

interface Declaring {
  /** The letters behind `-` and `+`. */
  readonly on: string;
  readonly off: string;
  readonly operands: readonly Word[];
}

function readLetters(args: readonly Word[]): Declaring {
  let on = "";
  let off = "";
  let at = 0;
  for (; at < args.length; at += 1) {
    const text = args[at]?.value ?? "";
    if (text === "--") return { on, off, operands: args.slice(at + 1) };
    if (/^-[a-zA-Z]+$/.test(text)) on += text.slice(1);
    else if (/^\+[a-zA-Z]+$/.test(text)) off += text.slice(1);
    else break;
  }
  return { on, off, operands: args.slice(at) };
}

/** `declare`, `export`, ...: `letters` are the attributes that the name itself gives. */
function declaring(letters: string, local: boolean): Builtin {
  return quiet((call) => {
    const { on, off, operands } = readLetters(call.args);
    const attributes = {
      on: letters + on,
      off: off + (letters !== "" && on.includes("n") ? letters : ""),
    };
    if (on.includes("f")) return declareFunctions(call, attributes, operands);
    if (on.includes("p")) return call.shell.write(hole("the output of declare -p"));
    for (const word of operands)
      declareOne(call.shell, word, attributes, local && !on.includes("g"));
  });
}

interface Attributes {
  readonly on: string;
  readonly off: string;
}

function declareOne(shell: Shell, word: Word, attributes: Attributes, local: boolean): undefined {
  const assigned = assignedBy(word);
  const name = assigned?.name ?? nameIn(word);
  if (name === undefined) return evaluateSubscript(shell, word);
  if (local) hide(shell, name, attributes);
  const isReference = attributes.on.includes("n") && !attributes.on.includes("x");
  const at = isReference ? name : referred(shell, name);
  const before = lookUp(shell, at);
  if (before.readonly === true) return;
  const declared = withAttributes(before, attributes, isReference);
  shell.state.variables.set(at, unassigned(shell, at, declared, attributes));
  if (assigned !== undefined) {
    // The value of an integer is an expression, in which substitutions run.
    if (declared.integer === true && !isArray(assigned.value)) numberOf(shell, assigned.value);
    assign(shell, { ...shaped(assigned, declared), name: at });
  }
  const after = lookUp(shell, at);
  write(shell, at, {
    ...after,
    ...withAttributes(after, attributes, isReference),
    ...readOnly(attributes),
  });
  noteName(shell, at, isExported(shell, at));
}

/** `declare 'x[$(rm y)]=1'` evaluates the subscript. */
function evaluateSubscript(shell: Shell, word: Word): undefined {
  const element = parseElement(word.value?.replace(/=.*$/s, "") ?? "");
  if (element?.index !== undefined) numberOf(shell, `${element.name}[${element.index}]`);
}

/** In a function, the variable is another one until the function ends. */
function hide(shell: Shell, name: string, { on }: Attributes): undefined {
  const { locals, state } = shell;
  if (locals === undefined || locals.has(name)) return;
  locals.set(name, lookUp(shell, name));
  state.variables.set(name, { value: undefined, reference: on.includes("n") });
}

function withAttributes(variable: Variable, { on, off }: Attributes, reference: boolean): Variable {
  const has = (letter: string, old: boolean | undefined) =>
    off.includes(letter) ? false : on.includes(letter) || old === true;
  return {
    ...variable,
    exported: has("x", variable.exported),
    integer: has("i", variable.integer),
    reference: reference || variable.reference === true,
    ...lettersOf({ on, off }, variable),
  };
}

function lettersOf({ on, off }: Attributes, { letters }: Variable): Pick<Variable, "letters"> {
  if (on.includes("u")) return { letters: "upper" };
  if (on.includes("l")) return { letters: "lower" };
  return letters === undefined || /[ul]/.test(off) ? {} : { letters };
}

function readOnly({ on }: Attributes): Pick<Variable, "readonly"> {
  return on.includes("r") ? { readonly: true } : {};
}

/** `declare -A m` makes an empty array of what had no value. */
function unassigned(shell: Shell, name: string, variable: Variable, { on }: Attributes): Variable {
  if (!/[aA]/.test(on) || variable.value !== undefined) return variable;
  if (shell.state.variables.get(name) === undefined && !isClosed(shell)) {
    return { ...variable, value: emptyArray(on) };
  }
  return { ...variable, value: emptyArray(on) };
}

function emptyArray(on: string): Variable["value"] {
  return { kind: on.includes("A") ? "associative" : "indexed", items: new Map() };
}

/** What was written as an indexed array is one with keys, where the variable is. */
function shaped(assigned: Assigned, { value }: Variable): Assigned {
  if (!isArray(value) || value.kind !== "associative") return assigned;
  if (!isArray(assigned.value) || assigned.value.kind !== "indexed") return assigned;
  const items = new Map([...assigned.value.items].map(([key, text]) => [String(key), text]));
  return { ...assigned, value: { kind: "associative", items } };
}

function declareFunctions(
  { shell }: BuiltinCall,
  { on }: Attributes,
  operands: readonly Word[],
): undefined {
  for (const { value } of operands) {
    const definition = value === undefined ? undefined : shell.state.functions.get(value);
    if (value === undefined || !definition || !on.includes("x")) continue;
    shell.state.functions.set(value, { ...definition, exported: true });
    shell.run.leave(`the function ${value} was exported`);
  }
  shell.write(hole("the output of declare -f"));
}

const unset: Builtin = quiet(({ shell, args }) => {
  const { on, operands } = readLetters(args);
  for (const word of operands) {
    const element = word.value === undefined ? undefined : parseElement(word.value);
    if (element === undefined) continue;
    if (element.index !== undefined) unsetElement(shell, element.name, element.index);
    else unsetName(shell, element.name, on);
  }
});

function unsetName(shell: Shell, name: string, on: string): undefined {
  const { variables, functions } = shell.state;
  const isVariable = variables.get(name)?.value !== undefined;
  if (on.includes("f") || (on === "" && !isVariable && functions.get(name))) {
    functions.set(name, null);
    return;
  }
  const at = on.includes("n") ? name : referred(shell, name);
  if (variables.get(at)?.readonly !== true) variables.set(at, { value: undefined });
}

/** A subscript is evaluated, substitutions in it included. */
function unsetElement(shell: Shell, name: string, index: string): undefined {
  const at = numberOf(shell, index);
  const variable = lookUp(shell, name);
  const { value } = variable;
  if (!isArray(value) || value.kind !== "indexed") return;
  const items = new Map(value.items);
  if (at !== undefined) items.delete(at);
  const left =
    at === undefined ? ({ kind: "array", why: `$${name}` } as const) : { ...value, items };
  shell.state.variables.set(name, { ...variable, value: left });
}

export const variables: ReadonlyMap<string, Builtin> = new Map([
  ["declare", declaring("", true)],
  ["typeset", declaring("", true)],
  ["local", declaring("", true)],
  ["export", declaring("x", false)],
  ["readonly", declaring("r", false)],
  ["unset", unset],
]);
