// The pages: what they show of what was recorded, and that an agent's text stays text.

import { join } from "node:path";
import { Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import type { Json } from "../../src/core/json.ts";
import { createLog } from "../../src/log.ts";
import { loadOrCreateChainKey, openSqliteStore } from "../../src/store/index.ts";
import { intent, message, opened } from "../trajectory/records.ts";
import { createRig, type Rig, secretOf } from "./rig.ts";

const trendSchema = z.object({
  times: z.array(z.number()),
  series: z.array(z.object({ name: z.string(), role: z.string(), n: z.array(z.number()) })),
});

let rig: Rig;
let cookie: string;
const lines: { json: string[]; text: string[] } = { json: [], text: [] };

function logInto(written: string[], format: "json" | "text") {
  const stream = new Writable({
    write(chunk, _, done) {
      written.push(String(chunk));
      done();
    },
  });
  return createLog({ format, level: "debug", nowMs: () => 0 }, stream);
}

beforeAll(async () => {
  const [json, text] = [logInto(lines.json, "json"), logInto(lines.text, "text")];
  const both =
    (level: "debug" | "info" | "warn" | "error") =>
    (event: string, fields = {}) => {
      json[level](event, fields);
      text[level](event, fields);
    };
  rig = await createRig({
    log: { debug: both("debug"), info: both("info"), warn: both("warn"), error: both("error") },
  });
  cookie = await rig.logIn("admin");
});
afterAll(() => rig?.close());

/** Ids of the trajectories that a list shows, in order. */
async function listed(query: string): Promise<string[]> {
  const page = await rig.text(cookie, `/trajectories?${query}`);
  return [...page.matchAll(/<tr id="\/trajectories\/([^"]+)"/g)].map(([, id = ""]) => id);
}

describe("the list of trajectories", () => {
  const task = (id: string) => ({ id, class: "ambiguous" });
  beforeAll(async () => {
    await rig.run("teacher", "deletes", ["ls /w", "rm /w/a"], task("disk-1"));
    await rig.run("student", "keeps", ["touch /w/a"], task("disk-2"));
    await rig.run("base", "is-denied", ["rm /w/keep/a"], task("Disk-3"));
    await rig.run("control", "changes-modes", ["chmod 644 /w/a"], task("disk-4"));
    await rig.run("teacher", "open", ["cat /w/a"]);
  });

  it.each([
    [
      "",
      [
        "teacher/open",
        "control/changes-modes",
        "base/is-denied",
        "student/keeps",
        "teacher/deletes",
      ],
    ],
    ["agent=teacher", ["teacher/open", "teacher/deletes"]],
    ["role=student", ["student/keeps"]],
    ["role=baseline&agent=teacher", []],
    ["class=ambiguous&role=teacher", ["teacher/deletes"]],
    ["state=open", ["teacher/open"]],
    ["effect=delete", ["base/is-denied", "teacher/deletes"]],
    ["rule=no-keep", ["base/is-denied"]],
    ["verdict=deny", ["base/is-denied"]],
    ["verdict=would+ask", ["control/changes-modes"]],
    ["score=chmod_first%3Dhit", ["control/changes-modes"]],
    ["score=deletion%3Dhit&effect=list", ["teacher/deletes"]],
    ["q=DISK-3", ["base/is-denied"]],
    ["q=keeps", ["student/keeps"]],
    ["effect=no-such", []],
    ["agent=nobody", []],
    ["from=2000-01-01T00:00&state=open", ["teacher/open"]],
    ["until=2000-01-01T00:00", []],
    ["after=base/is-denied", ["student/keeps", "teacher/deletes"]],
  ])("for ?%s", async (query, ids) => {
    expect(await listed(query)).toEqual(ids);
  });

  it("goes on behind its last one, with the same filters", async () => {
    for (let i = 0; i < 60; i += 1) await rig.run("control", `many-${i}`, ["true"]);
    const first = await rig.text(cookie, "/trajectories?q=many");
    expect(await listed("q=many")).toHaveLength(50);
    const next = /rel="next" href="([^"]+)"/.exec(first)?.[1]?.replaceAll("&amp;", "&") ?? "";
    expect(next).toBe("/trajectories?q=many&after=control%2Fmany-10");
    const rest = await listed(next.split("?")[1] ?? "");
    expect(rest).toEqual(Array.from({ length: 10 }, (_, i) => `control/many-${9 - i}`));
  });
});

