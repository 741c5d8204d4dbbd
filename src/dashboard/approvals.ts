// /v1/approvals on the admin listener: what waits for a person, its answers, and a live feed.

import type { HttpBindings } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { actsFor } from "../core/access.ts";
import type { Principal, TokenKind } from "../core/agent.ts";
import { ProctorError } from "../core/errors.ts";
import type { Approval, Approvals, ApprovalView } from "../gateway/approvals.ts";
import { limitedBody, noteIn } from "./note.ts";

export interface ApprovalRoutesParts {
  readonly approvals: Pick<Approvals, "list" | "show" | "answer" | "subscribe" | "ended">;
  readonly viewOf: (approval: Approval) => ApprovalView;
  /** With large arguments as well. */
  readonly wholeViewOf: (approval: Approval) => Promise<ApprovalView>;
  /** @throws ProctorError `unauthenticated`, `forbidden` */
  readonly allow: (c: Context<Env>, kinds: readonly TokenKind[]) => Principal;
}

type Env = { Bindings: HttpBindings };

/** Neither an agent nor a harness is among them. */
const mayLook: readonly TokenKind[] = ["approver", "admin", "viewer"];
const mayAnswer: readonly TokenKind[] = ["approver", "admin"];

/** Proxies in between close what is silent for a minute. */
const heartbeatMs = 15_000;

export function createApprovalRoutes(parts: ApprovalRoutesParts): Hono<Env> {
  const { approvals, viewOf, allow } = parts;
  const app = new Hono<Env>();

  app.use(limitedBody);

  /** An approval of an agent that is not this token's is not there. */
  async function found(principal: Principal, id: string): Promise<Approval> {
    const approval = await approvals.show(id);
    if (!concerns(principal, approval))
      throw new ProctorError("approval_not_found", `no approval ${id}`);
    return approval;
  }

  app.get("/", async (c) => {
    const principal = allow(c, mayLook);
    const mine = (await approvals.list()).filter((one) => concerns(principal, one));
    const all = c.req.query("state") === "all";
    const shown = all ? mine : mine.filter(({ status }) => status === "waiting");
    return c.json({ approvals: shown.map(viewOf) });
  });

  app.get("/events", (c) => {
    const principal = allow(c, mayLook);
    return streamSSE(c, async (stream) => {
      const queue: Approval[] = [];
      let wake = () => {};
      const unsubscribe = approvals.subscribe((changed) => {
        queue.push(changed);
        wake();
      });
      const ended = () => stream.aborted || stream.closed || approvals.ended.aborted;
      const over = () => wake();
      approvals.ended.addEventListener("abort", over);
      stream.onAbort(over);
      try {
        queue.unshift(...(await approvals.list()).filter(({ status }) => status === "waiting"));
        while (!ended()) {
          const next = queue.shift();
          if (next === undefined) {
            await heartbeat();
            continue;
          }
          if (!concerns(principal, next)) continue;
          await stream.writeSSE({ event: next.status, data: JSON.stringify(viewOf(next)) });
        }
      } finally {
        unsubscribe();
        // It outlives every watcher.
        approvals.ended.removeEventListener("abort", over);
      }

      async function heartbeat(): Promise<void> {
        const timer = setTimeout(() => {
          void stream.write(": alive\n\n");
          wake();
        }, heartbeatMs);
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (queue.length > 0 || ended()) resolve();
        });
        clearTimeout(timer);
      }
    });
  });

  app.get("/:id", async (c) => {
    const principal = allow(c, mayLook);
    return c.json(await parts.wholeViewOf(await found(principal, c.req.param("id"))));
  });

  for (const [action, answer] of [
    ["approve", "approved"],
    ["refuse", "refused"],
  ] as const) {
    app.post(`/:id/${action}`, async (c) => {
      const principal = allow(c, mayAnswer);
      const { id } = await found(principal, c.req.param("id"));
      const note = noteIn(await c.req.text());
      return c.json(viewOf(await approvals.answer(id, { answer, by: principal.token, note })));
    });
  }
  return app;
}

function concerns(principal: Principal, { key }: Approval): boolean {
  return principal.kind === "admin" || actsFor(principal, key.agent);
}
