// The wrappers of upstreams.

export { type RetryOptions, retry } from "./retry.ts";
export { timeout } from "./timeout.ts";
