// A model that asks for given tool calls, one a turn, over the wires of Anthropic, OpenAI (chat and Responses) and Gemini.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface AskedCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** A freeform tool of the Responses API, whose input is this text. */
  readonly freeform?: string;
}

export interface MockLlm {
  readonly url: string;
  /** Results of tools as the agent told them to the model, in order, as JSON text. */
  readonly results: readonly string[];
  /** Names of the tools that were offered last. */
  readonly offered: readonly string[];
  close(): Promise<void>;
}

/** Answers each conversation with the call behind as many as it has results, then with `done`. */
export async function startMockLlm(script: readonly AskedCall[]): Promise<MockLlm> {
  const results: string[] = [];
  const offered: string[] = [];
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const path = request.url ?? "";
    const wire = Object.entries(wires).find(([part]) => path.includes(part))?.[1];
    if (wire === undefined || body === undefined) {
      response.writeHead(404, { "content-type": "application/json" }).end("{}");
      return;
    }
    const names = wire.tools(body);
    const found = wire.results(body);
    // Titles and summaries are asked for without the tools.
    const isMain = names.length > 0;
    if (isMain) {
      results.splice(0, results.length, ...found.map((result) => JSON.stringify(result)));
      offered.splice(0, offered.length, ...names);
    }
    const call = isMain ? script[found.length] : undefined;
    const id = `call_${found.length + 1}`;
    if (body.stream === false || (body.stream === undefined && wire.isPlain(path))) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(wire.whole(call, id)));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const event of wire.events(call, id)) {
      const type = typeof event.type === "string" ? `event: ${event.type}\n` : "";
      response.write(`${wire.named ? type : ""}data: ${JSON.stringify(event)}\n\n`);
    }
    response.end(wire.end);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    results,
    offered,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Body = Readonly<Record<string, unknown>>;
type Event = Readonly<Record<string, unknown>>;

interface Wire {
  tools(body: Body): string[];
  results(body: Body): unknown[];
  events(call: AskedCall | undefined, id: string): Event[];
  whole(call: AskedCall | undefined, id: string): Event;
  isPlain(path: string): boolean;
  readonly named: boolean;
  readonly end: string;
}

const usage = { input_tokens: 1, output_tokens: 1 };

const anthropic: Wire = {
  named: true,
  end: "",
  isPlain: () => true,
  tools: (body) => list(body.tools).map(({ name }) => String(name)),
  results: (body) =>
    list(body.messages)
      .flatMap(({ content }) => list(content))
      .filter(({ type }) => type === "tool_result"),
  whole: (call, id) => ({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "mock",
    content: [
      call === undefined
        ? { type: "text", text: "done" }
        : { type: "tool_use", id, name: call.name, input: call.input },
    ],
    stop_reason: call === undefined ? "end_turn" : "tool_use",
    stop_sequence: null,
    usage,
  }),
  events(call, id) {
    const message = { ...anthropic.whole(undefined, id), content: [], stop_reason: null };
    const block =
      call === undefined
        ? { type: "text", text: "" }
        : { type: "tool_use", id, name: call.name, input: {} };
    const delta =
      call === undefined
        ? { type: "text_delta", text: "done" }
        : { type: "input_json_delta", partial_json: JSON.stringify(call.input) };
    const stop = call === undefined ? "end_turn" : "tool_use";
    return [
      { type: "message_start", message },
      { type: "content_block_start", index: 0, content_block: block },
      { type: "content_block_delta", index: 0, delta },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: stop, stop_sequence: null }, usage },
      { type: "message_stop" },
    ];
  },
};

const responses: Wire = {
  named: true,
  end: "",
  isPlain: () => true,
  tools: (body) => list(body.tools).map(({ name, type }) => String(name ?? type)),
  results: (body) => list(body.input).filter(({ type }) => String(type).endsWith("_call_output")),
  whole: (call, id) => ({
    id: "resp_1",
    object: "response",
    created_at: 0,
    model: "mock",
    status: "completed",
    output: [itemOf(call, id)],
    usage: { ...usage, total_tokens: 2, input_tokens_details: { cached_tokens: 0 } },
  }),
  events(call, id) {
    const item = itemOf(call, id);
    const response = responses.whole(call, id);
    const begun = { ...response, status: "in_progress", output: [] };
    const text = call === undefined ? [{ type: "response.output_text.delta", delta: "done" }] : [];
    const part = { output_index: 0, item_id: "item_1", content_index: 0 };
    return [
      { type: "response.created", response: begun },
      { type: "response.output_item.added", output_index: 0, item },
      ...text.map((event) => ({ ...event, ...part })),
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response },
    ];
  },
};

function itemOf(call: AskedCall | undefined, id: string): Event {
  if (call === undefined) {
    const content = [{ type: "output_text", text: "done", annotations: [] }];
    return { type: "message", id: "item_1", role: "assistant", status: "completed", content };
  }
  const common = { id: "item_1", call_id: id, name: call.name, status: "completed" };
  return call.freeform === undefined
    ? { type: "function_call", ...common, arguments: JSON.stringify(call.input) }
    : { type: "custom_tool_call", ...common, input: call.freeform };
}

const chat: Wire = {
  named: false,
  end: "data: [DONE]\n\n",
  isPlain: () => true,
  tools: (body) => list(body.tools).map((tool) => String(record(tool.function).name)),
  results: (body) => list(body.messages).filter(({ role }) => role === "tool"),
  whole: (call, id) => ({
    id: "chatcmpl_1",
    object: "chat.completion",
    created: 0,
    model: "mock",
    choices: [
      {
        index: 0,
        message: { role: "assistant", ...messageOf(call, id) },
        finish_reason: call === undefined ? "stop" : "tool_calls",
      },
    ],
  }),
  events(call, id) {
    const chunk = { id: "chatcmpl_1", object: "chat.completion.chunk", created: 0, model: "mock" };
    const finish = call === undefined ? "stop" : "tool_calls";
    const delta = { role: "assistant", ...messageOf(call, id) };
    return [
      { ...chunk, choices: [{ index: 0, delta, finish_reason: null }] },
      { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: finish }] },
    ];
  },
};

function messageOf(call: AskedCall | undefined, id: string): Event {
  if (call === undefined) return { content: "done" };
  const asked = { name: call.name, arguments: JSON.stringify(call.input) };
  return { content: null, tool_calls: [{ index: 0, id, type: "function", function: asked }] };
}

const gemini: Wire = {
  named: false,
  end: "",
  isPlain: (path) => !path.includes("stream"),
  tools: (body) =>
    list(body.tools)
      .flatMap(({ functionDeclarations }) => list(functionDeclarations))
      .map(({ name }) => String(name)),
  results: (body) =>
    list(body.contents)
      .flatMap(({ parts }) => list(parts))
      .filter(({ functionResponse }) => functionResponse !== undefined),
  whole(call) {
    const part =
      call === undefined
        ? { text: "done" }
        : { functionCall: { name: call.name, args: call.input } };
    return {
      candidates: [{ content: { role: "model", parts: [part] }, finishReason: "STOP", index: 0 }],
      usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
    };
  },
  events: (call, id) => [gemini.whole(call, id)],
};

const wires: Readonly<Record<string, Wire>> = {
  "/messages": anthropic,
  "/responses": responses,
  "/chat/completions": chat,
  GenerateContent: gemini,
  ":generateContent": gemini,
};

function list(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : [];
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

async function bodyOf(request: IncomingMessage): Promise<Body | undefined> {
  let text = "";
  for await (const chunk of request) text += chunk;
  try {
    return record(JSON.parse(text));
  } catch {
    return undefined;
  }
}
