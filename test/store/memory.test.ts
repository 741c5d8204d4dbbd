import { openMemoryStore } from "../../src/store/index.ts";
import { storeContract } from "./contract.ts";

storeContract({
  name: "memory",
  numRuns: 200,
  open: async (instance = "test") => {
    const store = await openMemoryStore({ instance, chainKey: new Uint8Array(32).fill(7) });
    return { store, dispose: () => store.close() };
  },
});
