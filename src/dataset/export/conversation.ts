// The records of one trajectory as rows: one for each conversation that was led in it.

import { isJsonObject, type Json } from "../../core/json.ts";
import type { Message, MessagePart } from "../../core/message.ts";
import type { ContentRef } from "../../core/outcome.ts";
import type {
  ClosedRecord,
  IntentRecord,
  MessageRecord,
  OfferedRecord,
  OpenedRecord,
  OutcomeRecord,
  ProctorRecord,
} from "../../core/record.ts";
import { trajectoryId } from "../../core/trajectory.ts";
import { partsIn, type ReadContent, toolsIn } from "./contents.ts";
import type { JudgedCall, Row, RowMessage } from "./row.ts";

/** Why a trajectory gives no rows. */
export type NoRows = "open" | "erased" | "nothing said";

/** A trajectory, its records by type. */
interface Sorted {
  readonly opened: OpenedRecord;
  readonly closed?: ClosedRecord;
  readonly messages: readonly MessageRecord[];
  readonly intents: readonly IntentRecord[];
  readonly outcomes: ReadonlyMap<number, OutcomeRecord>;
  readonly offers: readonly OfferedRecord[];
}

export async function rowsOf(
  records: readonly ProctorRecord[],
  read: ReadContent,
): Promise<readonly Row[] | NoRows> {
  const sorted = sort(records);
  if (sorted?.closed === undefined) return "open";
  const common = await commonOf(sorted, read);
  if (common === undefined) return "erased";
  const { messages } = sorted;
  const paths = pathsOf(messages);
  const led =
    paths.length === 0 ? await stepsAlone(sorted, read) : await spoken(sorted, paths, read);
  if (led === undefined) return "erased";
  const rows = led.map((said, i): Row => ({ ...common, ...said, conversation: i + 1 }));
  return rows.length === 0 ? "nothing said" : rows;
}

function sort(records: readonly ProctorRecord[]): Sorted | undefined {
  const of = <Type extends ProctorRecord["type"]>(type: Type) =>
    records.filter(
      (record): record is Extract<ProctorRecord, { type: Type }> => record.type === type,
    );
  const [opened] = of("opened");
  const [closed] = of("closed");
  if (opened === undefined) return undefined;
  return {
    opened,
    ...(closed && { closed }),
    messages: of("message"),
    intents: of("intent"),
    // A late outcome stands behind the one that it supersedes.
    outcomes: new Map(of("outcome").map((record) => [record.step, record])),
    offers: of("offered"),
  };
}

type Common = Omit<Row, "messages" | "conversation" | "hasPrompt" | "steps" | "truncated">;
type Led = Pick<Row, "messages" | "hasPrompt" | "steps" | "truncated"> & {
  readonly model?: string;
};

async function commonOf(sorted: Sorted, read: ReadContent): Promise<Common | undefined> {
  const { opened, closed, intents, offers } = sorted;
  const latest = offers.at(-1);
  const tools = latest === undefined ? [] : toolsIn(await read(latest.tools));
  if (tools === undefined) return undefined;
  const { key, task, session } = opened;
  return {
    trajectory: trajectoryId(key),
    agent: key.agent,
    task,
    ...(session === undefined ? {} : { session }),
    tools,
    calls: new Map(intents.map((intent) => [idOf(intent), judgedOf(intent)])),
    ...(closed && { scores: closed.scores }),
  };
}

/** Calls by doors without ids are known by their steps. */
function idOf({ call, step }: IntentRecord): string {
  return call.id ?? `step-${step}`;
}

function judgedOf({ step, decision, effects }: IntentRecord): JudgedCall {
  const rules = decision.matches.filter(({ verdict }) => verdict !== "allow");
  return {
    step,
    verdict: decision.judged,
    rules: [...new Set(rules.map(({ rule }) => rule))],
    effects: [...new Set(effects.map(({ kind }) => kind))],
  };
}

/**
 * Each conversation from its first message to its last; where the chain forks there are several. What a
 * client sent and nobody answered is in none, and neither is an answer that was no whole one.
 */
function pathsOf(messages: readonly MessageRecord[]): readonly (readonly MessageRecord[])[] {
  const whole = messages.filter(
    ({ answer }) => answer === undefined || answer.ended === "complete",
  );
  const byLink = new Map(whole.map((message) => [message.link, message]));
  const answers = whole.filter(isAnswer);
  const goesOn = new Set<string>();
  for (const answer of answers) {
    for (const before of pathTo(answer, byLink).slice(0, -1)) goesOn.add(before.link);
  }
  return answers.filter(({ link }) => !goesOn.has(link)).map((answer) => pathTo(answer, byLink));
}

/** Who imported a conversation says that its assistant is the agent. */
function isAnswer({ answer, door, role }: MessageRecord): boolean {
  return answer !== undefined || (door === "import" && role === "assistant");
}

