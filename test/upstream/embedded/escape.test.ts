// Nothing outside of the workspace is read or changed: by no path, by no link, and by no race on one.

import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import type { ToolResult } from "../../../src/core/call.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { type Called, type Fixture, makeTools, secret } from "./workspace.ts";

function snapshot(folder: string): Map<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, entry.isFile() ? readFileSync(path, "utf8") : "folder"];
    }),
  );
}

/** Ways that lead to `secret.txt` beside the workspace, or to a name there that is free. */
function plantLinks({ workspace, outside }: Fixture): void {
  mkdirSync(join(workspace, "sub"));
  writeFileSync(join(workspace, "mine.txt"), "mine");
  for (const [name, text] of [
    ["relative", "../outside"],
    ["absolute", outside],
    ["up", ".."],
    ["to-file", "../outside/secret.txt"],
    ["to-nothing", "../outside/new.txt"],
    ["first", "second"],
    ["second", "sub/third"],
    ["sub/third", "../../outside"],
    ["loop", "loop"],
    ["root", "/"],
    ["beside", `${workspace}-other/x`],
    ["tricky", `${workspace}/../outside`],
    ["sub/climb", "../sub/../../outside/secret.txt"],
    ["proc", "/proc/self/root"],
    ["fd", "/proc/self/cwd/secret.txt"],
  ] as const) {
    symlinkSync(text, join(workspace, name));
  }
}

const ways = [
  "../outside/secret.txt",
  "sub/../../outside/secret.txt",
  "OUTSIDE/secret.txt",
  "relative/secret.txt",
  "absolute/secret.txt",
  "up/outside/secret.txt",
  "to-file",
  "to-nothing",
  "first/secret.txt",
  "loop",
  "loop/x",
  "root/etc/passwd",
  "beside",
  "tricky/secret.txt",
  "sub/climb",
  "proc/etc/passwd",
  "fd",
  "/etc/passwd",
  "/proc/self/environ",
  "mine.txt/../../outside/secret.txt",
];

const onFiles: [tool: string, given: (path: string) => JsonObject][] = [
  ["read_text_file", (path) => ({ path })],
  ["read_media_file", (path) => ({ path })],
  ["read_multiple_files", (path) => ({ paths: [path, path] })],
  ["write_file", (path) => ({ path, content: "changed" })],
  ["edit_file", (path) => ({ path, edits: [{ oldText: "outside", newText: "changed" }] })],
  ["get_file_info", (path) => ({ path })],
  ["list_directory", (path) => ({ path })],
  ["directory_tree", (path) => ({ path })],
  ["search_files", (path) => ({ path, pattern: "**" })],
  ["create_directory", (path) => ({ path: `${path}/made` })],
  ["delete_file", (path) => ({ path: `${path}/secret.txt` })],
  ["move_file", (path) => ({ source: "mine.txt", destination: `${path}/moved` })],
  ["move_file", (path) => ({ source: `${path}/secret.txt`, destination: "got" })],
  ["archive_file", (path) => ({ path: `${path}/secret.txt` })],
];

/** read_multiple_files says it of each file, the others of the call. */
function isRefused({ isError, content: [block] }: ToolResult): boolean {
  return (
    isError === true || (block?.type === "text" && /^Error: .*\n---\nError: /.test(block.text))
  );
}

const kinds = process.platform === "linux" ? (["handles", "paths"] as const) : (["paths"] as const);

describe.each(kinds)("paths out of the workspace, over %s", (folderKind) => {
  it.each(onFiles)("%s does not take them", async (tool, given) => {
    const fixture = await makeTools({ folderKind });
    plantLinks(fixture);
    const before = snapshot(fixture.outside);
    for (const way of ways) {
      const path = way.replace("OUTSIDE", fixture.outside);
      const { forwarded } = await fixture.call(tool, given(path));
      const shown = JSON.stringify(forwarded.answer);
      expect(shown, path).not.toContain(secret);
      expect(shown, path).not.toContain(Buffer.from(secret).toString("base64"));
      expect(shown, path).not.toContain("root:x:0");
      expect(isRefused(forwarded.answer), path).toBe(true);
    }
    expect(snapshot(fixture.outside)).toEqual(before);
  });

  it("take what links lead to inside", async () => {
    const { workspace, call } = await makeTools({ folderKind });
    mkdirSync(join(workspace, "a/b"), { recursive: true });
    writeFileSync(join(workspace, "a/b/f"), "found");
    symlinkSync("a/b", join(workspace, "one"));
    symlinkSync(join(workspace, "one"), join(workspace, "two"));
    symlinkSync("../../two/../b/f", join(workspace, "a/b/three"));
    for (const path of ["one/f", "two/f", "two/three", `${workspace}/a/b/three`]) {
      expect(await call("read_text_file", { path }), path).toMatchObject({ text: "found" });
    }
    await call("write_file", { path: "two/new", content: "x" });
    await call("create_directory", { path: "one/deep/er" });
    expect(readdirSync(join(workspace, "a/b")).sort()).toEqual(["deep", "f", "new", "three"]);
  });

  it("may be cut off, and then name the link", async () => {
    const fixture = await makeTools({ folderKind });
    plantLinks(fixture);
    const before = snapshot(fixture.outside);
    const given = { path: "relative/secret.txt/..", recursive: true };
    expect(await fixture.call("delete_file", given)).toMatchObject({ isError: false });
    expect(readdirSync(fixture.workspace)).not.toContain("relative");
    expect(snapshot(fixture.outside)).toEqual(before);
  });

  it("keep a recursive deletion from following links", async () => {
    const fixture = await makeTools({ folderKind });
    mkdirSync(join(fixture.workspace, "d/e"), { recursive: true });
    symlinkSync(fixture.outside, join(fixture.workspace, "d/e/link"));
    const before = snapshot(fixture.outside);
    const { text } = await fixture.call("delete_file", { path: "d", recursive: true });
    expect(text).toBe("deleted d, 3 entries");
    expect(snapshot(fixture.outside)).toEqual(before);
  });
});

