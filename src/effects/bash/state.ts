// What is known at one point of a script: variables, functions, the folder, what files hold.

import type { Word } from "./command.ts";
import type { CompoundCommand, CompoundList, Redirected } from "./parse.ts";
import { generated, type Source } from "./source.ts";
import type { Doubt, Streams } from "./streams.ts";
import { hole, holeMark, isKnown, sameText, type Text } from "./text.ts";

export type Value =
  | Text
  | { readonly kind: "indexed"; readonly items: ReadonlyMap<number, Text> }
  | { readonly kind: "associative"; readonly items: ReadonlyMap<string, Text> }
  /** An array of which nothing is known; `names`: each item is one of these. */
  | { readonly kind: "array"; readonly why: string; readonly names?: readonly Word[] };

export interface Variable {
  /** undefined: unset. */
  readonly value: Value | undefined;
  readonly exported?: boolean;
  readonly readonly?: boolean;
  readonly integer?: boolean;
  readonly letters?: "upper" | "lower";
  /** `declare -n`: the value is another variable's name. */
  readonly reference?: boolean;
}

export interface ShellFunction {
  readonly body: CompoundCommand | Redirected | CompoundList;
  readonly source: Source;
  readonly exported: boolean;
}

export interface Alias {
  readonly text: Text;
  /** Where it was defined: it holds from the next line that is read, see `Run.unit`. */
  readonly unit: number;
}

/** What this script made of a file. */
export interface FileState {
  /** undefined: that is not known. */
  readonly exists: boolean | undefined;
  /** Absent: not known. */
  readonly content?: Text;
}

/** The current folder. */
export interface Folder {
  /** Absolute and normal; undefined: not known. */
  readonly path: string | undefined;
  /**
   * Where we are instead if an earlier `cd` failed, or another branch was taken; null: anywhere.
   * Absent: `path` is certain.
   */
  readonly otherwise?: string | null;
}

/** Options of `set` and `shopt` that change what a script does. */
export interface ShellOptions {
  readonly allexport: boolean;
  readonly errexit: boolean;
  readonly noglob: boolean;
  readonly noexec: boolean;
  readonly nounset: boolean;
  readonly noclobber: boolean;
  readonly xtrace: boolean;
  readonly lastpipe: boolean;
  readonly globstar: boolean;
  /** undefined: that is not known, as in a persistent shell, which may be interactive. */
  readonly expandAliases: boolean | undefined;
}

/** `$1`, `$2`, ...; undefined: not known. */
export type Parameters = readonly Text[] | undefined;

export interface Trap {
  readonly source: Source;
  readonly possible: boolean;
}

const nothing = new Map<string, never>();

/** A map that is shared with a parent until it is written to. */
export class Layered<V> {
  #own: Map<string, V> | undefined;
  readonly #parent: Layered<V> | undefined;

  constructor(parent?: Layered<V>) {
    this.#parent = parent;
  }

