// The frame of a program: reads its options, hands over to what it does with them, answers for doubt.

import type { MoveEffect, PermissionFamily, Target } from "../../core/effect.ts";
import type {
  Command,
  CommandFamily,
  EffectDraft,
  Invocation,
  Produced,
  RunOptions,
  Scope,
  Word,
  WordPart,
} from "./command.ts";
import { type OptionNames, type OptionStyle, type Options, optionParser } from "./options.ts";

/** Where an effect is: a word of the command line, a known text, or a target resolved already. */
export type Place = Word | string | Target;

/** What an effect may say beyond its place. Where `certainty` is absent it follows from the place. */
export interface More {
  readonly certainty?: "certain" | "possible";
  /** The part of the call, where it is not the program's name alone. */
  readonly via?: string;
  readonly recursive?: boolean;
}

interface PermissionChange {
  readonly family: PermissionFamily;
  readonly change?: Word | string;
  readonly incidental?: boolean;
}

export interface ToolSettings extends OptionStyle {
  /** No option does more than the operands show, so options that cannot be seen raise no doubt. */
  readonly mild?: boolean;
  /** The specification is whole: another option is refused, unless another version knows it. */
  readonly whole?: boolean;
}

/**
 * A program whose options getopt reads. `--help` and `--version` are added to the specification and
 * make it one that only looks; so does a `perform` that says nothing.
 */
export function tool<const Spec extends string>(
  spec: Spec | readonly Spec[],
  perform: (act: Act, options: Options<OptionNames<Spec>>) => Produced | undefined,
  settings: ToolSettings = {},
): Command {
  const lines = typeof spec === "string" ? [spec] : spec;
  const parse = optionParser<string>([...lines, ...standardOptions(lines)], settings);
  return function runTool(invocation, scope) {
    const act = new Act(invocation, scope);
    const options = parse(invocation.args, act.isPosix);
    if (options.has("help") || options.has("version")) return act.inspect();
    if (settings.whole === true && options.unknown.length > 0) act.mayFail();
    if (settings.mild !== true) act.doubt(options.doubtful);
    return act.finish(perform(act, options));
  };
}

/** A program that reads its arguments in its own way. */
export function program(perform: (act: Act) => Produced | undefined): Command {
  return function runProgram(invocation, scope) {
    const act = new Act(invocation, scope);
    const only = invocation.args.length === 1 ? invocation.args[0]?.value : undefined;
    if (only === "--help" || only === "--version") return act.inspect();
    return act.finish(perform(act));
  };
}

/** Names with blanks between them, and what they all do. */
export type FamilyRow = readonly [names: string, command: Command];

export function family(...rows: readonly FamilyRow[]): CommandFamily {
  const members = new Map<string, Command>();
  for (const [names, command] of rows) {
    for (const name of names.split(" ")) members.set(name, command);
  }
  return members;
}

/** As `family`, also under the names that Homebrew gives GNU tools: `grm`, `gchmod`. */
export function gnuFamily(...rows: readonly FamilyRow[]): CommandFamily {
  const members = new Map<string, Command>(family(...rows));
  for (const [name, command] of family(...rows)) members.set(`g${name}`, command);
  return members;
}

function standardOptions(lines: readonly string[]): readonly string[] {
  const names = lines.flatMap((line) => line.split(/[ ,:]/));
  return ["help", "version"].filter((name) => !names.includes(name));
}

/** One run of a program: what it was given, and a verb for each thing that it may do. */
export class Act {
  readonly invocation: Invocation;
  readonly scope: Scope;
  #silent = true;
  #mayFail = false;

  constructor(invocation: Invocation, scope: Scope) {
    this.invocation = invocation;
    this.scope = scope;
  }

  get args(): readonly Word[] {
    return this.invocation.args;
  }

  /** Options end at the first operand. */
  get isPosix(): boolean {
    return this.scope.environment("POSIXLY_CORRECT") !== undefined;
  }

  /** Nothing has been said yet. */
  get isSilent(): boolean {
    return this.#silent;
  }

  /** The whole standard input, where it is known. */
  get input(): string | undefined {
    const { stdin } = this.invocation;
    if (stdin.kind === "text") return stdin.text;
    return stdin.kind === "file" && stdin.target.path === "/dev/null" ? "" : undefined;
  }

  /** What a file holds, where that is known; `-` and none stand for standard input. */
  contentOf(file: Word | undefined): string | undefined {
    const name = file?.value;
    if (file === undefined || name === "-" || name === "/dev/stdin") return this.input;
    return this.scope.contentOf(file);
  }

