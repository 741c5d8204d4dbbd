// What the model is told of a call that has no result of its tool.

import { type ErrorCode, ProctorError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Ended } from "../../gateway.ts";
import { toldOfError } from "../told.ts";

const noRepeat = new ProctorError("idempotency_mismatch", "its answer is not repeated");

/** As a tool's result. */
export function resultOfNone(answer: Ended): JsonObject {
  return answer.kind === "replayed" ? errorResult(noRepeat) : refusal(answer);
}

/** A result of proctor's own, as the era of the request has it. */
export function inEra(result: JsonObject, modern: boolean): JsonObject {
  return modern ? { resultType: "complete", ...result } : result;
}

type Refused = Extract<Ended, { kind: "refused" | "failed" }>;

function refusal(answer: Refused): JsonObject {
  const { code, decision, trajectory, step } = answer;
  const detail = answer.detail ?? decision.reason;
  const rules = decision.matches.filter(({ verdict }) => verdict !== "allow");
  const ids = [...new Set(rules.map(({ rule }) => rule))];
  const { verdict } = decision;
  return {
    ...errorResult(new ProctorError(code, detail)),
    _meta: { "proctor/decision": { code, verdict, rules: ids, trajectory, step } },
  };
}

/** No `structuredContent`: clients hold it against the tool's output schema, errors too. */
export function errorResult({
  code,
  message,
}: {
  readonly code: ErrorCode;
  readonly message: string;
}): JsonObject {
  return { content: [{ type: "text", text: toldOfError({ code, message }) }], isError: true };
}

/** The id that the model gave the call, under the names that coding agents send it by. */
export function modelsId(meta: Json | undefined): string | undefined {
  if (!isJsonObject(meta)) return undefined;
  const id = meta["claudecode/toolUseId"] ?? meta.callId;
  return typeof id === "string" && id.length <= 256 ? id : undefined;
}
