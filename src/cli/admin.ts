// The admin API of a running proctor, as commands reach it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ErrorCode, errorTable, ProctorError } from "../core/errors.ts";
import type { Command } from "./command.ts";

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

/** One request to the admin API; `path` begins with `/v1/`. @throws ProctorError what was answered, or `upstream_unreachable` */
export type AdminRequest = (path: string, init?: RequestInit) => Promise<Response>;

export function createAdminRequest({ url, token }: Access): AdminRequest {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };

  return async function request(path, init = {}) {
    const response = await fetch(`${url}${path}`, { ...init, headers }).catch((cause: unknown) => {
      if (init.signal?.aborted === true) throw cause;
      throw new ProctorError(
        "upstream_unreachable",
        `nothing answers at ${url}; start proctor serve, or name its admin listener with --url`,
        { cause },
      );
    });
    if (!response.ok) throw await problemIn(response);
    return response;
  };
}

/** Options that name a running proctor and how to speak to it. */
export function speaksToAdmin(command: Command, token: string): Command {
  return command
    .option("--url <url>", "admin listener of the running proctor")
    .option("--token-file <file>", `file with an ${token} token`);
}

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
