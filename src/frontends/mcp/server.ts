// The embedded tools as an MCP server: one method after the other, in either era.

import type { JsonObject } from "../../core/json.ts";
import type { LocalTools } from "../local-tools.ts";
import { modernVersion } from "./era.ts";
import { RpcError, type RpcRequest, rpcCodes } from "./message.ts";

type Methods = ReadonlyMap<string, (params: JsonObject) => Promise<JsonObject>>;
type CallTool = (params: JsonObject) => Promise<JsonObject>;

/** Offered tools change with a restart only. */
const listTtlMs = 60_000;
const cacheable = { ttlMs: listTtlMs, cacheScope: "private" } as const;

export function createServer(local: LocalTools, version: string) {
  const serverInfo = { name: "proctor", version };
  const capabilities = { tools: {} };

  async function listed(): Promise<JsonObject> {
    return { tools: (await local.tools()).map((tool) => ({ ...tool })) };
  }

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
    async answer(request: RpcRequest, modern: boolean, callTool: CallTool): Promise<JsonObject> {
      const methods: Methods = modern
        ? new Map([
            ["server/discover", async () => discovered],
            ["tools/list", async () => ({ ...(await listed()), ...cacheable })],
            ["tools/call", callTool],
          ])
        : new Map([
            ["ping", async () => ({})],
            ["tools/list", listed],
            ["tools/call", callTool],
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
