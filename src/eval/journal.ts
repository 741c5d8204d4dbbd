// What a run has done so far, a JSON line for each trial, so that it can go on where it was ended.

import { createReadStream } from "node:fs";
import { appendFile, mkdir, readFile, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { messageOf, ProctorError } from "../core/errors.ts";
import type { Scores } from "../core/measure.ts";
import { type Trial, type TrialResult, trialEnds } from "./trial.ts";

const beginSchema = z.object({ trial: z.string(), agent: z.string() });

const count = z.int().min(0);
const tokens = z.object({ input: z.number().optional(), output: z.number().optional() });
/** Scores are the store's to vouch for; here they are what was written. */
const scores = z.custom<Scores>((value) => typeof value === "object" && value !== null);
const endSchema = z.object({
  end: z.enum(trialEnds),
  detail: z.string().optional(),
  success: z.boolean().optional(),
  turns: count,
  calls: count,
  malformed: count,
  usage: tokens,
  scores: scores.optional(),
}) satisfies z.ZodType<TrialResult>;

export interface Journal {
  /** What it came to before; undefined: it is to be done, again where a model or a guard failed it. */
  resultOf(trial: Trial): TrialResult | undefined;
  /** Resolves with the trial under the name of this attempt: what was cut off is never gone on with. */
  begin(trial: Trial): Promise<Trial>;
  end(trial: Trial, result: TrialResult): Promise<void>;
}

const again: ReadonlySet<string> = new Set(["model failed", "rate limited", "guard failed"]);

/** A line that was not written to its end, as a killed process leaves it, is taken off. */
export async function openJournal(file: string): Promise<Journal> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await dropBrokenEnd(file);
  const done = new Map<string, TrialResult>();
  const begun = new Map<string, number>();
  const noteBegin = (key: string) => begun.set(key, (begun.get(key) ?? 0) + 1);
  const noteEnd = (key: string, result: TrialResult) => {
    if (!again.has(result.end)) done.set(key, result);
  };
  for await (const text of lines(file)) {
    try {
      const line: unknown = JSON.parse(text);
      const { trial, agent } = beginSchema.parse(line);
      const ended = endSchema.safeParse(line);
      if (ended.success) noteEnd(`${agent} ${trial}`, ended.data);
      else noteBegin(`${agent} ${trial}`);
    } catch (cause) {
      const detail = `${file} is no journal of a run: ${messageOf(cause)}; name another with --run`;
      throw new ProctorError("invalid_request", detail, { cause });
    }
  }
  const keyOf = ({ agent, name }: Trial) => `${agent} ${name}`;
  const write = (line: object) => appendFile(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  return {
    resultOf: (trial) => done.get(keyOf(trial)),
    async begin(trial) {
      const { name, agent } = trial;
      noteBegin(keyOf(trial));
      const attempt = begun.get(keyOf(trial)) ?? 1;
      await write({ trial: name, agent });
      return attempt === 1 ? trial : { ...trial, name: `${name}:${attempt}` };
    },
    async end(trial, result) {
      const { name, agent, task, seed, condition } = trial;
      const what = { trial: name, agent, task: task.id, class: task.class, seed, condition };
      await write({ ...what, ...result });
      noteEnd(keyOf(trial), result);
    },
  };
}

async function* lines(file: string): AsyncGenerator<string> {
  const input = createReadStream(file);
  try {
    for await (const line of createInterface({ input })) if (line !== "") yield line;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

async function dropBrokenEnd(file: string): Promise<void> {
  const text = await readFile(file).catch(() => undefined);
  if (text === undefined || text.at(-1) === 0x0a) return;
  await truncate(file, text.lastIndexOf(0x0a) + 1);
}
