// Anthropic's Messages: POST /v1/messages.
// https://docs.anthropic.com/en/api/messages-streaming

import { ProctorError } from "../../../core/errors.ts";
import type { Json, JsonObject } from "../../../core/json.ts";
import type { Message, MessagePart, Usage } from "../../../core/message.ts";
import type { OfferedTool } from "../../../core/offer.ts";
import type { ServerEvent } from "../../server-events.ts";
import {
  argumentsOf,
  assistant,
  callPart,
  errorText,
  isDenied,
  merged,
  numberIn,
  objectIn,
  objectsIn,
  reasoningPart,
  requiredObjects,
  requiredText,
  ruledPart,
  rulingOf,
  sseBytes,
  sseText,
  textIn,
  textPart,
  without,
} from "../shape.ts";
import type {
  AnswerView,
  ModelCall,
  ModelRequest,
  OwnProblem,
  Rulings,
  StreamReader,
  Taken,
  WholeAnswer,
  Wire,
} from "./wire.ts";

/** What of a request neither is conversation nor shapes the answer; some of it names people. */
const aside: ReadonlySet<string> = new Set([
  "messages",
  "metadata",
  "model",
  "stream",
  "system",
  "tools",
]);

function read(body: JsonObject): ModelRequest {
  return {
    model: requiredText(body, "model"),
    streams: body.stream === true,
    conversation: {
      // A message for each block: some clients change one of them with every request.
      system: partsOf(body.system).map((part) => ({ role: "system", parts: [part] })),
      messages: requiredObjects(body, "messages").map(messageOf),
    },
    tools: objectsIn(body.tools).map(toolOf),
    parameters: without(body, aside),
  };
}

/** Tools of a trained type have no schema: the type stands for it. */
function toolOf(tool: JsonObject): OfferedTool {
  const description = textIn(tool.description);
  return {
    name: textIn(tool.name) ?? "",
    ...(description === undefined ? {} : { description }),
    inputSchema: tool.input_schema ?? without(tool, cached),
  };
}

const cached: ReadonlySet<string> = new Set(["cache_control"]);

function messageOf({ role, content }: JsonObject): Message {
  const parts = partsOf(content);
  if (role === "assistant" || role === "system") return { role, parts };
  return { role: parts.some(({ type }) => type === "result") ? "tool" : "user", parts };
}

function partsOf(content: Json | undefined): readonly MessagePart[] {
  return typeof content === "string" ? textPart(content) : objectsIn(content).flatMap(partOf);
}

function partOf(block: JsonObject): readonly MessagePart[] {
  switch (block.type) {
    case "text":
      return textPart(textIn(block.text));
    case "thinking":
      return reasoningPart(textIn(block.thinking));
    case "redacted_thinking":
      return [];
    case "tool_result":
      return [
        {
          type: "result",
          id: textIn(block.tool_use_id) ?? "",
          content: block.content ?? null,
          ...(block.is_error === true ? { isError: true } : {}),
        },
      ];
    default: {
      const call = callIn(block, "");
      if (call !== undefined) return [callPart(call)];
      if (isProviders(block))
        return [{ ...callPart(useOf(block, "")), provider: true } as MessagePart];
      return [
        { type: "other", kind: textIn(block.type) ?? "unknown", value: without(block, cached) },
      ];
    }
  }
}

/** A call that the client is to carry out: `tool_use`, and whatever may come that is not the provider's. */
function callIn(block: JsonObject, key: string): ModelCall | undefined {
  const isUse = textIn(block.type)?.endsWith("tool_use") === true;
  return isUse && !isProviders(block) ? useOf(block, key) : undefined;
}

function isProviders({ type }: JsonObject): boolean {
  return type === "server_tool_use" || type === "mcp_tool_use";
}

function useOf({ id, name, input, toolset_name: set }: JsonObject, key: string): ModelCall {
  const prefix = textIn(set) === undefined ? "" : `${textIn(set)}.`;
  return {
    key,
    id: textIn(id) ?? "",
    tool: prefix + (textIn(name) ?? ""),
    arguments: objectIn(input),
  };
}

