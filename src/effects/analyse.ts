// The face of effect analysis: ToolCall -> Effect[].

import type { ToolCall } from "../core/call.ts";
import type { Analysis, Residue } from "../core/effect.ts";

/**
 * Synchronous, bounded and total: any call in, an analysis out, never a throw. `residue` is what
 * earlier calls of the trajectory left behind.
 */
export interface Analyser {
  analyse(call: ToolCall, residue: Residue): Analysis;
}
