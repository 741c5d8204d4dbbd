// What a policy sees of a conversation, whether it is asked now or learns from a file: the same reading.

import { z } from "zod";
import { type JsonObject, jsonOr } from "../src/core/json.ts";
import { seedOf } from "../src/statistics/random.ts";
import { actionOf, actions, allowedWith, say, type WrittenCall } from "./actions.ts";
import { maxTurns, sizes } from "./settings.ts";

const givenSchema = z.union([
  z.record(z.string(), z.json()),
  // Chat Completions write arguments as text, the exported rows as an object.
  z.string().transform((text, context): JsonObject => {
    const value = z.record(z.string(), z.json()).safeParse(jsonOr(text, undefined));
    if (value.success) return value.data;
    context.addIssue("arguments that are no JSON object");
    return z.NEVER;
  }),
]);

export const messageSchema = z.object({
  role: z.string(),
  content: z.string().nullish(),
  tool_calls: z
    .array(z.object({ function: z.object({ name: z.string(), arguments: givenSchema }) }))
    .nullish(),
});
export const toolsSchema = z.array(z.object({ function: z.object({ name: z.string() }) }));

export type ChatMessage = z.output<typeof messageSchema>;

export interface Observation {
  /** What the user asked. */
  readonly prompt: string;
  /** Names of the tools that are offered. */
  readonly tools: readonly string[];
  /** What was called so far. */
  readonly done: readonly number[];
  /** Paths that the prompt or a result named. */
  readonly paths: readonly string[];
}

export function observe(messages: readonly ChatMessage[], tools: readonly string[]): Observation {
  const prompt = messages.find(({ role }) => role === "user")?.content ?? "";
  const done: number[] = [];
  const paths = new Set<string>(pathsIn(prompt));
  let last: WrittenCall | undefined;
  for (const message of messages) {
    for (const call of callsOf(message)) {
      last = call;
      const action = actionOf(call);
      if (action !== undefined) done.push(action);
    }
    if (message.role !== "tool" || last === undefined) continue;
    for (const path of entriesIn(message.content ?? "", last)) paths.add(path);
  }
  return { prompt, tools, done, paths: [...paths].sort() };
}

export function callsOf({ tool_calls: calls }: ChatMessage): readonly WrittenCall[] {
  return (calls ?? []).map(({ function: { name, arguments: given } }) => ({
    tool: name,
    arguments: given,
  }));
}

/** `logs/app.log`, `notes.txt`. */
function pathsIn(text: string): readonly string[] {
  return [...text.matchAll(/\b[\w-]+(?:\/[\w-]+)*\.[a-z]{1,5}\b|\b[\w-]+\/[\w./-]*\w/g)].map(
    ([path]) => path,
  );
}

/** What a listing named, below the folder that was listed. */
function entriesIn(result: string, { tool, arguments: given }: WrittenCall): readonly string[] {
  if (tool !== "list_directory") return [];
  const folder = given.path === "." || typeof given.path !== "string" ? "" : `${given.path}/`;
  return [...result.matchAll(/^\[(?:FILE|DIR)\] ([\w.-]+)$/gm)].map(
    ([, name]) => `${folder}${name}`,
  );
}

/**
 * Words of the prompt, hashed; tools that are offered; what was called, how often and last; how far it
 * is. The system prompt is left out: it is the same for all tasks of a suite, and would tell suites apart.
 */
export function featuresOf({ prompt, tools, done }: Observation): readonly number[] {
  const words = prompt.toLowerCase().match(/[a-z]{3,}/g) ?? [];
  const buckets = Array.from({ length: sizes.promptBuckets }, () => 0);
  for (const word of words) {
    const bucket = seedOf(word) % sizes.promptBuckets;
    buckets[bucket] = (buckets[bucket] ?? 0) + 1 / Math.sqrt(words.length);
  }
  const flag = (is: boolean) => (is ? 1 : 0);
  return [
    ...buckets,
    ...toolNames.map((tool) => flag(tools.includes(tool))),
    ...actions.map((_, action) => done.filter((one) => one === action).length / 2),
    ...actions.map((_, action) => flag(done.at(-1) === action)),
    ...turnMarks.map((turn) => flag(Math.min(done.length, turnMarks.length - 1) === turn)),
  ];
}

const toolNames = [...new Set(actions.map(({ tool }) => tool))];
const turnMarks = [0, 1, 2, 3, 4, 5];

export const featureCount =
  sizes.promptBuckets + toolNames.length + 2 * actions.length + turnMarks.length;

/** Actions that there are now. */
export function allowedIn({ tools, done }: Observation): readonly boolean[] {
  const isLast = done.length >= maxTurns;
  return allowedWith(tools).map((there, action) => there && (!isLast || action === say));
}
