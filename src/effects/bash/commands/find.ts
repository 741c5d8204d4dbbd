// find(1): starting points, an expression, and actions on whatever makes the expression true.

import { matchesGlob, parseGlob } from "../../../core/target.ts";
import type { CommandFamily, Produced, Word, WordPart } from "../command.ts";
import { hasHole, leadingText } from "../options.ts";
import {
  type Act,
  endsAsFolder,
  globIn,
  gnuFamily,
  lastName,
  program,
  replaced,
  wordOf,
} from "../tool.ts";

/** Parentheses deeper than this are read by no person; what is inside stays unread: `unknown`. */
const maxDepth = 64;
/** Alternatives (`-name a -o -name b`) and starting points beyond this are not told apart. */
const maxFound = 16;

/** Arguments of each test and action, by find(1); `-exec` and its kin read up to `;` or `{} +`. */
const argumentCounts: ReadonlyMap<string, number> = new Map([
  ...countsOf(
    0,
    "daystart depth d follow ignore_readdir_race noignore_readdir_race mount xdev x noleaf nowarn warn",
    "empty executable false nogroup nouser readable true writable print print0 ls prune quit delete",
    "not a and o or help version -help -version xattr acl",
  ),
  ...countsOf(
    1,
    "maxdepth mindepth regextype amin anewer atime cmin cnewer ctime context fstype gid group ilname",
    "iname inum ipath iregex iwholename links lname mmin mtime name newer path perm regex samefile",
    "size type uid used user wholename xtype files0-from printf fprint fprint0 fls flags Bmin Btime",
    "Bnewer xattrname printx",
  ),
  ...countsOf(2, "fprintf"),
]);

function countsOf(
  count: number,
  ...lines: readonly string[]
): readonly (readonly [string, number])[] {
  return lines.flatMap((line) => line.split(" ")).map((name) => [`-${name}`, count] as const);
}

const commandActions: ReadonlySet<string> = new Set(["-exec", "-execdir", "-ok", "-okdir"]);

/** One test, action or operator with its arguments. */
interface Primary {
  readonly name: string;
  readonly args: readonly Word[];
}

/** What is known of the files for which an action is reached. */
interface Known {
  readonly kind: "any" | "name" | "path";
  /** Of the name, or of the whole path as find writes it. */
  readonly glob: string;
  /** A test of `-type` leaves no folders. */
  readonly notFolder: boolean;
}

/** `always` and `never` are certain; after `stop` (`-quit`) nothing else is reached. */
type Truth = "always" | "never" | "maybe";

/** How an action is reached. */
interface Reach {
  /** Nothing stands before it that may be false. */
  readonly sure: boolean;
  /** Never, if nothing is here. */
  readonly files: readonly Known[];
}

interface Outcome {
  readonly truth: Truth;
  /** What is known of the files that make it true. */
  readonly files: readonly Known[];
  readonly stops: boolean;
}

const anything: readonly Known[] = [{ kind: "any", glob: "**", notFolder: false }];

const find = program((act) => {
  const { starts, rest } = startingPoints(act);
  const primaries = scan(act, rest);
  // find reads its whole expression first, and does nothing if that has an error or asks for help.
  if (primaries === undefined || primaries.some((primary) => isHelp(primary.name)))
    return undefined;
  const listed = primaries.some(({ name }) => name === "-files0-from");
  const places = listed ? [act.scope.hole("a starting point from a file")] : starts;
  return new Search(act, places, primaries).run();
});

const isHelp = (name: string) => /^--?(help|version)$/.test(name);

