// From exported rows to examples: what a trainer would do with them, and nothing but these files.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { messageOf } from "../src/core/errors.ts";
import { actionOf, say } from "./actions.ts";
import type { Example } from "./network.ts";
import { allowedIn, callsOf, featuresOf, messageSchema, observe, toolsSchema } from "./observe.ts";
import { vocabulary } from "./policy.ts";

/** A row of TRL, as far as it is learned from. */
const rowSchema = z.object({
  messages: z.array(messageSchema),
  tools: toolsSchema,
  weights: z.array(z.union([z.literal(0), z.literal(1)])),
});
type Row = z.output<typeof rowSchema>;

export interface Dataset {
  readonly rows: number;
  readonly examples: readonly Example[];
}

/** @throws Error that names file and line */
export function readDataset(folder: string): Dataset {
  const file = join(folder, "train.jsonl");
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  const rows = lines.map((line, at) => {
    try {
      return rowSchema.parse(JSON.parse(line));
    } catch (cause) {
      throw new Error(`${file}, line ${at + 1}: ${messageOf(cause)}`, { cause });
    }
  });
  return { rows: rows.length, examples: inOrder(rows).flatMap(examplesOf) };
}

/** Trials end in any order, and so are the rows: what was said puts them into one. */
function inOrder(rows: readonly Row[]): readonly Row[] {
  const keyed = rows.map((row) => ({ row, key: keyOf(row) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ row }) => row);
}

/** Without results, which may name folders of this one run. */
function keyOf({ messages, tools }: Row): string {
  const said = messages.filter(({ role }) => role !== "tool");
  return JSON.stringify([tools, said.map((message) => [message.content, callsOf(message)])]);
}

/** One for each message that has weight 1. */
function examplesOf({ messages, tools, weights }: Row): readonly Example[] {
  const names = tools.map((tool) => tool.function.name);
  return messages.flatMap((message, at) => {
    if (message.role !== "assistant" || weights[at] !== 1) return [];
    const [call] = callsOf(message);
    const action = call === undefined ? say : actionOf(call);
    if (action === undefined) return [];
    const seen = observe(messages.slice(0, at), names);
    const words = (message.content ?? "").split(" ").map((word) => vocabulary.indexOf(word));
    return [
      {
        features: featuresOf(seen),
        allowed: allowedIn(seen),
        action,
        words: words.filter((word) => word >= 0),
      },
    ];
  });
}
