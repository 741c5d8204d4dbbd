// Simple commands: which words they have, and what their names stand for.
// https://www.gnu.org/software/bash/manual/html_node/Command-Search-and-Execution.html

import { limits } from "../limits.ts";
import { assignmentWord, expandAssignment } from "./assignments.ts";
import { landing, maybe } from "./branches.ts";
import { choicesIn } from "./choices.ts";
import type { Invocation, Produced, Word } from "./command.ts";
import type { Assignment, Command, Redirection } from "./parse.ts";
import { locate } from "./paths.ts";
import { compilePattern, matches, quoteForPattern } from "./pattern.ts";
import { programAt, whyNamesChange } from "./programs.ts";
import { redirect, redirected } from "./redirects.ts";
import { CommandScope } from "./scope.ts";
import type { Locals, Shell, Simple } from "./shell.ts";
import { generated, spanOf } from "./source.ts";
import { isArray, type ShellFunction } from "./state.ts";
import { inputOf, outputOfInput } from "./streams.ts";
import { concat, hole, isKnown, literalWord, marked, namesHole, type Text } from "./text.ts";
import { type Assigned, assign, lookUp, write } from "./variables.ts";
import { expandWord } from "./words.ts";

export function runCommand(shell: Shell, node: Command): undefined {
  const { state } = shell;
  shell.run.budget.step();
  state.attempt = undefined;
  shell.run.current = spanOf(shell.source, node);
  if (expandsAlias(shell, node)) return;
  const { substitutions } = shell.run;
  const words = wordsOf(shell, node);
  if (state.dead) return;
  const [name] = words;
  if (name === undefined) {
    withoutName(shell, node);
    // The status is that of the last substitution, if there was one.
    if (shell.run.substitutions === substitutions) state.status = 0;
    return;
  }
  const assigned = assignmentsOf(shell, node);
  const run = () =>
    runWords(shell, words, { span: spanOf(shell.source, node), assigned, lookUp: "all" });
  // `exec 3<file` keeps its redirections.
  if (name.value === "exec" && words.length === 1) redirect(shell, node.redirects);
  else redirected(shell, node.redirects, run);
  rememberLastWord(shell, words);
}

function wordsOf(shell: Shell, node: Command): Word[] {
  const words: Word[] = [];
  if (node.name === undefined) return words;
  expandWord(shell, node.name, words);
  for (const argument of node.suffix) {
    if (argument.type === "Word") expandWord(shell, argument, words);
    else if (argument.type === "Assignment") words.push(assignmentWord(shell, argument));
  }
  return words;
}

function assignmentsOf(shell: Shell, node: Command): readonly Assigned[] {
  if (node.prefix.length === 0) return [];
  return node.prefix.filter(isAssignment).map((assignment) => expandAssignment(shell, assignment));
}

function isAssignment(part: Assignment | Redirection): part is Assignment {
  return part.type === "Assignment";
}

/** Assignments and redirections alone: they hold from here on. */
function withoutName(shell: Shell, node: Command): undefined {
  redirected(shell, node.redirects, () => {
    for (const part of node.prefix) {
      if (isAssignment(part)) assign(shell, expandAssignment(shell, part));
    }
    if (shell.run.fileRead === node) {
      shell.write(outputOfInput(inputOf(shell.state.streams), "what a file holds"));
    }
  });
}

function rememberLastWord({ state }: Shell, words: readonly Word[]): undefined {
  const last = words.at(-1);
  if (last !== undefined) state.lastWord = last.many ? hole("$_") : textOf(last);
}

function textOf(word: Word): Text {
  return word.value ?? word.parts;
}

/** Runs a command of these words. */
export function runWords(shell: Shell, words: readonly Word[], how: Simple): undefined {
  const [first, ...args] = words;
  if (first === undefined) return;
  shell.run.budget.step();
  const choices = choicesIn(words);
  if (choices !== undefined) return runChoices(shell, choices, how);
  if (first.value === undefined) return runUnknownName(shell, first, args, how);
  if (first.value.includes("/")) return runPath(shell, first.value, args, how);
  runName(shell, first.value, args, how);
}

function runName(shell: Shell, name: string, args: readonly Word[], how: Simple): undefined {
  const { state, run } = shell;
  if (how.lookUp === "all") {
    const definition = state.functions.get(name);
    if (definition) return callFunction(shell, name, definition, args, how);
  }
  const builtin = run.builtins.get(name);
  if (builtin !== undefined) {
    return withAssigned(shell, how.assigned, () => builtin({ shell, name, args, how }));
  }
  if (how.lookUp === "builtins") return;
  reportChangedNames(shell, how);
  const hashed = state.hashed.get(name);
  if (hashed !== undefined) return runPath(shell, hashed, args, how);
  runProgram(shell, { name, path: name, isNamed: true }, args, how);
}

