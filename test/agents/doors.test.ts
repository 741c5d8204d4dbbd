// Claude Code, as published, with every door at once: its hooks, an MCP server and the API of its model are one
// trajectory, in which each call stands once. Run by `npm run test:agents`, as agents.test.ts is.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { installers } from "../../src/cli/install/agents/index.ts";
import { withPiece } from "../../src/cli/install/piece.ts";
import { openHookDoor } from "../frontends/hooks/door.ts";
import { drivers } from "./drivers.ts";
import { startMockLlm } from "./mock-llm.ts";
import { recorded, run } from "./play.ts";

const root = resolve(import.meta.dirname, "../..");
const entry = join(root, "dist/src/main.js");
const filesystem = join(root, "node_modules/@modelcontextprotocol/server-filesystem/dist/index.js");
const { program, shell } = drivers["claude-code"];
const claude = join(process.env.PROCTOR_AGENTS ?? "/nonexistent", "node_modules", program);

describe.skipIf(!existsSync(claude))("claude-code, as published", () => {
  it("is one trajectory through three doors, each call once, with prompts and results", async () => {
    const folder = mkdtempSync(join(tmpdir(), "proctor-doors-"));
    const [home, work] = [join(folder, "home"), join(folder, "work")];
    for (const path of [home, work]) mkdirSync(path);
    const two = join(work, "two.txt");
    const llm = await startMockLlm([
      shell("echo one > one.txt"),
      { name: "mcp__files__write_file", input: { path: two, content: "two" } },
    ]);
    const keyFile = join(folder, "key");
    writeFileSync(keyFile, "sk-the-providers-own");
    const door = await openHookDoor({
      llm: {
        anthropic: {
          url: llm.url,
          keyFile,
          catalogue: "claude-code",
          cwd: work,
          // As the catalogue of the filesystem server has it, under the name that Claude Code gives it.
          tools: { mcp__files__write_file: { overwrite: "$.path", harmless: ["content"] } },
        },
      },
      mcpServers: {
        files: { command: process.execPath, args: [filesystem, work], catalogue: "filesystem" },
      },
      hooks: { mcpServers: { files: "files" } },
    });
    try {
      const tokenFile = join(door.folder, ".proctor", "agent.token");
      const token = readFileSync(tokenFile, "utf8").trim();
      const hook = { program: [process.execPath, entry], url: door.origin, tokenFile };
      for (const piece of installers["claude-code"].pieces(
        "user",
        { ...hook, dangerouslyFailOpen: false },
        { home, project: work, env: {} },
      )) {
        mkdirSync(dirname(piece.path), { recursive: true });
        writeFileSync(piece.path, withPiece(piece, undefined, "claude-code"));
      }
      const servers = join(folder, "mcp.json");
      const url = `${door.origin}/t/joined/mcp/files`;
      const headers = { authorization: `Bearer ${token}` };
      writeFileSync(
        servers,
        JSON.stringify({ mcpServers: { files: { type: "http", url, headers } } }),
      );
      const allowed = ["--allowedTools", "Bash,mcp__files__write_file"];
      const output = await run(
        claude,
        ["-p", "make two files", ...allowed, "--mcp-config", servers],
        {
          cwd: work,
          env: {
            PATH: process.env.PATH ?? "",
            HOME: home,
            ANTHROPIC_BASE_URL: `${door.origin}/t/joined/llm/anthropic`,
            ANTHROPIC_API_KEY: token,
            CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
            PROCTOR_TRAJECTORY: "joined",
          },
        },
      );
      expect(existsSync(join(work, "one.txt")), output).toBe(true);
      expect(existsSync(two), output).toBe(true);
      await door.guard.trajectories.close("default", "joined", "completed");
      const [records = [], ...others] = await recorded(door);
      expect(others).toEqual([]);
      const calls = records.flatMap((record) =>
        record.type === "intent"
          ? [
              `${record.sameAs ?? record.step} ${record.call.door}${record.idReused ? " reused" : ""}`,
            ]
          : [],
      );
      // The shell at two doors, the server's tool at three: two calls.
      expect(calls).toEqual(["1 llm", "1 hooks", "3 llm", "3 hooks", "3 mcp"]);
      const said = records.flatMap((record) => (record.type === "message" ? [record] : []));
      expect(JSON.stringify(said)).toContain("make two files");
      expect(new Set(said.map(({ role }) => role))).toEqual(
        new Set(["system", "user", "assistant", "tool"]),
      );
      const outcomes = records.flatMap((record) =>
        record.type === "outcome" ? [record.outcome.kind] : [],
      );
      expect(new Set(outcomes)).toEqual(new Set(["carried_out"]));
    } finally {
      await door.close();
      await llm.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
