// What a door says of a call that it carried out, as it is written down.

import type { ToolCall } from "../core/call.ts";
import type { Clock } from "../core/clock.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Came } from "../gateway.ts";
import type { Blob } from "../store/store.ts";
import type { Contents } from "./contents.ts";
import type { BecameTask } from "./outcomes.ts";

export interface WrittenCame<C> {
  readonly came: C;
  readonly blobs: readonly Blob[];
}

/** An end: the call does not go on. */
export type CameToEnd = Exclude<Came, { readonly kind: "became_task" }>;

export interface CameOf {
  /** When it was judged, milliseconds since the epoch. */
  readonly at: number;
  /** What was carried out, where that is not what was judged. */
  readonly differs?: Pick<ToolCall, "arguments">;
}

export interface ReadCame {
  end(came: CameToEnd, of: CameOf): WrittenCame<Outcome>;
  task(
    came: Extract<Came, { readonly kind: "became_task" }>,
    of: CameOf & Pick<ToolCall, "upstream">,
  ): WrittenCame<BecameTask>;
}

export function createReadCame(contents: Contents, clock: Clock): ReadCame {
  const since = (at: number) => Math.max(0, clock.nowMs() - at);

  return {
    end(came, { at, differs }) {
      switch (came.kind) {
        case "carried_out": {
          const { observed, result, durationMs = since(at) } = came;
          // With another input the record shows which one, beside the result.
          const kept = contents.keep(differs ? { input: differs.arguments, result } : result);
          const outcome = { kind: "carried_out", observed, durationMs, result: kept.ref } as const;
          return {
            came: differs ? { ...outcome, differs: true } : outcome,
            blobs: kept.blobs,
          };
        }
        case "failed": {
          const { durationMs = since(at) } = came;
          const detail = contents.text(came.detail);
          const code = "upstream_failed";
          return { came: { kind: "failed", at: "executor", code, detail, durationMs }, blobs: [] };
        }
        case "cancelled": {
          const { dispatched } = came;
          return {
            came: { kind: "cancelled", why: contents.text(came.why), dispatched },
            blobs: [],
          };
        }
      }
    },
    task({ task: id, result }, { at, upstream }) {
      const { ref: answer, blobs } = contents.keep(result);
      const task = contents.taskOf(upstream, id);
      return { came: { kind: "task", task, answer, durationMs: since(at) }, blobs };
    },
  };
}
