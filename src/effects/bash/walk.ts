// The walk over a script: every kind of node, in the order in which bash would run it.

import { limits } from "../limits.ts";
import { landing, maybe, merge, type Split, split } from "./branches.ts";
import type { Word } from "./command.ts";
import { decide } from "./conditions.ts";
import {
  type AndOr,
  type ArithmeticCommand,
  type ArithmeticFor,
  type Case,
  type CompoundList,
  type Coproc,
  type For,
  type Function as FunctionNode,
  type If,
  type ParsedScript,
  type Pipeline,
  type PipelineNode,
  parseScript,
  type Redirected,
  type Select,
  type Statement,
  type Subshell,
  type TestCommand,
  type While,
} from "./parse.ts";
import { compilePattern, matches } from "./pattern.ts";
import { redirected } from "./redirects.ts";
import type { Shell, Walk } from "./shell.ts";
import { runCommand, runWords } from "./simple.ts";
import type { Source } from "./source.ts";
import type { State } from "./state.ts";
import { stdinOfText } from "./streams.ts";
import { leave } from "./substitution.ts";
import { hole, isKnown, type Text } from "./text.ts";
import { setText } from "./variables.ts";
import { arithmetic, expandCasePattern, expandCaseWord, expandWords } from "./words.ts";

export const walk: Walk = { text: runText, script: runScript, end, node: runNode, words: runWords };

/** Parses and runs shell text. */
function runText(shell: Shell, source: Source): undefined {
  const parsed = parseScript(source.text, shell.run.budget);
  const inner = shell.with({ source });
  if (parsed.ok) runScript(inner, parsed.script);
  else inner.unknown(parsed.why, { pos: 0, end: source.text.length });
}

/**
 * Bash reads a line, or as many as a command has, and runs it before it reads on. So where the text
 * is wrong, the lines before are run; of the rest nothing is known.
 */
function runScript(shell: Shell, { commands, errors }: ParsedScript): undefined {
  const [error] = errors ?? [];
  const sound = error === undefined ? Number.POSITIVE_INFINITY : lineStart(shell, error.pos);
  let behind = -1;
  for (const statement of commands) {
    if (behind < 0 || shell.source.text.slice(behind, statement.pos).includes("\n")) {
      nextLine(shell);
    }
    behind = Math.max(statement.pos, statement.end);
    if (behind >= sound || shell.state.options.noexec) break;
    if (!shell.state.dead) runStatement(shell, statement);
    else if (shell.exit.givenUp.length === 0) break;
  }
  if (error === undefined || shell.state.dead || shell.state.options.noexec) return;
  const end = shell.source.text.length;
  shell.unknown(`it cannot be parsed: ${error.message}`, { pos: Math.min(error.pos, end), end });
}

function nextLine({ run, state, exit }: Shell): undefined {
  run.unit += 1;
  if (exit.givenUp.length > 0) state.join(exit.base, [state, ...exit.givenUp]);
}

function lineStart(shell: Shell, pos: number): number {
  return shell.source.text.lastIndexOf("\n", Math.max(0, pos - 1)) + 1;
}

/** What `trap ... EXIT` left to do, wherever the process has ended. */
function end(shell: Shell): undefined {
  const { state, exit } = shell;
  if (state.exitTraps.length === 0 && exit.arrivals.length === 0) return;
  const last = exit.base.fork();
  last.join(exit.base, [state, ...exit.arrivals]);
  const traps = last.exitTraps;
  last.exitTraps = [];
  last.jumps = 0;
  const ending = shell.with({ state: last });
  // Where it may have ended before the trap was set, the trap may not run; nor, while a trap runs,
  // that of a command substitution.
  const { run } = shell;
  const doubted = run.trapsRunning > 0 || exit.ends > exit.arrivals.length;
  run.trapsRunning += 1;
  for (const { source, possible } of last.dead ? [] : traps) {
    if (possible || doubted) maybe(ending, (inner) => runText(inner, source));
    else runText(ending, source);
  }
  run.trapsRunning -= 1;
  for (const [path, file] of last.files.since(exit.base.files)) state.files.set(path, file);
}

function runStatement(shell: Shell, { command, background }: Statement): undefined {
  if (background !== true) return runNode(shell, command);
  const inner = shell.forked();
  inner.feed({ kind: "text", text: "" });
  runNode(inner, command);
  leave(shell, inner);
  shell.state.status = 0;
}

function runList(shell: Shell, list: CompoundList): undefined {
  for (const statement of list.commands) {
    if (shell.state.dead || shell.state.options.noexec) return;
    runStatement(shell, statement);
  }
}

