// One tool call on its way to an MCP server: events flow, the result waits until its outcome is recorded.

import type { IncomingHttpHeaders } from "node:http";
import type { ToolCall } from "../../core/call.ts";
import { onlyLooks } from "../../core/effect.ts";
import { asProctorError, messageOf, ProctorError } from "../../core/errors.ts";
import { inTime } from "../../core/in-time.ts";
import { isJsonObject, type Json, type JsonObject, jsonOr } from "../../core/json.ts";
import type { Observed } from "../../core/outcome.ts";
import type { Forward, Forwarded, McpResponse, McpUpstream } from "../../upstream/upstream.ts";
import { eventsOf, isWhole, streamIn, type WholeBody, wholeIn, withData } from "./events.ts";
import {
  errorMessage,
  ownErrorCode,
  RpcError,
  type RpcId,
  responseTo,
  resultMessage,
} from "./message.ts";
import type { Outlet, WholeAnswer } from "./outlet.ts";
import { taskBegunIn } from "./task-handle.ts";
import type { Arrived } from "./under-way.ts";

export interface RelayedCall {
  readonly id: RpcId;
  readonly upstream: McpUpstream;
  /** The whole message, as inspected. */
  readonly message: JsonObject;
  readonly headers: IncomingHttpHeaders;
  readonly client: string;
  readonly outlet: Outlet;
  /** A message passes to the client that is not the result; undefined: as it came. */
  passes(message: Json): Promise<Json | undefined>;
  /** The result, should it come on another stream of the session. */
  readonly elsewhere: Promise<Arrived>;
  /** The result is the handle of a task with this id; the answer is what the gateway knows it by. */
  becameTask(id: string): string;
  readonly nowMs: () => number;
}

/** `answer` is what leaves when the outcome is recorded; undefined: it leaves on another stream. */
export function forwardCall(relayed: RelayedCall): Forward<WholeAnswer | undefined> {
  const { upstream, id, outlet, nowMs } = relayed;
  const { callTimeoutMs: answerTimeoutMs, maxMessageBytes } = upstream.limits;

  /** The three layers apart: what HTTP says, what JSON-RPC says, what the tool says. */
  function carriedOut(
    message: JsonObject,
    status: number,
    answer: WholeAnswer | undefined,
  ): Forwarded<WholeAnswer | undefined> {
    const { params } = relayed.message;
    const begun = taskBegunIn(message.result, isJsonObject(params) ? params : {});
    const task = begun === undefined ? {} : { task: relayed.becameTask(begun) };
    return { answer, ...readResponse(message, { status }), ...task };
  }

  async function attempt(call: ToolCall, signal: AbortSignal, repeatable: boolean) {
    const body = bodyWith(relayed.message, call);
    const { headers, client } = relayed;
    const request = { method: "POST", headers, body, client, answerTimeoutMs, repeatable } as const;
    const began = nowMs();
    const response = await upstream.send(request, signal);
    // Most answers are there as a whole.
    const { body: answer } = response;
    if (isWhole(answer)) return wholeResult(response, answer);
    const spentMs = Math.max(0, nowMs() - began);
    const allowed = { timeoutMs: answerTimeoutMs, spentMs, signal, late: tooLate };
    try {
      return await inTime(readResult(response), allowed);
    } finally {
      response.release();
    }
  }

  async function readResult(response: McpResponse) {
    const stream = streamIn(response);
    if (stream === undefined)
      return wholeResult(response, await wholeIn(response, maxMessageBytes));
    if (!outlet.isOpen()) outlet.open(response.headers);
    const found = await streamedResult(stream);
    if (found !== undefined) {
      const event = { ...response, text: found.text, isEvent: true } as const;
      return carriedOut(found.message, response.status, event);
    }
    // The server closed the stream, for the client to ask on another (2025-11-25, "Resumability").
    outlet.close();
    const { message } = await relayed.elsewhere;
    return carriedOut(message, response.status, undefined);
  }

  /** undefined: the stream ended without it, and can be resumed. */
  async function streamedResult(stream: AsyncIterable<Uint8Array>): Promise<Arrived | undefined> {
    let resumable = false;
    for await (const event of eventsOf(stream, maxMessageBytes)) {
      const { text, data, hasId } = event;
      resumable ||= hasId;
      const said = data === undefined ? undefined : parsed(data);
      const message = responseTo(id, said);
      if (message !== undefined) return { message, text };
      const changed = said === undefined ? undefined : await relayed.passes(said);
      await outlet.write(changed === undefined ? text : withData(event, changed));
    }
    if (resumable) return undefined;
    throw new ProctorError("upstream_failed", "the stream ended before the result");
  }

  function wholeResult({ status, headers }: McpResponse, { text, message: said }: WholeBody) {
    if (status >= 300 && status < 400) {
      throw new ProctorError("upstream_failed", `it redirects (${status}), which is not followed`);
    }
    const message = responseTo(id, said);
    if (message !== undefined) return carriedOut(message, status, { status, headers, text });
    if (status >= 400) return rejected(id, { status, headers, text });
    const detail = `status ${status}, and no result of this call`;
    throw new ProctorError("upstream_failed", detail);
  }

  return async function forwardToMcp(call, signal, effects) {
    try {
      return await attempt(call, signal, effects?.every(onlyLooks) ?? false);
    } catch (error) {
      throw asProctorError(error).code === "internal" ? broken(error) : error;
    }
  };
}

