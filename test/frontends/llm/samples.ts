// Answers of providers, as their documentation and their servers write them.

import { type NamedEvent as Event, events, namedEvents } from "./rig.ts";

interface Item extends Event {
  readonly id: string;
  readonly content?: readonly { readonly text: string }[];
}

const chatBase = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m-1" };

const chunk = (delta: object, finish_reason: string | null = null, index = 0) => ({
  ...chatBase,
  choices: [{ index, delta, logprobs: null, finish_reason }],
});

export interface SampleCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: object;
}

/** In fragments of five characters. */
function fragments(text: string): string[] {
  return text.match(/.{1,5}/gs) ?? [];
}

export function chatStream(text: string, calls: readonly SampleCall[] = []): string {
  return events(
    chunk({ role: "assistant", content: "" }),
    ...fragments(text).map((content) => chunk({ content })),
    ...calls.flatMap(({ id, name, arguments: given }, index) => [
      chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] }),
      ...fragments(JSON.stringify(given)).map((part) =>
        chunk({ tool_calls: [{ index, function: { arguments: part } }] }),
      ),
    ]),
    chunk({}, calls.length > 0 ? "tool_calls" : "stop"),
    {
      ...chatBase,
      choices: [],
      usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
    },
    "[DONE]",
  );
}

export function chatWhole(text: string, calls: readonly SampleCall[] = []): object {
  const tool_calls = calls.map(({ id, name, arguments: given }) => ({
    id,
    type: "function",
    function: { name, arguments: JSON.stringify(given) },
  }));
  const message = { role: "assistant", content: text === "" ? null : text, refusal: null };
  return {
    ...chatBase,
    object: "chat.completion",
    choices: [
      {
        index: 0,
        message: calls.length > 0 ? { ...message, tool_calls } : message,
        finish_reason: calls.length > 0 ? "tool_calls" : "stop",
        logprobs: null,
      },
    ],
    usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
  };
}

function responseItems(text: string, calls: readonly SampleCall[]): Item[] {
  const content = [{ type: "output_text", text, annotations: [], logprobs: [] }];
  return [
    ...(text === ""
      ? []
      : [{ id: "msg_1", type: "message", status: "completed", role: "assistant", content }]),
    ...calls.map(({ id, name, arguments: given }) => ({
      id: `fc_${id}`,
      type: "function_call",
      status: "completed",
      call_id: id,
      name,
      arguments: JSON.stringify(given),
    })),
  ];
}

export function responseWhole(text: string, calls: readonly SampleCall[] = []): object {
  return {
    id: "resp_1",
    object: "response",
    created_at: 1,
    status: "completed",
    model: "m-1",
    output: responseItems(text, calls),
    usage: { input_tokens: 9, output_tokens: 4, total_tokens: 13 },
  };
}

export function responseStream(text: string, calls: readonly SampleCall[] = []): string {
  const whole = responseWhole(text, calls);
  const items = responseItems(text, calls);
  const open = { ...whole, status: "in_progress", output: [], usage: null };
  const all: Event[] = [
    { type: "response.created", response: open },
    { type: "response.in_progress", response: open },
    ...items.flatMap((item, output_index) => itemEvents(item, output_index)),
    { type: "response.completed", response: whole },
  ];
  return namedEvents(...all.map((one, sequence_number) => ({ ...one, sequence_number })));
}

function itemEvents(item: Item, output_index: number): Event[] {
  const place = { item_id: item.id, output_index };
  const added = { ...item, status: "in_progress" };
  if ("arguments" in item && typeof item.arguments === "string") {
    return [
      { type: "response.output_item.added", output_index, item: { ...added, arguments: "" } },
      ...fragments(item.arguments).map((delta) => ({
        type: "response.function_call_arguments.delta",
        ...place,
        delta,
      })),
      { type: "response.function_call_arguments.done", ...place, arguments: item.arguments },
      { type: "response.output_item.done", output_index, item },
    ];
  }
  const [part = { text: "" }] = item.content ?? [];
  const at = { ...place, content_index: 0 };
  return [
    { type: "response.output_item.added", output_index, item: { ...added, content: [] } },
    { type: "response.content_part.added", ...at, part: { ...part, text: "" } },
    ...fragments(part.text).map((delta) => ({
      type: "response.output_text.delta",
      ...at,
      delta,
      logprobs: [],
    })),
    { type: "response.output_text.done", ...at, text: part.text, logprobs: [] },
    { type: "response.content_part.done", ...at, part },
    { type: "response.output_item.done", output_index, item },
  ];
}

export function messageWhole(text: string, calls: readonly SampleCall[] = []): object {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "m-1",
    content: [
      ...(text === "" ? [] : [{ type: "text", text }]),
      ...calls.map(({ id, name, arguments: input }) => ({ type: "tool_use", id, name, input })),
    ],
    stop_reason: calls.length > 0 ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 4 },
  };
}

export function messageStream(text: string, calls: readonly SampleCall[] = []): string {
  const start = { ...messageWhole("", []), stop_reason: null, content: [] };
  const first = text === "" ? 0 : 1;
  const stop_reason = calls.length > 0 ? "tool_use" : "end_turn";
  return namedEvents(
    { type: "message_start", message: start },
    ...(text === ""
      ? []
      : block(
          0,
          { type: "text", text: "" },
          fragments(text).map((part) => ({ type: "text_delta", text: part })),
        )),
    { type: "ping" },
    ...calls.flatMap(({ id, name, arguments: input }, i) =>
      block(
        first + i,
        { type: "tool_use", id, name, input: {} },
        ["", ...fragments(JSON.stringify(input))].map((partial_json) => ({
          type: "input_json_delta",
          partial_json,
        })),
      ),
    ),
    {
      type: "message_delta",
      delta: { stop_reason, stop_sequence: null },
      usage: { output_tokens: 4 },
    },
    { type: "message_stop" },
  );
}

function block(index: number, content_block: object, deltas: readonly object[]): Event[] {
  return [
    { type: "content_block_start", index, content_block },
    ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
    { type: "content_block_stop", index },
  ];
}