function startingPoints(act: Act): {
  readonly starts: readonly Word[];
  readonly rest: readonly Word[];
} {
  const { args } = act;
  let at = 0;
  const starts: Word[] = [];
  for (; at < args.length; at += 1) {
    const text = args[at]?.value ?? "";
    if (text === "-D" || text === "-f") at += 1;
    else if (!/^-(?:[HLPEXsdx]+|O\d*|-)$/.test(text) || text === "-depth") break;
    if (text === "-f") starts.push(...args.slice(at, at + 1));
    if (text === "--") {
      at += 1;
      break;
    }
  }
  for (let word = args[at]; word !== undefined && !beginsExpression(word); word = args[++at]) {
    starts.push(word);
  }
  act.doubt(
    starts.filter((word) => word.parts[0]?.kind === "hole" || (word.many && hasHole(word))),
  );
  return { starts: starts.length === 0 ? [act.scope.word(".")] : starts, rest: args.slice(at) };
}

function beginsExpression(word: Word): boolean {
  const text = leadingText(word);
  if (word.value === "(" || word.value === ")" || word.value === "," || word.value === "!")
    return true;
  return text.startsWith("-") && (text.length > 1 || word.value === undefined);
}

/** undefined: find refuses it. */
function scan(act: Act, words: readonly Word[]): readonly Primary[] | undefined {
  const primaries: Primary[] = [];
  for (let at = 0; at < words.length; ) {
    const word = words[at];
    if (word === undefined) break;
    const name = word.value;
    if (name === undefined) {
      act.unknown(`${word.source} may be an action of find`);
      at += 1;
      continue;
    }
    if (!beginsExpression(word)) return undefined;
    const count = commandActions.has(name) ? commandLength(words, at + 1) : argumentsOf(name);
    if (count === undefined || at + 1 + count > words.length) return undefined;
    primaries.push({ name, args: words.slice(at + 1, at + 1 + count) });
    at += 1 + count;
  }
  return primaries;
}

function argumentsOf(name: string): number {
  return argumentCounts.get(name) ?? (name.startsWith("-newer") ? 1 : 0);
}

/** Up to and with `;`, or `+` behind `{}`; undefined: it has no end. */
function commandLength(words: readonly Word[], from: number): number | undefined {
  for (let at = from; at < words.length; at += 1) {
    const text = words[at]?.value;
    if (text === ";" || (text === "+" && words[at - 1]?.value === "{}")) return at - from + 1;
  }
  return undefined;
}

/** One run of find, read from left to right as find evaluates it for each file. */
class Search {
  readonly #act: Act;
  readonly #starts: readonly Word[];
  readonly #primaries: readonly Primary[];
  readonly #minDepth: number;
  readonly #maxDepth: number;
  #at = 0;
  #depth = 0;
  /** What it prints, while that is nothing but names. */
  #names: readonly Word[] | undefined = [];

  constructor(act: Act, starts: readonly Word[], primaries: readonly Primary[]) {
    this.#act = act;
    this.#starts = starts;
    this.#primaries = primaries;
    this.#minDepth = this.#level("-mindepth") ?? 0;
    this.#maxDepth = this.#level("-maxdepth") ?? Number.POSITIVE_INFINITY;
  }

  run(): Produced | undefined {
    this.#look();
    let reach: Reach = { sure: true, files: anything };
    let files: readonly Known[] = anything;
    while (this.#at < this.#primaries.length) {
      files = this.#list(reach).files;
      // A stray `)`: find refuses it, so whatever is read behind it is only more careful.
      this.#at += 1;
      reach = { sure: false, files: anything };
    }
    if (!this.#primaries.some(({ name }) => isAction(name))) this.#print(files);
    return this.#names === undefined || this.#names.length > maxFound
      ? undefined
      : { names: this.#names };
  }

  #level(option: string): number | undefined {
    const given = this.#primaries.findLast(({ name }) => name === option)?.args[0]?.value;
    return given === undefined || !/^\d{1,6}$/.test(given) ? undefined : Number(given);
  }

  #look(): void {
    const permissions = this.#primaries.some(showsModes);
    for (const start of this.#starts) {
      this.#act.list(start, { permissions, recursive: this.#maxDepth > 0 });
    }
    for (const { name, args } of this.#primaries) {
      const [file] = args;
      if (file !== undefined && name === "-files0-from") this.#act.read(file);
      if (file !== undefined && /^-(fprint|fls)/.test(name)) {
        // Opened before the search, whether or not anything is found.
        this.#act.overwrite(file, { via: `find ${name}` });
      }
    }
  }

