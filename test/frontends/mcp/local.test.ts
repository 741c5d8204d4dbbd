// The embedded tools over MCP: sessions, batches, cancellation, and what is written down of each.

import { afterEach, describe, expect, it } from "vitest";
import { createSessions } from "../../../src/frontends/mcp/sessions.ts";
import type { Forward } from "../../../src/upstream/upstream.ts";
import { memoryStore } from "../../gateway/rig.ts";
import {
  type Door,
  type DoorOptions,
  notification,
  openDoor,
  openSession,
  request,
} from "./door.ts";

const local = "/mcp/local";
const call = (id: number, tool: string, path = "/w/x") =>
  request(id, "tools/call", { name: tool, arguments: { path } });

/** Never ends by itself. `begun` resolves when a call has arrived. */
function hanging() {
  let begin: () => void = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const forward: Forward<never> = (_call, signal) => {
    begin();
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  };
  return { begun, forward };
}

describe("the embedded tools over MCP", () => {
  let door: Door;
  afterEach(() => door.close());
  const open = async (options?: DoorOptions) => {
    door = await openDoor(options);
    return door;
  };
  const outcomes = async (name = "t") =>
    (await door.rig.records(name)).flatMap((record) =>
      record.type === "outcome" ? [record.outcome.kind] : [],
    );

  it("cancels a call that the client says it has cancelled, and records that", async () => {
    const { begun, forward } = hanging();
    await open({ forward });
    const session = await openSession(door, `/t/t${local}`);
    const calling = door.post(`/t/t${local}`, call(7, "write"), session);
    await begun;
    const cancelled = notification("notifications/cancelled", { requestId: 7 });
    expect((await door.post(`/t/t${local}`, cancelled, session)).status).toBe(202);
    expect((await calling).json.result?.isError).toBe(true);
    expect(await outcomes()).toEqual(["cancelled"]);
  });

  it("cancels nothing by another's number, nor by a number as a string", async () => {
    const { begun, forward } = hanging();
    await open({ forward });
    const session = await openSession(door, `/t/t${local}`);
    const calling = door.post(`/t/t${local}`, call(7, "write"), session);
    await begun;
    for (const requestId of ["7", 8, null, {}]) {
      await door.post(
        `/t/t${local}`,
        notification("notifications/cancelled", { requestId }),
        session,
      );
    }
    expect(await outcomes()).toEqual([]);
    await door.send("DELETE", `/t/t${local}`, session);
    await calling;
    expect(await outcomes()).toEqual(["cancelled"]);
  });

  it("takes the end of a connection for a cancellation only where there are no sessions", async () => {
    const { begun, forward } = hanging();
    await open({ forward });
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const gone = new AbortController();
    const headers = {
      "content-type": "application/json",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "write",
    };
    const params = { name: "write", arguments: { path: "/w/x" }, _meta };
    const body = JSON.stringify(request(1, "tools/call", params));
    const calling = door.send("POST", `/t/t${local}`, headers, body, gone.signal);
    await begun;
    gone.abort();
    await expect(calling).rejects.toThrow();
    await expect.poll(() => outcomes()).toEqual(["cancelled"]);
  });

  it("refuses an id that is under way", async () => {
    const { begun, forward } = hanging();
    await open({ forward });
    const session = await openSession(door, local);
    const calling = door.post(local, call(7, "write"), session);
    await begun;
    expect((await door.post(local, call(7, "write"), session)).json.error?.code).toBe(-32600);
    await door.send("DELETE", local, session);
    await calling;
  });

  it("answers a batch of 2025-03-26 element by element, notifications with nothing", async () => {
    await open({ decide: ({ effects }) => (effects[0]?.kind === "delete" ? "deny" : "allow") });
    const session = await openSession(door, `/t/t${local}`, "2025-03-26");
    const messages = [
      call(1, "read"),
      notification("notifications/progress"),
      call(2, "delete"),
      request(3, "ping"),
      { jsonrpc: "2.0", id: 4 },
      call(5, "nothing"),
    ];
    const answered = await door.post(`/t/t${local}`, messages, session);
    expect(answered.status).toBe(200);
    expect(
      answered.messages.map(({ id, result, error }) => [id, result?.isError, error?.code]),
    ).toEqual([
      [1, undefined, undefined],
      [2, true, undefined],
      [3, undefined, undefined],
      [4, undefined, -32600],
      [5, undefined, -32602],
    ]);
    expect(await outcomes()).toEqual(["carried_out", "refused"]);
    const only = [notification("notifications/progress")];
    expect((await door.post(local, only, session)).status).toBe(202);
    expect((await door.post(local, Array(65).fill(only[0]), session)).status).toBe(400);
    expect((await door.post(local, [], session)).status).toBe(400);
  });

  it("ends a session on DELETE, and knows it no more", async () => {
    await open();
    const session = await openSession(door, local);
    expect((await door.send("DELETE", local, session)).status).toBe(204);
    expect((await door.post(local, request(1, "ping"), session)).status).toBe(404);
    expect((await door.send("DELETE", local, session)).status).toBe(404);
    expect((await door.send("DELETE", local)).status).toBe(400);
  });

  it("knows a session only by the token that opened it", async () => {
    await open();
    const session = await openSession(door, local);
    const other = { ...session, authorization: "Bearer b" };
    expect((await door.post(local, request(1, "ping"), other)).status).toBe(404);
  });

  const rejected: [string, number, string, string, Record<string, string>][] = [
    ["GET, since nothing is sent unasked", 405, "GET", local, {}],
    ["a foreign origin", 403, "POST", local, { origin: "https://evil.example" }],
    ["no token", 401, "POST", local, { authorization: "" }],
    ["another MCP server", 404, "POST", "/mcp/other", {}],
  ];
  for (const [what, status, method, path, headers] of rejected) {
    it(`refuses ${what}`, async () => {
      await open();
      expect((await door.send(method, path, headers)).status).toBe(status);
    });
  }

  it("refuses a foreign host", async () => {
    await open();
    const { request: send } = await import("node:http");
    const status = await new Promise((resolve) => {
      const { port } = new URL(door.origin);
      const headers = { host: "evil.example", authorization: "Bearer a" };
      send({ port, path: local, method: "POST", headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(421);
  });

  it("refuses as a result, without structured content, when the store fails", async () => {
    const store = await memoryStore();
    const broken = { ...store, append: () => Promise.reject(new Error("the disk is full")) };
    await open({ store: broken });
    const session = await openSession(door, local);
    const { json } = await door.post(local, call(1, "write"), session);
    expect(json.result).toMatchObject({ isError: true });
    expect(json.result?.structuredContent).toBeUndefined();
    expect(JSON.stringify(json.result?.content)).toContain("disk is full");
  });

  it("writes down what was no call, once the agent is known", async () => {
    await open();
    await door.post(`/t/t${local}`, "{");
    const session = await openSession(door, `/t/t${local}`);
    await door.post(`/t/t${local}`, request(1, "tools/call", { name: 1 }), session);
    await door.post(`/t/t${local}`, call(2, "nothing"), session);
    const codes = (await door.rig.records()).flatMap((record) =>
      record.type === "malformed" ? [record.code] : [],
    );
    expect(codes).toEqual(["malformed_json", "invalid_request", "unknown_tool"]);
  });
});

describe("sessions", () => {
  const caller = {
    principal: { kind: "agent", token: "t", agents: ["a"] },
    agent: "a",
    naming: { name: "connection-1", identifiedBy: "connection" },
  } as const;

  it("make room by letting the one go that was unused for longest", () => {
    let now = 0;
    const sessions = createSessions(() => now++, { maxSessions: 3 });
    const [first, second, third] = [1, 2, 3].map(() => sessions.open(caller, "v").id);
    sessions.find(first ?? "", caller);
    const fourth = sessions.open(caller, "v").id;
    const known = [first, second, third, fourth].map(
      (id) => sessions.find(id ?? "", caller) !== undefined,
    );
    expect(known).toEqual([true, false, true, true]);
  });

  it("end calls under way when they are let go", () => {
    let now = 0;
    const sessions = createSessions(() => now++, { maxSessions: 1 });
    const abort = new AbortController();
    sessions.open(caller, "v").underWay.set(1, abort);
    sessions.open(caller, "v");
    expect(abort.signal.aborted).toBe(true);
  });

  it("are forgotten after a day without use", () => {
    let now = 0;
    const sessions = createSessions(() => now);
    const { id } = sessions.open(caller, "v");
    now = 24 * 3_600_000 - 1;
    expect(sessions.find(id, caller)?.id).toBe(id);
    now += 24 * 3_600_000;
    expect(sessions.find(id, caller)).toBeUndefined();
  });
});