function whole(body: JsonObject): WholeAnswer {
  const blocks = objectsIn(body.content);
  const calls = blocks.flatMap((block, index) => callIn(block, String(index)) ?? []);

  function edited(rulings: Rulings): readonly JsonObject[] {
    return blocks.map((block, index) => {
      const ruling = rulingOf(rulings, String(index));
      if (ruling.kind === "release") return block;
      if (ruling.kind === "replace") return { ...block, input: ruling.arguments };
      return { type: "text", text: ruling.text };
    });
  }

  return {
    calls,
    edit(rulings) {
      const dropped = calls.every(({ key }) => rulingOf(rulings, key).kind === "drop");
      const isOver = calls.length > 0 && dropped;
      const edit: JsonObject = { ...body, content: edited(rulings) };
      return isOver ? { ...edit, stop_reason: "end_turn" } : edit;
    },
    view(rulings) {
      const message = assistant(blocks.flatMap(partOf));
      const isSame = !calls.some(({ key }) => isDenied(rulings, key));
      const given = isSame ? message : assistant(edited(rulings).flatMap(partOf));
      return {
        messages: body.type === "error" ? [] : [{ message, given }],
        ...facts(body),
        isComplete: body.type !== "error",
      };
    },
  };
}

function facts(body: JsonObject): Omit<AnswerView, "messages" | "isComplete"> {
  return {
    id: textIn(body.id),
    served: textIn(body.model),
    finish: textIn(body.stop_reason),
    usage: usageOf(objectIn(body.usage)),
    error: body.type === "error" ? errorText(body.error) : undefined,
  };
}

/** Anthropic counts what it read from and wrote to its cache beside `input_tokens`. */
function usageOf(usage: JsonObject): Usage | undefined {
  if (Object.keys(usage).length === 0) return undefined;
  const read = numberIn(usage.cache_read_input_tokens);
  const fresh = numberIn(usage.input_tokens);
  const input =
    fresh === undefined
      ? undefined
      : fresh + (read ?? 0) + (numberIn(usage.cache_creation_input_tokens) ?? 0);
  return { input, output: numberIn(usage.output_tokens), cached: read };
}

