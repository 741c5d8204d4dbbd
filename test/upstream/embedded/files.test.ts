// What each file tool answers, and what it does to the workspace.

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { type Fixture, makeTools } from "./workspace.ts";

/** Files of the workspace: a text, or null for a folder. */
type Tree = Readonly<Record<string, string | null>>;

function plant(workspace: string, tree: Tree): void {
  for (const [path, content] of Object.entries(tree)) {
    if (content === null) mkdirSync(join(workspace, path), { recursive: true });
    else {
      mkdirSync(join(workspace, path, ".."), { recursive: true });
      writeFileSync(join(workspace, path), content);
    }
  }
}

function harvest(workspace: string): Tree {
  const entries = readdirSync(workspace, { recursive: true, withFileTypes: true });
  const rows = entries.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const content = entry.isFile() ? readFileSync(path, "utf8") : null;
    return [path.slice(workspace.length + 1), content] as const;
  });
  return Object.fromEntries(rows.sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Row {
  name: string;
  before: Tree;
  call: [tool: string, given: JsonObject];
  text: string;
  isError?: true;
  /** Absent: as before. */
  after?: Tree;
}

const nothing = "no such file or folder";

const rows: Row[] = [
  {
    name: "read a file",
    before: { "a.txt": "one\ntwo\n" },
    call: ["read_text_file", { path: "a.txt" }],
    text: "one\ntwo\n",
  },
  {
    name: "read the first lines",
    before: { "a.txt": "1\n2\n3\n4" },
    call: ["read_text_file", { path: "a.txt", head: 2 }],
    text: "1\n2\n",
  },
  {
    name: "read the last lines of a file without a last newline",
    before: { "a.txt": "1\n2\n3\n4" },
    call: ["read_text_file", { path: "a.txt", tail: 2 }],
    text: "3\n4",
  },
  {
    name: "read the last lines of a file with a last newline",
    before: { "a.txt": "1\n2\n3\n4\n" },
    call: ["read_text_file", { path: "a.txt", tail: 2 }],
    text: "3\n4\n",
  },
  {
    name: "more lines wanted than there are",
    before: { "a.txt": "\n1\n" },
    call: ["read_text_file", { path: "a.txt", tail: 9 }],
    text: "\n1\n",
  },
  {
    name: "head and tail together",
    before: { "a.txt": "1" },
    call: ["read_text_file", { path: "a.txt", head: 1, tail: 1 }],
    text: "give head or tail, not both",
    isError: true,
  },
  {
    name: "read what is not there",
    before: {},
    call: ["read_text_file", { path: "no/a.txt" }],
    text: `no/a.txt: ${nothing}`,
    isError: true,
  },
  {
    name: "read a folder",
    before: { d: null },
    call: ["read_text_file", { path: "d" }],
    text: "d: is a folder",
    isError: true,
  },
  {
    name: "a file in the place of a folder",
    before: { "a.txt": "1" },
    call: ["read_text_file", { path: "a.txt/b" }],
    text: "a.txt/b: a.txt is not a folder",
    isError: true,
  },
  {
    name: "binary is not text",
    before: { bin: "a\0b" },
    call: ["read_text_file", { path: "bin" }],
    text: "bin: is not text; read it with read_media_file",
    isError: true,
  },
  {
    name: "unknown arguments",
    before: {},
    call: ["read_text_file", { path: "a", limit: 3 }],
    text: 'invalid arguments: ✖ Unrecognized key: "limit"',
    isError: true,
  },
  {
    name: "several files, one missing",
    before: { a: "A", b: "B" },
    call: ["read_multiple_files", { paths: ["a", "no", "b"] }],
    text: `a:\nA\n\n---\nError: no: ${nothing}\n---\nb:\nB\n`,
  },
  {
    name: "create a file",
    before: { d: null },
    call: ["write_file", { path: "d/a.txt", content: "é" }],
    text: "created d/a.txt, 2 bytes",
    after: { d: null, "d/a.txt": "é" },
  },
  {
    name: "replace a file",
    before: { a: "long old content" },
    call: ["write_file", { path: "./a", content: "" }],
    text: "replaced ./a, 0 bytes",
    after: { a: "" },
  },
  {
    name: "write without the folder",
    before: {},
    call: ["write_file", { path: "no/a", content: "x" }],
    text: `no/a: ${nothing}`,
    isError: true,
  },
  {
    name: "write over a folder",
    before: { d: null },
    call: ["write_file", { path: "d", content: "x" }],
    text: "d: is a folder",
    isError: true,
  },
  {
    name: "write the workspace",
    before: {},
    call: ["write_file", { path: ".", content: "x" }],
    text: ".: is the workspace itself",
    isError: true,
  },
  {
    name: "edit a file twice",
    before: { a: "1\n2\n3\n4\n5\n6\n7\n8\n9\n" },
    call: [
      "edit_file",
      {
        path: "a",
        edits: [
          { oldText: "2\n", newText: "two\n" },
          { oldText: "two", newText: "TWO" },
        ],
      },
    ],
    text: "--- a\n+++ a\n@@ -1,5 +1,5 @@\n 1\n-2\n+TWO\n 3\n 4\n 5\n",
    after: { a: "1\nTWO\n3\n4\n5\n6\n7\n8\n9\n" },
  },
  {
    name: "edit in a dry run",
    before: { a: "x" },
    call: ["edit_file", { path: "a", edits: [{ oldText: "x", newText: "y" }], dryRun: true }],
    text: "--- a\n+++ a\n@@ -1,1 +1,1 @@\n-x\n\\ No newline at end of file\n+y\n\\ No newline at end of file\n",
  },
  {
    name: "edit keeps line ends",
    before: { a: "one\r\ntwo\r\n" },
    call: ["edit_file", { path: "a", edits: [{ oldText: "one\ntwo", newText: "1\n2" }] }],
    text: "--- a\n+++ a\n@@ -1,2 +1,2 @@\n-one\r\n-two\r\n+1\r\n+2\r\n",
    after: { a: "1\r\n2\r\n" },
  },
  {
    name: "an edit that does not match changes nothing",
    before: { a: "x" },
    call: [
      "edit_file",
      {
        path: "a",
        edits: [
          { oldText: "x", newText: "y" },
          { oldText: "z", newText: "" },
        ],
      },
    ],
    text: "a: this oldText does not occur, and nothing was changed:\nz",
    isError: true,
  },
  {
    name: "an edit that matches twice changes nothing",
    before: { a: "xx" },
    call: ["edit_file", { path: "a", edits: [{ oldText: "x", newText: "y" }] }],
    text: "a: this oldText occurs more than once, and nothing was changed; give more lines around it:\nx",
    isError: true,
  },
  {
    name: "new text is taken as it is",
    before: { a: "x" },
    call: ["edit_file", { path: "a", edits: [{ oldText: "x", newText: "$&$1" }] }],
    text: "--- a\n+++ a\n@@ -1,1 +1,1 @@\n-x\n\\ No newline at end of file\n+$&$1\n\\ No newline at end of file\n",
    after: { a: "$&$1" },
  },
  {
    name: "create folders",
    before: {},
    call: ["create_directory", { path: "a/b/c" }],
    text: "a/b/c was created",
    after: { a: null, "a/b": null, "a/b/c": null },
  },
  {
    name: "create a folder that exists",
    before: { d: null },
    call: ["create_directory", { path: "d/" }],
    text: "d/ exists already",
  },
  {
    name: "create a folder over a file",
    before: { a: "" },
    call: ["create_directory", { path: "a" }],
    text: "a: exists already and is not a folder",
    isError: true,
  },
  {
    name: "list a folder",
    before: { "b.txt": "1", a: null, ".hidden": "" },
    call: ["list_directory", { path: "." }],
    text: "[FILE] .hidden\n[DIR] a\n[FILE] b.txt",
  },
  {
    name: "list with sizes, largest first",
    before: { a: "1", b: "333", d: null },
    call: ["list_directory_with_sizes", { path: ".", sortBy: "size" }],
    text: "[FILE] b\t3\n[FILE] a\t1\n[DIR] d\n\nTotal: 3 entries, 4 bytes in files",
  },
  {
    name: "a tree without what is excluded",
    before: { "a/b.txt": "", "a/node_modules/x": "", c: "" },
    call: ["directory_tree", { path: ".", excludePatterns: ["node_modules"] }],
    text: JSON.stringify(
      [
        { name: "a", type: "directory", children: [{ name: "b.txt", type: "file" }] },
        { name: "c", type: "file" },
      ],
      undefined,
      2,
    ),
  },
  {
    name: "move a file",
    before: { a: "A", d: null },
    call: ["move_file", { source: "a", destination: "d/b" }],
    text: "moved a to d/b",
    after: { d: null, "d/b": "A" },
  },
  {
    name: "move a folder with what is in it",
    before: { "d/a": "A" },
    call: ["move_file", { source: "d", destination: "e" }],
    text: "moved d to e",
    after: { e: null, "e/a": "A" },
  },
  {
    name: "nothing is moved over a file",
    before: { a: "A", b: "B" },
    call: ["move_file", { source: "a", destination: "b" }],
    text: "b: exists already, and nothing is overwritten",
    isError: true,
  },
  {
    name: "nothing is moved over an empty folder",
    before: { d: null, e: null },
    call: ["move_file", { source: "d", destination: "e" }],
    text: "e: exists already, and nothing is overwritten",
    isError: true,
  },
  {
    name: "a folder is not moved into itself, and leaves nothing there",
    before: { "d/a": "A" },
    call: ["move_file", { source: "d", destination: "d/e" }],
    text: "d/e: not possible with this path",
    isError: true,
  },
  {
    name: "the workspace is not moved",
    before: {},
    call: ["move_file", { source: ".", destination: "x" }],
    text: ".: is the workspace itself",
    isError: true,
  },
  {
    name: "archive a file",
    before: { "d/a": "A" },
    call: ["archive_file", { path: "d/a" }],
    text: "moved d/a to archive/d/a",
    after: { archive: null, "archive/d": null, "archive/d/a": "A", d: null },
  },
  {
    name: "the archive keeps what it has",
    before: { a: "new", "archive/a": "old", "archive/a.1": "older" },
    call: ["archive_file", { path: "a" }],
    text: "moved a to archive/a.2",
    after: { archive: null, "archive/a": "old", "archive/a.1": "older", "archive/a.2": "new" },
  },
  {
    name: "what is archived stays there",
    before: { "archive/a": "old" },
    call: ["archive_file", { path: "archive/a" }],
    text: "archive/a: is in the archive already",
    isError: true,
  },
  {
    name: "archive what is not there",
    before: {},
    call: ["archive_file", { path: "a/b" }],
    text: `a/b: ${nothing}`,
    isError: true,
  },
  {
    name: "delete a file",
    before: { a: "A", b: "B" },
    call: ["delete_file", { path: "a" }],
    text: "deleted a",
    after: { b: "B" },
  },
  {
    name: "a folder is not deleted by chance",
    before: { "d/a": "A" },
    call: ["delete_file", { path: "d" }],
    text: "d: is a folder; say recursive: true to delete it",
    isError: true,
  },
  {
    name: "delete a folder",
    before: { "d/a": "A", "d/e/f": "F", b: "B" },
    call: ["delete_file", { path: "d", recursive: true }],
    text: "deleted d, 4 entries",
    after: { b: "B" },
  },
  {
    name: "the workspace is not deleted",
    before: { a: "A" },
    call: ["delete_file", { path: "d/..", recursive: true }],
    text: "d/..: is the workspace itself",
    isError: true,
  },
  {
    name: "delete what is not there",
    before: {},
    call: ["delete_file", { path: "a" }],
    text: `a: ${nothing}`,
    isError: true,
  },
];

for (const folderKind of ["handles", "paths"] as const) {
  describe.skipIf(folderKind === "handles" && process.platform !== "linux")(
    `file tools over ${folderKind}`,
    () => {
      it.each(rows)("$name", async ({ before, call, text, isError, after }) => {
        const { workspace, call: run } = await makeTools({ folderKind });
        plant(workspace, before);
        const full = harvest(workspace);
        const answer = await run(...call);
        expect({ text: answer.text, isError: answer.isError }).toEqual({
          text,
          isError: isError ?? false,
        });
        expect(answer.forwarded.observed.tool.isError).toBe(isError ?? false);
        expect(harvest(workspace)).toEqual(after ?? full);
      });
    },
  );
}

describe("search_files", () => {
  it.each([
    ["*.ts", [], ["a.ts"]],
    ["**/*.ts", [], ["a.ts", "d/b.ts", "d/e/c.ts"]],
    ["d/**", [], ["d/b.ts", "d/e", "d/e/c.ts"]],
    ["**/[bc].ts", ["**/e"], ["d/b.ts"]],
    ["{a,d/b}.ts", [], ["a.ts", "d/b.ts"]],
    ["nothing", [], undefined],
  ])("%j without %j: %j", async (pattern, excludePatterns, found) => {
    const { workspace, call } = await makeTools();
    plant(workspace, { "a.ts": "", "d/b.ts": "", "d/e/c.ts": "" });
    const { text } = await call("search_files", { path: ".", pattern, excludePatterns });
    const lines = found?.map((path) => `${workspace}/${path}`).join("\n");
    expect(text).toBe(lines ?? "No matches found");
  });
});

describe("what is large, binary or odd", () => {
  it("leaves out the middle of a long text, and no half characters", async () => {
    const { workspace, call } = await makeTools({ settings: limits({ maxTextBytes: 256 }) });
    plant(workspace, { a: `start${"é".repeat(5_000)}end` });
    const { text, forwarded } = await call("read_text_file", { path: "a" });
    const mark = "\n[... 9752 of 10008 bytes left out ...]\n";
    expect(text).toBe(`start${"é".repeat(61)}${mark}${"é".repeat(62)}end`);
    expect(forwarded.observed.tool.truncated).toBe(true);
  });

  it("leaves out the middle of long tails and heads", async () => {
    const { workspace, call } = await makeTools({ settings: limits({ maxTextBytes: 256 }) });
    plant(workspace, { a: "x".repeat(1_000) });
    const tail = await call("read_text_file", { path: "a", tail: 1 });
    expect(tail.text).toBe(`\n[... 744 of 1000 bytes left out ...]\n${"x".repeat(256)}`);
    const head = await call("read_text_file", { path: "a", head: 1 });
    expect(head.text).toBe(`${"x".repeat(256)}\n[... 744 of 1000 bytes left out ...]\n`);
  });

  it("finds the last lines of a file that is larger than the limit", async () => {
    const { workspace, call } = await makeTools({ settings: limits({ maxTextBytes: 256 }) });
    plant(workspace, { a: "line\n".repeat(1_000) });
    const { text, forwarded } = await call("read_text_file", { path: "a", tail: 2 });
    expect(text).toBe("line\nline\n");
    expect(forwarded.observed.tool.truncated).toBe(false);
  });

  it("shows bytes that are not UTF-8, and says so", async () => {
    const { workspace, call } = await makeTools();
    writeFileSync(join(workspace, "a"), Buffer.from([0x61, 0xff, 0x62]));
    const { text } = await call("read_text_file", { path: "a" });
    expect(text).toBe("a\uFFFDb\n[not valid UTF-8: undecodable bytes are shown as U+FFFD]");
  });

  it("does not edit what is not UTF-8", async () => {
    const { workspace, call } = await makeTools();
    writeFileSync(join(workspace, "a"), Buffer.from([0x61, 0xff]));
    const edits = [{ oldText: "a", newText: "b" }];
    expect((await call("edit_file", { path: "a", edits })).text).toBe("a: is not UTF-8 text");
  });

  it.each([
    ["p.png", { type: "image", data: "AP8=", mimeType: "image/png" }],
    ["s.mp3", { type: "audio", data: "AP8=", mimeType: "audio/mpeg" }],
  ])("returns %s as media", async (name, block) => {
    const { workspace, call } = await makeTools();
    writeFileSync(join(workspace, name), Buffer.from([0x00, 0xff]));
    const { forwarded } = await call("read_media_file", { path: name });
    expect(forwarded.answer.content).toEqual([block]);
  });

  it("returns other bytes as a resource, up to its limit", async () => {
    const { workspace, call } = await makeTools({ settings: limits({ maxMediaBytes: 2 }) });
    writeFileSync(join(workspace, "x y"), Buffer.from([0x00, 0xff]));
    const { forwarded } = await call("read_media_file", { path: "x y" });
    const uri = `file://${workspace}/x%20y`;
    expect(forwarded.answer.content).toEqual([
      { type: "resource", resource: { uri, mimeType: "application/octet-stream", blob: "AP8=" } },
    ]);
    writeFileSync(join(workspace, "x y"), Buffer.from([0x00, 0xff, 0xff]));
    const { text } = await call("read_media_file", { path: "x y" });
    expect(text).toBe("x y: is larger than 2 bytes, the most that is returned");
  });

  it("ends lists and trees at their limits", async () => {
    const { workspace, call } = await makeTools({ settings: limits({ maxEntries: 3 }) });
    plant(workspace, { "d/a": "", "d/b": "", "d/c": "", "d/e": "" });
    const list = await call("list_directory", { path: "d" });
    expect(list.text).toContain("[... more than 3 entries; the rest is left out ...]");
    const tree = await call("directory_tree", { path: "." });
    expect(tree.text).toContain("[... the tree is larger; the rest is left out ...]");
    const found = await call("search_files", { path: ".", pattern: "**" });
    expect(found.text.split("\n")).toHaveLength(4);
    expect(found.forwarded.observed.tool.truncated).toBe(true);
  });

  it.skipIf(process.platform === "win32")("neither blocks on nor reads a FIFO", async () => {
    const { workspace, call } = await makeTools();
    execFileSync("mkfifo", [join(workspace, "pipe")]);
    for (const [tool, given] of [
      ["read_text_file", { path: "pipe" }],
      ["read_media_file", { path: "pipe" }],
      ["edit_file", { path: "pipe", edits: [{ oldText: "a", newText: "b" }] }],
      ["write_file", { path: "pipe", content: "x" }],
    ] as const) {
      expect(await call(tool, given)).toMatchObject({
        text: "pipe: is not a regular file",
        isError: true,
      });
    }
    expect((await call("delete_file", { path: "pipe" })).text).toBe("deleted pipe");
  });

  it("deletes names that are not valid UTF-8", async () => {
    const { workspace, call } = await makeTools();
    mkdirSync(join(workspace, "d"));
    writeFileSync(Buffer.concat([Buffer.from(join(workspace, "d/")), Buffer.from([0xff])]), "");
    const { text } = await call("delete_file", { path: "d", recursive: true });
    expect(text).toBe("deleted d, 2 entries");
  });
});

describe("what a write leaves of a file", () => {
  async function withFile(): Promise<Fixture & { file: string }> {
    const fixture = await makeTools();
    const file = join(fixture.workspace, "a");
    writeFileSync(file, "old");
    return { ...fixture, file };
  }

  it("keeps the mode, without set-id bits", async () => {
    const { call, file } = await withFile();
    chmodSync(file, 0o4750);
    await call("write_file", { path: "a", content: "new" });
    expect(lstatSync(file).mode & 0o7777).toBe(0o750);
  });

  it("does not change what another hard link shows", async () => {
    const { call, file, outside } = await withFile();
    linkSync(file, join(outside, "hard"));
    await call("write_file", { path: "a", content: "new" });
    await call("edit_file", { path: "a", edits: [{ oldText: "new", newText: "newer" }] });
    expect(readFileSync(join(outside, "hard"), "utf8")).toBe("old");
    expect(readFileSync(file, "utf8")).toBe("newer");
  });

  it("writes through a link, and the link stays", async () => {
    const { call, file, workspace } = await withFile();
    symlinkSync("a", join(workspace, "link"));
    await call("write_file", { path: "link", content: "new" });
    expect(readFileSync(file, "utf8")).toBe("new");
    expect(lstatSync(join(workspace, "link")).isSymbolicLink()).toBe(true);
  });

  it("deletes and moves a link, not what it leads to", async () => {
    const { call, file, workspace } = await withFile();
    symlinkSync("a", join(workspace, "link"));
    await call("move_file", { source: "link", destination: "moved" });
    expect(lstatSync(join(workspace, "moved")).isSymbolicLink()).toBe(true);
    await call("delete_file", { path: "moved" });
    expect(readFileSync(file, "utf8")).toBe("old");
  });

  it("leaves no temporary files", async () => {
    const { call, workspace } = await withFile();
    await call("write_file", { path: "a", content: "new" });
    mkdirSync(join(workspace, "b"));
    await call("write_file", { path: "b", content: "new" });
    expect(readdirSync(workspace)).toEqual(["a", "b"]);
  });
});

describe("the tools as a whole", () => {
  it("have schemas that refuse what they do not know", async () => {
    const { tools } = await makeTools();
    for (const { name, description, inputSchema } of await tools.tools()) {
      expect(inputSchema, name).toMatchObject({ type: "object", additionalProperties: false });
      expect(description, name).toMatch(/\.$/);
    }
  });

  it("tell what is wrong before a call becomes a step", async () => {
    const { tools } = await makeTools();
    expect(() => tools.check("nope", {})).toThrow(
      expect.objectContaining({ code: "unknown_tool" }),
    );
    expect(() => tools.check("bash", { command: "ls" })).toThrow(
      expect.objectContaining({ code: "unknown_tool" }),
    );
    expect(() => tools.check("write_file", { path: 3 })).toThrow(
      expect.objectContaining({ code: "invalid_arguments" }),
    );
    expect(() => tools.check("write_file", { path: "a", content: "" })).not.toThrow();
  });

  it("reject with the reason of an abort", async () => {
    const { call, workspace } = await makeTools();
    plant(workspace, { "d/a": "" });
    const reason = new Error("gone");
    const given = { path: "d", recursive: true };
    await expect(call("delete_file", given, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(existsSync(join(workspace, "d/a"))).toBe(true);
  });
});

function limits(limits: object): object {
  return { bash: { offered: false }, limits };
}
