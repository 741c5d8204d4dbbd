// The files for Prometheus, Alertmanager and Grafana: read by the programs that they are for.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { panelQueries } from "./panels.ts";

const root = resolve(import.meta.dirname, "../..");
const folder = join(root, "deploy/prometheus");

function has(program: string): boolean {
  if (spawnSync(program, ["--version"]).status === 0) return true;
  console.log(`skipped: ${program} is not here (Debian's prometheus, prometheus-alertmanager)`);
  return false;
}

function run(program: string, ...args: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: "utf8", cwd: folder });
  return { status, said: stdout + stderr };
}

const alerts = z
  .object({
    groups: z.array(
      z.object({
        rules: z.array(
          z.object({
            alert: z.string(),
            labels: z.object({ severity: z.enum(["page", "ticket"]) }),
            annotations: z.object({
              summary: z.string(),
              description: z.string(),
              runbook_url: z.string(),
            }),
          }),
        ),
      }),
    ),
  })
  .parse(parse(readFileSync(join(folder, "alerts.yml"), "utf8")))
  .groups.flatMap(({ rules }) => rules);

describe.skipIf(!has("promtool"))("promtool", () => {
  it.each(["recording.yml", "alerts.yml"])("finds nothing to say of %s", (file) => {
    expect(run("promtool", "check", "rules", file)).toMatchObject({ status: 0 });
  });

  it.each(["minutes.yml", "days.yml"])("runs the tests of %s", (file) => {
    expect(run("promtool", "test", "rules", join("tests", file))).toMatchObject({ status: 0 });
  });

  it("can read the configuration", () => {
    const copy = mkdtempSync(join(tmpdir(), "proctor-prometheus-"));
    for (const file of ["prometheus.yml", "recording.yml", "alerts.yml"]) {
      writeFileSync(join(copy, file), readFileSync(join(folder, file)));
    }
    writeFileSync(join(copy, "metrics.token"), "token");
    expect(run("promtool", "check", "config", join(copy, "prometheus.yml"))).toMatchObject({
      status: 0,
    });
    rmSync(copy, { recursive: true });
  });

  it("can read the query of every panel", () => {
    const rules = panelQueries.map(({ expr }, i) => ({ record: `panel:q${i}`, expr }));
    const folderOfPanels = mkdtempSync(join(tmpdir(), "proctor-panels-"));
    onTestFinished(() => rmSync(folderOfPanels, { recursive: true }));
    const file = join(folderOfPanels, "panels.yml");
    writeFileSync(file, JSON.stringify({ groups: [{ name: "panels", rules }] }));
    expect(panelQueries.length).toBeGreaterThan(20);
    expect(run("promtool", "check", "rules", file)).toMatchObject({ status: 0 });
  });
});

it.skipIf(!has("amtool"))("amtool can read the routes", () => {
  const file = join(root, "deploy/alertmanager/alertmanager.yml");
  expect(run("amtool", "check-config", file)).toMatchObject({ status: 0 });
});

describe("an alert", () => {
  it.each(alerts.map(({ alert, annotations }) => [alert, annotations.runbook_url]))(
    "%s has its page",
    (alert, page) => {
      expect(page).toBe(`docs/runbooks/${alert}.md`);
      const text = readFileSync(join(root, page), "utf8");
      for (const part of [`# ${alert}`, "## What it means", "## Look at", "## Do"]) {
        expect(text).toContain(part);
      }
    },
  );

  it("has no page that is left over", () => {
    const pages = readdirSync(join(root, "docs/runbooks")).map((file) => file.replace(".md", ""));
    expect(pages.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });
});

it("the files that compose mounts are there", () => {
  const compose = z.object({
    services: z.record(z.string(), z.object({ volumes: z.array(z.string()).default([]) })),
  });
  const { services } = compose.parse(
    parse(readFileSync(join(root, "deploy/monitoring.yaml"), "utf8")),
  );
  const mounted = Object.values(services)
    .flatMap(({ volumes }) => volumes)
    .filter((volume) => volume.startsWith("./"))
    .map((volume) => volume.split(":")[0] ?? "");
  expect(mounted.length).toBeGreaterThan(3);
  for (const path of mounted) expect(existsSync(join(root, "deploy", path))).toBe(true);
});
