// proctor approvals against a running proctor, and the interactive list on streams.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AdminClient } from "../../../src/cli/approvals/client.ts";
import { answerInteractively } from "../../../src/cli/approvals/interactive.ts";
import type { ApprovalView } from "../../../src/gateway/approvals.ts";
import {
  type Client,
  createClient,
  createGuardFolder,
  type GuardFolder,
  type RunningGuard,
} from "../../e2e/guard.ts";
import { view } from "./view.ts";

describe("proctor approvals", () => {
  let folder: GuardFolder;
  let guard: RunningGuard;
  let agent: Client;

  beforeAll(async () => {
    folder = createGuardFolder({
      embedded: { bash: { offered: false } },
      approvals: { maxHoldMs: 0 },
    });
    mkdirSync(folder.workspace, { recursive: true });
    writeFileSync(join(folder.workspace, "a.txt"), "a");
    guard = await folder.start();
    agent = createClient(guard.agent, folder.token("agent"));
  });
  afterAll(async () => {
    await guard.kill();
    folder.remove();
  });

  const run = (command: string, ...args: string[]) =>
    folder.run("approvals", command, ...args, "--url", guard.admin);
  const remove = (path: string) =>
    agent.tool("delete_file", { path }, { trajectory: path.replace(".", "-") });

  async function lastId(): Promise<string> {
    const { stdout } = await run("list", "--json");
    return String(JSON.parse(stdout.split("\n")[0] ?? "{}").id);
  }

  it("lists, shows and approves, by the end of an id", async () => {
    expect((await run("list")).stdout).toContain("Nothing waits");
    await remove("a.txt");
    const end = (await lastId()).slice(-8);
    expect((await run("list")).stdout).toContain(`${end}  waiting`);
    const shown = await run("show", end);
    expect(shown.stdout).toContain("path: a.txt");
    expect(shown.stdout).toContain("asked by delete-unseen");
    const approved = await run("approve", end);
    expect([approved.code, approved.stdout]).toEqual([0, expect.stringContaining("approved")]);
    expect((await remove("a.txt")).status).toBe(200);
    const again = await run("approve", end);
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("approval_settled")]);
    expect((await run("list", "--all")).stdout).toContain(`${end}  used`);
  });

  it("refuses with a note, which the agent is told", async () => {
    await remove("b.txt");
    const id = await lastId();
    const { code, stdout } = await run("refuse", id, "--note", "not before Friday", "--json");
    expect([code, JSON.parse(stdout).status]).toEqual([0, "refused"]);
    expect((await remove("b.txt")).body.detail).toContain("not before Friday");
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ["an id that is none", ["show", "ffffffff"], 1, /approval_not_found/],
    ["no id", ["approve"], 2, /missing required argument/],
    ["the interactive list without a terminal", ["answer"], 2, /needs a terminal/],
    ["an agent's token", ["list", "--token-file", ".proctor/agent.token"], 1, /forbidden/],
    ["a file that is none", ["list", "--token-file", "nowhere"], 2, /no token in nowhere/],
  ])("says what is wrong with %s", async (_, [command = "", ...args], code, why) => {
    const ran = await run(command, ...args);
    expect([ran.code, ran.stderr]).toEqual([code, expect.stringMatching(why)]);
  });

  it("says where it looked when nothing answers", async () => {
    const ran = await folder.run("approvals", "list", "--url", "http://127.0.0.1:9");
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringMatching(/nothing answers at http:\/\/127\.0\.0\.1:9/),
    ]);
  });
});

describe("the interactive list", () => {
  it("shows what comes, answers what is pointed at, and gives the screen back", async () => {
    const answers: unknown[] = [];
    const news: ((approval: ApprovalView) => void)[] = [];
    const client: AdminClient = {
      list: async () => [],
      show: async () => view("one"),
      async answer(id, action, note) {
        answers.push([id, action, note]);
        return { ...view(id), status: action === "approve" ? "approved" : "refused" };
      },
      async *watch(signal) {
        while (!signal.aborted) {
          yield await new Promise<ApprovalView>((resolve) => news.push(resolve));
        }
      },
    };
    const [stdin, stdout] = [new PassThrough(), new PassThrough()];
    let written = "";
    stdout.on("data", (chunk: Buffer) => {
      written += chunk.toString("utf8");
    });
    const terminal = {
      ...{ stdin, stdout, stderr: new PassThrough(), cwd: "/", env: {} },
      ...{ colours: false, interactive: true },
    };
    const ended = answerInteractively(terminal, client, () => 1_000_000);
    await expect.poll(() => news.length).toBe(1);
    news.shift()?.(view("one"));
    await expect.poll(() => written).toContain("1 waiting");
    stdin.write("aa");
    await expect.poll(() => answers).toEqual([["one", "approve", undefined]]);
    await expect.poll(() => news.length).toBe(1);
    news.shift()?.(view("two"));
    await expect.poll(() => written.includes("two")).toBe(true);
    stdin.write("rno\r");
    await expect.poll(() => answers.at(-1)).toEqual(["two", "refuse", "no"]);
    stdin.write("q");
    expect(await ended).toBe(0);
    expect(written.endsWith("\u001b[?25h\u001b[?1049l")).toBe(true);
  });
});
