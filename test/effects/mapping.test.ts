// The mapping language of the config: what each word of it means, and how doubt comes out of it.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Residue } from "../../src/core/effect.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { schemaDigest } from "../../src/core/offer.ts";
import { analyseBash } from "../../src/effects/bash/index.ts";
import { catalogueNames, catalogues } from "../../src/effects/catalogue/index.ts";
import { createAnalyser, toolEffectsSchema } from "../../src/effects/index.ts";
import { limits } from "../../src/effects/limits.ts";
import type { Mapping } from "../../src/effects/mapping.ts";
import type { AnalyseShell } from "../../src/effects/reckoning.ts";
import { callOf, catalogued, confined, effectsOf, mapped } from "./calls.ts";

const missing = (name: string) => `unknown: argument ${name} is missing`;
const other = (name: string) => `unknown: argument ${name} is not described`;
const silent = "unknown: nothing that it does is described";

const rows: [mapping: Mapping, given: JsonObject, ...effects: string[]][] = [
  // The words.
  [{ read: "$.p" }, { p: "a" }, "read /w/a"],
  [{ list: "$.p", permissions: true }, { p: "a" }, "list /w/a with modes"],
  [{ write: "$.p" }, { p: "a" }, "write /w/a"],
  [{ create: "$.p" }, { p: "a" }, "write /w/a new"],
  [{ overwrite: "$.p" }, { p: "a" }, "write /w/a", "truncate? /w/a"],
  [{ truncate: "$.p" }, { p: "a" }, "truncate /w/a"],
  [{ delete: "$.p" }, { p: "a" }, "delete /w/a"],
  [
    { move: { from: "$.a", to: "$.b" } },
    { a: "x", b: "y" },
    "move /w/x to /w/y, overwrites unknown",
  ],
  [
    { move: { from: "$.a", to: "old/**", overwrites: "no" } },
    { a: "x" },
    "move /w/x to glob:/w/old/**, overwrites no",
  ],
  [
    { permission: { path: "$.p", family: "chmod", change: "$.mode" } },
    { p: "a", mode: "755" },
    "permission chmod 755 /w/a",
  ],
  [{ connect: "$.url" }, { url: "http://H.org:1/x" }, "connect h.org"],
  [{ connect: "api.example.org" }, {}, "connect api.example.org"],
  [{ execute: "deploy" }, {}, "execute deploy"],
  [{ privilege: "as root", inspects: true }, {}, "privilege as root", "execute t, looks"],
  [{ inspects: true, harmless: ["q"] }, { q: { any: ["thing"] } }, "execute t, looks"],
  [{ unknown: "a black box", harmless: ["q"] }, { q: 1 }, "unknown: a black box"],
  [{ bash: "$.c", cwd: "$.d" }, { c: "rm a", d: "sub" }, "delete /w/sub/a"],
  [{ bash: "$.c", cwd: "$.d" }, { c: "rm a", d: "x/../y" }, "delete ~a~"],
  [{ bash: ["$.a", "$.b"] }, { a: "rm a", b: "rm b" }, "delete /w/a", "delete /w/b"],
  [{ argv: "$.c" }, { c: ["rm", "-r", "a b"] }, "delete /w/a b -r"],
  [{ read: ["$.a", "$.b"] }, { a: "x", b: "y" }, "read /w/x", "read /w/y"],
  [{ read: "/etc/fixed" }, {}, "read /etc/fixed"],
  [{ delete: "tmp/*.log" }, {}, "delete glob:/w/tmp/*.log"],
  // Recursion.
  [{ delete: "$.p", recursive: true }, { p: "a" }, "delete /w/a -r"],
  [{ delete: "$.p", recursive: "$.r" }, { p: "a", r: true }, "delete /w/a -r"],
  [{ delete: "$.p", recursive: "$.r?" }, { p: "a" }, "delete /w/a"],
  [{ delete: "$.p", recursive: "$.r" }, { p: "a" }, missing("$.r"), "delete /w/a"],
  [
    { delete: "$.p", recursive: "$.r" },
    { p: "a", r: "yes" },
    "unknown: argument $.r is no boolean",
    "delete /w/a -r",
  ],
  // References.
  [{ read: "$.p?" }, {}, silent],
  [{ read: "$.p ?? ." }, {}, "read /w"],
  [{ read: "$.p ?? ." }, { p: null }, "read /w"],
  [{ read: "$.p ?? a b" }, {}, "read /w/a b"],
  [{ delete: "$.p[*]" }, { p: ["a", "b"] }, "delete /w/a", "delete /w/b"],
  [{ delete: "$.p[*]" }, { p: [] }, silent],
  [{ delete: "$.p[*].q" }, { p: [{ q: "a" }, { q: "b" }] }, "delete /w/a", "delete /w/b"],
  [{ delete: "$.a.b" }, { a: { b: "x" } }, "delete /w/x"],
  [{ delete: "$.a-b" }, { "a-b": "x" }, "delete /w/x"],
  // Doubt.
  [{ delete: "$.p" }, {}, missing("$.p")],
  [{ delete: "$.p" }, { p: 1 }, "unknown: argument $.p is no text"],
  [{ delete: "$.p" }, { p: ["a"] }, "unknown: argument $.p is no text"],
  [{ delete: "$.p[*]" }, { p: "a" }, other("p"), "unknown: argument $.p[*] has another shape"],
  [{ delete: "$.p[*]" }, { p: ["a", 1] }, "unknown: argument $.p[*] is no text", "delete /w/a"],
  [{ delete: "$.p" }, { p: "a", force: true }, other("force"), "delete /w/a"],
  [{ delete: "$.p" }, { p: "a", force: null }, other("force"), "delete /w/a"],
  [{ delete: "$.p[*].q" }, { p: [{ q: "a", r: 1 }] }, other("p[*].r"), "delete /w/a"],
  [
    { read: "$.o.p", harmless: ["$.o.n"] },
    { o: { p: "a", n: 1, m: 2 } },
    other("o.m"),
    "read /w/a",
  ],
  [{ delete: "$.p" }, { p: "" }, "delete ~~"],
  [{ delete: "$.p" }, { p: "~/a" }, "delete ~~/a~"],
  [{ delete: "$.p" }, { p: "'a'" }, "delete ~'a'~"],
  [{ delete: "$.p" }, { p: "file:///a" }, "delete ~file:///a~"],
  [{ delete: "$.p" }, { p: "C:\\a" }, "delete ~C:\\a~"],
  [{ delete: "$.p" }, { p: "link/../a" }, "delete ~link/../a~"],
  [{ delete: "$.p" }, { p: "../a" }, "delete /a"],
  [
    { move: { from: "$.a", to: "$.b?" } },
    { a: "x" },
    "unknown: a move without exactly one destination",
  ],
  // Names that objects have of themselves.
  [{ delete: "$.constructor" }, {}, missing("$.constructor")],
  [
    { delete: "$.p" },
    JSON.parse('{"p":"a","__proto__":{"x":1}}'),
    other("__proto__"),
    "delete /w/a",
  ],
  // Switches.
  [
    { switch: { on: "$.do", cases: { rm: { delete: "$.p" }, cat: { read: "$.p" } } } },
    { do: "rm", p: "a" },
    "delete /w/a",
  ],
  [
    { switch: { on: "$.do", cases: { rm: { delete: "$.p" } } } },
    { do: "toString", p: "a" },
    "unknown: what argument $.do says is not described",
    other("p"),
  ],
  [
    { switch: { on: "$.do", cases: {}, otherwise: { read: "$.p" } } },
    { do: 7, p: "a" },
    "read /w/a",
  ],
  [{ switch: { on: "$.do", cases: {}, absent: { read: "$.p" } } }, { p: "a" }, "read /w/a"],
  [
    { switch: { on: "$.dry", cases: { true: { inspects: true } } } },
    { dry: true },
    "execute t, looks",
  ],
  [
    { switch: { on: "$.dry", cases: { true: { inspects: true } } } },
    { dry: "true" },
    "unknown: what argument $.dry says is not described",
  ],
  [{ switch: { on: "$.do", cases: {} } }, {}, "unknown: what argument $.do says is not described"],
];

