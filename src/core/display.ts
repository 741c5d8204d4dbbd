// Text that an agent wrote, made safe to show; effects in words.

import type { ApprovalEvent } from "./approval.ts";
import type { Effect, Target } from "./effect.ts";
import type { TaskRecord } from "./record.ts";

/**
 * C0 and C1 controls, line and paragraph separators, bidirectional controls (Unicode UAX 9) and
 * other characters without a glyph become escapes, so that text cannot move a cursor, reorder what
 * is read or pass for a line of a log.
 */
export function visible(text: string): string {
  return text.replace(unseen, (c) => escapes.get(c) ?? escaped(c));
}

/** As `visible`, but line breaks and tabs stay: for places that are lines of their own. */
export function visibleLines(text: string): string {
  return text.replace(unseen, (c) =>
    c === "\n" || c === "\t" ? c : (escapes.get(c) ?? escaped(c)),
  );
}

/** U+E0000 to U+E007F are tags, which a model reads and nobody sees. */
const unseen =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

function escaped(c: string): string {
  const code = (c.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
}

const escapes = new Map([
  ["\n", "\\n"],
  ["\t", "\\t"],
  ["\r", "\\r"],
]);

export function describeTarget({ form, path }: Target, recursive = false): string {
  const shown = visible(path);
  const where = form === "unresolved" ? `${shown} (not known)` : shown;
  return recursive ? `${where} and all below` : where;
}

/** One line without the kind: `/w/a and all below`. */
export function describeEffect(effect: Effect): string {
  switch (effect.kind) {
    case "read":
    case "truncate":
    case "delete":
    case "discard":
      return describeTarget(effect.target, effect.recursive);
    case "list":
      return `${describeTarget(effect.target, effect.recursive)}${effect.permissions ? " with permissions" : ""}`;
    case "write":
      return `${describeTarget(effect.target, effect.recursive)}${effect.creates ? " (new)" : ""}`;
    case "move":
      return `${describeTarget(effect.target)} -> ${describeTarget(effect.destination)}${overwriting[effect.overwrites]}`;
    case "permission":
      return [
        describeTarget(effect.target, effect.recursive),
        visible(effect.change ?? ""),
        effect.incidental ? "(incidental)" : `(${effect.family})`,
      ]
        .filter((part) => part !== "")
        .join(" ");
    case "execute":
      return `${visible([effect.program, ...effect.words].join(" "))} ${effect.inspects ? "(only looks)" : `(${effect.code} code)`}`;
    case "connect":
      return visible(effect.host);
    case "privilege":
      return visible(effect.how);
    case "unknown":
      return visible(effect.why);
  }
}

const overwriting = { yes: " (overwrites)", no: "", unknown: " (may overwrite)" } as const;

/** One line, on one event of an approval. */
export function describeTask(event: TaskRecord["event"]): string {
  switch (event.kind) {
    case "began":
      return "goes on as a task of the server";
    case "cancel_asked":
      return "the client asks the server to cancel the task";
  }
}

export function describeApproval(event: ApprovalEvent): string {
  switch (event.kind) {
    case "asked":
      return `a person is asked, until ${new Date(event.question.expiresAt).toISOString()}`;
    case "held":
      return "waits for an answer that an earlier call asked for";
    case "answered":
      return `${event.answer} by ${visible(event.by)}${event.note === undefined ? "" : `: ${visible(event.note)}`}`;
    case "overruled":
      return "approved, and then refused by the policy when it was decided again";
    case "used":
      return "the approval is used";
    case "cancelled":
      return `the approval is cancelled: ${visible(event.why)}`;
  }
}
