// A proctor that runs already as the guard of a wrapped server: it decides, the call is carried out here, and
// what came of it is reported before the answer leaves.

import type { ToolCall } from "../core/call.ts";
import { asProctorError, messageOf, ProctorError } from "../core/errors.ts";
import type { Json } from "../core/json.ts";
import type { OfferedTool } from "../core/offer.ts";
import type { Judge } from "../frontends/stdio/door.ts";
import type { Answer, CallRequest, Came } from "../gateway.ts";
import { accessFrom } from "../remote/access.ts";
import {
  createRemoteGuard,
  persistently,
  type RemoteCall,
  type Verdict,
} from "../remote/client.ts";
import type { Forward } from "../upstream/upstream.ts";
import type { WrapOptions } from "./options.ts";

/** Of a result; more than that is not sent to be recorded. */
const maxResultBytes = 1024 * 1024;

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ProctorError `guard_unavailable` where there is no token */
export function createRemoteJudge(
  {
    server: { url, tokenFile, deadlineMs },
    agent,
  }: { server: NonNullable<WrapOptions["guard"]>; agent?: string },
  { env, cwd }: { readonly env: Environment; readonly cwd: string },
): Judge & { close(): Promise<void> } {
  const access = accessFrom({ url, tokenFile }, env, cwd);
  const guard = createRemoteGuard({ ...access, agent: agent ?? access.agent });

  /** What the model was offered, and the guard does not know yet. */
  let news: readonly OfferedTool[] | undefined;

  async function handle<T>(request: CallRequest, forward: Forward<T>): Promise<Answer<T>> {
    const { naming, call, abort } = request;
    const asked: RemoteCall = { naming, call };
    const patience = AbortSignal.any([abort.signal, AbortSignal.timeout(deadlineMs)]);
    const verdict = await guard.decide(asked, patience, news);
    news = undefined;
    const step = stepOf(verdict);
    if (verdict.kind === "refused") {
      return { kind: "refused", code: verdict.code, detail: verdict.detail, ...step };
    }
    const { came, end } = await carryOut(call, forward, abort.signal);
    try {
      await persistently(() => guard.report(asked, verdict.step, came));
    } catch (cause) {
      const detail = `step ${verdict.step} of ${verdict.trajectory}: ${messageOf(cause)}`;
      throw new ProctorError("outcome_unrecorded", detail, { cause });
    }
    return "answer" in end
      ? { kind: "carried_out", answer: end.answer, ...step }
      : { kind: "failed", code: end.error.code, detail: end.error.message, ...step };
  }

  return {
    handle,
    offered(_, __, { tools }) {
      news = tools;
    },
    async malformed(_, naming, door, { message }) {
      // It is answered with its own error either way.
      await guard.malformed(door, naming, message.slice(0, 1024)).catch(() => undefined);
    },
    async hidden(_, naming, { contextOf, door, upstream, tools }) {
      const [first] = tools;
      if (first === undefined) return new Set();
      // One server's tools run where it does.
      const offer = { door, upstream, tools, context: contextOf(first.name) };
      return guard.hidden(naming, offer, AbortSignal.timeout(deadlineMs));
    },
    task: (news) => persistently(() => guard.task(news)),
    async close() {},
  };
}

async function carryOut<T>(
  call: ToolCall,
  forward: Forward<T>,
  signal: AbortSignal,
): Promise<{ came: Came; end: { readonly answer: T } | { readonly error: ProctorError } }> {
  try {
    const { answer, observed, result: whole, task } = await forward(call, signal);
    const result = bounded(whole);
    const came: Came =
      task === undefined
        ? { kind: "carried_out", observed, result }
        : { kind: "became_task", task, result };
    return { came, end: { answer } };
  } catch (thrown) {
    const error = asProctorError(thrown);
    const why = error.message.slice(0, 1024);
    const came: Came = signal.aborted
      ? { kind: "cancelled", why, dispatched: true }
      : { kind: "failed", detail: why };
    return { came, end: { error } };
  }
}

function bounded(result: Json): Json {
  const bytes = Buffer.byteLength(JSON.stringify(result));
  return bytes <= maxResultBytes ? result : { tooLargeToRecord: bytes };
}

/** What the guard told of its decision. */
function stepOf(verdict: Verdict) {
  const { trajectory, step } = verdict;
  const isRefused = verdict.kind === "refused";
  const applied = isRefused ? "deny" : "allow";
  const reason = isRefused ? verdict.detail : "";
  const matches = (isRefused ? verdict.rules : []).map(
    (rule) =>
      ({ rule, verdict: applied, mode: "enforce", effect: 0, kind: "unknown", reason }) as const,
  );
  return {
    trajectory,
    step,
    effects: [],
    decision: { verdict: applied, judged: applied, mode: "enforce", matches, reason, policy: "" },
  } as const;
}
