// proctor tools: tools that changed under running trajectories, and the admin's word that they may.

import { visible } from "../../core/display.ts";
import { ProctorError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Redefinition, WholeRedefinition } from "../../gateway/redefinitions.ts";
import type { AdminRequest } from "../admin.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "../terminal.ts";
import { differencesOf } from "./difference.ts";

/** `--exit-code` of the list: there are changes that nobody acknowledged. */
export async function listTools(
  terminal: Terminal,
  admin: AdminRequest,
  { all, json, check }: { all: boolean; json: boolean; check: boolean },
): Promise<number> {
  const changes = await readChanges(admin);
  const open = changes.filter(({ acknowledged }) => acknowledged === undefined);
  const shown = all ? changes : open;
  for (const change of json ? shown : []) printJson(terminal, change);
  if (!json) printList(terminal, shown);
  return check && open.length > 0 ? exitCodes.problems : exitCodes.ok;
}

function printList(terminal: Terminal, changes: readonly Redefinition[]): void {
  if (changes.length === 0) {
    printLine(terminal, "No tool has changed that nobody acknowledged.");
    return;
  }
  printLine(terminal, coloursOf(terminal).dim(row(headings)));
  for (const change of changes) printLine(terminal, row(cellsOf(change)));
}

const headings = ["id", "noticed", "was", "is", "in", "tool"];
const widths = [16, 19, 12, 12, 5, 0];

function row(cells: readonly string[]): string {
  return cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ");
}

function cellsOf(change: Redefinition): readonly string[] {
  const { id, noticedAt, was, is, trajectories, acknowledged } = change;
  const by = acknowledged === undefined ? "" : `  acknowledged by ${visible(acknowledged.by)}`;
  return [
    id,
    new Date(noticedAt).toISOString().slice(0, 19),
    was.slice(0, 12),
    is.slice(0, 12),
    String(trajectories.length),
    `${nameOf(change)}${by}`,
  ];
}

function nameOf({ tool, upstream }: Redefinition): string {
  return `${visible(tool)} of ${visible(upstream)}`;
}

export async function showTool(
  terminal: Terminal,
  admin: AdminRequest,
  { id, json }: { id: string; json: boolean },
): Promise<number> {
  const change = await readChange(admin, id);
  if (json) printJson(terminal, change);
  else for (const line of detailLines(terminal, change)) printLine(terminal, line);
  return exitCodes.ok;
}

function detailLines(terminal: Terminal, change: WholeRedefinition): readonly string[] {
  const colours = coloursOf(terminal);
  const { id, was, is, noticedAt, trajectories, acknowledged, before, after } = change;
  const said = acknowledged?.note === undefined ? "" : `: ${visible(acknowledged.note)}`;
  const state =
    acknowledged === undefined
      ? "calls are doubtful until somebody acknowledges it"
      : `acknowledged by ${visible(acknowledged.by)}${said}`;
  const unknown = before === undefined || after === undefined;
  const lines = differencesOf(before, after).flatMap(({ at, before: old, after: now }) => [
    colours.dim(visible(at === "" ? "the tool" : at)),
    ...(old === undefined ? [] : [colours.red(`- ${textOf(old)}`)]),
    ...(now === undefined ? [] : [colours.green(`+ ${textOf(now)}`)]),
  ]);
  return [
    `${nameOf(change)} (${id})`,
    `noticed  ${new Date(noticedAt).toISOString()}, ${state}`,
    `was      ${was}`,
    `is       ${is}`,
    `in       ${trajectories.map(visible).join(", ")}`,
    ...(unknown ? ["The records no longer have both definitions."] : []),
    ...lines,
  ];
}

/** A text as it stands, so that it can be read; anything else as JSON. */
function textOf(value: Json): string {
  return visible(typeof value === "string" ? value : JSON.stringify(value));
}

/** By its id alone, which says what was looked at: a name might be that of another change by now. */
export async function acknowledgeTool(
  terminal: Terminal,
  admin: AdminRequest,
  { id, note, json }: { id: string; note?: string; json: boolean },
): Promise<number> {
  const path = `/v1/redefinitions/${encodeURIComponent(id)}/acknowledge`;
  const body = JSON.stringify(note === undefined ? {} : { note });
  const response = await admin(path, { method: "POST", body });
  const now: Redefinition = JSON.parse(await response.text());
  if (json) printJson(terminal, now);
  else printLine(terminal, `${nameOf(now)} may be ${now.is.slice(0, 12)} from now on.`);
  return exitCodes.ok;
}

async function readChanges(admin: AdminRequest): Promise<readonly Redefinition[]> {
  const response = await admin("/v1/redefinitions");
  const { redefinitions }: { redefinitions: readonly Redefinition[] } = JSON.parse(
    await response.text(),
  );
  return redefinitions;
}

/** By its id, or by the name of a tool of which there is one change that nobody acknowledged. */
async function readChange(admin: AdminRequest, named: string): Promise<WholeRedefinition> {
  const changes = await readChanges(admin);
  const isOpen = ({ tool, acknowledged }: Redefinition) =>
    tool === named && acknowledged === undefined;
  const [only, ...more] = changes.some(({ id }) => id === named)
    ? changes.filter(({ id }) => id === named)
    : changes.filter(isOpen);
  if (only === undefined || more.length > 0) {
    const why = only === undefined ? "no change" : `${more.length + 1} changes`;
    throw new ProctorError("redefinition_not_found", `${why} ${named}; proctor tools list`);
  }
  const response = await admin(`/v1/redefinitions/${only.id}`);
  return JSON.parse(await response.text());
}
