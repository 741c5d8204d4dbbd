// proctor mcp as agents start it: the official client, the reference filesystem server, one data folder.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import {
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openSqliteStore } from "../../src/store/index.ts";
import { loadOrCreateChainKey } from "../../src/store/keys.ts";
import { startFixture } from "../frontends/mcp/fixture-server.ts";
import { serverCommand } from "./server.ts";

const main = resolve(import.meta.dirname, "../../dist/src/main.js");
const filesystem = resolve(
  import.meta.dirname,
  "../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js",
);
let folder: string;
let allowed: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "proctor-wrap-")));
  allowed = join(folder, "allowed");
  mkdirSync(allowed);
  writeFileSync(join(allowed, "a.txt"), "hello");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function connect(words: readonly string[], capabilities = {}): Promise<Client> {
  const client = new Client({ name: "test", version: "0" }, { capabilities });
  if ("roots" in capabilities) {
    client.setRequestHandler(ListRootsRequestSchema, async () => ({
      roots: [{ uri: pathToFileURL(folder).href }],
    }));
  }
  const env = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [main, "mcp", ...words],
      cwd: folder,
      env,
      stderr: "ignore",
    }),
  );
  return client;
}

/** What was recorded: `tool verdict outcome` for each step in the order of its outcome. */
async function recorded() {
  const data = join(folder, ".proctor");
  const chainKey = await loadOrCreateChainKey(join(data, "chain.key"));
  const store = await openSqliteStore({
    file: join(data, "proctor.db"),
    instance: "test",
    chainKey,
  });
  const calls = new Map<string, string>();
  const steps: string[] = [];
  const targets: string[] = [];
  const names = new Set<string>();
  for await (const { key, record } of store.scan({})) {
    names.add(key.name);
    const step = "step" in record ? `${key.name} ${record.step}` : "";
    if (record.type === "intent") {
      calls.set(step, `${record.call.tool} ${record.decision.verdict}`);
      for (const effect of record.effects) {
        if ("target" in effect) targets.push(effect.target?.path ?? "");
      }
    }
    if (record.type === "outcome") steps.push(`${calls.get(step)} ${record.outcome.kind}`);
  }
  await store.close();
  return { steps, targets, trajectories: names.size };
}

const textOf = (result: unknown) => JSON.stringify(result);
const wrapped = ["--", process.execPath, filesystem, "allowed"];

describe("the reference filesystem server, wrapped", () => {
  it("lists and reads; what is denied it never sees; each call is recorded once, a probe is not", async () => {
    const probe = await connect(wrapped);
    await probe.listTools();
    await probe.close();
    const client = await connect(wrapped);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("write_file");
    // Relative paths start from its folder, as it takes them.
    for (const path of [join(allowed, "a.txt"), "a.txt"]) {
      const read = { name: "read_text_file", arguments: { path } };
      expect((await client.callTool(read)).structuredContent).toEqual({ content: "hello" });
    }
    const path = "/etc/proctor-was-not-here";
    const denied = await client.callTool({ name: "write_file", arguments: { path, content: "" } });
    expect(denied.isError).toBe(true);
    expect(textOf(denied)).toContain("change-outside");
    await client.close();
    const { steps, targets, trajectories } = await recorded();
    const read = "read_text_file allow carried_out";
    expect(steps).toEqual([read, read, "write_file ask refused"]);
    expect(targets.slice(0, 2)).toEqual(Array(2).fill(join(allowed, "a.txt")));
    expect(trajectories).toBe(1);
  });

  it("keeps to its folder whatever roots the client has, unless they are passed", async () => {
    const roots = { roots: { listChanged: true } };
    // What the server does is asked here, and no guard is needed for it.
    const unguarded = ["-c", "nowhere.yaml", "--dangerously-fail-open"];
    const folders = async (words: readonly string[]) => {
      const client = await connect([...unguarded, ...words, ...wrapped], roots);
      const ask = async () =>
        textOf(await client.callTool({ name: "list_allowed_directories", arguments: {} }));
      return { client, ask };
    };
    const [kept, passed] = await Promise.all([folders([]), folders(["--pass-roots"])]);
    // The server asks for roots when it has been initialised, and tells nobody when it knows them. The
    // second is what the flag is about: the folder of the command line is dropped.
    await expect.poll(passed.ask).toContain(`directories:\\n${folder}"`);
    expect(await kept.ask()).toContain(`directories:\\n${allowed}"`);
    await Promise.all([kept, passed].map(({ client }) => client.close()));
  });

  it("shares its data folder with others that run at once", async () => {
    const clients = await Promise.all([1, 2].map(() => connect(wrapped)));
    const read = { name: "read_text_file", arguments: { path: join(allowed, "a.txt") } };
    const answers = await Promise.all(
      [0, 1, 2, 3].map((each) => clients[each % 2]?.callTool(read)),
    );
    expect(answers.map((answer) => answer?.isError)).toEqual(Array(4).fill(undefined));
    await Promise.all(clients.map((client) => client.close()));
    const { steps, trajectories } = await recorded();
    expect(steps).toEqual(Array(4).fill("read_text_file allow carried_out"));
    expect(trajectories).toBe(2);
  });
});

