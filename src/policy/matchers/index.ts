// The matchers that exist. A new one is a file and a line here.

import type { z } from "zod";
import { shape } from "../shape.ts";
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

/** Conditions that must all be satisfied; at least one. */
export const conditions = shape({
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
}).refine((named) => Object.keys(named).length > 0, "Name at least one matcher.");

export type Conditions = z.output<typeof conditions>;