  get #next(): string | undefined {
    return this.#primaries[this.#at]?.name;
  }

  /** `a , b`: both are evaluated, the last one counts. */
  #list(reach: Reach): Outcome {
    let outcome = this.#or(reach);
    while (this.#next === ",") {
      this.#at += 1;
      outcome = this.#or(outcome.stops ? unreached : reach);
    }
    return outcome;
  }

  #or(reach: Reach): Outcome {
    let outcome = this.#and(reach);
    while (this.#next === "-o" || this.#next === "-or") {
      this.#at += 1;
      const blocked = outcome.truth === "always" || outcome.stops;
      const right = this.#and(
        blocked ? unreached : { sure: reach.sure && outcome.truth === "never", files: reach.files },
      );
      outcome = either(outcome, right);
    }
    return outcome;
  }

  #and(reach: Reach): Outcome {
    let outcome: Outcome = { truth: "always", files: reach.files, stops: false };
    for (let name = this.#next; name !== undefined && !endsChain(name); name = this.#next) {
      if (name === "-a" || name === "-and") this.#at += 1;
      else {
        const blocked = outcome.truth === "never" || outcome.stops;
        const sure = reach.sure && outcome.truth === "always";
        outcome = both(outcome, this.#one(blocked ? unreached : { sure, files: outcome.files }));
      }
    }
    return outcome;
  }

  #one(reach: Reach): Outcome {
    const primary = this.#primaries[this.#at++];
    if (primary === undefined) return { truth: "maybe", files: reach.files, stops: false };
    if (primary.name === "!" || primary.name === "-not")
      return negated(this.#operand(reach), reach);
    if (primary.name === "(") return this.#group(reach);
    return this.#primary(primary, reach);
  }

  #operand(reach: Reach): Outcome {
    const name = this.#next;
    const ends = name === undefined || endsChain(name);
    return ends ? { truth: "maybe", files: reach.files, stops: false } : this.#one(reach);
  }

  #group(reach: Reach): Outcome {
    if (this.#depth >= maxDepth) this.#act.unknown("an expression of find nested too deeply");
    this.#depth += 1;
    const outcome = this.#depth > maxDepth ? this.#skipGroup(reach) : this.#list(reach);
    this.#depth -= 1;
    if (this.#next === ")") this.#at += 1;
    return outcome;
  }

  #skipGroup(reach: Reach): Outcome {
    this.#at = this.#primaries.length;
    return { truth: "maybe", files: reach.files, stops: false };
  }

  #primary({ name, args }: Primary, reach: Reach): Outcome {
    const reached = reach.files.length > 0;
    if (reached && commandActions.has(name)) this.#execute(name, args, reach);
    if (reached && name === "-delete") this.#delete(reach);
    if (reached && (name === "-print" || name === "-print0")) this.#print(reach.files);
    if (name === "-ls" || name === "-printf" || commandActions.has(name)) this.#names = undefined;
    const known = knownBy(name, args[0]);
    const files =
      known === undefined ? reach.files : reach.files.map((one) => narrower(one, known));
    return { truth: truthOf(name, args), files, stops: name === "-quit" && reach.sure };
  }

  #delete(reach: Reach): void {
    const via = "find -delete";
    const whole = this.#minDepth === 0 && this.#maxDepth === Number.POSITIVE_INFINITY;
    if (whole && reach.files.some((known) => known.kind === "any" && !known.notFolder)) {
      for (const start of this.#starts) {
        this.#act.delete(start, {
          recursive: true,
          via,
          ...(reach.sure ? {} : { certainty: "possible" }),
        });
      }
      return;
    }
    for (const word of this.#found(reach.files)) {
      // find never deletes `.`.
      if (!isDot(word)) this.#act.delete(word, { via, certainty: "possible" });
    }
  }

  #execute(name: string, args: readonly Word[], reach: Reach): void {
    const command = args.slice(0, -1);
    const folder = name.endsWith("dir");
    const possible = !reach.sure || name.startsWith("-ok") || this.#minDepth > 0;
    const hasFile = command.some((word) =>
      word.parts.some((part) => part.kind === "text" && part.text.includes("{}")),
    );
    const found = hasFile ? this.#found(reach.files) : this.#found(anything).slice(0, 1);
    for (const file of found) {
      const words = command.map((word) =>
        replaced(word, "{}", folder ? this.#absolute(file) : file),
      );
      this.#act.run(words, { via: `find ${name}`, possible, ...(folder ? { cwd: null } : {}) });
    }
  }

  /** `-execdir` runs in the folder of each file; by its whole path the file is the same one. */
  #absolute(file: Word): Word {
    const target = this.#act.target(file);
    if (target.form === "resolved") return this.#act.scope.word(target.path);
    const why = "a file that find found";
    return wordOf(
      [target.form === "pattern" ? { kind: "glob", text: target.path } : { kind: "hole", why }],
      file,
    );
  }

  #print(files: readonly Known[]): void {
    if (this.#names === undefined) return;
    this.#names = [...this.#names, ...this.#found(files)].slice(0, maxFound + 1);
  }

  /** The files of which these things are known, below each starting point, as words of a command. */
  #found(files: readonly Known[]): readonly Word[] {
    const found = this.#starts.flatMap((start) =>
      files.flatMap((known) => this.#foundFrom(start, known)),
    );
    if (found.length <= maxFound) return found;
    const why = "a file that find found";
    return this.#starts.slice(0, 1).map((start) => wordOf([{ kind: "hole", why }], start));
  }

  #foundFrom(start: Word, known: Known): readonly Word[] {
    const itself = this.#minDepth === 0 && mayBe(start, known) ? [start] : [];
    if (this.#maxDepth === 0) return itself;
    if (known.kind === "path") return [underStart(start, known.glob)];
    const name = known.kind === "any" ? "*" : known.glob;
    if (this.#maxDepth === 1) return [...itself, globIn(start, name)];
    return [...itself, globIn(start, known.kind === "any" ? "**" : `**/${name}`)];
  }
}

