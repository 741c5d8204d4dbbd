// Variables: what a name stands for, and what assigning to it changes.

import { limits } from "../limits.ts";
import type { Word } from "./command.ts";
import { leadingVariables, whyNamesChange, whyProgramsChange } from "./programs.ts";
import type { Shell } from "./shell.ts";
import { isArray, type Value, type Variable } from "./state.ts";
import { bounded, concat, hole, isKnown, type Text } from "./text.ts";

/** One assignment, its right side expanded. */
export interface Assigned {
  readonly name: string;
  readonly value: Value;
  readonly append: boolean;
  /** Of `name[index]=`. */
  readonly index?: Text;
}

/** What stands for a parameter: nothing, one text, or one text for each item. */
export type Parameter =
  | { readonly kind: "unset" }
  | { readonly kind: "text"; readonly text: Text }
  | { readonly kind: "list"; readonly items: readonly Text[] }
  /** Any number of items. */
  | {
      readonly kind: "unknown list";
      readonly why: string;
      readonly names?: readonly Word[];
      /** How many items there are, where that is known. */
      readonly size?: number;
    };

const namePattern = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function isName(text: string): boolean {
  return namePattern.test(text);
}

/** Variables that bash sets itself, or changes at every look. */
const shellsOwn: ReadonlySet<string> = new Set(
  `BASH BASHOPTS BASHPID BASH_ARGC BASH_ARGV BASH_COMMAND BASH_LINENO BASH_SOURCE BASH_SUBSHELL
  BASH_VERSINFO BASH_VERSION COLUMNS COMP_WORDBREAKS DIRSTACK EPOCHREALTIME EPOCHSECONDS EUID FUNCNAME
  GROUPS HISTCMD HOME HOSTNAME HOSTTYPE LANG LINENO LINES LOGNAME MACHTYPE OPTARG OSTYPE PATH
  PIPESTATUS PPID PS4 RANDOM SECONDS SHELL SHELLOPTS SHLVL SRANDOM TERM TMPDIR UID USER
  OLDPWD`.split(/\s+/),
);

/** Values that bash gives variables before a script has set them. */
const initial: ReadonlyMap<string, string> = new Map([
  ["IFS", " \t\n"],
  ["OPTIND", "1"],
  ["OPTERR", "1"],
]);

/** A variable as the script left it; where it never set it, as the environment may have. */
export function lookUp(shell: Shell, name: string): Variable {
  const own = shell.state.variables.get(name);
  if (own !== undefined) return own;
  return { value: untouched(shell, name), exported: true };
}

/** The name behind `declare -n` references. */
export function referred(shell: Shell, name: string): string {
  let at = name;
  for (let hops = 0; hops < maxReferences; hops += 1) {
    const variable = shell.state.variables.get(at);
    if (variable?.reference !== true) return at;
    const { value } = variable;
    if (typeof value !== "string" || !isName(value)) return at;
    at = value;
  }
  return at;
}

const maxReferences = 8;

function untouched(shell: Shell, name: string): Value | undefined {
  const given = initial.get(name);
  if (given !== undefined) return given;
  const { home } = shell.run.context;
  const remote = shell.elsewhere !== undefined || shell.opaque;
  if (name === "HOME" && home !== undefined && !remote) return home;
  if (name === "PWD" && !remote) return folderText(shell);
  if (shellsOwn.has(name)) return hole(`$${name}`);
  return isClosed(shell) ? undefined : hole(`$${name}`);
}

/** Is every variable known that the script did not set itself? */
export function isClosed({ state }: Shell): boolean {
  return !state.foreign;
}

/** Code that is not seen has run in this shell: every variable may be another. */
export function forgetVariables({ state, run }: Shell): undefined {
  for (const [name, variable] of state.variables.entries()) {
    run.budget.step();
    if (variable.readonly !== true) {
      state.variables.set(name, { ...variable, value: hole(`$${name}`) });
    }
  }
  state.foreign = true;
}

export function folderText({ state: { folder } }: Shell): Text {
  if (folder.path === undefined || folder.otherwise !== undefined) return hole("$PWD");
  return folder.path;
}

/** The scalar value of a variable: of an array, that of item 0. */
export function scalar(value: Value | undefined): Text | undefined {
  if (!isArray(value)) return value;
  switch (value.kind) {
    case "indexed":
      return value.items.get(0);
    case "associative":
      return value.items.get("0");
    case "array":
      return hole(value.why);
  }
}

/** All items of a variable, in order. */
export function itemsOf(value: Value | undefined): Parameter {
  if (value === undefined) return { kind: "list", items: [] };
  if (!isArray(value)) return { kind: "list", items: [value] };
  switch (value.kind) {
    case "indexed":
      return {
        kind: "list",
        items: sortedKeys(value.items).map((at) => value.items.get(at) ?? ""),
      };
    case "associative":
      // The order of an associative array is bash's own.
      if (value.items.size > 1) return unordered(value.items.size);
      return { kind: "list", items: [...value.items.values()] };
    case "array":
      return { ...value, kind: "unknown list" };
  }
}

export function keysOf(value: Value | undefined): Parameter {
  if (value === undefined) return { kind: "list", items: [] };
  if (!isArray(value)) return { kind: "list", items: ["0"] };
  switch (value.kind) {
    case "indexed":
      return { kind: "list", items: sortedKeys(value.items).map(String) };
    case "associative":
      if (value.items.size > 1) return unordered(value.items.size);
      return { kind: "list", items: [...value.items.keys()] };
    case "array":
      return { kind: "unknown list", why: value.why };
  }
}

function unordered(size: number): Parameter {
  return { kind: "unknown list", why: "an associative array", size };
}

