// Builtins that run text or words as commands, or decide what a name will run.

import { assignedBy } from "../assignments.ts";
import { landing, maybe } from "../branches.ts";
import type { Word } from "../command.ts";
import { fileContent } from "../files.ts";
import { locate } from "../paths.ts";
import type { Builtin, BuiltinCall, Shell } from "../shell.ts";
import { generated, sourceOfWord } from "../source.ts";
import { isArray } from "../state.ts";
import { concat, hole, isKnown, marked, type Text } from "../text.ts";
import { forgetVariables } from "../variables.ts";
import { inspect, quiet, readOptions, textOf } from "./call.ts";

/** Runs text in this very shell; what is not known in it is doubt. */
function runText(call: BuiltinCall, text: Text, word: Word | undefined, what: string): undefined {
  const { shell, name, how } = call;
  if (!isKnown(text)) {
    const why = `${what} holds a value that is not known`;
    shell.emit({ kind: "unknown", why }, name, how.span);
    if (text.every((part) => part.kind !== "text")) return unknownEnd(shell);
  }
  const source =
    word === undefined ? generated(marked(text), how.span) : sourceOfWord(marked(text), word);
  const via = shell.via === "" ? name : `${shell.via} ${name}`;
  shell.run.walk.text(shell.with({ via }), source);
}

/** Whatever was run may have changed anything that we know of this shell. */
function unknownEnd(shell: Shell): undefined {
  forgetVariables(shell);
  shell.state.status = undefined;
  shell.write(hole("the output of code that is not known"));
}

const evaluate: Builtin = (call) => {
  inspect(call);
  const { shell, args } = call;
  shell.state.status = 0;
  const [only] = args;
  const text = concat(
    ...args.flatMap((word, at) => (at === 0 ? [textOf(word)] : [" ", textOf(word)])),
  );
  runText(call, text, args.length === 1 ? only : undefined, "the text of eval");
};

/** `source file`: known where this script wrote the file, or where it is the input. */
const source: Builtin = (call) => {
  const { shell, name, args, how } = call;
  const [file, ...parameters] = readOptions(args, "p:").operands;
  if (file === undefined) return inspect(call);
  const content = fileContent(shell, textOf(file), file.source);
  if (content === undefined) return unseen(call, file);
  inspect(call);
  const outer = shell.state.parameters;
  landing(shell, ["return"], (inner) => {
    if (parameters.length > 0) inner.state.parameters = parameters.map(textOf);
    runText({ shell: inner, name, args, how }, content, undefined, `what ${file.source} holds`);
  });
  if (parameters.length > 0) shell.state.parameters = outer;
};

/** Scripts that set up an environment of tools, as installers write them. */
const environmentScript =
  /(?:^|\/)(?:bin\/activate|\.nvm\/nvm\.sh|\.cargo\/env|etc\/profile(?:\.d\/[^/]+)?|conda\.sh|\.(?:bashrc|profile|bash_profile|zshrc))$/;

function unseen({ shell, name, args, how }: BuiltinCall, file: Word): undefined {
  const { target } = locate(shell, textOf(file), file.source);
  const words = args.map((word) => word.value ?? word.source);
  if (shell.state.namesChanged === undefined && environmentScript.test(target.path)) {
    shell.emit(
      { kind: "execute", program: name, words, code: "project", inspects: false, target },
      name,
      how.span,
    );
    shell.state.status = undefined;
    return;
  }
  shell.emit(
    { kind: "execute", program: name, words, code: "file", inspects: false, target },
    name,
    how.span,
  );
  const known = target.form === "unresolved" ? {} : { target };
  const why = `the script ${file.source} is not seen`;
  shell.emit({ kind: "unknown", why, ...known }, name, how.span);
  if (shell.state.namesChanged === undefined)
    shell.state.namesChanged = `${file.source} was sourced`;
  unknownEnd(shell);
}

const command: Builtin = (call) => {
  const { shell, args, how } = call;
  const { options, operands } = readOptions(args, "pvV");
  if (options.has("v") || options.has("V") || operands.length === 0) {
    inspect(call);
    shell.state.status = undefined;
    return shell.write(hole("the output of command -v"));
  }
  shell.run.walk.words(shell, operands, { ...how, assigned: [], lookUp: "programs" });
};

