// Approvals over the wire: a person's answer, and an agent that tries to answer itself.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Answered,
  type Client,
  createClient,
  createGuardFolder,
  type GuardFolder,
  type RunningGuard,
  scrape,
} from "./guard.ts";

interface View {
  readonly id: string;
  readonly status: string;
  readonly agent: string;
  readonly by?: string;
}

describe("an approval", () => {
  let folder: GuardFolder;
  let guard: RunningGuard;
  let agent: Client;
  let admin: Client;

  async function start(config: object = {}): Promise<void> {
    folder.writeConfig({ embedded: { bash: { offered: false } }, ...config });
    await restart();
  }

  async function restart(): Promise<void> {
    guard = await folder.start();
    agent = createClient(guard.agent, folder.token("agent"));
    admin = createClient(guard.admin, folder.token("admin"));
  }

  beforeEach(() => {
    folder = createGuardFolder();
    mkdirSync(folder.workspace, { recursive: true });
    writeFileSync(join(folder.workspace, "a.txt"), "a");
  });
  afterEach(async () => {
    await guard.kill();
    folder.remove();
  });

  const there = () => existsSync(join(folder.workspace, "a.txt"));

  function remove(path = "a.txt"): Promise<Answered> {
    return agent.tool("delete_file", { path }, { trajectory: "t" });
  }

  async function waiting(client = admin): Promise<readonly View[]> {
    const { body } = await client.request("GET", "/v1/approvals");
    return body.approvals as readonly View[];
  }

  async function firstWaiting(): Promise<string> {
    await expect.poll(async () => (await waiting()).length).toBeGreaterThan(0);
    return (await waiting())[0]?.id ?? "";
  }

  it("is listed, shown, given, and used by the call that waits", async () => {
    await start();
    const held = remove();
    const id = await firstWaiting();
    const shown = await admin.request("GET", `/v1/approvals/${id}`);
    expect(shown.body).toMatchObject({
      status: "waiting",
      agent: "default",
      trajectory: "default/t",
      tool: "delete_file",
      arguments: { inline: { path: "a.txt" } },
      effects: [{ kind: "delete" }],
      rules: ["delete-unseen"],
    });
    expect(JSON.stringify(shown.body)).not.toContain("binding");
    expect(there()).toBe(true);
    const given = await admin.request("POST", `/v1/approvals/${id}/approve`, {});
    expect(given.body).toMatchObject({ status: "approved", by: "admin" });
    expect((await held).status).toBe(200);
    expect(there()).toBe(false);
    expect((await admin.request("GET", `/v1/approvals/${id}`)).body.status).toBe("used");
    const again = await admin.request("POST", `/v1/approvals/${id}/refuse`, {});
    expect([again.status, again.body.code]).toEqual([409, "approval_settled"]);
    const metrics = await scrape(guard.admin, folder.token("admin"));
    expect(metrics.get('proctor_approvals_total{status="used"}')).toBe(1);
    expect(metrics.get("proctor_approvals_waiting")).toBe(0);
  });

  it("shows large arguments whole, which records keep beside them", async () => {
    await start({ approvals: { maxHoldMs: 0 } });
    const content = "x".repeat(100_000);
    await agent.tool("write_file", { path: "../outside.txt", content }, { trajectory: "t" });
    const id = (await waiting())[0]?.id;
    if (id === undefined) throw new Error("nothing was asked about");
    const { body } = await admin.request("GET", `/v1/approvals/${id}`);
    expect(JSON.stringify(body.arguments)).toContain(content);
  });

  it("refused says to the agent what the person said", async () => {
    await start();
    const held = remove();
    const id = await firstWaiting();
    await admin.request("POST", `/v1/approvals/${id}/refuse`, { note: "keep it for the audit" });
    const { status, body } = await held;
    expect([status, body.code]).toEqual([403, "approval_refused"]);
    expect(body.detail).toContain("keep it for the audit");
    expect(there()).toBe(true);
  });

  it("outlives a kill, and is used once by the identical call", async () => {
    await start({ limits: { leaseMs: 500 } });
    const held = remove().catch(() => undefined);
    const id = await firstWaiting();
    await guard.kill();
    await held;
    await restart();
    expect((await waiting()).map(({ id: found }) => found)).toEqual([id]);
    await admin.request("POST", `/v1/approvals/${id}/approve`, {});
    // Until the lease of the killed process has run out its call is taken to be held still.
    await expect.poll(async () => (await quick()).status).toBe(200);
    expect(there()).toBe(false);

    function quick(): Promise<Answered> {
      return remove();
    }
  });

  it("is fed live, what waits first", async () => {
    await start();
    const held = remove();
    const id = await firstWaiting();
    const feed = await fetch(`${guard.admin}/v1/approvals/events`, {
      headers: { authorization: `Bearer ${folder.token("admin")}` },
    });
    expect(feed.headers.get("content-type")).toContain("text/event-stream");
    const events = eventsOf(feed);
    expect((await events.next()).value).toMatchObject({ event: "waiting", data: { id } });
    await admin.request("POST", `/v1/approvals/${id}/approve`, {});
    expect((await events.next()).value).toMatchObject({ event: "approved", data: { by: "admin" } });
    expect((await events.next()).value).toMatchObject({ event: "used" });
    await held;
    // An open feed does not hold up the end.
    expect(await guard.stop()).toBe(0);
  });

  it("that is held does not hold up the end", async () => {
    await start();
    const held = remove();
    await firstWaiting();
    const code = guard.stop();
    expect((await held).body.code).toBe("approval_pending");
    expect(await code).toBe(0);
  });

  it("is neither seen nor given with anything an agent has", async () => {
    await start({
      approvals: { maxHoldMs: 0 },
      embedded: { bash: { offered: true } },
      upstreams: {},
    });
    expect((await remove()).body.code).toBe("approval_pending");
    const id = await firstWaiting();
    const tokens = [folder.token("agent"), folder.token("harness"), "", "x", id];
    const paths = ["", `/${id}`, "/events", `/${id}/approve`, `/${id}/refuse`];
    for (const listener of [guard.admin, guard.agent]) {
      for (const token of tokens) {
        const client = createClient(listener, token);
        for (const path of paths) {
          for (const method of ["GET", "POST", "PUT"]) {
            const { status, body } = await client.request(
              method,
              `/v1/approvals${path}`,
              method === "GET" ? undefined : {},
            );
            expect([401, 403, 404]).toContain(status);
            expect(JSON.stringify(body)).not.toContain("a.txt");
          }
        }
      }
    }
    for (const [i, [tool, given]] of attacks(folder, guard.admin, id).entries()) {
      // By both doors, each in a trajectory of its own, so that no attempt is judged by another.
      const http = await agent.tool(tool, given, { trajectory: `http${i}` });
      const mcp = await callByMcp(guard.agent, folder.token("agent"), {
        tool,
        given,
        name: `mcp${i}`,
      });
      for (const answer of [JSON.stringify(http.body), mcp]) {
        for (const secret of secretsOf(folder)) expect(answer).not.toContain(secret);
      }
    }
    for (const path of ["/http/admin/v1/approvals", `/http/local/v1/approvals/${id}/approve`]) {
      expect([403, 404]).toContain((await agent.request("POST", path, {})).status);
    }
    // Nothing of proctor's was changed: neither records nor tokens, nor what the policy says.
    expect(await folder.run("verify")).toMatchObject({ code: 0 });
    expect((await fetch(`${guard.admin}/readyz`)).status).toBe(200);
    expect((await admin.request("GET", `/v1/approvals/${id}`)).body.status).toBe("waiting");
    expect(there()).toBe(true);
  });

  it("takes its place among too many, which are refused", async () => {
    await start({ approvals: { maxHoldMs: 0, maxWaitingPerAgent: 5 } });
    const codes: unknown[] = [];
    for (let i = 0; i < 8; i += 1) codes.push((await remove(`${i}.txt`)).body.code);
    expect(codes).toEqual([
      ...Array(5).fill("approval_pending"),
      ...Array(3).fill("too_many_approvals"),
    ]);
    expect(await waiting()).toHaveLength(5);
  });
});

