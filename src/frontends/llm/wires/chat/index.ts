// OpenAI's Chat Completions: POST /v1/chat/completions.
// https://platform.openai.com/docs/api-reference/chat

import { sseText } from "../../shape.ts";
import type { Wire } from "../wire.ts";
import { read } from "./read.ts";
import { stream } from "./stream.ts";
import { whole } from "./whole.ts";
export const chat: Wire = {
  name: "openai-chat",
  path: "/v1/chat/completions",
  read,
  whole,
  stream,
  problem: ({ code, text }) => ({
    error: { message: text, type: "proctor", param: null, code },
  }),
  problemEvent: (problem) => sseText(chat.problem(problem)),
};
