// The admin API of a running proctor, as the approval commands use it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ErrorCode, errorTable, ProctorError } from "../../core/errors.ts";
import type { ApprovalView } from "../../gateway/approvals.ts";

export type Action = "approve" | "refuse";

export interface AdminClient {
  list(which: "waiting" | "all"): Promise<readonly ApprovalView[]>;
  /** `id`: the whole, or the end of one that nothing else ends with. */
  show(id: string): Promise<ApprovalView>;
  answer(id: string, action: Action, note: string | undefined): Promise<ApprovalView>;
  /** What waits, then each change, until `signal` aborts or the connection ends. */
  watch(signal: AbortSignal): AsyncIterable<ApprovalView>;
}

export interface Access {
  /** `http://host:port` of the admin listener. */
  readonly url: string;
  readonly token: string;
}

export interface AccessFlags {
  readonly url?: string;
  readonly tokenFile?: string;
}

/**
 * Flags win over `PROCTOR_ADMIN_URL` and `PROCTOR_TOKEN`, those over what the config says: its
 * admin listener, and `admin.token` in the data folder.
 *
 * @throws ProctorError `invalid_request` where there is no token
 */
export function accessFrom(
  { url, tokenFile }: AccessFlags,
  env: Readonly<Record<string, string | undefined>>,
  config: { readonly data: string; readonly adminListener: { host: string; port: number } },
): Access {
  const { host, port } = config.adminListener;
  const named = host.includes(":") ? `[${host}]` : host;
  const own = `http://${named}:${port}`;
  const file = tokenFile ?? join(config.data, "admin.token");
  const token = tokenFile === undefined ? env.PROCTOR_TOKEN : undefined;
  return {
    url: (url ?? env.PROCTOR_ADMIN_URL ?? own).replace(/\/+$/, ""),
    token: token ?? readToken(file),
  };
}

function readToken(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new ProctorError(
      "invalid_request",
      `there is no token in ${file}; name another file with --token-file, or set PROCTOR_TOKEN`,
      { cause },
    );
  }
}

export function createAdminClient({ url, token }: Access): AdminClient {
  const authorization = `Bearer ${token}`;

  async function request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { authorization, "content-type": "application/json" };
    const response = await fetch(`${url}/v1/approvals${path}`, { ...init, headers }).catch(
      (cause: unknown) => {
        if (init.signal?.aborted === true) throw cause;
        throw new ProctorError(
          "upstream_unreachable",
          `nothing answers at ${url}; start proctor serve, or name its admin listener with --url`,
          { cause },
        );
      },
    );
    if (!response.ok) throw await problemIn(response);
    return response;
  }

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

async function problemIn(response: Response): Promise<ProctorError> {
  const text = await response.text();
  try {
    const { code, detail }: { code: string; detail: string } = JSON.parse(text);
    if (isErrorCode(code)) return new ProctorError(code, detail);
  } catch {
    // Not an answer of proctor's.
  }
  return new ProctorError("internal", `${response.url} answered ${response.status}`);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}

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
