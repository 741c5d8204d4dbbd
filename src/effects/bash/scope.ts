// What a command family sees of the shell that runs its program.

import type { Target } from "../../core/effect.ts";
import type { EffectDraft, Invocation, Produced, RunOptions, Scope, Word } from "./command.ts";
import { fileContent } from "./files.ts";
import { locate } from "./paths.ts";
import { newShell } from "./process.ts";
import type { Shell, Simple } from "./shell.ts";
import { generated, sourceOfWord } from "./source.ts";
import type { Capture } from "./streams.ts";
import { leave } from "./substitution.ts";
import {
  hole,
  isKnown,
  marked,
  namesIn,
  readable,
  type Text,
  unmarked,
  wordOfText,
} from "./text.ts";
import { scalar } from "./variables.ts";

export class CommandScope implements Scope {
  readonly #shell: Shell;
  readonly #invocation: Invocation;
  /** Where a target is instead, if the current folder is not the one that it seems to be. */
  #otherwise: Map<Target, Target> | undefined;

  constructor(shell: Shell, invocation: Invocation) {
    this.#shell = shell;
    this.#invocation = invocation;
  }

  get cwd(): string | undefined {
    return this.#shell.elsewhere === undefined ? this.#shell.state.folder.path : undefined;
  }

  get home(): string | undefined {
    return this.#shell.elsewhere === undefined ? this.#shell.run.context.home : undefined;
  }

  emit(draft: EffectDraft): undefined {
    const { program, span } = this.#invocation;
    const via = draft.via ?? program;
    this.#shell.emit(draft, via, span);
    const otherwise = this.#elsewhere(draft);
    if (otherwise !== undefined) this.#shell.emit(otherwise, via, span);
    this.#changed(draft);
  }

  unknown(why: string): undefined {
    this.emit({ kind: "unknown", why });
  }

  target(word: Word): Target {
    return this.#located(word.value ?? word.parts, word.source);
  }

  targetOf(path: string): Target {
    return this.#located(unmarked(path, path), readable(path));
  }

  contentOf(file: Word): string | undefined {
    const content = fileContent(this.#shell, textOf(file), file.source);
    return content !== undefined && isKnown(content) ? content : undefined;
  }

  recall(name: string): string | undefined {
    const content = this.#shell.state.files.get(noteOf(name))?.content;
    return content !== undefined && isKnown(content) ? content : undefined;
  }

  remember(name: string, text: string): void {
    this.#shell.state.files.set(noteOf(name), { exists: true, content: text });
  }

  environment(name: string): Word | undefined {
    const assigned = this.#invocation.assignments.get(name);
    if (assigned !== undefined) return assigned;
    const variable = this.#shell.state.variables.get(name);
    if (variable?.exported !== true || variable.value === undefined) return undefined;
    const text = scalar(variable.value) ?? hole(`$${name}`);
    return wordOfText(text, `$${name}`, this.#invocation.span, !isKnown(text));
  }

  word(value: string): Word {
    const text = unmarked(value, "a value in the text");
    return wordOfText(text, readable(value), this.#invocation.span, !isKnown(text));
  }

  hole(why: string): Word {
    return wordOfText(hole(why), why, this.#invocation.span, true);
  }

  run(words: readonly Word[], options: RunOptions = {}): Produced {
    // Wrappers within wrappers read all of the words again at each level.
    this.#shell.run.budget.step(words.length >> 2);
    const inner = this.#inner(options);
    const capture = inner.capture();
    const assigned = [...(options.assignments ?? [])].map(([name, word]) => ({
      name,
      value: textOf(word),
      append: false,
    }));
    const how: Simple = { span: this.#invocation.span, assigned, lookUp: "programs" };
    inner.run.walk.words(inner, words, how);
    return this.#end(inner, capture);
  }

  script(script: Word | string, options: RunOptions = {}): Produced {
    const text = typeof script === "string" ? script : marked(textOf(script));
    if (typeof script !== "string" && script.value === undefined) {
      this.unknown(`a script that holds a value which is not known: ${script.source}`);
      if (script.parts.every((part) => part.kind !== "text")) return {};
    }
    const source =
      typeof script === "string"
        ? generated(text, this.#invocation.span)
        : sourceOfWord(text, script);
    const inner = newShell(this.#inner(options), source, options);
    const capture = inner.capture();
    inner.run.walk.text(inner, source);
    return this.#end(inner, capture);
  }

  #inner(options: RunOptions): Shell {
    const outer = this.#shell;
    const via = options.via ?? this.#invocation.program;
    const inner = outer.forked(
      {
        via: outer.via === "" ? via : `${outer.via} ${via}`,
        elsewhere: options.elsewhere ?? outer.elsewhere,
        opaque: outer.opaque || options.environmentUnknown === true,
      },
      options.possible === true ? 1 : 0,
    );
    if (inner.opaque) inner.state.foreign = true;
    if (options.cwd !== undefined) inner.state.folder = folderOf(options.cwd);
    inner.feed(options.stdin ?? this.#invocation.stdin);
    return inner;
  }

  #end(inner: Shell, capture: Capture): Produced {
    leave(this.#shell, inner);
    const { text } = capture;
    const status = inner.state.status;
    const names = namesIn(text);
    return {
      ...(isKnown(text) ? { stdout: text } : {}),
      ...(names === undefined ? {} : { names }),
      ...(status === undefined ? {} : { status }),
    };
  }

  #located(text: Text, source: string): Target {
    const { target, otherwise } = locate(this.#shell, text, source);
    if (otherwise !== undefined) {
      this.#otherwise ??= new Map();
      this.#otherwise.set(target, otherwise);
    }
    return target;
  }

  #elsewhere(draft: EffectDraft): EffectDraft | undefined {
    if (this.#otherwise === undefined || !("target" in draft) || draft.target === undefined) {
      return undefined;
    }
    const target = this.#otherwise.get(draft.target);
    if (target === undefined) return undefined;
    if (draft.kind !== "move") return { ...draft, target, certainty: "possible" };
    const destination = this.#otherwise.get(draft.destination) ?? draft.destination;
    return { ...draft, target, destination, certainty: "possible" };
  }

  /** What this script knew of a file no longer holds. */
  #changed(draft: EffectDraft): undefined {
    const { files } = this.#shell.state;
    if (draft.kind === "move") {
      forget(files, draft.target, false);
      forget(files, draft.destination, true);
    }
    if (draft.kind === "write" || draft.kind === "truncate") forget(files, draft.target, true);
    if (draft.kind === "delete") forget(files, draft.target, false);
  }
}

/** No absolute path, so no file of that name. */
function noteOf(name: string): string {
  return `note ${name}`;
}

function forget(files: Shell["state"]["files"], target: Target, exists: boolean): undefined {
  if (target.form === "resolved") files.set(target.path, { exists });
}

function folderOf(target: Target | null): { path: string | undefined } {
  return { path: target?.form === "resolved" ? target.path : undefined };
}

function textOf(word: Word): Text {
  return word.value ?? word.parts;
}