function pathTo(
  last: MessageRecord,
  byLink: ReadonlyMap<string, MessageRecord>,
): readonly MessageRecord[] {
  const path = [last];
  const seen = new Set([last.link]);
  for (let after = last.after; after !== undefined && !seen.has(after); ) {
    const before = byLink.get(after);
    if (before === undefined) break;
    seen.add(after);
    path.push(before);
    after = before.after;
  }
  return path.reverse();
}

async function spoken(
  { messages, intents, outcomes }: Sorted,
  paths: readonly (readonly MessageRecord[])[],
  read: ReadContent,
): Promise<readonly Led[] | undefined> {
  const contents = new Map<string, ContentRef>();
  for (const { digest, content } of messages)
    if (content !== undefined) contents.set(digest, content);
  const byLink = new Map(messages.map((message) => [message.link, message]));
  const verdicts = new Map(intents.map((intent) => [intent.call.id, intent.decision.judged]));
  const learned = new Set<string>();
  const cutShort = truncatedCalls(intents, outcomes);

  async function partsOf({
    content,
    digest,
  }: MessageRecord): Promise<readonly MessagePart[] | undefined> {
    const ref = content ?? contents.get(digest);
    return ref && partsIn(await read(ref));
  }

  function maskOf(
    record: MessageRecord,
    parts: readonly MessagePart[],
  ): Pick<RowMessage, "weight" | "masked"> {
    const { role, answer, link } = record;
    if (role !== "assistant") return { weight: 0 };
    if (!isAnswer(record)) return { weight: 0, masked: "not answered here" };
    const calls = parts.flatMap((part) => (part.type === "call" ? [part.id] : []));
    const denied = calls.some((id) => (verdicts.get(id) ?? "allow") !== "allow");
    if (denied || (answer?.replaced.length ?? 0) > 0) return { weight: 0, masked: "denied" };
    if (learned.has(link)) return { weight: 0, masked: "in an earlier row" };
    return { weight: 1 };
  }

  async function messageOf(record: MessageRecord): Promise<RowMessage | undefined> {
    const parts = await partsOf(record);
    if (parts === undefined) return undefined;
    const { role, at, answer } = record;
    const mask = maskOf(record, parts);
    if (mask.weight === 1) learned.add(record.link);
    const model = answer?.served ?? answer?.model;
    return {
      role,
      parts,
      at,
      ...mask,
      ...(model === undefined ? {} : { model }),
      ...(answer?.usage && { usage: answer.usage }),
    };
  }

  const led: Led[] = [];
  for (const path of paths) {
    const heads = path.at(-1)?.answer?.system.flatMap((link) => byLink.get(link) ?? []) ?? [];
    const said: RowMessage[] = [];
    for (const record of [...heads, ...path]) {
      const message = await messageOf(record);
      if (message === undefined) return undefined;
      said.push(message);
    }
    const model = said.findLast((message) => message.model !== undefined)?.model;
    const hasPrompt = said.some(({ role }) => role === "user");
    const truncated =
      path.some(({ answer }) => endsAtLength(answer)) ||
      said.some(({ parts }) => parts.some((p) => p.type === "result" && cutShort.has(p.id)));
    led.push({
      messages: said,
      hasPrompt,
      ...(truncated && { truncated }),
      ...stepsIn(said, intents),
      ...(model && { model }),
    });
  }
  return led;
}

/** Calls whose tool says that it left out a part of what there was. */
function truncatedCalls(
  intents: readonly IntentRecord[],
  outcomes: ReadonlyMap<number, OutcomeRecord>,
): ReadonlySet<string> {
  const truncated = intents.filter(({ step }) => {
    const outcome = outcomes.get(step)?.outcome;
    return outcome?.kind === "carried_out" && outcome.observed.tool.truncated === true;
  });
  return new Set(truncated.map(idOf));
}

/** In the words of the wires. */
const lengths = ["length", "max_tokens", "max_output_tokens"];

function endsAtLength(answer: MessageRecord["answer"]): boolean {
  return answer?.finish !== undefined && lengths.includes(answer.finish);
}

function stepsIn(
  messages: readonly Message[],
  intents: readonly IntentRecord[],
): Pick<Row, "steps"> {
  const ids = new Set(
    messages.flatMap(({ parts }) =>
      parts.flatMap((part) => (part.type === "call" ? [part.id] : [])),
    ),
  );
  const steps = intents.filter(({ call }) => call.id !== undefined && ids.has(call.id));
  const [first, last] = [steps[0]?.step, steps.at(-1)?.step];
  return first === undefined || last === undefined ? {} : { steps: { first, last } };
}

/** Where no door saw the conversation: each call and what came of it. */
async function stepsAlone(
  { intents, outcomes }: Sorted,
  read: ReadContent,
): Promise<readonly Led[] | undefined> {
  const said: RowMessage[] = [];
  for (const intent of intents) {
    // Seen by another door before.
    if (intent.sameAs !== undefined) continue;
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
  if (first === undefined || last === undefined) return [];
  const truncated = truncatedCalls(intents, outcomes).size > 0;
  const steps = { first, last };
  return [{ messages: said, hasPrompt: false, steps, ...(truncated && { truncated }) }];
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
