// What is asked of an export, as options and as the manifest has it.

import { z } from "zod";
import { type Lineage, rolesOf } from "../../core/agent.ts";
import { effectKinds } from "../../core/effect.ts";
import { ProctorError } from "../../core/errors.ts";
import { outcomeKinds } from "../../core/outcome.ts";
import { closedBecause } from "../../core/trajectory.ts";
import type { Mark } from "../../store/store.ts";
import type { Query } from "./derive.ts";
import { exportFormats, templateProfiles } from "./formats/index.ts";
import { nearWays } from "./near.ts";
import type { RolesOf } from "./select.ts";
import { compileWhere } from "./where.ts";

const effects = z.array(z.enum(effectKinds));

const lineageSchema = z.object({
  name: z.string(),
  teacher: z.string(),
  students: z.array(
    z.object({
      agent: z.string(),
      condition: z.string().optional(),
      baseline: z.string().optional(),
      control: z.string().optional(),
    }),
  ),
}) satisfies z.ZodType<Lineage>;

export const markKinds = ["effect", "rule", "verdict", "would", "score"] as const;

export function isMark(text: string): text is Mark {
  return markKinds.some((kind) => text.startsWith(`${kind}:`));
}

export const querySchema = z.object({
  format: z.string(),
  template: z.string(),
  select: z.object({
    agents: z.array(z.string()).optional(),
    taskClass: z.string().optional(),
    marks: z.array(z.custom<Mark>((mark) => typeof mark === "string" && isMark(mark))).optional(),
    fromMs: z.number().optional(),
    beforeMs: z.number().optional(),
    outcomes: z.array(z.enum(outcomeKinds)).optional(),
    ended: z.array(z.enum(closedBecause)).optional(),
    where: z.string().optional(),
  }),
  /** By which `where` says who is what. */
  lineages: z.array(lineageSchema).optional(),
  sanitise: z.object({
    dropKeywords: z.boolean(),
    dropEffects: effects,
    cutEffects: effects,
    denied: z.enum(["mask", "drop", "keep"]),
    keepRedacted: z.boolean(),
    keepTruncated: z.boolean(),
  }),
  near: z.object({ how: z.enum(nearWays), threshold: z.number() }),
  /** Whose trajectories on the same tasks the rows are shown beside. */
  against: z
    .object({
      lineage: z.string(),
      agents: z.array(z.string()),
      mandatory: z.record(z.string(), effects),
    })
    .optional(),
  splits: z.array(z.tuple([z.string(), z.number()])),
  seed: z.number(),
});
export type WrittenQuery = z.output<typeof querySchema>;

/** `lineages`: of the config; they are written down where the query reads them. */
export function writtenQuery(query: Query, lineages: readonly Lineage[]): WrittenQuery {
  const { format, profile, select, ...rest } = query;
  const { where, ...asked } = select;
  const shown = {
    format: format.name,
    template: profile.name,
    select: { ...asked, ...(where && { where: where.source }) },
    ...(where?.readsRoles && { lineages }),
    ...rest,
  };
  return querySchema.parse(JSON.parse(JSON.stringify(shown)));
}

/** @throws ProctorError `invalid_request`: this proctor has no such format, or no such template */
export function queryIn(written: WrittenQuery): { query: Query; rolesOf: RolesOf } {
  const { format: name, template, select, lineages = [], ...rest } = written;
  const format = exportFormats.find((one) => one.name === name);
  const profile = templateProfiles.find((one) => one.name === template);
  if (format === undefined || profile === undefined) {
    const detail = `this proctor has no format "${name}" for "${template}"`;
    throw new ProctorError("invalid_request", detail);
  }
  const { where, ...asked } = select;
  const query = {
    ...rest,
    format,
    profile,
    select: { ...asked, ...(where !== undefined && { where: compileWhere(where) }) },
  };
  return { query, rolesOf: (agent) => rolesOf(agent, lineages) };
}
