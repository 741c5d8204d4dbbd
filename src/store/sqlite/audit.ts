// The parts of the worker that read records rather than bytes. Loaded when they are first asked for:
// the record schema takes longer to load than everything else in the worker together.

export { erasePart } from "./erase.ts";
export { rebuildIndex } from "./rebuild.ts";
export { verifySteps } from "./verify.ts";
