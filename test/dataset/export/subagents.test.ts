// What an agent within the agent says and does is a conversation of its own, by whatever door it came.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { Message } from "../../../src/core/message.ts";
import { digestsOf, type OfferedTool, offerDigest } from "../../../src/core/offer.ts";
import type { ProctorRecord } from "../../../src/core/record.ts";
import { createReadContent } from "../../../src/dataset/export/contents.ts";
import { rowsOf } from "../../../src/dataset/export/conversation.ts";
import { atif } from "../../../src/dataset/export/formats/atif.ts";
import { templateProfiles } from "../../../src/dataset/export/formats/index.ts";
import { proctor } from "../../../src/dataset/export/formats/proctor.ts";
import type { Row } from "../../../src/dataset/export/row.ts";
import { type HookDoor, openHookDoor } from "../../frontends/hooks/door.ts";
import { createRig } from "../../gateway/rig.ts";
import { importGround, importInto } from "../import/ground.ts";
import { call, exportedTo, result, says, talk } from "./ground.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-subagents-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const doors: HookDoor[] = [];
afterEach(async () => {
  for (const door of doors.splice(0)) await door.close();
});

async function rowsIn({ guard: { records } }: HookDoor): Promise<readonly Row[]> {
  const all: Row[] = [];
  for await (const { key } of records.trajectories({ state: "closed" })) {
    const own: ProctorRecord[] = [];
    for await (const { record } of records.read(key)) own.push(record);
    const rows = await rowsOf(own, createReadContent(records));
    if (typeof rows !== "string") all.push(...rows);
  }
  return all;
}

const callsIn = ({ messages }: Row) =>
  messages.flatMap(({ parts }) => parts.flatMap((one) => (one.type === "call" ? [one.id] : [])));

type Event = (id: string, subagent: string | undefined) => object;

const claude: Event = (id, subagent) => ({
  ...{ session_id: "s", prompt_id: "p", cwd: "/w", hook_event_name: "PreToolUse" },
  ...{ tool_name: "Bash", tool_input: { command: "ls" }, tool_use_id: id },
  ...(subagent === undefined ? {} : { agent_id: subagent, agent_type: "Explore" }),
});
const codex: Event = (id, subagent) => ({
  ...{ session_id: "s", turn_id: "p", cwd: "/w", hook_event_name: "PreToolUse", model: "m" },
  ...{ tool_name: "Bash", tool_input: { command: "ls" }, tool_use_id: id },
  ...(subagent === undefined ? {} : { agent_id: subagent, agent_type: "worker" }),
});
const cline: Event = (id, subagent) => ({
  ...{ taskId: "s", workspaceRoots: ["/w"], hookName: "tool_call" },
  ...{ agent_id: subagent ?? "main", parent_agent_id: subagent === undefined ? null : "main" },
  tool_call: { id, name: "run_commands", input: { commands: ["ls"] } },
});

describe("hooks", () => {
  it.each([
    ["claude-code", claude],
    ["codex", codex],
    ["cline", cline],
  ])(
    "of %s: a subagent's calls are a row of their own, of the same trajectory",
    async (agent, event) => {
      const door = await openHookDoor();
      doors.push(door);
      for (const [id, subagent] of [
        ["c1", undefined],
        ["c2", "sub-1"],
        ["c3", undefined],
        ["c4", "sub-2"],
        ["c5", "sub-1"],
      ] as const) {
        expect((await door.hook(agent, event(id, subagent))).code).toBe(0);
      }
      for (const { key } of [...door.guard.trajectories.inMemory()]) {
        await door.guard.trajectories.close(key.agent, key.name, "completed");
      }
      const rows = await rowsIn(door);
      expect(new Set(rows.map(({ trajectory }) => trajectory)).size).toBe(1);
      expect(rows.map((row) => [row.conversation, row.subagent, callsIn(row)])).toEqual([
        [1, undefined, ["c1", "c3"]],
        [2, "sub-1", ["c2", "c5"]],
        [3, "sub-2", ["c4"]],
      ]);
      const [object] = templateProfiles;
      const [parent, sub] = rows;
      if (object === undefined || parent === undefined || sub === undefined)
        throw new Error("none");
      for (const { encode } of [proctor, atif]) {
        expect(JSON.stringify(encode(parent, object))).not.toMatch(/"c[245]"|sub-/);
        expect(JSON.stringify(encode(sub, object))).not.toMatch(/"c[134]"/);
        expect(encode(sub, object)).toMatchObject(
          encode === atif.encode ? { extra: { subagent: "sub-1" } } : { subagent: "sub-1" },
        );
      }
    },
  );
});

const tool = (name: string): OfferedTool => ({ name, inputSchema: { type: "object" } });

it("a model's API: a subagent's conversation is a row of its own, with the tools that it was offered", async () => {
  const rig = await createRig({});
  const lists = { parent: [tool("task"), tool("read")], sub: [tool("read")] };
  const digestOf = (tools: readonly OfferedTool[]) => ({ tools: offerDigest(digestsOf(tools)) });
  const asks = says("user", "what is in a?");
  const hands: Message = { role: "assistant", parts: [call("t1", "task", "look into a")] };
  const subAsked = says("user", "look into a");
  const subLooks: Message = { role: "assistant", parts: [call("r1", "read", "/w/a")] };
  const offer = (tools: readonly OfferedTool[]) =>
    rig.gateway.offered(
      "a",
      { name: "both" },
      { door: "llm", upstream: "openai", tools, pinned: false },
    );

  offer(lists.parent);
  await talk(rig, "both", "t", [
    { before: [asks], said: hands, facts: digestOf(lists.parent) },
    {
      before: [subAsked],
      said: subLooks,
      facts: digestOf(lists.sub),
      first: () => offer(lists.sub),
    },
    {
      before: [subAsked, subLooks, result("r1", "one")],
      said: says("assistant", "it is one"),
      facts: digestOf(lists.sub),
    },
    {
      before: [asks, hands, result("t1", "it is one")],
      said: says("assistant", "There is one."),
      facts: digestOf(lists.parent),
      first: () => offer(lists.parent),
    },
  ]);
  const { rows } = await exportedTo(folder, { from: rig.store, format: "trl" });
  const found = rows.map(({ messages, tools }) => ({
    said: messages.map(
      ({ role, content }: { role: string; content: string }) => `${role}: ${content}`,
    ),
    tools: tools.map((one: { function: { name: string } }) => one.function.name),
  }));
  expect(found).toEqual(
    expect.arrayContaining([
      {
        said: [
          "system: be brief",
          "user: what is in a?",
          "assistant: ",
          "tool: it is one",
          "assistant: There is one.",
        ],
        tools: ["task", "read"],
      },
      {
        said: [
          "system: be brief",
          "user: look into a",
          "assistant: ",
          "tool: one",
          "assistant: it is one",
        ],
        tools: ["read"],
      },
    ]),
  );
  expect(found).toHaveLength(2);
});

it("a transcript: what a subagent said is in no row of its parent", async () => {
  const ground = await importGround();
  const file = join(import.meta.dirname, "../import/golden/claude-code.jsonl");
  const { report } = await importInto(ground, file, {
    format: "claude-code",
    upstream: "catalogue:claude-code",
  });
  expect(report.leftOut.get("messages of subagents")).toBeGreaterThan(0);
  for (const name of ["trl", "openai", "atif", "proctor"]) {
    const lax = { denied: "keep", keepRedacted: true } as const;
    const { rows } = await exportedTo(folder, { from: ground.store, format: name, sanitise: lax });
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain("Search.");
  }
});
