// What builtins have in common: how they read options, and how they say that they ran.

import type { Word } from "../command.ts";
import type { Builtin, BuiltinCall } from "../shell.ts";
import type { Text } from "../text.ts";

export function textOf(word: Word): Text {
  return word.value ?? word.parts;
}

/** A builtin that changes nothing beyond the shell says that it ran, so that no call has no effect. */
export function inspect({ shell, name, args, how }: BuiltinCall): undefined {
  const words = args.map((word) => word.value ?? word.source);
  shell.emit(
    { kind: "execute", program: name, words, code: "builtin", inspects: true },
    name,
    how.span,
  );
}

/** A builtin that says that it ran, and succeeds unless it says otherwise. */
export function quiet(perform: (call: BuiltinCall) => void): Builtin {
  return function runQuietly(call) {
    inspect(call);
    call.shell.state.status = 0;
    perform(call);
  };
}

export interface Read {
  /** The letters that were given, with their arguments. */
  readonly options: ReadonlyMap<string, Word | undefined>;
  readonly operands: readonly Word[];
}

/** Options as builtins read them: letters only, before the operands. `spec` as for getopts. */
export function readOptions(args: readonly Word[], spec: string): Read {
  const options = new Map<string, Word | undefined>();
  for (let at = 0; at < args.length; at += 1) {
    const text = args[at]?.value;
    if (text === "--") return { options, operands: args.slice(at + 1) };
    if (text === undefined || !/^[-+]./.test(text)) return { options, operands: args.slice(at) };
    at += readLetters(options, text, args, at, spec);
  }
  return { options, operands: [] };
}

/** Reads one word of letters; returns how many further words it took. */
function readLetters(
  options: Map<string, Word | undefined>,
  text: string,
  args: readonly Word[],
  at: number,
  spec: string,
): number {
  for (let i = 1; i < text.length; i += 1) {
    const letter = text.charAt(i);
    if (spec[spec.indexOf(letter) + 1] !== ":" || !spec.includes(letter)) {
      options.set(letter, undefined);
      continue;
    }
    const rest = text.slice(i + 1);
    const word = args[at];
    if (rest !== "" && word !== undefined) {
      options.set(letter, { ...word, value: rest, parts: [{ kind: "text", text: rest }] });
      return 0;
    }
    options.set(letter, args[at + 1]);
    return 1;
  }
  return 0;
}
