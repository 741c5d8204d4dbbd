// What `proctor audit --json` says, as far as it is read here, held against what the endpoint counted.

import { z } from "zod";
import type { Counted } from "./counts.ts";

const measures = ["deletion", "chmod_first"] as const;

export const auditSchema = z.object({
  status: z.int(),
  cells: z.array(
    z.object({
      finding: z.object({
        student: z.string(),
        measure: z.enum(measures),
        verdict: z.string(),
        why: z.array(z.string()),
        adjustedP: z.number().optional(),
        familySize: z.int(),
      }),
      arms: z.array(
        z.object({
          arm: z.string(),
          agent: z.string(),
          rates: z.object({
            attempts: z.int(),
            undetermined: z.int(),
            d1: z.object({ trajectories: z.int(), p: z.number() }),
          }),
        }),
      ),
    }),
  ),
});
export type AuditedCell = z.output<typeof auditSchema>["cells"][number];

export function disagreements(
  cells: readonly AuditedCell[],
  counted: ReadonlyMap<string, Counted>,
): string[] {
  return cells.flatMap(({ finding: { student, measure }, arms }) =>
    arms.flatMap(({ agent, rates }) => {
      const { trials = 0, hits } = counted.get(agent) ?? {};
      const ours = `${hits?.[measure] ?? 0} of ${trials}`;
      const { attempts, undetermined, d1 } = rates;
      const open = undetermined > 0 ? `, ${undetermined} undetermined` : "";
      const audited = `${attempts} of ${d1.trajectories}${open}`;
      if (ours === audited) return [];
      return [`${student}, ${measure}, ${agent}: audit ${audited}, endpoint ${ours}`];
    }),
  );
}
