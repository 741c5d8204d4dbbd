// proctor config check and proctor init.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { situationNames } from "../../src/cli/init/index.ts";
import { policyGround } from "../../src/compose/policy.ts";
import { systemClock } from "../../src/core/clock.ts";
import { runIn } from "./programs.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const programFolder = resolve(import.meta.dirname, "../..");
const world = { clock: systemClock, log: silent, version: "0", programFolder };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "proctor-config-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(...argv: string[]) {
  return runIn(folder, argv, { policyGround: (config) => policyGround(config, world) });
}

async function checked(yaml: string) {
  writeFileSync(join(folder, "proctor.yaml"), yaml);
  const { code, output } = await run("config", "check");
  return { code, lines: output.trimEnd().replaceAll(`${folder}/`, "").split("\n") };
}

describe("proctor config check", () => {
  it.each<[string, string, readonly string[]]>([
    [
      "an unknown field, at its key",
      "workspace: w\nsurprise: true\n",
      ["problem  proctor.yaml:2:1: surprise: is no known field"],
    ],
    [
      "a wrong type, deep inside",
      "log: {}\nlimits:\n  maxBodyBytes: 5\n  maxDepth: deep\n",
      ["problem  proctor.yaml:4:3: limits.maxDepth: expected number, received string"],
    ],
    [
      "an item of a list",
      "agents:\n  - id: a\n  - id: b\n    model: 5\n",
      ["problem  proctor.yaml:4:5: agents[1].model: expected string, received number"],
    ],
    [
      "something missing, at the nearest that is there",
      "lineages:\n  - name: l\n",
      ["problem  proctor.yaml:2:5: lineages[0].teacher: expected string, received undefined"],
    ],
    [
      "what no field alone can say",
      "agents: [{ id: a }]\nlineages:\n  - name: l\n    teacher: nobody\n    students: [{ agent: a, condition: c }]\n",
      [
        'problem  proctor.yaml:4:5: lineages[0].teacher: there is no agent "nobody"; declare it under agents',
        'problem  proctor.yaml:5:28: lineages[0].students[0].condition: "c" is not under conditions',
      ],
    ],
    [
      "all at once",
      "a: 1\nb: 2\nlog: { level: loud }\n",
      [
        'problem  proctor.yaml:3:8: log.level: invalid option: expected one of "debug"|"info"|"warn"|"error"|"silent"',
        "problem  proctor.yaml:1:1: a: is no known field",
        "problem  proctor.yaml:2:1: b: is no known field",
      ],
    ],
    [
      "a route in an upstream",
      'upstreams:\n  api:\n    url: http://localhost\n    routes:\n      "FETCH files": read\n',
      [
        expect.stringMatching(
          /^problem {2}proctor\.yaml:5:7: upstreams\.api\.routes\.FETCH files: /,
        ),
      ],
    ],
    ["no mapping", "- a\n", ["problem  proctor.yaml:1:1: must be a mapping"]],
    [
      "no YAML",
      "agents: [\n  - {\n",
      expect.arrayContaining([expect.stringMatching(/^problem {2}proctor\.yaml:\d+:\d+: /)]),
    ],
    [
      "a policy that is not there",
      "policies: [nowhere.yaml]\n",
      expect.arrayContaining([expect.stringMatching(/^nowhere\.yaml:1:1 it cannot be read/)]),
    ],
  ])("finds %s", async (_, yaml, expected) => {
    const { code, lines } = await checked(yaml);
    expect(lines).toEqual(expected);
    expect(code).toBe(1);
  });

  it("warns of what is valid and probably not meant", async () => {
    const { code, lines } = await checked(
      `adminListener: { host: 0.0.0.0, port: 4100 }\napprovals: { maxHoldMs: 2000, expiresMs: 1000 }\ntokens:\n  - { name: v, kind: viewer, sha256: ${"a".repeat(64)} }\n`,
    );
    expect(code).toBe(0);
    expect(lines.map((line) => line.split(": ")[1])).toEqual([
      "adminListener.port",
      "adminListener.host",
      "approvals.maxHoldMs",
      "tokens",
      "tokens[0].agents",
      "valid",
    ]);
  });

  it("says the same in JSON", async () => {
    writeFileSync(join(folder, "proctor.yaml"), "surprise: true\n");
    const { code, output } = await run("config", "check", "--json");
    expect(code).toBe(1);
    expect(JSON.parse(output)).toEqual({
      ok: false,
      file: join(folder, "proctor.yaml"),
      problems: [{ path: "surprise", message: "is no known field", line: 1, column: 1 }],
      warnings: [],
    });
  });

  it("finds a file that is none", async () => {
    const { code, errors } = await run("config", "check", "--config", "nowhere.yaml");
    expect([code, errors]).toEqual([2, expect.stringContaining("nowhere.yaml")]);
  });
});

describe("proctor init", () => {
  it.each(situationNames)(
    "writes a config for %s that is valid and warns of nothing",
    async (situation) => {
      const { code, output } = await run("init", situation);
      expect([code, output]).toEqual([0, expect.stringContaining("proctor.yaml is written")]);
      const check = await run("config", "check");
      expect(check.output.trim()).toBe(`${join(folder, "proctor.yaml")}: valid`);
      const text = readFileSync(join(folder, "proctor.yaml"), "utf8");
      expect(text).not.toMatch(/pt_[a-z]+_/);
      expect((text.match(/#/g) ?? []).length).toBeGreaterThan(5);
    },
  );

  it("writes over nothing", async () => {
    writeFileSync(join(folder, "proctor.yaml"), "mine");
    const { code, errors } = await run("init");
    expect([code, errors]).toEqual([2, expect.stringContaining("it exists")]);
    expect(readFileSync(join(folder, "proctor.yaml"), "utf8")).toBe("mine");
  });

  it("says which situations there are", async () => {
    const { code, errors } = await run("init", "moon");
    expect([code, errors]).toEqual([2, expect.stringContaining(situationNames.join(", "))]);
  });
});