const builtin: Builtin = (call) => {
  const { shell, args, how } = call;
  const operands = args[0]?.value === "--" ? args.slice(1) : args;
  if (operands.length === 0) return inspect(call);
  shell.run.walk.words(shell, operands, { ...how, assigned: [], lookUp: "builtins" });
};

/** The program takes the place of the shell: nothing behind it is run. */
const exec: Builtin = (call) => {
  const { shell, args, how } = call;
  const { operands } = readOptions(args, "cla:");
  if (operands.length === 0) return inspect(call);
  shell.run.walk.words(shell, operands, { ...how, assigned: [], lookUp: "programs" });
  shell.state.exitTraps = [];
  shell.quit(true);
};

const trap: Builtin = quiet((call) => {
  const { shell, args } = call;
  const { options, operands } = readOptions(args, "lp");
  const [action, ...signals] = operands;
  if (options.size > 0 || action === undefined) return;
  // With one operand, or a number first, the handlers of these signals are taken away.
  const resets = signals.length === 0 || action.value === "-" || /^\d+$/.test(action.value ?? "");
  const source = sourceOfWord(marked(textOf(action)), action);
  for (const signal of resets ? operands : signals) {
    const name = signal.value?.toUpperCase().replace(/^SIG/, "");
    if (name === "EXIT" || name === "0") {
      shell.state.exitTraps = resets ? [] : [{ source, possible: false }];
    } else if (!resets) {
      maybe(shell, (inner) => runText({ ...call, shell: inner }, textOf(action), action, "a trap"));
    }
  }
  shell.state.status = 0;
});

const alias: Builtin = quiet(({ shell, args }) => {
  for (const word of args) {
    const assigned = assignedBy(word) ?? aliasIn(word);
    if (assigned === undefined || isArray(assigned.value)) continue;
    shell.state.aliases.set(assigned.name, { text: assigned.value, unit: shell.run.unit });
    shell.run.leave(`the alias ${assigned.name} was set`);
  }
  shell.write(hole("the output of alias"));
});

/** Names of aliases may have characters that those of variables may not. */
function aliasIn(word: Word): { name: string; value: Text } | undefined {
  const [first, ...rest] = word.parts;
  const match = first?.kind === "text" ? /^([^\s=$`/'"]+)=/.exec(first.text) : null;
  if (first?.kind !== "text" || match === null) return undefined;
  return { name: match[1] ?? "", value: concat(first.text.slice(match[0].length), rest) };
}

const unalias: Builtin = quiet(({ shell, args }) => {
  if (args.some((word) => word.value === "-a")) {
    for (const name of shell.state.aliases.entries().keys()) shell.state.aliases.set(name, null);
  }
  for (const { value } of args) if (value !== undefined) shell.state.aliases.set(value, null);
});

/** `hash -p path name`: the name is that program from now on. */
const hash: Builtin = quiet(({ shell, args }) => {
  const { options, operands } = readOptions(args, "rp:dtl");
  const path = options.get("p")?.value;
  if (!options.has("p")) return;
  for (const { value } of operands) {
    if (value !== undefined && path !== undefined) shell.state.hashed.set(value, path);
  }
  if (path === undefined) shell.state.namesChanged ??= "hash -p";
  shell.run.leave("hash -p");
});

const enable: Builtin = quiet((call) => {
  const { shell, args, how } = call;
  const { options, operands } = readOptions(args, "adnpsf:");
  if (operands.length === 0) return;
  if (options.has("f")) {
    shell.emit({ kind: "unknown", why: "enable -f loads code" }, "enable", how.span);
  }
  shell.state.namesChanged ??= "enable";
  shell.run.leave("enable changed what builtins there are");
});

/** `fc -s` and the like run lines of the history, which is not seen. */
const fc: Builtin = (call) => {
  const { shell, args, how } = call;
  if (args.some((word) => /^-[a-zA-Z]*l/.test(word.value ?? ""))) return inspect(call);
  shell.emit({ kind: "unknown", why: "fc runs lines of the history" }, "fc", how.span);
};

const type: Builtin = quiet(({ shell }) => {
  shell.state.status = undefined;
  shell.write(hole("the output of type"));
});

export const code: ReadonlyMap<string, Builtin> = new Map([
  ["eval", evaluate],
  ["source", source],
  [".", source],
  ["command", command],
  ["builtin", builtin],
  ["exec", exec],
  ["trap", trap],
  ["alias", alias],
  ["unalias", unalias],
  ["hash", hash],
  ["enable", enable],
  ["fc", fc],
  ["type", type],
]);
