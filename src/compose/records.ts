// What was recorded, for those who read it, add to it, or go through it again.

import { createHash, hkdfSync } from "node:crypto";
import { join } from "node:path";
import { chainKeyFile, databaseFile } from "../backup.ts";
import type { ImportGround } from "../cli/import.ts";
import type { Config } from "../config.ts";
import { newId } from "../core/ids.ts";
import type { Message } from "../core/message.ts";
import { warmUp } from "../effects/bash/index.ts";
import { createActivity } from "../gateway/activity.ts";
import { createContents } from "../gateway/contents.ts";
import { createMessageMaker } from "../gateway/messages.ts";
import { createRedactor } from "../redaction/index.ts";
import { loadOrCreateChainKey, openSqliteStore } from "../store/index.ts";
import { decodeRecord } from "../store/schema.ts";
import type { Persistence } from "../store/store.ts";
import { embeddedName } from "../upstream/embedded/index.ts";
import { composeAnalyser } from "./analyser.ts";
import type { World } from "./world.ts";

export function openStore(
  config: Config,
  instance: string,
  chainKey: Uint8Array,
): Promise<Persistence> {
  return openSqliteStore({ file: join(config.data, databaseFile), instance, chainKey });
}

/** For commands that look at what was recorded. */
export async function openRecords(config: Config, { clock }: World): Promise<Persistence> {
  const chainKey = await loadOrCreateChainKey(join(config.data, chainKeyFile));
  return openStore(config, newId(clock.nowMs()), chainKey);
}

/** What goes through recorded trajectories again: it carries out nothing. */
export function composeReplaying(config: Config) {
  warmUp();
  return { analyser: composeAnalyser(config), activity: createActivity() };
}

/** What an export takes beside the store. */
export function composeExporting({ redaction }: Config, { clock }: World) {
  return { redactor: createRedactor(redaction), newId: () => newId(clock.nowMs()) };
}

/** What records of an import are made with; they go into the store of the config. */
export async function openImport(config: Config, world: World): Promise<ImportGround> {
  const chainKey = await loadOrCreateChainKey(join(config.data, "chain.key"));
  const contents = createContents(
    createRedactor(config.redaction),
    derivedKey(chainKey, "proctor digests"),
  );
  const { linked, recordOf } = createMessageMaker(contents);
  warmUp();
  const common = {
    analyser: composeAnalyser(config),
    keep: contents.keep,
    clean: contents.clean,
    digestOf: contents.digestOf,
    messageRecord: (message: Message, { after, atMs }: { after?: string; atMs: number }) =>
      recordOf(linked(message, after), { door: "import", atMs, isKept: false }),
  };
  return {
    store: await openStore(config, newId(world.clock.nowMs()), chainKey),
    makingFor: (upstream) => ({ ...common, upstream }),
    upstreams: [embeddedName, ...Object.keys(config.upstreams), ...Object.keys(config.mcpServers)],
    tools: {
      digest: (text) => createHash("sha256").update(text).digest("hex"),
      decodeRecord: (text) => decodeRecord(Buffer.from(text)),
    },
  };
}

/** A key of its own for each use, from the one that is kept: HKDF, RFC 5869. */
export function derivedKey(chainKey: Uint8Array, use: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", chainKey, new Uint8Array(), use, 32));
}
