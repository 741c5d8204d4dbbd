// The stores that exist, and the key of their chain.

export { loadOrCreateChainKey } from "./keys.ts";
export { openMemoryStore } from "./memory.ts";
export { openSqliteStore } from "./sqlite/open.ts";
