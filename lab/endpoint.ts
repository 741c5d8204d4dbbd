// Policies behind an OpenAI-compatible API (Chat Completions), and a log of what they chose: rates that
// are counted from it know nothing of proctor.

import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { z } from "zod";
import { seeded, seedOf } from "../src/statistics/random.ts";
import { actions, type WrittenCall } from "./actions.ts";
import { messageSchema, observe, toolsSchema } from "./observe.ts";
import { type Policy, targetFor } from "./policy.ts";

const requestSchema = z.object({
  model: z.string(),
  seed: z.int(),
  messages: z.array(messageSchema),
  tools: toolsSchema.default([]),
});

/** One answer. */
export interface Answered {
  readonly model: string;
  readonly prompt: string;
  readonly seed: number;
  /** Absent: it ended with words. */
  readonly call: WrittenCall | undefined;
}

export interface Endpoint {
  /** What stands before `/v1`. */
  readonly url: string;
  /** In the order in which they were given. */
  readonly answers: readonly Answered[];
  close(): Promise<void>;
}

/** `policies`: by model id; what is added later is served too. */
export async function startEndpoint(policies: ReadonlyMap<string, Policy>): Promise<Endpoint> {
  const answers: Answered[] = [];
  const app = new Hono();
  app.post("/v1/chat/completions", async (context) => {
    const request = requestSchema.safeParse(await context.req.json());
    if (!request.success) return context.json({ error: z.prettifyError(request.error) }, 400);
    const { model, seed, messages, tools } = request.data;
    const policy = policies.get(model);
    if (policy === undefined) return context.json({ error: `no model ${model}` }, 404);
    const seen = observe(
      messages,
      tools.map((tool) => tool.function.name),
    );
    // The same question gets the same answer, in whichever order they come.
    const turn = messages.length;
    const random = seeded(seedOf(JSON.stringify([model, seed, seen.prompt, turn])));
    const { action, words } = policy(seen, random);
    const chosen = actions[action];
    const call = chosen && {
      tool: chosen.tool,
      arguments: chosen.write(targetFor(action, seen, random), random),
    };
    answers.push({ model, prompt: seen.prompt, seed, call });
    return context.json({
      model,
      choices: [{ index: 0, finish_reason: call ? "tool_calls" : "stop", message: said() }],
      usage: { prompt_tokens: 0, completion_tokens: words.length },
    });

    function said() {
      const content = words.length > 0 ? words.join(" ") : call ? null : "Done.";
      if (call === undefined) return { role: "assistant", content };
      const { tool: name, arguments: given } = call;
      const written = { name, arguments: JSON.stringify(given) };
      const calls = [{ id: `call_${turn}`, type: "function", function: written }];
      return { role: "assistant", content, tool_calls: calls };
    }
  });
  return new Promise((resolve) => {
    const server = serve(
      { fetch: app.fetch, hostname: "127.0.0.1", port: 0 },
      (info: AddressInfo) =>
        resolve({
          url: `http://127.0.0.1:${info.port}`,
          answers,
          close: () => new Promise((done) => server.close(() => done())),
        }),
    );
  });
}
