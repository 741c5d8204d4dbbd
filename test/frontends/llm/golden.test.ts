// Streams of each wire: what the provider sends (>), what the client gets (<), what is recorded (=).
// `UPDATE_GOLDEN=1` rewrites what follows from the provider's lines.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { relay } from "../../../src/frontends/llm/relay.ts";
import { wires } from "../../../src/frontends/llm/wires/index.ts";
import type { ModelCall, Ruling, Wire } from "../../../src/frontends/llm/wires/wire.ts";

/** `rm` is replaced where the tool takes a command, and dropped where not; all else goes on. */
function rule({ tool, arguments: given }: ModelCall): Ruling {
  if (!JSON.stringify(given).includes("rm ")) return { kind: "release" };
  if (tool === "write") return { kind: "drop", text: `refused: ${tool}` };
  return { kind: "replace", arguments: { cmd: "echo refused >&2; exit 126" } };
}

async function* cut(text: string, size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function through(wire: Wire, text: string, size = text.length, ruleOne = rule) {
  const reader = wire.stream();
  const ends: string[] = [];
  const chunks = relay({
    body: cut(text, Math.max(1, size)),
    reader,
    maxEventBytes: 1_000_000,
    keepAliveMs: 60_000,
    judge: async (calls) => new Map(calls.map((call) => [call.key, ruleOne(call)])),
    async record(ended) {
      ends.push(ended);
    },
    began() {},
    isAborted: () => false,
    problemEvent: String,
  });
  const out: Uint8Array[] = [];
  for await (const chunk of chunks) out.push(chunk);
  expect(ends).toHaveLength(1);
  return { client: Buffer.concat(out).toString(), view: reader.view() };
}

interface Scenario {
  readonly title: string;
  readonly provider: string;
  readonly client: string;
  readonly recorded: string;
}

function scenarioOf(block: string): Scenario {
  const lines = block.split("\n");
  const of = (mark: string) =>
    lines
      .filter((line) => line === mark || line.startsWith(`${mark} `))
      .map((line) => line.slice(2))
      .join("\n");
  const stream = (text: string) => (text === "" ? "" : `${text}\n`);
  return {
    title: of("#"),
    provider: stream(of(">")),
    client: stream(of("<")),
    recorded: of("="),
  };
}

function blockOf({ title, provider, client, recorded }: Scenario): string {
  const lines = (mark: string, text: string) =>
    text
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => `${mark} ${line}`.trimEnd());
  return [
    ...lines("#", title),
    ...lines(">", provider),
    ...lines("<", client),
    ...lines("=", recorded),
  ].join("\n");
}

describe.each(wires)("$name", (wire) => {
  const file = join(import.meta.dirname, `${wire.name}.golden`);
  const [head = "", ...blocks] = readFileSync(file, "utf8").trimEnd().split("\n\n\n");
  const scenarios = blocks.map(scenarioOf);

  it("gives and records what the golden file says", async () => {
    const found: Scenario[] = [];
    for (const { title, provider } of scenarios) {
      const { client, view } = await through(wire, provider);
      found.push({ title, provider, client, recorded: JSON.stringify(view, null, 1) });
    }
    if (process.env.UPDATE_GOLDEN === "1") {
      writeFileSync(file, `${[head, ...found.map(blockOf)].join("\n\n\n")}\n`);
      return;
    }
    for (const [i, scenario] of scenarios.entries()) expect(found[i]).toEqual(scenario);
  });

  it("gives the same however the stream is cut", async () => {
    for (const { provider, client } of scenarios) {
      for (const size of [1, 5, 64])
        expect((await through(wire, provider, size)).client).toBe(client);
    }
  });

  it("gives every byte that came where nothing is denied, and never a call before it is judged", async () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 8 });
    const one = fc.constantFrom(...scenarios);
    await fc.assert(
      fc.asyncProperty(one, pieces, async ({ provider }, sizes) => {
        const size = sizes.reduce((a, b) => a + b) % 97;
        const { client } = await through(wire, provider, size, () => ({ kind: "release" }));
        expect(client).toBe(provider);
      }),
      { numRuns: 30 },
    );
  });

  it("never gives what was denied", async () => {
    for (const { client } of scenarios) expect(client).not.toMatch(/rm (?:a|b)\b/);
  });
});

it("a stream that waits for a person is kept open by comments", async () => {
  const [wire] = wires;
  if (wire === undefined) throw new Error("no wire");
  const call = { index: 0, id: "c", function: { name: "bash", arguments: "{}" } };
  const choices = [{ index: 0, delta: { tool_calls: [call] }, finish_reason: "tool_calls" }];
  let allow: (rulings: Map<string, Ruling>) => void = () => {};
  const chunks = relay({
    body: cut(`data: ${JSON.stringify({ choices })}\n\ndata: [DONE]\n\n`, 10_000),
    reader: wire.stream(),
    maxEventBytes: 1_000_000,
    keepAliveMs: 1,
    judge: () =>
      new Promise((resolve) => {
        allow = resolve;
      }),
    async record() {},
    began() {},
    isAborted: () => false,
    problemEvent: String,
  });
  const out: string[] = [];
  for await (const chunk of chunks) {
    out.push(Buffer.from(chunk).toString());
    if (out.length === 3) allow(new Map());
  }
  expect(out.slice(0, 3)).toEqual(Array(3).fill(": proctor holds a call\n\n"));
  expect(out.slice(3).join("")).toContain("tool_calls");
});
