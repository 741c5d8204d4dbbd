// An approval in words: one line for a list, and everything that a person needs to answer.

import { describeEffect, visible } from "../../core/display.ts";
import type { ApprovalView } from "../../gateway/approvals.ts";
import type { Colours } from "../terminal.ts";
import { shortLength } from "./client.ts";

const maxArgumentsShown = 2_000;

export const headings =
  "id        status    left   agent         tool              what it would do";

export function listLine(approval: ApprovalView, now: number): string {
  const { id, status, agent, tool } = approval;
  return [
    id.slice(-shortLength),
    status.padEnd(8),
    leftOf(approval, now).padStart(5),
    fitted(agent, 12),
    fitted(tool, 16),
    inShort(approval),
  ].join("  ");
}

/** `14m`, `59s`; empty once it takes no answer. */
function leftOf({ status, expiresAt }: ApprovalView, now: number): string {
  if (status !== "waiting" && status !== "approved") return "";
  return durationOf(expiresAt - now);
}

export function durationOf(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1_000));
  return seconds < 100 ? `${seconds}s` : `${Math.floor(seconds / 60)}m`;
}

/** The effects that are more than a look first: those are what is asked about. */
function inShort({ effects }: ApprovalView): string {
  const [first] = [...effects].sort((a, b) => weightOf(a.kind) - weightOf(b.kind));
  if (first === undefined) return "";
  const more = effects.length > 1 ? ` (+${effects.length - 1})` : "";
  return `${first.kind} ${describeEffect(first)}${more}`;
}

function weightOf(kind: string): number {
  return kind === "read" || kind === "list" || kind === "execute" ? 1 : 0;
}

function fitted(text: string, width: number): string {
  const shown = visible(text);
  return shown.length <= width ? shown.padEnd(width) : `${shown.slice(0, width - 1)}…`;
}

export function detailLines(approval: ApprovalView, colours: Colours, now: number): string[] {
  const { bold, dim } = colours;
  const { status, agent, trajectory, step, upstream, tool, effects, rules, reason } = approval;
  const left = leftOf(approval, now);
  return [
    `${bold(visible(tool))} of ${visible(upstream)}, by agent ${visible(agent)}`,
    `${dim("trajectory")} ${visible(trajectory)}, step ${step}`,
    `${dim("approval")}   ${approval.id}, ${status}${left === "" ? "" : `, ${left} left`}${answeredBy(approval)}`,
    "",
    dim("arguments"),
    ...argumentLines(approval).map((line) => `  ${line}`),
    "",
    dim("what it would do, in order"),
    ...effects.map(
      (effect) =>
        `  ${effect.kind.padEnd(10)} ${effect.certainty.padEnd(8)}  ${describeEffect(effect)}  ${dim(`[${visible(effect.via)}]`)}`,
    ),
    "",
    `${dim("asked by")} ${rules.map(visible).join(", ")}`,
    ...reason.split("\n").map((line) => `  ${visible(line)}`),
  ];
}

function answeredBy({ by, note }: ApprovalView): string {
  if (by === undefined) return "";
  return ` by ${visible(by)}${note === undefined ? "" : `: ${visible(note)}`}`;
}

/** Member by member, texts with their line breaks: a command is read as it would be run. */
function argumentLines({ arguments: content }: ApprovalView): string[] {
  if (!("inline" in content)) return [`(${content.bytes} bytes)`];
  const { inline } = content;
  if (typeof inline !== "object" || inline === null) return [visible(JSON.stringify(inline))];
  return Object.entries(inline).flatMap(([name, value]) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const cut = text.slice(0, maxArgumentsShown);
    const rest = text.length - cut.length;
    const [first = "", ...lines] = cut.split("\n").map(visible);
    const more = rest > 0 ? [`    … and ${rest} characters more`] : [];
    return [`${visible(name)}: ${first}`, ...lines.map((line) => `    ${line}`), ...more];
  });
}
