// Reads an interpreted program once, from top to bottom: what it calls, with which literal arguments.
// No interpreter: a loop's body is read once, a function's where it is defined, and what a branch decides is open.

import type { RunOptions, Word } from "../command.ts";
import { partsOf as partsOfText, unmarked } from "../text.ts";
import type { Act, More } from "../tool.ts";
import { type Lexicon, lex, type Piece, type Token } from "./lexer.ts";
import {
  alternatives,
  asWord,
  concat,
  elementOf,
  known,
  partsOf,
  text,
  unknownValue,
  type Value,
} from "./values.ts";

/** A call with its arguments evaluated. */
export interface Call {
  /** Full name (`os.remove`), or the method's own. */
  readonly name: string;
  readonly receiver: Value | undefined;
  readonly args: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

/** What a call does. Undefined: it does nothing, and what it returns is not known. */
export type Action = (call: Call, host: Host) => Value | undefined;

/** What an action may do. */
export interface Host {
  readonly act: Act;
  /** What every effect here says of itself. */
  readonly more: More;
  unknown(why: string): void;
  /** The paths that a value may name, against the program's folder. */
  words(value: Value | undefined): readonly Word[];
  shell(value: Value | undefined, options?: RunOptions): void;
  command(words: readonly Value[], options?: RunOptions): void;
  /** Text in the same language. */
  code(value: Value | undefined): Value;
  chdir(value: Value | undefined): void;
  bind(name: string, value: Value): void;
  variable(name: string): Value | undefined;
  /** Loads a module that is not of the language itself. */
  imported(module: string): void;
  /** Calls a function that was handed over as a value. */
  call(callee: Value, args: readonly Value[]): Value;
}

export interface Language {
  readonly lexicon: Lexicon;
  /** Between a value and its member. */
  readonly members: readonly string[];
  readonly concatenation: "+" | "." | "..";
  /** Calls need no parentheses. */
  readonly bareCalls: boolean;
  /** Between an argument's or a field's name and its value. */
  readonly argumentNames: readonly string[];
  /** Names of functions mean the same in capitals. */
  readonly ignoresCase: boolean;
  /** `def f`, `sub f`, `function f`, `class C`: what follows is the program's own name. */
  readonly definitions: ReadonlySet<string>;
  /** What follows in the statement, or the statement itself, may not be reached. */
  readonly conditions: ReadonlySet<string>;
  /** Words that stand before an operand and change nothing that we follow. */
  readonly prefixes: ReadonlySet<string>;
  readonly wordOperators: ReadonlySet<string>;
  /** Words that open a block that `end` closes. */
  readonly blockWords: ReadonlySet<string>;
  /** A loop's words: `for x in y`, `const x of y`, `y as x`. */
  readonly loops: "in" | "of" | "as" | "parenthesis";
  readonly calls: ReadonlyMap<string, Action>;
  readonly methods: ReadonlyMap<string, Action>;
  readonly values: ReadonlyMap<string, Value>;
  /** Beginnings of full names and what they stand for, as `posix.` for `os.`. */
  readonly aliases: readonly (readonly [string, string])[];
  /** Full names that only compute or look; `json.` for all of a module. */
  readonly harmless: ReadonlySet<string>;
  readonly harmlessMethods: ReadonlySet<string>;
  /** Names through which anything may be reached. */
  readonly reflective: ReadonlySet<string>;
  /** Reads `import` and its like; true where it did. */
  readonly imports: (reader: Reader) => boolean;
  /** Ruby's and PHP's constants (`File`), Python's modules: names whose unmodelled functions are doubt. */
  readonly isModule: (root: string) => boolean;
}

/** What `imports` reads with. */
export interface Reader {
  peek(ahead?: number): Token | undefined;
  take(): Token | undefined;
  bind(name: string, value: Value): void;
  imported(module: string): void;
}

/** Brackets within brackets, code within strings, functions handed to functions. */
const maxDepth = 48;
/** Functions handed over in one call, and what else is. */
const maxHanded = 8;
/** UTF-16 code units of a full name: `os.path.join`. */
const maxNameLength = 256;
/** Different reasons for doubt that one program states. */
const maxDoubts = 8;
/** Calls of one program that are followed. */
const maxCalls = 20_000;

/** What the parts of one program share. */
interface State {
  readonly variables: Map<string, Value>;
  readonly doubts: Set<string>;
  readonly imported: Set<string>;
  /** Assigned more than once, so that the reading order may not be the order of execution. */
  readonly unsettled: Set<string>;
  readonly own: Set<string>;
  folder: Value | undefined;
  calls: number;
}

interface Setting {
  readonly act: Act;
  /** What its effects are put down to: `python -c`. */
  readonly via: string;
  readonly language: Language;
  readonly state: State;
  readonly depth: number;
  readonly possible: boolean;
}

export interface Reading {
  /** Nothing in it is doubtful. */
  readonly understood: boolean;
  /** Modules that are not of the language itself. */
  readonly foreign: readonly string[];
}

/** Reads a whole program. `values`: variables that are there before it begins, such as its arguments. */
export function evaluate(
  source: string,
  language: Language,
  { act, via }: { readonly act: Act; readonly via: string },
  values: ReadonlyMap<string, Value> = new Map(),
): Reading {
  const state = newState();
  for (const [name, value] of values) state.variables.set(name, value);
  new Evaluator(source, { act, via, language, state, depth: 0, possible: false }).run();
  return { understood: state.doubts.size === 0, foreign: [...state.imported] };
}

function newState(): State {
  return {
    variables: new Map(),
    doubts: new Set(),
    imported: new Set(),
    unsettled: new Set(),
    own: new Set(),
    folder: undefined,
    calls: 0,
  };
}

interface Given {
  readonly args: Value[];
  readonly named: Map<string, Value>;
}

const closing = new Set([")", "]", "}"]);
const opening: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
]);
const assignments = new Set([
  "=", ":=", "+=", "-=", "*=", "/=", ".=", "||=", "&&=", "??=", "%=", "|=", "//=", "**=", "&=", "^=",
]); // biome-ignore format: a list of operators
const prefixOperators = new Set([
  "-", "+", "!", "~", "*", "**", "&", "...", "\\", "++", "--", "@", "%", "$", ":", "<", "->", "#",
]); // biome-ignore format: a list of operators
const conditionOperators = new Set(["&&", "||", "?", "??", "//"]);