function runNode(shell: Shell, node: PipelineNode | AndOr | CompoundList): undefined {
  if (node.type === "Command") {
    runCommand(shell, node);
    return ifFailed(shell);
  }
  const { budget } = shell.run;
  budget.step();
  budget.enter();
  runCompound(shell, node);
  budget.leave();
}

type Compound = Exclude<PipelineNode | AndOr | CompoundList, { type: "Command" }>;

function runCompound(shell: Shell, node: Compound): undefined {
  switch (node.type) {
    case "CompoundList":
    case "BraceGroup":
      return runList(shell, node.type === "BraceGroup" ? node.body : node);
    case "Redirected":
      return runRedirected(shell, node);
    case "AndOr":
      return runAndOr(shell, node);
    case "Pipeline":
      runPipeline(shell, node);
      return ifFailed(shell);
    case "Subshell":
      runSubshell(shell, node);
      return ifFailed(shell);
    case "If":
      return runIf(shell, node);
    case "For":
      return runFor(shell, node);
    case "Select":
      return runSelect(shell, node);
    case "ArithmeticFor":
      return runArithmeticFor(shell, node);
    case "While":
      return runWhile(shell, node);
    case "Case":
      return runCase(shell, node);
    case "Function":
      return defineFunction(shell, node);
    case "Coproc":
      return runCoproc(shell, node);
    case "TestCommand":
      runTest(shell, node);
      return ifFailed(shell);
    case "ArithmeticCommand":
      runArithmetic(shell, node);
      return ifFailed(shell);
    default:
      return unexpected(node);
  }
}

function unexpected(node: never): never {
  throw new TypeError(`a command of an unknown type: ${JSON.stringify(node)}`);
}

/** `set -e`: a failure ends the script, so what follows may not be reached. */
function ifFailed(shell: Shell): undefined {
  const { state, condition } = shell;
  if (!state.options.errexit || condition || state.status === 0 || state.dead) return;
  shell.quit(state.status !== undefined);
}

function runRedirected(shell: Shell, { command, redirects }: Redirected): undefined {
  redirected(shell, redirects, () => runNode(shell, command));
}

/** A command whose failure decides something. */
function runCondition(shell: Shell, node: PipelineNode | CompoundList): Split {
  runNode(shell.with({ condition: true }), node);
  return split(shell.state);
}

/** `a && b || c`: each way goes on where the commands before have led it. */
function runAndOr(shell: Shell, { commands, operators }: AndOr): undefined {
  const { state: base } = shell;
  const [first, ...others] = commands;
  if (first === undefined) return;
  let { ok, failed, ended } = runCondition(shell, first);
  const over: State[] = ended === undefined || ended === base ? [] : [ended];
  for (const [at, command] of others.entries()) {
    const and = operators[at] === "&&";
    const state = and ? ok : failed;
    if (state === undefined) continue;
    const condition = shell.condition || at < others.length - 1;
    runNode(shell.with({ state, condition }), command);
    const next = split(state);
    if (next.ended !== undefined && next.ended !== base) over.push(next.ended);
    ok = and ? next.ok : merge(base, ok, next.ok);
    failed = and ? merge(base, failed, next.failed) : next.failed;
  }
  meet(base, [ok, failed, ...over]);
}

/** Ways from `base` meet again. Where the only way is `base` itself, it never parted. */
function meet(base: State, ways: readonly (State | undefined)[]): undefined {
  const parted = ways.filter((way): way is State => way !== undefined && way !== base);
  if (parted.length === 0) return;
  base.join(base, ways.includes(base) ? [base.fork(), ...parted] : parted);
}

function runPipeline(shell: Shell, { prefixes, commands }: Pipeline): undefined {
  const last = commands.length - 1;
  let output: Text | undefined;
  for (const [at, command] of commands.entries()) {
    const inPlace = last === 0 || (at === last && shell.state.options.lastpipe);
    const inner = inPlace ? shell : shell.forked();
    const { streams } = inner.state;
    if (output !== undefined) inner.feed(stdinOfText(output, "what another program writes"));
    const capture = at < last ? inner.capture() : undefined;
    runNode(inner.with({ condition: shell.condition || prefixes.length > 0 }), command);
    output = capture?.text;
    if (inPlace) inner.state.streams = streams;
    else leave(shell, inner);
  }
  for (const prefix of prefixes) if (prefix.type === "Negation") negate(shell.state);
}

function negate(state: State): undefined {
  if (state.status !== undefined) state.status = state.status === 0 ? 1 : 0;
}

function runSubshell(shell: Shell, { body }: Subshell): undefined {
  const inner = shell.forked();
  runList(inner, body);
  leave(shell, inner);
}

