// The stores that exist.

export { openMemoryStore } from "./memory.ts";
