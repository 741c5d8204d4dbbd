// The frame of a git subcommand: its options as git reads them, and the things that git may do.

import type { Target } from "../../../../core/effect.ts";
import type { Produced, Word } from "../../command.ts";
import { globParts } from "../../inline/pure.ts";
import { type OptionNames, type Options, optionParser } from "../../options.ts";
import { type Act, type More, wordOf } from "../../tool.ts";

/** What one git subcommand does with the words behind its name. */
export type Subcommand = (run: GitRun) => Produced | undefined;

/** A name of several words is a subcommand of a subcommand: `stash drop`. */
export type SubcommandRow = readonly [names: string, subcommand: Subcommand];

export function subcommands(...rows: readonly SubcommandRow[]): ReadonlyMap<string, Subcommand> {
  const all = new Map<string, Subcommand>();
  for (const [names, subcommand] of rows)
    for (const name of names.split(" ")) all.set(name, subcommand);
  return all;
}

/** A subcommand whose options git's parse-options reads: permuted, abbreviated, negated. */
export function sub<const Spec extends string>(
  spec: Spec | readonly Spec[],
  perform: (run: GitRun, options: Options<OptionNames<Spec>>) => Produced | undefined,
  { mild = false, order = "permute" as "permute" | "posix" } = {},
): Subcommand {
  const lines = typeof spec === "string" ? [spec] : spec;
  const parse = optionParser<string>([...lines, "help"], { negations: true, order });
  return function runSub(run) {
    const options = parse(run.words, run.act.isPosix);
    if (options.has("help") || options.unknown.includes("-h")) return run.act.inspect();
    if (!mild) run.act.doubt(options.doubtful);
    return perform(run, options);
  };
}

export const inspects: Subcommand = (run) => run.act.inspect();
export const writesRepository: Subcommand = (run) => run.writeRepository();

/** Options of every subcommand that takes paths. */
export const pathspecFile = "pathspec-from-file: pathspec-file-nul";

/** One after another. */
export function steps(...actions: readonly ((run: GitRun) => undefined)[]): Subcommand {
  return function doSteps(run) {
    for (const action of actions) action(run);
    return undefined;
  };
}

/** A subcommand with subcommands of its own; `otherwise` is for words that are none of them. */
export function group(rows: readonly SubcommandRow[], otherwise: Subcommand): Subcommand {
  const members = subcommands(...rows);
  return function runGroup(run) {
    const at = run.words.findIndex((word) => word.value?.startsWith("-") !== true);
    const name = at < 0 ? undefined : run.words[at];
    const member = name?.value === undefined ? undefined : members.get(name.value);
    if (name !== undefined && name.value === undefined) run.act.doubt([name]);
    if (member === undefined) return otherwise(run);
    return member(run.behind(`${run.name} ${name?.value}`, run.words.toSpliced(at, 1)));
  };
}

export type GitFields = Pick<GitRun, "act" | "name" | "words" | "settings" | "folder">;

/** One run of a subcommand. The current folder stands for the repository: where its top is cannot be seen. */
export class GitRun {
  readonly act: Act;
  readonly name: string;
  readonly words: readonly Word[];
  /** What `-c` and the environment set, by key in lower case. */
  readonly settings: ReadonlyMap<string, Word>;

  /** The repository's own folder, where `--git-dir` names one that is not in the tree. */
  readonly folder: Word | undefined;

  constructor({ act, name, words, settings, folder }: GitFields) {
    this.act = act;
    this.name = name;
    this.words = words;
    this.settings = settings;
    this.folder = folder;
  }

  get via(): string {
    return `git ${this.name}`;
  }

  behind(name: string, words: readonly Word[]): GitRun {
    return new GitRun({ ...this, name, words });
  }

  more(more: More = {}): More {
    return { via: this.via, ...more };
  }

  /** The words behind `--`; undefined where there is none. */
  get behindDashes(): readonly Word[] | undefined {
    const at = this.words.findIndex((word) => word.value === "--");
    return at < 0 ? undefined : this.words.slice(at + 1);
  }