function runIf(shell: Shell, { clause, then, elif, else: otherwise }: If): undefined {
  const { state: base } = shell;
  const ways: (State | undefined)[] = [];
  let at: State | undefined = base;
  for (const branch of [{ clause, then }, ...elif]) {
    if (at === undefined) break;
    const { ok, failed, ended } = runCondition(shell.with({ state: at }), branch.clause);
    if (ok !== undefined) runList(shell.with({ state: ok }), branch.then);
    ways.push(ok, ended);
    at = failed;
  }
  if (at !== undefined) {
    at.status = 0;
    if (otherwise !== undefined) runList(shell.with({ state: at }), otherwise);
  }
  meet(base, [...ways, at]);
}

function runCase(shell: Shell, { word, items }: Case): undefined {
  const { state: base } = shell;
  const subject = expandCaseWord(shell, word);
  base.status = 0;
  const ways: (State | undefined)[] = [];
  let at: State | undefined = base;
  let falling: State | undefined;
  for (const { pattern, body, terminator } of items) {
    const matched: boolean | undefined =
      at === undefined ? false : matchesAny(shell.with({ state: at }), pattern, subject);
    const entered: State | undefined =
      matched === undefined ? at?.fork(1) : matched ? at : undefined;
    const waiting: State | undefined = matched === true ? undefined : at;
    const way = merge(base, falling, entered);
    falling = undefined;
    if (way !== undefined) {
      runList(shell.with({ state: way }), body);
      if (terminator === ";&") falling = way;
      else if (terminator !== ";;&") ways.push(way);
    }
    at =
      terminator === ";;&"
        ? merge(base, waiting, way)
        : waiting?.fork(matched === undefined ? 1 : 0);
  }
  meet(base, [...ways, falling, at]);
}

function matchesAny(shell: Shell, patterns: Case["items"][number]["pattern"], subject: Text) {
  let undecided = false;
  for (const word of patterns) {
    const pattern = expandCasePattern(shell, word);
    if (pattern === "*") return undecided ? undefined : true;
    const matched =
      pattern === undefined || !isKnown(subject)
        ? undefined
        : matches(compilePattern(pattern), subject);
    if (matched === true) return true;
    undecided ||= matched === undefined;
  }
  return undecided ? undefined : false;
}

/** Runs the rounds of a loop, from which `break` leads. */
function looping(shell: Shell, rounds: (shell: Shell) => void): undefined {
  shell.run.sink.repeating(() => {
    landing(shell, ["break"], rounds);
  });
}

/** One round, from which `continue` leads. */
function round(shell: Shell, action: (shell: Shell) => void): undefined {
  shell.run.budget.step();
  landing(shell, ["continue"], action);
}

/**
 * Any number of rounds: what changes in one is not known in the next, but for the variable of the
 * loop, which each begins by setting.
 */
function anyRounds(shell: Shell, action: (shell: Shell) => void, ofLoop?: string): undefined {
  const { state } = shell;
  for (let pass = 0; pass < maxPasses; pass += 1) {
    const taken = state.fork(1);
    round(shell.with({ state: taken }), action);
    const changed = changedVariables(state, taken).filter((name) => name !== ofLoop);
    const moved = !taken.dead && !sameValue(taken.folder, state.folder);
    state.join(state, [state.fork(), taken]);
    for (const name of changed) forget(state, name);
    if (moved) state.folder = { path: undefined };
    if (changed.length === 0 && !moved) return;
  }
}

/** Passes until nothing changes any more; a change may need one to reach the next variable. */
const maxPasses = 3;

function changedVariables(before: State, after: State): readonly string[] {
  return [...after.variables.since(before.variables)]
    .filter(([name, { value }]) => !sameValue(before.variables.get(name)?.value, value))
    .map(([name]) => name);
}

function forget({ variables }: State, name: string): undefined {
  variables.set(name, { ...variables.get(name), value: hole(`$${name}`) });
}

