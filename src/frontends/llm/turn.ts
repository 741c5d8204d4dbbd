// One turn of a conversation: what the client says is recorded, the provider asked, and its answer
// judged and recorded on its way back.

import type { Place, Speaker } from "../../gateway/messages.ts";
import type { Gateway } from "../../gateway.ts";
import type { LlmUpstream } from "../../upstream/upstream.ts";
import { type AnswerParts, type Asked, createAnswer } from "./answer.ts";
import { isRefusal, upstreamName } from "./judge.ts";
import { callNamed, newestResults } from "./results.ts";
import type { ModelRequest } from "./wires/wire.ts";

export interface TurnParts extends AnswerParts {
  readonly gateway: Pick<Gateway, "report" | "offered">;
}

export function createTurn(parts: TurnParts) {
  const { gateway, messages, memory, clock } = parts;

  /** The provider is asked while what was said is written down; nothing of its answer leaves before. */
  return async function turn(asked: Asked): Promise<Response> {
    const beganAt = clock.monotonicMs();
    const sending = asked.send();
    const recording = record(asked);
    const [sent, recorded] = await Promise.allSettled([sending, recording]);
    if (recorded.status === "rejected") {
      if (sent.status === "fulfilled") sent.value.release();
      throw recorded.reason;
    }
    const answer = createAnswer(parts, asked, { place: recorded.value, beganAt });
    if (sent.status === "rejected") {
      await answer.failed(sent.reason);
      throw sent.reason;
    }
    return answer.from(sent.value);
  };

  async function record({ speaker, upstream, request }: Asked): Promise<Place> {
    const { agent, naming } = speaker;
    if (request.tools.length > 0) {
      const offer = {
        door: "llm",
        upstream: upstreamName(upstream),
        tools: request.tools,
      } as const;
      gateway.offered(agent, naming, { ...offer, pinned: false });
    }
    await report(speaker, upstream, request);
    return messages.heard(speaker, request.conversation);
  }

  /** Results in the newest part of the conversation are what came of the calls in the last answer. */
  async function report(
    { agent, naming }: Speaker,
    upstream: LlmUpstream,
    { conversation }: ModelRequest,
  ): Promise<void> {
    for (const result of newestResults(conversation.messages)) {
      const passed = memory.calls.get(agent, result.id);
      const call = passed?.call ?? callNamed(result.id, conversation.messages, upstream);
      // What is remembered is known; else only the text tells of a call that was replaced.
      const isRefused = passed?.isRefused ?? (call !== undefined && isRefusal(call.arguments));
      if (call === undefined || isRefused) continue;
      const { content, isError = false } = result;
      const observed = { transport: "ok", tool: { isError } } as const;
      const came = { kind: "carried_out", observed, result: content } as const;
      await gateway.report({ agent, naming: passed?.naming ?? naming, call, came });
    }
  }
}
