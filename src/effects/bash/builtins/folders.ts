// Builtins that change the current folder.

import { isWithin } from "../../paths.ts";
import type { Word } from "../command.ts";
import type { Builtin, Shell } from "../shell.ts";
import type { Folder } from "../state.ts";
import { concat, hole, isKnown, type Text } from "../text.ts";
import { folderText, lookUp, scalar, setText } from "../variables.ts";
import { quiet, readOptions, textOf } from "./call.ts";

/** Folders that every system has. */
const everywhere: ReadonlySet<string> = new Set([
  "/",
  "/tmp",
  "/usr",
  "/etc",
  "/var",
  "/bin",
  "/dev",
  "/opt",
]);

const cd: Builtin = quiet(({ shell, args }) => {
  const { operands } = readOptions(args, "LPe@");
  const [word, ...more] = operands;
  if (more.length > 0) {
    shell.state.status = 1;
    return;
  }
  go(shell, word === undefined ? variable(shell, "HOME") : destination(shell, word));
});

function destination(shell: Shell, word: Word): Text {
  return word.value === "-" ? variable(shell, "OLDPWD") : textOf(word);
}

function variable(shell: Shell, name: string): Text {
  return scalar(lookUp(shell, name).value) ?? hole(`$${name}`);
}

/** Changes to a folder, which may not be there. */
function go(shell: Shell, to: Text): undefined {
  const { state } = shell;
  const failed = state.folder;
  const succeeded = isKnown(to) ? entered(failed, to) : { path: undefined };
  setText(shell, "OLDPWD", folderText(shell));
  const exists = isKnown(to) && isThere(shell, to, succeeded.path);
  state.status = exists ? 0 : undefined;
  state.folder = exists || state.options.errexit ? succeeded : either(succeeded, failed);
  state.attempt = exists ? undefined : { succeeded, failed };
  state.variables.set("PWD", { value: folderText(shell), exported: true });
}

/** Where `cd` leads to from each folder that we may be in. */
function entered(from: Folder, to: string): Folder {
  const path = logical(from.path, to);
  if (from.otherwise === undefined || to.startsWith("/")) return { path };
  return either({ path }, { path: logical(from.otherwise ?? undefined, to) });
}

/** Without `-P`, `cd` takes `..` away from the text of a path, whatever links there are. */
function logical(from: string | undefined, to: string): string | undefined {
  if (to === "") return from;
  if (!to.startsWith("/") && from === undefined) return undefined;
  const names: string[] = [];
  for (const name of (to.startsWith("/") ? to : `${from}/${to}`).split("/")) {
    if (name === "" || name === ".") continue;
    if (name === "..") names.pop();
    else names.push(name);
  }
  return `/${names.join("/")}`;
}

function isThere(
  { state, run: { context } }: Shell,
  to: string,
  path: string | undefined,
): boolean {
  // Folders above this one are there, unless it was removed.
  if (to.split("/").every((name) => name === "" || name === "." || name === "..")) return true;
  if (path === undefined) return false;
  if (everywhere.has(path)) return true;
  if (context.cwd !== undefined && isWithin(context.cwd, path)) return true;
  if (context.home !== undefined && isWithin(context.home, path)) return true;
  return state.files.get(path)?.exists === true;
}

function either(succeeded: Folder, failed: Folder): Folder {
  if (succeeded.path === undefined || succeeded.path === failed.path) return succeeded;
  const uncertain = failed.path === undefined || failed.otherwise !== undefined;
  return { path: succeeded.path, otherwise: uncertain ? null : (failed.path ?? null) };
}

const pushd: Builtin = quiet(({ shell, args }) => {
  const { state } = shell;
  const [word] = readOptions(args, "n").operands;
  const [top, ...rest] = state.folders;
  const before = state.folder;
  if (word === undefined && top !== undefined) {
    state.folder = top;
    state.folders = [before, ...rest];
  } else if (word?.value !== undefined && !/^[-+]\d+$/.test(word.value)) {
    go(shell, word.value);
    state.folders = [before, ...state.folders];
  } else {
    state.folder = { path: undefined };
    state.folders = [];
  }
  state.variables.set("PWD", { value: folderText(shell), exported: true });
});

const popd: Builtin = quiet(({ shell, args }) => {
  const { state } = shell;
  const [top, ...rest] = state.folders;
  state.folder = args.length === 0 && top !== undefined ? top : { path: undefined };
  state.folders = rest;
  state.variables.set("PWD", { value: folderText(shell), exported: true });
});

const pwd: Builtin = quiet(({ shell }) => {
  shell.write(concat(folderText(shell), "\n"));
});

const dirs: Builtin = quiet(({ shell, args }) => {
  if (args.some((word) => word.value === "-c")) shell.state.folders = [];
  shell.write(hole("the output of dirs"));
});

export const folders: ReadonlyMap<string, Builtin> = new Map([
  ["cd", cd],
  ["chdir", cd],
  ["pushd", pushd],
  ["popd", popd],
  ["pwd", pwd],
  ["dirs", dirs],
]);