function isDot({ value = "" }: Word): boolean {
  return value === "." || value.endsWith("/.") || value === "./";
}

const unreached: Reach = { sure: false, files: [] };

function endsChain(name: string): boolean {
  return name === "-o" || name === "-or" || name === "," || name === ")";
}

function isAction(name: string): boolean {
  return (
    commandActions.has(name) || /^-(delete|print0?|printf|ls|fls|fprint0?|fprintf)$/.test(name)
  );
}

function showsModes({ name, args }: Primary): boolean {
  if (name === "-ls" || name === "-perm") return true;
  return name === "-printf" && /%[^a-zA-Z]*[mM]/.test(args[0]?.value ?? "%m");
}

const alwaysTrue: ReadonlySet<string> = new Set(
  [
    "-true -print -print0 -printf -ls -fls -fprint -fprint0 -fprintf -prune -quit -daystart -depth -d",
    "-follow -xdev -mount -warn -nowarn -noleaf -maxdepth -mindepth -regextype -files0-from",
    "-ignore_readdir_race -noignore_readdir_race",
  ].flatMap((line) => line.split(" ")),
);

function truthOf(name: string, args: readonly Word[]): Truth {
  if (name === "-false") return "never";
  if (alwaysTrue.has(name)) return "always";
  return commandActions.has(name) && args.at(-1)?.value === "+" ? "always" : "maybe";
}

function both(left: Outcome, right: Outcome): Outcome {
  const never = left.truth === "never" || right.truth === "never";
  const always = left.truth === "always" && right.truth === "always";
  return {
    truth: never ? "never" : always ? "always" : "maybe",
    files: right.files,
    stops: left.stops || right.stops,
  };
}

