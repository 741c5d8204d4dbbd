import { describe, expect, it } from "vitest";
import type { Message } from "../../src/core/message.ts";
import type { MessageRecord } from "../../src/core/record.ts";
import { createContents } from "../../src/gateway/contents.ts";
import { type AnswerFacts, createMessages } from "../../src/gateway/messages.ts";
import { createRedactor } from "../../src/redaction/index.ts";
import { createRig, key32, memoryStore, type RigOptions } from "./rig.ts";

const says = (role: Message["role"], text: string): Message => ({
  role,
  parts: [{ type: "text", text }],
});

const facts: AnswerFacts = {
  wire: "openai-chat",
  upstream: "openai",
  model: "m-1",
  parameters: { temperature: 1 },
  status: 200,
  ended: "complete",
  finish: "stop",
  usage: { input: 3, output: 1 },
  durationMs: 5,
};

const speaker = {
  agent: "a",
  naming: { name: "t", identifiedBy: "explicit" },
  door: "llm",
} as const;

async function createTalk(options?: RigOptions) {
  const rig = await createRig(options);
  const { trajectories, clock } = rig;
  const contents = createContents(createRedactor(), key32);
  const messages = createMessages({ trajectories, contents, clock });
  return { ...rig, ...messages };
}

async function messagesIn(rig: { records(name?: string): Promise<unknown[]> }) {
  const found = (await rig.records()) as MessageRecord[];
  return found.filter(({ type }) => type === "message");
}

/** `role text`, `=` where the contents are in an earlier record. */
function shown({ role, content }: MessageRecord): string {
  if (content === undefined) return `${role} =`;
  return `${role} ${"inline" in content ? JSON.stringify(content.inline) : `blob of ${content.bytes}`}`;
}
const text = (role: string, said: string) =>
  `${role} ${JSON.stringify([{ type: "text", text: said }])}`;

describe("messages", () => {
  it("open a trajectory, and are recorded once however often they are sent again", async () => {
    const talk = await createTalk();
    const system = [says("system", "be brief")];
    const first = [says("user", "hello")];
    const place = await talk.heard(speaker, { system, messages: first });
    const answer = says("assistant", "hi");
    await talk.said(speaker, place, { message: answer, facts });
    await talk.heard(speaker, { system, messages: [...first, answer, says("user", "more")] });
    await talk.heard(speaker, { system, messages: [...first, answer, says("user", "more")] });
    const found = await messagesIn(talk);
    expect(found.map(shown)).toEqual([
      text("system", "be brief"),
      text("user", "hello"),
      text("assistant", "hi"),
      text("user", "more"),
    ]);
    const [prompt, user, assistant, more] = found;
    expect(user?.after).toBeUndefined();
    expect(assistant?.after).toBe(user?.link);
    expect(more?.after).toBe(assistant?.link);
    expect(assistant?.answer).toEqual({
      ...facts,
      parameters: { bytes: 17, inline: { temperature: 1 } },
      system: [prompt?.link],
      replaced: [],
    });
    expect((await talk.records())[0]?.type).toBe("opened");
  });

  it("fork where a client changes what was said, and contents are kept once", async () => {
    const talk = await createTalk();
    const [a, b, c] = [says("user", "a"), says("assistant", "b"), says("user", "c")];
    await talk.heard(speaker, { system: [], messages: [a, b, c] });
    await talk.heard(speaker, { system: [], messages: [says("user", "A"), b, c] });
    await talk.heard(speaker, { system: [], messages: [a, b, c] });
    expect((await messagesIn(talk)).map(shown)).toEqual([
      text("user", "a"),
      text("assistant", "b"),
      text("user", "c"),
      text("user", "A"),
      "assistant =",
      "user =",
    ]);
  });

  it("have of a replaced call what the model said, under the name of what the client has", async () => {
    const talk = await createTalk();
    const call = (command: string): Message => ({
      role: "assistant",
      parts: [{ type: "call", id: "c1", tool: "Bash", arguments: { command } }],
    });
    const place = await talk.heard(speaker, { system: [], messages: [says("user", "tidy")] });
    const given = call("exit 126");
    const replaced = { ...facts, replaced: ["c1"] };
    await talk.said(speaker, place, { message: call("rm -r /"), given, facts: replaced });
    await talk.heard(speaker, { system: [], messages: [says("user", "tidy"), given] });
    const found = await messagesIn(talk);
    expect(found).toHaveLength(2);
    expect(shown(found[1] as MessageRecord)).toContain("rm -r /");
  });

  it("are in the next generation what they were in none, once a trajectory has ended", async () => {
    const talk = await createTalk();
    const messages = [says("user", "a")];
    await talk.heard(speaker, { system: [], messages });
    await talk.trajectories.close("a", "t", "completed");
    await talk.heard(speaker, { system: [], messages });
    expect((await messagesIn(talk)).map(shown)).toEqual([text("user", "a")]);
    expect(await talk.store.latestGeneration("a", "t")).toBe(2);
  });

  it("lose their secrets, and keep what is large as blobs", async () => {
    const talk = await createTalk();
    const secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    const long = "x".repeat(20_000);
    const messages = [says("user", `token ${secret}`), says("user", long)];
    await talk.heard(speaker, { system: [], messages });
    const found = await messagesIn(talk);
    expect(JSON.stringify(found)).not.toContain(secret);
    const content = found[1]?.content;
    if (content === undefined || !("digest" in content)) throw new Error("no blob");
    const blob = await talk.store.blob(content.digest);
    expect(JSON.parse(Buffer.from(blob ?? []).toString())).toEqual(messages[1]?.parts);
  });

  it("enter no measure and count as no step", async () => {
    const talk = await createTalk();
    await talk.heard(speaker, { system: [], messages: [says("user", "a")] });
    const closed = await talk.trajectories.close("a", "t", "completed");
    expect(closed.steps).toBe(0);
    expect(closed.scores.any_deletion).toEqual({ value: "miss", acts: false });
  });

  it("that cannot be recorded are refused", async () => {
    const store = await memoryStore();
    const talk = await createTalk({ store });
    await store.close();
    const heard = talk.heard(speaker, { system: [], messages: [says("user", "a")] });
    await expect(heard).rejects.toMatchObject({ code: "store_unavailable" });
  });

  it("from two processes form one chain", async () => {
    const store = await memoryStore();
    const [one, two] = [await createTalk({ store }), await createTalk({ store, instance: "two" })];
    const messages = [says("user", "a")];
    await one.heard(speaker, { system: [], messages });
    await two.heard(speaker, { system: [], messages: [...messages, says("user", "b")] });
    await one.heard(speaker, { system: [], messages: [...messages, says("user", "b")] });
    expect(await messagesIn(one)).toHaveLength(2);
  });
});
