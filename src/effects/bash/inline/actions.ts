// What calls of interpreted programs do, as rows that the languages' tables are made of.

import type { PermissionFamily } from "../../../core/effect.ts";
import type { RunOptions, Stdin } from "../command.ts";
import { literalHost } from "../hosts.ts";
import type { Action, Call, Host } from "./language.ts";
import { alternatives, known, someText, unknownValue, type Value } from "./values.ts";

/** Which argument: a position, the receiver, or every one. */
export type Which = number | "receiver" | "all";

export function argument(call: Call, which: Which, name?: string): Value | undefined {
  if (which === "receiver") return call.receiver;
  if (which === "all") return { kind: "list", items: call.args };
  return call.args[which] ?? (name === undefined ? undefined : call.named.get(name));
}

/** Full names with blanks between them, and what they all do. */
export type Row = readonly [names: string, action: Action];

export function table(...rows: readonly Row[]): ReadonlyMap<string, Action> {
  const all = new Map<string, Action>();
  for (const [names, action] of rows) {
    for (const name of names.split(/\s+/)) if (name !== "") all.set(name, action);
  }
  return all;
}

export function names(...lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => line.split(/\s+/)).filter((name) => name !== ""));
}

export function deletes(which: Which, recursive = false): Action {
  return function deleteEach(call, host) {
    for (const word of host.words(argument(call, which, "path"))) {
      host.act.delete(word, { ...host.more, recursive });
    }
    return undefined;
  };
}

/** `fs.rm(path, { recursive: true })`: the options say whether it goes below. */
export function deletesByOptions(which: Which): Action {
  return function deleteByOptions(call, host) {
    const options = call.args.find((arg) => arg.kind === "record");
    const field = options?.kind === "record" ? options.fields.get("recursive") : undefined;
    const shallow = call.args.length < 2 || (options !== undefined && field === undefined);
    return deletes(which, !shallow)(call, host);
  };
}

export function truncates(which: Which): Action {
  return function truncateEach(call, host) {
    for (const word of host.words(argument(call, which))) host.act.truncate(word, host.more);
    return undefined;
  };
}

export function overwrites(which: Which, recursive = false): Action {
  return function overwriteEach(call, host) {
    for (const word of host.words(argument(call, which))) {
      host.act.overwrite(word, { ...host.more, recursive });
    }
    return undefined;
  };
}

export function writes(which: Which, creates = false): Action {
  return function writeEach(call, host) {
    for (const word of host.words(argument(call, which))) {
      host.act.write(word, { ...host.more, creates });
    }
    return argument(call, which);
  };
}

export function reads(which: Which): Action {
  return function readEach(call, host) {
    for (const word of host.words(argument(call, which))) host.act.read(word, host.more);
    return someText("a file's content");
  };
}

export function lists(which: Which, permissions = false): Action {
  return function listEach(call, host) {
    const value = argument(call, which);
    if (value === undefined) host.act.list(".", host.more);
    else for (const word of host.words(value)) host.act.list(word, { ...host.more, permissions });
    return undefined;
  };
}

export function moves(from: Which, to: Which): Action {
  return function moveEach(call, host) {
    for (const source of host.words(argument(call, from, "src"))) {
      for (const destination of host.words(argument(call, to, "dst"))) {
        host.act.move(source, destination, host.more);
      }
    }
    return undefined;
  };
}

/** Copies content; `modes`: the copy takes the permissions of the original. */
export function copies(from: Which, to: Which, { modes = false, recursive = false } = {}): Action {
  return function copyEach(call, host) {
    for (const word of host.words(argument(call, from, "src")))
      host.act.read(word, { ...host.more, recursive });
    for (const word of host.words(argument(call, to, "dst"))) {
      host.act.overwrite(word, { ...host.more, recursive });
      if (modes) host.act.permission(word, { family: "chmod", incidental: true }, host.more);
    }
    return undefined;
  };
}

export function permits(
  which: Which,
  family: PermissionFamily,
  { change = undefined as Which | undefined, recursive = false, incidental = false } = {},
): Action {
  return function permitEach(call, host) {
    const said = change === undefined ? undefined : known(argument(call, change));
    for (const word of host.words(argument(call, which, "path"))) {
      const what =
        said === undefined ? { family, incidental } : { family, incidental, change: said };
      host.act.permission(word, what, { ...host.more, recursive });
    }
    return undefined;
  };
}

/** The mask for modes of files that are made from here on. */
export const masks: Action = (call, { act, more }) => {
  const change = known(call.args[0]);
  const said = change === undefined ? {} : { change };
  const target = { form: "unresolved", path: "new files" } as const;
  act.permission(target, { family: "umask", ...said }, { certainty: "certain", ...more });
  return undefined;
};

/** Text for a shell. */
export function shells(which: Which): Action {
  return function shellEach(call, host) {
    host.shell(argument(call, which), runOptions(call, host));
    return someText("a command's output");
  };
}

/** A program with its arguments as a list, or one after another. */
export function commands(which: Which): Action {
  return function commandEach(call, host) {
    const value = argument(call, which);
    const words = value?.kind === "list" ? value.items : value === undefined ? [] : [value];
    host.command(words, runOptions(call, host));
    return someText("a command's output");
  };
}

export function connects(which: Which): Action {
  return function connectEach(call, host) {
    for (const value of alternatives(argument(call, which, "url"))) {
      host.act.connect(literalHost(known(value)) ?? "unknown", host.more);
    }
    return unknownValue("an answer");
  };
}

/** Changes something that is no file: another process, a setting of this one. */
export const acts: Action = (_call, host) => {
  host.act.execute(host.more);
  return undefined;
};

export const runsCode: Action = (call, host) => host.code(call.args[0]);

export function doubt(why: string): Action {
  return function doubtful(_call, host) {
    host.unknown(why);
    return undefined;
  };
}

/** One after another. */
export function both(...actions: readonly Action[]): Action {
  return function each(call, host) {
    let value: Value | undefined;
    for (const action of actions) value = action(call, host) ?? value;
    return value;
  };
}

/** Folder and standard input of a child, as `cwd=` and `input=` give them. */
export function runOptions(call: Call, host: Host): RunOptions {
  const options = call.args.find((arg) => arg.kind === "record");
  const fields = options?.kind === "record" ? options.fields : call.named;
  const cwd = fields.get("cwd") ?? fields.get("chdir");
  const [folder] = cwd === undefined ? [] : host.words(cwd);
  const input = fields.get("input");
  const content = known(input);
  const stdin: Stdin | undefined =
    input === undefined
      ? undefined
      : content === undefined
        ? { kind: "unknown", why: "input of the program" }
        : { kind: "text", text: content };
  return {
    ...(folder === undefined ? {} : { cwd: host.act.target(folder) }),
    ...(stdin === undefined ? {} : { stdin }),
  };
}