/** In a session of its own. What it is answered, whole; a refusal is a result of the tool. */
async function callByMcp(
  origin: string,
  token: string,
  { tool, given, name }: { tool: string; given: object; name: string },
): Promise<string> {
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const post = (message: object, more: object = {}) =>
    fetch(`${origin}/t/${name}/mcp/local`, {
      method: "POST",
      headers: { ...headers, ...more },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, ...message }),
    });
  const clientInfo = { name: "attacker", version: "1" };
  const params = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo };
  const opened = await post({ method: "initialize", params });
  const session = { "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
  const call = { method: "tools/call", params: { name: tool, arguments: given } };
  const answered = await post(call, session);
  const text = await answered.text();
  expect([answered.status, text.includes('"result"')]).toEqual([200, true]);
  return text;
}

const dataFiles = ["admin.token", "harness.token", "chain.key", "proctor.db", "proctor.db-wal"];

/** In the forms in which an answer could show them. */
function secretsOf(folder: GuardFolder): string[] {
  const key = readFileSync(join(folder.folder, ".proctor", "chain.key"));
  const forms = [key.toString("hex"), key.toString("base64").slice(0, 40)];
  return [folder.token("admin"), folder.token("harness"), ...forms, "SQLite format 3"];
}

/** Whatever its own tools could do to approve: read what speaks for a person, write it, or speak to the listener. */
function attacks(folder: GuardFolder, adminUrl: string, id: string): [string, object][] {
  const data = join(folder.folder, ".proctor");
  const approve = `${adminUrl}/v1/approvals/${id}/approve`;
  const { host, port } = { host: "127.0.0.1", port: new URL(adminUrl).port };
  return [
    ...dataFiles.flatMap((file): [string, object][] => [
      ["read_text_file", { path: `../.proctor/${file}` }],
      ["read_text_file", { path: join(data, file) }],
      ["write_file", { path: `../.proctor/${file}`, content: "mine" }],
      ["move_file", { source: join(data, file), destination: "stolen" }],
      ["delete_file", { path: join(data, file) }],
      ["bash", { command: `cat ${join(data, file)} | base64; xxd ${join(data, file)}` }],
    ]),
    ["write_file", { path: join(folder.folder, "proctor.yaml"), content: "approvals: {}" }],
    ["bash", { command: `ln -s ${data} link; cat link/admin.token` }],
    ["read_text_file", { path: "link/admin.token" }],
    ["bash", { command: `curl -s -X POST ${approve}` }],
    [
      "bash",
      {
        command: `exec 3<>/dev/tcp/${host}/${port}; printf 'POST / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`,
      },
    ],
    ["bash", { command: `node -e 'fetch("${approve}", { method: "POST" }).then(console.log)'` }],
    ["bash", { command: `sqlite3 ${data}/proctor.db 'delete from records'` }],
    ["bash", { command: "cat /proc/*/environ /proc/*/cmdline; ls -l /proc/*/fd /proc/*/root" }],
    ["bash", { command: `kill -9 -1; proctor approvals approve ${id} --data ${data}` }],
  ];
}

async function* eventsOf(feed: Response) {
  let text = "";
  const decoder = new TextDecoder();
  if (feed.body === null) return;
  for await (const chunk of feed.body) {
    text += decoder.decode(chunk, { stream: true });
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const lines = text.slice(0, end).split("\n");
      text = text.slice(end + 2);
      const event = lines.find((line) => line.startsWith("event: "))?.slice(7);
      const data = lines.find((line) => line.startsWith("data: "))?.slice(6) ?? "{}";
      if (event !== undefined) yield { event, data: JSON.parse(data) as View };
    }
  }
}
