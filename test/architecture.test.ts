// The layout rules of the project: which part may import which, and where the world is touched.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";

const src = resolve(import.meta.dirname, "../src");

interface Import {
  readonly from: string;
  /** Path below src, or the name of a package. */
  readonly to: string;
  readonly typeOnly: boolean;
  readonly ours: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => file.replaceAll("\\", "/"))
  .sort();

const importPattern = /^(?:import|export)\s+(type\s+)?(?:[^;"']*?\sfrom\s+)?["']([^"']+)["']/gm;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(src, file), "utf8");
  return [...text.matchAll(importPattern)].map(([whole, type, to = ""]) => {
    const ours = to.startsWith(".");
    const inline = /^import\s*\{([^}]*)\}/.exec(whole)?.[1];
    const names = inline?.split(",").filter((name) => name.trim() !== "");
    const allInlineTypes = names?.every((name) => name.trim().startsWith("type ")) === true;
    return {
      from: file,
      to: ours ? relative(src, resolve(src, dirname(file), to)) : packageOf(to),
      typeOnly: type !== undefined || allInlineTypes,
      ours,
    };
  });
}

function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

const imports = files.flatMap(importsOf);

/** The first folder, or for a file of the top the file's own name. */
function partOf(file: string): string {
  const [first = ""] = file.split("/");
  return first.replace(/\.tsx?$/, "");
}

const pure = ["core"];

/** What each part may import beside itself. `main` and `compose` stand above and may import all. */
const mayImport: Record<string, readonly string[]> = {
  core: [],
  trajectory: pure,
  effects: pure,
  statistics: pure,
  redaction: pure,
  store: pure,
  upstream: pure,
  frontends: pure,
  policy: ["core", "trajectory"],
  metrics: ["core", "trajectory"],
  audit: ["core", "trajectory", "effects", "policy", "statistics", "redaction"],
  dataset: ["core", "trajectory", "effects", "policy", "statistics", "redaction"],
  // A client of the gateway, with the embedded tools; what models are told of refusals is the doors' to say.
  eval: ["core", "statistics", "frontends"],
  dashboard: ["core", "audit"],
  gateway: pure,
  credentials: pure,
  backup: ["core", "credentials"],
  config: ["core", "effects", "statistics", "upstream", "redaction", "frontends"],
  cli: [
    "core",
    "frontends",
    "config",
    "policy",
    "audit",
    "statistics",
    "dataset",
    "effects",
    "eval",
  ],
  log: pure,
  program: [],
  library: ["core", "effects", "upstream"],
  listeners: pure,
  serve: ["core", "cli", "compose", "config", "listeners"],
  // As `serve`, for one command.
  run: ["core", "cli", "compose", "config", "dataset", "frontends", "listeners"],
  // Hands the commands what needs no composition: erasing by rules, and copies of the data folder.
  "command-line": [
    ...["core", "cli", "compose", "config", "log", "program", "run", "serve"],
    ...["backup", "gateway"],
  ],
  remote: pure,
  // A program of its own, which loads as little as it can: it is started for every command.
  shell: ["core", "remote"],
  // A composition of its own, which loads the other one when the first call comes.
  wrap: [
    "core",
    "remote",
    "frontends",
    "upstream",
    "effects",
    "compose",
    "config",
    "log",
    "program",
  ],
  // The words that agents obey, and nothing that takes time to load.
  hook: ["core", "frontends"],
};

/** Files of types that any part may import as types: the faces that parts show each other. */
const faces = new Set([
  "gateway.ts",
  "gateway/trajectories.ts",
  "gateway/approvals.ts",
  "gateway/redefinitions.ts",
  "gateway/messages.ts",
  "gateway/retention.ts",
  "upstream/upstream.ts",
  "store/store.ts",
  "policy/policy.ts",
  "effects/analyse.ts",
  "redaction/redact.ts",
  "trajectory/state.ts",
  "trajectory/approvals.ts",
]);

const above = new Set(["main", "compose", "index"]);

describe("imports", () => {
  it("names every part in the table", () => {
    const unknown = files.map(partOf).filter((part) => !above.has(part) && !(part in mayImport));
    expect([...new Set(unknown)]).toEqual([]);
  });

  it("point one way", () => {
    const wrong = imports.filter(({ from, to, typeOnly, ours }) => {
      const [a, b] = [partOf(from), partOf(to)];
      if (!ours || a === b || above.has(a)) return false;
      if (typeOnly && faces.has(to)) return false;
      return !(mayImport[a] ?? []).includes(b);
    });
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it("have no cycles", () => {
    const edges = new Map<string, string[]>();
    for (const { from, to, ours, typeOnly } of imports) {
      if (ours && !typeOnly) edges.set(from, [...(edges.get(from) ?? []), to]);
    }
    const done = new Set<string>();
    const cycles: string[] = [];
    function visit(file: string, path: readonly string[]): void {
      if (path.includes(file)) {
        cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
        return;
      }
      if (done.has(file)) return;
      for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    }
    for (const file of files) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it("reach a member of a folder of kinds only through its list", () => {
    const folders = [
      "policy/matchers/",
      "effects/bash/commands/",
      "effects/catalogue/",
      "redaction/detectors/",
      "upstream/embedded/tools/",
      "upstream/wrappers/",
      "frontends/hooks/agents/",
      "frontends/llm/wires/",
    ];
    const wrong = imports.filter(({ from, to, typeOnly }) =>
      folders.some(
        (folder) =>
          !typeOnly &&
          to.startsWith(folder) &&
          !from.startsWith(folder) &&
          to !== `${folder}index.ts`,
      ),
    );
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  it("have one importer for each library", () => {
    // Schemas stand beside the parts that they describe; applications are typed by their framework.
    // YAML is read where its schema stands, since each reader names places in its own words.
    const shared = new Set(["zod", "hono", "@hono/node-server", "yaml"]);
    const importers = new Map<string, Set<string>>();
    for (const { from, to, ours, typeOnly } of imports) {
      if (ours || typeOnly || to.startsWith("node:") || shared.has(to)) continue;
      importers.set(to, (importers.get(to) ?? new Set()).add(from));
    }
    const several = [...importers].filter(([, by]) => by.size > 1);
    expect(several.map(([library, by]) => `${library}: ${[...by].join(", ")}`)).toEqual([]);
  });
});

describe("the world", () => {
  const touches = [
    { what: "the environment", pattern: /\bprocess\.env\b/, only: ["main.ts", "shell.ts"] },
    {
      what: "the clock",
      pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bprocess\.hrtime(?:\.bigint)?\(/,
      only: ["core/clock.ts"],
    },
    {
      what: "randomness",
      pattern: /\bMath\.random\(|\brandomBytes\(|\brandomUUID\(|\brandomInt\(|\bgetRandomValues\(/,
      only: ["core/ids.ts"],
    },
  ];
  for (const { what, pattern, only } of touches) {
    it(`is touched in one place: ${what}`, () => {
      const found = files.filter((file) => pattern.test(readFileSync(join(src, file), "utf8")));
      expect(found.filter((file) => !only.includes(file))).toEqual([]);
    });
  }
});
