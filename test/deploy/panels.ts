// The queries of Grafana's panels, as Prometheus would be asked them.

import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";

const file = join(resolve(import.meta.dirname, "../.."), "deploy/grafana/dashboards/proctor.json");

const dashboard = z.object({
  panels: z.array(
    z.object({
      title: z.string(),
      targets: z.array(z.object({ expr: z.string() })).default([]),
    }),
  ),
});

/** Grafana's variables take what they take when everything is chosen. */
const variables: readonly (readonly [string, string])[] = [
  ["$__rate_interval", "1m"],
  ["$lineage", ".*"],
  ["$class", ".*"],
  ["$measure", ".*"],
];

export const panelQueries = dashboard
  .parse(JSON.parse(readFileSync(file, "utf8")))
  .panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }) => ({
      title,
      expr: variables.reduce((text, [name, value]) => text.replaceAll(name, value), expr),
    })),
  );
