import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["./test/build.ts"],
    setupFiles: ["./test/properties.ts"],
    reporters: ["default", "./test/closing-line.ts"],
    // The default leaves a core free, which on two cores is one worker; most tests wait for processes.
    maxWorkers: Math.max(2, availableParallelism()),
    // They end what hangs, and nothing else: no test is to fail because the machine is slow.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    teardownTimeout: 120_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
