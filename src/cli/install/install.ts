// proctor install AGENT: writes the hooks of a coding agent, and takes them out again.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline/promises";
import { messageOf, ProctorError } from "../../core/errors.ts";
import type { HookAgentName } from "../../frontends/hooks/forms.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "../terminal.ts";
import { installers } from "./agents/index.ts";
import { difference } from "./difference.ts";
import { type Installed, readInstalled, writeInstalled } from "./installed.ts";
import type { HookCommand, Installer, Places, Scope } from "./installer.ts";
import { type Piece, withoutPiece, withPiece } from "./piece.ts";

export interface InstallCommand {
  readonly agent: HookAgentName;
  readonly scope: Scope;
  readonly remove: boolean;
  /** Without asking. */
  readonly yes: boolean;
  readonly json: boolean;
  readonly hook: HookCommand;
  readonly places: Places;
  /** The data folder. */
  readonly data: string;
}

interface Change {
  readonly piece: Piece;
  readonly before: string | undefined;
  /** undefined: the file goes. */
  readonly after: string | undefined;
}

/** @throws ProctorError `invalid_request` where a file that is there cannot be changed */
export async function install(terminal: Terminal, command: InstallCommand): Promise<number> {
  const installer = installers[command.agent];
  const pieces = installer.pieces(command.scope, command.hook, command.places);
  if (command.scope === "managed") return printManaged(terminal, pieces, command);
  const changes = pieces
    .map((piece) => changeOf(piece, command))
    .filter(({ before, after }) => before !== after);
  if (command.json) printJson(terminal, summaryOf(command, changes));
  else for (const change of changes) show(terminal, change);
  if (changes.length === 0) {
    note(command, pieces, installer);
    if (!command.json) printLine(terminal, `Nothing to change: ${installer.title} is as asked.`);
    return exitCodes.ok;
  }
  if (!command.yes && !(await agreed(terminal))) {
    terminal.stderr.write("Nothing was written. Pass --yes to write without being asked.\n");
    return exitCodes.problems;
  }
  for (const change of changes) write(change);
  note(command, pieces, installer);
  if (!command.json) sayWhatIsLeft(terminal, installer, command);
  return exitCodes.ok;
}

function changeOf(piece: Piece, { agent, remove }: InstallCommand): Change {
  const before = textOf(piece.path);
  const after = remove ? withoutPiece(piece, before, agent) : withPiece(piece, before, agent);
  return { piece, before, after };
}

/** An administrator's file: shown, for whoever manages a fleet to put it there. */
function printManaged(
  terminal: Terminal,
  pieces: readonly Piece[],
  { agent }: InstallCommand,
): number {
  for (const piece of pieces) {
    terminal.stderr.write(`${piece.path}, owned by root and writable by nobody else:\n`);
    terminal.stdout.write(withPiece(piece, undefined, agent));
  }
  return exitCodes.ok;
}

function show(terminal: Terminal, { piece, before, after }: Change): void {
  const { bold, green, red, dim } = coloursOf(terminal);
  const verb = before === undefined ? "new" : after === undefined ? "removed" : "changed";
  printLine(terminal, `${bold(piece.path)} (${verb})`);
  for (const { sign, text } of difference(before ?? "", after ?? "")) {
    const paint = sign === "+" ? green : sign === "-" ? red : dim;
    printLine(terminal, paint(`${sign} ${text}`));
  }
  printLine(terminal);
}

async function agreed(terminal: Terminal): Promise<boolean> {
  if (!terminal.interactive) return false;
  const lines = createInterface({ input: terminal.stdin, output: terminal.stdout });
  try {
    return /^y(es)?$/i.test((await lines.question("Write this? [y/N] ")).trim());
  } finally {
    lines.close();
  }
}

/** The name changes hands at once, so that an agent never reads half of it. */
function write({ piece, after }: Change): void {
  const { path } = piece;
  try {
    if (after === undefined) {
      rmSync(path);
      return;
    }
    mkdirSync(dirname(path), { recursive: true });
    const beside = `${path}.proctor-new`;
    writeFileSync(beside, after);
    if (piece.kind === "file" && piece.executable === true) chmodSync(beside, 0o755);
    renameSync(beside, path);
  } catch (cause) {
    throw new ProctorError("invalid_request", `cannot write ${path}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** A running proctor learns by this which files to protect. */
function note(
  { agent, scope, remove, places, data }: InstallCommand,
  pieces: readonly Piece[],
  installer: Installer,
): void {
  if (scope === "managed") return;
  const files = pieces.map(({ path }) => path);
  const others = readInstalled(data).filter(
    (one) => one.agent !== agent || !one.files.some((file) => files.includes(file)),
  );
  const switches = [...installer.switches(places)];
  const own: Installed[] = remove ? [] : [{ agent, scope, files, switches }];
  if (own.length > 0 || existsSync(data)) writeInstalled(data, [...others, ...own]);
}

function sayWhatIsLeft(
  terminal: Terminal,
  { title, afterwards, holes }: Installer,
  { remove, hook }: InstallCommand,
): void {
  const { yellow, dim } = coloursOf(terminal);
  if (remove) {
    printLine(terminal, `${title} asks proctor no longer.`);
    return;
  }
  printLine(terminal, `${title} asks proctor at ${hook.url} before each tool call.`);
  printLine(terminal, "A proctor that is running protects these files after its next start.");
  for (const line of afterwards) printLine(terminal, yellow(`! ${line}`));
  printLine(terminal, dim("What its hooks cannot see:"));
  for (const line of holes) printLine(terminal, dim(`  - ${line}`));
}

function summaryOf({ agent, scope, remove }: InstallCommand, changes: readonly Change[]): object {
  const files = changes.map(({ piece: { path }, before, after }) => ({
    path,
    change: before === undefined ? "new" : after === undefined ? "removed" : "changed",
  }));
  return { agent, scope, remove, files };
}

/** undefined: there is none. @throws ProctorError `invalid_request` */
export function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new ProctorError("invalid_request", `cannot read ${path}: ${messageOf(error)}`);
  }
}