function sortedKeys(items: ReadonlyMap<number, Text>): readonly number[] {
  return [...items.keys()].sort((a, b) => a - b);
}

/** Sets a variable, as `name=value`, `name+=value` or `name[index]=value` does. */
export function assign(shell: Shell, { name, value, append, index }: Assigned): undefined {
  const at = referred(shell, name);
  const old = lookUp(shell, at);
  if (isArray(old.value)) shell.run.budget.step(copyCost(old.value));
  if (old.readonly === true) {
    // Where the assignment stands alone, bash gives up on the script.
    shell.giveUp();
    return;
  }
  const next =
    index === undefined ? whole(old, value, append) : item(shell, old, { index, value, append });
  const exported = shell.state.options.allexport || isExported(shell, at);
  write(shell, at, { ...old, exported, value: next });
  noteName(shell, at, exported || at === "PATH");
  if (at === "PROMPT_COMMAND" || leadingVariables.has(at)) shell.run.leave(`${at} was set`);
}

/** Some variables decide what names mean, and what else programs run. */
export function noteName(shell: Shell, name: string, exported: boolean): undefined {
  if (!exported) return;
  const value = scalar(shell.state.variables.get(name)?.value);
  if (value === undefined) return;
  const why = whyNamesChange(name, value);
  if (why !== undefined) shell.state.namesChanged ??= why;
  const later = whyProgramsChange(name, value);
  if (later !== undefined) shell.run.leave(later);
}

/** A changed array is a copy. */
function copyCost(value: Exclude<Value, Text>): number {
  return value.kind === "array" ? 0 : value.items.size >> 3;
}

/** Sets a variable to a text, and leaves its attributes as they are. */
export function setText(shell: Shell, name: string, text: Text): undefined {
  assign(shell, { name, value: text, append: false });
}

export function write(shell: Shell, name: string, variable: Variable): undefined {
  shell.state.variables.set(name, { ...variable, value: shaped(variable) });
}

/** A variable that came from the environment stays exported when a script changes it. */
export function isExported(shell: Shell, name: string): boolean {
  const own = shell.state.variables.get(name);
  if (own !== undefined) return own.exported === true;
  return untouched(shell, name) !== undefined && !initial.has(name) && isFromEnvironment(name);
}

function isFromEnvironment(name: string): boolean {
  return ["HOME", "PATH", "LANG", "LOGNAME", "SHELL", "TERM", "TMPDIR", "USER"].includes(name);
}

function whole(old: Variable, value: Value, append: boolean): Value {
  if (isArray(value))
    return append && old.value !== undefined ? appended(asArray(old.value), value) : value;
  if (!isArray(old.value)) return append ? bounded(concat(scalar(old.value) ?? "", value)) : value;
  const first = append ? concat(scalar(old.value) ?? "", value) : value;
  return withItem(old.value, "0", first);
}

/** A scalar is item 0 of the array that it becomes. */
function asArray(value: Value): Value {
  return isArray(value) ? value : { kind: "indexed", items: new Map([[0, value]]) };
}

function appended(old: Value, more: Value): Value {
  if (!isArray(old) || !isArray(more)) return more;
  if (old.kind === "indexed" && more.kind === "indexed") {
    const start = Math.max(-1, ...old.items.keys()) + 1;
    const moved = [...more.items].map(([at, text]) => [start + at, text] as const);
    return { kind: "indexed", items: new Map([...old.items, ...moved]) };
  }
  if (old.kind === "associative" && more.kind === "associative") {
    return { kind: "associative", items: new Map([...old.items, ...more.items]) };
  }
  return { kind: "array", why: "an array" };
}

interface Item {
  readonly index: Text;
  readonly value: Value;
  readonly append: boolean;
}

function item(shell: Shell, old: Variable, { index, value, append }: Item): Value {
  const text = isArray(value) ? "" : value;
  shell.run.budget.step();
  const base: Value =
    old.value === undefined ? { kind: "indexed", items: new Map() } : asArray(old.value);
  if (!isKnown(index)) return { kind: "array", why: "an array with an unknown index" };
  return withItem(base, index, append ? concat(itemAt(base, index) ?? "", text) : text);
}

/** Arrays are copied at each change; a script pays for that with steps. */
function withItem(array: Value, index: string, text: Text): Value {
  if (!isArray(array) || array.kind === "array") return array;
  if (array.kind === "associative") {
    return { kind: "associative", items: new Map(array.items).set(index, text) };
  }
  const at = Number(index);
  if (!Number.isSafeInteger(at) || at < 0) return { kind: "array", why: "an array" };
  return { kind: "indexed", items: new Map(array.items).set(at, text) };
}

/** One item of an array; undefined: there is none. */
export function itemAt(value: Value | undefined, index: string): Text | undefined {
  if (!isArray(value)) return index === "0" ? value : undefined;
  switch (value.kind) {
    case "associative":
      return value.items.get(index);
    case "array":
      return hole(value.why);
    case "indexed": {
      const at = Number(index);
      return value.items.get(at < 0 ? Math.max(-1, ...value.items.keys()) + 1 + at : at);
    }
  }
}

/** What the attributes of a variable make of its value. */
function shaped({ value, letters, integer }: Variable): Value | undefined {
  if (value === undefined || isArray(value)) return value;
  if (integer === true && isKnown(value) && !/^-?\d+$/.test(value))
    return hole("an integer variable");
  if (letters === undefined || value === "") return value;
  if (!isKnown(value)) return hole("a variable of changed case");
  return letters === "upper" ? value.toUpperCase() : value.toLowerCase();
}

/** An array of these items. */
export function indexed(items: readonly Text[]): Value {
  return {
    kind: "indexed",
    items: new Map(items.slice(0, limits.steps).map((text, at) => [at, text])),
  };
}
