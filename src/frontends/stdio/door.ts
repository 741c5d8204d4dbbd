// An MCP server over stdio, wrapped: what the client writes is read line by line, tool calls are judged,
// everything else passes as it came.

import type { ExecutionContext } from "../../core/call.ts";
import { deferred } from "../../core/deferred.ts";
import { asProctorError, messageOf, ProctorError } from "../../core/errors.ts";
import type { Json, JsonLimits, JsonObject } from "../../core/json.ts";
import { isJsonObject, parseJson } from "../../core/json.ts";
import type { Answer, Gateway, Naming } from "../../gateway.ts";
import type { Forward } from "../../upstream/upstream.ts";
import { batchVersion, isModern } from "../mcp/era.ts";
import { type Inspected, inspect } from "../mcp/inspect.ts";
import { createListing } from "../mcp/listing.ts";
import {
  asRpcError,
  errorMessage,
  idOf,
  maxBatch,
  RpcError,
  type RpcId,
  resultMessage,
  rpcCodes,
} from "../mcp/message.ts";
import { bodyWith, readResponse, stateSent } from "../mcp/relay-call.ts";
import { errorResult, inEra, modelsId, resultOfNone } from "../mcp/result.ts";
import { withoutRoots } from "../mcp/roots.ts";
import { taskBegunIn } from "../mcp/task-handle.ts";
import { type Asker, createTasks } from "../mcp/tasks.ts";
import { withTrace } from "../mcp/trace.ts";

/** The guard as this door uses it. */
export type Judge = Pick<Gateway, "handle" | "malformed" | "offered" | "hidden" | "task">;

export interface StdioDoorParts {
  readonly judge: Judge;
  readonly agent: string;
  /** Of the process; `explicit` where somebody named it, else `connection`. */
  readonly naming: Naming;
  /** Of this process and its server: what ids of tasks are unique in. */
  readonly session: string;
  readonly server: {
    /** The upstream's name in records. */
    readonly name: string;
    readonly context: ExecutionContext;
    readonly withholdRoots: boolean;
    /** Whether lists leave out the tools that the policy denies for what they are. */
    readonly hideDenied: boolean;
    readonly callTimeoutMs: number;
  };
  readonly limits: JsonLimits;
  /** One message, whose text is one line. */
  toServer(message: JsonObject, text: string): void;
  toClient(text: string): void;
}

export interface StdioDoor {
  fromClient(line: string): void;
  fromServer(message: JsonObject, text: string): void;
  /** The request of this id gets no answer. */
  failed(id: RpcId, error: ProctorError): void;
  /** No answer comes any more. */
  serverEnded(error: ProctorError): void;
  /** Resolves when every call so far was refused or has reached the server. */
  passed(): Promise<void>;
  /** Resolves when every call so far was answered and recorded. */
  settled(): Promise<void>;
  /** Gives up the calls that are under way. */
  abort(reason: string): void;
}

interface CallUnderWay {
  readonly abort: AbortController;
  /** The client said so, and waits for no answer. */
  isCancelled: boolean;
  answered(message: JsonObject, text: string): void;
  failed(error: ProctorError): void;
  readonly passed: Promise<void>;
  readonly settled: Promise<void>;
}

/** Requests without an answer; a client that asks on and on is told so. */
const maxUnderWay = 4_096;

