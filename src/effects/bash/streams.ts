// Where a command's input comes from and where its output goes.

import type { Stdin } from "./command.ts";
import {
  bounded,
  concat,
  hole,
  isHole,
  isKnown,
  marked,
  namesHole,
  namesIn,
  type Text,
} from "./text.ts";

/**
 * How sure it is that what runs now is reached. Whatever a command takes from or gives to a stream
 * under more doubt than the stream was made with makes the stream's text not known.
 */
export type Doubt = number;

/** The output of a substitution or a pipe. */
export class Capture {
  #text: Text = "";
  readonly #doubt: Doubt;

  constructor(doubt: Doubt) {
    this.#doubt = doubt;
  }

  write(text: Text, doubt: Doubt): undefined {
    const certain = doubt === this.#doubt ? text : hole("output that depends on a condition");
    this.#text = bounded(concat(this.#text, certain));
  }

  get text(): Text {
    return this.#text;
  }
}

/** Input that several commands take turns to read. */
export class Input {
  #stdin: Stdin;
  readonly #doubt: Doubt;

  constructor(stdin: Stdin, doubt: Doubt) {
    this.#stdin = stdin;
    this.#doubt = doubt;
  }

  /** What is left. */
  get rest(): Stdin {
    return this.#stdin;
  }

  /** Takes text up to and including a delimiter; undefined: it is not known. `end`: there is no more. */
  takeUntil(delimiter: string, doubt: Doubt): { text: string; ended: boolean } | undefined {
    if (this.#stdin.kind !== "text") return undefined;
    if (doubt !== this.#doubt) {
      this.#stdin = { kind: "unknown", why: "input that is read under a condition" };
      return undefined;
    }
    const { text } = this.#stdin;
    const at = delimiter === "" ? text.indexOf("\0") : text.indexOf(delimiter);
    this.#stdin = { kind: "text", text: at < 0 ? "" : text.slice(at + 1) };
    return { text: at < 0 ? text : text.slice(0, at), ended: at < 0 };
  }

  /** Takes everything. */
  drain(doubt: Doubt): Stdin {
    const taken = this.#stdin;
    if (taken.kind !== "text") return taken;
    this.#stdin =
      doubt === this.#doubt
        ? { kind: "text", text: "" }
        : { kind: "unknown", why: "input that is read under a condition" };
    return taken;
  }
}

/** What a file descriptor leads to. */
export type Descriptor =
  | { readonly kind: "input"; readonly input: Input }
  | { readonly kind: "capture"; readonly capture: Capture }
  /** An absolute path, undefined where it is not known. */
  | { readonly kind: "file"; readonly path: string | undefined }
  /** Terminal, `/dev/null`, closed. */
  | { readonly kind: "elsewhere" };

export type Streams = ReadonlyMap<number, Descriptor>;

export function inputOf(streams: Streams): Stdin {
  const descriptor = streams.get(0);
  return descriptor?.kind === "input" ? descriptor.input.rest : { kind: "inherited" };
}

/** What a program that copies its input writes. */
export function outputOfInput(stdin: Stdin, why: string): Text {
  if (stdin.kind === "text") return stdin.text;
  return namesHole(why, stdin.kind === "unknown" ? stdin.names : undefined);
}

/** A text as standard input. */
export function stdinOfText(text: Text, why: string): Stdin {
  if (isKnown(text)) return { kind: "text", text };
  const names = namesIn(text);
  if (names !== undefined) return { kind: "unknown", why, names };
  return isHole(text) ? { kind: "unknown", why } : { kind: "unknown", why, partly: marked(text) };
}
