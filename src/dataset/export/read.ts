// A dataset that was written, read back.

import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { messageOf, ProctorError } from "../../core/errors.ts";
import {
  type Manifest,
  manifestFile,
  manifestSchema,
  type Provenance,
  provenanceFile,
  provenanceSchema,
} from "./manifest.ts";

/** @throws ProctorError `invalid_request` where there is none that can be read */
export async function manifestIn(folder: string): Promise<Manifest> {
  const file = join(folder, manifestFile);
  try {
    return manifestSchema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** @throws ProctorError `invalid_request` where a line is none */
export async function* provenanceIn(folder: string): AsyncIterable<Provenance> {
  const file = join(folder, provenanceFile);
  try {
    for await (const line of createInterface({ input: createReadStream(file) })) {
      yield provenanceSchema.parse(JSON.parse(line));
    }
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(file: string, cause: unknown): ProctorError {
  return new ProctorError("invalid_request", `${file}: ${messageOf(cause)}`, { cause });
}

/** A row by what it is of: `agent/name#2`. */
export function nameOf({ trajectory, conversation }: Provenance): string {
  return `${trajectory}#${conversation}`;
}
