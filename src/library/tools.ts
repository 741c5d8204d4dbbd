// Tools in this process behind the guard: single functions, and sets in the shapes of agent frameworks.

import type { ExecutionContext } from "../core/call.ts";
import { ProctorError } from "../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import type { Gateway, Naming } from "../gateway.ts";
import type { Forwarded } from "../upstream/upstream.ts";
import { CallRefused } from "./refused.ts";

/** Where the calls of wrapped tools go. */
export interface Wrapping {
  readonly gateway: Pick<Gateway, "handle">;
  readonly agent: string;
  readonly naming: Naming;
  readonly upstream: string;
  readonly context: ExecutionContext;
}

/** One call of a wrapped tool. `run` gets the signal that ends it. */
interface Called<Result> {
  readonly tool: string;
  readonly given: unknown;
  readonly id?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly run: (signal: AbortSignal) => Result | PromiseLike<Result>;
}

/** @throws CallRefused; what the tool itself throws */
export async function guarded<Result>(
  { gateway, agent, naming, upstream, context }: Wrapping,
  { tool, given, id, signal, run }: Called<Result>,
): Promise<Awaited<Result>> {
  const abort = new AbortController();
  const aborted = () => abort.abort(signal?.reason);
  if (signal?.aborted === true) aborted();
  signal?.addEventListener("abort", aborted, { once: true });
  let thrown: { readonly error: unknown } | undefined;

  async function forward(): Promise<Forwarded<Awaited<Result> | undefined>> {
    const observed = (isError: boolean) =>
      ({ transport: "in process", tool: { isError } }) as const;
    try {
      const answer = await lastOf<Result>(await run(abort.signal));
      return { answer, observed: observed(false), result: asJson(answer) };
    } catch (error) {
      // A tool that fails has an outcome, and its caller the error that it threw.
      thrown = { error };
      if (abort.signal.aborted) throw error;
      return { answer: undefined, observed: observed(true), result: { error: String(error) } };
    }
  }

  const call = {
    id,
    door: "library",
    upstream,
    tool,
    arguments: argumentsOf(given),
    context,
  } as const;
  try {
    const answer = await gateway.handle({ agent, naming, call, abort }, forward);
    if (thrown !== undefined) throw thrown.error;
    if (answer.kind === "carried_out") return answer.answer as Awaited<Result>;
    if (answer.kind === "replayed") throw new ProctorError("internal", "no key was given");
    throw new CallRefused(answer);
  } finally {
    signal?.removeEventListener("abort", aborted);
  }
}

/** Tools may stream what they have so far (Vercel AI SDK): the last one is the result. */
async function lastOf<Result>(result: Awaited<Result>): Promise<Awaited<Result>> {
  if (!isAsyncIterable(result)) return result;
  let last: unknown;
  for await (const part of result) last = part;
  return last as Awaited<Result>;
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** What the policy and the records see: JSON, as the model sent it. */
function argumentsOf(given: unknown): JsonObject {
  const json = asJson(given);
  if (isJsonObject(json)) return json;
  return json === null ? {} : { input: json };
}

function asJson(value: unknown): Json {
  try {
    const text = JSON.stringify(value);
    return text === undefined ? null : JSON.parse(text);
  } catch {
    // Cyclic, or a big integer: its text is better than nothing.
    return String(value);
  }
}

/** Names what a framework's tool is called; of a record the key. */
interface Named {
  readonly name?: unknown;
}

/** `tool()` of the Vercel AI SDK: run as `execute(input, { toolCallId, abortSignal })`. */
interface ExecuteShape extends Named {
  execute(this: unknown, input: unknown, options?: unknown): unknown;
}

/** Tools of LangChain JS: `invoke` checks the input and calls `_call(input, runManager, config)`. */
interface InnerCallShape extends Named {
  _call(this: unknown, input: unknown, runManager?: unknown, config?: unknown): unknown;
}

/**
 * One tool of a set, guarded; it keeps its type and everything else that it has. A tool that nothing
 * in this process carries out (without `execute` or `_call`) stays as it is.
 *
 * @throws ProctorError `invalid_config` for what has neither and looks like no such tool
 */
export function guardedTool<Tool>(wrapping: Wrapping, tool: Tool, key: string | undefined): Tool {
  if (typeof tool !== "object" || tool === null) throw noTool(key);
  const name = key ?? ("name" in tool && typeof tool.name === "string" ? tool.name : undefined);
  if (name === undefined) throw noTool(key);
  if (hasExecute(tool)) {
    return derived(tool, "execute", (input, options) =>
      guarded(wrapping, {
        tool: name,
        given: input,
        id: textIn(options, "toolCallId"),
        signal: signalIn(options, "abortSignal"),
        run: (signal) => tool.execute(input, withSignal(options, "abortSignal", signal)),
      }),
    );
  }
  if (hasInnerCall(tool)) {
    return derived(tool, "_call", (input, runManager, config) =>
      guarded(wrapping, {
        tool: name,
        given: input,
        id: textIn(memberOf(config, "toolCall"), "id"),
        signal: signalIn(config, "signal"),
        run: (signal) => tool._call(input, runManager, withSignal(config, "signal", signal)),
      }),
    );
  }
  const carriedOutElsewhere = "inputSchema" in tool || "parameters" in tool || "type" in tool;
  if (carriedOutElsewhere) return tool;
  throw noTool(name);
}

/** The tool as it is, with one member of its own: what it inherits, it goes on to inherit. */
function derived<Tool extends object>(
  tool: Tool,
  member: string,
  value: (...given: unknown[]) => unknown,
): Tool {
  const prototype: object | null = Object.getPrototypeOf(tool);
  const isPlain = prototype === Object.prototype || prototype === null;
  const copy: Tool = isPlain ? { ...tool } : Object.create(tool);
  return Object.defineProperty(copy, member, {
    value,
    enumerable: isPlain,
    configurable: true,
    writable: true,
  });
}

function hasExecute(tool: object): tool is ExecuteShape {
  return "execute" in tool && typeof tool.execute === "function";
}

function hasInnerCall(tool: object): tool is InnerCallShape {
  return "_call" in tool && typeof tool._call === "function";
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function textIn(value: unknown, name: string): string | undefined {
  const found = memberOf(value, name);
  return typeof found === "string" ? found.slice(0, 256) : undefined;
}

function signalIn(value: unknown, name: string): AbortSignal | undefined {
  const found = memberOf(value, name);
  return found instanceof AbortSignal ? found : undefined;
}

function withSignal(options: unknown, name: string, signal: AbortSignal): unknown {
  return typeof options === "object" && options !== null ? { ...options, [name]: signal } : options;
}

function noTool(key: string | undefined): ProctorError {
  const which = key === undefined ? "one of the tools" : `the tool ${JSON.stringify(key)}`;
  return new ProctorError(
    "invalid_config",
    `${which} has neither execute nor _call, and so it cannot be guarded; wrap its function instead`,
  );
}
