// The APIs that a model can be asked through. A new one is a file here, a line in this list, and its tests.

import { chat } from "./chat.ts";
import { responses } from "./responses.ts";
import type { Wire } from "./wire.ts";

export { type ModelAnswer, ModelFailure, type ModelRequest, type Wire } from "./wire.ts";

export const wires = { chat, responses } as const satisfies Readonly<Record<string, Wire>>;
