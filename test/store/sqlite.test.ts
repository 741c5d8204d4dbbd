import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../../src/store/index.ts";
import { storeContract } from "./contract.ts";

storeContract({
  name: "sqlite",
  numRuns: 50,
  open: async (instance = "test") => {
    const folder = await mkdtemp(join(tmpdir(), "proctor-store-"));
    const file = join(folder, "data", "proctor.db");
    const store = await openSqliteStore({ file, instance, chainKey: new Uint8Array(32).fill(7) });
    return {
      store,
      dispose: async () => {
        await store.close();
        await rm(folder, { recursive: true });
      },
    };
  },
});