class Evaluator implements Host, Reader {
  readonly act: Act;
  readonly #via: string;
  readonly #language: Language;
  readonly #state: State;
  readonly #tokens: readonly Token[];
  /** Where each opening bracket closes. */
  readonly #closes: ReadonlyMap<number, number>;
  readonly #depth: number;
  #at = 0;
  /** What is read now may not be reached. */
  #possible: boolean;
  /** Indentations (Python) that are open, and whether their block may not be reached. */
  #blocks: { readonly indent: number; readonly possible: boolean }[] = [];
  #lineWord = "";
  /** Within the call of a function that was handed over. */
  #handing = false;
  /** What the parameter of the next function literal is. */
  #element: Value | undefined;

  constructor(source: string, { act, via, language, state, depth, possible }: Setting) {
    const { tokens, trouble } = lex(source, language.lexicon);
    this.act = act;
    this.#via = via;
    this.#language = language;
    this.#state = state;
    this.#tokens = tokens;
    this.#depth = depth;
    this.#possible = possible;
    this.#closes = matchBrackets(tokens);
    if (trouble !== undefined) this.unknown(trouble);
    this.#survey();
  }

  /** The value of the last expression. */
  run(): Value {
    const { args } = this.#sequence(this.#tokens.length, "statements", 0);
    return args.at(-1) ?? unknownValue("nothing");
  }

  // Host

  get more(): More {
    return this.#possible ? { via: this.#via, certainty: "possible" } : { via: this.#via };
  }

