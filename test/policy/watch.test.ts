// Hot reload, on real files. What is waited for is an event, and the poll makes it come in any case.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Policy } from "../../src/policy/policy.ts";
import type { PolicyProblem } from "../../src/policy/problem.ts";
import { type WatchedPolicy, watchPolicy } from "../../src/policy/watch.ts";
import { options, policyText } from "./fixtures.ts";

let folder = "";
let watched: WatchedPolicy | undefined;
let loaded: Policy[] = [];
let rejected: (readonly PolicyProblem[])[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "proctor-watch-"));
  loaded = [];
  rejected = [];
});
afterEach(() => {
  watched?.close();
  watched = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function textOf(id: string): string {
  const examples = {
    match: [{ effect: "delete", path: "/w/a" }],
    not: [{ effect: "read", path: "/w/a" }],
  };
  return policyText([{ id, verdict: "ask", match: { effect: "delete" }, examples }]);
}

function write(text: string, name = "a.yaml"): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function watchThese(paths: readonly string[], times: object = {}): Promise<WatchedPolicy> {
  watched = await watchPolicy(paths, {
    ...options,
    debounceMs: 5,
    pollMs: 60_000,
    ...times,
    onLoaded: (policy) => loaded.push(policy),
    onRejected: (problems) => rejected.push(problems),
  });
  return watched;
}

const lastRule = (policy: Policy) => policy.rules.at(-1)?.id;

describe("watchPolicy", () => {
  it("fails where there is no policy to begin with", async () => {
    await expect(watchThese([folder])).rejects.toMatchObject({ code: "invalid_policy" });
    expect(loaded).toEqual([]);
  });

  it("takes over what is written, and what is renamed over it, again and again", async () => {
    const file = write(textOf("r0"));
    const { current } = await watchThese([file]);
    for (let i = 1; i <= 3; i += 1) {
      renameSync(write(textOf(`r${i}`), "next"), file);
      await vi.waitFor(() => expect(lastRule(current())).toBe(`r${i}`));
    }
    write(textOf("r4"));
    await vi.waitFor(() => expect(lastRule(current())).toBe("r4"));
    expect(loaded.map(lastRule)).toEqual(["r0", "r1", "r2", "r3", "r4"]);
  });

  it("sees files that come and go in a folder", async () => {
    write(textOf("r0"));
    const { current } = await watchThese([folder]);
    const { rules } = JSON.parse(textOf("r1"));
    write(JSON.stringify({ version: 1, rules }), "b.yaml");
    await vi.waitFor(() => expect(lastRule(current())).toBe("r1"));
    rmSync(join(folder, "b.yaml"));
    await vi.waitFor(() => expect(lastRule(current())).toBe("r0"));
  });

  it("polls where nothing tells of changes", async () => {
    const file = write(textOf("r0"));
    const { current } = await watchThese([file], { debounceMs: 60_000, pollMs: 10 });
    write(textOf("r1"));
    await vi.waitFor(() => expect(lastRule(current())).toBe("r1"));
  });

  it("keeps the old policy on any error, says so once for each content, and tries again", async () => {
    const file = write(textOf("r0"));
    const { current, refresh } = await watchThese([file], { debounceMs: 60_000 });
    write("version: 1\nrules: [");
    await refresh();
    await refresh();
    expect(rejected.map((problems) => problems[0]?.what)).toEqual(["the file is not valid YAML"]);
    write(textOf("r1").replace('"delete","path":"/w/a"', '"read","path":"/w/a"'));
    await refresh();
    expect(rejected[1]?.[0]?.what).toMatch(/does not match an example/);
    rmSync(file);
    await refresh();
    expect(rejected[2]?.[0]?.what).toBe("it cannot be read");
    expect(lastRule(current())).toBe("r0");
    write(textOf("r2"));
    await refresh();
    expect(lastRule(current())).toBe("r2");
    expect(loaded).toHaveLength(2);
  });

  it("takes back the same content after a bad one without being asked twice", async () => {
    write(textOf("r0"));
    const { current, refresh } = await watchThese([folder], { debounceMs: 60_000 });
    write("broken");
    await refresh();
    write(textOf("r0"));
    await refresh();
    expect(loaded.map(lastRule)).toEqual(["r0", "r0"]);
    expect(current().digest).toBe(loaded[0]?.digest);
  });

  it("is silent once it is closed", async () => {
    write(textOf("r0"));
    const { current, refresh, close } = await watchThese([folder]);
    close();
    write(textOf("r1"));
    await refresh();
    expect(lastRule(current())).toBe("r0");
  });
});
