// Secrets that were planted wherever an agent or a person can write are in no file of any export: not where
// doors had taken them out, and not where they had been recorded as they were.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parquetReadObjects } from "hyparquet";
import { afterAll, describe, expect, it } from "vitest";
import type { Message } from "../../../src/core/message.ts";
import type { OfferedTool } from "../../../src/core/offer.ts";
import { digestsOf, offerDigest } from "../../../src/core/offer.ts";
import { exportFormats, templateProfiles } from "../../../src/dataset/export/index.ts";
import { createRedactor } from "../../../src/redaction/index.ts";
import type { Redactor } from "../../../src/redaction/redact.ts";
import { createRig } from "../../gateway/rig.ts";
import { exportedTo, says, talk, verifiedFrom } from "./ground.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-canary-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pem = (body: string) =>
  `-----BEGIN PRIVATE KEY-----\n${body}\n${"B".repeat(64)}\n-----END PRIVATE KEY-----`;

/** What must not be found, and a text that bears it. */
const canaries: Readonly<Record<string, readonly [secret: string, text: string]>> = {
  token: ["ghp_CANARY0123456789abcdefghijABCDEF0123", "ghp_CANARY0123456789abcdefghijABCDEF0123"],
  key: [`MIIcanary${"A".repeat(55)}`, pem(`MIIcanary${"A".repeat(55)}`)],
  url: ["canary-hunter2", "git clone https://me:canary-hunter2@example.com/a.git"],
  header: [
    "canaryBearer0123456789abc",
    "curl -H 'Authorization: Bearer canaryBearer0123456789abc' x",
  ],
  named: ["canary-correct-horse", "export DB_PASSWORD='canary-correct-horse'"],
};

const nothing: Redactor = { redact: (value) => ({ value, counts: new Map() }) };

/** A conversation with the secret in every place that somebody fills. */
async function planted(secret: string, text: string, recording: Redactor) {
  const rig = await createRig({});
  const tools: readonly OfferedTool[] = [
    {
      name: "bash",
      description: `Runs a command, such as ${text}`,
      inputSchema: {
        type: "object",
        properties: { command: { type: "string", default: text } },
      },
    },
  ];
  const said: Message = {
    role: "assistant",
    parts: [
      { type: "reasoning", text: `I use ${text}` },
      { type: "text", text: `Now: ${text}` },
      {
        type: "call",
        id: "c1",
        tool: "bash",
        arguments: { command: text, deep: [{ text, "api-key": secret }], password: secret },
      },
      { type: "other", kind: "note", value: { text } },
    ],
  };
  const structured = { stdout: text, env: { PASSWORD: secret } };
  const results: Message = {
    role: "tool",
    parts: [
      { type: "result", id: "c1", content: structured },
      { type: "text", text: `and ${text}` },
    ],
  };
  const asks: Message = {
    role: "user",
    parts: [
      { type: "text", text: `Use ${text}` },
      { type: "other", kind: "file", value: { text } },
    ],
  };
  const offer = { door: "llm", upstream: "openai", tools, pinned: false } as const;
  rig.gateway.offered("a", { name: "planted" }, offer);
  const facts = { tools: offerDigest(digestsOf(tools)) };
  const turns = [
    { before: [asks], said, facts },
    { before: [asks, said, results], said: says("assistant", `Done with ${text}`), facts },
  ];
  // A name may be a secret where the secret alone says what it is.
  const task = secret === text ? secret : "t1";
  await talk(rig, "planted", task, turns, { system: `Be brief, and use ${text}`, recording });
  // What hooks see: no prompt.
  await rig.call("bash", text, { name: "steps" });
  await rig.trajectories.close("a", "steps", "completed");
  return rig.store;
}

const forms = exportFormats.flatMap(({ name }) =>
  (name.startsWith("trl") ? templateProfiles.map((profile) => profile.name) : ["object"]).map(
    (profile) => [name, profile] as const,
  ),
);

/** What is taken out of them leaves them JSON. */
function textArgumentsIn(rows: readonly object[]): string[] {
  const found: string[] = [];
  JSON.stringify(rows, (name, value) => {
    if (name === "arguments" && typeof value === "string") found.push(value);
    return value;
  });
  return found;
}

/** Every file as its readers see it. */
async function textsIn(target: string): Promise<string> {
  const texts = await Promise.all(
    readdirSync(target).map(async (name) => {
      const bytes = readFileSync(join(target, name));
      if (!name.endsWith(".parquet")) return bytes.toString("utf8");
      const { buffer } = Uint8Array.from(bytes);
      const rows = await parquetReadObjects({
        file: { byteLength: buffer.byteLength, slice: (from, to) => buffer.slice(from, to) },
      });
      // What stands in the file itself, but for what is compressed, and what is in it.
      return `${bytes.toString("latin1")}${JSON.stringify(rows)}`;
    }),
  );
  return texts.join("\n");
}

describe.each([
  ["were taken out when they were recorded", createRedactor()],
  ["were recorded as they were", nothing],
])("secrets that %s", (_, redactor) => {
  it.each(Object.entries(canaries))("%s: are in no form", async (_kind, [secret, text]) => {
    const from = await planted(secret, text, redactor);
    const records: string[] = [];
    for await (const { record } of from.scan({})) records.push(JSON.stringify(record));
    expect(records.join("\n").includes(secret)).toBe(true);
    for (const [format, profile] of forms) {
      const sanitise = { keepRedacted: true, keepTruncated: true, denied: "keep" } as const;
      const { target, manifest, rows } = await exportedTo(folder, {
        from,
        format,
        profile,
        sanitise,
      });
      if (manifest.counts.written === 0) continue;
      const found = await textsIn(target);
      const at = found.indexOf(secret);
      const around = at < 0 ? "" : found.slice(Math.max(0, at - 60), at + 20);
      expect(around, `${format}, ${profile}`).toBe("");
      expect(found).toContain("REDACTED_");
      for (const given of textArgumentsIn(rows)) expect(() => JSON.parse(given)).not.toThrow();
      expect((await verifiedFrom(from, target)).problems).toEqual([]);
    }
  });
});
