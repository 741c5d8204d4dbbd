// Builtins that set options, positional parameters and limits.

import { maybe } from "../branches.ts";
import type { Word } from "../command.ts";
import type { Builtin, Shell } from "../shell.ts";
import type { ShellOptions } from "../state.ts";
import { isKnown } from "../text.ts";
import { scalar } from "../variables.ts";
import { expandQuoted } from "../words.ts";
import { inspect, quiet, readOptions, textOf } from "./call.ts";

type Option = Exclude<keyof ShellOptions, "expandAliases">;

const letters: ReadonlyMap<string, Option> = new Map([
  ["a", "allexport"],
  ["e", "errexit"],
  ["f", "noglob"],
  ["n", "noexec"],
  ["u", "nounset"],
  ["C", "noclobber"],
  ["x", "xtrace"],
]);

const longNames: ReadonlySet<string> = new Set(letters.values());

function turn(shell: Shell, option: Option, on: boolean): undefined {
  if (option === "xtrace" && on) expandPrompt(shell);
  shell.state.options = { ...shell.state.options, [option]: on };
}

/** `set -x` expands PS4 before each command; substitutions in it run. */
function expandPrompt(shell: Shell): undefined {
  const prompt = scalar(shell.state.variables.get("PS4")?.value) ?? "";
  if (isKnown(prompt) && /[$`]/.test(prompt)) maybe(shell, (inner) => expandQuoted(inner, prompt));
}

const set: Builtin = quiet(({ shell, args }) => {
  let at = 0;
  for (; at < args.length; at += 1) {
    const text = args[at]?.value;
    if (text === "--" || text === "-") {
      at += 1;
      if (text === "--" || at < args.length) setParameters(shell, args.slice(at));
      return;
    }
    if (text === undefined || !/^[-+][a-zA-Z]/.test(text)) break;
    if (setLetters(shell, text, args[at + 1])) at += 1;
  }
  if (at < args.length) setParameters(shell, args.slice(at));
});

/** Returns whether the next word was the name of an option. */
function setLetters(shell: Shell, text: string, next: Word | undefined): boolean {
  const on = text.startsWith("-");
  for (const letter of text.slice(1)) {
    const option = letters.get(letter);
    if (option !== undefined) turn(shell, option, on);
  }
  if (!text.includes("o")) return false;
  const name = next?.value;
  if (name !== undefined && longNames.has(name)) turn(shell, name as Option, on);
  return true;
}

function setParameters(shell: Shell, words: readonly Word[]): undefined {
  shell.state.parameters = words.some((word) => word.many) ? undefined : words.map(textOf);
}

const shift: Builtin = quiet(({ shell, args: [word] }) => {
  const { state } = shell;
  const count = word === undefined ? 1 : Number(word.value);
  const known = state.parameters !== undefined && Number.isSafeInteger(count) && count >= 0;
  if (!known) state.parameters = undefined;
  else if (count <= (state.parameters?.length ?? 0)) {
    state.parameters = state.parameters?.slice(count);
  } else state.status = 1;
});

const shopt: Builtin = quiet(({ shell, args }) => {
  const { options, operands } = readOptions(args, "supqo");
  if (!options.has("s") && !options.has("u")) {
    shell.state.status = undefined;
    return;
  }
  const on = options.has("s");
  for (const { value } of operands) {
    if (value === "expand_aliases") {
      shell.state.options = { ...shell.state.options, expandAliases: on };
    }
    if (value === "lastpipe" || value === "globstar") turn(shell, value, on);
    if (options.has("o") && value !== undefined && longNames.has(value)) {
      turn(shell, value as Option, on);
    }
  }
});

/** Sets which permissions new files lack. */
const umask: Builtin = (call) => {
  const { shell, args, how } = call;
  const { operands } = readOptions(args, "pS");
  const [mode] = operands;
  shell.state.status = 0;
  if (mode === undefined) return inspect(call);
  const target = { form: "unresolved", path: "new files" } as const;
  shell.emit(
    {
      kind: "permission",
      family: "umask",
      incidental: false,
      target,
      recursive: false,
      change: mode.value ?? mode.source,
    },
    "umask",
    how.span,
  );
};

export const settings: ReadonlyMap<string, Builtin> = new Map([
  ["set", set],
  ["shift", shift],
  ["shopt", shopt],
  ["umask", umask],
  ["ulimit", quiet(() => {})],
  ["history", quiet(() => {})],
  ["bind", quiet(() => {})],
  ["complete", quiet(() => {})],
  ["compgen", quiet(() => {})],
  ["compopt", quiet(() => {})],
]);
