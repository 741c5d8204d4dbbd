// The guard of a wrapped server: composed when the first call comes or nothing else is to do.

import { asProctorError, type ErrorCode, type ProctorError } from "../core/errors.ts";
import type { Judge } from "../frontends/stdio/door.ts";
import type { Answer } from "../gateway.ts";

export interface LazyJudge extends Judge {
  /** Begins to compose it, so that the first call need not wait. */
  begin(): void;
  /** Records everything. */
  close(): Promise<void>;
}

export interface LazyJudgeParts {
  open(): Promise<Judge & { close(): Promise<void> }>;
  readonly dangerouslyFailOpen: boolean;
  /** A sentence for whoever reads the log. */
  warn(text: string): void;
}

/** What says that the guard fails, and not that it does its work. Nothing was carried out. */
const failures: ReadonlySet<ErrorCode> = new Set([
  "guard_unavailable",
  "invalid_config",
  "invalid_policy",
  "store_unavailable",
  "unsupported_record",
  "internal",
]);

export function createLazyJudge(parts: LazyJudgeParts): LazyJudge {
  /** The newest list of tools: what the model has when it calls. */
  let listed: Parameters<Judge["offered"]> | undefined;
  let opening: ReturnType<LazyJudgeParts["open"]> | undefined;
  let isUsed = false;

  function opened(): ReturnType<LazyJudgeParts["open"]> {
    opening ??= parts.open().catch((thrown: unknown) => {
      // What is wrong may be put right, so the next call tries again.
      opening = undefined;
      throw asProctorError(thrown);
    });
    return opening;
  }

  function reported(error: ProctorError, consequence: string): void {
    parts.warn(`${error.code}: ${error.message}\n${consequence}`);
  }

  return {
    begin: () => void opened().catch((error: ProctorError) => reported(error, refusing)),
    async handle(request, forward) {
      isUsed = true;
      try {
        const judge = await opened();
        if (listed !== undefined) judge.offered(...listed);
        listed = undefined;
        return await judge.handle(request, forward);
      } catch (thrown) {
        const error = asProctorError(thrown);
        if (!failures.has(error.code)) throw error;
        if (!parts.dangerouslyFailOpen) {
          reported(error, refusing);
          throw error;
        }
        reported(error, `${request.call.tool} was passed without a decision (dangerouslyFailOpen)`);
        const { answer } = await forward(request.call, request.abort.signal);
        return unjudged(answer);
      }
    },
    offered(...list) {
      listed = list;
    },
    async hidden(...offer) {
      try {
        const judge = await opened();
        return await judge.hidden(...offer);
      } catch (thrown) {
        if (!parts.dangerouslyFailOpen) throw thrown;
        reported(asProctorError(thrown), "The list of tools passed whole");
        return new Set();
      }
    },
    async malformed(...given) {
      isUsed = true;
      const judge = await opened().catch(() => undefined);
      await judge?.malformed(...given);
    },
    async task(...news) {
      try {
        const judge = await opened();
        await judge.task(...news);
      } catch (thrown) {
        if (!parts.dangerouslyFailOpen) throw thrown;
        reported(asProctorError(thrown), "What came of a task passed unrecorded");
      }
    },
    async close() {
      // One that nobody asked has nothing to record, and may still be on its way.
      if (!isUsed) return;
      const judge = await opening?.catch(() => undefined);
      await judge?.close();
    },
  };
}

const refusing = "Until that is put right tool calls are refused.";

function unjudged<T>(answer: T): Answer<T> {
  const reason = "passed without a decision: dangerouslyFailOpen";
  const decision = { verdict: "allow", judged: "allow", mode: "enforce", matches: [] } as const;
  return {
    kind: "carried_out",
    answer,
    trajectory: "",
    step: 0,
    effects: [],
    decision: { ...decision, reason, policy: "" },
  };
}
