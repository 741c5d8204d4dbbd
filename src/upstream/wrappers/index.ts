// The wrappers of upstreams.

export { retry } from "./retry.ts";
export { timeout } from "./timeout.ts";
