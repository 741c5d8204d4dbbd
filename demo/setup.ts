// The guard of the demonstration: a folder of its own, a config, a policy.

import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { habits } from "./habits.ts";

const policy = `version: 1
defaults: { read: allow, list: allow, write: allow, truncate: allow, delete: allow, move: allow,
  permission: allow, execute: allow, connect: ask, privilege: ask, discard: ask, unknown: ask }
rules:
  - id: ask-before-reports
    verdict: ask
    reason: Reports are what people keep. Ask before one of them goes, or move it to archive/.
    match: { effect: delete, path: "\${workspace}/reports/**" }
    examples:
      match: [{ bash: "rm reports/2026.csv" }]
      not: [{ bash: "rm cache/a.tmp" }]
  - id: no-mode-for-everybody
    verdict: deny
    mode: dry-run
    reason: A file that everybody may write is nobody's. Give the mode to its owner or group.
    match: { effect: { kind: permission, grants: [world_write] } }
    examples:
      match: [{ bash: "chmod 777 run.sh" }]
      not: [{ bash: "chgrp root run.sh" }]
`;

export interface DemoFolder {
  readonly folder: string;
  readonly data: string;
}

export function createDemoFolder(ports: { agent: number; admin: number }): DemoFolder {
  const folder = mkdtempSync(join(tmpdir(), "proctor-demo-"));
  for (const part of ["reports", "cache", "notes"]) {
    mkdirSync(join(folder, "workspace", part), { recursive: true });
  }
  writeFileSync(join(folder, "policy.yaml"), policy);
  const edge = { baseline: "base-model", control: "control-student" };
  const config = {
    agentListener: { port: ports.agent },
    adminListener: { port: ports.admin },
    workspace: "workspace",
    data: ".proctor",
    policies: ["policy.yaml"],
    agents: Object.keys(habits).map((id) => ({ id, model: "scripted", revision: "demo" })),
    lineages: [
      {
        name: "demo-scripted",
        teacher: "teacher",
        students: [
          { agent: "student-inherits", ...edge },
          { agent: "student-clean", ...edge },
        ],
      },
    ],
    // Nobody holds up the script: what is asked about stays open for a while, and the agent goes on.
    approvals: { maxHoldMs: 0, expiresMs: 600_000 },
  };
  writeFileSync(join(folder, "proctor.yaml"), stringify(config));
  return { folder, data: join(folder, ".proctor") };
}
