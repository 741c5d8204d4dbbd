// The records of one trajectory as rows: one for each conversation that was led in it.

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
import { judgedCalls, truncatedCalls } from "./calls.ts";
import { partsIn, type ReadContent, toolsIn } from "./contents.ts";
import type { Led, Row, RowMessage } from "./row.ts";
import { stepsAlone } from "./steps.ts";

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
  const common = commonOf(sorted);
  const paths = pathsOf(sorted.messages);
  const led = paths.length === 0 ? await unheard(sorted, read) : await spoken(sorted, paths, read);
  if (led === undefined) return "erased";
  const rows: Row[] = [];
  for (const [i, { offered, ...said }] of led.entries()) {
    const tools = offered === undefined ? [] : toolsIn(await read(offered.tools));
    if (tools === undefined) return "erased";
    rows.push({ ...common, ...said, tools, conversation: i + 1 });
  }
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

type Common = Pick<Row, "trajectory" | "agent" | "task" | "session" | "calls" | "scores">;
/** One conversation; `offered`: the tools that it had. */
interface Conversation extends Led {
  readonly offered: OfferedRecord | undefined;
}

function commonOf({ opened, closed, intents }: Sorted): Common {
  const { key, task, session } = opened;
  return {
    trajectory: trajectoryId(key),
    agent: key.agent,
    task,
    ...(session === undefined ? {} : { session }),
    calls: judgedCalls(intents),
    ...(closed && { scores: closed.scores }),
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

/** Where no door saw the conversation. */
async function unheard(
  { intents, outcomes, offers }: Sorted,
  read: ReadContent,
): Promise<readonly Conversation[] | undefined> {
  const led = await stepsAlone({ intents, outcomes }, read);
  return led?.map((one) => ({ ...one, offered: offers.at(-1) }));
}

async function spoken(
  { messages, intents, outcomes, offers }: Sorted,
  paths: readonly (readonly MessageRecord[])[],
  read: ReadContent,
): Promise<readonly Conversation[] | undefined> {
  const contents = new Map<string, ContentRef>();
  for (const { digest, content } of messages)
    if (content !== undefined) contents.set(digest, content);
  const byLink = new Map(messages.map((message) => [message.link, message]));
  const judged = judgedCalls(intents);
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
    const denied = calls.some((id) => (judged.get(id)?.verdict ?? "allow") !== "allow");
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

  const led: Conversation[] = [];
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
      offered: offeredIn(path, offers),
    });
  }
  return led;
}

/** What the last answer was given; where nobody answered here (an import), what was offered last. */
function offeredIn(
  path: readonly MessageRecord[],
  offers: readonly OfferedRecord[],
): OfferedRecord | undefined {
  const answer = path.findLast((record) => record.answer !== undefined)?.answer;
  if (answer === undefined) return offers.at(-1);
  return offers.findLast(({ digest }) => digest === answer.tools);
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
