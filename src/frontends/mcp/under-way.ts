// Tool calls that were sent to an MCP server and have no result yet, by session and id.

import type { JsonObject } from "../../core/json.ts";
import type { RpcId } from "./message.ts";

/** A result, and the event that it came in. */
export interface Arrived {
  readonly message: JsonObject;
  readonly text: string;
}

export interface CallUnderWay {
  /** The client no longer wants it. */
  cancel(): void;
  /** Its result came on another stream. Resolves when the outcome is written down. */
  arrive(result: Arrived): Promise<void>;
}

export interface UnderWay {
  /** undefined: that id is under way already. The answer takes the call out again. */
  add(scope: string, id: RpcId, call: CallUnderWay): (() => void) | undefined;
  find(scope: string, id: unknown): CallUnderWay | undefined;
  has(scope: string): boolean;
}

export function createUnderWay(): UnderWay {
  const scopes = new Map<string, Map<RpcId, CallUnderWay>>();
  return {
    add(scope, id, call) {
      const calls = scopes.get(scope) ?? new Map<RpcId, CallUnderWay>();
      if (calls.has(id)) return undefined;
      scopes.set(scope, calls.set(id, call));
      return function remove() {
        calls.delete(id);
        if (calls.size === 0) scopes.delete(scope);
      };
    },
    find(scope, id) {
      if (typeof id !== "string" && typeof id !== "number") return undefined;
      return scopes.get(scope)?.get(id);
    },
    has: (scope) => scopes.has(scope),
  };
}
