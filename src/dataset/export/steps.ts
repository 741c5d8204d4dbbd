// A trajectory of which no door saw the conversation: each call and what came of it.

import { isJsonObject, type Json } from "../../core/json.ts";
import type { MessagePart } from "../../core/message.ts";
import type { IntentRecord, OutcomeRecord } from "../../core/record.ts";
import { idOf, truncatedCalls } from "./calls.ts";
import type { ReadContent } from "./contents.ts";
import type { Led, RowMessage } from "./row.ts";

interface Steps {
  readonly intents: readonly IntentRecord[];
  readonly outcomes: ReadonlyMap<number, OutcomeRecord>;
}

/** What the agent did itself, and what each of its subagents did. */
export async function stepsAlone(
  { intents, outcomes }: Steps,
  read: ReadContent,
): Promise<readonly Led[] | undefined> {
  const led: Led[] = [];
  for (const [subagent, own] of bySubagent(intents)) {
    const one = await conversationOf({ intents: own, outcomes }, read);
    if (one === undefined) return undefined;
    led.push({ ...one, ...(subagent === undefined ? {} : { subagent }) });
  }
  return led;
}

/** The agent's own first, then the subagents' in the order of their first calls. */
function bySubagent(intents: readonly IntentRecord[]): Map<string | undefined, IntentRecord[]> {
  const all = new Map<string | undefined, IntentRecord[]>();
  // Seen by another door before.
  const own = intents.filter(({ sameAs }) => sameAs === undefined);
  if (own.some(({ call }) => call.subagent === undefined)) all.set(undefined, []);
  for (const intent of own) {
    const { subagent } = intent.call;
    const group = all.get(subagent);
    if (group === undefined) all.set(subagent, [intent]);
    else group.push(intent);
  }
  return all;
}

async function conversationOf(
  { intents, outcomes }: Steps,
  read: ReadContent,
): Promise<Led | undefined> {
  const said: RowMessage[] = [];
  for (const intent of intents) {
    const { call, at, decision, step } = intent;
    const id = idOf(intent);
    const given = await read(call.arguments);
    if (given === undefined) return undefined;
    const denied = decision.judged !== "allow";
    const part = { type: "call", id, tool: call.tool, arguments: given } as const;
    const mask = denied ? ({ weight: 0, masked: "denied" } as const) : ({ weight: 1 } as const);
    said.push({ role: "assistant", parts: [part], at, ...mask });
    const record = outcomes.get(step);
    const result = await resultOf(id, record, read);
    if (result === undefined) return undefined;
    said.push({ role: "tool", parts: [result], at: record?.at ?? at, weight: 0 });
  }
  const [first, last] = [intents[0]?.step, intents.at(-1)?.step];
  if (first === undefined || last === undefined) return undefined;
  const truncated = truncatedCalls(intents, outcomes).size > 0;
  const steps = { first, last };
  return { messages: said, hasPrompt: false, steps, ...(truncated && { truncated }) };
}

async function resultOf(
  id: string,
  record: OutcomeRecord | undefined,
  read: ReadContent,
): Promise<MessagePart | undefined> {
  const outcome = record?.outcome;
  if (outcome?.kind !== "carried_out") {
    return { type: "result", id, content: outcome?.kind ?? "unobserved", isError: true };
  }
  const content = await read(outcome.result);
  if (content === undefined) return undefined;
  const { isError } = outcome.observed.tool;
  return { type: "result", id, content: shownResult(content), ...(isError ? { isError } : {}) };
}

/** Of a result in the shape of MCP the texts, which is what the model sees. */
function shownResult(content: Json): Json {
  if (!isJsonObject(content) || !Array.isArray(content.content)) return content;
  const texts = content.content.map((block) =>
    isJsonObject(block) && block.type === "text" ? block.text : undefined,
  );
  return texts.every((text) => typeof text === "string") ? texts.join("\n") : content;
}
