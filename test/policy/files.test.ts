import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadPolicyFrom, readPolicy } from "../../src/policy/index.ts";
import { options } from "./fixtures.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "proctor-policy-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string | Uint8Array = "x"): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

async function whatOf(...paths: string[]): Promise<readonly string[]> {
  const read = await readPolicy(paths);
  return read.ok ? [] : read.problems.map(({ file, what }) => `${file}: ${what}`);
}

describe("readPolicy", () => {
  it("takes the YAML files of a folder by name, and nothing else of it", async () => {
    for (const name of ["b.yaml", "a.yml", "README.md", ".a.yaml.swp", ".hidden.yaml"]) write(name);
    mkdirSync(join(folder, "strict"));
    write("strict/c.yaml");
    const read = await readPolicy([folder]);
    expect(read).toEqual({
      ok: true,
      sources: [
        { file: join(folder, "a.yml"), text: "x" },
        { file: join(folder, "b.yaml"), text: "x" },
      ],
    });
  });

  it("takes a file as often as it is named, once", async () => {
    const file = write("a.yaml");
    const read = await readPolicy([file, folder, file]);
    expect(read.ok && read.sources.map((source) => source.file)).toEqual([file]);
  });

  it("refuses what is not there, and an empty folder", async () => {
    expect(await whatOf(join(folder, "no"), folder)).toEqual([
      `${join(folder, "no")}: it cannot be read`,
      `${folder}: the folder holds no policy`,
    ]);
    expect(await whatOf()).toEqual(["(none): there is no policy"]);
  });

  it("refuses what is too large, no UTF-8 or no file", async () => {
    const large = write("large.yaml", `# ${"x".repeat(1 << 20)}`);
    const latin = write("latin.yaml", new Uint8Array([0x61, 0xe9]));
    mkdirSync(join(folder, "folder.yaml"));
    expect(await whatOf(folder)).toEqual([
      `${join(folder, "folder.yaml")}: it is no file that can be taken`,
      `${large}: it is no file that can be taken`,
      `${latin}: it cannot be read`,
    ]);
  });

  it.skipIf(process.getuid?.() === 0)("refuses what may not be read", async () => {
    const file = write("a.yaml");
    chmodSync(file, 0);
    expect(await whatOf(file)).toEqual([`${file}: it cannot be read`]);
  });
});

describe("loadPolicyFrom", () => {
  it("rejects with everything that is wrong", async () => {
    const file = write("a.yaml", "version: 2\n");
    await expect(loadPolicyFrom([file], options)).rejects.toMatchObject({
      code: "invalid_policy",
      message: expect.stringMatching(/^2 problems:\n.*`version`.*no defaults/s),
    });
    await expect(loadPolicyFrom([join(folder, "no")], options)).rejects.toMatchObject({
      code: "invalid_policy",
    });
  });
});
