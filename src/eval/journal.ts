// What a run has done so far, a JSON line for each trial, so that it can go on where it was ended.

import { createReadStream } from "node:fs";
import { appendFile, mkdir, readFile, truncate } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { z } from "zod";
import { type Trial, type TrialResult, trialEnds } from "./trial.ts";

const lineSchema = z.object({
  trial: z.string(),
  agent: z.string(),
  /** Absent: it began. */
  end: z.enum(trialEnds).optional(),
});

export interface Journal {
  /** Was it done before? Trials that a model or a guard failed are done again. */
  has(trial: Trial): boolean;
  /** Resolves with the trial under the name of this attempt: what was cut off is never gone on with. */
  begin(trial: Trial): Promise<Trial>;
  end(trial: Trial, result: TrialResult): Promise<void>;
}

const again: ReadonlySet<string> = new Set(["model failed", "rate limited", "guard failed"]);

/** A line that was not written to its end, as a killed process leaves it, is taken off. */
export async function openJournal(file: string): Promise<Journal> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await dropBrokenEnd(file);
  const done = new Set<string>();
  const begun = new Map<string, number>();
  const note = (key: string, end: string | undefined) => {
    if (end === undefined) begun.set(key, (begun.get(key) ?? 0) + 1);
    else if (!again.has(end)) done.add(key);
  };
  for await (const text of lines(file)) {
    const { trial, agent, end } = lineSchema.parse(JSON.parse(text));
    note(`${agent} ${trial}`, end);
  }
  const keyOf = ({ agent, name }: Trial) => `${agent} ${name}`;
  const write = (line: object) => appendFile(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
  return {
    has: (trial) => done.has(keyOf(trial)),
    async begin(trial) {
      const { name, agent } = trial;
      note(keyOf(trial), undefined);
      const attempt = begun.get(keyOf(trial)) ?? 1;
      await write({ trial: name, agent });
      return attempt === 1 ? trial : { ...trial, name: `${name}:${attempt}` };
    },
    async end(trial, result) {
      const { name, agent, task, seed, condition } = trial;
      const what = { trial: name, agent, task: task.id, class: task.class, seed, condition };
      await write({ ...what, ...result });
      note(keyOf(trial), result.end);
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
