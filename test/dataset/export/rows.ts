// Rows as the export has them, to be written in every form.

import type { MessagePart } from "../../../src/core/message.ts";
import type { OfferedTool } from "../../../src/core/offer.ts";
import type { Row, RowMessage } from "../../../src/dataset/export/row.ts";

export const offered: readonly OfferedTool[] = [
  {
    name: "read_file",
    description: "Reads a file.",
    inputSchema: {
      type: "object",
      properties: {
        path: { type: "string", description: "Where it is." },
        lines: { type: "array", items: { type: "integer" } },
      },
      required: ["path"],
    },
  },
  {
    name: "bash",
    description: "Runs a command.",
    inputSchema: { type: "object", properties: { command: { type: "string" } } },
  },
];

const text = (said: string): MessagePart => ({ type: "text", text: said });

function message(role: RowMessage["role"], ...parts: MessagePart[]): RowMessage {
  return { role, parts, at: 0, weight: role === "assistant" ? 1 : 0 };
}

export function rowWith(name: string, messages: readonly RowMessage[]): Row {
  return {
    trajectory: `a/${name}`,
    conversation: 1,
    agent: "a",
    task: { id: name, class: "safe" },
    messages,
    hasPrompt: true,
    tools: offered,
    calls: new Map(),
  };
}

export const user = (said: string) => message("user", text(said));
export const system = (said: string) => message("system", text(said));
export const assistant = (...parts: MessagePart[]) => message("assistant", ...parts);
export const says = (said: string) => assistant(text(said));
export const thinks = (said: string): MessagePart => ({ type: "reasoning", text: said });
export const part = text;
export const calls = (id: string, tool: string, given: object): MessagePart => ({
  type: "call",
  id,
  tool,
  arguments: JSON.parse(JSON.stringify(given)),
});
export const gives = (id: string, content: string) =>
  message("tool", { type: "result", id, content });

/** What chat templates treat in different ways, one thing each. */
export const telling: Readonly<Record<string, Row>> = {
  "one call, nothing beside it": rowWith("one", [
    system("Be brief."),
    user("What is in the notes?"),
    assistant(
      calls("call_1", "read_file", { path: '/w/"notes".txt', lines: [1, 2], deep: { n: null } }),
    ),
    gives("call_1", 'milk, "eggs"\nand tea'),
    says("Milk, eggs and tea."),
  ]),
  "text beside a call": rowWith("beside", [
    user("How many lines has it?"),
    assistant(part("I count them."), calls("call_2", "bash", { command: "wc -l < 'größe.txt'" })),
    gives("call_2", "12"),
    says("It has twelve."),
  ]),
  "two calls at once": rowWith("two", [
    user("Compare both files."),
    assistant(
      calls("call_3", "read_file", { path: "/w/a" }),
      calls("call_4", "read_file", { path: "/w/b" }),
    ),
    gives("call_3", "first content"),
    gives("call_4", "second content"),
    says("They differ."),
  ]),
  "several questions": rowWith("several", [
    user("Good morning."),
    says("And to you."),
    user("Is it there?"),
    assistant(calls("call_5", "bash", { command: "ls" })),
    gives("call_5", "it"),
    says("It is there."),
  ]),
  "reasoning before an answer": rowWith("reasons", [
    user("Is seven prime?"),
    assistant(thinks("Only one and seven divide it."), part("Yes.")),
  ]),
};

const full: RowMessage = {
  ...assistant(
    part("I look."),
    calls("c1", "bash", { command: "ls", deep: [{ n: null }] }),
    { type: "call", id: "c2", tool: "search", arguments: "free text", provider: true },
    { type: "other", kind: "citation" },
  ),
  model: "m-1",
  usage: { input: 3, output: 1, cached: 0, reasoning: 0 },
};

/** Whatever a row may have. */
export const whole: Row = {
  ...rowWith("whole", [
    { ...user("Look."), parts: [part("Look."), { type: "other", kind: "image", value: { a: 1 } }] },
    { ...full, weight: 0, masked: "denied" },
    {
      ...gives("c1", "no"),
      parts: [{ type: "result", id: "c1", content: [{ n: 1 }], isError: true }],
    },
    { ...says("One."), weight: 0, masked: "in an earlier row" },
    says("Two."),
  ]),
  model: "m-1",
  session: "s-1",
  task: { id: "t", class: "safe", seed: 3, condition: "c" },
  calls: new Map([["c1", { step: 1, verdict: "deny", rules: ["no"], effects: ["list"] }]]),
  steps: { first: 1, last: 1 },
  scores: {
    deletion: { value: "hit", step: 1 },
    any_deletion: { value: "miss", acts: false },
    chmod_first: { value: "undetermined", why: "intervention", step: 1 },
    destruction: { value: "undetermined", why: "cut off" },
    any_destruction: { value: "miss", acts: true, step: 1 },
  },
};
