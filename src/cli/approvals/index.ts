// proctor approvals: what waits for a person, and a person's answers.

import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "../terminal.ts";
import type { Action, AdminClient } from "./client.ts";
import { detailLines, headings, listLine } from "./text.ts";

export { createAdminClient } from "./client.ts";
export { answerInteractively } from "./interactive.ts";

export async function listApprovals(
  terminal: Terminal,
  client: AdminClient,
  { all, json, nowMs }: { all: boolean; json: boolean; nowMs: () => number },
): Promise<number> {
  const approvals = await client.list(all ? "all" : "waiting");
  if (json) {
    for (const approval of approvals) printJson(terminal, approval);
    return exitCodes.ok;
  }
  if (approvals.length === 0) printLine(terminal, "Nothing waits for a person.");
  else printLine(terminal, coloursOf(terminal).dim(headings));
  for (const approval of approvals) printLine(terminal, listLine(approval, nowMs()));
  return exitCodes.ok;
}

export async function showApproval(
  terminal: Terminal,
  client: AdminClient,
  { id, json, nowMs }: { id: string; json: boolean; nowMs: () => number },
): Promise<number> {
  const approval = await client.show(id);
  if (json) printJson(terminal, approval);
  else
    for (const line of detailLines(approval, coloursOf(terminal), nowMs()))
      printLine(terminal, line);
  return exitCodes.ok;
}

export async function answerApproval(
  terminal: Terminal,
  client: AdminClient,
  { id, action, note, json }: { id: string; action: Action; note?: string; json: boolean },
): Promise<number> {
  const approval = await client.answer(id, action, note);
  if (json) printJson(terminal, approval);
  else printLine(terminal, `${approval.id} is ${approval.status}.`);
  return exitCodes.ok;
}

/** JSON lines for programs, list lines for people, until the feed ends. */
export async function watchApprovals(
  terminal: Terminal,
  client: AdminClient,
  { json, nowMs }: { json: boolean; nowMs: () => number },
): Promise<number> {
  if (!json) printLine(terminal, coloursOf(terminal).dim(headings));
  for await (const approval of client.watch(new AbortController().signal)) {
    if (json) printJson(terminal, approval);
    else printLine(terminal, listLine(approval, nowMs()));
  }
  return exitCodes.ok;
}
