// Each format from its golden file to records, and broken files to problems with their lines.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { ImportGround } from "../../../src/cli/import.ts";
import type { ProctorRecord } from "../../../src/core/record.ts";
import { trajectoryId } from "../../../src/core/trajectory.ts";
import {
  fileSource,
  type ImportReport,
  importFormats,
  importFrom,
  noAssignment,
  parseAssignment,
  streamSource,
} from "../../../src/dataset/import/index.ts";
import { maxLineLength } from "../../../src/dataset/import/source.ts";
import { importGround } from "./ground.ts";

const golden = join(import.meta.dirname, "golden");

interface Result {
  readonly report: ImportReport;
  readonly problems: readonly string[];
}

async function importFile(
  ground: ImportGround,
  source: ReturnType<typeof fileSource>,
  { format, assignment = noAssignment }: { format: string; assignment?: typeof noAssignment },
): Promise<Result> {
  const found = importFormats.find(({ name }) => name === format);
  if (found === undefined) throw new Error(`no format ${format}`);
  const problems: string[] = [];
  const report = await importFrom(source, found, {
    store: ground.store,
    making: ground.makingFor(upstreams[format] ?? `catalogue:${found.catalogue ?? "anthropic"}`),
    tools: ground.tools,
    assignment,
    dryRun: false,
    nowMs: () => Date.UTC(2026, 0, 1),
    onProblem: ({ line, reason }) => problems.push(`${line}: ${reason}`),
    onAgent: () => undefined,
    onProgress: () => undefined,
  });
  return { report, problems };
}

/** Whose tools the golden files are of. */
const upstreams: Readonly<Record<string, string>> = { trl: "catalogue:filesystem" };

/** What stands in the store, in a form that a person can check. */
async function shown(ground: ImportGround): Promise<string> {
  const lines: string[] = [];
  for await (const { key, record } of ground.store.scan({})) {
    lines.push(...linesOf(trajectoryId(key), record));
  }
  return lines.join("\n");
}

function linesOf(id: string, record: ProctorRecord): string[] {
  const time = new Date(record.at).toISOString().slice(0, 19);
  switch (record.type) {
    case "opened": {
      const { task, session } = record;
      return [
        `${id} at ${time} for ${JSON.stringify(task)}${session === undefined ? "" : `, session ${session}`}`,
      ];
    }
    case "message": {
      const content = record.content;
      return [
        `  ${record.role}: ${content !== undefined && "inline" in content ? JSON.stringify(content.inline) : "?"}`,
      ];
    }
    case "offered":
      return [`  offered ${record.count} of ${record.upstream}, ${record.digest.slice(0, 8)}`];
    case "intent": {
      const { step, call, effects, decision } = record;
      const given = "inline" in call.arguments ? JSON.stringify(call.arguments.inline) : "?";
      const kinds = effects.map(({ kind, certainty }) => `${kind} ${certainty}`).join(", ");
      const where = call.context.cwd === undefined ? "" : ` in ${call.context.cwd}`;
      const said = decision.verdict === "allow" ? "" : ` (${decision.verdict})`;
      return [`  ${step} ${time.slice(11)} ${call.tool} ${given}${where}: ${kinds}${said}`];
    }
    case "outcome": {
      const { step, outcome } = record;
      const tool =
        outcome.kind === "carried_out" ? ` ${JSON.stringify(outcome.observed.tool)}` : "";
      return [`  ${step} ${outcome.kind}${tool}`];
    }
    case "closed": {
      const scores = Object.entries(record.scores).map(
        ([measure, score]) =>
          `${measure} ${score.value === "undetermined" ? score.why : score.value}`,
      );
      return [`  closed, ${record.because}: ${scores.join(", ")}`];
    }
    default:
      return [`  ${record.type}`];
  }
}

/** Format and file. */
const cases = readdirSync(golden)
  .filter((file) => /\.jsonl?$/.test(file))
  .map((file) => ({
    file,
    format: importFormats.find(({ name }) => file.startsWith(name))?.name ?? "none",
  }));

describe("the golden file", () => {
  it("is there for every format, a whole and a broken one", () => {
    const formats = importFormats.map(({ name }) => name);
    for (const format of formats) {
      expect(cases.filter((one) => one.format === format).length).toBeGreaterThanOrEqual(2);
    }
    expect(new Set(cases.map(({ format }) => format))).toEqual(new Set(formats));
  });

  it.each(cases)("$file becomes the records beside it", async ({ file, format }) => {
    const ground = await importGround();
    const assignment = { ...noAssignment, ...(agents[format] ?? {}) };
    const { report, problems } = await importFile(ground, fileSource(join(golden, file)), {
      format,
      assignment,
    });
    const { leftOut, undescribed, ...counts } = report;
    const text = [
      JSON.stringify(counts),
      `left out: ${JSON.stringify([...leftOut])}`,
      `undescribed: ${JSON.stringify([...undescribed])}`,
      // Newer versions of Node add the column to what JSON.parse says.
      ...problems.map((problem) => `line ${problem.replace(/ \(line \d+ column \d+\)$/, "")}`),
      await shown(ground),
    ].join("\n");
    await expect(`${text}\n`).toMatchFileSnapshot(join(golden, `${file}.expected.txt`));
  });
});

