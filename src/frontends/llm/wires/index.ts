// The wires that are spoken. A new one is a file or folder here, a line in this list, its golden files.

import { chat } from "./chat/index.ts";
import { messages } from "./messages.ts";
import { responses } from "./responses/index.ts";
import type { Wire } from "./wire.ts";

export const wires: readonly Wire[] = [chat, responses, messages];
