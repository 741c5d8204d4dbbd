// What of a conversation is learned from, in every form: each turn once, and nothing that was refused.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Message } from "../../../src/core/message.ts";
import { createRig, type Rig } from "../../gateway/rig.ts";
import { call, exportedTo, result, says, talk, text } from "./ground.ts";

const folder = mkdtempSync(join(tmpdir(), "proctor-masks-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let rig: Rig;

beforeAll(async () => {
  rig = await createRig({ decide: ({ call: { tool } }) => (tool === "write" ? "deny" : "allow") });
  const asks = says("user", "go");
  const mixed: Message = {
    role: "assistant",
    parts: [
      { type: "reasoning", text: "I try both" },
      text("Both."),
      call("m1", "read", "/w/a"),
      call("m2", "write", "/w/b"),
    ],
  };
  await talk(rig, "mixed", "t1", [
    { before: [asks], said: mixed, facts: { replaced: ["m2"] } },
    {
      before: [asks, mixed, result("m1", "one"), result("m2", "no")],
      said: says("assistant", "One."),
    },
  ]);
  // A model that gives each call the same id: what was refused stays refused.
  const writes: Message = { role: "assistant", parts: [call("x", "write", "/w/b")] };
  const reads: Message = { role: "assistant", parts: [call("x", "read", "/w/a")] };
  await talk(rig, "twice", "t2", [
    { before: [asks], said: writes },
    { before: [asks, writes, result("x", "no")], said: reads },
    {
      before: [asks, writes, result("x", "no"), reads, result("x", "one")],
      said: says("assistant", "Got it."),
    },
  ]);
  // One beginning, three ways on.
  const first = says("assistant", "first");
  const second = says("assistant", "second");
  const [b, c, d] = [says("user", "b"), says("user", "c"), says("user", "d")];
  await talk(rig, "tree", "t3", [
    { before: [asks], said: first },
    { before: [asks, first, b], said: second },
    { before: [asks, first, b, second, c], said: says("assistant", "third") },
    { before: [asks, first, b, second, d], said: says("assistant", "fourth") },
    { before: [asks, first, d], said: says("assistant", "fifth") },
  ]);
});

type Any = Record<string, unknown>;

/** What is learned from, as text, whatever the form. */
const learned: Readonly<Record<string, (row: Any) => string[]>> = {
  trl: ({ messages, weights }) =>
    (messages as Any[]).flatMap((message, i) =>
      (weights as number[])[i] === 1 ? [shown(message)] : [],
    ),
  openai: ({ messages }) =>
    (messages as Any[]).flatMap((message) =>
      message.role === "assistant" && message.weight !== 0 ? [shown(message)] : [],
    ),
  atif: ({ steps }) =>
    (steps as Any[]).flatMap((step) =>
      step.source === "agent" && (step.extra as Any | undefined)?.masked === undefined
        ? [shown({ ...step, content: step.message })]
        : [],
    ),
  proctor: ({ messages }) =>
    (messages as Any[]).flatMap((message) =>
      message.weight === 1 ? [shown({ content: textsOf(message.parts as Any[]) })] : [],
    ),
};

const shown = ({ content }: Any) => String(content);
const textsOf = (parts: Any[]) =>
  parts.flatMap(({ text: said }) => (said === undefined ? [] : [said])).join();

describe.each(Object.entries(learned))("in %s", (format, learnedIn) => {
  it("each turn is learned from once, and a message with a refused call is not", async () => {
    const { rows } = await exportedTo(folder, { from: rig.store, format });
    const all = rows.flatMap(learnedIn).filter((said) => said !== "");
    expect(all.sort()).toEqual(["Got it.", "One.", "fifth", "first", "fourth", "second", "third"]);
  });
});

it("of an id that was given twice no call is learned from where one was refused", async () => {
  const { rows } = await exportedTo(folder, { from: rig.store, format: "trl" });
  const twice = rows.find(({ id }) => id === "a:twice");
  expect(twice.weights).toEqual([0, 0, 0, 0, 0, 0, 1]);
});

it("parallel calls and reasoning are one message, with the calls in their order", async () => {
  const { rows } = await exportedTo(folder, { from: rig.store, format: "openai" });
  const mixed = rows.find(({ messages }) => JSON.stringify(messages).includes("Both."));
  expect(mixed.messages[2]).toMatchObject({
    content: "Both.",
    reasoning_content: "I try both",
    weight: 0,
    tool_calls: [{ id: "m1" }, { id: "m2" }],
  });
  const { rows: steps } = await exportedTo(folder, { from: rig.store, format: "atif" });
  const document = steps.find(({ trajectory_id: id }) => id === "a:mixed");
  expect(document.steps[2]).toMatchObject({
    reasoning_content: "I try both",
    tool_calls: [{ tool_call_id: "m1" }, { tool_call_id: "m2" }],
    observation: { results: [{ source_call_id: "m1" }, { source_call_id: "m2" }] },
    extra: { masked: "denied" },
  });
  const again = steps.find(({ trajectory_id: id }) => id === "a:twice");
  expect(
    again.steps.map(({ observation }: Any) => (observation as { results: Any[] })?.results),
  ).toEqual([
    undefined,
    undefined,
    [{ source_call_id: "x", content: "no" }],
    [{ source_call_id: "x", content: "one" }],
    undefined,
  ]);
});
