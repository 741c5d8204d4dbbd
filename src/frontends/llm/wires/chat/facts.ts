// What an answer of Chat Completions says beside its messages.

import type { JsonObject } from "../../../../core/json.ts";
import type { Usage } from "../../../../core/message.ts";
import { errorText, numberIn, objectIn, textIn } from "../../shape.ts";
import type { AnswerView } from "../wire.ts";
export function facts(body: JsonObject): Pick<AnswerView, "id" | "served" | "usage" | "error"> {
  return {
    id: textIn(body.id),
    served: textIn(body.model),
    usage: usageOf(objectIn(body.usage)),
    error: errorText(body.error),
  };
}

function usageOf(usage: JsonObject): Usage | undefined {
  if (Object.keys(usage).length === 0) return undefined;
  return {
    input: numberIn(usage.prompt_tokens),
    output: numberIn(usage.completion_tokens),
    cached: numberIn(objectIn(usage.prompt_tokens_details).cached_tokens),
    reasoning: numberIn(objectIn(usage.completion_tokens_details).reasoning_tokens),
  };
}
