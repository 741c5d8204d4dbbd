// Events of Chat Completions with what was ruled of their calls.

import type { JsonObject } from "../../../../core/json.ts";
import { apart, numberIn, objectIn, objectsIn, rulingOf, textIn } from "../../shape.ts";
import type { ModelCall, Rulings } from "../wire.ts";
import { fragmentsIn, oldIndex, withArguments } from "./calls.ts";
/**
 * Rewrites held events one by one: a denied call leaves, and stands once, at its first fragment, as it
 * is ruled. `textOf`: what an alternative says before the texts that are put in.
 */
export function createEdit(
  waiting: readonly ModelCall[],
  rulings: Rulings,
  textOf: (choice: number) => string,
): (event: JsonObject) => JsonObject | undefined {
  const started = new Set<string>();
  const texts = new Map<number, string>();
  const { indices, remaining } = renumbered(waiting, rulings);

  /** A dropped call's text, apart from what is said before it. */
  function put(choice: number, text: string): string {
    const before = texts.get(choice) ?? textOf(choice);
    const added = apart(before, text);
    texts.set(choice, before + added);
    return added;
  }

  function ruled(fragment: JsonObject, choice: number): { fragment?: JsonObject; text?: string } {
    const key = `${choice}:${numberIn(fragment.index) ?? 0}`;
    const ruling = rulingOf(rulings, key);
    const index = indices.get(key) ?? oldIndex;
    if (ruling.kind === "release") return { fragment: { ...fragment, index } };
    if (started.has(key)) return {};
    started.add(key);
    if (ruling.kind === "drop") return { text: put(choice, ruling.text) };
    const { id = "", tool = "" } = waiting.find((call) => call.key === key) ?? {};
    const named = { ...fragment, index, id, function: { name: tool } };
    return { fragment: withArguments(named, ruling.arguments) };
  }

  function editChoice(item: JsonObject): readonly JsonObject[] {
    const choice = numberIn(item.index) ?? 0;
    const { tool_calls: _, function_call: __, ...delta } = objectIn(item.delta);
    const found = fragmentsIn(objectIn(item.delta)).map((fragment) => ruled(fragment, choice));
    const kept = found.flatMap(({ fragment: one }): JsonObject[] =>
      one === undefined ? [] : [one],
    );
    const calls = kept.filter(({ index }) => index !== oldIndex);
    const old = kept.find(({ index }) => index === oldIndex);
    const text = found.map(({ text: added = "" }) => added).join("");
    const changed: JsonObject = {
      ...delta,
      ...(text === "" ? {} : { content: `${textIn(delta.content) ?? ""}${text}` }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
      ...(old === undefined ? {} : { function_call: objectIn(old.function) }),
    };
    const ends = textIn(item.finish_reason) !== undefined;
    if (found.length > 0 && Object.keys(changed).length === 0 && !ends) return [];
    const isLeftAlone = ends && !remaining.has(choice);
    return [{ ...item, delta: changed, ...(isLeftAlone ? { finish_reason: "stop" } : {}) }];
  }

  return function edit(event) {
    const items = objectsIn(event.choices);
    if (items.length === 0) return event;
    const choices = items.flatMap(editChoice);
    return choices.length === 0 ? undefined : { ...event, choices };
  };
}

/** Clients keep calls in arrays, so that those which stay close up; and which alternatives have any. */
function renumbered(waiting: readonly ModelCall[], rulings: Rulings) {
  const indices = new Map<string, number>();
  const remaining = new Map<number, number>();
  for (const { key } of waiting) {
    if (rulingOf(rulings, key).kind === "drop") continue;
    const [choice = 0, place = 0] = key.split(":").map(Number);
    const next = remaining.get(choice) ?? 0;
    if (place !== oldIndex) indices.set(key, next);
    remaining.set(choice, next + 1);
  }
  return { indices, remaining };
}
