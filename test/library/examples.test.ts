// The examples as a stranger would run them: from the packed tarball, in an empty folder.

import { execFile } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const root = resolve(import.meta.dirname, "../..");
/** CommonJS, and the resolution of modules from before 2022: the package is ESM only. */
const unserved = ["node10", "node16-cjs"];
const examples = readdirSync(join(root, "examples")).filter((file) => file.endsWith(".mjs"));

describe("the packed package", () => {
  let folder: string;
  let modules: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "proctor-packed-"));
    // Or else a package.json above it would say what `proctor` is.
    writeFileSync(join(folder, "package.json"), "{}");
    modules = join(folder, "node_modules");
    mkdirSync(modules);
    const pack = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
    const { stdout } = await run("npm", pack, { cwd: root });
    await run("tar", ["-xzf", join(folder, stdout.trim()), "-C", modules]);
    await run("mv", [join(modules, "package"), join(modules, "proctor")]);
    // Its dependencies as they are installed here, so that no registry is needed.
    for (const name of readdirSync(join(root, "node_modules"))) {
      if (!name.startsWith(".")) symlinkSync(join(root, "node_modules", name), join(modules, name));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(examples)("runs %s, which prints what it says", async (example) => {
    const source = readFileSync(join(root, "examples", example), "utf8");
    const expected = [...source.matchAll(/^\/\/ prints: (.*)$/gm)].map(([, line]) => line);
    const file = join(folder, example);
    await run("cp", [join(root, "examples", example), file]);
    const { stdout, stderr } = await run(process.execPath, [file], { cwd: folder });
    expect(stderr).toBe("");
    expect(stdout.trimEnd().split("\n")).toEqual(expected);
    expect(expected.length).toBeGreaterThan(0);
  });

  it("starts as a command", async () => {
    const main = join(modules, "proctor", "dist", "src", "main.js");
    const { stdout } = await run(process.execPath, [main, "--version"], { cwd: folder });
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(stdout.trim()).toBe(version);
  });

  it("has what its manifest says (publint)", async () => {
    const publint = join(root, "node_modules", ".bin", "publint");
    const { stdout } = await run(publint, [
      "run",
      "--strict",
      "--pack",
      "false",
      join(modules, "proctor"),
    ]);
    expect(stdout).toContain("All good!");
  });

  it("has types that every resolution of modules finds (are the types wrong)", async () => {
    const attw = join(root, "node_modules", ".bin", "attw");
    const tarball = readdirSync(folder).find((file) => file.endsWith(".tgz")) ?? "";
    const args = ["--profile", "esm-only", "--format", "json", join(folder, tarball)];
    const { stdout } = await run(attw, args, { maxBuffer: 64 * 1024 * 1024 });
    const { analysis } = JSON.parse(stdout);
    expect(analysis.types).toMatchObject({ kind: "included" });
    const problems: { kind: string; resolutionKind: string }[] = analysis.problems;
    const served = problems.filter(({ resolutionKind }) => !unserved.includes(resolutionKind));
    expect(served).toEqual([]);
  });
});
