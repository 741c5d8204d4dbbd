// What anchor, verify, backup and restore refuse, and how they say it.

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { backUp, restore } from "../../src/backup.ts";
import { openRecords } from "../../src/compose/records.ts";
import { loadConfig } from "../../src/config.ts";
import { systemClock } from "../../src/core/clock.ts";
import { collect } from "../../src/gateway/retention.ts";
import { closedOf, key, malformed, opened } from "../store/contract.ts";
import { runIn } from "./programs.ts";

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const programFolder = resolve(import.meta.dirname, "../..");
const world = { clock: systemClock, log: silent, version: "0", programFolder };

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "proctor-keeping-"));
  const store = await openRecords(loadConfig({}, {}, folder), world);
  const k = key("a", "t");
  const said = { ...malformed("m"), detail: "what was said" };
  await store.append(k, "head", [opened(k, "o"), said, closedOf(k)], { synced: false });
  await store.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(...argv: string[]) {
  return runIn(folder, argv, {
    openStore: (config) => openRecords(config, world),
    collect: (store, options) => collect(store, systemClock, options),
    backUp,
    restore,
  });
}

describe("an anchor", () => {
  it("is printed, or written to a new file, and verified against", async () => {
    const printed = await run("anchor");
    expect(JSON.parse(printed.output)).toMatchObject({ proctor: "anchor", v: 1, place: 3 });
    expect((await run("anchor", "-o", "a.json")).output).toMatch(/^a.json: 3 records anchored/);
    expect(await run("anchor", "-o", "a.json")).toMatchObject({
      code: 2,
      errors: expect.stringMatching(/cannot write .*a.json/),
    });
    expect(await run("verify", "--anchor", "a.json")).toMatchObject({ code: 0 });
  });

  it("is no other file, and made of no store with problems", async () => {
    writeFileSync(join(folder, "other.json"), "{}");
    for (const file of ["other.json", "never.json"]) {
      expect(await run("verify", "--anchor", file)).toMatchObject({ code: 2, output: "" });
    }
    rmSync(join(folder, ".proctor", "chain.key"));
    const refused = await run("anchor");
    expect([refused.code, refused.output]).toEqual([1, ""]);
    expect(refused.errors).toMatch(/no anchor is made of a store with problems/);
  });
});

describe("a backup", () => {
  it("is written over nothing, and restored over nothing", async () => {
    expect(await run("backup", "copy")).toMatchObject({ code: 0, errors: "" });
    expect((await run("backup", "copy")).errors).toMatch(/is not empty; name a new folder/);
    expect((await run("restore", "copy")).errors).toMatch(/has a store already/);
    expect((await run("restore", "nothing", "--data", "d")).errors).toMatch(/is no backup/);
    const restored = await run("restore", "copy", "--data", "elsewhere");
    expect([restored.code, restored.output]).toEqual([0, expect.stringMatching(/chains hold/)]);
  });

  it("without secrets needs its key, and no other", async () => {
    expect((await run("backup", "copy", "--without-secrets")).code).toBe(0);
    expect(readdirSync(join(folder, "copy"))).toEqual(["proctor.db"]);
    const keyless = await run("restore", "copy", "--data", "elsewhere");
    expect(keyless.errors).toMatch(/the backup has no chain.key/);
    expect(existsSync(join(folder, "elsewhere", "proctor.db"))).toBe(false);
    expect((await run("backup", "whole")).code).toBe(0);
    await run("verify", "--data", "foreign");
    rmSync(join(folder, "foreign", "proctor.db"));
    const foreign = await run("restore", "whole", "--data", "foreign");
    expect(foreign.errors).toMatch(/another chain.key/);
  });
});

describe("erasing", () => {
  it("takes a list or an agent, and says what it does not find", async () => {
    expect((await run("erase")).errors).toMatch(/name trajectories, or one --agent/);
    expect((await run("erase", "a/t", "--agent", "a")).code).toBe(2);
    expect((await run("erase", "a/never", "--yes")).errors).toMatch(/trajectory_not_found/);
    expect(await run("erase", "--agent", "nobody")).toMatchObject({ code: 1 });
    expect((await run("erase", "a/t")).output).toMatch(/nothing was erased. Add --yes/);
    expect((await run("erase", "a/t", "--yes")).output).toMatch(/1 records/);
    expect((await run("gc", "--dry-run")).output).toMatch(/^No rules: all is kept/);
  });
});
