// Runs a program to its end, and reads what a guard recorded of it.

import { spawn } from "node:child_process";
import { openRecords } from "../../src/compose/records.ts";
import { loadConfig } from "../../src/config.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { ProctorRecord } from "../../src/core/record.ts";
import { type HookDoor, silent } from "../frontends/hooks/door.ts";

/** Resolves with what it wrote to either stream. */
export function run(
  program: string,
  argv: readonly string[],
  options: { cwd: string; env: Record<string, string> },
): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn(program, argv, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk: Buffer) => {
        output += chunk;
      });
    }
    child.once("error", fail);
    child.once("close", () => done(output));
  });
}

/** The records of each trajectory. */
export async function recorded({ folder: at }: HookDoor): Promise<ProctorRecord[][]> {
  const world = { clock: systemClock, log: silent, version: "0", programFolder: "/opt/proctor" };
  const store = await openRecords(loadConfig({}, {}, at), world);
  try {
    const found: ProctorRecord[][] = [];
    for await (const { key } of store.trajectories({})) {
      const records: ProctorRecord[] = [];
      for await (const { record } of store.read(key)) records.push(record);
      found.push(records);
    }
    return found;
  } finally {
    await store.close();
  }
}
