// What the command of `proctor run` finds in its environment: for each door, where the guard is.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface RunSite {
  /** Of the agent listener. */
  readonly url: string;
  readonly token: string;
  readonly agent: string;
  readonly trajectory: string;
  /** Names under `mcpServers`, which the guard serves. */
  readonly mcpServers: readonly string[];
  /** Names under `llm` whose key the guard holds. */
  readonly providers: readonly string[];
  /** For wrapped servers with a guard of their own: the same store, config and workspace. */
  readonly own?: { readonly data: string; readonly workspace: string; readonly config?: string };
}

export interface RunFolder {
  readonly env: Readonly<Record<string, string>>;
  remove(): void;
}

/** A folder of the run's own, readable by its user only, and the variables that speak of it. */
export function createRunFolder(site: RunSite): RunFolder {
  const folder = mkdtempSync(join(tmpdir(), "proctor-run-"));
  const write = (name: string, text: string, mode: number) => {
    const file = join(folder, name);
    writeFileSync(file, text, { mode });
    chmodSync(file, mode);
    return file;
  };
  const tokenFile = write("agent.token", `${site.token}\n`, 0o600);
  const mcpConfig = write(
    "mcp.json",
    `${JSON.stringify(mcpConfigOf(site), undefined, 2)}\n`,
    0o600,
  );
  // Some harnesses take no shell whose name they do not know.
  const shell = write("bash", shellScript, 0o700);
  const { own } = site;
  return {
    env: {
      PROCTOR_URL: site.url,
      PROCTOR_TOKEN_FILE: tokenFile,
      PROCTOR_AGENT: site.agent,
      PROCTOR_TRAJECTORY: site.trajectory,
      PROCTOR_MCP_CONFIG: mcpConfig,
      SHELL: shell,
      ...Object.assign({}, ...site.providers.map((name) => providerEnv(name, site))),
      ...(own === undefined
        ? {}
        : {
            PROCTOR_DATA: own.data,
            PROCTOR_WORKSPACE: own.workspace,
            ...(own.config === undefined ? {} : { PROCTOR_CONFIG: own.config }),
          }),
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const program = join(import.meta.dirname, "..", "shell.js");
const shellScript = `#!/bin/sh
exec ${quoted(process.execPath)} ${quoted(program)} "$@"
`;

function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

/** What the providers' own clients read: where the API is, and a key, which is the agent's token. */
function providerEnv(name: string, { url, token, trajectory }: RunSite): Record<string, string> {
  const base = `${url}/t/${trajectory}/llm/${name}`;
  switch (name) {
    case "openai":
      return { OPENAI_BASE_URL: `${base}/v1`, OPENAI_API_KEY: token };
    case "anthropic":
      return { ANTHROPIC_BASE_URL: base, ANTHROPIC_API_KEY: token };
    default:
      return {};
  }
}

/** In the shape that agents read (`claude --mcp-config FILE`). */
function mcpConfigOf({ url, token, trajectory, mcpServers }: RunSite): object {
  const headers = { Authorization: `Bearer ${token}` };
  return {
    mcpServers: Object.fromEntries(
      mcpServers.map((name) => [
        name,
        { type: "http", url: `${url}/t/${trajectory}/mcp/${name}`, headers },
      ]),
    ),
  };
}
