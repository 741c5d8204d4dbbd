// Where the worker's program is.

/**
 * Beside this file once it is built. Run from its source (by the tests, through vitest) a worker
 * thread would be given TypeScript, which Node below 22.18 does not run: there it is the built file
 * of the same checkout, which the tests bring up to date before they begin (test/build.ts).
 */
export function workerUrl(): URL {
  const built = import.meta.url.endsWith(".js");
  return new URL(
    built ? "./worker.js" : "../../../dist/src/store/sqlite/worker.js",
    import.meta.url,
  );
}
