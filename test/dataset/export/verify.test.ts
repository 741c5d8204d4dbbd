// Whatever is done to a dataset behind its writing is found, and so is another store.

import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Manifest } from "../../../src/dataset/export/index.ts";
import { createRig, type Rig } from "../../gateway/rig.ts";
import { exportedTo, says, talk, verifiedFrom } from "./ground.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-verify-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let rig: Rig;
let written: string;

const asks = (topic: string) => [
  { before: [says("user", `tell me of ${topic}`)], said: says("assistant", `of ${topic} I know`) },
];

beforeAll(async () => {
  rig = await createRig();
  for (const topic of ["ants", "bees", "cats"]) await talk(rig, topic, `t-${topic}`, asks(topic));
  written = (await exportedTo(folder, { from: rig.store })).target;
});

let count = 0;

/** A copy, changed by `change`; the manifest is then made to agree with the files, as a forger would. */
function forged(change: (target: string) => void, { agreeing = true } = {}): string {
  count += 1;
  const target = join(folder, `forged-${count}`);
  cpSync(written, target, { recursive: true });
  change(target);
  if (agreeing) agree(target);
  return target;
}

function agree(target: string): void {
  edit(target, "manifest.json", (text) => {
    const manifest: Manifest = JSON.parse(text);
    const files = manifest.files.map((file) => {
      const bytes = readFileSync(join(target, file.name));
      const lines = bytes.toString().split("\n").length - 1;
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return { ...file, lines, bytes: bytes.length, sha256 };
    });
    const [{ lines } = { lines: 0 }] = files.filter(({ name }) => name === "rows.jsonl");
    return JSON.stringify({ ...manifest, files, counts: { ...manifest.counts, written: lines } });
  });
}

function edit(target: string, file: string, change: (text: string) => string): void {
  const path = join(target, file);
  writeFileSync(path, change(readFileSync(path, "utf8")));
}

const withoutLine = (part: string) => (text: string) =>
  text
    .split("\n")
    .filter((line) => !line.includes(part))
    .join("\n");

const twice = (part: string) => (text: string) =>
  text
    .split("\n")
    .flatMap((line) => (line.includes(part) ? [line, line.replaceAll("cats", "dogs")] : [line]))
    .join("\n");

const digest = (text: string) => createHash("sha256").update(text).digest("hex");

describe("verify", () => {
  it("finds nothing in what is as it was", async () => {
    expect(await verifiedFrom(rig.store, written)).toEqual({
      files: 2,
      rows: 3,
      problems: [],
      notes: [],
    });
  });

  it.each<[string, (target: string) => void, boolean, readonly string[]]>([
    [
      "a row that was changed",
      (target) => edit(target, "train.jsonl", (text) => text.replace("of bees I", "of bees we")),
      false,
      ["train.jsonl is not what was written"],
    ],
    [
      "a row that was changed, with a manifest that agrees",
      (target) => edit(target, "train.jsonl", (text) => text.replace("of bees I", "of bees we")),
      true,
      ["manifest.json: files is "],
    ],
    [
      "a row that was changed, with everything that agrees",
      (target) => {
        edit(target, "train.jsonl", (text) => text.replace("of bees I", "of bees we"));
        const [, bees = ""] = readFileSync(join(target, "train.jsonl"), "utf8").split("\n");
        edit(target, "rows.jsonl", (text) =>
          text
            .split("\n")
            .map((line) =>
              line.includes("bees")
                ? line.replace(/"sha256":"\w+"/, `"sha256":"${digest(bees)}"`)
                : line,
            )
            .join("\n"),
        );
      },
      true,
      ["train.jsonl row 2: a/bees#1 is not what the store gives"],
    ],
    [
      "a row that was taken out",
      (target) => {
        edit(target, "train.jsonl", withoutLine("bees"));
        edit(target, "rows.jsonl", withoutLine("bees"));
      },
      true,
      ["a/bees#1 is missing: the store gives it"],
    ],
    [
      "a row that was put in",
      (target) => {
        edit(target, "train.jsonl", twice("cats"));
        edit(target, "rows.jsonl", twice("cats"));
      },
      true,
      ["train.jsonl row 1: a/dogs is not in the store"],
    ],
    [
      "a row that stands there twice",
      (target) => edit(target, "rows.jsonl", (text) => text + text),
      true,
      ["train.jsonl row 1: a/cats#1 stands there twice"],
    ],
    [
      "counts that were changed",
      (target) =>
        edit(target, "manifest.json", (text) => text.replace('"redacted": 0', '"redacted": 7')),
      false,
      ["manifest.json: counts.redacted is 7, and the store gives 0"],
    ],
    [
      "a query that was changed",
      (target) =>
        edit(target, "manifest.json", (text) =>
          text.replace('"select": {}', '"select": {"taskClass": "safe", "where": "steps > 3"}'),
        ),
      false,
      ["a/bees#1 is none that the store gives for the query"],
    ],
    [
      "heads of chains that were changed",
      (target) =>
        edit(target, "manifest.json", (text) => text.replace(/"link": "\w/, '"link": "x')),
      false,
      ["the store: instance "],
    ],
  ])("finds %s", async (_, change, agreeing, said) => {
    const { problems } = await verifiedFrom(rig.store, forged(change, { agreeing }));
    for (const problem of said) expect(problems.join("\n")).toContain(problem);
    expect(problems.length).toBeGreaterThan(0);
  });

  it("finds another store, also one in which the same was said", async () => {
    const other = await createRig();
    for (const topic of ["ants", "bees"]) await talk(other, topic, `t-${topic}`, asks(topic));
    const { problems } = await verifiedFrom(other.store, written);
    expect(problems.filter((problem) => problem.includes("was recorded otherwise"))).toHaveLength(
      2,
    );
    expect(problems).toContain("train.jsonl row 1: a/cats is not in the store");
    expect(problems.at(-1)).toContain("the anchor that is known from before is gone");
  });

  it("finds a trajectory that was erased since, and is not troubled by what was recorded since", async () => {
    const own = await createRig();
    for (const topic of ["ants", "bees", "cats"]) await talk(own, topic, `t-${topic}`, asks(topic));
    const { target } = await exportedTo(folder, { from: own.store });
    await talk(own, "dogs", "t-dogs", asks("dogs"));
    expect((await verifiedFrom(own.store, target)).problems).toEqual([]);
    const key = { agent: "a", name: "bees", generation: 1 };
    await own.store.erase(key, { because: "request", reason: "asked", at: 1 });
    const { problems, notes } = await verifiedFrom(own.store, target);
    expect(problems).toEqual(["train.jsonl row 2: a/bees was erased"]);
    expect(notes).toHaveLength(1);
  });
});
