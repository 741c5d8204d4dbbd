// What functions of Python do that no other language has in the same form.

import type { Place } from "../../tool.ts";
import { argument, connects, lists, moves, runOptions } from "../actions.ts";
import type { Action, Call, Host } from "../language.ts";
import { globParts, replaceText, substituted, textOfCodes } from "../pure.ts";
import {
  elementOf,
  joinPaths,
  known,
  matches,
  partsOf,
  someText,
  text,
  unknownValue,
  type Value,
} from "../values.ts";

type Path = (call: Call) => Value | undefined;

/** `open(path, mode)`: https://docs.python.org/3/library/functions.html#open */
export function opens(path: Path, modeAt: number): Action {
  return function open(call, host) {
    const given = call.args[modeAt] ?? call.named.get("mode");
    const mode = given === undefined ? "r" : (known(given) ?? "?");
    for (const word of host.words(path(call))) openAs(mode, word, host);
    return { kind: "object", type: "lines", path: path(call) ?? unknownValue("a file") };
  };
}

function openAs(mode: string, place: Place, { act, more }: Host): void {
  if (mode.includes("w")) act.overwrite(place, more);
  else if (mode.includes("x")) act.write(place, { ...more, creates: true });
  else if (mode.includes("a") || mode.includes("+")) act.write(place, more);
  else if (mode.includes("?")) act.overwrite(place, { ...more, certainty: "possible" });
  else act.read(place, more);
}

/** `os.open(path, flags)`: the flags are not followed beyond their being there. */
export const opensWithFlags: Action = (call, host) => {
  const mode = call.args.length > 1 ? "?" : "r";
  for (const word of host.words(call.args[0])) openAs(mode, word, host);
  return undefined;
};

/** https://docs.python.org/3/library/subprocess.html: a list is a program; text needs `shell=True`. */
export const subprocess: Action = (call, host) => {
  const what = argument(call, 0, "args") ?? unknownValue("a command");
  const shell = call.named.get("shell");
  const forShell = shell !== undefined && !(shell.kind === "name" && shell.name === "False");
  const options = runOptions(call, host);
  for (const each of what.kind === "any" ? what.of : [what]) {
    const items = each.kind === "list" ? each.items : [each];
    if (forShell) host.shell(items[0], options);
    else if (each.kind === "list" || each.kind === "text") host.command(items, options);
    else host.unknown("runs a command that is not known");
  }
  return { kind: "object", type: "process" };
};

/** `os.execvp(file, args)`, `os.spawnvp(mode, file, args)`: `args` begins with the name once more. */
export function executes(at: number, rest: "list" | "each"): Action {
  return function execute(call, host) {
    const list = call.args[at + 1];
    const argv =
      rest === "each" ? call.args.slice(at + 1) : list?.kind === "list" ? list.items : [];
    host.command([call.args[at] ?? unknownValue("a program"), ...argv.slice(1)]);
    return undefined;
  };
}

export const environment: Action = (call, { act }) => {
  const name = known(call.args[0]) ?? "a variable";
  return name === "HOME" && act.scope.home !== undefined ? text(act.scope.home) : someText(name);
};

export const expandsUser: Action = (call, { act }) => {
  const path = call.receiver?.kind === "text" ? call.receiver : call.args[0];
  const source = known(path);
  if (source !== "~" && source?.startsWith("~/") !== true) return path;
  const { home } = act.scope;
  return home === undefined ? someText(source) : asPath(text(home + source.slice(1)));
};

const anyName: Value = { kind: "text", parts: [{ kind: "glob", text: "*" }] };

export function asPath(value: Value): Value {
  if (value.kind === "any") return { kind: "any", of: value.of.map(asPath) };
  return value.kind === "text" ? { ...value, type: "Path" } : value;
}

function inside(folder: Value, pattern: string): Value {
  return matches([...partsOf(folder), { kind: "text", text: "/" }, ...globParts(pattern)], "Path");
}

export const globs: Action = (call, host) => {
  const pattern = known(argument(call, 0, "pathname"));
  const folder = call.named.get("root_dir");
  lists(0)({ ...call, args: folder === undefined ? [] : [folder] }, host);
  if (pattern === undefined) return { kind: "list", items: [someText("a match")] };
  return folder === undefined ? matches(globParts(pattern)) : inside(folder, pattern);
};

