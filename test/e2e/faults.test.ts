// A guard that is killed, shared, ended under load, or cannot write.

import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Answered,
  createClient,
  createGuardFolder,
  type GuardFolder,
  type RunningGuard,
  scrape,
} from "./guard.ts";

const folders: GuardFolder[] = [];
const guards: RunningGuard[] = [];

afterEach(async () => {
  await Promise.all(guards.splice(0).map((guard) => guard.kill()));
  for (const folder of folders.splice(0)) folder.remove();
});

function newFolder(config: object = {}): GuardFolder {
  const folder = createGuardFolder({ embedded: { bash: { offered: false } }, ...config });
  folders.push(folder);
  return folder;
}

async function start(folder: GuardFolder): Promise<RunningGuard> {
  const guard = await folder.start();
  guards.push(guard);
  return guard;
}

interface Recorded {
  readonly type: string;
  readonly step?: number;
  readonly outcome?: { readonly kind: string };
}

async function recordsOf(folder: GuardFolder, id: string): Promise<Recorded[]> {
  const { stdout } = await folder.run("trajectory", id, "--json");
  return stdout
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Recorded => JSON.parse(line));
}

describe("kill -9 under load", () => {
  // It starts the program some thirty times.
  it("loses no answered call, and closes each other intent once", {
    timeout: 600_000,
  }, async () => {
    const folder = newFolder({ limits: { leaseMs: 1_000 } });
    const answered = new Map<string, Set<number>>();
    for (let round = 0; round < 3; round += 1) {
      const guard = await start(folder);
      const client = createClient(guard.agent, folder.token("agent"));
      let killed = false;
      const workers = Array.from({ length: 8 }, async (_, worker) => {
        const name = `w${worker}`;
        for (let i = 0; !killed; i += 1) {
          const call = client.tool(
            "write_file",
            { path: `${name}/${i}`, content: "x" },
            { trajectory: name },
          );
          const answer = await call.catch((): Answered | undefined => undefined);
          if (answer?.status !== 200) continue;
          const steps = answered.get(name) ?? new Set();
          answered.set(name, steps.add(Number(answer.body.step)));
        }
      });
      const client0 = createClient(guard.agent, folder.token("agent"));
      for (let i = 0; i < 20; i += 1)
        await client0.tool("list_directory", { path: "." }, { trajectory: "pace" });
      await guard.kill();
      killed = true;
      await Promise.all(workers);
    }
    // The dead one's lease has to run out before its intents are anybody's.
    const guard = await start(folder);
    const open = async () => {
      const all = await Promise.all(
        [...answered.keys()].map((name) => recordsOf(folder, `default/${name}`)),
      );
      return all
        .flat()
        .reduce((n, { type }) => n + (type === "intent" ? 1 : type === "outcome" ? -1 : 0), 0);
    };
    await expect.poll(open, { interval: 1_000 }).toBe(0);
    await guard.stop();
    for (const [name, steps] of answered) {
      const records = await recordsOf(folder, `default/${name}`);
      const outcomes = records.filter(({ type }) => type === "outcome");
      const intents = records.filter(({ type }) => type === "intent");
      expect(new Set(outcomes.map(({ step }) => step)).size).toBe(outcomes.length);
      expect(outcomes.length).toBe(intents.length);
      for (const step of steps) {
        expect(outcomes.find((one) => one.step === step)?.outcome?.kind).toBe("carried_out");
      }
    }
    const { stdout } = await folder.run("verify", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ ok: true, problems: [] });
  });
});

