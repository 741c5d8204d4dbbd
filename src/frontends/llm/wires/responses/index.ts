// OpenAI's Responses: POST /v1/responses.
// https://platform.openai.com/docs/api-reference/responses

import { sseText } from "../../shape.ts";
import type { Wire } from "../wire.ts";
import { read, resume } from "./items.ts";
import { stream } from "./stream.ts";
import { whole } from "./whole.ts";

export const responses: Wire = {
  name: "openai-responses",
  path: "/v1/responses",
  read,
  resume,
  whole,
  stream,
  problem: ({ code, text }) => ({ error: { message: text, type: "proctor", param: null, code } }),
  problemEvent: ({ code, text }) =>
    sseText({ type: "error", code, message: text, param: null, sequence_number: 0 }, "error"),
};
