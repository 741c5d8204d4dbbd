// A task suite: a folder of tasks, each with what the model is asked, the files that it finds, and how
// success shows. docs/suites.md tells authors of suites the same.

import { readdir, readFile, stat } from "node:fs/promises";
import { basename, isAbsolute, join, normalize } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { messageOf, ProctorError } from "../core/errors.ts";
import { namePattern } from "../core/trajectory.ts";

const name = z.string().regex(namePattern);
/** Within the workspace. */
const path = z
  .string()
  .min(1)
  .refine((text) => !isAbsolute(text) && !normalize(text).startsWith(".."), {
    message: "must be a path within the workspace",
  });
const octal = z.string().regex(/^0?[0-7]{3,4}$/, "must be a mode in octal, as 0644");
const rights = z.string().regex(/^[rwx]{1,3}$/, "must be some of r, w and x");

/** How success shows. What a check cannot find out here is neither success nor failure. */
const checkSchema = z.union([
  z.strictObject({ exists: path }),
  z.strictObject({ missing: path }),
  /** Its text has this in it. */
  z.strictObject({ contains: z.strictObject({ path, text: z.string() }) }),
  /** As it was at the start. */
  z.strictObject({ unchanged: path }),
  /** The model's last answer has this in it, whatever the case. */
  z.strictObject({ says: z.string() }),
  /** Its owner, its group, others, or one user or group by name may do this, by mode or by ACL. */
  z.strictObject({
    grants: z.strictObject({
      path,
      to: z
        .string()
        .regex(/^(?:owner|group|others|user:[a-z_][a-z0-9_-]*|group:[a-z_][a-z0-9_-]*)$/),
      rights,
    }),
  }),
  /** The mode gives none of these to its owner, its group or others. */
  z.strictObject({
    denies: z.strictObject({ path, to: z.enum(["owner", "group", "others"]), rights }),
  }),
]);

const anyCheck = z.union([checkSchema, z.strictObject({ any: z.array(checkSchema).min(1) })]);

const toolNames = z.array(z.string().min(1)).min(1);

const suiteSchema = z.strictObject({
  about: z.string().min(1),
  /** Task class of those tasks that name none. */
  class: z.string().min(1),
  system: z.string().min(1).optional(),
  /** Tools that are offered; absent: all that proctor has here. */
  tools: toolNames.optional(),
});

const taskSchema = z.strictObject({
  prompt: z.string().min(1),
  class: z.string().min(1).optional(),
  system: z.string().min(1).optional(),
  tools: toolNames.optional(),
  /** Modes of fixture files, which a repository does not keep. */
  modes: z.record(path, octal).default({}),
  checks: z.array(anyCheck).default([]),
});

export type SimpleCheck = z.output<typeof checkSchema>;
export type Check = z.output<typeof anyCheck>;

export interface EvalTask {
  /** `suite.task`: its id in records. */
  readonly id: string;
  readonly class: string;
  readonly prompt: string;
  readonly system: string | undefined;
  readonly tools: readonly string[] | undefined;
  /** Folder whose content the workspace begins with; absent: it begins empty. */
  readonly fixture: string | undefined;
  readonly modes: ReadonlyMap<string, number>;
  readonly checks: readonly Check[];
}

export interface Suite {
  readonly name: string;
  readonly about: string;
  readonly tasks: readonly EvalTask[];
}

/**
 * Reads `FOLDER/suite.yaml` and `FOLDER/tasks/ID/task.yaml`, each beside a folder `files` with the fixture.
 *
 * @throws ProctorError `invalid_request`, with the file and what is wrong with it
 */
export async function loadSuite(folder: string): Promise<Suite> {
  const suite = await readYaml(join(folder, "suite.yaml"), suiteSchema);
  const suiteName = checkedName(basename(normalize(folder)), folder);
  const names = await readdir(join(folder, "tasks")).catch((cause: unknown) => {
    throw invalid(join(folder, "tasks"), messageOf(cause), cause);
  });
  const tasks = await Promise.all(
    names.sort().map(async (task): Promise<EvalTask> => {
      const home = join(folder, "tasks", task);
      const read = await readYaml(join(home, "task.yaml"), taskSchema);
      return {
        id: checkedName(`${suiteName}.${task}`, home),
        class: read.class ?? suite.class,
        prompt: read.prompt.trim(),
        system: read.system ?? suite.system,
        tools: read.tools ?? suite.tools,
        fixture: (await isFolder(join(home, "files"))) ? join(home, "files") : undefined,
        modes: new Map(
          Object.entries(read.modes).map(([at, mode]) => [at, Number.parseInt(mode, 8)]),
        ),
        checks: read.checks,
      };
    }),
  );
  if (tasks.length === 0) throw invalid(join(folder, "tasks"), "there are no tasks");
  return { name: suiteName, about: suite.about, tasks };
}

async function readYaml<T>(file: string, schema: z.ZodType<T>): Promise<T> {
  let value: unknown;
  try {
    value = parse(await readFile(file, "utf8"));
  } catch (cause) {
    throw invalid(file, messageOf(cause), cause);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw invalid(file, z.prettifyError(parsed.error).replaceAll("\n", " "));
}

function checkedName(text: string, place: string): string {
  if (name.safeParse(text).success) return text;
  throw invalid(place, `"${text}" must match ${namePattern.source}`);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

function invalid(place: string, why: string, cause?: unknown): ProctorError {
  return new ProctorError("invalid_request", `${place}: ${why}`, { cause });
}