  /** Nothing but looking is left to say of a program that said nothing. */
  finish(produced: Produced | undefined): Produced | undefined {
    if (this.#silent) this.inspect();
    return produced;
  }

  emit(draft: EffectDraft): undefined {
    this.#silent = false;
    this.scope.emit(this.#mayFail ? { ...draft, certainty: "possible" } : draft);
  }

  /** Its arguments may be refused: nothing that it says from here on is certain. */
  mayFail(): void {
    this.#mayFail = true;
  }

  unknown(why: string): undefined {
    this.#silent = false;
    this.scope.unknown(why);
  }

  run(words: readonly Word[], options?: RunOptions): Produced {
    this.#silent = false;
    return this.scope.run(words, options);
  }

  script(text: Word | string, options?: RunOptions): Produced {
    this.#silent = false;
    return this.scope.script(text, options);
  }

  read(place: Place, more?: More): undefined {
    this.emit({ kind: "read", ...this.#on(place, more) });
  }

  list(place: Place, more?: More & { readonly permissions?: boolean }): undefined {
    this.emit({ kind: "list", permissions: more?.permissions ?? false, ...this.#on(place, more) });
  }

  /** Nothing changes by writing to a device that keeps nothing: that is no effect. */
  write(place: Place, more?: More & { readonly creates?: boolean }): undefined {
    if (isHarmlessDevice(place)) return;
    this.emit({ kind: "write", creates: more?.creates ?? false, ...this.#on(place, more) });
  }

  /** Writes a file from its beginning: what stood there, if anything did, is lost. */
  overwrite(place: Place, more?: More): undefined {
    if (isHarmlessDevice(place)) return;
    this.write(place, more);
    this.truncate(place, { ...more, certainty: "possible" });
  }

  truncate(place: Place, more?: More): undefined {
    this.emit({ kind: "truncate", ...this.#on(place, more) });
  }

  /** The empty name is no file's. */
  delete(place: Place, more?: More): undefined {
    if (place === "" || (typeof place === "object" && "value" in place && place.value === ""))
      return;
    this.emit({ kind: "delete", ...this.#on(place, more) });
  }

  discard(place: Place, more?: More): undefined {
    this.emit({ kind: "discard", ...this.#on(place, more) });
  }

  move(
    from: Place,
    to: Place,
    more?: More & { readonly overwrites?: MoveEffect["overwrites"] },
  ): undefined {
    const overwrites = more?.overwrites ?? "unknown";
    const destination = this.target(to);
    this.emit({ kind: "move", destination, overwrites, ...this.#on(from, more) });
  }

  permission(place: Place, change: PermissionChange, more?: More): undefined {
    const { family, incidental = false } = change;
    const text = change.change === undefined ? undefined : textOf(change.change);
    const said = text === undefined ? {} : { change: text };
    this.emit({ kind: "permission", family, incidental, ...said, ...this.#on(place, more) });
  }

  connect(host: string, more?: More): undefined {
    this.emit({ kind: "connect", host, ...certaintyAndVia(more) });
  }

  /** It runs, and does what no other effect says: a change of the machine rather than of a file. */
  execute(more?: More): undefined {
    this.#execute(false, more);
  }

  /** It only looks, and its other effects say at what. */
  inspect(more?: More): undefined {
    this.#execute(true, more);
  }

  doubt(words: readonly Word[]): undefined {
    for (const word of words) {
      this.unknown(`${word.source} may hold options of ${this.invocation.program}`);
    }
  }

  target(place: Place): Target {
    if (typeof place === "string") return this.scope.targetOf(place);
    return "form" in place ? place : this.scope.target(place);
  }

  /** The child of a folder that bears the last name of another path. */
  childOf(folder: Word, named: Word): Word {
    return inFolder(folder, lastName(named));
  }

  #execute(inspects: boolean, more: More = {}): void {
    const { program, args } = this.invocation;
    const words = args.map(textOf);
    this.emit({
      kind: "execute",
      program,
      words,
      code: "builtin",
      inspects,
      ...certaintyAndVia(more),
    });
  }

  #on(place: Place, more: More = {}): OnPlace {
    const certainty = more.certainty ?? (isExact(place) ? "certain" : "possible");
    const { recursive = false } = more;
    return { target: this.target(place), recursive, ...certaintyAndVia({ ...more, certainty }) };
  }
}

interface OnPlace {
  readonly target: Target;
  readonly recursive: boolean;
  readonly certainty?: "certain" | "possible";
  readonly via?: string;
}

function certaintyAndVia({ certainty, via }: More = {}): Pick<OnPlace, "certainty" | "via"> {
  return {
    ...(certainty === undefined ? {} : { certainty }),
    ...(via === undefined ? {} : { via }),
  };
}

function isExact(place: Place): boolean {
  if (typeof place === "string") return true;
  return "form" in place ? place.form === "resolved" : place.value !== undefined;
}

export function textOf(word: Word | string): string {
  return typeof word === "string" ? word : (word.value ?? word.source);
}

const harmlessDevices: ReadonlySet<string> = new Set([
  "/dev/null",
  "/dev/zero",
  "/dev/full",
  "/dev/random",
  "/dev/urandom",
  "/dev/tty",
  "/dev/stdout",
  "/dev/stderr",
  "/dev/stdin",
]);

/** A device that holds nothing which writing could destroy. */
export function isHarmlessDevice(place: Place): boolean {
  const path = typeof place === "string" ? place : "form" in place ? place.path : place.value;
  return path !== undefined && (harmlessDevices.has(path) || path.startsWith("/dev/fd/"));
}

/** `folder/name`, where both may be partly known. */
export function inFolder(folder: Word, name: readonly WordPart[]): Word {
  if (name.length === 0) return folder;
  const slash: readonly WordPart[] =
    folder.value?.endsWith("/") === true ? [] : [{ kind: "text", text: "/" }];
  return wordOf([...folder.parts, ...slash, ...name], folder);
}

/** What a pattern matches below a folder. */
export function globIn(folder: Word, glob: string): Word {
  return inFolder(folder, [{ kind: "glob", text: glob }]);
}

/** A word of these parts, at the place of another. */
export function wordOf(parts: readonly WordPart[], at: Word): Word {
  const value = parts.every((part) => part.kind === "text")
    ? parts.map((part) => part.text).join("")
    : undefined;
  const known: readonly WordPart[] = value === undefined ? parts : [{ kind: "text", text: value }];
  return { ...at, value, parts: known, many: false };
}

/** The word with another one in place of each mark (`{}`) in its known text. */
export function replaced(word: Word, mark: string, by: Word): Word {
  if (word.value === mark) return { ...by, span: word.span };
  if (!word.parts.some((part) => part.kind === "text" && part.text.includes(mark))) return word;
  const parts = word.parts.flatMap((part) =>
    part.kind === "text" ? filled(part.text, mark, by) : [part],
  );
  return { ...wordOf(parts, word), many: word.many };
}

function filled(text: string, mark: string, by: Word): readonly WordPart[] {
  return text.split(mark).flatMap((piece, at) => {
    const known: readonly WordPart[] = piece === "" ? [] : [{ kind: "text", text: piece }];
    return at === 0 ? known : [...by.parts, ...known];
  });
}

/** The last name of a path; none for `/`, and for `.` and `..`, which are the folder itself. */
export function lastName(path: Word): readonly WordPart[] {
  const parts = withoutEndingSlashes(path.parts);
  const name: WordPart[] = [];
  for (const part of parts.toReversed()) {
    const slash = part.kind === "hole" ? -1 : part.text.lastIndexOf("/");
    name.unshift(
      slash < 0 || part.kind === "hole" ? part : { ...part, text: part.text.slice(slash + 1) },
    );
    if (slash >= 0) break;
  }
  const [first] = name;
  const folder = name.length === 1 && first?.kind === "text" && isFolderName(first.text);
  return folder ? [] : name.filter((part) => part.kind === "hole" || part.text !== "");
}

function withoutEndingSlashes(parts: readonly WordPart[]): readonly WordPart[] {
  const last = parts.at(-1);
  if (last?.kind !== "text" || !last.text.endsWith("/")) return parts;
  let end = last.text.length;
  while (end > 0 && last.text.charCodeAt(end - 1) === 0x2f) end -= 1;
  return [...parts.slice(0, -1), { ...last, text: last.text.slice(0, end) }];
}

function isFolderName(name: string): boolean {
  return name === "." || name === ".." || name === "";
}

/** Names a folder by its form: `d/`, `.`, `..`. */
export function endsAsFolder(path: Word): boolean {
  const last = path.parts.at(-1);
  if (last?.kind !== "text") return false;
  return last.text.endsWith("/") || (path.value !== undefined && lastName(path).length === 0);
}