describe("a mapping", () => {
  it.each(rows)("%j of %j", (mapping, given, ...effects) => {
    expect(effectsOf(mapped({ t: mapping }), "t", given)).toEqual(effects);
  });

  it("of the config stands before the catalogue's", () => {
    const config = { catalogue: "embedded", tools: { delete_file: { read: "$.path" } } };
    const upstreams = new Map([["up", toolEffectsSchema.parse(config)]]);
    const analyser = createAnalyser({ upstreams, analyseShell: analyseBash });
    expect(effectsOf(analyser, "delete_file", { path: "a" })).toEqual(["read /w/a"]);
    expect(effectsOf(analyser, "move_file", { source: "a", destination: "b" })).toHaveLength(1);
  });

  it("says where doubt comes from, once for each reason", () => {
    const analyser = mapped({ t: { read: "$.p" } });
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`x${n}`, n]));
    expect(effectsOf(analyser, "t", { p: "a", ...many })).toHaveLength(8 + 1);
    expect(effectsOf(mapped({ t: { read: "$.p[*]" } }), "t", { p: [1, 2, 3] })).toHaveLength(1);
  });

  it("knows no tool of another upstream", () => {
    const call = { ...callOf("t", {}), upstream: "elsewhere" };
    const { effects } = mapped({ t: { inspects: true } }).analyse(call, {});
    expect(effects).toMatchObject([{ kind: "unknown", why: "no mapping describes it" }]);
  });
});

