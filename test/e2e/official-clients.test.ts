// Clients that nobody here wrote, through the guard in front of the reference filesystem server: both
// generations of the official SDK, and the official inspector's command line.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join, resolve } from "node:path";
import {
  StreamableHTTPClientTransport as TransportV2,
  Client as V2,
} from "@modelcontextprotocol/client";
import { Client as V1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGuardFolder, type GuardFolder, type RunningGuard } from "./guard.ts";

const filesystem = join(
  dirname(
    createRequire(import.meta.url).resolve("@modelcontextprotocol/server-filesystem/package.json"),
  ),
  "dist/index.js",
);
/** Its launcher; `.ci/run` installs it in a folder of its own, since it brings a hundred packages. */
const inspector = process.env.PROCTOR_INSPECTOR;

/** A server over stdio, as one over HTTP: nothing but the two official transports. */
async function overHttp(args: readonly string[]): Promise<{ url: string; server: Server }> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();

  async function open(): Promise<StreamableHTTPServerTransport> {
    const program = new StdioClientTransport({ command: process.execPath, args: [...args] });
    const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    program.onmessage = (message) => void transport.send(message).catch(() => undefined);
    transport.onmessage = (message) => void program.send(message);
    transport.onclose = () => void program.close();
    await Promise.all([program.start(), transport.start()]);
    return transport;
  }

  const server = createServer(async (incoming, outgoing) => {
    const id = incoming.headers["mcp-session-id"];
    const known = typeof id === "string" ? sessions.get(id) : undefined;
    await (known ?? (await open())).handleRequest(incoming, outgoing);
  });
  server.on("close", () => {
    for (const transport of sessions.values()) void transport.close();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp` };
}

/** Beside the shipped policy, which lets a file be overwritten where it may not be there. */
const keep = {
  version: 1,
  rules: [
    {
      id: "keep-notes",
      verdict: "deny",
      reason: "Notes are not overwritten. Write a new one beside it.",
      match: { effect: "truncate", path: "${workspace}/note.txt" },
      examples: {
        match: [{ effect: "truncate", path: "${workspace}/note.txt" }],
        not: [{ effect: "truncate", path: "${workspace}/b.txt" }],
      },
    },
  ],
};

describe("the reference filesystem server behind the guard", () => {
  const folder: GuardFolder = createGuardFolder();
  const { workspace } = folder;
  const note = join(workspace, "note.txt");
  let guard: RunningGuard;
  let bridge: Server;

  beforeAll(async () => {
    mkdirSync(workspace, { recursive: true });
    writeFileSync(note, "a note");
    const args = [filesystem, workspace];
    const { server, url } = await overHttp(args);
    bridge = server;
    const ours = { catalogue: "filesystem", filesystem: "ours", cwd: workspace };
    writeFileSync(join(folder.folder, "keep.yaml"), JSON.stringify(keep));
    folder.writeConfig({
      policies: [resolve(import.meta.dirname, "../../policies"), "keep.yaml"],
      embedded: { bash: { offered: false } },
      approvals: { enabled: false },
      mcpServers: {
        stdio: { command: process.execPath, args, ...ours },
        http: { url, ...ours },
      },
    });
    guard = await folder.start();
  });
  afterAll(async () => {
    await guard?.stop();
    bridge?.closeAllConnections();
    bridge?.close();
    folder.remove();
  });

  const urlOf = (server: string) => `${guard.agent}/mcp/${server}`;
  const authorization = () => `Bearer ${folder.token("agent")}`;

  const generations = {
    "@modelcontextprotocol/sdk": async (url: string) => {
      const client = new V1({ name: "test", version: "1" });
      const requestInit = { headers: { authorization: authorization() } };
      await client.connect(new TransportV1(new URL(url), { requestInit }));
      return client;
    },
    "@modelcontextprotocol/client": async (url: string) => {
      const client = new V2(
        { name: "test", version: "2" },
        { versionNegotiation: { mode: "auto" } },
      );
      const requestInit = { headers: { authorization: authorization() } };
      await client.connect(new TransportV2(new URL(url), { requestInit }));
      return client;
    },
  };

  for (const server of ["stdio", "http"]) {
    for (const [generation, connect] of Object.entries(generations)) {
      it(`over ${server}: ${generation} lists, reads, and is told why not`, async () => {
        const client = await connect(urlOf(server));
        const { tools } = await client.listTools();
        expect(tools.map(({ name }) => name)).toContain("write_file");
        const read = { name: "read_text_file", arguments: { path: note } };
        expect((await client.callTool(read)).structuredContent).toEqual({ content: "a note" });
        const path = "/etc/proctor-was-not-here";
        const outside = { name: "write_file", arguments: { path, content: "" } };
        expect(await client.callTool(outside)).toMatchObject({
          isError: true,
          _meta: { "proctor/decision": { rules: ["change-outside"] } },
        });
        await client.close();
      });
    }
  }

  /** What it prints, and how it ends: 0, or 5 where the tool says that it failed. */
  async function inspect(server: string, ...args: readonly string[]) {
    const header = `Authorization: ${authorization()}`;
    const target = ["--cli", urlOf(server), "--transport", "http", "--header", header];
    const words = [inspector ?? "", ...target, ...args, "--format", "json"];
    return new Promise<{ code: unknown; output: string }>((resolve) =>
      execFile(
        process.execPath,
        words,
        { env: { ...process.env, HOME: folder.folder } },
        (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : error.code, output: stdout + stderr }),
      ),
    );
  }
  const call = (tool: string, given: object) => [
    "--method",
    "tools/call",
    "--tool-name",
    tool,
    "--tool-args-json",
    JSON.stringify(given),
  ];

  describe.skipIf(inspector === undefined)(
    "for the official inspector (PROCTOR_INSPECTOR names it)",
    () => {
      for (const server of ["stdio", "http"]) {
        it(`over ${server}: lists and calls, and is told why not`, async () => {
          const listed = await inspect(server, "--method", "tools/list");
          expect([listed.code, listed.output]).toEqual([0, expect.stringContaining("move_file")]);
          const read = await inspect(server, ...call("read_text_file", { path: note }));
          expect([read.code, read.output]).toEqual([0, expect.stringContaining("a note")]);
          const outside = { path: "/etc/proctor-was-not-here", content: "" };
          const refused = await inspect(server, ...call("write_file", outside));
          expect(refused.code).toBe(5);
          expect(refused.output).toContain("outside of the workspace");
          const overwritten = await inspect(
            server,
            ...call("write_file", { path: note, content: "" }),
          );
          expect(overwritten.code).toBe(5);
          expect(overwritten.output).toContain("Write a new one beside it.");
          expect(readFileSync(note, "utf8")).toBe("a note");
        });
      }

      it("and a deletion of what nobody looked at", async () => {
        const { code, output } = await inspect(
          "local",
          ...call("delete_file", { path: "note.txt" }),
        );
        expect(code).toBe(5);
        expect(output).toContain("delete-unseen");
        expect(existsSync(note)).toBe(true);
      });
    },
  );
});
