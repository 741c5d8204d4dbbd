// Who asks a model: by an agent token in the place of the provider's key, or beside that in a header.

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { type Authenticate, actsFor } from "../../core/access.ts";
import type { Agent, Principal } from "../../core/agent.ts";
import { ProctorError } from "../../core/errors.ts";
import { namePattern } from "../../core/trajectory.ts";
import type { Naming } from "../../gateway.ts";
import { agentOf, createNaming, mustCall, single } from "../caller.ts";
import type { HookSessions } from "../hooks/sessions.ts";

export interface LlmCallerParts {
  readonly authenticate: Authenticate;
  readonly agents: ReadonlyMap<string, Agent>;
  readonly sessions: Pick<HookSessions, "nameOf">;
  readonly nowMs: () => number;
}

export interface Bearer {
  readonly principal: Principal;
  /** Its own key for the provider came beside its token. */
  readonly bringsKey: boolean;
  /** Whatever of the headers is secret: none of it is ever written down. */
  readonly secrets: readonly string[];
}

export interface LlmCallers {
  /** @throws ProctorError `unauthenticated`, `forbidden` */
  bearer(incoming: IncomingMessage): Bearer;
  /** @throws ProctorError `forbidden`, `invalid_request`, `model_not_declared` */
  agent(bearer: Bearer, incoming: IncomingMessage, model: string): string;
  /** Who asks where no model is known; undefined: one of several. */
  onlyAgent(bearer: Bearer, incoming: IncomingMessage): string | undefined;
  /** @throws ProctorError `invalid_request` */
  naming(agent: string, incoming: IncomingMessage, inPath: string | undefined): Naming;
}

/** In which harnesses name their session; what has another form names nothing. */
const sessionHeaders = ["x-claude-code-session-id", "session_id", "session-id"];

/** What an agent's `model` is where the config does not say. */
const anyModel = "unknown";

export function createLlmCallers(parts: LlmCallerParts): LlmCallers {
  const ids = new Set(parts.agents.keys());
  const namingOf = createNaming(parts);

  function runs(id: string, model: string): boolean {
    return parts.agents.get(id)?.model === model;
  }

  return {
    bearer(incoming) {
      const { authorization, "x-api-key": key } = incoming.headers;
      const own = single(incoming, "proctor-token");
      const secret = own ?? bearerOf(authorization) ?? (Array.isArray(key) ? key[0] : key);
      const principal = parts.authenticate(secret === undefined ? undefined : `Bearer ${secret}`);
      if (principal === undefined) {
        const where = "in Proctor-Token, Authorization or x-api-key";
        throw new ProctorError("unauthenticated", `no known token ${where}`);
      }
      mustCall(principal);
      return { principal, bringsKey: own !== undefined, secrets: secretsIn(incoming.headers) };
    },
    /** The one that the token is; of several the one that runs the model. */
    agent({ principal }, incoming, model) {
      const named = single(incoming, "proctor-agent");
      const mine = [...ids].filter((id) => actsFor(principal, id));
      const candidates = named === undefined ? mine : mine.filter((id) => id === named);
      const exact = candidates.filter((id) => runs(id, model));
      const open = candidates.filter((id) => runs(id, anyModel));
      const [found, ...others] = exact.length > 0 ? exact : open;
      if (found !== undefined && others.length === 0) return found;
      if (candidates.length > 0 && found === undefined) {
        const declared = candidates.map((id) => parts.agents.get(id)?.model).join(", ");
        const shown = JSON.stringify(model.slice(0, 128));
        throw new ProctorError(
          "model_not_declared",
          `the model is ${shown}, declared: ${declared}`,
        );
      }
      return agentOf(principal, named, ids);
    },
    onlyAgent({ principal }, incoming) {
      const named = single(incoming, "proctor-agent");
      const mine = [...ids].filter((id) => actsFor(principal, id));
      const [only, ...others] = named === undefined ? mine : mine.filter((id) => id === named);
      return others.length === 0 ? only : undefined;
    },
    /** A session that has hooks as well is where those say that it is: its user's latest prompt. */
    naming(agent, incoming, inPath) {
      const session = sessionHeaders.map((name) => single(incoming, name)).find(isName);
      if (session === undefined) return namingOf(incoming, inPath);
      const naming = namingOf(incoming, inPath);
      if (naming.identifiedBy === "explicit") return { ...naming, session };
      const name = parts.sessions.nameOf({ agent, session });
      return { ...naming, name, identifiedBy: "harness", session };
    },
  };
}

function isName(text: string | undefined): boolean {
  return text !== undefined && namePattern.test(text);
}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer (.+)$/i.exec(authorization ?? "")?.[1];
}

function secretsIn(headers: IncomingHttpHeaders): readonly string[] {
  const found = [headers["proctor-token"], headers["x-api-key"], headers.authorization].flat();
  return found.flatMap((value) => (value === undefined ? [] : [bearerOf(value) ?? value]));
}