describe("two processes on one store", () => {
  it("judge one trajectory as one", async () => {
    const folder = newFolder();
    const policy = join(folder.folder, "policy.yaml");
    writeFileSync(
      policy,
      `version: 1
defaults: { read: allow, list: allow, write: allow, truncate: allow, delete: allow, move: allow,
  permission: allow, execute: allow, connect: allow, privilege: ask, discard: ask, unknown: ask }
rules:
  - id: few
    verdict: deny
    reason: Five deletions are enough for one task; say what else should go.
    match: { effect: delete, history: { count: { effects: [delete], above: 5, scope: trajectory } } }
    examples:
      match: [{ effect: delete, path: "\${workspace}/a", times: 6 }]
      not: [{ effect: delete, path: "\${workspace}/a", times: 5 }]
`,
    );
    folder.writeConfig({ policies: [policy], embedded: { bash: { offered: false } } });
    const [one, two] = [await start(folder), await start(folder)];
    mkdirSync(folder.workspace, { recursive: true });
    for (let i = 0; i < 20; i += 1) writeFileSync(join(folder.workspace, `${i}`), "x");
    const clients = [one, two].map(({ agent }) => createClient(agent, folder.token("agent")));
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        clients[i % 2]?.tool("delete_file", { path: `${i}` }, { trajectory: "shared" }),
      ),
    );
    expect(answers.filter((answer) => answer?.status === 200)).toHaveLength(5);
    const totals = await Promise.all(
      [one, two].map(async ({ admin }) =>
        [...(await scrape(admin, folder.token("admin")))].filter(([name]) =>
          name.startsWith("proctor_measure_"),
        ),
      ),
    );
    expect(totals[0]).toEqual(totals[1]);
  });
});

describe("the end", () => {
  it("by SIGTERM lets running calls finish, refuses new ones, and exits with 0", async () => {
    const folder = newFolder({ embedded: {}, limits: { shutdownMs: 600_000 } });
    const guard = await start(folder);
    const client = createClient(guard.agent, folder.token("agent"));
    const tools = await client.request("GET", "/v1/tools");
    const hasBash = JSON.stringify(tools.body).includes('"bash"');
    if (!hasBash) console.log("skipped in part: bash is not offered here, so no call is slow");
    const slow = hasBash
      ? client.tool(
          "bash",
          { command: "until [ -e go ]; do sleep 0.05; done" },
          { trajectory: "t" },
        )
      : client.tool("list_directory", { path: "." }, { trajectory: "t" });
    await expect
      .poll(async () =>
        (await recordsOf(folder, "default/t")).some(({ type }) => type === "intent"),
      )
      .toBe(true);
    const code = guard.stop();
    writeFileSync(join(folder.workspace, "go"), "");
    expect((await slow).status).toBe(200);
    expect(await code).toBe(0);
    expect((await recordsOf(folder, "default/t")).at(-1)).toMatchObject({
      type: "outcome",
      outcome: { kind: "carried_out" },
    });
  });
});

describe("a start that cannot be", () => {
  it.each([
    ["an unknown field", { surprise: true }, /surprise/],
    ["a wrong type", { limits: { maxDepth: "deep" } }, /maxDepth/],
    [
      "an agent that is not declared",
      { lineages: [{ name: "l", teacher: "nobody" }] },
      /no agent "nobody"/,
    ],
    ["a policy that is not there", { policies: ["nowhere.yaml"] }, /nowhere\.yaml/],
    ["a workspace that shows the data", { workspace: ".", data: ".proctor" }, /workspace/],
  ])("says why: %s", async (_, config, why) => {
    const folder = newFolder();
    folder.writeConfig(config);
    const { code, stderr } = await folder.run("serve");
    expect(stderr).toMatch(why);
    expect(code).not.toBe(0);
  });

  it("says that a port is taken", async () => {
    const folder = newFolder();
    const guard = await start(folder);
    const other = newFolder();
    other.writeConfig({ agentListener: { port: Number(new URL(guard.agent).port) } });
    const { code, stderr } = await other.run("serve");
    expect(stderr).toMatch(/port is taken/);
    expect(code).toBe(2);
  });

  it("keeps its secrets to their owner", async () => {
    const folder = newFolder();
    await start(folder);
    const data = join(folder.folder, ".proctor");
    const open = readdirSync(data).filter(
      (file) => (statSync(join(data, file)).mode & 0o077) !== 0,
    );
    expect(open).toEqual([]);
  });
});