function sameValue(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function runFor(shell: Shell, { name, wordlist, body }: For): undefined {
  const each = loopValues(shell, wordlist);
  shell.state.status = 0;
  const run = (text: Text) => (inner: Shell) => {
    setText(inner, name.value, text);
    runList(inner, body);
  };
  looping(shell, (loop) => {
    let open = 0;
    for (const [at, { text, many }] of each.entries()) {
      if (loop.state.dead) return;
      if (many) open += 1;
      if (at >= limits.rounds || open > limits.openRounds) {
        return anyRounds(loop, run(hole(`$${name.value}`)), name.value);
      }
      if (many) anyRounds(loop, run(text), name.value);
      else round(loop, run(text));
    }
  });
}

interface LoopValue {
  readonly text: Text;
  readonly many: boolean;
}

function loopValues(shell: Shell, wordlist: For["wordlist"]): readonly LoopValue[] {
  if (wordlist !== undefined) return expandWords(shell, wordlist).map(loopValue);
  const { parameters } = shell.state;
  return parameters?.map((text) => ({ text, many: false })) ?? [{ text: hole("$@"), many: true }];
}

function loopValue(word: Word): LoopValue {
  return { text: word.value ?? word.parts, many: word.many };
}

function runSelect(shell: Shell, { name, wordlist, body }: Select): undefined {
  const words = wordlist === undefined ? [] : expandWords(shell, wordlist);
  const known = words.map((word) => word.value).filter((value) => value !== undefined);
  const oneOf = wordlist !== undefined && known.length === words.length ? known : undefined;
  looping(shell, (loop) => {
    const run = (inner: Shell) => {
      setText(inner, name.value, hole(`$${name.value}`, oneOf));
      runList(inner, body);
    };
    anyRounds(loop, run, name.value);
  });
  shell.state.status = undefined;
}

function runArithmeticFor(
  shell: Shell,
  { initialize, test, update, body }: ArithmeticFor,
): undefined {
  arithmetic(shell, initialize);
  shell.state.status = 0;
  const isTrue = (inner: Shell) => (test === undefined ? 1 : arithmetic(inner, test));
  const once = (inner: Shell) => {
    round(inner, (within) => runList(within, body));
    if (!inner.state.dead) arithmetic(inner, update);
  };
  looping(shell, (loop) => {
    for (let count = 0; count < limits.rounds && !loop.state.dead; count += 1) {
      const value = isTrue(loop);
      if (value === 0) return;
      if (value === undefined) break;
      once(loop);
    }
    if (loop.state.dead) return;
    anyRounds(loop, (inner) => {
      once(inner);
      isTrue(inner);
    });
  });
}

function runWhile(shell: Shell, { kind, clause, body }: While): undefined {
  looping(shell, (loop) => {
    for (let count = 0; count < limits.rounds; count += 1) {
      const goes = decidedRound(loop, { kind, clause, body });
      if (goes !== true) {
        if (goes === undefined) break;
        return;
      }
    }
    if (loop.state.dead) return;
    anyRounds(loop, (inner) => {
      const { ok, failed, ended } = runCondition(inner, clause);
      const way = kind === "while" ? ok : failed;
      if (way !== undefined) runList(inner.with({ state: way }), body);
      meet(inner.state, [ok, failed, ended]);
    });
  });
  shell.state.status = undefined;
}

/** One round whose condition is decided: does the loop go on? undefined: that is not known. */
function decidedRound(
  loop: Shell,
  { kind, clause, body }: Pick<While, "kind" | "clause" | "body">,
): boolean | undefined {
  let goes: boolean | undefined = true;
  round(loop, (inner) => {
    const { ok, failed, ended } = runCondition(inner, clause);
    const on = kind === "while" ? ok : failed;
    if (ended !== undefined) goes = false;
    else if (ok !== undefined && failed !== undefined) {
      goes = undefined;
      if (on !== undefined) runList(inner.with({ state: on }), body);
      meet(inner.state, [ok, failed]);
    } else if (on === undefined) goes = false;
    else runList(inner, body);
  });
  return loop.state.dead ? false : goes;
}

function defineFunction(shell: Shell, { name, body }: FunctionNode): undefined {
  shell.state.functions.set(name.value, { body, source: shell.source, exported: false });
  shell.run.leave(`the function ${name.value} was defined`);
  shell.state.status = 0;
}

function runCoproc(shell: Shell, { body }: Coproc): undefined {
  const inner = shell.forked();
  inner.feed({ kind: "unknown", why: "what is written to a coprocess" });
  inner.capture();
  runNode(inner, body);
  leave(shell, inner);
  shell.state.status = 0;
}

function runTest(shell: Shell, { expression }: TestCommand): undefined {
  const decision = decide(shell, expression);
  shell.state.status = decision === undefined ? undefined : decision ? 0 : 1;
}

function runArithmetic(shell: Shell, { expression, body }: ArithmeticCommand): undefined {
  if (expression === undefined && /\$[({]|`/.test(body)) {
    shell.run.sink.add(
      { kind: "unknown", why: "arithmetic that cannot be parsed" },
      { certainty: "certain", via: "bash", span: shell.source.span },
    );
  }
  const value = arithmetic(shell, expression);
  shell.state.status = value === undefined ? undefined : value !== 0 ? 0 : 1;
}
