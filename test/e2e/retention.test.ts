// Forgetting, anchoring and backing up, as an operator does it: by commands, beside a running proctor.

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createClient, createGuardFolder, type GuardFolder, scrape } from "./guard.ts";

const secret = "the-name-of-somebody";
const folders: GuardFolder[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

const config = {
  agents: [{ id: "one" }, { id: "two" }],
  embedded: { bash: { offered: false } },
  trajectories: { idleMs: 3_600_000 },
};

function newFolder(more: object = {}): GuardFolder {
  const folder = createGuardFolder({ ...config, ...more });
  folders.push(folder);
  return folder;
}

/** Two ended trajectories of `one`, an open one, and an ended one of `two`, each with the secret in it. */
async function record(folder: GuardFolder, agentUrl: string): Promise<void> {
  const harness = createClient(agentUrl, folder.token("harness"));
  for (const [agent, name, end] of [
    ["one", "first", true],
    ["one", "second", true],
    ["one", "still", false],
    ["two", "other", true],
  ] as const) {
    const options = { agent, trajectory: name };
    await harness.request("POST", "/v1/trajectories", {
      agent,
      name,
      task: { id: "t", class: "ambiguous" },
    });
    const content = `${agent} ${secret} `.repeat(2_000);
    const wrote = await harness.tool("write_file", { path: `${secret}-${name}`, content }, options);
    expect(wrote.status).toBe(200);
    await harness.tool("delete_file", { path: `${secret}-${name}` }, options);
    if (end) await harness.request("POST", `/v1/trajectories/${name}/end`, { agent });
  }
}

const data = (folder: GuardFolder) => join(folder.folder, ".proctor");

/** Files of the data folder in which the text stands. */
function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder).filter((file) => readFileSync(join(folder, file)).includes(text));
}

function behaviour(samples: ReadonlyMap<string, number>): [string, number][] {
  return [...samples].filter(([name]) => name.startsWith("proctor_measure_"));
}

describe("proctor erase", () => {
  it("takes contents and nothing that is counted, beside a running proctor; the chain holds", async () => {
    const folder = newFolder();
    let guard = await folder.start();
    await record(folder, guard.agent);
    const before = behaviour(await scrape(guard.admin, folder.token("admin")));
    expect(before.some(([name, value]) => /hits.*any_deletion/.test(name) && value > 0)).toBe(true);
    const anchored = await folder.run("anchor", "--output", "anchor.json");
    expect(anchored).toMatchObject({ code: 0, stderr: "" });

    const planned = await folder.run("erase", "--agent", "one");
    expect(planned.code).toBe(1);
    expect(planned.stdout.trim().split("\n").sort()).toEqual([
      "2 trajectories; nothing was erased. Add --yes to do it.",
      "left    one/still: it is open; end it, and erase it then",
      "would erase  one/first",
      "would erase  one/second",
    ]);
    const erased = await folder.run(
      "erase",
      "--agent",
      "one",
      "--reason",
      "asked",
      "--yes",
      "--json",
    );
    expect(JSON.parse(erased.stdout)).toMatchObject({
      erased: true,
      open: ["one/still"],
      // Of a write and a deletion: two intents and two outcomes each, and each content of its own.
      records: 8,
      blobs: 2,
    });
    await createClient(guard.agent, folder.token("harness")).request(
      "POST",
      "/v1/trajectories/still/end",
      { agent: "one" },
    );
    expect((await folder.run("erase", "one/still", "two/other", "--yes")).code).toBe(0);

    expect(filesWith(data(folder), secret)).toEqual([]);
    const shown = await folder.run("trajectory", "one/first");
    expect(shown.stdout).toContain("erased   the contents of records 1 to");
    expect(shown.stdout).toMatch(/write_file \(\d+ bytes, erased\)/);
    expect((await folder.run("verify", "--anchor", "anchor.json")).code).toBe(0);

    // The open one has ended meanwhile; counted are all as if nothing had been erased.
    const after = behaviour(await scrape(guard.admin, folder.token("admin")));
    expect(await guard.stop()).toBe(0);
    guard = await folder.start();
    const restarted = behaviour(await scrape(guard.admin, folder.token("admin")));
    expect(restarted).toEqual(after);
    const total = (samples: [string, number][]) =>
      samples.reduce((sum, [, value]) => sum + value, 0);
    expect(total(after)).toBeGreaterThan(total(before));
    expect(await guard.stop()).toBe(0);
  });
});

describe("store.retention", () => {
  it("is kept to by proctor gc, and by the serving process", async () => {
    const folder = newFolder();
    const first = await folder.start();
    await record(folder, first.agent);
    expect(await first.stop()).toBe(0);
    expect((await folder.run("gc")).stdout).toMatch(/^No rules: all is kept/);

    const rules = [{ agent: "one", maxBytes: 1 }];
    folder.writeConfig({ ...config, store: { retention: { rules } } });
    const planned = await folder.run("gc", "--dry-run", "--json");
    expect(JSON.parse(planned.stdout)).toMatchObject({
      dryRun: true,
      trajectories: [
        { id: "one/first", reason: "more than 1 bytes kept" },
        { id: "one/second", reason: "more than 1 bytes kept" },
      ],
      records: 0,
    });
    expect(filesWith(data(folder), `two ${secret}`)).not.toEqual([]);
    const collected = await folder.run("gc");
    expect(collected.stdout).toMatch(
      /^erased {2}one\/first .*\nerased {2}one\/second .*\n2 trajectories erased: 8 records/,
    );
    expect(filesWith(data(folder), `two ${secret}`)).not.toEqual([]);

    folder.writeConfig({
      ...config,
      store: { retention: { everyMs: 1_000, rules: [{ maxBytes: 1 }] } },
    });
    const guard = await folder.start();
    await expect.poll(() => filesWith(data(folder), `two ${secret}`)).toEqual([]);
    await expect.poll(() => guard.log()).toContain('"erased"');
    expect(await guard.stop()).toBe(0);
    expect((await folder.run("verify")).code).toBe(0);
  });
});

describe("a backup of a running proctor", () => {
  it("is restored elsewhere, verifies there, and is gone on with", async () => {
    const folder = newFolder();
    const guard = await folder.start();
    await record(folder, guard.agent);
    const backedUp = await folder.run("backup", "copy");
    expect(backedUp).toMatchObject({ code: 0, stderr: "" });
    expect(backedUp.stdout).toMatch(/^\d+ records of 4 trajectories: the chains hold\n$/);
    expect((await folder.run("anchor", "-o", "anchor.json")).code).toBe(0);
    expect(statSync(join(folder.folder, "copy")).mode & 0o077).toBe(0);
    for (const file of readdirSync(join(folder.folder, "copy"))) {
      expect([file, statSync(join(folder.folder, "copy", file)).mode & 0o077]).toEqual([file, 0]);
    }
    const restored = await folder.run("restore", "copy", "--data", "elsewhere");
    expect(restored.stdout).toMatch(/the chains hold/);
    expect(
      (await folder.run("verify", "--data", "elsewhere", "--anchor", "anchor.json")).code,
    ).toBe(0);
    expect(await guard.stop()).toBe(0);

    const again = await folder.start({ PROCTOR_DATA: join(folder.folder, "elsewhere") });
    const agent = createClient(again.agent, folder.token("agent"));
    expect((await agent.tool("list_directory", { path: "." }, { trajectory: "new" })).status).toBe(
      200,
    );
    expect(await again.stop()).toBe(0);
    const listed = await folder.run("trajectories", "--data", "elsewhere", "--json");
    expect(listed.stdout.trim().split("\n")).toHaveLength(5);
  });
});
