// The hooks front end: POST /hooks/{agent}, what an agent's hooks tell of its own tools.

import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import type { Authenticate, SiteRules } from "../../core/access.ts";
import type { ToolCall } from "../../core/call.ts";
import { asProctorError, ProctorError } from "../../core/errors.ts";
import { isJsonObject, type JsonLimits, type JsonObject } from "../../core/json.ts";
import type { Log } from "../../core/log.ts";
import type { Trajectories } from "../../gateway/trajectories.ts";
import type { Gateway, Naming } from "../../gateway.ts";
import { bodyErrors, readJson } from "../body.ts";
import { type Caller, createIdentify } from "../caller.ts";
import { checkSite } from "../connection.ts";
import { problemReply } from "../reply.ts";
import { toldOfError, toldOfRefusal } from "../told.ts";
import type { HookAgent, HookCall, HookEvent } from "./agent.ts";
import { hookAgents } from "./agents/index.ts";
import { answerHeader, deadlineHeader, type Form, forms, isHookAgent, mayAsk } from "./forms.ts";
import type { HookSessions } from "./sessions.ts";

export interface HooksFrontEndParts {
  readonly gateway: Gateway;
  readonly trajectories: Pick<Trajectories, "close">;
  readonly authenticate: Authenticate;
  readonly site: SiteRules;
  readonly agents: ReadonlySet<string>;
  readonly limits: JsonLimits;
  readonly nowMs: () => number;
  /** `~` of the agents. */
  readonly home: string;
  readonly log: Log;
  readonly hooks: {
    /** An answer is given within this time, milliseconds. */
    readonly deadlineMs: number;
    readonly dangerouslyFailOpen: boolean;
    /** MCP servers as agents call them -> upstreams whose tools those are. */
    readonly mcpServers: Readonly<Record<string, string>>;
  };
  readonly sessions: HookSessions;
  /** A call went ahead that nobody judged. */
  readonly failedOpen: () => void;
}

type Env = { Bindings: HttpBindings };
type Ctx = Context<Env>;

/** Between the end of a hold, or of an answer, and the deadline behind it. */
const marginMs = 1_000;

