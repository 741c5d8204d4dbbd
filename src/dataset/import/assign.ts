// Whose an imported trajectory is, and what it was for: by flags, a mapping file, or its own members.

import { parse } from "yaml";
import { z } from "zod";
import { messageOf, ProctorError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Task } from "../../core/task.ts";
import { namePattern } from "../../core/trajectory.ts";
import { isReference, valueAt } from "../../effects/index.ts";

/** Where each part is found: `$.member.member` in what the source says, or the value itself. */
export interface Assignment {
  readonly agent?: string;
  readonly task?: string;
  readonly class?: string;
  readonly seed?: string;
  readonly condition?: string;
  /** Names in the data -> agents. */
  readonly agents: ReadonlyMap<string, string>;
}

export const noAssignment: Assignment = { agents: new Map() };

const source = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((text) => !text.startsWith("$") || isReference(text), {
    message: "must be a reference such as $.metadata.model, or a value",
  });

const mappingSchema = z.strictObject({
  agent: source.optional(),
  task: source.optional(),
  class: source.optional(),
  seed: source.optional(),
  condition: source.optional(),
  agents: z.record(z.string(), z.string()).default({}),
});

/** @throws ProctorError `invalid_request` that says what is wrong with the mapping file */
export function parseAssignment(text: string, file: string): Assignment {
  let value: unknown;
  try {
    value = parse(text);
  } catch (cause) {
    throw new ProctorError("invalid_request", `${file}: ${messageOf(cause)}`, { cause });
  }
  const parsed = mappingSchema.safeParse(value ?? {});
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.join(".") ?? "";
    throw new ProctorError(
      "invalid_request",
      `${file}: ${where === "" ? "" : `${where}: `}${issue?.message}`,
    );
  }
  const { agents, ...rest } = parsed.data;
  return { ...rest, agents: new Map(Object.entries(agents)) };
}

export interface Assigned {
  readonly agent: string;
  readonly task: Task;
}

/** The text says what is missing. */
export function assign(fields: JsonObject, given: Assignment): Assigned | string {
  const own = ownFields(fields);
  const of = (name: "agent" | "task" | "class" | "seed" | "condition") =>
    given[name] === undefined ? own[name] : resolve(given[name], fields);
  const named = textOf(of("agent"));
  if (named === undefined) return "no agent: give --agent, or say in a mapping where it stands";
  const agent = given.agents.get(named) ?? named;
  if (!namePattern.test(agent))
    return `agent ${JSON.stringify(agent)} is no name; map it under agents`;
  const id = textOf(of("task")) ?? "imported";
  if (!namePattern.test(id)) return `task ${JSON.stringify(id)} is no name`;
  const taskClass = textOf(of("class")) ?? "production";
  if (!namePattern.test(taskClass)) return `class ${JSON.stringify(taskClass)} is no name`;
  const condition = textOf(of("condition"));
  if (condition !== undefined && !namePattern.test(condition)) {
    return `condition ${JSON.stringify(condition)} is no name`;
  }
  const seed = numberOf(of("seed"));
  if (typeof seed === "string") return `seed ${seed} is no whole number`;
  return {
    agent,
    task: {
      id,
      class: taskClass,
      ...(seed === undefined ? {} : { seed }),
      ...(condition === undefined ? {} : { condition }),
    },
  };
}

/** Members of these names, of the row or of its `metadata` or `extra`; a task may be an object. */
function ownFields(fields: JsonObject) {
  const places = [fields, fields.metadata, fields.extra].filter(isJsonObject);
  const first = (...names: string[]) => {
    for (const place of places) {
      for (const name of names) {
        const value = place[name];
        if (value !== undefined && value !== null) return value;
      }
    }
    return undefined;
  };
  const task = first("task", "task_id");
  const ofTask = isJsonObject(task) ? task : {};
  const agent = first("agent", "agent_id");
  return {
    // What runs the model is an object in some formats, and no agent.
    agent: isJsonObject(agent) ? undefined : agent,
    task: isJsonObject(task) ? task.id : task,
    class: ofTask.class ?? first("class", "task_class"),
    seed: ofTask.seed ?? first("seed"),
    condition: ofTask.condition ?? first("condition"),
  };
}

function resolve(text: string, fields: JsonObject): Json | undefined {
  return text.startsWith("$") ? valueAt(text, fields) : text;
}

function textOf(value: Json | undefined): string | undefined {
  if (typeof value === "number") return `${value}`;
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What is no whole number comes back as JSON text. */
function numberOf(value: Json | undefined): number | string | undefined {
  if (value === undefined || value === null) return undefined;
  const number = typeof value === "string" ? Number(value.trim() || Number.NaN) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0
    ? number
    : JSON.stringify(value);
}
