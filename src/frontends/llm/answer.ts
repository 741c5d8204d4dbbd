// A provider's answer on its way to the client: judged, and recorded before its end leaves.

import type { Clock } from "../../core/clock.ts";
import { asProctorError, ProctorError } from "../../core/errors.ts";
import type { AnswerEnd, Message } from "../../core/message.ts";
import { digestWith } from "../../core/offer.ts";
import type { Messages, Place, Speaker } from "../../gateway/messages.ts";
import type { LlmResponse, LlmUpstream } from "../../upstream/upstream.ts";
import { wholeOf } from "../body.ts";
import type { Judge, Judged } from "./judge.ts";
import type { Memory } from "./memory.ts";
import { relay, streamOf } from "./relay.ts";
import { dataOf } from "./shape.ts";
import type { AnswerView, ModelCall, ModelRequest, OwnProblem, Wire } from "./wires/wire.ts";

export interface AnswerParts {
  readonly messages: Messages;
  readonly judge: Judge;
  readonly memory: Memory;
  readonly clock: Clock;
}

/** A request, read, and who makes it. */
export interface Asked {
  readonly speaker: Speaker;
  readonly upstream: LlmUpstream;
  readonly wire: Wire;
  readonly request: ModelRequest;
  readonly abort: AbortController;
  send(): Promise<LlmResponse>;
  /** Breaks off an answer that has begun; false: nothing to break off. */
  cut(): boolean;
  ownProblem(thrown: unknown): OwnProblem;
}

/** No message came. */
const nothing: AnswerView = { messages: [], isComplete: false };
const empty: Message = { role: "assistant", parts: [] };
const maxErrorLength = 1024;

export function createAnswer(
  { messages, judge, memory, clock }: AnswerParts,
  { speaker, upstream, wire, request, abort, cut, ownProblem }: Asked,
  { place, beganAt }: { readonly place: Place; readonly beganAt: number },
) {
  const { agent, naming } = speaker;
  const judged: Judged[] = [];
  let firstMs: number | undefined;
  let isSaid = false;

  const since = () => clock.monotonicMs() - beganAt;

  async function rule(calls: readonly ModelCall[]): Promise<Judged["rulings"]> {
    const found = await judge({ agent, naming, upstream }, calls, abort);
    judged.push(found);
    return found.rulings;
  }

  async function say(
    view: AnswerView,
    { ended, status, detail }: { ended: AnswerEnd; status?: number; detail?: string },
  ): Promise<void> {
    isSaid = true;
    const { tools, model, parameters } = request;
    const { served, finish, usage, error } = view;
    const facts = {
      wire: wire.name,
      upstream: upstream.name,
      model,
      served,
      parameters,
      tools: digestWith(tools),
      status,
      ended,
      finish,
      detail: detail ?? error,
      usage,
      firstMs,
      durationMs: since(),
      replaced: judged.flatMap(({ replaced }) => replaced),
    };
    const said = view.messages.length === 0 ? [{ message: empty, given: empty }] : view.messages;
    for (const { message, given } of said) {
      const link = await messages.said(speaker, place, { message, given, facts });
      const dropped = new Map(judged.flatMap((one) => [...one.dropped]));
      if (view.id !== undefined) memory.answers.set(agent, view.id, { link, naming, dropped });
    }
  }

  function stream({ status, headers, body }: LlmResponse): Response {
    const reader = wire.stream();
    const chunks = relay({
      body,
      reader,
      maxEventBytes: upstream.limits.maxAnswerBytes,
      keepAliveMs: upstream.limits.keepAliveMs,
      judge: rule,
      record: (ended, detail) => say(reader.view(), { ended, status, detail }),
      began() {
        firstMs ??= since();
      },
      isAborted: () => abort.signal.aborted,
      problemEvent: (thrown) => wire.problemEvent(ownProblem(thrown)),
    });
    return new Response(streamOf(chunks, cut), { status, headers });
  }

  async function whole({ status, headers, body }: LlmResponse): Promise<Response> {
    const bytes = await wholeOf(body, upstream.limits.maxAnswerBytes);
    firstMs = since();
    const json = dataOf(bytes.toString("utf8"));
    if (json === undefined || status >= 300) {
      const text = bytes.toString("utf8", 0, maxErrorLength);
      const error = json && wire.whole(json).view(new Map()).error;
      await say(nothing, { ended: "failed", status, detail: error ?? text });
      // An error passes as it came; an answer that cannot be read cannot be judged.
      if (status >= 300) return new Response(bytes, { status, headers });
      throw new ProctorError("upstream_failed", "the provider's answer is no JSON object");
    }
    const answer = wire.whole(json);
    const rulings = await rule(answer.calls);
    const view = answer.view(rulings);
    await say(view, { ended: view.isComplete ? "complete" : "failed", status });
    const isSame = judged.every(({ replaced }) => replaced.length === 0);
    return new Response(isSame ? bytes : JSON.stringify(answer.edit(rulings)), { status, headers });
  }

  /** There is no answer, or none that can be given. */
  async function failed(thrown: unknown, status?: number): Promise<void> {
    const ended = abort.signal.aborted ? "aborted" : "failed";
    await say(nothing, { ended, status, detail: asProctorError(thrown).message });
  }

  return {
    failed,
    /** @throws ProctorError where there is nothing to give; it is recorded */
    async from(response: LlmResponse): Promise<Response> {
      const type = response.headers["content-type"] ?? "";
      try {
        return /^text\/event-stream\b/i.test(type) ? stream(response) : await whole(response);
      } catch (error) {
        response.release();
        if (!isSaid) await failed(error, response.status);
        throw error;
      }
    },
  };
}