export function createHooksFrontEnd(parts: HooksFrontEndParts): Hono<Env> {
  const { gateway, log } = parts;
  const identify = createIdentify(parts);
  const { sessions } = parts;
  const app = new Hono<Env>();

  async function post(c: Ctx): Promise<Response> {
    const name = c.req.param("agent");
    if (!isHookAgent(name)) {
      throw new ProctorError("route_not_found", `no hooks of "${name?.slice(0, 64)}" are known`);
    }
    const abort = new AbortController();
    const deadlineMs = deadlineOf(c);
    const asked: Asked = { c, agent: hookAgents[name], form: forms[name], abort, deadlineMs };
    return send(name, await inTime(asked, answer(asked)));
  }

  /** An agent that hears nothing in time goes ahead, so it hears a denial. */
  async function inTime(asked: Asked, answering: Promise<string>): Promise<string> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => {
        const why = `no decision within ${asked.deadlineMs} ms`;
        asked.abort.abort(new Error(why));
        resolve(unanswered(asked, new ProctorError("overloaded", why)));
      }, asked.deadlineMs);
    });
    try {
      return await Promise.race([answering, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Never throws: agents take an error for leave. */
  async function answer(asked: Asked): Promise<string> {
    let event: JsonObject | undefined;
    try {
      checkSite(asked.c.env.incoming, parts.site);
      const caller = identify(asked.c.env.incoming, asked.c.req.param("trajectory"));
      try {
        const body = await readJson(asked.c.env.incoming, parts.limits);
        if (!isJsonObject(body))
          throw new ProctorError("invalid_request", "the event is no object");
        event = body;
        return await act(asked, caller, asked.agent.decode(body));
      } catch (thrown) {
        const error = asProctorError(thrown);
        if (notAnEvent.has(error.code)) {
          await gateway.malformed(caller.agent, unnamed(caller.naming), "hooks", error);
        }
        throw error;
      }
    } catch (thrown) {
      const error = asProctorError(thrown);
      log.warn("hook_failed", { agent: asked.agent.name, code: error.code, detail: error.message });
      return event === undefined || mayAsk(event) ? unanswered(asked, error) : asked.form.noted;
    }
  }

  function unanswered({ form, agent }: Asked, error: ProctorError): string {
    if (!parts.hooks.dangerouslyFailOpen || error.code === "unauthenticated") {
      return form.deny(toldOfError(error));
    }
    parts.failedOpen();
    log.error("failed_open", { agent: agent.name, code: error.code, detail: error.message });
    return form.allow;
  }

  async function act(asked: Asked, caller: Caller, event: HookEvent): Promise<string> {
    const { agent, form, abort, deadlineMs } = asked;
    switch (event.kind) {
      case "before": {
        const call = toolCall(agent, event.call);
        const naming = namingOf(caller, event);
        const holdMs = Math.max(0, deadlineMs - marginMs);
        const leave = await gateway.decide({ agent: caller.agent, naming, call, holdMs, abort });
        return leave.kind === "allowed" ? form.allow : form.deny(toldOfRefusal(leave));
      }
      case "after": {
        const call = toolCall(agent, event.call);
        const naming = namingOf(caller, event);
        await gateway.report({ agent: caller.agent, naming, call, came: event.came });
        return form.noted;
      }
      case "prompt":
        await close(caller, sessions.begin({ ...event, agent: caller.agent }));
        return form.noted;
      case "end":
        await close(caller, sessions.end({ ...event, agent: caller.agent }));
        return form.noted;
      case "other":
        return form.noted;
    }
  }

  /** Who names a trajectory ends it as well. */
  async function close({ agent, naming }: Caller, name: string | undefined): Promise<void> {
    if (name === undefined || naming.identifiedBy === "explicit") return;
    await parts.trajectories.close(agent, name, "completed").catch((thrown: unknown) => {
      const error = asProctorError(thrown);
      // A prompt without a call has none.
      if (error.code !== "trajectory_not_found" && error.code !== "trajectory_closed") throw error;
    });
  }

  function namingOf({ agent, naming }: Caller, { session, prompt }: HookEvent): Naming {
    if (naming.identifiedBy === "explicit") return { ...naming, session };
    const name = sessions.nameOf({ agent, session, prompt });
    return { name, identifiedBy: "harness", session, traceId: naming.traceId };
  }

  function toolCall(
    agent: HookAgent,
    { id, tool, arguments: given, cwd, subagent }: HookCall,
  ): ToolCall {
    const { home } = parts;
    const at = { shell: "fresh", environment: "inherited", filesystem: "ours" } as const;
    const input = agent.typesUnseen === true ? "typed" : undefined;
    const context = { cwd, home, ...at, input } as const;
    const served = mcpToolOf(agent, tool);
    const what = served ?? { upstream: agent.name, tool };
    return { id, door: "hooks", ...what, arguments: given, context, subagent };
  }

  /** Only a server that the config names is believed to be what its name says. */
  function mcpToolOf({ mcpTools: [before, between] }: HookAgent, tool: string) {
    const found = Object.entries(parts.hooks.mcpServers)
      .map(([server, upstream]) => ({ upstream, prefix: `${before}${server}${between}` }))
      .filter(({ prefix }) => tool.startsWith(prefix) && tool.length > prefix.length);
    const [only, ...others] = found;
    if (only === undefined || others.length > 0) return undefined;
    return { upstream: only.upstream, tool: tool.slice(only.prefix.length) };
  }

  function deadlineOf(c: Ctx): number {
    const asked = Number(c.env.incoming.headers[deadlineHeader] ?? Number.NaN);
    const theirs = asked > 0 ? Math.max(asked - marginMs, asked / 2) : Number.POSITIVE_INFINITY;
    return Math.min(parts.hooks.deadlineMs, theirs);
  }

  for (const prefix of ["", "/t/:trajectory"]) app.post(`${prefix}/hooks/:agent`, post);
  app.onError((thrown) => {
    const { code, message } = asProctorError(thrown);
    const { status, body } = problemReply(code, message);
    return new Response(JSON.stringify(body), { status });
  });
  return app;
}

interface Asked {
  readonly c: Ctx;
  readonly agent: HookAgent;
  readonly form: Form;
  readonly abort: AbortController;
  readonly deadlineMs: number;
}

/** What the agent sent was no event. */
const notAnEvent: ReadonlySet<string> = new Set(bodyErrors);

/** Each hook has a connection of its own: events that cannot be read share a trajectory. */
function unnamed(naming: Naming): Naming {
  return naming.identifiedBy === "connection"
    ? { name: "hooks", identifiedBy: "connection" }
    : naming;
}

/** 200 also for a denial, and for each failure: agents obey no other status. */
function send(agent: string, body: string): Response {
  const headers = { "content-type": "application/json", [answerHeader]: agent };
  return new Response(body, { status: 200, headers });
}
