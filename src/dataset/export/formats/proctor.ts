// proctor's own rows: everything that is known of a conversation, in the words of the records.

import type { Json, JsonObject } from "../../../core/json.ts";
import type { ExportFormat } from "./format.ts";

export const proctor: ExportFormat = {
  name: "proctor",
  about: "everything that is known: messages in parts, decisions, effects, scores, offered tools",
  needsPrompt: false,
  encode(row) {
    const { calls, ...rest } = row;
    const judged = [...calls].map(([id, call]) => ({ id, ...call }));
    return jsonOf({ ...rest, calls: judged });
  },
};

/** What is undefined is not there. */
function jsonOf(value: object): JsonObject {
  const plain: { readonly [name: string]: Json } = JSON.parse(JSON.stringify(value));
  return plain;
}
