// Answers of Chat Completions that are no stream.

import type { Json, JsonObject } from "../../../../core/json.ts";
import { apart, assistant, isDenied, objectIn, objectsIn, rulingOf, textIn } from "../../shape.ts";
import type { AnswerView, ModelCall, Rulings } from "../wire.ts";
import { callsOf, withArguments } from "./calls.ts";
import { facts } from "./facts.ts";
import { assistantParts } from "./read.ts";
export function whole(body: JsonObject) {
  const choices = objectsIn(body.choices).map((choice, place) => ({
    choice,
    message: objectIn(choice.message),
    calls: callsOf(objectIn(choice.message), place),
  }));

  return {
    calls: choices.flatMap(({ calls }) => calls),
    edit(rulings: Rulings): JsonObject {
      return {
        ...body,
        choices: choices.map(({ choice, message, calls }) => {
          if (!calls.some(({ key }) => isDenied(rulings, key))) return choice;
          const edited = editedMessage(message, calls, rulings);
          const left = edited.tool_calls !== undefined || edited.function_call !== undefined;
          return { ...choice, message: edited, ...(left ? {} : { finish_reason: "stop" }) };
        }),
      };
    },
    view(rulings: Rulings): AnswerView {
      return {
        messages: choices.map(({ message, calls }) => {
          const edited = editedMessage(message, calls, rulings);
          const said = assistant(assistantParts(message));
          const isSame = !calls.some(({ key }) => isDenied(rulings, key));
          return { message: said, given: isSame ? said : assistant(assistantParts(edited)) };
        }),
        ...facts(body),
        finish: textIn(choices[0]?.choice.finish_reason),
        isComplete: true,
      };
    },
  };
}

function editedMessage(
  message: JsonObject,
  calls: readonly ModelCall[],
  rulings: Rulings,
): JsonObject {
  const { tool_calls: given, function_call: old, ...rest } = message;
  const kept: JsonObject[] = [];
  let text = textIn(message.content) ?? "";
  let keptOld: Json | undefined = old;
  calls.forEach(({ key }, i) => {
    const call = objectsIn(given)[i];
    const ruling = rulingOf(rulings, key);
    if (ruling.kind === "drop") text += apart(text, ruling.text);
    if (call === undefined) {
      if (ruling.kind === "drop") keptOld = undefined;
      if (ruling.kind === "replace") {
        keptOld = { ...objectIn(old), arguments: JSON.stringify(ruling.arguments) };
      }
    } else if (ruling.kind === "release") kept.push(call);
    else if (ruling.kind === "replace") kept.push(withArguments(call, ruling.arguments));
  });
  return {
    ...rest,
    ...(text === (textIn(message.content) ?? "") ? {} : { content: text }),
    ...(kept.length > 0 ? { tool_calls: kept } : {}),
    ...(keptOld === undefined ? {} : { function_call: keptOld }),
  };
}