/** Formats that do not say whose the calls are. */
const agents: Readonly<Record<string, { agent: string }>> = {
  atif: { agent: "$.agent.model_name ?? student-8b" },
  "claude-code": { agent: "student" },
  codex: { agent: "student" },
};

function textSource(text: string) {
  return streamSource("text", Readable.from([text]));
}

const row = (more: object) =>
  JSON.stringify({ messages: [{ role: "assistant", content: "hello" }], ...more });

describe("an import", () => {
  it("that is run again changes nothing", async () => {
    const ground = await importGround();
    const again = () =>
      importFile(ground, fileSource(join(golden, "openai.jsonl")), { format: "openai" });
    expect((await again()).report).toMatchObject({ trajectories: 3, alreadyThere: 0 });
    const first = await shown(ground);
    expect((await again()).report).toMatchObject({ trajectories: 0, alreadyThere: 3 });
    expect(await shown(ground)).toBe(first);
  });

  it("gives back what proctor itself recorded, byte for byte", async () => {
    const from = await importGround();
    for (const file of ["openai.jsonl", "claude-code.jsonl"]) {
      await importFile(from, fileSource(join(golden, file)), {
        format: file.replace(".jsonl", ""),
        assignment: { ...noAssignment, agent: "student" },
      });
    }
    const lines: string[] = [];
    const records: ProctorRecord[] = [];
    for await (const { key, record } of from.store.scan({})) {
      records.push(record);
      lines.push(JSON.stringify({ trajectory: trajectoryId(key), record }));
    }
    const to = await importGround();
    const { problems } = await importFile(to, textSource(lines.join("\n")), { format: "jsonl" });
    expect(problems).toEqual([]);
    const taken: ProctorRecord[] = [];
    for await (const { record } of to.store.scan({})) taken.push(record);
    expect(taken).toEqual(records);
  });

  it("keeps no secret", async () => {
    const ground = await importGround();
    const secret = `ghp_${"a1B2".repeat(9)}`;
    await importFile(
      ground,
      textSource(row({ agent: "a", messages: [{ role: "assistant", content: secret }] })),
      {
        format: "openai",
      },
    );
    expect(await shown(ground)).not.toContain(secret);
  });

  it("tells a line that is too long, and reads on", async () => {
    const ground = await importGround();
    const long = row({ agent: "a", id: "long", text: "x".repeat(maxLineLength) });
    const { report, problems } = await importFile(
      ground,
      streamSource(
        "text",
        Readable.from([long.slice(0, 100), long.slice(100), "\n", row({ agent: "a", id: "b" })]),
      ),
      { format: "openai" },
    );
    expect(problems).toEqual([`1: longer than ${maxLineLength} characters`]);
    expect(report).toMatchObject({ trajectories: 1, problems: 1 });
  });

  it.each([
    ["agent: a", { agent: "b" }, "a", { id: "imported", class: "production" }],
    ["agent: $.model.id\nagents: {x/Y: y}", { model: { id: "x/Y" } }, "y", { id: "imported" }],
    [
      "agent: a\ntask: $.m.t\nclass: ambiguous\nseed: $.m.s\ncondition: $.m.c?",
      { m: { t: "t1", s: 4 } },
      "a",
      { id: "t1", class: "ambiguous", seed: 4 },
    ],
    ["agent: $.a ?? fallback\ntask: 7", {}, "fallback", { id: "7" }],
  ])("with the mapping %j assigns %j", async (yaml, more, agent, task) => {
    const ground = await importGround();
    const assignment = parseAssignment(yaml, "map.yaml");
    const { problems } = await importFile(ground, textSource(row(more)), {
      format: "openai",
      assignment,
    });
    expect(problems).toEqual([]);
    for await (const { key, record } of ground.store.scan({ types: ["opened"] })) {
      if (record.type !== "opened") continue;
      expect(key.agent).toBe(agent);
      expect(record.task).toMatchObject(task);
    }
  });

  it.each([
    ["agents: 1", "map.yaml: agents: "],
    ["task: $..x", "map.yaml: task: must be a reference such as $.metadata.model, or a value"],
    ["tasks: x", "map.yaml: Unrecognized key"],
    ["{", "map.yaml: "],
  ])("refuses the mapping %j", (yaml, message) => {
    expect(() => parseAssignment(yaml, "map.yaml")).toThrow(message);
  });

  it("of any bytes ends, with a problem for each line", async () => {
    const noise = readFileSync(join(golden, "codex.jsonl"), "utf8");
    for (const { name } of importFormats) {
      for (let cut = 1; cut < noise.length; cut += 97) {
        const { report } = await importFile(
          await importGround(),
          textSource(`${noise.slice(cut, cut + 400)}\n\u0000{"type":[]}\n`),
          { format: name, assignment: { ...noAssignment, agent: "a" } },
        );
        expect(report.problems).toBeGreaterThanOrEqual(0);
      }
    }
  });
});
