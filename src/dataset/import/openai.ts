// OpenAI's fine-tuning rows: `messages`, `tools`, arguments of calls as JSON text.

import { readChat } from "./chat.ts";
import type { ImportFormat } from "./format.ts";

export const openai: ImportFormat = {
  name: "openai",
  about: "chat rows of OpenAI's fine-tuning format, one trajectory a line",
  read: (source, tools) => readChat(source, tools, { arguments: "text" }),
};
