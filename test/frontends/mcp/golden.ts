// What becomes of calls when servers misbehave, in one file. `UPDATE_GOLDEN=1` rewrites it.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Outcome } from "../../../src/core/outcome.ts";
import type { Reply } from "./door.ts";

const file = join(import.meta.dirname, "faults.golden.json");

/** Where Node or the machine words a failure, the code says enough. */
interface Entry {
  readonly status: number;
  readonly type: string | null;
  /** The code of proctor's own error, or else what was passed on. */
  readonly told: string;
  readonly recorded: readonly unknown[];
}

const maxShown = 200;

function entryOf({ status, headers, text }: Reply, outcomes: readonly Outcome[]): Entry {
  const code = /\((\w+)\)"/.exec(text)?.[1];
  const recorded = outcomes.map((outcome) => {
    const { durationMs: _, detail: __, result: ___, ...known } = { ...flat(outcome) };
    return known;
  });
  return {
    status,
    type: headers.get("content-type"),
    told: code ?? text.slice(0, maxShown),
    recorded,
  };
}

function flat(outcome: Outcome): Readonly<Record<string, unknown>> {
  return { ...outcome };
}

export function expectGolden(name: string, answer: Reply, outcomes: readonly Outcome[]): void {
  const entry = entryOf(answer, outcomes);
  const golden: Record<string, Entry> = existsSync(file)
    ? JSON.parse(readFileSync(file, "utf8"))
    : {};
  if (process.env.UPDATE_GOLDEN === "1") {
    const sorted = Object.entries({ ...golden, [name]: entry }).sort(([a], [b]) =>
      a < b ? -1 : 1,
    );
    writeFileSync(file, `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`);
    return;
  }
  expect(entry).toEqual(golden[name]);
}