function either(left: Outcome, right: Outcome): Outcome {
  const always = left.truth === "always" || right.truth === "always";
  const never = left.truth === "never" && right.truth === "never";
  const files = [
    ...(left.truth === "never" ? [] : left.files),
    ...(right.truth === "never" ? [] : right.files),
  ];
  return {
    truth: always ? "always" : never ? "never" : "maybe",
    files: files.length > maxFound ? anything : files,
    stops: left.stops || right.stops,
  };
}

function negated(outcome: Outcome, reach: Reach): Outcome {
  const truth =
    outcome.truth === "maybe" ? "maybe" : outcome.truth === "always" ? "never" : "always";
  return { truth, files: reach.files, stops: outcome.stops };
}

/** What a test says of the files for which it is true. */
function knownBy(test: string, argument: Word | undefined): Known | undefined {
  if (argument === undefined) return undefined;
  switch (test) {
    case "-name":
    case "-iname":
      return { kind: "name", glob: globOf(argument, "*", test === "-iname"), notFolder: false };
    case "-path":
    case "-wholename":
      return { kind: "path", glob: globOf(argument, "**", false), notFolder: false };
    case "-ipath":
    case "-iwholename":
      return { kind: "path", glob: globOf(argument, "**", true), notFolder: false };
    case "-type":
      return { kind: "any", glob: "**", notFolder: /^[^d]+$/.test(argument.value ?? "d") };
    default:
      return undefined;
  }
}

function narrower(one: Known, other: Known): Known {
  const { kind, glob } = one.kind === "any" ? other : one;
  return { kind, glob, notFolder: one.notFolder || other.notFolder };
}

/** fnmatch(3) as a `Target` pattern, wider where that has no word for it: `[a-z]`, case. */
function globOf(word: Word, star: "*" | "**", foldsCase: boolean): string {
  return word.parts.map((part) => globOfPart(part, star, foldsCase)).join("");
}

function globOfPart(part: WordPart, star: "*" | "**", foldsCase: boolean): string {
  if (part.kind === "hole") return star;
  if (part.kind === "glob") return part.text;
  let glob = "";
  for (let at = 0; at < part.text.length; at += 1) {
    const c = part.text.charAt(at);
    const close = c === "[" ? closingBracket(part.text, at) : -1;
    if (close > 0) {
      glob += "?";
      at = close;
    } else if (c === "*") glob += star;
    else if (c === "\\" && at + 1 < part.text.length) glob += `\\${part.text.charAt(++at)}`;
    else if (foldsCase && c.toLowerCase() !== c.toUpperCase()) glob += "?";
    else glob += c === "\\" ? "\\\\" : c;
  }
  return glob;
}

/** The end of `[...]`, in which a first `]` stands for itself; -1: it has none. */
function closingBracket(text: string, open: number): number {
  const first = /[!^]/.test(text.charAt(open + 1)) ? open + 2 : open + 1;
  return text.indexOf("]", first + 1);
}

/** A `-path` pattern matches what find prints, which begins with the starting point as written. */
function underStart(start: Word, glob: string): Word {
  const begins = start.value !== undefined && glob.startsWith(start.value);
  if (begins) return wordOf([{ kind: "glob", text: glob }], start);
  return glob.startsWith("*") ? globIn(start, glob) : globIn(start, "**");
}

/** May the starting point itself be such a file? */
function mayBe(start: Word, known: Known): boolean {
  if (known.notFolder && endsAsFolder(start)) return false;
  if (known.kind === "any") return true;
  if (known.kind === "path" || start.value === undefined) return known.kind === "name";
  const [name] = lastName(start);
  const text = name?.kind === "text" ? name.text : ".";
  return matchesGlob(`/${text}`, parseGlob(`/${known.glob}`));
}

export const finders: CommandFamily = gnuFamily(["find", find]);
