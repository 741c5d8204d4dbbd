// Answers of Chat Completions that stream.

import type { JsonObject } from "../../../../core/json.ts";
import type { ServerEvent } from "../../../server-events.ts";
import {
  apart,
  argumentsOf,
  assistant,
  isDenied,
  merged,
  numberIn,
  objectIn,
  objectsIn,
  reasoningPart,
  ruledPart,
  rulingOf,
  sseBytes,
  textIn,
  textPart,
} from "../../shape.ts";
import type { ModelCall, Rulings, StreamReader, Taken } from "../wire.ts";
import { fragmentsIn } from "./calls.ts";
import { createEdit } from "./edit.ts";
import { facts } from "./facts.ts";

/** One alternative of an answer, as far as it has come. */
interface Choice {
  text: string;
  reasoning: string;
  finish?: string;
  /** By index; fragments of names and arguments are joined as clients join them. */
  readonly fragments: Map<number, { id: string; tool: string; text: string; isCustom: boolean }>;
  /** A call has begun, and the alternative has not ended. */
  isOpen: boolean;
  /** What was put in the place of dropped calls. */
  dropped: string;
}

/** Calls come in fragments, and only the end of their alternative says that they are whole. */
export function stream(): StreamReader {
  const choices = new Map<number, Choice>();
  const ruled = new Map<string, ReturnType<typeof rulingOf>>();
  let latest: ReturnType<typeof facts> = {
    id: undefined,
    served: undefined,
    usage: undefined,
    error: undefined,
  };
  let waiting: readonly ModelCall[] = [];
  let isComplete = false;

  function choiceAt(index: number): Choice {
    const known = choices.get(index);
    if (known !== undefined) return known;
    const fresh: Choice = {
      text: "",
      reasoning: "",
      fragments: new Map(),
      isOpen: false,
      dropped: "",
    };
    choices.set(index, fresh);
    return fresh;
  }

  function takeChoice(item: JsonObject): void {
    const choice = choiceAt(numberIn(item.index) ?? 0);
    const delta = objectIn(item.delta);
    choice.text += textIn(delta.content) ?? textIn(delta.refusal) ?? "";
    choice.reasoning += textIn(delta.reasoning_content) ?? textIn(delta.reasoning) ?? "";
    for (const fragment of fragmentsIn(delta)) takeFragment(choice, fragment);
    const finish = textIn(item.finish_reason);
    if (finish !== undefined) choice.finish = finish;
  }

  function takeFragment(choice: Choice, fragment: JsonObject): void {
    const index = numberIn(fragment.index) ?? 0;
    const known = choice.fragments.get(index) ?? { id: "", tool: "", text: "", isCustom: false };
    const { name, arguments: text } = objectIn(fragment.function);
    const custom = objectIn(fragment.custom);
    choice.fragments.set(index, {
      id: known.id || (textIn(fragment.id) ?? ""),
      tool: known.tool + (textIn(name) ?? textIn(custom.name) ?? ""),
      text: known.text + (textIn(text) ?? textIn(custom.input) ?? ""),
      isCustom: known.isCustom || fragment.type === "custom" || fragment.custom !== undefined,
    });
    choice.isOpen = true;
  }

  function callsIn([index, { fragments }]: [number, Choice]): readonly ModelCall[] {
    return [...fragments].map(([place, { id, tool, text, isCustom }]) => ({
      key: `${index}:${place}`,
      id,
      tool,
      arguments: isCustom ? { input: text } : argumentsOf(text),
    }));
  }

  function take(event: JsonObject | undefined, raw: ServerEvent): Taken {
    const isLast = raw.data?.trim() === "[DONE]";
    if (event !== undefined) {
      latest = merged(latest, facts(event));
      for (const item of objectsIn(event.choices)) takeChoice(item);
    }
    const open = [...choices].filter(([, { isOpen }]) => isOpen);
    const isWhole = isLast || open.every(([, { finish }]) => finish !== undefined);
    if (isLast || [...choices.values()].some(({ finish }) => finish !== undefined)) {
      isComplete = true;
    }
    if (open.length === 0 || !isWhole) return { holds: open.length > 0, judges: false, isLast };
    waiting = open.flatMap(callsIn);
    for (const [, choice] of open) choice.isOpen = false;
    return { holds: true, judges: true, isLast };
  }

  function release(held: readonly ServerEvent[], rulings: Rulings): readonly Uint8Array[] {
    for (const [key, ruling] of rulings) ruled.set(key, ruling);
    if (!waiting.some(({ key }) => isDenied(rulings, key))) return held.map(({ bytes }) => bytes);
    const edit = createEdit(waiting, rulings, (index) => choiceAt(index).text);
    return held.flatMap(({ bytes, data }) => {
      const event = parsed(data);
      if (event === undefined) return [bytes];
      const edited = edit(event);
      return edited === undefined ? [] : [sseBytes(edited)];
    });
  }

  return {
    take,
    get waiting() {
      return waiting;
    },
    release,
    pass: (_, { bytes }) => bytes,
    view() {
      const messages = [...choices].map((entry) => {
        const [, { text, reasoning }] = entry;
        const calls = callsIn(entry);
        const said = [...reasoningPart(reasoning), ...textPart(text)];
        const message = assistant([
          ...said,
          ...calls.flatMap((call) => ruledPart(call, { kind: "release" })),
        ]);
        if (!calls.some(({ key }) => isDenied(ruled, key))) return { message, given: message };
        const dropped = calls.reduce((before, { key }) => {
          const ruling = rulingOf(ruled, key);
          return ruling.kind === "drop" ? before + apart(before, ruling.text) : before;
        }, text);
        const kept = calls.filter(({ key }) => rulingOf(ruled, key).kind !== "drop");
        const given = assistant([
          ...reasoningPart(reasoning),
          ...textPart(dropped),
          ...kept.flatMap((call) => ruledPart(call, rulingOf(ruled, call.key))),
        ]);
        return { message, given };
      });
      const finish = choices.get(0)?.finish;
      return { messages, ...latest, finish, isComplete };
    },
  };
}

function parsed(data: string | undefined): JsonObject | undefined {
  if (data === undefined || data.trim() === "[DONE]") return undefined;
  return objectIn(JSON.parse(data));
}
