// What an import needs, over a store in memory.

import { createHash } from "node:crypto";
import type { ImportGround } from "../../../src/cli/import.ts";
import {
  fileSource,
  type ImportReport,
  importFormats,
  importFrom,
} from "../../../src/dataset/import/index.ts";
import { analyseBash } from "../../../src/effects/bash/index.ts";
import { catalogueNames, createAnalyser } from "../../../src/effects/index.ts";
import { createContents } from "../../../src/gateway/contents.ts";
import { createMessageMaker } from "../../../src/gateway/messages.ts";
import { createRedactor } from "../../../src/redaction/index.ts";
import { openMemoryStore } from "../../../src/store/index.ts";
import { decodeRecord } from "../../../src/store/schema.ts";

export async function importGround(): Promise<ImportGround> {
  const contents = createContents(createRedactor(), new Uint8Array(32).fill(5));
  const { linked, recordOf } = createMessageMaker(contents);
  const upstreams = new Map(
    catalogueNames.map((catalogue) => [`catalogue:${catalogue}`, { catalogue, tools: {} }]),
  );
  const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
  return {
    store: await openMemoryStore({ instance: "import", chainKey: new Uint8Array(32).fill(7) }),
    upstreams: [],
    makingFor: (upstream) => ({
      upstream,
      analyser: createAnalyser({ upstreams, analyseShell: analyseBash }),
      keep: contents.keep,
      clean: contents.clean,
      digestOf: contents.digestOf,
      messageRecord: (message, { after, atMs }) =>
        recordOf(linked(message, after), { door: "import", atMs, isKept: false }),
    }),
    tools: { digest: sha256, decodeRecord: (text) => decodeRecord(Buffer.from(text)) },
  };
}

/** All of a file as the agent `a`'s; problems with the numbers of their lines. */
export async function importInto(
  ground: ImportGround,
  file: string,
  { format, upstream }: { readonly format: string; readonly upstream: string },
): Promise<{ readonly report: ImportReport; readonly problems: readonly string[] }> {
  const found = importFormats.find(({ name }) => name === format);
  if (found === undefined) throw new Error(`no format ${format}`);
  const problems: string[] = [];
  const report = await importFrom(fileSource(file), found, {
    store: ground.store,
    making: ground.makingFor(upstream),
    tools: ground.tools,
    assignment: { agent: "a", agents: new Map() },
    dryRun: false,
    nowMs: () => Date.UTC(2026, 0, 1),
    onProblem: ({ line, reason }) => problems.push(`${line}: ${reason}`),
    onAgent() {},
    onProgress() {},
  });
  return { report, problems };
}
