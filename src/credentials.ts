// The tokens of the embedded default: made on the first start, readable by their owner only.

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TokenEntry, tokenDigest } from "./core/access.ts";
import type { TokenKind } from "./core/agent.ts";
import { ProctorError } from "./core/errors.ts";
import { newSecret } from "./core/ids.ts";

/** `agent.token` is the first agent of the config; the other two stand for all. */
const defaults: readonly { readonly file: string; readonly kind: TokenKind }[] = [
  { file: "agent.token", kind: "agent" },
  { file: "harness.token", kind: "harness" },
  { file: "admin.token", kind: "admin" },
];

export const tokenFiles = defaults.map(({ file }) => file);

/**
 * Reads or creates the token files in `folder`.
 *
 * @throws ProctorError `invalid_config` where the folder cannot be written or a file is no token
 */
export function loadTokenFiles(folder: string, firstAgent: string): readonly TokenEntry[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return defaults.map(({ file, kind }) => ({
    name: file.replace(".token", ""),
    kind,
    agents: kind === "agent" ? [firstAgent] : ["*"],
    sha256: tokenDigest(readOrCreate(join(folder, file), kind)),
  }));
}

function readOrCreate(path: string, kind: TokenKind): string {
  try {
    // Exclusive: of two processes that start at once, one creates and the other reads.
    writeFileSync(path, `${newSecret(`pt_${kind}_`)}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new ProctorError("invalid_config", `cannot create the token file ${path}: ${detail}`);
    }
    chmodSync(path, 0o600);
  }
  const secret = readFileSync(path, "utf8").trim();
  if (secret.length < 32) {
    throw new ProctorError(
      "invalid_config",
      `${path} holds no token; remove it to have a new one made`,
    );
  }
  return secret;
}