describe("a guard that fails", () => {
  const call = { name: "read_text_file", arguments: { path: "a.txt" } };

  it.each([
    ["a config that is none", "agents: 7", "invalid_config"],
    ["a data folder that is none", "data: allowed/a.txt/x", "ENOTDIR"],
  ])("refuses with the reason: %s", async (_, content, code) => {
    writeFileSync(join(folder, "proctor.yaml"), content);
    const client = await connect(wrapped);
    const answer = await client.callTool(call);
    expect(answer.isError).toBe(true);
    expect(textOf(answer)).toContain(code);
    expect(textOf(answer)).not.toContain("hello");
    await client.close();
  });

  it("passes calls where it is told to, and judges none", async () => {
    writeFileSync(join(folder, "proctor.yaml"), "agents: 7");
    const client = await connect(["--dangerously-fail-open", ...wrapped]);
    const answer = await client.callTool(call);
    expect(textOf(answer)).toContain("hello");
    await client.close();
  });
});

describe("a server over HTTP, bridged", () => {
  it("is spoken to in sessions: calls and what comes with them", async () => {
    const fixture = await startFixture();
    writeFileSync(
      join(folder, "proctor.yaml"),
      `workspace: /
mcpServers: { fixture: { url: "${fixture.url}", tools: {
        read: { read: $.path }, write: { write: $.path }, delete: { delete: $.path } } } }`,
    );
    const client = await connect(["--name", "fixture", "--url", fixture.url]);
    try {
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain("delete");
      const read = await client.callTool({ name: "read", arguments: { path: "/w/a" } });
      expect(textOf(read)).toContain("read");
      const events: unknown[] = [];
      client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => {
        events.push(params.data);
      });
      await client.callTool({ name: "write", arguments: { path: "/w/b" } });
      expect(events).toEqual(["writing /w/b"]);
      const denied = await client.callTool({ name: "delete", arguments: { path: "/etc" } });
      expect(denied.isError).toBe(true);
      expect(fixture.carriedOut).toEqual(["read", "write"]);
    } finally {
      await client.close();
      await fixture.close();
    }
  });

  it("that is not there is an error of the protocol, not a hang", async () => {
    const gone = connect(["--url", "http://127.0.0.1:9/mcp"]);
    await expect(gone).rejects.toThrow(/ECONNREFUSED|connect/);
  });
});

it("passes a hundred requests at once, each with its own", async () => {
  const client = await connect(["--", ...serverCommand("1")]);
  const asked = Array.from({ length: 100 }, (_, each) => client.ping().then(() => each));
  expect(await Promise.all(asked)).toHaveLength(100);
  await client.close();
});
