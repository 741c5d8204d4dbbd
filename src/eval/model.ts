// A model behind an OpenAI-compatible API: asked, and asked again where the provider says to come later.

import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../core/errors.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import { type ModelAnswer, ModelFailure, type ModelRequest, type Wire } from "./wires/index.ts";

export interface ModelSettings {
  /** Its name under `llm` in the config. */
  readonly provider: string;
  /** `http://127.0.0.1:8000/v1` */
  readonly url: string;
  readonly model: string;
  readonly key: string | undefined;
  /** Sampling parameters and the like, sent with each request as they are. */
  readonly parameters: JsonObject;
  readonly timeoutMs: number;
  /** After the first attempt. */
  readonly retries: number;
  readonly retryDelayMs: number;
}

type Said = Omit<ModelRequest, "model" | "parameters">;

export interface Model {
  readonly settings: ModelSettings;
  readonly wire: Wire;
  /** @throws ModelFailure; what `signal` aborts with */
  ask(request: Said, signal: AbortSignal): Promise<ModelAnswer>;
  /** Answers of 429 so far. */
  rateLimited(): number;
}

/** A provider may ask for more patience; this is ours. */
const maxDelayMs = 60_000;
const maxDetailLength = 300;

export function createModel(settings: ModelSettings, wire: Wire): Model {
  const url = `${settings.url.replace(/\/+$/, "")}${wire.path}`;
  const headers = {
    "content-type": "application/json",
    ...(settings.key === undefined ? {} : { authorization: `Bearer ${settings.key}` }),
  };
  let rateLimited = 0;

  async function attempt(body: string, signal: AbortSignal): Promise<Tried> {
    const timeout = AbortSignal.timeout(settings.timeoutMs);
    try {
      const response = await fetch(url, {
        method: "POST",
        headers,
        body,
        signal: AbortSignal.any([signal, timeout]),
        redirect: "error",
      });
      const text = await response.text();
      if (response.ok) return { kind: "answered", text };
      const why = `status ${response.status}: ${text.slice(0, maxDetailLength)}`;
      const isRateLimit = response.status === 429;
      if (isRateLimit) rateLimited += 1;
      const mayPass = isRateLimit || response.status === 408 || response.status >= 500;
      if (!mayPass) throw new ModelFailure(why);
      return { kind: "again", why, isRateLimit, afterMs: retryAfterMs(response) };
    } catch (error) {
      if (error instanceof ModelFailure) throw error;
      signal.throwIfAborted();
      const why = timeout.aborted ? `no answer within ${settings.timeoutMs} ms` : causeOf(error);
      return { kind: "again", why, isRateLimit: false, afterMs: undefined };
    }
  }

  return {
    settings,
    wire,
    rateLimited: () => rateLimited,
    async ask(request, signal) {
      const { model, parameters } = settings;
      const body = JSON.stringify(wire.request({ model, parameters, ...request }));
      for (let tries = 0; ; tries += 1) {
        const tried = await attempt(body, signal);
        if (tried.kind === "answered") return wire.answer(objectIn(tried.text));
        if (tries === settings.retries) throw new ModelFailure(tried.why, tried.isRateLimit);
        const delayMs = tried.afterMs ?? settings.retryDelayMs * 2 ** tries;
        await sleep(Math.min(delayMs, maxDelayMs), undefined, { signal });
      }
    },
  };
}

type Tried =
  | { readonly kind: "answered"; readonly text: string }
  | {
      readonly kind: "again";
      readonly why: string;
      readonly isRateLimit: boolean;
      readonly afterMs: number | undefined;
    };

/** RFC 9110, section 10.2.3, in seconds; a date is as good as nothing here. */
function retryAfterMs({ headers }: Response): number | undefined {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return seconds >= 0 ? seconds * 1000 : undefined;
}

/** fetch wraps what went wrong. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return messageOf(cause);
}

function objectIn(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ModelFailure(`an answer that is not JSON: ${text.slice(0, maxDetailLength)}`);
  }
  if (isJsonObject(value)) return value;
  throw new ModelFailure("an answer that is no object");
}
