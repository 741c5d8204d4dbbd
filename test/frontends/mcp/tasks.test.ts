// Calls that go on as tasks of a server, in both eras: what is written of them, as a table.

import { describe, expect, it } from "vitest";
import { ProctorError } from "../../../src/core/errors.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { createStdioDoor } from "../../../src/frontends/stdio/door.ts";
import { createRig } from "../../gateway/rig.ts";
import { whatBecame } from "./tasks-told.ts";

/** `client` and `server`: who says it. `end`: the server does. `close`: the trajectory does. */
type Turn =
  | { readonly client: JsonObject }
  | { readonly server: JsonObject }
  | { readonly end: string }
  | "close";

interface Row {
  readonly shows: string;
  readonly turns: readonly Turn[];
  /** Everything behind the intent. */
  readonly recorded: readonly string[];
}

const meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
const client = (id: number, method: string, params: JsonObject): Turn => ({
  client: { jsonrpc: "2.0", id, method, params },
});
const server = (id: number, result: JsonObject): Turn => ({
  server: { jsonrpc: "2.0", id, result },
});
const error = (id: number, code: number, message = "no"): Turn => ({
  server: { jsonrpc: "2.0", id, error: { code, message } },
});
const says = (method: string, params: JsonObject): Turn => ({
  server: { jsonrpc: "2.0", method, params },
});
const text = (said: string, more: JsonObject = {}): JsonObject => ({
  content: [{ type: "text", text: said }],
  ...more,
});

/** As in 2025-11-25: the client asks for a task, and for its result by itself. */
const task = (status: string): JsonObject => ({ taskId: "T", status, ttl: 60_000 });
const begun = [
  client(1, "tools/call", { name: "write", arguments: { path: "/a" }, task: { ttl: 60_000 } }),
  server(1, { task: task("working") }),
];
const get = (id: number, status: string) => [
  client(id, "tasks/get", { taskId: "T" }),
  server(id, task(status)),
];
const result = (id: number, ...answers: readonly Turn[]) => [
  client(id, "tasks/result", { taskId: "T" }),
  ...answers,
];

/** As in the extension of 2026-07-28: the server decides, and the result comes with the status. */
const given = (status: string, more: JsonObject = {}): JsonObject => ({
  resultType: "complete",
  taskId: "T",
  status,
  ttlMs: null,
  ...more,
});
const started = [
  client(1, "tools/call", { name: "write", arguments: { path: "/a" }, _meta: meta }),
  server(1, { ...given("working"), resultType: "task" }),
];
const polled = (id: number, status: string, more: JsonObject = {}) => [
  client(id, "tasks/get", { taskId: "T", _meta: meta }),
  server(id, given(status, more)),
];

