// A running proctor, as doors in other processes ask it. Node's own client: fetch takes longer to load than
// to answer.

import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Door, ExecutionContext, ToolCall } from "../core/call.ts";
import { type ErrorCode, errorTable, messageOf, ProctorError } from "../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import type { Offer, OfferedTool } from "../core/offer.ts";
import type { Came, Naming, TaskNews } from "../gateway.ts";

export interface Access {
  /** Of the agent listener: `http://127.0.0.1:4100`. */
  readonly url: string;
  readonly token: string;
  /** Named where the token stands for several. */
  readonly agent?: string | undefined;
}

export interface RemoteCall {
  readonly naming: Naming;
  readonly call: ToolCall;
}

/** It may go ahead, or the reason why not; all else is an error. */
export type Verdict =
  | { readonly kind: "allowed"; readonly trajectory: string; readonly step: number }
  | {
      readonly kind: "refused";
      readonly code: ErrorCode;
      readonly detail: string;
      readonly rules: readonly string[];
      readonly trajectory: string;
      readonly step: number;
    };

export interface RemoteGuard {
  /** @throws ProctorError `guard_unavailable` where no answer comes that can be believed */
  decide(call: RemoteCall, signal: AbortSignal, offered?: readonly OfferedTool[]): Promise<Verdict>;
  /** @throws ProctorError */
  report(call: RemoteCall, step: number, came: Came): Promise<void>;
  /** Of a call that went on as a task, and was carried out by the door that says so. @throws ProctorError */
  task(news: Omit<TaskNews, "agent">): Promise<void>;
  /** Names of the tools that the policy denies for what they are. @throws ProctorError */
  hidden(
    naming: Naming,
    offer: Omit<Offer, "pinned"> & { readonly context: ExecutionContext },
    signal: AbortSignal,
  ): Promise<ReadonlySet<string>>;
  /** Writes down a request that was no call. @throws ProctorError */
  malformed(door: Door, naming: Naming, detail: string): Promise<void>;
}

/** To answer a report. A decision takes as long as its caller waits. */
const reportTimeoutMs = 10_000;
const connectTimeoutMs = 5_000;
const maxAnswerBytes = 1024 * 1024;

export function createRemoteGuard({ url, token, agent }: Access): RemoteGuard {
  const base = url.replace(/\/+$/, "");
  const common = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    ...(agent === undefined ? {} : { "proctor-agent": agent }),
  };

  async function ask(
    path: string,
    naming: Naming,
    more: object,
    signal: AbortSignal,
  ): Promise<Answer> {
    const { name, identifiedBy } = naming;
    const isNamed = identifiedBy === "explicit";
    const headers = isNamed ? { ...common, "proctor-trajectory": name } : common;
    const session = isNamed ? {} : { session: { name, identifiedBy } };
    const body = JSON.stringify({ ...more, ...session });
    try {
      return await post(`${base}${path}`, headers, body, signal);
    } catch (cause) {
      const why = signal.aborted ? messageOf(signal.reason) : messageOf(cause);
      throw unavailable(`no answer from ${base}: ${why}`, cause);
    }
  }

  async function tell(path: string, naming: Naming, body: object): Promise<void> {
    const answer = await ask(path, naming, body, AbortSignal.timeout(reportTimeoutMs));
    if (answer.status === 200 && answer.body.kind !== undefined) return;
    throw problemIn(answer) ?? unavailable(`${base} answered ${answer.status} to ${path}`);
  }

  return {
    async decide({ naming, call }, signal, offered) {
      const body = { ...call, ...(offered && { offered }) };
      const answer = await ask("/v1/decide", naming, body, signal);
      const verdict = verdictIn(answer);
      if (verdict !== undefined) return verdict;
      throw problemIn(answer) ?? unavailable(`${base} answered ${answer.status}, and no decision`);
    },
    report: ({ naming, call }, step, came) => tell("/v1/report", naming, { ...call, step, came }),
    task: ({ naming, upstream, task, seen }) => tell("/v1/task", naming, { upstream, task, seen }),
    async hidden(naming, offer, signal) {
      const answer = await ask("/v1/hidden", naming, offer, signal);
      const { hidden } = answer.body;
      if (answer.status === 200 && Array.isArray(hidden)) return new Set(hidden.map(String));
      throw problemIn(answer) ?? unavailable(`${base} answered ${answer.status} to /v1/hidden`);
    },
    malformed: (door, naming, detail) => tell("/v1/malformed", naming, { door, detail }),
  };
}

function unavailable(detail: string, cause?: unknown): ProctorError {
  return new ProctorError("guard_unavailable", detail, { cause });
}

interface Answer {
  readonly status: number;
  /** Empty where it was no JSON object. */
  readonly body: JsonObject;
}

function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  signal: AbortSignal,
): Promise<Answer> {
  const begin = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise(function awaitAnswer(resolve, reject) {
    // A connection of its own: the caller ends with its answer, and must not be held up by it.
    const sent = begin(url, { method: "POST", headers, agent: false, signal });
    const connecting = setTimeout(
      () => sent.destroy(new Error(`no connection within ${connectTimeoutMs} ms`)),
      connectTimeoutMs,
    );
    sent.once("socket", (socket) => socket.once("connect", () => clearTimeout(connecting)));
    sent.on("error", (error) => {
      clearTimeout(connecting);
      reject(error);
    });
    sent.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (text.length > maxAnswerBytes) response.destroy(new Error("an answer without end"));
      });
      response.once("error", reject);
      response.once("end", () => {
        clearTimeout(connecting);
        resolve({ status: response.statusCode ?? 0, body: objectIn(text) });
      });
    });
    sent.end(body);
  });
}

function objectIn(text: string): JsonObject {
  try {
    const value: Json = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** Whatever is not exactly a decision is none. */
function verdictIn({ status, body }: Answer): Verdict | undefined {
  const { trajectory, step, allowed, code, detail, rules } = body;
  if (typeof trajectory !== "string" || typeof step !== "number") return undefined;
  if (status === 200 && allowed === true) return { kind: "allowed", trajectory, step };
  if (status < 400 || !isErrorCode(code) || typeof detail !== "string") return undefined;
  const ids = (Array.isArray(rules) ? rules : []).flatMap((rule) =>
    isJsonObject(rule) && typeof rule.id === "string" ? [rule.id] : [],
  );
  return { kind: "refused", code, detail, rules: ids, trajectory, step };
}

/** A request that became no step. */
function problemIn({ status, body: { code, detail } }: Answer): ProctorError | undefined {
  if (status < 400 || !isErrorCode(code)) return undefined;
  return new ProctorError(code, typeof detail === "string" ? detail : "");
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(errorTable, code);
}

const reportAgainMs = [0, 250, 1_000, 3_000] as const;

/** A guard that is being restarted gets other chances: what is told has happened either way. */
export async function persistently(tell: () => Promise<void>): Promise<void> {
  let failed: unknown;
  for (const waitMs of reportAgainMs) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    try {
      await tell();
      return;
    } catch (thrown) {
      failed = thrown;
    }
  }
  throw failed;
}
