// Tells a URL of each call that waits for a person: signed, tried again, no longer than it waits.

import { createHmac } from "node:crypto";
import type { Clock } from "../core/clock.ts";
import { describeEffect } from "../core/display.ts";
import { asProctorError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { type Approval, type Approvals, viewOf } from "./approvals.ts";

export interface WebhookTarget {
  readonly url: string;
  /** HMAC key. */
  readonly secret: Uint8Array;
  readonly timeoutMs: number;
}

export interface WebhookParts {
  readonly target: WebhookTarget;
  readonly approvals: Pick<Approvals, "list" | "show" | "onAsked" | "ended">;
  readonly clock: Clock;
  readonly log: Log;
  /** Each attempt. */
  readonly delivered: (result: "ok" | "failed") => void;
  /** Waits between attempts, milliseconds; then nobody is told. */
  readonly retriesMs?: readonly number[];
}

const usualRetriesMs = [1_000, 5_000, 30_000, 120_000, 300_000];

/**
 * Begins with what waits already: whether a process that ended had told of it is not known, and
 * receivers tell repeats by `webhook-id`.
 */
export async function startWebhook(parts: WebhookParts): Promise<void> {
  const { approvals } = parts;
  approvals.onAsked((approval) => void tell(parts, approval));
  for (const approval of await approvals.list()) {
    if (approval.status === "waiting") void tell(parts, approval);
  }
}

async function tell(parts: WebhookParts, approval: Approval): Promise<void> {
  const { approvals, log, delivered, retriesMs = usualRetriesMs } = parts;
  for (const waitMs of [0, ...retriesMs]) {
    await pause(waitMs, approvals.ended);
    if (approvals.ended.aborted || !(await stillWaits(approvals, approval.id))) return;
    const problem = await post(parts, approval);
    delivered(problem === undefined ? "ok" : "failed");
    if (problem === undefined) return;
    log.warn("webhook_failed", { approval: approval.id, problem });
  }
  log.error("webhook_given_up", { approval: approval.id });
}

async function stillWaits({ show }: Pick<Approvals, "show">, id: string): Promise<boolean> {
  const found = await show(id).catch(() => undefined);
  return found?.status === "waiting";
}

/** undefined: it was taken. */
async function post(
  { target, clock, approvals }: WebhookParts,
  approval: Approval,
): Promise<string | undefined> {
  const now = clock.nowMs();
  const body = JSON.stringify(messageOf(approval, now));
  const signal = AbortSignal.any([AbortSignal.timeout(target.timeoutMs), approvals.ended]);
  try {
    const response = await fetch(target.url, {
      method: "POST",
      headers: { "content-type": "application/json", ...signed(target, approval.id, now, body) },
      body,
      redirect: "manual",
      signal,
    });
    await response.body?.cancel();
    return response.ok ? undefined : `it answered ${response.status}`;
  } catch (error) {
    const { cause, message } = asProctorError(error);
    const why = cause instanceof Error ? cause.cause : undefined;
    return why instanceof Error ? why.message : message;
  }
}

/** `text` is what chat tools show of an incoming webhook. */
function messageOf(approval: Approval, now: number): object {
  const { key, question } = approval;
  const [first] = question.effects;
  const effect = first === undefined ? "" : `: ${first.kind} ${describeEffect(first)}`;
  const more = question.effects.length > 1 ? ` and ${question.effects.length - 1} more` : "";
  const answer = `proctor approvals approve ${approval.id.slice(-8)}`;
  return {
    type: "approval.waiting",
    timestamp: new Date(now).toISOString(),
    text: `${key.agent} waits for approval of ${question.tool}${effect}${more}. To answer: ${answer}`,
    data: viewOf(approval),
  };
}

/** Standard Webhooks 1.0, "Signature scheme": HMAC-SHA-256 over id, seconds and body. */
function signed(
  { secret }: WebhookTarget,
  id: string,
  now: number,
  body: string,
): Record<string, string> {
  const seconds = Math.floor(now / 1_000);
  const signature = createHmac("sha256", secret)
    .update(`${id}.${seconds}.${body}`)
    .digest("base64");
  return {
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": `v1,${signature}`,
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ms === 0 || signal.aborted) return resolve();
    const timer = setTimeout(end, ms);
    timer.unref();
    signal.addEventListener("abort", end);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
  });
}
