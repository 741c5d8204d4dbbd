// TRL's conversational rows: `messages`, or `prompt` and `completion`, and a `tools` column.

import { readChat } from "./chat.ts";
import type { ImportFormat } from "./format.ts";

export const trl: ImportFormat = {
  name: "trl",
  about: "conversational rows of TRL, with a tools column, one trajectory a line",
  // Chat templates disagree: some want an object, others its text.
  read: (source, tools) => readChat(source, tools, { arguments: "object or text" }),
};
