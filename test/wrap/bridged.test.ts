// proctor mcp --url, as an agent starts it: servers of both eras on the official SDK, with a guard of its own
// and before one that runs already.

import { join } from "node:path";
import { Client as Client2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as Stdio2 } from "@modelcontextprotocol/client/stdio";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { thisProgram } from "../../src/program.ts";
import { type Everything, startEverything } from "../conformance/server.ts";
import { createGuardFolder, type GuardFolder, type RunningGuard } from "../e2e/guard.ts";
import { type Fixture, startFixture } from "../frontends/mcp/fixture-server.ts";
import { startSessionTasks, type TaskServer } from "../frontends/mcp/task-servers.ts";
import { whatBecame } from "../frontends/mcp/tasks-told.ts";

const main = join(thisProgram().folder, "dist/src/main.js");
const inspects = { inspects: true };
let folder: GuardFolder;
let guard: RunningGuard;
let fixture: Fixture;
let everything: Everything;
let builder: TaskServer;

const noDeleting = {
  version: 1,
  rules: [
    {
      id: "no-delete",
      verdict: "deny",
      reason: "Nothing is deleted here. Move it away instead.",
      match: { tool: "delete" },
      examples: {
        match: [{ tool: "delete", effect: "delete", path: "/a" }],
        not: [{ tool: "read", effect: "read", path: "/a" }],
      },
    },
  ],
};

beforeAll(async () => {
  [fixture, everything, builder] = await Promise.all([
    startFixture(),
    startEverything(),
    startSessionTasks(),
  ]);
  folder = createGuardFolder();
  folder.write("no-delete.yaml", JSON.stringify(noDeleting));
  folder.writeConfig({
    embedded: { bash: { offered: false } },
    approvals: { enabled: false },
    policies: [join(thisProgram().folder, "policies"), "no-delete.yaml"],
    mcpServers: {
      fixture: {
        url: fixture.url,
        tools: { read: { read: "$.path" }, delete: { delete: "$.path" } },
      },
      everything: { url: everything.url, tools: { test_simple_text: inspects } },
      builder: { url: builder.url, tools: { build: { ...inspects, harmless: ["how"] } } },
    },
  });
  guard = await folder.start();
});
afterAll(async () => {
  await guard?.stop();
  await Promise.all([fixture?.close(), everything?.close(), builder?.close()]);
  folder?.remove();
});

/** How the process is started; the trajectory is named, so that it can be found. */
function command(name: string, url: string, trajectory: string, words: readonly string[]) {
  const own = ["--name", name, "--url", url, "--trajectory", trajectory];
  return {
    command: process.execPath,
    args: [main, "mcp", ...own, ...words],
    cwd: folder.folder,
    env: {
      PATH: process.env.PATH ?? "",
      HOME: folder.folder,
      PROCTOR_TOKEN: folder.token("agent"),
    },
    stderr: "ignore" as const,
  };
}

async function recordsOf(trajectory: string) {
  const { stdout } = await folder.run("trajectory", `default/${trajectory}`, "--json");
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe.each([
  { which: "a guard of its own", words: () => ["--standalone"] },
  { which: "a guard that runs already", words: () => ["--server", guard.agent] },
])("before $which", ({ which, words }) => {
  const nameOf = (what: string) => `${what}-${which.replaceAll(" ", "-")}`;

  it("a server without sessions", async () => {
    const trajectory = nameOf("stateless");
    const client = new Client2(
      { name: "test", version: "0" },
      { versionNegotiation: { mode: { pin: "2026-07-28" } } },
    );
    await client.connect(new Stdio2(command("everything", everything.url, trajectory, words())));
    expect(client.getProtocolEra()).toBe("modern");
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("test_simple_text");
    const { content } = await client.callTool({ name: "test_simple_text", arguments: {} });
    expect(content).toMatchObject([{ type: "text" }]);
    const failed = await client.callTool({ name: "test_error_handling", arguments: {} });
    // The shipped policy asks about what it does not know, and nobody is there.
    expect(JSON.stringify(failed.content)).toContain("cannot be told");
    expect(failed.isError).toBe(true);
    await client.close();
    const records = await recordsOf(trajectory);
    expect(records.flatMap(({ outcome }) => outcome?.kind ?? [])).toEqual([
      "carried_out",
      "refused",
    ]);
  });

  it("a server with sessions, whose tasks have outcomes", async () => {
    const trajectory = nameOf("tasks");
    const client = new Client({ name: "test", version: "0" });
    await client.connect(
      new StdioClientTransport(command("builder", builder.url, trajectory, words())),
    );
    await client.listTools();
    const said: string[] = [];
    const stream = client.experimental.tasks.callToolStream(
      { name: "build", arguments: { how: "well" } },
      undefined,
      { task: { ttl: 60_000 } },
    );
    for await (const message of stream) {
      if (message.type !== "taskStatus") said.push(message.type);
    }
    expect(said).toEqual(["taskCreated", "result"]);
    await client.close();
    expect((await recordsOf(trajectory)).flatMap(whatBecame)).toEqual([
      "began",
      "carried_out (result unseen)",
      "carried_out built well",
    ]);
  });

  it("a server that loses its sessions is opened again unseen, and no call is sent twice", async () => {
    const client = new Client({ name: "test", version: "0" });
    const started = command("fixture", fixture.url, nameOf("lost"), words());
    await client.connect(new StdioClientTransport(started));
    const read = () => client.callTool({ name: "read", arguments: { path: "/w/a" } });
    expect((await read()).isError).toBeUndefined();
    fixture.forget();
    expect((await client.listTools()).tools.length).toBeGreaterThan(0);
    expect((await read()).isError).toBeUndefined();
    fixture.forget();
    await expect(read()).rejects.toThrow("Session not found");
    expect((await read()).isError).toBeUndefined();
    await client.close();
    expect(fixture.carriedOut.splice(0)).toEqual(["read", "read", "read"]);
    const kinds = (await recordsOf(nameOf("lost"))).flatMap(({ outcome }) =>
      outcome === undefined ? [] : [outcome.observed?.tool.isError],
    );
    expect(kinds).toEqual([false, false, true, false]);
  });

  it("what is denied by name is listed, unless it is to be hidden", async () => {
    for (const [more, isListed] of [[[], true] as const, [["--hide-denied"], false] as const]) {
      const client = new Client({ name: "test", version: "0" });
      const started = command("fixture", fixture.url, nameOf("lists"), [...words(), ...more]);
      await client.connect(new StdioClientTransport(started));
      const names = (await client.listTools()).tools.map(({ name }) => name);
      expect(names).toContain("read");
      expect(names.includes("delete")).toBe(isListed);
      const denied = await client.callTool({ name: "delete", arguments: { path: "/a" } });
      expect(JSON.stringify(denied)).toContain("Move it away instead");
      await client.close();
    }
    expect(fixture.carriedOut).toEqual([]);
  });
});