  /** Uncommitted work in the whole tree is lost. */
  discardTree(more: More = {}): undefined {
    this.act.discard(".", this.more({ recursive: true, ...more }));
  }

  /** Uncommitted work in these files is lost. */
  discardPaths(paths: readonly Word[], more: More = {}): undefined {
    for (const path of paths) {
      this.act.discard(this.pathspec(path), this.more({ recursive: true, ...more }));
    }
  }

  /** Commits, or what led to them, are lost. */
  discardHistory(more: More = {}): undefined {
    this.act.discard(this.folder ?? ".", this.more(more));
  }

  /** A setting of this run, or one that an earlier command of the script made. */
  setting(key: string): string | undefined {
    return this.settings.get(key)?.value ?? this.act.scope.recall(`git config ${key}`);
  }

  /** The same at another repository, named by what stands in the call. */
  discardRemote(name: string, more: More = {}): undefined {
    this.act.discard(remote(name), this.more({ certainty: "certain", ...more }));
  }

  /** Objects, references or the index change, and no file of the tree. */
  writeRepository(): undefined {
    this.act.write(this.folder ?? ".git", this.more({ recursive: true }));
  }

  /** Files of the tree change; what is uncommitted is kept. */
  writeTree(): undefined {
    this.act.write(".", this.more({ recursive: true }));
  }

  /** Programs of the repository that git runs at such times (githooks(5)). */
  hooks(): undefined {
    const { program } = this.act.invocation;
    const target = this.act.target(".git/hooks");
    const via = `${this.via} hooks`;
    this.act.emit({
      kind: "execute",
      program,
      words: [this.name],
      code: "project",
      inspects: false,
      target,
      certainty: "possible",
      via,
    });
  }

  connect(repository: Word | undefined): undefined {
    const address = repository?.value ?? repository?.source ?? "default remote";
    this.act.connect(hostOf(address), this.more());
  }

  /** A pathspec (gitglossary(7)): `:/x` is from the top, `*` crosses folders, `:!x` is left out. */
  pathspec(word: Word): Word {
    const [first, ...rest] = word.parts;
    if (first?.kind !== "text") return word;
    const plain = withoutMagic(first.text);
    const star = plain.includes("*") || plain.includes("?") || plain.includes("[");
    if (!star && plain === first.text) return word;
    const parts = star ? globParts(plain.replaceAll("*", "**")) : globParts(plain || ".");
    return wordOf([...parts, ...rest], word);
  }
}

/** Runs a command of the user's with a file behind it, as difftool and grep do. */
export function runWithFile(run: GitRun, command: Word, option: string): undefined {
  const text = command.value === undefined ? command : `${command.value} "$1"`;
  const file = run.act.scope.hole("a file of the repository");
  const parameters = [run.act.scope.word("git"), file];
  run.act.script(text, { possible: true, via: `${run.via} ${option}`, newShell: true, parameters });
}

/** A thing that is no file of this machine; it may be compared with no path. */
export function remote(name: string): Target {
  return { form: "unresolved", path: name };
}

function withoutMagic(spec: string): string {
  if (!spec.startsWith(":")) return spec;
  if (spec.startsWith(":(")) return spec.slice(spec.indexOf(")") + 1);
  let at = 1;
  while (at < spec.length && "/!^:".includes(spec[at] ?? "")) at += 1;
  return spec.slice(at);
}

/** `https://host/x`, `git@host:x`; anything else names a remote of the config. */
function hostOf(address: string): string {
  const scheme = address.indexOf("://");
  const rest = scheme < 0 ? address : address.slice(scheme + 3);
  const colon = rest.indexOf(":");
  if (scheme < 0 && (colon < 0 || rest.lastIndexOf("/", colon) >= 0)) return `remote ${address}`;
  const end = rest.search(/[/:?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  return authority.slice(authority.lastIndexOf("@") + 1) || `remote ${address}`;
}
