// The LLM front end: model providers at /llm/{provider}, a base URL for clients as they are.

import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { SiteRules } from "../../core/access.ts";
import { asProctorError, errorTable, ProctorError } from "../../core/errors.ts";
import type { JsonLimits } from "../../core/json.ts";
import type { Gateway, Naming } from "../../gateway.ts";
import type { LlmRequest, LlmUpstream } from "../../upstream/upstream.ts";
import { abortedWith, checkSite, cutOff, pathBehind } from "../connection.ts";
import { toldOfError } from "../told.ts";
import type { AnswerParts } from "./answer.ts";
import { type Bearer, createLlmCallers, type LlmCallerParts } from "./caller.ts";
import { createJudge, type Harmless } from "./judge.ts";
import { createMemory } from "./memory.ts";
import { streamOf } from "./relay.ts";
import { bodyOf, endpointOf, objectOf } from "./request.ts";
import { newestResults } from "./results.ts";
import { createTurn } from "./turn.ts";
import { wires } from "./wires/index.ts";
import type { ModelRequest, OwnProblem, Wire } from "./wires/wire.ts";

export interface LlmFrontEndParts extends LlmCallerParts, Omit<AnswerParts, "judge" | "memory"> {
  readonly gateway: Gateway;
  readonly site: SiteRules;
  readonly providers: readonly LlmUpstream[];
  readonly harmless: Harmless;
  /** A secret that is never to be written down. */
  readonly noteSecret: (secret: string) => void;
  readonly maxDepth: number;
}

type Env = { Bindings: HttpBindings };
type Ctx = Context<Env>;

/** A request whose endpoint and bearer are known. */
interface Arrived {
  readonly c: Ctx;
  readonly upstream: LlmUpstream;
  readonly path: string;
  readonly bearer: Bearer;
}