function runPath(shell: Shell, path: string, args: readonly Word[], how: Simple): undefined {
  const { target } = locate(shell, path, path);
  const content =
    target.form === "resolved" ? shell.state.files.get(target.path)?.content : undefined;
  if (content !== undefined && isKnown(content)) return runFile(shell, path, content, args, how);
  runProgram(shell, { path, ...programAt(path) }, args, how);
}

/** A file that this script wrote: as the shell runs it, or the program that its first line names. */
function runFile(
  shell: Shell,
  path: string,
  content: string,
  args: readonly Word[],
  how: Simple,
): undefined {
  const scope = new CommandScope(shell, invocationOf(shell, { name: path, path }, args, how));
  const interpreter = /^#!\s*(\S+)[ \t]*([^\n]*)/.exec(content);
  const [, program, option = ""] = interpreter ?? [];
  const parameters = [scope.word(path), ...args];
  if (program === undefined || /\/(ba|da|k|z|a)?sh$/.test(program)) {
    finish(shell, scope.script(content, { via: path, parameters }));
    return;
  }
  const options = option === "" ? [] : [scope.word(option)];
  finish(shell, scope.run([scope.word(program), ...options, ...parameters], { via: path }));
}

interface Program {
  readonly name: string;
  readonly path: string;
  readonly isNamed?: boolean;
}

function invocationOf(
  shell: Shell,
  { name, path }: Program,
  args: readonly Word[],
  { span, assigned }: Simple,
): Invocation {
  const assignments = new Map(
    assigned.map(({ name: variable, value }) => [variable, assignedWord(value, span)]),
  );
  const stdin = inputOf(shell.state.streams);
  return { program: name, path, args, assignments, stdin, span };
}

function assignedWord(value: Assigned["value"], span: Word["span"]): Word {
  if (typeof value === "string") return literalWord(value, value, span);
  const parts = "kind" in value ? ([{ kind: "hole", why: "an array" }] as const) : value;
  return { value: undefined, parts, many: false, source: marked(parts), span };
}

function runProgram(shell: Shell, program: Program, args: readonly Word[], how: Simple): undefined {
  const command = shell.run.commands.get(program.name);
  const invocation = invocationOf(shell, program, args, how);
  const scope = new CommandScope(shell, invocation);
  noteAssignments(scope, how.assigned);
  if (program.isNamed !== true) unseenFile(scope, invocation, command !== undefined);
  else if (command === undefined) return notModelled(shell, scope, invocation);
  finish(shell, command?.(invocation, scope));
}

/** After a program: its status, and what it wrote to where its output goes. */
function finish(shell: Shell, produced: Produced | undefined): undefined {
  shell.state.status = produced?.status;
  shell.write(produced?.stdout ?? namesHole("the output of a program", produced?.names));
}

function noteAssignments(scope: CommandScope, assigned: readonly Assigned[]): undefined {
  for (const { name, value } of assigned) {
    const why = isArray(value) ? undefined : whyNamesChange(name, value);
    if (why !== undefined) scope.unknown(`${why} for this program`);
  }
}

/** A program at a path that says nothing about it. */
function unseenFile(scope: CommandScope, invocation: Invocation, modelled: boolean): undefined {
  const { path, args } = invocation;
  const words = args.map((word) => word.value ?? word.source);
  const target = scope.targetOf(path);
  scope.emit({ kind: "execute", program: path, words, code: "file", inspects: false, target });
  const why = modelled
    ? `${path} need not be what its name says`
    : `the program ${path} is not seen`;
  scope.emit({ kind: "unknown", why, ...(target.form === "unresolved" ? {} : { target }) });
}

function notModelled(shell: Shell, scope: CommandScope, { program, args }: Invocation): undefined {
  const [only] = args;
  const asks = args.length === 1 && (only?.value === "--help" || only?.value === "--version");
  const words = args.map((word) => word.value ?? word.source);
  scope.emit({ kind: "execute", program, words, code: asks ? "builtin" : "file", inspects: asks });
  if (!asks) scope.unknown(`the program ${program} is not modelled`);
  finish(shell, undefined);
}

/** Bare names may mean something else than they say: said once, where it begins to matter. */
function reportChangedNames(shell: Shell, { span }: Simple): undefined {
  const why = shell.state.namesChanged;
  if (why !== undefined) tellOnce(shell, `names may mean other programs: ${why}`, { span });
}

function tellOnce(shell: Shell, why: string, { span }: Pick<Simple, "span">): undefined {
  if (shell.run.reported.has(why)) return;
  shell.run.reported.add(why);
  shell.emit({ kind: "unknown", why }, "bash", span);
}

