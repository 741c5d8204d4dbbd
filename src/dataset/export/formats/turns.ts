// A row's messages as chat templates have them: a message for each result, and what the profile asks for.

import { createHash } from "node:crypto";
import type { Json } from "../../../core/json.ts";
import type { MessagePart } from "../../../core/message.ts";
import type { Row, RowMessage } from "../row.ts";
import { contentOf, resultText, textOf } from "./format.ts";
import type { TemplateProfile } from "./profiles.ts";

export type Call = Extract<MessagePart, { type: "call" }>;

/** One message of a chat. */
export interface Turn {
  readonly role: RowMessage["role"];
  /** A text, or parts where there is more than text. */
  readonly content: Json;
  readonly reasoning: string;
  readonly calls: readonly Call[];
  /** The call that a tool's message answers. */
  readonly answers?: string;
  readonly weight: 0 | 1;
}

/** What the provider carried out itself has no result here, and is no call to learn. */
export function callsIn({ parts }: Pick<RowMessage, "parts">): readonly Call[] {
  return parts.flatMap((part) => (part.type === "call" && part.provider !== true ? [part] : []));
}

export function turnsOf(
  { messages }: Pick<Row, "messages">,
  profile: TemplateProfile,
): readonly Turn[] {
  let turns = messages.flatMap(turnsIn);
  if (profile.beside === "before") turns = turns.flatMap(textFirst);
  if (profile.calls === "apart") turns = apart(turns);
  if (profile.turns === "alternate") turns = joined(turns);
  if (profile.ids === "short") turns = turns.map(withShortIds);
  return turns;
}

/** Why a template of the profile would not render the row whole. */
export function unfitFor(row: Pick<Row, "messages">, profile: TemplateProfile): string | undefined {
  const turns = turnsOf(row, profile);
  if (profile.beside === "unfit") {
    const both = turns.some(({ calls, content }) => calls.length > 0 && content !== "");
    if (both) return "template: text beside calls";
  }
  if (profile.turns === "alternate") {
    const [first, ...rest] = turns.filter(
      ({ calls, role }) => calls.length === 0 && role !== "tool",
    );
    const spoken = first?.role === "system" ? rest : [first, ...rest];
    const alternate = spoken.every(
      (turn, i) => turn?.role === (i % 2 === 0 ? "user" : "assistant"),
    );
    if (!alternate) return "template: turns do not alternate";
  }
  return undefined;
}

/** Each result is a message of its own. */
function turnsIn(message: RowMessage): readonly Turn[] {
  const { role, parts, weight } = message;
  const none = { reasoning: "", calls: [], weight: 0 } as const;
  if (role === "assistant") {
    const [content, reasoning] = [textOf(parts), textOf(parts, "reasoning")];
    return [{ role, content, reasoning, calls: callsIn(message), weight }];
  }
  const answers = parts.flatMap((part): readonly Turn[] =>
    part.type === "result"
      ? [{ ...none, role: "tool", content: resultText(part.content), answers: part.id }]
      : [],
  );
  if (role !== "tool") return [{ ...none, role, content: contentOf(parts) }];
  // Beside its results a client may say something as the user.
  const text = textOf(parts);
  return text === "" ? answers : [...answers, { ...none, role: "user", content: text }];
}

function textFirst(turn: Turn): readonly Turn[] {
  if (turn.calls.length === 0 || turn.content === "") return [turn];
  return [
    { ...turn, calls: [] },
    { ...turn, content: "", reasoning: "" },
  ];
}

/** What the model did at once stands there as if it had waited for each result. */
function apart(turns: readonly Turn[]): Turn[] {
  const moved = new Set<Turn>();
  return turns.flatMap((turn, at): readonly Turn[] => {
    if (moved.has(turn)) return [];
    if (turn.calls.length <= 1) return [turn];
    return turn.calls.flatMap((call, i) => {
      // Some models give the ids of an earlier message again.
      const answer = turns.find((one, j) => j > at && one.answers === call.id && !moved.has(one));
      const own = { ...turn, ...(i > 0 && { content: "", reasoning: "" }), calls: [call] };
      if (answer === undefined) return [own];
      moved.add(answer);
      return [own, answer];
    });
  });
}

/** What is not to be learned from in part is not learned from. */
function joined(turns: readonly Turn[]): Turn[] {
  const all: Turn[] = [];
  for (const turn of turns) {
    const last = all.at(-1);
    if (last === undefined || !isJoined(last, turn)) {
      all.push(turn);
      continue;
    }
    const between = (a: string, b: string) => [a, b].filter((one) => one !== "").join("\n\n");
    all[all.length - 1] = {
      ...last,
      content: between(`${last.content}`, `${turn.content}`),
      reasoning: between(last.reasoning, turn.reasoning),
      weight: last.weight === 1 && turn.weight === 1 ? 1 : 0,
    };
  }
  return all;
}

function isJoined(a: Turn, b: Turn): boolean {
  const plain = [a, b].every(
    ({ role, calls, content }) =>
      role !== "tool" && calls.length === 0 && typeof content === "string",
  );
  return plain && a.role === b.role;
}

function withShortIds(turn: Turn): Turn {
  const calls = turn.calls.map((call) => ({ ...call, id: shortId(call.id) }));
  const { answers } = turn;
  return { ...turn, calls, ...(answers === undefined ? {} : { answers: shortId(answers) }) };
}

/** Nine hexadecimal digits: two of a row's calls meet in one of 10^9 rows of ten. */
function shortId(id: string): string {
  return /^[A-Za-z0-9]{9}$/.test(id)
    ? id
    : createHash("sha256").update(id).digest("hex").slice(0, 9);
}