/** `os.listdir` yields names, `os.scandir` entries with a path. */
export const listsNames: Action = (call, host) => {
  lists(0)(call, host);
  return { kind: "list", items: [anyName] };
};

export const scans: Action = (call, host) => {
  lists(0)(call, host);
  return inside(argument(call, 0) ?? text("."), "*");
};

export const walks: Action = (call, host) => {
  const folder = argument(call, 0, "top") ?? call.receiver ?? text(".");
  for (const word of host.words(folder)) host.act.list(word, { ...host.more, recursive: true });
  const below = elementOf(inside(folder, "**"));
  const each: Value = { kind: "list", items: [anyName] };
  return { kind: "list", items: [{ kind: "list", items: [below, each, each] }] };
};

export function globsBelow(prefix: string): Action {
  return function globBelow(call, host) {
    lists("receiver")(call, host);
    const pattern = prefix === "*" ? "" : known(call.args[0]);
    const folder = call.receiver ?? unknownValue("a folder");
    return pattern === undefined
      ? matches([{ kind: "hole", why: "a match" }], "Path")
      : inside(folder, prefix + pattern);
  };
}

export const makesPath: Action = (call) =>
  asPath(call.args.length === 0 ? text(".") : joinPaths(call.args, true));

/** `path / "name"` and `path.joinpath("name")` */
export const joinsPath: Action = (call) =>
  asPath(joinPaths([...(call.receiver === undefined ? [] : [call.receiver]), ...call.args], true));

/** What the path's text alone does not tell. */
const somePath: Action = (call) =>
  call.receiver?.kind === "text" ? someText("a path", "Path") : undefined;

export const changesPath: Action = (call, host) =>
  call.args.length >= 1 ? somePath(call, host) : undefined;

/** `str.replace(a, b)` computes, `Path.replace(target)` moves. */
export const replaces: Action = (call, host) =>
  call.args.length >= 2 ? replaceText(call, host) : moves("receiver", 0)(call, host);

export const temporary: Action = (_call, host) => {
  const path = asPath({
    kind: "text",
    parts: [{ kind: "text", text: "/tmp/" }, ...globParts("*")],
  });
  for (const word of host.words(path)) host.act.write(word, { ...host.more, creates: true });
  return { kind: "object", type: "lines", path };
};

export const importsModule: Action = (call, host) => {
  const name = known(call.args[0]);
  if (name !== undefined) return { kind: "name", name };
  host.unknown("imports a module whose name is computed");
  return undefined;
};

/** `getattr(os, "remove")` */
export const getsAttribute: Action = (call, host) => {
  const [of, name] = call.args;
  const member = known(name);
  if (member !== undefined && of?.kind === "name")
    return { kind: "name", name: `${of.name}.${member}` };
  if (member === undefined || of === undefined)
    host.unknown("reaches a member whose name is computed");
  return undefined;
};

/** `map(chr, codes)`; a function that does more was called already. */
export const maps: Action = (call, host) => {
  const [callee, list] = call.args;
  if (callee?.kind !== "name" || list?.kind !== "list") return undefined;
  if (callee.name !== "chr" && callee.name !== "str") return undefined;
  const items = list.items.map((item) =>
    callee.name === "str" ? item : (textOfCodes({ ...call, args: [item] }, host) ?? item),
  );
  return { kind: "list", items };
};

export const connectsSocket: Action = (call, host) => {
  const [address] = call.args;
  return connects(0)({ ...call, args: address?.kind === "list" ? address.items : call.args }, host);
};

const dropping = ["drop ", "truncate ", "delete "];

/** A statement for a database in a file or elsewhere. */
export const executesSql: Action = (call, host) => {
  const statement = known(call.args[0])?.trimStart().toLowerCase();
  if (statement === undefined) return void host.unknown("runs SQL that is not known");
  if (dropping.some((word) => statement.includes(word))) {
    const target = { form: "unresolved", path: "database" } as const;
    host.act.delete(target, { ...host.more, recursive: statement.includes("drop ") });
  }
  return { kind: "object", type: "rows" };
};

export function mapText(value: Value | undefined, change: (source: string) => string): Value {
  const source = known(value);
  return source === undefined ? someText("a text") : text(change(source));
}

export function formatsText(call: Call): Value {
  const values = [...call.args, ...call.named.values()];
  let next = 0;
  return substituted(call.receiver ?? unknownValue("a text"), "{", () => values[next++]);
}
