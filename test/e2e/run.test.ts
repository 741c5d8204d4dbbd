// proctor run: a scripted agent that goes through several doors is one trajectory, each call once.

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGuardFolder, type GuardFolder } from "./guard.ts";

const root = resolve(import.meta.dirname, "../..");
const main = join(root, "dist/src/main.js");
const filesystem = join(root, "node_modules/@modelcontextprotocol/server-filesystem/dist/index.js");
const sdk = join(root, "node_modules/@modelcontextprotocol/sdk/dist/esm/client");

/** Uses the shell that it was given, and an MCP server that is wrapped in its config. */
const agent = `
import { spawnSync } from "node:child_process";
import { Client } from ${JSON.stringify(pathToFileURL(join(sdk, "index.js")).href)};
import { StdioClientTransport } from ${JSON.stringify(pathToFileURL(join(sdk, "stdio.js")).href)};

const shell = (command) => spawnSync(process.env.SHELL, ["-c", command], { encoding: "utf8" });
const client = new Client({ name: "agent", version: "0" });
await client.connect(new StdioClientTransport({
  command: process.execPath,
  args: [${JSON.stringify(main)}, "mcp", "--", process.execPath, ${JSON.stringify(filesystem)}, "."],
  env: process.env,
  stderr: "ignore",
}));
console.log(shell("echo one > one.txt && cat one.txt").stdout.trim());
const path = process.cwd() + "/two.txt";
const answer = await fetch(process.env.OPENAI_BASE_URL + "/chat/completions", {
  method: "POST",
  headers: { authorization: "Bearer " + process.env.OPENAI_API_KEY, "content-type": "application/json" },
  body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "write two into " + path }] }),
});
const [{ id, function: { name, arguments: given } }] = (await answer.json()).choices[0].message.tool_calls;
await client.callTool({ name, arguments: JSON.parse(given), _meta: { callId: id } });
console.log(shell("cat two.txt").stdout.trim());
const denied = await client.callTool({ name: "write_file", arguments: { path: "/etc/three", content: "" } });
console.log(denied.isError);
console.log(process.env.PROVIDER_KEY ?? "no key");
console.log(shell("rm -rf /etc/proctor-nothing").status);
await client.close();
process.exit(7);
`;

interface Summary {
  readonly id: string;
  readonly steps: number;
  readonly closed?: string;
}

const key = "sk-the-provider-s-own";
const authorizations: (string | undefined)[] = [];

