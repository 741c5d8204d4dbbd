// The admin API of a running proctor, as the approval commands use it.

import { ProctorError } from "../../core/errors.ts";
import type { ApprovalView } from "../../gateway/approvals.ts";
import { type Access, createAdminRequest } from "../admin.ts";

export type Action = "approve" | "refuse";

export interface AdminClient {
  list(which: "waiting" | "all"): Promise<readonly ApprovalView[]>;
  /** `id`: the whole, or the end of one that nothing else ends with. */
  show(id: string): Promise<ApprovalView>;
  answer(id: string, action: Action, note: string | undefined): Promise<ApprovalView>;
  /** What waits, then each change, until `signal` aborts or the connection ends. */
  watch(signal: AbortSignal): AsyncIterable<ApprovalView>;
}

export function createAdminClient(access: Access): AdminClient {
  const admin = createAdminRequest(access);
  const request = (path: string, init?: RequestInit) => admin(`/v1/approvals${path}`, init);

  async function list(which: "waiting" | "all"): Promise<readonly ApprovalView[]> {
    const response = await request(which === "all" ? "?state=all" : "");
    const { approvals }: { approvals: readonly ApprovalView[] } = JSON.parse(await response.text());
    return approvals;
  }

  /** Whole ids go to the server as they are; only an ending is looked up. */
  async function wholeId(id: string): Promise<string> {
    if (id.length >= wholeLength) return encodeURIComponent(id);
    const ending = (await list("all")).filter((one) => one.id.endsWith(id));
    const [only] = ending;
    if (ending.length === 1 && only !== undefined) return only.id;
    const why = ending.length === 0 ? "no approval ends" : `${ending.length} approvals end`;
    throw new ProctorError("approval_not_found", `${why} with ${id}`);
  }

  async function view(path: string, init?: RequestInit): Promise<ApprovalView> {
    return JSON.parse(await (await request(path, init)).text());
  }

  return {
    list,
    show: async (id) => view(`/${await wholeId(id)}`),
    answer: async (id, action, note) =>
      view(`/${await wholeId(id)}/${action}`, { method: "POST", body: JSON.stringify({ note }) }),
    async *watch(signal) {
      const { body } = await request("/events", { signal });
      if (body !== null) yield* eventsIn(body);
    },
  };
}

/** Of a UUID. */
const wholeLength = 36;
/** What is shown, and enough to name one. */
export const shortLength = 8;

/** Server-sent events (WHATWG HTML, section 9.2), as far as this feed uses them. */
async function* eventsIn(body: ReadableStream<Uint8Array>): AsyncIterable<ApprovalView> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const parts = text.split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts) {
      const data = part.split("\n").filter((line) => line.startsWith("data: "));
      if (data.length > 0) yield JSON.parse(data.map((line) => line.slice(6)).join("\n"));
    }
  }
}
