// Doors in other processes, and the guard that they ask: down, slow, talking nonsense, restarted in the middle.

import { spawn } from "node:child_process";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createGuardFolder, type GuardFolder } from "../e2e/guard.ts";
import { quietPort } from "../ports.ts";
import { type FaultyGuard, faults, startFaultyGuard } from "./faulty-guard.ts";

const dist = resolve(import.meta.dirname, "../../dist/src");
const filesystem = resolve(
  import.meta.dirname,
  "../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js",
);

let folder: GuardFolder;
let allowed: string;
let tokenFile: string;
beforeAll(() => {
  folder = createGuardFolder({ approvals: { enabled: false } });
  const base = realpathSync(folder.folder);
  allowed = join(base, "workspace");
  mkdirSync(allowed);
  writeFileSync(join(allowed, "a.txt"), "hello");
  tokenFile = join(base, ".proctor", "agent.token");
});
afterAll(() => folder.remove());

const environment = (more: Record<string, string>) => ({
  PATH: process.env.PATH ?? "",
  HOME: folder.folder,
  ...more,
});

async function connect(
  url: string,
  words: readonly string[] = [],
  more: Record<string, string> = {},
): Promise<Client> {
  const client = new Client({ name: "test", version: "0" });
  const server = ["--", process.execPath, filesystem, "workspace"];
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [join(dist, "main.js"), "mcp", "--trajectory", "forwarded", ...words, ...server],
    cwd: folder.folder,
    env: environment({ PROCTOR_URL: url, PROCTOR_TOKEN_FILE: tokenFile, ...more }),
    stderr: "ignore",
  });
  await client.connect(transport);
  return client;
}

function shell(url: string, command: string, more: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(dist, "shell.js"), "-c", command], {
    cwd: folder.folder,
    env: environment({ PROCTOR_URL: url, PROCTOR_TOKEN_FILE: tokenFile, ...more }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((done) =>
    child.once("close", (code) => done({ code, stdout, stderr })),
  );
  return { ended, said: () => stdout };
}

const read = () => ({ name: "read_text_file", arguments: { path: join(allowed, "a.txt") } });

describe("a guard that runs already", () => {
  it("decides and records the calls of a wrapped server, and what was offered", async () => {
    const guard = await folder.start();
    const client = await connect(guard.agent);
    try {
      await client.listTools();
      expect((await client.callTool(read())).structuredContent).toEqual({ content: "hello" });
      const path = "/etc/proctor-was-not-here";
      const denied = await client.callTool({
        name: "write_file",
        arguments: { path, content: "" },
      });
      expect(JSON.stringify(denied)).toContain("change-outside");
      expect(denied.isError).toBe(true);
    } finally {
      await client.close();
      await guard.stop();
    }
    const { stdout } = await folder.run("trajectory", "default/forwarded", "--json");
    const records = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const shown = records.map(({ type, call, outcome }) => call?.tool ?? outcome?.kind ?? type);
    expect(shown).toEqual([
      "opened",
      "offered",
      "read_text_file",
      "carried_out",
      "write_file",
      "refused",
    ]);
  });

  it("restarted during a call is told of its outcome", async () => {
    const port = String(await quietPort());
    const guard = await folder.start({ PROCTOR_PORT: port });
    const gate = join(folder.folder, "gate");
    const command = `echo begun; while [ ! -e ${gate} ]; do sleep 0.02; done`;
    const running = shell(guard.agent, command, { PROCTOR_TRAJECTORY: "restarted" });
    await expect.poll(running.said).toBe("begun\n");
    await guard.kill();
    const next = await folder.start({ PROCTOR_PORT: port });
    writeFileSync(gate, "");
    const { code, stderr } = await running.ended;
    expect([code, stderr]).toEqual([0, ""]);
    await next.stop();
    const { stdout } = await folder.run("trajectory", "default/restarted", "--json");
    const records = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const kinds = records.flatMap(({ outcome }) => (outcome === undefined ? [] : [outcome.kind]));
    expect(kinds.at(-1)).toBe("carried_out");
  });
});

describe("a guard that", () => {
  const token = { PROCTOR_TOKEN: "pt_agent_x" };
  let guard: FaultyGuard;
  afterEach(() => guard.close());

  it.each(Object.keys(faults))("%s lets nothing run in a shell", async (name) => {
    guard = await startFaultyGuard(faults[name] ?? (() => {}));
    const soon = { PROCTOR_SHELL_DEADLINE_MS: "1500", ...token };
    const { code, stdout, stderr } = await shell(guard.url, "echo ran", soon).ended;
    expect([code, stdout]).toEqual([126, ""]);
    expect(stderr).toContain("guard_unavailable");
  });

  it("fails in any way lets no call reach a wrapped server", async () => {
    let answer = faults["never answers"] ?? (() => {});
    guard = await startFaultyGuard((response) => answer(response));
    const client = await connect(guard.url, ["--deadline-ms", "1500"], token);
    try {
      for (const fault of Object.values(faults)) {
        answer = fault;
        const result = await client.callTool(read());
        expect(result.isError).toBe(true);
        expect(JSON.stringify(result)).toContain("guard_unavailable");
      }
      guard.close();
      const gone = await client.callTool(read());
      // Whether a refused connection or the deadline comes first is the machine's business.
      expect(JSON.stringify(gone)).toMatch(/guard_unavailable/);
    } finally {
      await client.close();
    }
  });

  it("fails lets calls pass where it is told to", async () => {
    guard = await startFaultyGuard(faults["answers a page"] ?? (() => {}));
    const client = await connect(guard.url, ["--dangerously-fail-open"], token);
    try {
      expect(JSON.stringify(await client.callTool(read()))).toContain("hello");
    } finally {
      await client.close();
    }
  });
});
