// What this door remembers of the calls and answers that it passed on. Losing it costs what it says of
// each: after a restart a result may be recorded as one of a call that nobody asked about.

import type { ToolCall } from "../../core/call.ts";
import { setNewest } from "../../core/newest.ts";
import type { Naming } from "../../gateway.ts";

/** A call of an answer, by the id under which its result comes. */
export interface PassedCall {
  /** Absent: too large to be kept; the client's history has it, unless the provider keeps that. */
  readonly call?: ToolCall;
  /** Where it was judged. Clients change connections within one conversation. */
  readonly naming: Naming;
  /** It was replaced or dropped: what comes of it is no result of the call. */
  readonly isRefused: boolean;
}

/** An answer that a later request may go on from by its id alone. */
export interface PassedAnswer {
  readonly link: string;
  readonly naming: Naming;
  /** Ids of calls that the client never got, and the provider waits for results of. */
  readonly dropped: ReadonlyMap<string, string>;
}

export interface Memory {
  calls: Remembered<PassedCall>;
  answers: Remembered<PassedAnswer>;
}

interface Remembered<Value> {
  get(agent: string, id: string): Value | undefined;
  set(agent: string, id: string, value: Value): void;
}

/** With `maxArgumentsLength` this bounds the memory. */
const maxCalls = 4_096;
/** JSON text of a call's arguments, UTF-16 code units. */
const maxArgumentsLength = 8 * 1024;
const maxAnswers = 4_096;

/** A call as it is remembered. */
export function passedCall(call: ToolCall, rest: Omit<PassedCall, "call">): PassedCall {
  const isSmall = JSON.stringify(call.arguments).length <= maxArgumentsLength;
  return isSmall ? { ...rest, call } : rest;
}

export function createMemory(): Memory {
  return { calls: remembered(maxCalls), answers: remembered(maxAnswers) };
}

function remembered<Value>(max: number): Remembered<Value> {
  const kept = new Map<string, Value>();
  return {
    get: (agent, id) => kept.get(`${agent}/${id}`),
    set: (agent, id, value) => setNewest(kept, `${agent}/${id}`, value, max),
  };
}
