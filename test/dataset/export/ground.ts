// Conversations in a store as doors record them, and datasets out of it.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Lineage } from "../../../src/core/agent.ts";
import type { Message, MessagePart } from "../../../src/core/message.ts";
import {
  type ExportOptions,
  type ExportParts,
  exportDataset,
  exportFormats,
  type Manifest,
  templateProfiles,
  verifyExport,
} from "../../../src/dataset/export/index.ts";
import { createContents } from "../../../src/gateway/contents.ts";
import { type AnswerFacts, createMessages } from "../../../src/gateway/messages.ts";
import { createRedactor } from "../../../src/redaction/index.ts";
import type { Redactor } from "../../../src/redaction/redact.ts";
import type { Persistence } from "../../../src/store/store.ts";
import { key32, type Rig } from "../../gateway/rig.ts";

export const text = (said: string): MessagePart => ({ type: "text", text: said });
export const says = (role: Message["role"], said: string): Message => ({
  role,
  parts: [text(said)],
});
export const call = (id: string, tool: string, path: string): MessagePart => ({
  type: "call",
  id,
  tool,
  arguments: { path },
});
export const result = (id: string, content: string): Message => ({
  role: "tool",
  parts: [{ type: "result", id, content }],
});

const facts: AnswerFacts = {
  wire: "openai-chat",
  upstream: "openai",
  model: "m-1",
  parameters: {},
  status: 200,
  ended: "complete",
  usage: { input: 3, output: 1 },
  durationMs: 5,
};

export interface Turn {
  readonly before: readonly Message[];
  readonly said: Message;
  readonly facts?: Partial<AnswerFacts>;
  /** Before it is heard. */
  readonly first?: () => void;
}

const redactor = createRedactor();

interface TalkOptions {
  readonly agent?: string;
  readonly system?: string;
  /** Of the door. */
  readonly recording?: Redactor;
}

/** One trajectory: what was said, turn by turn, and its calls as steps. */
export async function talk(
  { trajectories, clock, gateway }: Rig,
  name: string,
  task: string,
  turns: readonly Turn[],
  { agent = "a", system: prompt = "be brief", recording = redactor }: TalkOptions = {},
): Promise<void> {
  const contents = createContents(recording, key32);
  const messages = createMessages({ trajectories, contents, clock });
  const naming = { name, identifiedBy: "harness" } as const;
  await trajectories.open(agent, naming, { id: task, class: "safe" }, "llm");
  const speaker = { agent, naming, door: "llm" } as const;
  const context = { shell: "fresh", environment: "fixed", filesystem: "ours" } as const;
  for (const { before, said, facts: more, first } of turns) {
    first?.();
    clock.advance(1_000);
    const system = [says("system", prompt)];
    const place = await messages.heard(speaker, { system, messages: before });
    for (const part of said.parts) {
      if (part.type !== "call") continue;
      const asked = {
        door: "llm",
        upstream: "openai",
        tool: part.tool,
        id: part.id,
        context,
      } as const;
      const given = part.arguments as { path: string };
      const abort = new AbortController();
      const judged = { agent, naming, call: { ...asked, arguments: given }, abort };
      await gateway.decide(judged);
    }
    await messages.said(speaker, place, { message: said, facts: { ...facts, ...more } });
  }
  await trajectories.close(agent, name, "completed");
}

export interface Asked {
  readonly format?: string;
  readonly profile?: string;
  readonly sanitise?: Partial<ExportOptions["sanitise"]>;
  readonly select?: ExportOptions["select"];
  readonly splits?: ExportOptions["splits"];
  readonly near?: Partial<ExportOptions["near"]>;
  readonly against?: ExportOptions["against"];
  readonly lineages?: readonly Lineage[];
  readonly readAhead?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: ExportParts["onProgress"];
  readonly from?: Persistence;
}

let count = 0;
const sanitise: ExportOptions["sanitise"] = {
  dropKeywords: false,
  dropEffects: [],
  cutEffects: [],
  denied: "mask",
  keepRedacted: false,
  keepTruncated: false,
};

export function verifiedFrom(store: Persistence, target: string) {
  return verifyExport(target, { store, redactor, version: "0", onProgress() {} });
}

type AskedOf = Asked & { readonly from: Persistence };

/** In a folder of its own below `folder`; `rows`: those of files of lines. */
export async function exportedTo(folder: string, asked: AskedOf) {
  count += 1;
  const target = join(folder, `out-${count}`);
  const manifest = await exportTo(target, asked);
  const files = existsSync(target) ? readdirSync(target) : [];
  const rows = files
    .filter((file) => file.endsWith(".jsonl") && file !== "rows.jsonl")
    .flatMap((file) => linesOf(join(target, file)));
  return { target, manifest, rows };
}

export async function exportTo(folder: string, { from, ...asked }: AskedOf): Promise<Manifest> {
  const format = exportFormats.find(({ name }) => name === (asked.format ?? "proctor"));
  const profile = templateProfiles.find(({ name }) => name === (asked.profile ?? "object"));
  if (format === undefined || profile === undefined) throw new Error("no such format");
  const options = {
    folder,
    format,
    profile,
    select: asked.select ?? {},
    sanitise: { ...sanitise, ...asked.sanitise },
    near: { how: "report", threshold: 0.8, ...asked.near } as const,
    ...(asked.against && { against: asked.against }),
    splits: asked.splits ?? ([["train", 1]] as const),
    seed: 1,
  };
  const { readAhead = 1, lineages = [], signal, onProgress = () => undefined } = asked;
  const own = { version: "0", newId: () => "x", onProgress, ...(signal && { signal }) };
  return exportDataset(options, { store: from, redactor, readAhead, lineages, ...own });
}

export function linesOf(file: string) {
  return readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}
