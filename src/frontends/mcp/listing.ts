// Lists of tools on their way to a client: pages put together, and told to the gateway.

import type { ExecutionContext } from "../../core/call.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { setNewest } from "../../core/newest.ts";
import type { OfferedTool } from "../../core/offer.ts";
import type { Gateway } from "../../gateway.ts";
import type { Caller } from "../caller.ts";
import { offeredTool } from "../offered-tool.ts";
import { type RpcRequest, responseTo } from "./message.ts";
import { type Mirrors, mirrorsOf } from "./params.ts";

type Who = Pick<Caller, "agent" | "naming">;

export interface Listing {
  /** The client asks; nothing where it asks for something else. */
  asked(scope: string, request: RpcRequest | undefined, who: Who): void;
  /** Is an answer with tools awaited? Whatever stream it comes on. */
  awaits(scope: string): boolean;
  /** A message passes from the server to the client. */
  passes(scope: string, message: Json): void;
  /** As `passes`, and the list without the tools that are hidden; undefined: as it came. */
  filtered(scope: string, message: Json): Promise<Json | undefined>;
  /** The headers that mirror arguments of this tool, as the agent was offered it last. */
  mirrorsOf(agent: string, tool: string): Mirrors | undefined;
}

/** Of agents; the one that listed longest ago is forgotten. */
const maxAgents = 4_096;

interface Filter {
  readonly hidden: Gateway["hidden"];
  readonly context: ExecutionContext;
}

interface Question {
  readonly who: Who;
  /** It asks for a further page. */
  readonly continues: boolean;
}

/** Scopes with a question or a list under way; the one that began longest ago is forgotten. */
const maxScopes = 4_096;
/** Questions of one scope, and tools of one list. */
const maxQuestions = 64;
const maxTools = 10_000;

export function createListing(
  gateway: Pick<Gateway, "offered">,
  upstream: string,
  filter?: Filter,
): Listing {
  const questions = new Map<string, Map<Json, Question>>();
  const mirrors = new Map<string, ReadonlyMap<string, Mirrors>>();
  const pages = new Map<string, readonly OfferedTool[]>();

  function answered(scope: string, { who, continues }: Question, tools: readonly OfferedTool[]) {
    const before = continues ? (pages.get(scope) ?? []) : [];
    const all = [...before, ...tools].slice(0, maxTools);
    setNewest(pages, scope, all, maxScopes);
    const ofAgent = new Map(all.map((tool) => [tool.name, mirrorsOf(tool)]));
    setNewest(mirrors, who.agent, ofAgent, maxAgents);
    gateway.offered(who.agent, who.naming, { door: "mcp", upstream, tools: all, pinned: true });
  }

  function passes(scope: string, message: Json): void {
    const own = questions.get(scope);
    for (const [id, question] of own ?? []) {
      const found = responseTo(id, message);
      if (found === undefined) continue;
      own?.delete(id);
      if (own?.size === 0) questions.delete(scope);
      const tools = toolsIn(found);
      if (tools !== undefined) answered(scope, question, tools);
    }
  }

  async function withoutHidden(scope: string, message: Json): Promise<Json> {
    if (!isJsonObject(message) || filter === undefined) return message;
    const question = questions.get(scope)?.get(message.id ?? null);
    const tools = toolsIn(message);
    if (question === undefined || tools === undefined) return message;
    const { agent, naming } = question.who;
    const contextOf = () => filter.context;
    const offer = { door: "mcp", upstream, tools, pinned: true, contextOf } as const;
    return without(message, await filter.hidden(agent, naming, offer));
  }

  return {
    asked(scope, request, who) {
      if (request?.method !== "tools/list" || request.id === undefined) return;
      const own = questions.get(scope) ?? new Map<Json, Question>();
      const continues = request.params.cursor !== undefined;
      setNewest(own, request.id, { who, continues }, maxQuestions);
      setNewest(questions, scope, own, maxScopes);
    },
    awaits: (scope) => questions.has(scope),
    passes,
    mirrorsOf: (agent, tool) => mirrors.get(agent)?.get(tool),
    async filtered(scope, message) {
      const all = Array.isArray(message) ? message : [message];
      const kept = await Promise.all(all.map((each) => withoutHidden(scope, each)));
      const now = Array.isArray(message) ? kept : (kept[0] ?? null);
      passes(scope, now);
      return kept.every((each, i) => each === all[i]) ? undefined : now;
    },
  };
}

/** undefined: an error, or no list. What is no tool no client can call. */
function toolsIn({ result }: JsonObject): readonly OfferedTool[] | undefined {
  if (!isJsonObject(result) || !Array.isArray(result.tools)) return undefined;
  return result.tools.flatMap((tool) => {
    const parsed = offeredTool.safeParse(tool);
    return parsed.success ? [parsed.data] : [];
  });
}

/** Another agent's list may be another, which a shared cache must not mix up (2026-07-28, "Caching"). */
function without(message: JsonObject, hidden: ReadonlySet<string>): JsonObject {
  const { result } = message;
  if (!isJsonObject(result) || !Array.isArray(result.tools)) return message;
  const { tools: all, ...rest } = result;
  const tools = all.filter((tool: Json) => !(isJsonObject(tool) && hidden.has(String(tool.name))));
  const now: JsonObject = "cacheScope" in rest ? { ...rest, cacheScope: "private" } : rest;
  return { ...message, result: { ...now, tools } };
}
