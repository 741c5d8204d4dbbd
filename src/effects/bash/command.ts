// What a command family sees of a command, and what it may say about it.

import type { Effect, Target } from "../../core/effect.ts";

/** Offsets in the outermost command text, UTF-16 code units. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** One argument after expansion, as far as it is known. */
export interface Word {
  /** The exact value, where it is known and is exactly one argument. */
  readonly value: string | undefined;
  /** Known text, pathname patterns and holes, in order. A known value is one `text`. */
  readonly parts: readonly WordPart[];
  /** May become any number of arguments: an unquoted expansion, a pattern, `"$@"`. */
  readonly many: boolean;
  /** Source text, for messages. */
  readonly source: string;
  readonly span: Span;
}

export type WordPart =
  | { readonly kind: "text"; readonly text: string }
  /** Pathname expansion in the syntax of `Target` patterns; `pattern`: as the shell writes it. */
  | { readonly kind: "glob"; readonly text: string; readonly pattern?: string }
  /**
   * Any string; `why` names the variable or substitution. `oneOf`: it is known to be one of these.
   * `names`: it is lines, each of which is one of these.
   */
  | {
      readonly kind: "hole";
      readonly why: string;
      readonly oneOf?: readonly string[];
      readonly names?: readonly Word[];
    };

/** Where standard input comes from. */
export type Stdin =
  | { readonly kind: "inherited" }
  /** Known text: a here-document, a here-string, `echo` of literals. */
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "file"; readonly target: Target }
  /** Another program's output, not known; `partly`: what is known of it, with marks for holes. */
  | {
      readonly kind: "unknown";
      readonly why: string;
      readonly partly?: string;
      readonly names?: readonly Word[];
    };

/** A simple command with its words expanded. */
export interface Invocation {
  /** The command's name without its folder; wrappers are already peeled off. */
  readonly program: string;
  /** As written: `/bin/rm`, `rm`. */
  readonly path: string;
  /** The arguments, without the name. */
  readonly args: readonly Word[];
  /** Assignments before the name: `A=1 cmd`. */
  readonly assignments: ReadonlyMap<string, Word>;
  readonly stdin: Stdin;
  readonly span: Span;
}

/** What is known of a command after it has run. */
export interface Produced {
  /** Its whole standard output, where that is known exactly. */
  readonly stdout?: string;
  /** Its exit status, where that is known. */
  readonly status?: number;
  /**
   * Its output, where that is not known, is only names, one a line or ended by NUL, and each is one
   * of these: `find . -name '*.o'`, `ls`, `git ls-files`. Filters that drop or sort lines keep it.
   */
  readonly names?: readonly Word[];
}

type Distribute<E> = E extends Effect
  ? Omit<E, "certainty" | "via" | "span"> & Partial<Pick<E, "certainty" | "via">>
  : never;

/** An effect without what the scope fills in: certainty, `via` (the program's name) and span. */
export type EffectDraft = Distribute<Effect>;

export interface RunOptions {
  /** The inner command may not be reached, or may get no argument. */
  readonly possible?: boolean;
  /** Put before the inner `via`: `find -exec`, `sudo`. */
  readonly via?: string;
  /** Folder of the inner command; null: not known. */
  readonly cwd?: Target | null;
  readonly stdin?: Stdin;
  /** Runs on another machine or in another root: paths there are not paths here. */
  readonly elsewhere?: string;
  /** Its variables are not ours: every expansion in the inner text is a hole. */
  readonly environmentUnknown?: boolean;
  /** Variables set for the inner command. */
  readonly assignments?: ReadonlyMap<string, Word>;
  /** Positional parameters of an inner script: `$0`, `$1`, ... */
  readonly parameters?: readonly Word[];
  /** The inner command is a separate process of this program, so functions and aliases do not hold. */
  readonly newShell?: boolean;
  /** Which shell reads an inner script: others than bash expand aliases and backslashes of `echo`. */
  readonly dialect?: "bash" | "posix";
  /** An inner script's aliases are expanded. */
  readonly aliases?: boolean;
}

/** What a command family may do with an invocation. Every method is total. */
export interface Scope {
  /** Absolute, lexically normal; undefined: not known. */
  readonly cwd: string | undefined;
  readonly home: string | undefined;
  /** Appends an effect, in the order of execution. */
  emit(draft: EffectDraft): void;
  /** Doubt: appends `unknown`. */
  unknown(why: string): void;
  /** A word as a path, against the current folder. */
  target(word: Word): Target;
  /** A known text as a path, against the current folder. */
  targetOf(path: string): Target;
  /** Analyses another command: the first word is its name. */
  run(words: readonly Word[], options?: RunOptions): Produced;
  /** Analyses shell text; a word whose value is not known is `unknown`. */
  script(text: Word | string, options?: RunOptions): Produced;
  /** What a file holds, where this script wrote it or a process substitution provides it. */
  contentOf(file: Word): string | undefined;
  /**
   * What an earlier command of this script left under a name of its family's own, for settings that
   * are kept in files whose other content is not known (`git config alias.x`).
   */
  recall(name: string): string | undefined;
  remember(name: string, text: string): void;
  /**
   * What the program finds in its environment under this name, where the script put it there: an
   * assignment before the program, else what was exported.
   */
  environment(name: string): Word | undefined;
  /** A word with this exact value, at the invocation's span. */
  word(value: string): Word;
  /** A word of which nothing is known. */
  hole(why: string): Word;
}

/**
 * Says what one program does with these arguments. It emits at least one effect: a program that does
 * nothing else emits `execute`.
 */
export type Command = (invocation: Invocation, scope: Scope) => Produced | undefined;

/** Program name -> what it does. One family a file, listed in `commands/index.ts`. */
export type CommandFamily = ReadonlyMap<string, Command>;
