// What a program says of its own tools and routes.

import { z } from "zod";
import type { DeepReadonly } from "../core/readonly.ts";
import { toolEffectsSchema } from "../effects/index.ts";
import { httpUpstreamSchema } from "../upstream/http/index.ts";

const { routes, cwd, filesystem } = httpUpstreamSchema.shape;

/** Tools in this process, under one name: a mapping for each, or the catalogue that has them. */
export const inProcessSchema = toolEffectsSchema.extend({
  routes,
  cwd,
  filesystem: filesystem.default("ours"),
});

export type InProcess = z.output<typeof inProcessSchema>;
export const inProcessToolsSchema = z.record(z.string(), inProcessSchema);
export type InProcessTools = DeepReadonly<z.input<typeof inProcessToolsSchema>>;