const rows: readonly Row[] = [
  {
    shows: "2025-11-25: the result becomes the outcome of the call",
    turns: [...begun, ...get(2, "working"), ...result(3, server(3, text("done")))],
    recorded: ["began", "carried_out done"],
  },
  {
    shows: "2025-11-25: a status says how it ended, and the result supersedes it",
    turns: [
      ...begun,
      ...get(2, "completed"),
      ...get(3, "completed"),
      ...result(4, server(4, text("done"))),
    ],
    recorded: ["began", "carried_out (result unseen)", "carried_out done"],
  },
  {
    shows: "2025-11-25: a result that nobody fetches leaves what the status said",
    turns: [...begun, ...get(2, "failed"), "close"],
    recorded: ["began", "carried_out failed (result unseen)", "closed"],
  },
  {
    shows: "2025-11-25: a failure of the tool",
    turns: [...begun, ...result(2, server(2, text("no luck", { isError: true })))],
    recorded: ["began", "carried_out failed no luck"],
  },
  {
    shows: "2025-11-25: an error of the protocol is that of the call",
    turns: [...begun, ...result(2, error(2, -32603))],
    recorded: ["began", "carried_out failed -32603"],
  },
  {
    shows: "2025-11-25: a notification tells of the end",
    turns: [...begun, says("notifications/tasks/status", task("completed"))],
    recorded: ["began", "carried_out (result unseen)"],
  },
  {
    shows: "2025-11-25: cancelled, as the client asked",
    turns: [...begun, client(2, "tasks/cancel", { taskId: "T" }), server(2, task("cancelled"))],
    recorded: ["began", "cancel_asked", "cancelled"],
  },
  {
    shows: "2025-11-25: asked to cancel twice, and it ended first",
    turns: [
      ...begun,
      client(2, "tasks/cancel", { taskId: "T" }),
      error(2, -32602),
      client(3, "tasks/cancel", { taskId: "T" }),
      server(3, task("completed")),
    ],
    recorded: ["began", "cancel_asked", "unknown", "carried_out (result unseen)"],
  },
  {
    shows: "a task that expired is of unknown outcome, until a result is seen after all",
    turns: [
      ...begun,
      client(2, "tasks/get", { taskId: "T" }),
      error(2, -32602, "expired"),
      ...result(3, server(3, text("done"))),
    ],
    recorded: ["began", "unknown", "carried_out done"],
  },
  {
    shows: "a server that ends takes its tasks with it",
    turns: [...begun, { end: "the server exited" }],
    recorded: ["began", "unknown"],
  },
  {
    shows: "a task that is never seen to end is unobserved, not carried out",
    turns: [...begun, ...get(2, "working"), "close"],
    recorded: ["began", "unobserved", "closed"],
  },
  {
    shows: "an error of the server says nothing of the task",
    turns: [...begun, client(2, "tasks/get", { taskId: "T" }), error(2, -32603), "close"],
    recorded: ["began", "unobserved", "closed"],
  },
  {
    shows: "what another task is says nothing of this one",
    turns: [
      ...begun,
      client(2, "tasks/get", { taskId: "other" }),
      server(2, { taskId: "other", status: "completed" }),
      client(3, "tasks/result", { taskId: "other" }),
      server(3, text("done")),
      client(4, "tasks/cancel", { taskId: "other" }),
      says("notifications/tasks/status", { taskId: "other", status: "failed" }),
    ],
    recorded: ["began"],
  },
  {
    shows: "a result that comes again changes nothing",
    turns: [
      ...begun,
      ...result(2, server(2, text("done"))),
      ...result(3, server(3, text("another"))),
      ...get(4, "failed"),
    ],
    recorded: ["began", "carried_out done"],
  },
  {
    shows: "a server that was asked for no task gives none in the era with sessions",
    turns: [
      client(1, "tools/call", { name: "write", arguments: { path: "/a" } }),
      server(1, { task: task("working") }),
    ],
    recorded: ['carried_out {"task":{"taskId":"T","status":"working","ttl":60000}}'],
  },
  {
    shows: "a task that was asked for and is answered at once is an ordinary call",
    turns: [
      client(1, "tools/call", { name: "write", arguments: { path: "/a" }, task: {} }),
      server(1, text("done")),
    ],
    recorded: ["carried_out done"],
  },
  {
    shows: "a look may become a task",
    turns: [
      client(1, "tools/call", { name: "read", arguments: { path: "/a" }, task: {} }),
      server(1, { task: task("working") }),
      ...result(2, server(2, text("done"))),
    ],
    recorded: ["began", "carried_out done"],
  },
  {
    shows: "a denied call begins no task",
    turns: [client(1, "tools/call", { name: "delete", arguments: { path: "/a" }, task: {} })],
    recorded: ["refused"],
  },
  {
    shows: "2026-07-28: the result comes with the status",
    turns: [
      ...started,
      ...polled(2, "working"),
      ...polled(3, "completed", { result: text("done") }),
    ],
    recorded: ["began", "carried_out done"],
  },
  {
    shows: "2026-07-28: a failure of the tool",
    turns: [...started, ...polled(2, "completed", { result: text("no luck", { isError: true }) })],
    recorded: ["began", "carried_out failed no luck"],
  },
  {
    shows: "2026-07-28: an error of the protocol",
    turns: [...started, ...polled(2, "failed", { error: { code: -32603, message: "limit" } })],
    recorded: ["began", "carried_out failed -32603"],
  },
  {
    shows: "2026-07-28: cancelled in the server's own time",
    turns: [
      ...started,
      client(2, "tasks/cancel", { taskId: "T", _meta: meta }),
      server(2, { resultType: "complete" }),
      ...polled(3, "working"),
      ...polled(4, "cancelled"),
    ],
    recorded: ["began", "cancel_asked", "cancelled"],
  },
  {
    shows: "2026-07-28: input is asked for and given, and it goes on",
    turns: [
      ...started,
      ...polled(2, "input_required", { inputRequests: {} }),
      client(3, "tasks/update", { taskId: "T", inputResponses: {}, _meta: meta }),
      server(3, { resultType: "complete" }),
      ...polled(4, "completed", { result: text("done") }),
    ],
    recorded: ["began", "carried_out done"],
  },
  {
    shows: "2026-07-28: a notification brings the result",
    turns: [...started, says("notifications/tasks", given("completed", { result: text("done") }))],
    recorded: ["began", "carried_out done"],
  },
];

/** `delete` is denied; the server says what its row makes it say. */
async function open() {
  const rig = await createRig({
    decide: ({ call: { tool } }) => (tool === "delete" ? "deny" : "allow"),
  });
  const toServer: JsonObject[] = [];
  const toClient: JsonObject[] = [];
  const door = createStdioDoor({
    judge: rig.gateway,
    agent: "a",
    naming: { name: "t", identifiedBy: "harness" },
    session: "session",
    server: {
      name: "s",
      context: { shell: "persistent", environment: "inherited", filesystem: "ours" },
      withholdRoots: false,
      hideDenied: false,
      callTimeoutMs: 60_000,
    },
    limits: { maxLength: 65_536, maxDepth: 16 },
    toServer: (message) => void toServer.push(message),
    toClient: (line) => void toClient.push(JSON.parse(line)),
  });
  async function play(turn: Turn): Promise<void> {
    if (turn === "close") await rig.trajectories.close("a", "t", "completed");
    else if ("client" in turn) {
      door.fromClient(JSON.stringify(turn.client));
      await door.passed();
    } else if ("end" in turn) {
      door.serverEnded(new ProctorError("upstream_failed", turn.end));
      await door.settled();
    } else {
      door.fromServer(turn.server, JSON.stringify(turn.server));
      await door.settled();
    }
  }
  return { rig, toServer, toClient, play };
}

describe("a call that goes on as a task", () => {
  it.each(rows)("$shows", async ({ turns, recorded }) => {
    const { rig, toServer, toClient, play } = await open();
    for (const turn of turns) await play(turn);
    expect((await rig.records("t")).flatMap(whatBecame)).toEqual(recorded);
    // Nothing is kept from either side, and nothing is made up but the refusal.
    const said = (who: "client" | "server") =>
      turns.flatMap((turn) => (typeof turn === "object" && who in turn ? [turn] : []));
    const refused = recorded[0] === "refused" ? 1 : 0;
    expect(toServer).toHaveLength(said("client").length - refused);
    expect(toClient).toHaveLength(said("server").length + refused);
    // A step is counted once, at its end.
    const ended = recorded.filter((one) => !/^(began|cancel_asked|closed)/.test(one)).length;
    expect(rig.observed).toHaveLength(Math.min(1, ended));
    await rig.store.close();
  });
});
