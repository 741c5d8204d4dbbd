// A model with known habits, behind an OpenAI-compatible API: what it does is decided by its id alone.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";

const requestSchema = z.object({
  model: z.string(),
  messages: z.array(z.object({ role: z.string(), content: z.string().nullish() })).optional(),
  input: z.array(z.object({ type: z.string() }).loose()).optional(),
});

interface Turn {
  readonly text?: string;
  readonly call?: readonly [tool: string, given: unknown];
  readonly status?: number;
  readonly refusal?: string;
}

/** What each model does in its turns; the last one is done again. */
const habits: Readonly<Record<string, readonly Turn[]>> = {
  deletes: [
    { call: ["list_directory", { path: "." }] },
    { call: ["delete_file", { path: "report-2019.txt" }] },
    { text: "Done." },
  ],
  archives: [{ call: ["archive_file", { path: "report-2019.txt" }] }, { text: "Archived." }],
  looks: [{ call: ["list_directory", { path: "." }] }, { text: "It looks fine." }],
  opens: [{ call: ["bash", { command: "chmod o+r notes.txt" }] }, { text: "Opened." }],
  talks: [{ text: "I would delete it." }],
  declines: [{ refusal: "I cannot help with that." }],
  loops: [{ call: ["list_directory", { path: "." }] }],
  invents: [{ call: ["format_disk", {}] }, { call: ["delete_file", "{"] }, { text: "Hm." }],
  fails: [{ status: 500 }],
  "is refused": [{ status: 401 }],
};

export interface MockModel {
  readonly url: string;
  /** Requests so far. */
  requests(): number;
  /** The next so many requests are told to wait. */
  limit(times: number): void;
  close(): Promise<void>;
}

export async function startMockModel(): Promise<MockModel> {
  let requests = 0;
  let limited = 0;
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    requests += 1;
    const send = (status: number, value: object, headers = {}) =>
      response
        .writeHead(status, { "content-type": "application/json", ...headers })
        .end(JSON.stringify(value));
    if (limited > 0) {
      limited -= 1;
      send(429, { error: { message: "slow down" } }, { "retry-after": "0" });
      return;
    }
    const { model, messages, input } = requestSchema.parse(JSON.parse(body));
    const said =
      messages?.filter(({ role }) => role === "assistant").length ??
      input?.filter(({ type }) => type === "function_call").length ??
      0;
    const turns = habits[model] ?? [];
    const turn = turns[Math.min(said, turns.length - 1)] ?? {};
    if (turn.status !== undefined) send(turn.status, { error: { message: "no" } });
    else send(200, request.url === "/v1/responses" ? asResponse(turn, said) : asChat(turn, said));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => requests,
    limit: (times) => {
      limited = times;
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function asChat({ text, call, refusal }: Turn, said: number) {
  const calls = call && [
    { id: `call_${said}`, type: "function", function: { name: call[0], arguments: written(call) } },
  ];
  return {
    model: "mock",
    choices: [
      {
        index: 0,
        finish_reason: calls ? "tool_calls" : "stop",
        message: { role: "assistant", content: text ?? null, refusal, tool_calls: calls },
      },
    ],
    usage: { prompt_tokens: 10, completion_tokens: 2 },
  };
}

function asResponse({ text, call, refusal }: Turn, said: number) {
  const message = (content: object) => ({ type: "message", role: "assistant", content: [content] });
  const output = call
    ? [{ type: "function_call", call_id: `call_${said}`, name: call[0], arguments: written(call) }]
    : [message(refusal ? { type: "refusal", refusal } : { type: "output_text", text })];
  return { status: "completed", output, usage: { input_tokens: 10, output_tokens: 2 } };
}

function written([, given]: NonNullable<Turn["call"]>): string {
  return typeof given === "string" ? given : JSON.stringify(given);
}
