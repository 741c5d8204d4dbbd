// The tokens of the embedded default: made on the first start, readable by their owner only.

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TokenEntry, tokenDigest } from "./core/access.ts";
import type { TokenKind } from "./core/agent.ts";
import { messageOf, ProctorError } from "./core/errors.ts";
import { newKey, newSecret } from "./core/ids.ts";

/** `agent.token` is the first agent of the config; the others stand for all. */
const defaults: readonly { readonly file: string; readonly kind: TokenKind }[] = [
  { file: "agent.token", kind: "agent" },
  { file: "harness.token", kind: "harness" },
  { file: "metrics.token", kind: "metrics" },
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
    sha256: tokenDigest(readOrCreate(join(folder, file), () => newSecret(`pt_${kind}_`))),
  }));
}

export const webhookSecretFile = "webhook.secret";

/**
 * The key that webhooks are signed with, as Standard Webhooks writes it: `whsec_` and base64.
 *
 * @throws ProctorError `invalid_config`
 */
export function loadWebhookSecret(folder: string): Uint8Array {
  const path = join(folder, webhookSecretFile);
  const secret = readOrCreate(path, () => `whsec_${newKey().toString("base64")}`);
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  // Standard Webhooks asks for 24 to 64 bytes.
  if (key.length >= 24 && key.length <= 64) return key;
  throw new ProctorError("invalid_config", `${path} must be whsec_ and 24 to 64 bytes in base64`);
}

function readOrCreate(path: string, make: () => string): string {
  try {
    // Exclusive: of two processes that start at once, one creates and the other reads.
    writeFileSync(path, `${make()}\n`, { mode: 0o600, flag: "wx" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
      const detail = messageOf(error);
      throw new ProctorError("invalid_config", `cannot create ${path}: ${detail}`);
    }
    chmodSync(path, 0o600);
  }
  const secret = readFileSync(path, "utf8").trim();
  if (secret.length < 32) {
    throw new ProctorError(
      "invalid_config",
      `${path} holds no secret; remove it to have a new one made`,
    );
  }
  return secret;
}