/** The name of the command is not known. */
function runUnknownName(shell: Shell, first: Word, args: readonly Word[], how: Simple): undefined {
  const names = args.length > limits.choiceArguments ? undefined : namesOf(shell, first);
  maybe(shell, (inner) => {
    for (const name of names ?? []) runWords(inner, [{ ...first, ...name }, ...args], how);
    if (names === undefined) runWords(inner, withoutNothing(first, args), how);
  });
  if (names === undefined || names.length === 0) {
    const why = `the name of the command is not known: ${first.source}`;
    shell.emit({ kind: "unknown", why }, "bash", how.span);
  }
  finish(shell, undefined);
}

/** An expansion outside quotes may be nothing: then the first word that stays is the name. */
function withoutNothing(first: Word, args: readonly Word[]): readonly Word[] {
  const words = [first, ...args];
  const stays = words.findIndex(
    ({ many, parts }) => !many || parts.some((part) => part.kind !== "hole"),
  );
  return stays <= 0 || words[stays]?.value === undefined ? [] : words.slice(stays);
}

/** A value that is one of a few: each is tried, though only one of them happens. */
function runChoices(shell: Shell, choices: readonly (readonly Word[])[], how: Simple): undefined {
  for (const words of choices) maybe(shell, (inner) => runWords(inner, words, how));
}

type Name = Pick<Word, "value" | "parts" | "many">;

/** The names that a word may stand for; undefined: any. */
function namesOf(shell: Shell, word: Word): readonly Name[] | undefined {
  return word.parts.some((part) => part.kind === "hole") ? undefined : matchingNames(shell, word);
}

function nameOf(value: string): Name {
  return { value, parts: [{ kind: "text", text: value }], many: false };
}

/** `/bin/r?`, `/usr/bin/[r]m`: the programs that we know and that the pattern matches. */
function matchingNames(shell: Shell, word: Word): readonly Name[] | undefined {
  const source = word.parts
    .map((part) =>
      part.kind === "text" ? quoteForPattern(part.text) : part.kind === "glob" ? part.pattern : "",
    )
    .join("");
  const slash = source.lastIndexOf("/");
  const pattern = compilePattern(source.slice(slash + 1));
  const folder = source.slice(0, slash + 1).replaceAll("\\", "");
  const names = [...shell.run.commands.keys()].filter((name) => matches(pattern, name) === true);
  shell.run.budget.step(16);
  const few = names.length > 0 && names.length <= maxMatchingNames;
  return few ? names.map((name) => nameOf(`${folder}${name}`)) : undefined;
}

const maxMatchingNames = 4;

function callFunction(
  shell: Shell,
  name: string,
  { body, source }: ShellFunction,
  args: readonly Word[],
  how: Simple,
): undefined {
  if (shell.calls >= limits.calls) {
    return tellOnce(shell, `${name} calls functions more than ${limits.calls} deep`, how);
  }
  withAssigned(shell, how.assigned, () => {
    const outer = shell.state.parameters;
    const locals: Locals = new Map();
    landing(shell, ["return"], (inner) => {
      inner.state.parameters = args.some((word) => word.many) ? undefined : args.map(textOf);
      const via = shell.via === "" || shell.via === name ? name : `${shell.via} ${name}`;
      inner.run.walk.node(inner.with({ source, via, locals, calls: shell.calls + 1 }), body);
    });
    shell.state.parameters = outer;
    for (const [local, before] of locals) shell.state.variables.set(local, before);
  });
}

/** `A=1 f` sets A while f runs. */
function withAssigned(
  shell: Shell,
  assigned: readonly Assigned[],
  action: () => undefined,
): undefined {
  if (assigned.length === 0) return action();
  const before = assigned.map(({ name }) => [name, lookUp(shell, name)] as const);
  for (const one of assigned) {
    assign(shell, one);
    const variable = shell.state.variables.get(one.name);
    if (variable !== undefined) write(shell, one.name, { ...variable, exported: true });
  }
  action();
  for (const [name, variable] of before) shell.state.variables.set(name, variable);
}

/** Replaces an alias and runs what it stands for. */
function expandsAlias(shell: Shell, node: Command): boolean {
  const { options, aliases } = shell.state;
  const { name } = node;
  if (options.expandAliases === false || name === undefined || name.text !== name.value)
    return false;
  const alias = aliases.get(name.value);
  if (!alias || alias.unit >= shell.run.unit) return false;
  const text = concat(alias.text, shell.source.text.slice(name.end, node.end));
  const prefix = shell.source.text.slice(node.pos, name.pos);
  const source = generated(prefix + marked(text), spanOf(shell.source, node));
  const run = (inner: Shell) => {
    // An alias is not expanded within itself.
    inner.state.aliases.set(name.value, null);
    inner.run.walk.text(inner, source);
    inner.state.aliases.set(name.value, alias);
  };
  if (options.expandAliases === true) run(shell);
  else maybe(shell, run);
  return options.expandAliases === true;
}
