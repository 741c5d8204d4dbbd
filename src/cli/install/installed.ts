// What was installed where, kept in the data folder: a running proctor protects these files.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { messageOf, ProctorError } from "../../core/errors.ts";
import { hookAgentNames } from "../../frontends/hooks/forms.ts";

const fileName = "installed.json";

const installedSchema = z.array(
  z.strictObject({
    agent: z.enum(hookAgentNames),
    scope: z.enum(["project", "user"]),
    /** Absolute. */
    files: z.array(z.string()),
    /** Where the agent could be told to leave its hooks out. */
    switches: z.array(z.string()),
  }),
);

export type Installed = z.output<typeof installedSchema>[number];

/** @throws ProctorError `invalid_config` where the file is damaged */
export function readInstalled(data: string): readonly Installed[] {
  const file = join(data, fileName);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new ProctorError("invalid_config", `cannot read ${file}: ${messageOf(error)}`);
  }
  try {
    return installedSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new ProctorError("invalid_config", `${file} is damaged; run proctor install again`, {
      cause,
    });
  }
}

/** In place of what was known of the same files. */
export function writeInstalled(data: string, known: readonly Installed[]): void {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(join(data, fileName), `${JSON.stringify(known, undefined, 2)}\n`, { mode: 0o600 });
}

/** What no agent may change. */
export function guardedFiles(known: readonly Installed[]): readonly string[] {
  return [...new Set(known.flatMap(({ files, switches }) => [...files, ...switches]))];
}
