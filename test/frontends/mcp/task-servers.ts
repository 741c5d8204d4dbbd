// MCP servers whose tools run as tasks: on the official SDK in the era with sessions, and by hand in the
// other, for which that has no server.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import {
  InMemoryTaskMessageQueue,
  InMemoryTaskStore,
} from "@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";

export interface TaskServer {
  readonly url: string;
  close(): Promise<void>;
}

/** `build` takes how it ends: `well`, `badly`, or `never`. */
const how = z.enum(["well", "badly", "never"]);
const resultOf = (end: "well" | "badly") => ({
  content: [{ type: "text" as const, text: `built ${end}` }],
  isError: end === "badly",
});

function buildServer(): { readonly server: McpServer; close(): void } {
  const taskStore = new InMemoryTaskStore();
  const server = new McpServer(
    { name: "builder", version: "1" },
    {
      capabilities: { tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } },
      taskStore,
      taskMessageQueue: new InMemoryTaskMessageQueue(),
    },
  );
  server.experimental.tasks.registerToolTask(
    "build",
    { inputSchema: { how }, execution: { taskSupport: "required" } },
    {
      async createTask({ how: end }, { taskStore: tasks }) {
        const task = await tasks.createTask({ ttl: 60_000, pollInterval: 5 });
        if (end !== "never") {
          const status = end === "well" ? "completed" : "failed";
          setImmediate(() => void tasks.storeTaskResult(task.taskId, status, resultOf(end)));
        }
        return { task };
      },
      getTask: async (_, { taskId, taskStore: tasks }) => tasks.getTask(taskId),
      // What the store has is what was put there.
      getTaskResult: async (_, { taskId, taskStore: tasks }) =>
        resultSchema.parse(await tasks.getTaskResult(taskId)),
    },
  );
  return { server, close: () => taskStore.cleanup() };
}

const resultSchema = z.looseObject({
  content: z.array(z.object({ type: z.literal("text"), text: z.string() })),
  isError: z.boolean(),
});

export async function startSessionTasks(): Promise<TaskServer> {
  const sessions = new Map<string, StreamableHTTPServerTransport>();
  const built: { close(): void }[] = [];
  return listening(
    async function answer(incoming, outgoing) {
      const id = incoming.headers["mcp-session-id"];
      const known = typeof id === "string" ? sessions.get(id) : undefined;
      if (known !== undefined) return known.handleRequest(incoming, outgoing);
      if (id !== undefined) {
        outgoing.writeHead(404).end();
        return;
      }
      const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
        sessionIdGenerator: () => crypto.randomUUID(),
        onsessioninitialized: (opened) => void sessions.set(opened, transport),
        onsessionclosed: (closed) => void sessions.delete(closed),
      });
      const own = buildServer();
      built.push(own);
      await own.server.connect(transport);
      await transport.handleRequest(incoming, outgoing);
    },
    () => {
      for (const each of built) each.close();
    },
  );
}

/** The extension `io.modelcontextprotocol/tasks`; each task ends when it is asked for the second time. */
export function startStatelessTasks(): Promise<TaskServer> {
  const tasks = new Map<string, { readonly how: z.infer<typeof how>; asked: number }>();
  const capabilities = { tools: {}, extensions: { "io.modelcontextprotocol/tasks": {} } };
  const times = { createdAt: at, lastUpdatedAt: at, ttlMs: 60_000, pollIntervalMs: 5 };

  function taskOf(taskId: string) {
    const task = tasks.get(taskId);
    if (task === undefined) return undefined;
    const base = { resultType: "complete", taskId, ...times };
    task.asked += 1;
    if (task.how === "never" || task.asked < 2) return { ...base, status: "working" };
    return {
      ...base,
      status: "completed",
      result: { resultType: "complete", ...resultOf(task.how) },
    };
  }

  function answerTo({ method, params }: z.infer<typeof messageSchema>): object | undefined {
    switch (method) {
      case "server/discover":
        return {
          resultType: "complete",
          supportedVersions: ["2026-07-28"],
          capabilities,
          ttlMs: 0,
          cacheScope: "private",
          _meta: { "io.modelcontextprotocol/serverInfo": { name: "builder", version: "1" } },
        };
      case "tools/list": {
        const inputSchema = { type: "object", properties: { how: { type: "string" } } };
        const list = { tools: [{ name: "build", inputSchema }], ttlMs: 0, cacheScope: "private" };
        return { resultType: "complete", ...list };
      }
      case "tools/call": {
        const taskId = crypto.randomUUID();
        tasks.set(taskId, { how: how.parse(params.arguments?.how), asked: 0 });
        return { resultType: "task", taskId, status: "working", ...times };
      }
      case "tasks/get":
        return taskOf(params.taskId ?? "");
      case "tasks/cancel":
        return tasks.has(params.taskId ?? "") ? { resultType: "complete" } : undefined;
      default:
        return undefined;
    }
  }

  return listening(async function answer(incoming, outgoing) {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const message = messageSchema.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
    const result = answerTo(message);
    const error = { code: -32602, message: "no such task" };
    const said = { jsonrpc: "2.0", id: message.id, ...(result ? { result } : { error }) };
    outgoing.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(said));
  });
}

const at = "2026-01-01T00:00:00Z";
const messageSchema = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string(),
  params: z
    .looseObject({
      taskId: z.string().optional(),
      arguments: z.record(z.string(), z.unknown()).optional(),
    })
    .default({}),
});

async function listening(
  answer: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>,
  close = () => {},
): Promise<TaskServer> {
  const server: Server = createServer(answer);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    async close() {
      close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