export function createStdioDoor(parts: StdioDoorParts): StdioDoor {
  const { judge, agent, session, server, limits, toServer, toClient } = parts;
  const calls = new Map<RpcId, CallUnderWay>();
  /** Requests that are no calls: an answer must not be taken for that of another. */
  const others = new Set<RpcId>();
  /** Calls that ended without the server's answer: should it come, it is nobody's. */
  const given = new Set<RpcId>();
  const filter = server.hideDenied ? { hidden: judge.hidden, context: server.context } : undefined;
  const listing = createListing(judge, server.name, filter);
  const tasks = createTasks(judge, server.name);
  /** Answers that are being written down. */
  const writing = new Set<Promise<void>>();
  let { naming } = parts;
  let initializing: RpcId | undefined;
  let version: Json | undefined;

  function reply(message: JsonObject): void {
    toClient(JSON.stringify(message));
  }

  /** What could be read in two ways is written down, and goes nowhere. */
  function refuse(message: Json, error: RpcError): void {
    void judge.malformed(agent, naming, "mcp", new ProctorError("invalid_request", error.message));
    reply(errorMessage(idOf(message), error));
  }

  function take(message: Json, whole?: string): void {
    let seen: Inspected;
    try {
      seen = inspect(message, {});
      checkId(seen);
    } catch (thrown) {
      if (!(thrown instanceof RpcError)) throw thrown;
      refuse(message, thrown);
      return;
    }
    if (seen.call !== undefined) callTool(seen, seen.call);
    else pass(seen, whole);
  }

  function checkId({ request, call }: Inspected): void {
    const id = request?.id ?? call?.id;
    if (id === undefined) return;
    if (calls.has(id) || others.has(id) || given.has(id)) {
      throw new RpcError(rpcCodes.invalidRequest, "this id is under way");
    }
    if (calls.size + others.size >= maxUnderWay) {
      throw new RpcError(rpcCodes.invalidRequest, `${maxUnderWay} requests are under way`);
    }
  }

  function giveUp(id: RpcId): void {
    const [oldest] = given;
    if (given.size >= maxUnderWay && oldest !== undefined) given.delete(oldest);
    given.add(id);
    const message = {
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: id },
    };
    toServer(message, JSON.stringify(message));
  }

  function pass(seen: Inspected, whole: string | undefined): void {
    const { message, request } = seen;
    if (request?.method === "notifications/cancelled") {
      cancel(message, request.params);
      return;
    }
    if (request?.id !== undefined) others.add(request.id);
    listing.asked(connection, request, { agent, naming: withTrace(naming, seen) });
    if (request?.method === "initialize") {
      initializing = request.id;
      // A session of the protocol, of which the process has one.
      if (naming.identifiedBy === "connection") naming = { ...naming, identifiedBy: "harness" };
    }
    const changed = server.withholdRoots ? withoutRoots(message) : undefined;
    const sent = changed ?? message;
    const text = changed === undefined ? whole : undefined;
    const send = () => toServer(sent, text ?? JSON.stringify(sent));
    const asker = askerOf(seen);
    const question = tasks.asked(asker, request);
    if (question?.cancels !== true) {
      send();
      return;
    }
    wait(
      tasks.cancelAsked(asker, question).then(send, function unrecorded(thrown: unknown) {
        others.delete(question.id);
        reply(errorMessage(question.id, asRpcError(asProctorError(thrown), 500)));
      }),
    );
  }

  function wait(written: Promise<void>): void {
    writing.add(written);
    void written.finally(() => writing.delete(written));
  }

  function askerOf(seen: Inspected): Asker {
    return { agent, naming: withTrace(naming, seen), session };
  }

  /** What it says of a task is written down before the client reads it, and a list may be filtered. */
  function toClientLooked(message: JsonObject, text: string): void {
    const asker = { agent, naming, session };
    if (!listing.awaits(connection) && !tasks.awaits(asker)) {
      toClient(text);
      return;
    }
    async function looked(): Promise<Json | undefined> {
      const listed = await listing.filtered(connection, message);
      return (await tasks.passes(asker, listed ?? message)) ?? listed;
    }
    function unlisted(thrown: unknown): JsonObject {
      return errorMessage(idOf(message), asRpcError(asProctorError(thrown), 500));
    }
    wait(
      looked()
        .catch(unlisted)
        .then((changed) => toClient(changed === undefined ? text : JSON.stringify(changed))),
    );
  }

  /** Of a call that has not reached the server, the server is told nothing. */
  function cancel(message: JsonObject, { requestId }: JsonObject): void {
    const id = typeof requestId === "string" || typeof requestId === "number" ? requestId : "";
    const call = calls.get(id);
    if (call === undefined) {
      toServer(message, JSON.stringify(message));
      return;
    }
    call.isCancelled = true;
    call.abort.abort(new Error("the client cancelled the request"));
  }

  function callTool(seen: Inspected, { id, tool, ...asked }: NonNullable<Inspected["call"]>): void {
    const abort = new AbortController();
    const arrival = deferred<{ message: JsonObject; text: string }>();
    const passing = deferred<void>();
    // Nobody may be waiting for it yet.
    arrival.promise.catch(() => undefined);
    const forward: Forward<string> = async function forwardToServer(call, signal) {
      signal.throwIfAborted();
      const { message, text } = bodyWith(seen.message, call);
      toServer(message, text);
      passing.resolve();
      const answer = await answerWithin(arrival.promise, signal, server.callTimeoutMs, () =>
        giveUp(id),
      );
      const task = taskBegunIn(answer.message.result, seen.request?.params ?? {});
      const begun = task === undefined ? {} : { task: tasks.began(askerOf(seen), task, settled) };
      return { answer: answer.text, ...readResponse(answer.message), ...begun };
    };
    const call = {
      id: modelsId(seen.request?.params._meta),
      door: "mcp",
      upstream: server.name,
      tool,
      arguments: asked.given,
      context: server.context,
    } as const;
    const modern = seen.request !== undefined && isModern(seen.request, {});
    const resumes = seen.request && stateSent(seen.request.params);
    const settled = judge
      .handle({ agent, naming: withTrace(naming, seen), call, resumes, abort }, forward)
      .then(
        (answer) => encoded(answer, id, modern),
        // Nothing became a step, or its outcome was not recorded: in either case there is no result.
        (thrown: unknown) => own(id, errorResult(asProctorError(thrown)), modern),
      )
      .then(function answerClient(text) {
        calls.delete(id);
        passing.resolve();
        if (!underWay.isCancelled) toClient(text);
      });
    const underWay: CallUnderWay = {
      abort,
      isCancelled: false,
      answered: (message, text) => arrival.resolve({ message, text }),
      failed: arrival.reject,
      passed: passing.promise,
      settled,
    };
    calls.set(id, underWay);
  }

  return {
    fromClient(line) {
      if (line.trim() === "") return;
      let message: Json;
      try {
        message = parseJson(line, limits);
      } catch (thrown) {
        const error = asProctorError(thrown);
        void judge.malformed(agent, naming, "mcp", error);
        return reply(errorMessage(null, asRpcError(error, 400)));
      }
      if (!Array.isArray(message)) return take(message, line);
      if (version !== batchVersion || message.length === 0 || message.length > maxBatch) {
        const detail = `a batch needs version ${batchVersion} and 1 to ${maxBatch} messages`;
        return refuse(message, new RpcError(rpcCodes.invalidRequest, detail));
      }
      for (const each of message) take(each);
    },
    fromServer(message, text) {
      const id = idOf(message);
      if (id === null || "method" in message) return toClientLooked(message, text);
      const call = calls.get(id);
      if (call !== undefined) return call.answered(message, text);
      if (given.delete(id)) return;
      others.delete(id);
      if (id === initializing && isJsonObject(message.result)) {
        version = message.result.protocolVersion;
      }
      toClientLooked(message, text);
    },
    failed(id, error) {
      const call = calls.get(id);
      if (call !== undefined) call.failed(error);
      else if (others.delete(id)) reply(errorMessage(id, asRpcError(error, 502)));
    },
    serverEnded(error) {
      for (const call of calls.values()) call.failed(error);
      wait(tasks.lost({ agent, naming, session }, error.message));
    },
    async passed() {
      await Promise.all([...calls.values()].map((call) => call.passed));
      await Promise.all(writing);
    },
    async settled() {
      await Promise.all([...calls.values()].map((call) => call.settled));
      await Promise.all(writing);
    },
    abort(reason) {
      for (const call of calls.values()) call.abort.abort(new Error(reason));
    },
  };
}

/** The one that there is: what ids of requests are unique in. */
const connection = "";

function encoded(answer: Answer<string>, id: RpcId, modern: boolean): string {
  return answer.kind === "carried_out" ? answer.answer : own(id, resultOfNone(answer), modern);
}

function own(id: RpcId, result: JsonObject, modern: boolean): string {
  return JSON.stringify(resultMessage(id, inEra(result, modern)));
}

/** `givenUp`: the server is to be told, since it goes on otherwise. */
async function answerWithin<T>(
  answer: Promise<T>,
  signal: AbortSignal,
  timeoutMs: number,
  givenUp: () => void,
): Promise<T> {
  const late = deferred<never>();
  const timer = setTimeout(() => {
    late.reject(new ProctorError("upstream_timeout", `no result within ${timeoutMs} ms`));
    givenUp();
  }, timeoutMs);
  const stop = () => {
    late.reject(new ProctorError("upstream_failed", messageOf(signal.reason)));
    givenUp();
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