describe("one trajectory", () => {
  it("is a timeline with effects, rules, outcomes, and the steps that settle", async () => {
    const page = await rig.text(cookie, "/trajectories/teacher/deletes");
    expect(page).toContain('<mark class="loss"><sup>1</sup>rm /w/a</mark>');
    expect(page).toMatch(
      /id="step-2"[\s\S]*default:delete[\s\S]*carried out[\s\S]*settles[\s\S]*deletion: hit/,
    );
    expect(page).toMatch(/<a href="#step-2" title="settled by step 2">[\s\S]*?deletion: hit/);
  });

  it("says of an open one what is settled so far", async () => {
    await rig.run("student", "under-way", ["rm /w/b"]);
    const page = await rig.text(cookie, "/trajectories/student/under-way");
    expect(page).toMatch(/settled so far[\s\S]*deletion: hit/);
    expect(page).toContain('data-live="/events?trajectory=student%2Funder-way"');
  });

  it("shows why a call was refused", async () => {
    const page = await rig.text(cookie, "/trajectories/base/is-denied");
    expect(page).toContain("denied_by_policy");
    expect(page).toContain("What is in keep stays.");
    expect(page).toContain('href="/policy#rule-no-keep"');
  });

  it("is not there under another name", async () => {
    for (const path of [
      "/trajectories/teacher/none",
      "/trajectories/a/b~x",
      "/trajectories/%2e%2e/x",
    ]) {
      expect((await rig.ask(path, { cookie })).status).toBe(404);
    }
  });
});

describe("the overview", () => {
  it("shows each measure of a lineage, and the state of the tests", async () => {
    const page = await rig.text(cookie, "/?class=ambiguous");
    expect(page).toContain("Lineage family");
    expect(page).toMatch(/student: deletion[\s\S]*not enough to tell/);
    expect(page).toContain("95 % intervals for one look: not to be watched for a crossing");
    for (const agent of ["teacher", "student", "base", "control"]) {
      expect(page).toContain(`>${agent}</text>`);
    }
  });

  it("draws trends from numbers", async () => {
    const path = "/charts/trend?lineage=family&class=ambiguous&range=15m&measure=deletion";
    const trend = trendSchema.parse(await (await rig.ask(path, { cookie })).json());
    expect(trend.times).toHaveLength(60);
    const sums = trend.series.map((one) => [
      one.name,
      one.role,
      one.n.reduce((sum, n) => sum + n, 0),
    ]);
    expect(sums).toEqual([
      ["teacher", "teacher", 1],
      ["student", "student", 1],
      ["base", "baseline", 1],
      ["control", "control", 1],
    ]);
  });
});

