// Where the guard is that a door in another process asks, and the token to ask it with.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { usualAgentUrl } from "../core/agent-url.ts";
import { messageOf, ProctorError } from "../core/errors.ts";
import type { Access } from "./client.ts";

export interface AccessFlags {
  readonly url?: string | undefined;
  readonly tokenFile?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Flags win over `PROCTOR_URL`, `PROCTOR_TOKEN` and `PROCTOR_TOKEN_FILE`; without any, the token is
 * `agent.token` of `PROCTOR_DATA`, or of the nearest folder `.proctor` above `cwd`.
 *
 * @throws ProctorError `guard_unavailable`
 */
export function accessFrom(flags: AccessFlags, env: Environment, cwd: string): Access {
  const url = flags.url ?? (env.PROCTOR_URL || usualAgentUrl);
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new ProctorError("guard_unavailable", `PROCTOR_URL is no URL: ${JSON.stringify(url)}`);
  }
  const given = flags.tokenFile === undefined ? env.PROCTOR_TOKEN : undefined;
  const token = given || readToken(flags.tokenFile ?? tokenFile(env, cwd));
  return { url, token, agent: env.PROCTOR_AGENT || undefined };
}

function tokenFile(env: Environment, cwd: string): string {
  if (env.PROCTOR_TOKEN_FILE) return env.PROCTOR_TOKEN_FILE;
  if (env.PROCTOR_DATA) return join(env.PROCTOR_DATA, "agent.token");
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, ".proctor", "agent.token");
    if (existsSync(file) || folder === dirname(folder)) return file;
  }
}

function readToken(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new ProctorError(
      "guard_unavailable",
      `no token: set PROCTOR_TOKEN_FILE or PROCTOR_TOKEN (${messageOf(cause)})`,
      { cause },
    );
  }
}