export function createLlmFrontEnd(parts: LlmFrontEndParts): Hono<Env> {
  const { gateway } = parts;
  const callers = createLlmCallers(parts);
  const memory = createMemory();
  const turn = createTurn({ ...parts, memory, judge: createJudge({ ...parts, memory }) });
  const providers = new Map(parts.providers.map((provider) => [provider.name, provider]));
  const app = new Hono<Env>();

  function arrivedOf(c: Ctx, upstream: LlmUpstream, path: string): Arrived {
    const bearer = callers.bearer(c.env.incoming);
    for (const secret of bearer.secrets) parts.noteSecret(secret);
    if (!upstream.holdsKey && !bearer.bringsKey) {
      const detail = `proctor has no key for llm.${upstream.name}, and an agent token is none`;
      throw new ProctorError("provider_key_missing", detail);
    }
    return { c, upstream, path, bearer };
  }

  function sendOf({ c, upstream, path }: Arrived, abort: AbortController, body?: Uint8Array) {
    const { method = "GET", headers } = c.env.incoming;
    const request: LlmRequest = { method: method === "POST" ? "POST" : "GET", path, headers, body };
    return upstream.send(request, abort.signal);
  }

  async function passAside(arrived: Arrived): Promise<Response> {
    const { c, upstream } = arrived;
    const isPost = c.env.incoming.method === "POST";
    const body = isPost ? await bodyOf(c.env.incoming, upstream.limits.maxRequestBytes) : undefined;
    const { status, headers, body: chunks } = await sendOf(arrived, abortedWith(c.env), body);
    return new Response(
      streamOf(chunks[Symbol.asyncIterator](), () => cutOff(c.env)),
      { status, headers },
    );
  }

  async function askModel(arrived: Arrived, wire: Wire): Promise<Response> {
    const { c, upstream, bearer } = arrived;
    const { incoming } = c.env;
    const { bytes, json, request } = await readRequest(arrived, wire);
    const agent = callers.agent(bearer, incoming, request.model);
    const named = callers.naming(agent, incoming, c.req.param("trajectory"));
    const kept = request.previous && memory.answers.get(agent, request.previous);
    const naming = rejoined(agent, named, request);
    const abort = abortedWith(c.env);
    const isResumed = kept && kept.dropped.size > 0 && wire.resume !== undefined;
    const body = isResumed ? Buffer.from(JSON.stringify(wire.resume?.(json, kept.dropped))) : bytes;
    const conversation = { ...request.conversation, ...(kept && { after: kept.link }) };
    return turn({
      speaker: { agent, naming, door: "llm" },
      upstream,
      wire,
      request: { ...request, conversation },
      abort,
      send: () => sendOf(arrived, abort, body),
      cut: () => cutOff(c.env),
      ownProblem,
    });
  }

  /** What cannot be read is written down as malformed, where the token alone says whose it is. */
  async function readRequest({ c, upstream, bearer }: Arrived, wire: Wire) {
    const { incoming } = c.env;
    const { maxRequestBytes } = upstream.limits;
    const limits: JsonLimits = { maxLength: maxRequestBytes, maxDepth: parts.maxDepth };
    try {
      const bytes = await bodyOf(incoming, maxRequestBytes);
      const json = objectOf(bytes, limits);
      return { bytes, json, request: wire.read(json) };
    } catch (thrown) {
      const agent = callers.onlyAgent(bearer, incoming);
      if (agent !== undefined) {
        const naming = callers.naming(agent, incoming, c.req.param("trajectory"));
        await gateway.malformed(agent, naming, "llm", asProctorError(thrown));
      }
      throw thrown;
    }
  }

  /** Clients change connections within one conversation: it stays where its last answer was. */
  function rejoined(
    agent: string,
    naming: Naming,
    { previous, conversation }: ModelRequest,
  ): Naming {
    if (naming.identifiedBy !== "connection") return naming;
    const answer = previous === undefined ? undefined : memory.answers.get(agent, previous);
    const results = newestResults(conversation.messages);
    const [call] = results.flatMap(({ id }) => memory.calls.get(agent, id) ?? []);
    return (answer ?? call)?.naming ?? naming;
  }

  async function serve(c: Ctx): Promise<Response> {
    let wire: Wire | undefined;
    try {
      const { incoming } = c.env;
      checkSite(incoming, parts.site);
      const name = c.req.param("provider") ?? "";
      const upstream = providers.get(name);
      if (upstream === undefined) {
        throw new ProctorError("route_not_found", `no provider "${name.slice(0, 64)}" under llm`);
      }
      const path = pathBehind(incoming.url ?? "/", `/llm/${name}`);
      // Some clients try a WebSocket first, and take HTTP when they are told so (RFC 9110, 15.5.22).
      if (incoming.headers.upgrade !== undefined) return new Response(null, { status: 426 });
      const endpoint = endpointOf(c.req.method, path);
      if (endpoint.kind === "model") wire = endpoint.wire;
      const arrived = arrivedOf(c, upstream, path);
      return await (wire === undefined ? passAside(arrived) : askModel(arrived, wire));
    } catch (thrown) {
      const problem = ownProblem(thrown);
      const body = (wire ?? usualWire(c)).problem(problem);
      const headers = { "content-type": "application/json" };
      return new Response(JSON.stringify(body), { status: problem.status, headers });
    }
  }

  for (const prefix of ["", "/t/:trajectory"]) app.all(`${prefix}/llm/:provider/*`, serve);
  return app;
}

/** Where nothing says how a client speaks. */
function usualWire({ env }: Ctx): Wire {
  const speaks = "anthropic-version" in env.incoming.headers ? "anthropic" : "openai";
  const found = wires.find(({ name }) => name.startsWith(speaks)) ?? wires[0];
  if (found === undefined) throw new ProctorError("internal", "no wire is spoken");
  return found;
}

function ownProblem(thrown: unknown): OwnProblem {
  const { code, message } = asProctorError(thrown);
  return {
    code,
    status: errorTable[code].status,
    text: `proctor: ${toldOfError({ code, message })}`,
  };
}
