// POST /v1/trajectories and POST /v1/trajectories/{name}/end: for harness tokens.

import { z } from "zod";
import { actsFor } from "../../core/access.ts";
import type { Principal } from "../../core/agent.ts";
import { ProctorError } from "../../core/errors.ts";
import type { Json } from "../../core/json.ts";
import type { Task } from "../../core/task.ts";
import { namePattern } from "../../core/trajectory.ts";
import type { Trajectories } from "../../gateway/trajectories.ts";
import type { Reply } from "../reply.ts";

export interface TrajectoryRules {
  readonly agents: ReadonlySet<string>;
  readonly taskClasses: ReadonlySet<string>;
  readonly conditions: ReadonlySet<string>;
}

const name = z.string().regex(namePattern);

const openBody = z.strictObject({
  agent: name,
  name,
  task: z.strictObject({
    id: name,
    class: z.string(),
    seed: z.int().nonnegative().optional(),
    condition: z.string().optional(),
  }),
});

const endBody = z.strictObject({
  agent: name.optional(),
  /** `cut off`: the agent's process was ended, so what it would have done is not known. */
  because: z.enum(["completed", "cut off"]).default("completed"),
});

export function createTrajectoryRoutes(trajectories: Trajectories, rules: TrajectoryRules) {
  return {
    async open(principal: Principal, body: Json): Promise<Reply> {
      onlyHarness(principal);
      const { agent, name, task } = parse(openBody, body);
      mayActFor(principal, agent, rules);
      checkTask(task, rules);
      const naming = { name, identifiedBy: "explicit" } as const;
      const live = await trajectories.open(agent, naming, task, "http");
      return { status: 201, body: { trajectory: live.id, agent, name, task } };
    },

    async end(principal: Principal, name: string, body: Json): Promise<Reply> {
      onlyHarness(principal);
      const { agent: asked, because } = parse(endBody, body);
      const agent = asked ?? (principal.agents.length === 1 ? principal.agents[0] : undefined);
      if (agent === undefined || agent === "*") {
        throw new ProctorError(
          "invalid_request",
          "this token stands for several agents; name one in `agent`",
        );
      }
      mayActFor(principal, agent, rules);
      const closed = await trajectories.close(agent, name, because);
      const { steps, scores, counts } = closed;
      return { status: 200, body: { agent, name, because, steps, counts, scores } };
    },
  };
}

function onlyHarness({ kind }: Principal): void {
  if (kind !== "harness")
    throw new ProctorError("forbidden", "only a harness token opens and ends trajectories");
}

function mayActFor(principal: Principal, agent: string, { agents }: TrajectoryRules): void {
  if (!agents.has(agent) || !actsFor(principal, agent)) {
    throw new ProctorError("forbidden", `this token does not act for agent ${agent}`);
  }
}

/** @throws ProctorError `invalid_request` */
export function checkTask(
  task: Task,
  { taskClasses, conditions }: Pick<TrajectoryRules, "taskClasses" | "conditions">,
): void {
  if (!taskClasses.has(task.class)) {
    throw new ProctorError(
      "invalid_request",
      `task.class must be one of ${[...taskClasses].join(", ")}`,
    );
  }
  if (task.condition !== undefined && !conditions.has(task.condition)) {
    const known = conditions.size === 0 ? "none is declared" : [...conditions].join(", ");
    throw new ProctorError(
      "invalid_request",
      `task.condition must be one of the config's conditions (${known})`,
    );
  }
}

function parse<T>(schema: z.ZodType<T>, body: Json): T {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw new ProctorError("invalid_request", z.prettifyError(parsed.error));
  return parsed.data;
}
