import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadOrCreateChainKey } from "../../src/store/index.ts";
import { startProgram } from "./child.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "proctor-key-"));
  file = join(folder, "data", "chain.key");
});
afterEach(() => rm(folder, { recursive: true }));

describe("the chain key", () => {
  it("is made once, of 32 bytes, for its owner only, and leaves nothing beside it", async () => {
    const made = await loadOrCreateChainKey(file);
    expect(made).toHaveLength(32);
    expect(await loadOrCreateChainKey(file)).toEqual(made);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, "data"))).toEqual(["chain.key"]);
    expect(await loadOrCreateChainKey(join(folder, "other"))).not.toEqual(made);
  });

  it("is one and the same for all who make it at once", async () => {
    const here = Array.from({ length: 20 }, () => loadOrCreateChainKey(file));
    const program = `say(Buffer.from(await loadOrCreateChainKey(file)).toString("hex"));`;
    const there = [1, 2, 3].map(() => startProgram(program, file, "test"));
    await Promise.all(there.map(({ ended }) => ended));
    const keys = [
      ...(await Promise.all(here)).map((key) => Buffer.from(key).toString("hex")),
      ...there.flatMap(({ lines }) => lines),
    ];
    expect(keys).toHaveLength(23);
    expect(new Set(keys)).toEqual(new Set([(await readFile(file)).toString("hex")]));
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    ["that others can read", () => chmod(file, 0o640), /chmod 600/],
    ["that is too short", () => writeFile(file, "short"), /has 5 bytes/],
    ["that is empty", () => writeFile(file, ""), /has 0 bytes/],
  ])("%s is refused, and left as it is", async (_, spoil, why) => {
    await loadOrCreateChainKey(file);
    await spoil();
    const before = await readFile(file);
    await expect(loadOrCreateChainKey(file)).rejects.toEqual(
      expect.objectContaining({ code: "store_unavailable", message: expect.stringMatching(why) }),
    );
    expect(await readFile(file)).toEqual(before);
  });

  it("that cannot be made is refused", async () => {
    await writeFile(join(folder, "data"), "a file");
    await expect(loadOrCreateChainKey(file)).rejects.toMatchObject({ code: "store_unavailable" });
  });
});
