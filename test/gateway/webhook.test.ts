// The webhook: what it says, that it is signed, and how often it is tried.

import { createHmac } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startWebhook, type WebhookParts } from "../../src/gateway/webhook.ts";
import { stopTimers } from "../timers.ts";
import { createRig, key32, memoryStore, type Rig } from "./rig.ts";

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

describe("the webhook", () => {
  let server: Server;
  let url: string;
  let received: Received[];
  let statuses: number[];
  const rigs: Rig[] = [];

  beforeEach(async () => {
    received = [];
    statuses = [];
    server = createServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      received.push({ headers: request.headers, body });
      response.writeHead(statuses.shift() ?? 204, { location: "/elsewhere" }).end();
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  });
  afterEach(async () => {
    vi.useRealTimers();
    for (const rig of rigs.splice(0)) rig.approvals.close();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });

  async function asking(store?: Rig["store"]): Promise<Rig> {
    const rig = await createRig({ store, decide: () => "ask", approvals: { maxHoldMs: 0 } });
    rigs.push(rig);
    return rig;
  }

  async function start(rig: Rig, more: Partial<WebhookParts> = {}) {
    const results: string[] = [];
    const events: string[] = [];
    const log = (event: string) => void events.push(event);
    await startWebhook({
      target: { url, secret: key32, timeoutMs: 3_600_000 },
      approvals: rig.approvals,
      clock: rig.clock,
      log: { debug: log, info: log, warn: log, error: log },
      delivered: (result) => results.push(result),
      retriesMs: [1, 1],
      ...more,
    });
    return { results, events };
  }

  it("tells what waits, and signs it so that anybody with the key can check it", async () => {
    const rig = await asking();
    await start(rig);
    await rig.call("delete", "/w/a");
    await expect.poll(() => received.length).toBe(1);
    const [{ headers, body } = { headers: {}, body: "" }] = received;
    const message = JSON.parse(body);
    expect(message).toMatchObject({
      type: "approval.waiting",
      timestamp: "2023-11-14T22:13:20.000Z",
      text: expect.stringMatching(/^a waits for approval of delete: delete \/w\/a\. To answer: /),
      data: { agent: "a", trajectory: "a/t", status: "waiting", tool: "delete" },
    });
    expect(body).not.toContain("binding");
    expect(headers["webhook-id"]).toBe(message.data.id);
    const content = `${headers["webhook-id"]}.1700000000.${body}`;
    const signature = createHmac("sha256", key32).update(content).digest("base64");
    expect(headers["webhook-signature"]).toBe(`v1,${signature}`);
  });

  it("asks once for a call that comes again", async () => {
    const rig = await asking();
    const { results } = await start(rig);
    for (let i = 0; i < 3; i += 1) await rig.call("delete", "/w/a");
    await expect.poll(() => results).toEqual(["ok"]);
    expect(received).toHaveLength(1);
  });

  it.each<[string, number[], string[], string[]]>([
    ["a server that fails once", [500], ["failed", "ok"], ["webhook_failed"]],
    ["a redirect, which is not followed", [302], ["failed", "ok"], ["webhook_failed"]],
    [
      "a server that always fails",
      [500, 503, 429],
      ["failed", "failed", "failed"],
      [...Array<string>(3).fill("webhook_failed"), "webhook_given_up"],
    ],
  ])("tries again: %s", async (_, answers, expected, said) => {
    statuses.push(...answers);
    const rig = await asking();
    const { results, events } = await start(rig);
    await rig.call("delete", "/w/a");
    await expect.poll(() => events.length).toBe(said.length);
    await expect.poll(() => results).toEqual(expected);
    expect(events).toEqual(said);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  it("is not tried again once the call waits no more", async () => {
    statuses.push(500);
    const rig = await asking();
    const { results } = await start(rig, { retriesMs: [60_000] });
    const clock = stopTimers();
    const call = rig.call("delete", "/w/a");
    await clock.until(() => results.length === 1);
    await call;
    const [approval] = await rig.approvals.list();
    await rig.approvals.answer(approval?.id ?? "", { answer: "refused", by: "kim" });
    await clock.pass(60_000);
    // What is sent after it has come, and it has not.
    void rig.call("delete", "/w/b");
    const ids = () => received.map(({ headers }) => headers["webhook-id"]);
    await clock.until(() => new Set(ids()).size === 2);
    expect(ids()).toHaveLength(2);
  });

  it("tells of what waited before the start, under the same id", async () => {
    const store = await memoryStore();
    const before = await asking(store);
    await before.call("delete", "/w/a");
    const after = await asking(store);
    await start(after);
    await expect.poll(() => received.length).toBe(1);
    const [approval] = await after.approvals.list();
    expect(received[0]?.headers["webhook-id"]).toBe(approval?.id);
  });
});
