// Answers of the MCP front end as HTTP responses.

import type { Json } from "../../core/json.ts";
import { errorMessage, idOf, type RpcError } from "./message.ts";

export function json(
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

/** What a notification, or a response of the client, is answered with. */
export function accepted(): Response {
  return new Response(null, { status: 202 });
}

/** The error as an answer to `message`, whatever that is. */
export function errorReply(message: Json, error: RpcError): Response {
  return json(error.status, errorMessage(idOf(message), error));
}
