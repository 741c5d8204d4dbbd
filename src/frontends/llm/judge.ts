// The calls in an answer, judged like any others; and what comes of those that are refused.

import type { ToolCall } from "../../core/call.ts";
import { asProctorError, ProctorError } from "../../core/errors.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Gateway, Naming } from "../../gateway.ts";
import type { LlmUpstream } from "../../upstream/upstream.ts";
import { toldOfError, toldOfRefusal } from "../told.ts";
import { type Memory, passedCall } from "./memory.ts";
import type { ModelCall, Ruling, Rulings } from "./wires/wire.ts";

/**
 * Arguments for the same tool that change nothing and tell `text`; undefined: there are none, or none
 * that are known to be harmless.
 */
export type Harmless = (call: ToolCall, text: string) => JsonObject | undefined;

export interface JudgeParts {
  readonly gateway: Pick<Gateway, "decide">;
  readonly harmless: Harmless;
  readonly memory: Memory;
}

export interface Judged {
  readonly rulings: Rulings;
  /** Ids of the calls that the client does not get as they were. */
  readonly replaced: readonly string[];
  /** Of those: which it does not get at all, and what the model is told in their place. */
  readonly dropped: ReadonlyMap<string, string>;
}

export type Judge = (
  at: { readonly agent: string; readonly naming: Naming; readonly upstream: LlmUpstream },
  calls: readonly ModelCall[],
  abort: AbortController,
) => Promise<Judged>;

/** The name of a provider's calls in records and mappings: no other upstream can have it. */
export function upstreamName({ name }: Pick<LlmUpstream, "name">): string {
  return `llm:${name}`;
}

export function toolCallOf(
  { id, tool, arguments: given }: Omit<ModelCall, "key">,
  upstream: LlmUpstream,
): ToolCall {
  const named = id === "" ? {} : { id };
  const { context } = upstream;
  return {
    ...named,
    door: "llm",
    upstream: upstreamName(upstream),
    tool,
    arguments: given,
    context,
  };
}

export function createJudge({ gateway, harmless, memory }: JudgeParts): Judge {
  return async function judge({ agent, naming, upstream }, calls, abort) {
    const replaced: string[] = [];
    const dropped = new Map<string, string>();

    async function one(model: ModelCall): Promise<[string, Ruling]> {
      const call = toolCallOf(model, upstream);
      const refusal = await refusalOf(call);
      if (model.id !== "") {
        const isRefused = refusal !== undefined;
        memory.calls.set(agent, model.id, passedCall(call, { naming, isRefused }));
      }
      if (refusal === undefined) return [model.key, { kind: "release" }];
      replaced.push(model.id);
      const given = harmless(call, refusal);
      if (given !== undefined) return [model.key, { kind: "replace", arguments: given }];
      dropped.set(model.id, refusal);
      return [model.key, { kind: "drop", text: refusal }];
    }

    /** What the model is told; undefined: the call goes on. What cannot be judged is refused. */
    async function refusalOf(call: ToolCall): Promise<string | undefined> {
      try {
        const leave = await gateway.decide({ agent, naming, call, abort });
        if (leave.kind === "allowed") return undefined;
        return `${marker} (${call.tool}). ${toldOfRefusal(leave)}`;
      } catch (error) {
        const { code, message } = asProctorError(error);
        return `${marker} (${call.tool}). ${toldOfError({ code, message })}`;
      }
    }

    // They take turns in the order of the answer, and what waits for a person waits at once.
    const rulings = new Map<string, Ruling>();
    for (const [key, ruling] of await Promise.all(calls.map(one))) rulings.set(key, ruling);
    if (abort.signal.aborted) throw new ProctorError("internal", "nobody waits for the answer");
    return { rulings, replaced, dropped };
  };
}

/** How every refusal begins, so that what a client makes of one is known for it. */
const marker = "proctor refused this call";

export function isRefusal(given: JsonObject): boolean {
  return JSON.stringify(given).includes(marker);
}