/** Puts a link in the place of a folder and back, as fast as it can; says how often. */
const racer = `
import { renameSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
const [folder, outside] = process.argv.slice(-2);
function swapAndBack() {
  try {
    // A tool may make the folder that is missing for a moment.
    rmSync(folder, { recursive: true, force: true });
    symlinkSync(outside, folder);
    unlinkSync(folder);
    renameSync(folder + ".real", folder);
    return true;
  } catch {
    return false;
  }
}
for (let swaps = 1; ; swaps += 1) {
  renameSync(folder, folder + ".real");
  while (!swapAndBack());
  if (swaps % 500 === 0) console.log(swaps);
}
`;

const calls: [tool: string, given: JsonObject][] = [
  ["read_text_file", { path: "dir/secret.txt" }],
  ["read_media_file", { path: "dir/secret.txt" }],
  ["edit_file", { path: "dir/secret.txt", edits: [{ oldText: "side", newText: "side" }] }],
  ["write_file", { path: "dir/written", content: "written" }],
  ["write_file", { path: "dir/victim.txt", content: "victim" }],
  ["list_directory", { path: "dir" }],
  ["directory_tree", { path: "." }],
  ["search_files", { path: ".", pattern: "**/only-outside" }],
  ["get_file_info", { path: "dir/only-outside" }],
  ["create_directory", { path: "dir/made/deep" }],
  ["create_directory", { path: "dir/tree/leaf" }],
  ["delete_file", { path: "dir/victim.txt" }],
  ["delete_file", { path: "dir/tree", recursive: true }],
  ["delete_file", { path: "dir/made", recursive: true }],
  ["move_file", { source: "dir/only-outside", destination: "got" }],
  ["move_file", { source: "mine", destination: "dir/mine" }],
  ["move_file", { source: "dir/mine", destination: "mine" }],
  ["archive_file", { path: "dir/tree" }],
];

describe.skipIf(process.platform !== "linux")("a race that swaps a folder for a link", () => {
  it("reaches nothing outside, in thousands of swaps", async () => {
    const fixture = await makeTools();
    const { workspace, outside, call } = fixture;
    for (const folder of [outside, join(workspace, "dir")]) {
      mkdirSync(join(folder, "tree/leaf"), { recursive: true });
      writeFileSync(join(folder, "victim.txt"), "victim");
    }
    writeFileSync(join(workspace, "dir/secret.txt"), "inside");
    writeFileSync(join(outside, "only-outside"), secret);
    writeFileSync(join(workspace, "mine"), "mine");
    const before = snapshot(outside);
    const swaps = startRacer(join(workspace, "dir"), outside);

    const seen = { done: 0, refused: 0 };
    while (swaps() < 20_000 || seen.done === 0 || seen.refused === 0) {
      for (const [tool, given] of calls) count(await call(tool, given), seen);
    }
    expect(snapshot(outside)).toEqual(before);
    expect(readdirSync(workspace)).not.toContain("got");
    expect(openBelow(fixture.base)).toEqual([]);
  });
});

function count(
  { text, isError, forwarded }: Called,
  seen: { done: number; refused: number },
): void {
  const shown = JSON.stringify(forwarded.answer);
  expect(shown).not.toContain(secret);
  expect(shown).not.toContain(Buffer.from(secret).toString("base64"));
  expect(text).not.toMatch(/only-outside$|isFile: true/m);
  if (!isError) seen.done += 1;
  else if (text.includes("out of the workspace")) seen.refused += 1;
}

/** Descriptors of this process that were left open, as /proc shows what they are. */
function openBelow(folder: string): string[] {
  const open = readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/self/fd/${descriptor}`)];
    } catch {
      return [];
    }
  });
  return open.filter((path) => path.startsWith(folder));
}

function startRacer(folder: string, outside: string): () => number {
  const child = spawn(process.execPath, ["--input-type=module", "-e", racer, folder, outside], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let swaps = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    swaps = Number(line);
  });
  const ended = once(child, "exit");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  return () => {
    if (child.exitCode !== null) throw new Error("the racing process has ended");
    return swaps;
  };
}