describe("a pinned schema", () => {
  const schema = { type: "object", properties: { p: { type: "string" } } };
  const pinned = { t: { delete: "$.p", schema: schemaDigest(schema) } };

  function analyserFor(now: string | undefined) {
    const upstreams = new Map([
      ["up", { ...toolEffectsSchema.parse({ tools: pinned }), schemaDigestOf: () => now }],
    ]);
    return createAnalyser({ upstreams, analyseShell: analyseBash });
  }

  const changed = "unknown: its schema is not the one that its mapping was written for";

  it.each([
    [
      "the same, in another order",
      schemaDigest({ properties: schema.properties, type: "object" }),
      "delete /w/a",
    ],
    ["changed", schemaDigest({ ...schema, additionalProperties: true }), changed],
    ["not known", undefined, changed],
  ])("that is %s", (_name, now, effect) => {
    expect(effectsOf(analyserFor(now), "t", { p: "a" })).toEqual([effect]);
  });
});

describe("the schema of mappings", () => {
  it.each([
    { read: "$" },
    { read: "$.a[0]" },
    { read: "$.a..b" },
    { read: "$.a??b" },
    { read: [] },
    { remove: "$.a" },
    { switch: { on: "$.a" } },
    { schema: "abc" },
    { permission: { path: "$.a", family: "sudo" } },
  ])("refuses %j", (mapping) => {
    expect(toolEffectsSchema.safeParse({ tools: { t: mapping } }).success).toBe(false);
  });
});