  unknown(why: string): void {
    if (this.#state.doubts.size >= maxDoubts || this.#state.doubts.has(why)) return;
    this.#state.doubts.add(why);
    this.act.unknown(`${this.#via} ${why}`);
  }

  words(value: Value | undefined): readonly Word[] {
    return alternatives(value).map((each) => {
      const parts = partsOf(each);
      const first = parts[0];
      const relative = first === undefined || first.kind !== "text" || !first.text.startsWith("/");
      const folder = this.#state.folder;
      if (folder === undefined || !relative) return asWord(parts, this.act.scope);
      return asWord([...partsOf(folder), { kind: "text", text: "/" }, ...parts], this.act.scope);
    });
  }

  shell(value: Value | undefined, options: RunOptions = {}): void {
    for (const each of alternatives(value)) {
      const source = asWord(partsOf(each), this.act.scope);
      this.act.script(source, { ...this.#runOptions(), ...options });
    }
  }

  command(words: readonly Value[], options: RunOptions = {}): void {
    this.act.run(
      words.map((each) => asWord(partsOf(each), this.act.scope)),
      { ...this.#runOptions(), ...options },
    );
  }

  code(value: Value | undefined): Value {
    const source = known(value);
    if (source === undefined) {
      this.unknown("code that is not known before it runs");
      return unknownValue("code");
    }
    return this.#nested(source);
  }

  chdir(value: Value | undefined): void {
    const [to] = this.words(value);
    this.#state.folder = to === undefined ? undefined : { kind: "text", parts: to.parts };
  }

  bind(name: string, value: Value): void {
    const unsettled = this.#state.unsettled.has(name);
    this.#state.variables.set(name, unsettled ? unknownValue(name) : value);
  }

  variable(name: string): Value | undefined {
    return this.#state.variables.get(name);
  }

  call(callee: Value, args: readonly Value[]): Value {
    const { possible, handing } = { possible: this.#possible, handing: this.#handing };
    this.#possible = true;
    this.#handing = true;
    const value = this.#call(callee, undefined, { args: [...args], named: new Map() });
    this.#possible = possible;
    this.#handing = handing;
    return value;
  }

  // Reader

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead];
  }

  take(): Token | undefined {
    const token = this.#tokens[this.#at];
    this.#at += 1;
    return token;
  }

  imported(module: string): void {
    this.#state.imported.add(module);
  }

  #runOptions(): RunOptions {
    const common = {
      newShell: true,
      via: this.#via,
      ...(this.#possible ? { possible: true } : {}),
    };
    if (this.#state.folder === undefined) return common;
    const cwd = this.act.target(asWord(partsOf(this.#state.folder), this.act.scope));
    return { ...common, cwd };
  }

  #nested(source: string): Value {
    if (this.#depth >= maxDepth) {
      this.unknown("code nested too deep");
      return unknownValue("code");
    }
    const inner = new Evaluator(source, {
      act: this.act,
      via: this.#via,
      language: this.#language,
      state: this.#state,
      depth: this.#depth + 1,
      possible: this.#possible,
    });
    return inner.run();
  }

  /** Names that the program defines itself, and those that it assigns in more than one place. */
  #survey(): void {
    const seen = new Set<string>();
    this.#tokens.forEach((token, at) => {
      const next = this.#tokens[at + 1];
      if (token.kind !== "name" || next === undefined) return;
      if (this.#language.definitions.has(token.text) && next.kind === "name") {
        this.#state.own.add(next.text);
        this.#parameters(at + 2);
      }
      if (next.text === "=>" && this.#language.concatenation === "+")
        this.#state.unsettled.add(token.text);
      if (next.kind !== "punctuation" || !assignments.has(next.text)) return;
      if (seen.has(token.text) || next.text !== "=") this.#state.unsettled.add(token.text);
      seen.add(token.text);
    });
  }

  /** Parameters hide variables of the same name. */
  #parameters(open: number): void {
    const close = this.#closes.get(open);
    if (close === undefined) return;
    for (let at = open + 1; at < close; at += 1) {
      const token = this.#tokens[at];
      if (token?.kind === "name") this.#state.unsettled.add(token.text);
    }
  }

  /** Expressions between separators, up to a place. */
  #sequence(end: number, how: "statements" | "arguments", depth: number): Given {
    const given: Given = { args: [], named: new Map() };
    if (depth > maxDepth) {
      this.unknown("brackets nested too deep");
      this.#at = end;
      return given;
    }
    const outer = this.#possible;
    while (this.#at < end) {
      const token = this.#tokens[this.#at];
      if (token === undefined) break;
      if (isSeparator(token, how)) this.#separator(token);
      else {
        const possible = outer || this.#blocks.some((block) => block.possible);
        const stop = this.#itemEnd(this.#at, end, how);
        this.#possible = possible || this.#isConditional(this.#at, stop);
        this.#item(stop, given, depth);
      }
    }
    this.#possible = outer;
    return given;
  }

  #separator(token: Token): void {
    this.#at += 1;
    if (token.kind !== "newline" || this.#language.loops !== "in" || this.#language.bareCalls)
      return;
    const next = this.#tokens[this.#at];
    if (next === undefined || next.kind === "newline") return;
    while ((this.#blocks.at(-1)?.indent ?? 0) > token.indent) this.#blocks.pop();
    if (token.indent > (this.#blocks.at(-1)?.indent ?? 0)) {
      const reached = this.#lineWord === "with" || this.#lineWord === "try";
      this.#blocks.push({ indent: token.indent, possible: !reached });
    }
    this.#lineWord = next.text;
  }

  #itemEnd(start: number, end: number, how: "statements" | "arguments"): number {
    const { loops, bareCalls } = this.#language;
    // `for a, b in c`: a comma between the two words separates no items.
    let names = false;
    for (let at = start; at < end; at += 1) {
      const token = this.#tokens[at];
      if (token === undefined) return end;
      if (token.kind === "name" && loops === "in" && !bareCalls) {
        if (token.text === "for" || token.text === "in") names = token.text === "for";
      }
      const separates = !(names && token.text === ",");
      if (separates && isSeparator(token, how) && !this.#continues(at, how)) return at;
      at = this.#closes.get(at) ?? at;
    }
    return end;
  }

  /** A line that goes on with a member or an operator on the next one. */
  #continues(at: number, how: "statements" | "arguments"): boolean {
    if (this.#tokens[at]?.kind !== "newline") return false;
    if (how === "arguments") return true;
    const next = this.#tokens[at + 1];
    return next?.kind === "punctuation" && this.#language.members.includes(next.text);
  }

  #isConditional(start: number, end: number): boolean {
    for (let at = start; at < end; at += 1) {
      const token = this.#tokens[at];
      if (token?.kind === "name" && this.#language.conditions.has(token.text)) return true;
      if (token?.kind === "punctuation" && conditionOperators.has(token.text)) return true;
      at = this.#closes.get(at) ?? at;
    }
    return false;
  }

  /** One statement or argument. */
  #item(end: number, given: Given, depth: number): void {
    const comprehension = this.#comprehension(end, depth);
    const name = depth > 0 ? this.#argumentName(end) : undefined;
    let value: Value | undefined;
    let phrases = 0;
    while (this.#at < (comprehension?.at ?? end)) {
      const before = this.#at;
      value = this.#phrase(comprehension?.at ?? end, depth) ?? value;
      phrases += 1;
      if (this.#at === before) this.#at += 1;
    }
    if (comprehension !== undefined) this.#at = comprehension.end;
    const whole =
      phrases === 1
        ? (value ?? unknownValue("an expression"))
        : (value ?? unknownValue("a statement"));
    const item: Value = comprehension === undefined ? whole : { kind: "list", items: [whole] };
    if (name === undefined) given.args.push(item);
    else given.named.set(name, item);
  }

  /** `name=value` and `name: value` among arguments. */
  #argumentName(end: number): string | undefined {
    const token = this.#tokens[this.#at];
    const next = this.#tokens[this.#at + 1];
    if (token === undefined || next === undefined || this.#at + 2 >= end) return undefined;
    if (next.kind !== "punctuation" || (token.kind !== "name" && token.kind !== "string"))
      return undefined;
    if (!this.#language.argumentNames.includes(next.text)) return undefined;
    const inLine =
      token.kind === "string" ? known({ kind: "text", parts: plain(token) }) : token.text;
    if (token.kind === "name" && this.#language.conditions.has(token.text)) return undefined;
    this.#at += 2;
    return inLine;
  }

  /** Binds the variables of `... for x in y` before what stands in front of them is read. */
  #comprehension(end: number, depth: number): { at: number; end: number } | undefined {
    if (this.#language.loops === "parenthesis") return this.#modifier(end, depth);
    if (this.#language.loops !== "in" || this.#language.bareCalls) return undefined;
    const start = this.#at;
    if (this.#tokens[start]?.text === "for" || this.#tokens[start]?.text === "async")
      return undefined;
    for (let at = start; at < end; at += 1) {
      const token = this.#tokens[at];
      if (token?.kind === "name" && token.text === "for") {
        this.#at = at;
        while (this.#at < end) {
          const before = this.#at;
          this.#phrase(end, depth);
          if (this.#at === before) this.#at += 1;
        }
        this.#at = start;
        return { at, end };
      }
      at = this.#closes.get(at) ?? at;
    }
    return undefined;
  }

  /** Perl's `unlink for @files`: the topic is bound before the statement is read. */
  #modifier(end: number, depth: number): { at: number; end: number } | undefined {
    const start = this.#at;
    for (let at = start; at < end; at += 1) {
      const token = this.#tokens[at];
      if (
        at > start &&
        token?.kind === "name" &&
        (token.text === "for" || token.text === "foreach")
      ) {
        this.#at = at + 1;
        const value = this.#expression(end, depth);
        const items = value.kind === "list" ? value : ({ kind: "list", items: [value] } as const);
        this.#state.variables.set("$_", elementOf(items));
        this.#at = start;
        return { at, end };
      }
      at = this.#closes.get(at) ?? at;
    }
    return undefined;
  }

  /** A loop's head, a definition, an assignment, or an expression. */
  #phrase(end: number, depth: number): Value | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined) return undefined;
    if (token.kind === "newline") {
      this.#at += 1;
      return undefined;
    }
    if (token.kind === "name") {
      if (this.#language.imports(this)) return undefined;
      if (this.#language.definitions.has(token.text)) return this.#definition(end);
      if (this.#loop(end, depth)) return undefined;
    }
    const assigned = this.#assignment(end, depth);
    return assigned ?? this.#expression(end, depth);
  }

  /** `def f(a, b=c):`: the name and the parameters are no calls. */
  #definition(end: number): undefined {
    this.#at += 1;
    while (this.#at < end && this.#tokens[this.#at]?.kind === "name") this.#at += 1;
    const close = this.#closes.get(this.#at);
    if (close !== undefined && this.#tokens[this.#at]?.text === "(") {
      this.#bindNames(this.#at, close, undefined);
      this.#at = close + 1;
    }
    return undefined;
  }

  #bindNames(start: number, end: number, value: Value | undefined): void {
    for (let at = start; at < end; at += 1) {
      const token = this.#tokens[at];
      if (token?.kind === "name") {
        this.#state.variables.set(token.text, value ?? unknownValue(token.text));
      }
    }
  }

  #loop(end: number, depth: number): boolean {
    switch (this.#language.loops) {
      case "in":
        return this.#word("for") && this.#loopIn(end, depth, "in", this.#at + 1);
      case "of": {
        const declared = this.#word("const") || this.#word("let") || this.#word("var");
        const start = this.#at + (declared ? 1 : 0);
        return !this.#word("for") && this.#loopIn(end, depth, "of", start);
      }
      case "as":
        return this.#word("foreach") && this.#loopAs(depth);
      case "parenthesis":
        return (this.#word("for") || this.#word("foreach")) && this.#loopParenthesis(depth);
    }
  }

  #word(word: string): boolean {
    const token = this.#tokens[this.#at];
    return token?.kind === "name" && token.text === word;
  }

  /** `x in y`, `a, b in y` */
  #loopIn(end: number, depth: number, between: string, start: number): boolean {
    let at = start;
    while (at < end && at < start + 12 && this.#tokens[at]?.text !== between) {
      const token = this.#tokens[at];
      if (
        token === undefined ||
        (token.kind !== "name" && ![",", "(", ")", "[", "]"].includes(token.text))
      ) {
        return false;
      }
      at += 1;
    }
    if (this.#tokens[at]?.text !== between || at === start) return false;
    this.#at = at + 1;
    const value = this.#expression(this.#loopEnd(end), depth);
    const names = this.#tokens.slice(start, at).filter((token) => token.kind === "name");
    this.#bindLoop(
      names.map((token) => token.text),
      value,
    );
    return true;
  }

  /** What is looped over ends before the body, or before a comprehension's next clause. */
  #loopEnd(end: number): number {
    for (let at = this.#at; at < end; at += 1) {
      const token = this.#tokens[at];
      if (token?.text === ":" || token?.text === "if" || token?.text === "for") return at;
      at = this.#closes.get(at) ?? at;
    }
    return end;
  }

  /** `os.walk` yields folder, folders, files; other pairs are not followed. */
  #bindLoop(names: readonly string[], value: Value): void {
    const element = elementOf(value);
    const [only] = names;
    if (names.length === 1 && only !== undefined) {
      this.#state.variables.set(only, element);
      return;
    }
    names.forEach((name, index) => {
      const part = element.kind === "list" ? element.items[index] : undefined;
      this.#state.variables.set(name, part ?? unknownValue(name));
    });
  }

  /** `foreach (y as $x)`, `foreach (y as $k => $v)` */
  #loopAs(depth: number): boolean {
    const close = this.#closes.get(this.#at + 1);
    if (close === undefined) return false;
    let as = this.#at + 2;
    while (as < close && this.#tokens[as]?.text !== "as") as = (this.#closes.get(as) ?? as) + 1;
    this.#at += 2;
    const value = this.#expression(as, depth);
    const names = this.#tokens.slice(as + 1, close).filter((token) => token.kind === "name");
    const last = names.at(-1);
    if (last !== undefined) this.#state.variables.set(last.text, elementOf(value));
    this.#at = close + 1;
    return true;
  }

  /** `for my $x (y)`, `for (y)` */
  #loopParenthesis(depth: number): boolean {
    let at = this.#at + 1;
    let name = "$_";
    while (this.#tokens[at]?.kind === "name") {
      name = this.#tokens[at]?.text ?? name;
      at += 1;
    }
    const close = this.#closes.get(at);
    if (close === undefined || this.#tokens[at]?.text !== "(") return false;
    this.#at = at + 1;
    const { args } = this.#sequence(close, "arguments", depth + 1);
    const [only] = args;
    const items = args.length === 1 && only !== undefined ? alternatives(only) : args;
    this.#state.variables.set(name, elementOf({ kind: "list", items }));
    this.#at = close + 1;
    return true;
  }

  /** `x = y`, `a = b = y`, `x += y`, `my ($a, $b) = y`, `const { a, b: c } = y` */
  #assignment(end: number, depth: number): Value | undefined {
    const start = this.#at;
    while (
      this.#tokens[this.#at]?.kind === "name" &&
      declares.has(this.#tokens[this.#at]?.text ?? "")
    ) {
      this.#at += 1;
    }
    const pattern = this.#closes.get(this.#at);
    if (pattern !== undefined && this.#tokens[pattern + 1]?.text === "=") {
      return this.#destructuring(pattern, end, depth);
    }
    const name = this.#tokens[this.#at];
    const operator = this.#tokens[this.#at + 1];
    if (
      name?.kind !== "name" ||
      operator?.kind !== "punctuation" ||
      !assignments.has(operator.text) ||
      this.#at + 1 >= end
    ) {
      if (this.#tokens[this.#at]?.kind !== "name") this.#at = start;
      return undefined;
    }
    this.#at += 2;
    const isFunction = this.#isFunction(end);
    const chained = depth < maxDepth ? this.#assignment(end, depth + 1) : undefined;
    const right = chained ?? this.#rightSide(end, depth);
    if (isFunction) {
      this.#state.own.add(name.text);
      this.#state.variables.delete(name.text);
      return { kind: "name", name: name.text };
    }
    this.bind(
      name.text,
      operator.text === "=" || operator.text === ":=" ? right : unknownValue(name.text),
    );
    return right;
  }

  /** A function literal: its body is read here, so that calling it adds nothing. */
  #isFunction(end: number): boolean {
    for (let at = this.#at; at < Math.min(end, this.#at + 4); at += 1) {
      const token = this.#tokens[at];
      if (token?.kind === "name" && functionWords.has(token.text)) return true;
      at = this.#closes.get(at) ?? at;
      if (this.#tokens[at + 1]?.text === "=>" && this.#language.concatenation === "+") return true;
    }
    return this.#tokens[this.#at]?.text === "->";
  }

  /** Several values behind an `=` are a list. */
  #rightSide(end: number, depth: number): Value {
    const first = this.#expression(end, depth);
    if (this.#tokens[this.#at]?.text !== "," || this.#at >= end) return first;
    const items = [first];
    while (this.#at < end && this.#tokens[this.#at]?.text === ",") {
      if (this.#tokens[this.#at + 2]?.text === "=") break;
      this.#at += 1;
      if (this.#at < end) items.push(this.#expression(end, depth));
    }
    return items.length === 1 ? first : { kind: "list", items };
  }

  #destructuring(close: number, end: number, depth: number): Value {
    const open = this.#at;
    this.#at = close + 2;
    const value = this.#expression(end, depth);
    const names: { member: string; local: string }[] = [];
    for (let at = open + 1; at < close; at += 1) {
      const token = this.#tokens[at];
      const renamed = this.#tokens[at + 1]?.text === ":" ? this.#tokens[at + 2] : undefined;
      if (token?.kind !== "name") continue;
      names.push({ member: token.text, local: renamed?.text ?? token.text });
      if (renamed !== undefined) at += 2;
    }
    names.forEach(({ member, local }, index) => {
      const ordered = value.kind === "list" ? value.items[index] : undefined;
      const inner = value.kind === "name" ? this.#member(value, member) : ordered;
      this.bind(local, inner ?? unknownValue(local));
    });
    return value;
  }

  #expression(end: number, depth: number): Value {
    let value = this.#operand(end, depth);
    while (this.#at < end) {
      const token = this.#tokens[this.#at];
      const operator = token === undefined ? undefined : this.#binary(token);
      if (operator === undefined) break;
      this.#at += 1;
      const right = this.#operand(end, depth);
      value = this.#combine(operator, value, right);
    }
    return value;
  }

  /** The operator that the token is between two operands. */
  #binary(token: Token): string | undefined {
    if (token.kind === "name")
      return this.#language.wordOperators.has(token.text) ? token.text : undefined;
    if (token.kind !== "punctuation") return undefined;
    if (closing.has(token.text) || opening.has(token.text)) return undefined;
    if (token.text === ":" && this.#language.loops === "in") return undefined;
    return token.text === "," || token.text === ";" ? undefined : token.text;
  }

  #combine(operator: string, left: Value, right: Value): Value {
    if (operator === this.#language.concatenation) return concat(left, right);
    if (operator === "%" && left.kind === "text" && this.#language.loops === "in") {
      return formatted(left, right);
    }
    if (operator === "/" && left.kind === "text" && left.type !== undefined) {
      return this.#call({ kind: "name", name: "/" }, undefined, {
        args: [left, right],
        named: new Map(),
      });
    }
    if (operator === "=" || operator === "=>") return right;
    return unknownValue(`the result of ${operator}`);
  }

  #operand(end: number, depth: number): Value {
    while (this.#at < end) {
      const token = this.#tokens[this.#at];
      if (token === undefined) break;
      const skips =
        token.kind === "newline" ||
        (token.kind === "name" && this.#isKeyword(token.text)) ||
        (token.kind === "punctuation" && prefixOperators.has(token.text));
      if (this.#isSymbol(token)) return this.#symbol();
      if (!skips) return this.#postfix(this.#primary(token, end, depth), end, depth);
      this.#at += 1;
    }
    return unknownValue("nothing");
  }

  #isSymbol(token: Token): boolean {
    const { bareCalls, loops } = this.#language;
    if (token.text !== ":" || !bareCalls || loops !== "in") return false;
    return this.#tokens[this.#at + 1]?.kind === "name";
  }

  /** Ruby's `:name` */
  #symbol(): Value {
    const name = this.#tokens[this.#at + 1]?.text ?? "";
    this.#at += 2;
    return { kind: "name", name };
  }

  #isKeyword(word: string): boolean {
    return this.#language.prefixes.has(word) || this.#language.conditions.has(word);
  }

  #primary(token: Token, end: number, depth: number): Value {
    const at = this.#at;
    this.#at += 1;
    switch (token.kind) {
      case "number":
        return text(token.text);
      case "string":
        return this.#string(token.pieces);
      case "command":
        this.shell(this.#string(token.pieces));
        return unknownValue("a command's output");
      case "pattern":
        this.#string(token.pieces);
        return unknownValue("a regular expression");
      case "name":
        return this.#name(token);
      case "newline":
        return unknownValue("nothing");
      case "punctuation": {
        const close = this.#closes.get(at);
        if (close !== undefined) return this.#group(token.text, close, depth);
        if (token.text === "|") this.#blockParameters(end);
        return unknownValue(token.text);
      }
    }
  }

  #string(pieces: readonly Piece[]): Value {
    let value: Value = text("");
    for (const piece of pieces) {
      const next =
        piece.kind === "text"
          ? textWithMarks(piece.text)
          : this.#nested(formatless(piece.source, this.#language));
      value = concat(value, next);
    }
    return value;
  }

  #name(token: Token): Value {
    if (this.#language.reflective.has(token.text)) this.unknown(`${token.text} may reach anything`);
    return (
      this.#state.variables.get(token.text) ??
      this.#language.values.get(token.text) ?? { kind: "name", name: token.text }
    );
  }

  #group(open: string, close: number, depth: number): Value {
    if (this.#tokens[close + 1]?.text === "=>" && open === "(") {
      this.#bindNames(this.#at, close, this.#takeElement());
      this.#at = close + 1;
      return unknownValue("parameters");
    }
    const outer = this.#possible;
    if (open === "{" && !this.#isRecord(close)) this.#possible = true;
    const how =
      open === "{" && this.#possible && !this.#isRecord(close) ? "statements" : "arguments";
    const given = this.#sequence(close, how, depth + 1);
    this.#possible = outer;
    this.#at = close + 1;
    if (open === "{")
      return given.named.size > 0
        ? { kind: "record", fields: given.named }
        : (given.args.at(-1) ?? unknownValue("a block"));
    const [only] = given.args;
    if (open === "(" && given.args.length === 1 && only !== undefined) {
      const trailing = this.#tokens[close - 1]?.text === ",";
      return trailing ? { kind: "list", items: given.args } : only;
    }
    return { kind: "list", items: given.args };
  }

  /** `{ a: 1 }` and `{ a }`, told from a block by its first two tokens. */
  #isRecord(close: number): boolean {
    const next = this.#tokens[this.#at + 1];
    if (this.#at >= close) return true;
    return next?.text === ":" || next?.text === "=>" || next?.text === ",";
  }

  /** Ruby's `|a, b|` */
  #blockParameters(end: number): void {
    const start = this.#at;
    let at = start;
    while (at < end && at < start + 16 && this.#tokens[at]?.text !== "|") at += 1;
    if (this.#tokens[at]?.text !== "|") return;
    this.#bindNames(start, at, this.#takeElement());
    this.#at = at + 1;
  }

  #takeElement(): Value | undefined {
    const element = this.#element;
    this.#element = undefined;
    return element;
  }

  #postfix(start: Value, end: number, depth: number): Value {
    let value = start;
    let receiver: Value | undefined;
    while (this.#at < end) {
      const token = this.#tokens[this.#at];
      if (token === undefined) break;
      const following = this.#tokens[this.#at + 1];
      if (token.kind === "newline" && following !== undefined && this.#isMember(following)) {
        this.#at += 1;
      } else if (this.#isMember(token)) {
        this.#at += 1;
        [value, receiver] = this.#select(value);
      } else if (token.text === "(" && token.kind === "punctuation" && !this.#isApart(token)) {
        value = this.#invoke(value, receiver, depth);
        receiver = undefined;
      } else if (
        token.text === "[" &&
        token.kind === "punctuation" &&
        !(this.#language.bareCalls && token.spaced)
      ) {
        value = this.#subscript(value, depth);
        receiver = undefined;
      } else if (
        token.kind === "string" &&
        token.pieces.length === 0 &&
        value.kind === "name" &&
        !this.#language.bareCalls
      ) {
        break;
      } else if (
        token.text === "=>" &&
        value.kind !== "list" &&
        this.#language.concatenation === "+" &&
        !this.#language.bareCalls
      ) {
        this.#arrowParameter();
        break;
      } else break;
    }
    return this.#bareCall(value, receiver, end, depth);
  }

  /** `x => ...`: the parameter that stands before. */
  #arrowParameter(): void {
    const name = this.#tokens[this.#at - 1];
    if (name?.kind === "name") {
      this.#state.variables.set(name.text, this.#takeElement() ?? unknownValue(name.text));
    }
  }

  #isMember(token: Token): boolean {
    return token.kind === "punctuation" && this.#language.members.includes(token.text);
  }