/** A provider whose model always wants to write `two` into the file that it is asked for. */
const provider = createServer(async (request, response) => {
  authorizations.push(request.headers.authorization);
  let text = "";
  for await (const chunk of request) text += chunk;
  const path = /write two into ([^"]+)/.exec(text)?.[1];
  const given = JSON.stringify({ path, content: "two" });
  const call = {
    id: "call_9",
    type: "function",
    function: { name: "write_file", arguments: given },
  };
  const message = { role: "assistant", content: null, tool_calls: [call] };
  response.setHeader("content-type", "application/json");
  response.end(
    JSON.stringify({
      id: "1",
      object: "chat.completion",
      model: "m",
      choices: [{ index: 0, message, finish_reason: "tool_calls" }],
      usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
    }),
  );
});

let folder: GuardFolder;
beforeAll(async () => {
  await new Promise<void>((listening) => provider.listen(0, "127.0.0.1", listening));
  const { port } = provider.address() as AddressInfo;
  folder = createGuardFolder({
    llm: {
      openai: { url: `http://127.0.0.1:${port}`, keyEnv: "PROVIDER_KEY", catalogue: "filesystem" },
    },
    agents: [{ id: "first" }, { id: "student" }],
    conditions: ["plain"],
    workspace: ".",
  });
  writeFileSync(join(folder.folder, "agent.mjs"), agent);
});
afterAll(() => {
  provider.close();
  folder.remove();
});

const runs = () => readdirSync(tmpdir()).filter((name) => name.startsWith("proctor-run-"));
const linesOf = (text: string) =>
  text
    .trim()
    .split("\n")
    .filter((line) => line !== "");

describe("a scripted agent", () => {
  it("is one trajectory, whichever doors it uses; its bundle is what was recorded", async () => {
    // A folder of its own, so that no other run is seen.
    process.env.TMPDIR = join(folder.folder, "tmp");
    mkdirSync(tmpdir());
    const before = runs();
    const bundle = join(folder.folder, "run.jsonl.gz");
    const named = ["--task", "tidy", "--class", "ambiguous", "--seed", "3", "--condition", "plain"];
    process.env.PROVIDER_KEY = key;
    const { code, stdout, stderr } = await folder.run(
      ...["run", ...named, "--agent", "student", "--bundle", bundle, "--json"],
      ...["--", process.execPath, "agent.mjs"],
    );
    expect(linesOf(stdout)).toEqual(["one", "two", "true", "no key", "126"]);
    expect(code).toBe(7);
    const account = JSON.parse(linesOf(stderr).at(-1) ?? "");
    expect(account).toMatchObject({ calls: 5, refused: 2, counts: true, exitStatus: 7 });
    // What it was given is gone with it.
    expect(runs()).toEqual(before);

    const { stdout: listed } = await folder.run("trajectories", "--json");
    const found: Summary[] = linesOf(listed).map((line) => JSON.parse(line));
    expect(found).toMatchObject([{ id: account.trajectory, steps: 6, closed: "completed" }]);
    const shown = await folder.run("trajectory", account.trajectory, "--json");
    const records = linesOf(shown.stdout).map((line) => JSON.parse(line));
    expect(records[0]).toMatchObject({
      type: "opened",
      task: { id: "tidy", class: "ambiguous", seed: 3, condition: "plain" },
    });
    const calls = records.flatMap(({ type, call }) =>
      type === "intent" ? [`${call.door} ${call.tool}`] : [],
    );
    // What the model asked for and the server carried out is one call, seen at two doors.
    expect(records.filter(({ sameAs }) => sameAs !== undefined)).toMatchObject([
      { type: "intent", sameAs: 2, call: { door: "mcp", id: "call_9" } },
    ]);
    expect(records.flatMap(({ type, role }) => (type === "message" ? [role] : []))).toEqual([
      "user",
      "assistant",
    ]);
    expect(authorizations).toEqual([`Bearer ${key}`]);
    expect(calls).toEqual([
      "shell bash",
      "llm write_file",
      "mcp write_file",
      "shell bash",
      "mcp write_file",
      "shell bash",
    ]);

    const elsewhere = ["--data", join(folder.folder, "elsewhere")];
    const imported = ["import", bundle, "--format", "bundle", ...elsewhere];
    expect((await folder.run(...imported)).code).toBe(0);
    const there = await folder.run("trajectory", account.trajectory, "--json", ...elsewhere);
    expect(there.stdout).toBe(shown.stdout);
  });

  it("leaves the exit status of a command that fails, and says why", async () => {
    const missing = await folder.run("run", "--task", "t", "--", "no-such-command");
    expect([missing.code, missing.stderr.includes("ENOENT")]).toEqual([127, true]);
    const silent = await folder.run("run", "--task", "t", "--", "sh", "-c", "kill -TERM $$");
    expect(silent.code).toBe(143);
    expect(silent.stderr).toContain("No call came to the guard");
  });
});

describe("with a guard that runs already", () => {
  it("opens and ends the trajectory there", async () => {
    folder.writeConfig({ agents: [{ id: "first" }] });
    const guard = await folder.start();
    try {
      const command = ["sh", "-c", '$SHELL -c "echo from the shell"'];
      const server = ["--server", guard.agent, "--trajectory", "there", "--agent", "first"];
      const ran = await folder.run("run", "--task", "t", ...server, "--", ...command);
      expect([ran.code, ran.stdout]).toEqual([0, "from the shell\n"]);
      expect(ran.stderr).toContain("first/there");
      const { stdout } = await folder.run("trajectory", "first/there", "--json");
      const types = linesOf(stdout).map((line) => JSON.parse(line).type);
      expect(types).toEqual(["opened", "intent", "outcome", "closed"]);
    } finally {
      await guard.stop();
    }
  });
});