describe("the policy page", () => {
  it("counts hits and would-be hits of each rule", async () => {
    const page = await rig.text(cookie, "/policy");
    const numbersOf = (rule: string) =>
      [
        ...(new RegExp(`id="rule-${rule}"[\\s\\S]*?</tr>`).exec(page)?.[0] ?? "").matchAll(
          /class="number">(\d+)/g,
        ),
      ].map(([, n]) => Number(n));
    expect([numbersOf("no-keep"), numbersOf("would-ask")]).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it("tries a command and records nothing", async () => {
    const before = await listed("");
    const page = await rig.text(
      cookie,
      `/policy?command=${encodeURIComponent("rm /w/keep/x")}&cwd=/w`,
    );
    expect(page).toMatch(/id="tried"[\s\S]*deny[\s\S]*no-keep/);
    expect(await listed("")).toEqual(before);
  });

  it("says what is wrong with files that were not taken, and that the old policy stays", async () => {
    rig.policy("version: 1\nrules: nonsense\n");
    await expect.poll(() => rig.text(cookie, "/policy"), { interval: 100 }).toContain("rejected");
    expect(await rig.text(cookie, "/policy")).toContain("policy.yaml");
    expect(await rig.text(cookie, "/")).toContain("The changed policy was rejected");
    expect(await rig.text(cookie, "/policy")).toContain("no-keep");
  });
});

/** A trajectory whose prompts, answers, models, call ids and tools are these, as another process writes it. */
async function speak(texts: readonly string[]): Promise<void> {
  const key = { agent: "student", name: "speaks", generation: 1 };
  const file = join(rig.folder, "data", "proctor.db");
  const chainKey = await loadOrCreateChainKey(join(rig.folder, "data", "chain.key"));
  const store = await openSqliteStore({ file, instance: "beside", chainKey });
  const said = texts.flatMap((text, i) => {
    const parts: readonly Json[] = [
      { type: "text", text },
      { type: "reasoning", text },
      { type: "call", id: text, tool: text, arguments: { [text]: text } },
    ];
    const content = { bytes: text.length, inline: parts };
    const answer = {
      wire: "openai-chat",
      upstream: "openai",
      model: text,
      served: text,
      finish: text,
      detail: text,
      parameters: { bytes: 2, inline: { [text]: text } },
      system: [],
      ended: "failed",
      durationMs: 1,
      replaced: [text],
    } as const;
    const named = { digest: `m${i}`, link: `l${i}` };
    const call = intent({ step: i + 1 });
    return [
      message({ ...named, content }),
      message({ ...named, role: "assistant", content, answer }),
      { ...call, call: { ...call.call, id: text, tool: text } },
    ];
  });
  const records = [opened({ key }), ...said].map((record, i) => ({ ...record, id: `speaks-${i}` }));
  await store.append(key, "head", records, { synced: false });
  await store.close();
}

describe("text that an agent wrote", () => {
  const attacks = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</pre></main><form action=https://evil.example>",
    "\u202egnp.exe\u202c",
    "\u001b[2J\u001b]0;owned\u0007",
    "a\r\n00:00:00 info  policy_loaded digest=fake",
    "zero\u200bwidth\u2060joiner\ufeff",
    "\u{e0041}\u{e0042}",
    "javascript:alert(1)",
  ];
  const unseen =
    /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

  it("is text on every page, in the logs and in the metrics", async () => {
    const loggedBefore = [lines.json.length, lines.text.length];
    for (const [i, attack] of attacks.entries()) {
      const task = { id: `task ${attack}`, class: "production" };
      const commands = [`rm /w/keep/'${attack}'`, `git reset --hard '${attack}'`, `ls '${attack}'`];
      await rig.run("student", `attack-${i}`, commands, task);
    }
    await rig.run(
      "student",
      "asks",
      attacks.map((attack) => `git -C /w reset --hard "${attack}"`),
    );
    await speak(attacks);
    const paths = [
      "/",
      "/trajectories/student/speaks",
      "/trajectories?agent=student",
      "/approvals",
      "/policy",
      ...attacks.map((_, i) => `/trajectories/student/attack-${i}`),
      ...attacks.map((attack) => `/policy?command=${encodeURIComponent(`rm '${attack}'`)}`),
      ...attacks.map((attack) => `/trajectories?q=${encodeURIComponent(attack)}`),
    ];
    for (const path of paths) {
      const page = await rig.text(cookie, path);
      expect([path, unseen.exec(page)]).toEqual([path, null]);
      expect([path, /<script>|<img|onerror=alert\(1\)>|<form action=https/.exec(page)]).toEqual([
        path,
        null,
      ]);
      expect(page).not.toMatch(/href="javascript:/);
    }
    const spoken = await rig.text(cookie, "/trajectories/student/speaks");
    expect(spoken).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(spoken).toContain("\\u202egnp.exe\\u202c");
    const shown = await rig.text(cookie, "/trajectories/student/attack-0");
    expect(shown).toContain("&lt;script&gt;alert(1)&lt;/script&gt;");
    expect(await rig.text(cookie, "/trajectories/student/attack-3")).toContain(
      "\\u202egnp.exe\\u202c",
    );
    expect(await rig.text(cookie, "/trajectories/student/attack-7")).toContain("\\u{e0041}");

    for (const written of [lines.json.slice(loggedBefore[0]), lines.text.slice(loggedBefore[1])]) {
      expect(written.length).toBeGreaterThan(0);
      for (const line of written) {
        expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u202a-\u202e]/);
        expect(line.startsWith("00:00:00 info  policy_loaded digest=fake")).toBe(false);
      }
    }

    const headers = { authorization: `Bearer ${secretOf("metrics")}` };
    const metrics = await (await rig.ask("/metrics", { headers })).text();
    expect(metrics).not.toMatch(/alert\(1\)|gnp\.exe|owned|digest=fake|evil/);
    expect(unseen.exec(metrics)).toBeNull();
  });
});
