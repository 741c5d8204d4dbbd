// Who is logged in: a cookie in place of a bearer token, for browsers only.

import { timingSafeEqual } from "node:crypto";
import { tokenDigest } from "../core/access.ts";
import type { Principal } from "../core/agent.ts";
import { newSecret } from "../core/ids.ts";

export const sessionCookie = "proctor_session";

/** A working day; nobody stays logged in on a machine that was left. */
export const maxSessionMs = 12 * 60 * 60 * 1000;
const maxIdleMs = 2 * 60 * 60 * 1000;
const maxSessions = 1000;

export interface Session {
  readonly principal: Principal;
  /** In every form of its pages: what another site sends in its name does not know it. */
  readonly csrf: string;
}

export interface Sessions {
  /** Returns the cookie's value, which is kept nowhere. */
  begin(principal: Principal): string;
  find(cookie: string | undefined): Session | undefined;
  end(cookie: string | undefined): void;
}

interface Kept extends Session {
  readonly begunAt: number;
  seenAt: number;
}

/** They live in the process: after a restart everybody logs in again. */
export function createSessions(nowMs: () => number): Sessions {
  const kept = new Map<string, Kept>();

  function isOver({ begunAt, seenAt }: Kept, now: number): boolean {
    return now - begunAt > maxSessionMs || now - seenAt > maxIdleMs;
  }

  function makeRoom(now: number): void {
    for (const [digest, session] of kept) if (isOver(session, now)) kept.delete(digest);
    for (const digest of kept.keys()) {
      if (kept.size < maxSessions) return;
      kept.delete(digest);
    }
  }

  return {
    begin(principal) {
      const now = nowMs();
      makeRoom(now);
      const cookie = newSecret("ps_");
      kept.set(tokenDigest(cookie), {
        principal,
        csrf: newSecret("pc_"),
        begunAt: now,
        seenAt: now,
      });
      return cookie;
    },
    find(cookie) {
      if (cookie === undefined) return undefined;
      const session = kept.get(tokenDigest(cookie));
      const now = nowMs();
      if (session === undefined || isOver(session, now)) return undefined;
      session.seenAt = now;
      return session;
    },
    end(cookie) {
      if (cookie !== undefined) kept.delete(tokenDigest(cookie));
    },
  };
}

export function isCsrf({ csrf }: Session, given: string | undefined): boolean {
  const [a, b] = [Buffer.from(csrf), Buffer.from(given ?? "")];
  return a.length === b.length && timingSafeEqual(a, b);
}
