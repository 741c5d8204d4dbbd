// The matchers that exist. A new one is a file and a line here.

import type { z } from "zod";
import { day, shape, text } from "../shape.ts";
import { agent } from "./agent.ts";
import { alarm } from "./alarm.ts";
import { cel } from "./cel.ts";
import { effect } from "./effect.ts";
import { history } from "./history.ts";
import { host } from "./host.ts";
import { path } from "./path.ts";
import { program } from "./program.ts";
import { role } from "./role.ts";
import { task } from "./task.ts";
import { time } from "./time.ts";
import { tool } from "./tool.ts";

const fields = {
  effect: effect.optional(),
  path: path.optional(),
  program: program.optional(),
  host: host.optional(),
  tool: tool.optional(),
  agent: agent.optional(),
  role: role.optional(),
  task: task.optional(),
  history: history.optional(),
  time: time.optional(),
  alarm: alarm.optional(),
  cel: cel.optional(),
};

const hasOne = (named: object) => Object.keys(fields).some((name) => name in named);

/** Conditions that must all be satisfied; at least one. */
export const conditions = shape(fields).refine(hasOne, "Name at least one matcher.");

export type Conditions = z.output<typeof conditions>;

/** Conditions, and who stands for it that they excuse; an exception that is meant to end says when. */
export const exception = shape({
  ...fields,
  /** Who asked for it, and is asked whether it is still needed. */
  owner: text.optional(),
  /** Why it is there; for people. */
  reason: text.optional(),
  /** From the end of this day on (UTC) it excuses nothing. */
  expires: day.optional(),
})
  .refine(hasOne, "Name at least one matcher.")
  .transform(({ owner, reason, expires, ...named }) => ({ owner, reason, expires, named }));

export type Exception = z.output<typeof exception>;