describe("what a call leaves behind", () => {
  const tools = { write: { overwrite: "$.p" }, sh: { bash: "$.c", cwd: "$.d?" } };
  const analyser = mapped(tools);

  it("is that of the shell in it, and reaches the next one unless the call names a folder", () => {
    const seen: Residue[] = [];
    const analyseShell: AnalyseShell = (_text, _context, residue) => {
      seen.push(residue);
      return { effects: [], residue: { cwd: "/w/sub", environmentChanged: "alias" } };
    };
    const upstreams = new Map([["up", toolEffectsSchema.parse({ tools })]]);
    const { analyse } = createAnalyser({ upstreams, analyseShell });
    const { residue } = analyse(callOf("sh", { c: "x" }), {});
    analyse(callOf("sh", { c: "x" }), residue);
    analyse(callOf("sh", { c: "x", d: "/d" }), residue);
    expect(seen).toEqual([
      {},
      { cwd: "/w/sub", environmentChanged: "alias" },
      { environmentChanged: "alias" },
    ]);
  });

  it("leaves relative paths of other tools unknown, where a lasting shell has gone elsewhere", () => {
    const pathsAfter = (residue: Residue) =>
      analyser
        .analyse(callOf("write", { p: "a" }), residue)
        .effects.map((effect) => "target" in effect && effect.target?.form);
    expect(pathsAfter({ cwd: "/w" })).toEqual(["resolved", "resolved"]);
    expect(pathsAfter({ cwd: "/w/sub" })).toEqual(["unresolved", "unresolved"]);
    expect(pathsAfter({ cwd: null })).toEqual(["unresolved", "unresolved"]);
  });

  it("is kept by calls that run no shell", () => {
    const { residue } = analyser.analyse(callOf("write", { p: "a" }), { cwd: "/w/sub" });
    expect(residue).toEqual({ cwd: "/w/sub" });
  });

  it("includes start-up files that any tool wrote", () => {
    const { residue } = analyser.analyse(callOf("write", { p: "/home/me/.bashrc" }), {});
    expect(residue.environmentChanged).toContain(".bashrc");
  });
});

describe("the analyser", () => {
  it("is total, never silent, and bounded, for any arguments of any catalogued tool", () => {
    const tools = catalogueNames.flatMap((name) =>
      Object.keys(catalogues[name].tools).map((tool) => [name, tool] as const),
    );
    const analysers = new Map(catalogueNames.map((name) => [name, catalogued(name)]));
    const names = [
      "path",
      "command",
      "input",
      "edits",
      "files",
      "action",
      "operation",
      "recursive",
    ];
    const json = fc.jsonValue({ maxDepth: 3 });
    const given = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), json);
    fc.assert(
      fc.property(fc.constantFrom(...tools), given, ([name, tool], anything) => {
        const arguments_ = JSON.parse(JSON.stringify(anything));
        const analysis = analysers.get(name)?.analyse(callOf(tool, arguments_, confined), {});
        const effects = analysis?.effects ?? [];
        expect(effects.length).toBeGreaterThan(0);
        expect(effects.length).toBeLessThanOrEqual(limits.effects + 1);
      }),
      { numRuns: 1_000 },
    );
  });

  it("says so where it stops at a limit", () => {
    const p = Array.from({ length: 5_000 }, (_, n) => `f${n}`);
    const { effects } = mapped({ t: { delete: "$.p[*]" } }).analyse(callOf("t", { p }), {});
    expect(effects.at(-1)).toMatchObject({
      kind: "unknown",
      why: expect.stringContaining("limit effects"),
    });
  });

  it("analyses so many commands, and no more", () => {
    const c = Array.from({ length: 17 }, (_, n) => `rm f${n}`);
    const { effects } = mapped({ t: { bash: "$.c[*]" } }).analyse(callOf("t", { c }), {});
    expect(effects).toHaveLength(17);
    expect(effects[0]).toMatchObject({ kind: "unknown", why: "more than 16 commands in one call" });
  });

  it("gives places in the text only where the text stands in the call", () => {
    const spans = (mapping: Mapping, given: JsonObject) =>
      mapped({ t: mapping })
        .analyse(callOf("t", given), {})
        .effects.map(({ span }) => span);
    expect(spans({ bash: "$.c" }, { c: "rm a" })).toEqual([{ start: 0, end: 4 }]);
    expect(spans({ argv: "$.c" }, { c: ["rm", "a"] })).toEqual([undefined]);
  });

  it("turns a fault of its own into doubt", () => {
    const upstreams = new Map([["up", toolEffectsSchema.parse({ tools: { t: { bash: "$.c" } } })]]);
    const analyseShell = () => {
      throw new RangeError("broken");
    };
    const { effects } = createAnalyser({ upstreams, analyseShell }).analyse(
      callOf("t", { c: "x" }),
      {},
    );
    expect(effects).toMatchObject([{ kind: "unknown", why: "the analysis failed: broken" }]);
  });
});