  get(name: string): V | undefined {
    for (let layer: Layered<V> | undefined = this; layer !== undefined; layer = layer.#parent) {
      const found = layer.#own?.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  set(name: string, value: V): undefined {
    this.#own ??= new Map();
    this.#own.set(name, value);
  }

  /** Everything, in no particular order; it costs as much as there is. */
  entries(): ReadonlyMap<string, V> {
    return this.since(undefined);
  }

  /** What changed since `base`, which must be this layer or above it. */
  since(base: Layered<V> | undefined): ReadonlyMap<string, V> {
    let found: Map<string, V> | undefined;
    for (let layer: Layered<V> | undefined = this; layer !== base && layer; layer = layer.#parent) {
      if (layer.#own === undefined) continue;
      found ??= new Map();
      for (const [name, value] of layer.#own) if (!found.has(name)) found.set(name, value);
    }
    return found ?? nothing;
  }
}

/** Which jumps left the way that leads here: a bit for each place where a jump lands. */
export type Jumps = number;

/** The outcomes of `cd`, for the branches of a condition: `cd x && ...` is in x. */
export interface FolderAttempt {
  readonly succeeded: Folder;
  readonly failed: Folder;
}

/** What a fork copies as it is. */
interface Plain {
  folder: Folder;
  attempt: FolderAttempt | undefined;
  /** `pushd`, the last one first. */
  folders: readonly Folder[];
  parameters: Parameters;
  options: ShellOptions;
  /** Of the last command; undefined: not known. */
  status: number | undefined;
  /** `$_`. */
  lastWord: Text;
  /** `trap ... EXIT`: what may be set. */
  exitTraps: readonly Trap[];
  /** Why bare names may no longer mean what they say. */
  namesChanged: string | undefined;
  /** Variables that the script did not set may have any value: inherited, or set by unseen code. */
  foreign: boolean;
  /** File descriptors. */
  streams: Streams;
  /** Nothing that follows is reached, until a jump lands. */
  dead: boolean;
  /** Some way has left by these jumps. */
  jumps: Jumps;
}

export class State implements Plain {
  readonly variables: Layered<Variable>;
  readonly functions: Layered<ShellFunction | null>;
  readonly aliases: Layered<Alias | null>;
  /** `hash -p`: name to path. */
  readonly hashed: Layered<string>;
  readonly files: Layered<FileState>;
  /** How many undecided conditions lead here; above 0, what is run may not be reached. */
  readonly doubt: Doubt;
  folder: Folder;
  attempt: FolderAttempt | undefined = undefined;
  folders: readonly Folder[];
  parameters: Parameters;
  options: ShellOptions;
  status: number | undefined;
  lastWord: Text;
  exitTraps: readonly Trap[];
  namesChanged: string | undefined;
  foreign: boolean;
  streams: Streams;
  dead: boolean;
  jumps: Jumps;

  constructor(from: Start, parent?: State, doubt = 0) {
    this.variables = new Layered(parent?.variables);
    this.functions = new Layered(parent?.functions);
    this.aliases = new Layered(parent?.aliases);
    this.hashed = new Layered(parent?.hashed);
    this.files = new Layered(parent?.files);
    this.doubt = doubt;
    this.folder = from.folder;
    this.folders = from.folders;
    this.parameters = from.parameters;
    this.options = from.options;
    this.status = from.status;
    this.lastWord = from.lastWord;
    this.exitTraps = from.exitTraps;
    this.namesChanged = from.namesChanged;
    this.foreign = from.foreign;
    this.streams = from.streams;
    this.dead = from.dead;
    this.jumps = from.jumps;
  }

  /** A state that begins as this one, which must not change while the fork is used. */
  fork(doubt = 0): State {
    return new State(this, this, this.doubt + doubt);
  }

  /** The state of a new process that begins as this one. */
  forkProcess(doubt = 0): State {
    const child = new State(this, this, this.uncertainty + doubt);
    child.jumps = 0;
    child.exitTraps = [];
    return child;
  }

  /** Above 0, what runs now may not be reached. */
  get uncertainty(): Doubt {
    return this.jumps === 0 ? this.doubt : this.doubt + 1;
  }

  /** Is what runs now reached whenever the call runs? */
  get reached(): boolean {
    return this.uncertainty === 0;
  }

  /** Takes over what `other` has become since `base`, which both descend from. */
  take(other: State, base: State): undefined {
    copyInto(this.variables, other.variables.since(base.variables));
    copyInto(this.functions, other.functions.since(base.functions));
    copyInto(this.aliases, other.aliases.since(base.aliases));
    copyInto(this.hashed, other.hashed.since(base.hashed));
    copyInto(this.files, other.files.since(base.files));
    takePlain(this, other);
  }

  /** A copy that later changes of this state do not reach. */
  snapshot(base: State): State {
    const copy = base.fork();
    copy.take(this, base);
    return copy;
  }

  /**
   * Becomes what all these ways from `base` have in common. Ways that are dead only leave their
   * jumps; where all are, so is this.
   */
  join(base: State, ways: readonly State[]): undefined {
    const alive = ways.filter((way) => !way.dead);
    const jumps = ways.reduce((all, way) => all | way.jumps, 0);
    const [first, ...others] = alive;
    if (first !== undefined) {
      if (others.length === 0) this.take(first, base);
      else joinAll(this, base, alive);
    }
    this.dead = first === undefined;
    this.jumps = jumps;
  }
}

export type Start = Omit<Plain, "attempt">;

function takePlain(to: State, from: State): undefined {
  to.folder = from.folder;
  to.attempt = from.attempt;
  to.folders = from.folders;
  to.parameters = from.parameters;
  to.options = from.options;
  to.status = from.status;
  to.lastWord = from.lastWord;
  to.exitTraps = from.exitTraps;
  to.namesChanged = from.namesChanged;
  to.foreign = from.foreign;
  to.streams = from.streams;
  to.dead = from.dead;
  to.jumps = from.jumps;
}

function copyInto<V>(to: Layered<V>, changes: ReadonlyMap<string, V>): undefined {
  for (const [name, value] of changes) to.set(name, value);
}

function joinAll(to: State, base: State, ways: readonly State[]): undefined {
  joinLayers(
    to.variables,
    base.variables,
    ways.map((way) => way.variables),
    base.foreign || ways.some((way) => way.foreign) ? joinForeign : joinVariables,
  );
  joinLayers(
    to.functions,
    base.functions,
    ways.map((way) => way.functions),
    preferDefined,
  );
  joinLayers(
    to.aliases,
    base.aliases,
    ways.map((way) => way.aliases),
    preferDefined,
  );
  joinLayers(
    to.hashed,
    base.hashed,
    ways.map((way) => way.hashed),
    (a, b) => b ?? a,
  );
  joinLayers(
    to.files,
    base.files,
    ways.map((way) => way.files),
    joinFiles,
  );
  const [first, ...others] = ways;
  if (first === undefined) return;
  takePlain(to, first);
  for (const other of others) joinPlain(to, other);
}

function joinPlain(to: State, other: State): undefined {
  to.folder = joinFolders(to.folder, other.folder);
  to.attempt = undefined;
  if (to.folders !== other.folders) to.folders = [];
  if (to.parameters !== other.parameters) to.parameters = undefined;
  if (to.options !== other.options) to.options = joinOptions(to.options, other.options);
  if (to.status !== other.status) to.status = undefined;
  if (!sameText(to.lastWord, other.lastWord)) to.lastWord = hole("$_");
  to.exitTraps = joinTraps(to.exitTraps, other.exitTraps);
  to.namesChanged ??= other.namesChanged;
  to.foreign ||= other.foreign;
}

function joinLayers<V>(
  to: Layered<V>,
  base: Layered<V>,
  ways: readonly Layered<V>[],
  join: (a: V | undefined, b: V | undefined, name: string) => V | undefined,
): undefined {
  const changes = ways.map((way) => way.since(base));
  if (changes.every((change) => change.size === 0)) return;
  const names = new Set(changes.flatMap((change) => [...change.keys()]));
  for (const name of names) {
    const values = changes.map((change) => change.get(name) ?? base.get(name));
    const joined = values.reduce((a, b) => (a === b ? a : join(a, b, name)));
    if (joined !== undefined) to.set(name, joined);
  }
}

const unset: Variable = { value: undefined };

function joinVariables(
  a: Variable | undefined,
  b: Variable | undefined,
  name: string,
): Variable | undefined {
  const one = a ?? unset;
  const other = b ?? unset;
  return { ...one, ...other, value: joinValues(one.value, other.value, name) };
}

/** A variable that only one way has set may come from the environment on the other. */
function joinForeign(
  a: Variable | undefined,
  b: Variable | undefined,
  name: string,
): Variable | undefined {
  if (a !== undefined && b !== undefined) return joinVariables(a, b, name);
  const value: Value =
    isArray(a?.value) || isArray(b?.value) ? { kind: "array", why: `$${name}` } : hole(`$${name}`);
  return { ...a, ...b, value };
}

function joinValues(a: Value | undefined, b: Value | undefined, name: string): Value | undefined {
  if (a === b) return a;
  if (isArray(a) || isArray(b)) return { kind: "array", why: `$${name}` };
  const one = a ?? "";
  const other = b ?? "";
  if (sameText(one, other)) return one;
  const choices = [...new Set([...choicesOf(one), ...choicesOf(other)])];
  const known = choices.length <= maxChoices && !choices.includes(undefined);
  return hole(`$${name}`, known ? choices.filter((choice) => choice !== undefined) : undefined);
}

/** More values of one variable than this are not followed. */
const maxChoices = 8;

function choicesOf(text: Text): readonly (string | undefined)[] {
  if (isKnown(text)) return [text];
  const [only] = text;
  if (text.length === 1 && only?.kind === "hole" && only.oneOf !== undefined) return only.oneOf;
  return [undefined];
}

export function isArray(value: Value | undefined): value is Exclude<Value, Text> {
  return typeof value === "object" && "kind" in value;
}

/** A function that may have been defined is taken to be: what it hides was seen without it. */
function preferDefined<V>(a: V | null | undefined, b: V | null | undefined): V | null | undefined {
  return b ?? a;
}

function joinFiles(a: FileState | undefined, b: FileState | undefined): FileState {
  const exists = a?.exists === b?.exists ? a?.exists : undefined;
  if (a?.content === undefined || b?.content === undefined) return { exists };
  return sameText(a.content, b.content) ? { exists, content: a.content } : { exists };
}

function joinFolders(a: Folder, b: Folder): Folder {
  if (a === b) return a;
  if (a.path === b.path && a.otherwise === b.otherwise) return a;
  const places = new Set([a.path, b.path, a.otherwise, b.otherwise]);
  places.delete(undefined);
  const [first, second, third] = places;
  if (a.path === undefined || b.path === undefined || third !== undefined || first == null) {
    return { path: undefined };
  }
  return { path: first, otherwise: second ?? null };
}

function joinOptions(a: ShellOptions, b: ShellOptions): ShellOptions {
  return {
    allexport: a.allexport || b.allexport,
    errexit: a.errexit && b.errexit,
    noglob: a.noglob && b.noglob,
    noexec: a.noexec && b.noexec,
    nounset: a.nounset && b.nounset,
    noclobber: a.noclobber && b.noclobber,
    xtrace: a.xtrace || b.xtrace,
    lastpipe: a.lastpipe && b.lastpipe,
    globstar: a.globstar || b.globstar,
    expandAliases: a.expandAliases === b.expandAliases ? a.expandAliases : undefined,
  };
}

function joinTraps(a: readonly Trap[], b: readonly Trap[]): readonly Trap[] {
  if (a === b) return a;
  const traps = new Map<string, Trap>();
  for (const trap of [...a, ...b]) {
    traps.set(`${trap.source.span.start} ${trap.source.text}`, { ...trap, possible: true });
  }
  const found = [...traps.values()];
  if (found.length <= maxTraps) return found;
  return [...found.slice(0, maxTraps), anyTrap(found[maxTraps]?.source)];
}

/** More handlers for the end of one process than this are not told apart. */
const maxTraps = 8;

/** A handler that runs a command of which nothing is known. */
function anyTrap(source: Source | undefined): Trap {
  const span = source?.span ?? { start: 0, end: 0 };
  return { source: generated(holeMark, span), possible: true };
}
