// The embedded tools as an MCP server: one method after the other, in either era.

import type { ToolDescription } from "../../core/call.ts";
import type { JsonObject } from "../../core/json.ts";
import { modernVersion } from "./era.ts";
import { RpcError, type RpcRequest, rpcCodes } from "./message.ts";

type Methods = ReadonlyMap<string, (params: JsonObject) => Promise<JsonObject>>;
/** What the server does for the caller of a request. */
interface Does {
  listTools(): Promise<readonly ToolDescription[]>;
  callTool(params: JsonObject): Promise<JsonObject>;
}

/** Offered tools change with a restart only. */
const listTtlMs = 60_000;
const cacheable = { ttlMs: listTtlMs, cacheScope: "private" } as const;

export function createServer(version: string) {
  const serverInfo = { name: "proctor", version };
  const capabilities = { tools: {} };

  const discovered = {
    supportedVersions: [modernVersion],
    capabilities,
    _meta: { "io.modelcontextprotocol/serverInfo": serverInfo },
    ...cacheable,
  };

  return {
    initialized: (protocolVersion: string): JsonObject => ({
      protocolVersion,
      capabilities,
      serverInfo,
    }),
    async answer(request: RpcRequest, modern: boolean, does: Does): Promise<JsonObject> {
      const listed = async () => ({
        tools: (await does.listTools()).map((tool) => ({ ...tool })),
      });
      const methods: Methods = modern
        ? new Map([
            ["server/discover", async () => discovered],
            ["tools/list", async () => ({ ...(await listed()), ...cacheable })],
            ["tools/call", does.callTool],
          ])
        : new Map([
            ["ping", async () => ({})],
            ["tools/list", listed],
            ["tools/call", does.callTool],
          ]);
      const method = methods.get(request.method);
      if (method === undefined) {
        const status = modern ? 404 : 200;
        throw new RpcError(rpcCodes.methodNotFound, "there is no such method", { status });
      }
      const result = await method(request.params);
      return modern ? { resultType: "complete", ...result } : result;
    },
  };
}
