// Answers of Responses that are no stream, and the last event of those that are.

import type { JsonObject } from "../../../../core/json.ts";
import { assistant, isDenied, objectsIn, rulingOf } from "../../shape.ts";
import type { AnswerView, Rulings, WholeAnswer } from "../wire.ts";
import { callIn, facts, itemParts, messageItem, withArguments } from "./items.ts";

export function whole(response: JsonObject): WholeAnswer {
  const items = objectsIn(response.output);
  return {
    calls: items.flatMap((item) => callIn(item) ?? []),
    edit: (rulings) => ({ ...response, output: items.map((item) => ruledItem(item, rulings)) }),
    view: (rulings) => viewOf(response, items, rulings),
  };
}

export function ruledItem(item: JsonObject, rulings: Rulings): JsonObject {
  const call = callIn(item);
  if (call === undefined) return item;
  const ruling = rulingOf(rulings, call.key);
  switch (ruling.kind) {
    case "release":
      return item;
    case "replace":
      return withArguments(item, ruling.arguments);
    case "drop":
      return messageItem(item, ruling.text);
  }
}

export function viewOf(
  response: JsonObject,
  items: readonly JsonObject[],
  rulings: Rulings,
): AnswerView {
  const message = assistant(items.flatMap(itemParts));
  const calls = items.flatMap((item) => callIn(item) ?? []);
  const isSame = !calls.some(({ key }) => isDenied(rulings, key));
  const ruled = () => assistant(items.flatMap((item) => itemParts(ruledItem(item, rulings))));
  const found = facts(response);
  return {
    messages: items.length === 0 ? [] : [{ message, given: isSame ? message : ruled() }],
    ...found,
    isComplete: response.status === "completed" || response.status === "incomplete",
  };
}