/** Content blocks come one after the other, each with its start and its stop. */
function stream(): StreamReader {
  const blocks = new Map<number, { block: JsonObject; text: string; json: string }>();
  const open = new Set<number>();
  /** Whole, while another is not. */
  const begun: ModelCall[] = [];
  const ruled = new Map<string, ReturnType<typeof rulingOf>>();
  let latest: ReturnType<typeof facts> = {};
  let waiting: readonly ModelCall[] = [];
  let isComplete = false;

  function wholeBlock(index: number): JsonObject {
    const { block, text, json } = blocks.get(index) ?? { block: {}, text: "", json: "" };
    if (block.type === "text") return { ...block, text: (textIn(block.text) ?? "") + text };
    if (block.type === "thinking") {
      return { ...block, thinking: (textIn(block.thinking) ?? "") + text };
    }
    // Without fragments the start has all of it.
    return json === "" ? block : { ...block, input: argumentsOf(json) };
  }

  function takeDelta(index: number, delta: JsonObject): void {
    const known = blocks.get(index);
    if (known === undefined) return;
    known.text += textIn(delta.text) ?? textIn(delta.thinking) ?? "";
    known.json += textIn(delta.partial_json) ?? "";
  }

  function start(index: number, block: JsonObject): void {
    blocks.set(index, { block, text: "", json: "" });
    if (callIn(block, "") !== undefined) open.add(index);
  }

  function stop(index: number): Taken {
    const isCall = open.delete(index);
    const call = callIn(wholeBlock(index), String(index));
    if (isCall && call !== undefined) begun.push(call);
    const judges = isCall && open.size === 0;
    if (judges) waiting = begun.splice(0);
    return { holds: isCall || open.size > 0, judges, isLast: false };
  }

  function take(event: JsonObject | undefined): Taken {
    const index = numberIn(event?.index) ?? -1;
    switch (event?.type) {
      case "message_start": {
        const message = objectIn(event.message);
        // Clients take over what is in it, and nothing would say that such a call is whole.
        if (whole(message).calls.length > 0) {
          throw new ProctorError("upstream_failed", "a stream that begins with a call");
        }
        latest = merged(latest, facts(message));
        break;
      }
      case "content_block_start":
        start(index, objectIn(event.content_block));
        break;
      case "content_block_delta":
        takeDelta(index, objectIn(event.delta));
        break;
      case "content_block_stop":
        return stop(index);
      case "message_delta": {
        const { usage, ...rest } = facts({ ...objectIn(event.delta), usage: event.usage ?? {} });
        latest = { ...merged(latest, rest), usage: merged(latest.usage ?? {}, usage ?? {}) };
        break;
      }
      case "error":
        latest = merged(latest, facts(event));
        break;
      case "message_stop":
        isComplete = true;
        return { holds: open.size > 0, judges: false, isLast: true };
    }
    return { holds: open.size > 0, judges: false, isLast: false };
  }

  function release(held: readonly ServerEvent[], rulings: Rulings): readonly Uint8Array[] {
    for (const [key, ruling] of rulings) ruled.set(key, ruling);
    return held.flatMap(({ bytes, data }) => {
      const event = data === undefined ? {} : objectIn(JSON.parse(data));
      const index = numberIn(event.index) ?? -1;
      const ruling = rulingOf(rulings, String(index));
      if (ruling.kind === "release") return [bytes];
      const block = objectIn(event.content_block);
      switch (event.type) {
        case "content_block_start":
          return ruling.kind === "drop"
            ? textBlock(index, ruling.text)
            : inputBlock(index, block, ruling.arguments);
        case "content_block_stop":
          return [bytes];
        default:
          return [];
      }
    });
  }

  /** Every call was dropped: there is nothing to go on with. */
  function pass(event: JsonObject | undefined, { bytes }: ServerEvent): Uint8Array {
    const rulings = [...ruled.values()];
    const isOver = rulings.length > 0 && rulings.every(({ kind }) => kind === "drop");
    const delta = objectIn(event?.delta);
    if (!isOver || event?.type !== "message_delta" || delta.stop_reason !== "tool_use")
      return bytes;
    return sseBytes({ ...event, delta: { ...delta, stop_reason: "end_turn" } }, "message_delta");
  }

  return {
    take,
    get waiting() {
      return waiting;
    },
    release,
    pass,
    view() {
      const found = [...blocks.keys()].map((index) => ({ index, block: wholeBlock(index) }));
      const message = assistant(found.flatMap(({ block }) => partOf(block)));
      const isSame = ![...ruled.keys()].some((key) => isDenied(ruled, key));
      const given = assistant(
        found.flatMap(({ index, block }) => {
          const call = callIn(block, String(index));
          return call === undefined ? partOf(block) : ruledPart(call, rulingOf(ruled, call.key));
        }),
      );
      const isSaid = found.length > 0 || isComplete;
      return {
        messages: isSaid ? [{ message, given: isSame ? message : given }] : [],
        ...latest,
        isComplete,
      };
    },
  };
}

function textBlock(index: number, text: string): Uint8Array[] {
  const start = { type: "content_block_start", index, content_block: { type: "text", text: "" } };
  const delta = { type: "content_block_delta", index, delta: { type: "text_delta", text } };
  return [sseBytes(start, start.type), sseBytes(delta, delta.type)];
}

function inputBlock(index: number, block: JsonObject, given: JsonObject): Uint8Array[] {
  const type = "content_block_delta";
  const partial_json = JSON.stringify(given);
  const delta = { type, index, delta: { type: "input_json_delta", partial_json } };
  const content_block = { ...block, input: {} };
  const start = { type: "content_block_start", index, content_block };
  return [sseBytes(start, start.type), sseBytes(delta, type)];
}

function problemOf({ status, text }: OwnProblem): JsonObject {
  return { type: "error", error: { type: problemTypes.get(status) ?? "api_error", message: text } };
}

/** https://docs.anthropic.com/en/api/errors */
const problemTypes: ReadonlyMap<number, string> = new Map([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
]);

export const messages: Wire = {
  name: "anthropic-messages",
  path: "/v1/messages",
  read,
  whole,
  stream,
  problem: problemOf,
  problemEvent: (problem) => sseText(problemOf(problem), "error"),
};