  /** `puts (x)`: a parenthesis behind a blank begins an argument. */
  #isApart(token: Token): boolean {
    return token.spaced && this.#language.bareCalls && this.#language.blockWords.size > 0;
  }

  #select(value: Value): [Value, Value | undefined] {
    const token = this.#tokens[this.#at];
    if (token?.kind !== "name") return [value, undefined];
    this.#at += 1;
    if (this.#language.reflective.has(token.text)) this.unknown(`${token.text} may reach anything`);
    return [this.#member(value, token.text), value];
  }

  #member(value: Value, name: string): Value {
    if (value.kind === "record") return value.fields.get(name) ?? unknownValue(name);
    if (value.kind !== "name") return { kind: "name", name: `?.${name}` };
    if (value.name.length > maxNameLength) return unknownValue("a long name");
    const full = this.#canonical(`${value.name}.${name}`);
    return (
      this.#state.variables.get(full) ??
      this.#language.values.get(full) ?? { kind: "name", name: full }
    );
  }

  #canonical(written: string): string {
    const name = this.#language.ignoresCase ? written.toLowerCase() : written;
    for (const [from, to] of this.#language.aliases) {
      if (name.startsWith(from)) return to + name.slice(from.length);
    }
    return name;
  }

  #subscript(value: Value, depth: number): Value {
    const open = this.#at;
    const close = this.#closes.get(open);
    this.#at += 1;
    if (close === undefined) return unknownValue("an element");
    const { args } = this.#sequence(close, "arguments", depth + 1);
    const inner = this.#tokens
      .slice(open + 1, close)
      .map((token) => token.text)
      .join("");
    this.#at = close + 1;
    if (inner === "::-1") return reversed(value);
    const slice = /^(\d*)(?::|\.\.\.?)(\d*)$/.exec(inner);
    if (slice !== null && value.kind === "list") return sliced(value.items, slice[1], slice[2]);
    const index = known(args[0]);
    if (value.kind === "list" && index !== undefined && args.length === 1 && inner === index) {
      return value.items[Number(index)] ?? unknownValue("an element");
    }
    if (value.kind === "record" && index !== undefined)
      return value.fields.get(index) ?? unknownValue(index);
    if (value.kind === "name") {
      const action = this.#language.calls.get(`${value.name}.[]`);
      const given = { args, named: new Map<string, Value>() };
      if (action !== undefined) return this.#callName(`${value.name}.[]`, undefined, given);
      if (index !== undefined) return this.#memberByText(value, index);
    }
    return value.kind === "list" ? elementOf(value) : unknownValue("an element");
  }

  /** `fs["rmSync"]`, `os.environ["HOME"]` */
  #memberByText(value: Value & { kind: "name" }, index: string): Value {
    const member = this.#member(value, index);
    if (
      member.kind === "name" &&
      this.#language.isModule(root(value.name)) &&
      !this.#isHarmless(value.name)
    ) {
      return member;
    }
    return member.kind === "name" && this.#language.calls.has(member.name)
      ? member
      : unknownValue(`${value.name}[${index}]`);
  }

  #invoke(callee: Value, receiver: Value | undefined, depth: number): Value {
    const close = this.#closes.get(this.#at);
    if (close === undefined) {
      this.#at += 1;
      return unknownValue("a call");
    }
    this.#at += 1;
    const settles = callee.kind === "name" && callee.name.endsWith(".then");
    this.#element = receiver === undefined || settles ? receiver : elementOf(receiver);
    const given = this.#sequence(close, "arguments", depth + 1);
    this.#at = close + 1;
    this.#element = undefined;
    return this.#afterCall(this.#call(callee, receiver, given));
  }

  /** The block behind a call takes the elements of what the call returned: `Dir.glob("*").each { |f| ... }`. */
  #afterCall(value: Value): Value {
    this.#element = elementOf(value);
    return value;
  }

  /** `unlink "a", "b"` */
  #bareCall(value: Value, receiver: Value | undefined, end: number, depth: number): Value {
    if (!this.#language.bareCalls || value.kind !== "name") return value;
    if (receiver === undefined && !this.#isCallable(value.name)) return value;
    const next = this.#tokens[this.#at];
    const argues = this.#at < end && next !== undefined && this.#beginsArgument(next);
    if (!argues) {
      if (receiver === undefined && !this.#language.calls.has(value.name)) return value;
      if (receiver === undefined && /^[A-Z]/.test(value.name) && !value.name.includes("."))
        return value;
      this.#element = receiver === undefined ? undefined : elementOf(receiver);
      const result = this.#call(value, receiver, { args: [], named: new Map() });
      if (receiver !== undefined && this.#element === undefined)
        this.#element = elementOf(receiver);
      return result;
    }
    const stop = this.#bareEnd(end);
    const given = this.#sequence(stop, "arguments", depth + 1);
    this.#at = stop;
    const args = given.args.flatMap((arg) => (arg.kind === "list" ? arg.items : [arg]));
    return this.#afterCall(this.#call(value, receiver, { args, named: given.named }));
  }

  #isCallable(name: string): boolean {
    if (name.startsWith("$") || name.startsWith("@") || name.startsWith("%")) return false;
    if (this.#language.conditions.has(name) || this.#language.blockWords.has(name)) return false;
    return !/^[A-Z_]+$/.test(name) && name !== "end" && name !== "then" && name !== "do";
  }

  #beginsArgument(token: Token): boolean {
    switch (token.kind) {
      case "string":
      case "number":
      case "command":
      case "pattern":
        return true;
      case "name":
        return (
          !this.#language.conditions.has(token.text) &&
          !this.#language.wordOperators.has(token.text) &&
          !["do", "then", "end"].includes(token.text)
        );
      case "newline":
        return false;
      case "punctuation": {
        if (token.text === "(") return token.spaced;
        if (token.text === "[" || token.text === ":") return token.spaced;
        const next = this.#tokens[this.#at + 1];
        const tight = next !== undefined && !next.spaced && token.spaced;
        return tight && ["*", "-", "<", "\\", "@", "%", "&", "->"].includes(token.text);
      }
    }
  }

  #bareEnd(end: number): number {
    for (let at = this.#at; at < end; at += 1) {
      const token = this.#tokens[at];
      if (token === undefined) return end;
      if (token.kind === "newline" || token.text === ";") return at;
      if (token.kind === "name" && (bareStops.has(token.text) || token.text === "do")) return at;
      if (token.kind === "punctuation" && (token.text === "||" || token.text === "&&")) return at;
      if (token.text === "{" && this.#language.blockWords.size > 0 && at > this.#at) return at;
      at = this.#closes.get(at) ?? at;
    }
    return end;
  }

  #call(callee: Value, receiver: Value | undefined, given: Given): Value {
    this.#state.calls += 1;
    if (this.#state.calls > maxCalls) {
      this.unknown(`more than ${maxCalls} calls`);
      return unknownValue("a call");
    }
    this.#handedOver(callee, given);
    switch (callee.kind) {
      case "name":
        return this.#callName(callee.name, receiver, given);
      case "any":
        return (
          alternatives(callee)
            .map((each) => this.#call(each, receiver, given))
            .at(-1) ?? unknownValue("a call")
        );
      case "text":
        return this.#callText(callee, given);
      case "unknown":
        if (!this.#state.own.has(callee.why)) this.unknown(`calls ${callee.why}`);
        return unknownValue("a call");
      case "list":
      case "record":
      case "object":
        this.unknown(`calls a ${callee.kind}`);
        return unknownValue("a call");
    }
  }

  /** PHP calls a string's function: `$f = 'unlink'; $f('x')`. */
  #callText(callee: Value, given: Given): Value {
    const name = known(callee);
    if (name !== undefined && this.#language.loops === "as")
      return this.#callName(name, undefined, given);
    this.unknown("calls a computed function");
    return unknownValue("a call");
  }

  #callName(name: string, receiver: Value | undefined, given: Given): Value {
    const full = this.#canonical(name);
    const method = full.slice(full.lastIndexOf(".") + 1);
    const action = this.#language.calls.get(full);
    if (action !== undefined)
      return action({ name: full, receiver, ...given }, this) ?? unknownValue(full);
    if (this.#isHarmless(full) || this.#state.own.has(root(full)))
      return unknownValue(`${method}()`);
    if (receiver === undefined) {
      this.unknown(`calls ${full}`);
      return unknownValue(full);
    }
    return this.#callMethod(full, method, receiver, given);
  }

  #callMethod(full: string, method: string, receiver: Value, given: Given): Value {
    const module = receiver.kind === "name" && this.#language.isModule(root(receiver.name));
    const foreign = this.#state.imported.has(root(full));
    const action =
      (module || foreign) && method !== "then" ? undefined : this.#language.methods.get(method);
    if (action !== undefined) {
      return action({ name: method, receiver, ...given }, this) ?? unknownValue(method);
    }
    const own = this.#state.own.has(method);
    const harmless = !module && !foreign && (own || this.#language.harmlessMethods.has(method));
    if (!harmless) this.unknown(`calls ${full.startsWith("?.") ? full.slice(2) : full}`);
    return unknownValue(`${method}()`);
  }

  #isHarmless(full: string): boolean {
    if (this.#language.harmless.has(full)) return true;
    for (let dot = full.indexOf("."); dot >= 0; dot = full.indexOf(".", dot + 1)) {
      if (this.#language.harmless.has(full.slice(0, dot + 1))) return true;
    }
    return false;
  }

  /** `map(os.remove, files)`: a function among the arguments is called with what else there is. */
  #handedOver(callee: Value, { args, named }: Given): void {
    if (callee.kind === "name" && callee.name === "getattr") return;
    const functions = [...args, ...named.values()].filter((value) => this.#isFunctionName(value));
    if (functions.length === 0) return;
    if (functions.length > maxHanded || this.#handing) {
      this.unknown("functions handed to functions");
      return;
    }
    const others = args.filter((each) => !functions.includes(each)).slice(0, maxHanded);
    const extra = named.get("args");
    const given = extra?.kind === "list" ? extra.items : others.map((each) => this.#itemOf(each));
    const passed = given.length > 0 ? given : [this.#element ?? unknownValue("an element")];
    for (const value of functions) this.call(value, passed);
  }

  #isFunctionName(value: Value): boolean {
    return value.kind === "name" && this.#language.calls.has(this.#canonical(value.name));
  }

  /** What a function that is mapped over a list gets. */
  #itemOf(value: Value): Value {
    return value.kind === "list" ? elementOf(value) : value;
  }
}

const functionWords = new Set(["lambda", "function", "sub", "proc", "fn"]);
const declares = new Set([
  "my",
  "our",
  "local",
  "const",
  "let",
  "var",
  "state",
  "static",
  "global",
]);
const bareStops = new Set([
  "if",
  "unless",
  "while",
  "until",
  "for",
  "foreach",
  "and",
  "or",
  "rescue",
]);

function isSeparator(token: Token, how: "statements" | "arguments"): boolean {
  if (token.kind === "newline") return how === "statements";
  if (token.kind !== "punctuation") return false;
  return token.text === ";" || (how === "arguments" && token.text === ",");
}

function matchBrackets(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const closes = new Map<number, number>();
  const open: number[] = [];
  tokens.forEach((token, at) => {
    if (token.kind !== "punctuation") return;
    if (opening.has(token.text)) open.push(at);
    else if (closing.has(token.text)) {
      const start = open.at(-1);
      if (start === undefined || opening.get(tokens[start]?.text ?? "") !== token.text) return;
      open.pop();
      closes.set(start, at);
    }
  });
  return closes;
}

function root(name: string): string {
  const dot = name.indexOf(".");
  return dot < 0 ? name : name.slice(0, dot);
}

function plain(token: Token): readonly { kind: "text"; text: string }[] {
  return token.pieces.flatMap((piece) => (piece.kind === "text" ? [piece] : []));
}

/** `{x!r:>10}` without what follows the expression. */
function formatless(source: string, language: Language): string {
  if (!language.lexicon.stringPrefixes) return source;
  let depth = 0;
  for (let at = 0; at < source.length; at += 1) {
    const c = source[at];
    if (c === "(" || c === "[" || c === "{") depth += 1;
    if (c === ")" || c === "]" || c === "}") depth -= 1;
    if (depth === 0 && (c === ":" || (c === "!" && source[at + 1] !== "=")))
      return source.slice(0, at);
  }
  return source;
}

/** A literal that was put together by the shell may have holes in it. */
function textWithMarks(source: string): Value {
  return { kind: "text", parts: partsOfText(unmarked(source, "a value of the shell")) };
}

/** `"rm %s" % name` */
export function formatted(template: Value, given: Value): Value {
  const values = given.kind === "list" ? given.items : [given];
  let next = 0;
  return substituted(template, "%", () => values[next++]);
}

/** Puts values where a text has `%s` or `{}`. */
export function substituted(
  template: Value,
  mark: "%" | "{",
  take: () => Value | undefined,
): Value {
  const source = known(template);
  if (source === undefined) return unknownValue("a formatted text");
  const pieces = source.split(mark === "%" ? /%[-0-9.]*[a-zA-Z]/ : /\{[^{}]*\}/);
  let value: Value = text(pieces[0] ?? "");
  for (const piece of pieces.slice(1)) {
    value = concat(concat(value, take() ?? unknownValue("a formatted value")), text(piece));
  }
  return value;
}

/** `[1:]`, `[1:3]`, and Ruby's `[0..]` */
function sliced(items: readonly Value[], from = "", to = ""): Value {
  return { kind: "list", items: items.slice(Number(from), to === "" ? undefined : Number(to)) };
}

function reversed(value: Value): Value {
  const source = known(value);
  return source === undefined
    ? unknownValue("a reversed text")
    : text([...source].reverse().join(""));
}