function tooLate(timeoutMs: number): ProctorError {
  return new ProctorError("upstream_timeout", `no result within ${timeoutMs} ms`);
}

export function bodyWith(message: JsonObject, call: ToolCall) {
  const params = isJsonObject(message.params) ? message.params : {};
  const inspected = { ...message, params: { ...params, arguments: call.arguments } };
  return { message: inspected, text: JSON.stringify(inspected) };
}

/** The two members of a response, one of which is there. */
export interface RpcAnswer {
  readonly result?: Json;
  readonly error?: Json;
}

/** What a response says of its call, and what of it is recorded. `over`: what carried it says. */
export function readResponse(
  { result, error }: RpcAnswer,
  over: Observed["protocol"] = {},
): Pick<Forwarded<unknown>, "observed" | "result" | "interim"> {
  const errorCode = isJsonObject(error) && typeof error.code === "number" ? error.code : undefined;
  const failed = error !== undefined || (isJsonObject(result) && result.isError === true);
  const observed: Observed = {
    transport: "ok",
    protocol: { ...over, ...(errorCode === undefined ? {} : { errorCode }) },
    tool: { isError: failed },
  };
  const interim = stateAsked(result);
  return {
    observed,
    result: result ?? { error: error ?? null },
    ...(interim === undefined ? {} : { interim }),
  };
}

/** A result that asks for input comes with the state to send again (2026-07-28, "Multi Round-Trip Requests"). */
function stateAsked(result: Json | undefined): string | undefined {
  if (!isJsonObject(result) || result.resultType !== "input_required") return undefined;
  return typeof result.requestState === "string" ? result.requestState : "";
}

/** The state that a call is sent again with; undefined: it comes for the first time. */
export function stateSent({ requestState, inputResponses }: JsonObject): string | undefined {
  if (typeof requestState === "string") return requestState;
  return inputResponses === undefined ? undefined : "";
}

/** HTTP says no; an error of JSON-RPC in it has no id, since the request was not taken up. */
function rejected(id: RpcId, answer: WholeAnswer): Forwarded<WholeAnswer> {
  const { status, text } = answer;
  const body = jsonOr(text, text);
  const error = isJsonObject(body) ? body.error : undefined;
  const errorCode = isJsonObject(error) && typeof error.code === "number" ? error.code : undefined;
  const observed: Observed = {
    transport: "ok",
    protocol: { status, ...(errorCode === undefined ? {} : { errorCode }) },
    tool: { isError: true },
  };
  return { answer, observed, result: { id, status, body } };
}

/** @throws ProctorError `upstream_failed` */
function parsed(data: string): Json {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw new ProctorError("upstream_failed", "an event that is no JSON", { cause });
  }
}

function broken(cause: unknown): ProctorError {
  const detail = messageOf(cause);
  return new ProctorError("upstream_failed", detail, { cause });
}

/** A result of proctor's own. */
export function ownAnswer(id: RpcId, result: JsonObject): WholeAnswer {
  const headers = { "content-type": "application/json" };
  return { status: 200, headers, text: JSON.stringify(resultMessage(id, result)) };
}

/** The answer, where a stream has been opened for it: what is no message of the protocol becomes one. */
export function asEvent(id: RpcId, answer: WholeAnswer): WholeAnswer {
  if (answer.isEvent) return answer;
  const { status, text } = answer;
  const message = responseTo(id, jsonOr(text, undefined));
  const data = { status, body: text.slice(0, maxShownBody) };
  const error = new RpcError(ownErrorCode, `the server answered ${status}`, { data });
  // As it was written: no number in it loses a digit.
  const said = message === undefined ? JSON.stringify(errorMessage(id, error)) : text;
  const lines = said.split(/\r\n|\n|\r/).map((line) => `data: ${line}`);
  return { ...answer, text: `event: message\n${lines.join("\n")}\n\n`, isEvent: true };
}

/** Of an answer that has no place in the protocol, characters. */
const maxShownBody = 1_024;
