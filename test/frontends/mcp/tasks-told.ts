// What the records behind an intent say of it, in words that a table can hold.

import type { ProctorRecord } from "../../../src/core/record.ts";

export function whatBecame(record: ProctorRecord): readonly string[] {
  if (record.type === "task") return [record.event.kind];
  if (record.type === "closed") return ["closed"];
  if (record.type !== "outcome") return [];
  const { outcome } = record;
  if (outcome.kind !== "carried_out") return [outcome.kind];
  const { observed, result, resultUnseen } = outcome;
  const said = "inline" in result ? JSON.stringify(result.inline) : "";
  const what =
    observed.protocol?.errorCode ??
    (resultUnseen ? "(result unseen)" : (/"text":"(.*?)"/.exec(said)?.[1] ?? said));
  return [["carried_out", ...(observed.tool.isError ? ["failed"] : []), what].join(" ")];
}
