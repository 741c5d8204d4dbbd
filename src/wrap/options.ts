// proctor mcp: what may be said on its command line.

import { basename } from "node:path";
import { parseArgs } from "node:util";
import { messageOf, ProctorError } from "../core/errors.ts";
import { namePattern } from "../core/trajectory.ts";

export interface WrapOptions {
  /** The server: a program to start, or where one listens. */
  readonly server:
    | { readonly command: string; readonly args: readonly string[] }
    | { readonly url: string; readonly headers: Readonly<Record<string, string>> };
  /** The server's name in records, and in the config, where more may be said of it. */
  readonly name: string;
  readonly catalogue?: string;
  /** Where relative paths in its arguments start from, if not from the working directory. */
  readonly folder?: string;
  /** A proctor that runs already; absent: a guard of its own. */
  readonly guard?: {
    readonly url: string;
    readonly tokenFile?: string | undefined;
    /** Without a decision by then the call is refused. */
    readonly deadlineMs: number;
  };
  readonly agent?: string;
  readonly trajectory?: string;
  readonly withholdRoots: boolean;
  readonly hideDenied: boolean;
  readonly dangerouslyFailOpen: boolean;
  readonly overrides: {
    readonly config?: string;
    readonly data?: string;
    readonly workspace?: string;
  };
}

/** Longer than a call waits for a person (`approvals.maxHoldMs`), shorter than clients wait (60 s). */
const usualDeadlineMs = 55_000;

type Environment = Readonly<Record<string, string | undefined>>;

export const help = `Usage: proctor mcp [options] -- COMMAND [ARGUMENT...]
       proctor mcp [options] --url URL

Wraps an MCP server: speaks MCP on standard input and output, passes everything to the server, and
judges and records each tool call. In the config of an agent it stands before the command:

  { "command": "npx", "args": ["proctor", "mcp", "--", "npx", "@modelcontextprotocol/server-filesystem", "."] }

Options:
  --url <url>             a server over Streamable HTTP in place of a command
  --header <header>       sent with each request to it, as "Name: value"; \${VARIABLE} in it is taken
                          from the environment; may be repeated
  --name <name>           its name in records (default: taken from the command); what proctor.yaml
                          says under mcpServers.<name> of catalogue, tools and time limits holds
  --catalogue <name>      whose tools these are (default: known for the reference filesystem server,
                          mcp-server-commands and desktop-commander)
  --server <url>          ask a proctor that runs already (default: PROCTOR_URL); what its proctor.yaml
                          says under mcpServers.<name> holds there
  --token-file <file>     the agent's token there (default: PROCTOR_TOKEN, PROCTOR_TOKEN_FILE)
  --deadline-ms <ms>      refuse a call when there is no decision by then (default: 55000)
  --standalone            a guard of its own, whatever PROCTOR_URL says; so do --config and --data
  --agent <id>            who calls (default: PROCTOR_AGENT, else the first agent of the config)
  --trajectory <name>     where the calls belong (default: PROCTOR_TRAJECTORY, else one per session)
  --withhold-roots        keep the client's roots from the server; this is the default for the
                          reference filesystem server, which takes them in place of its folders
  --pass-roots            pass them
  --hide-denied           leave tools out of lists that a rule denies by name; what an agent would have
                          tried is then not seen, so it is off as usual
  --dangerously-fail-open pass calls that cannot be judged or recorded because the guard fails
  -c, --config <file>     config file (default: proctor.yaml, if there is one)
  --data <folder>         folder of the database and keys; wrappers may share it
  --workspace <folder>    what policies call the workspace (default: the working directory)
  -h, --help              this text

The exit code is the server's.
`;

/** undefined: help was asked for. @throws ProctorError `invalid_request` */
export function wrapOptions(argv: readonly string[], env: Environment): WrapOptions | undefined {
  const end = argv.indexOf("--");
  const own = end < 0 ? argv : argv.slice(0, end);
  const [command, ...args] = end < 0 ? [] : argv.slice(end + 1);
  const given = parsed(own);
  if (given.help === true) return undefined;
  const server = serverFrom(given.url, headersFrom(given.header ?? [], env), command, args);
  const known = "command" in server ? identify([server.command, ...server.args]) : undefined;
  const fallback = "url" in server ? new URL(server.url).hostname : (known?.name ?? "server");
  const catalogue = given.catalogue ?? known?.catalogue;
  if (given["withhold-roots"] === true && given["pass-roots"] === true) {
    throw wrong("--withhold-roots and --pass-roots contradict each other");
  }
  return {
    server,
    name: named(given.name ?? fallback, "--name"),
    ...(catalogue === undefined ? {} : { catalogue }),
    ...(known?.folder === undefined ? {} : { folder: known.folder }),
    ...guardFrom(given, env),
    ...optional("agent", given.agent ?? env.PROCTOR_AGENT),
    ...optional("trajectory", given.trajectory ?? env.PROCTOR_TRAJECTORY),
    withholdRoots:
      given["withhold-roots"] ?? (given["pass-roots"] !== true && catalogue === "filesystem"),
    hideDenied: given["hide-denied"] ?? false,
    dangerouslyFailOpen: given["dangerously-fail-open"] ?? false,
    overrides: { config: given.config, data: given.data, workspace: given.workspace },
  };
}

function parsed(own: readonly string[]) {
  try {
    const text = { type: "string" } as const;
    const flag = { type: "boolean" } as const;
    return parseArgs({
      args: [...own],
      options: {
        url: text,
        header: { ...text, multiple: true },
        name: text,
        catalogue: text,
        server: text,
        "token-file": text,
        "deadline-ms": text,
        standalone: flag,
        agent: text,
        trajectory: text,
        "withhold-roots": flag,
        "pass-roots": flag,
        "hide-denied": flag,
        "dangerously-fail-open": flag,
        config: { ...text, short: "c" },
        data: text,
        workspace: text,
        help: { ...flag, short: "h" },
      },
    }).values;
  } catch (error) {
    throw wrong(messageOf(error));
  }
}

function serverFrom(
  url: string | undefined,
  headers: Readonly<Record<string, string>>,
  command: string | undefined,
  args: readonly string[],
): WrapOptions["server"] {
  if ((url === undefined) === (command === undefined)) {
    throw wrong("give a server: `-- COMMAND`, or `--url URL`");
  }
  if (url === undefined) return { command: command ?? "", args };
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return { url, headers };
  throw wrong(`--url must be http:// or https://, and is ${JSON.stringify(url.slice(0, 200))}`);
}

function guardFrom(given: ReturnType<typeof parsed>, env: Environment): Pick<WrapOptions, "guard"> {
  const isOwn = (given.standalone ?? false) || (given.config ?? given.data) !== undefined;
  if (given.server !== undefined && isOwn) {
    throw wrong("--server asks another guard; --standalone, --config and --data are of an own one");
  }
  const url = given.server ?? (isOwn ? undefined : env.PROCTOR_URL);
  if (url === undefined || url === "") return {};
  const deadline = given["deadline-ms"] ?? `${usualDeadlineMs}`;
  if (!/^[1-9][0-9]{0,6}$/.test(deadline)) {
    throw wrong(
      `--deadline-ms must be a number of milliseconds, and is ${JSON.stringify(deadline)}`,
    );
  }
  return { guard: { url, tokenFile: given["token-file"], deadlineMs: Number(deadline) } };
}

/** So that no secret stands in a list of processes. */
function headersFrom(given: readonly string[], env: Environment): Record<string, string> {
  const pairs = given.map((header) => {
    const [, name = "", value = ""] = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(header) ?? [];
    if (name === "") throw wrong('--header must be "Name: value"');
    const filled = value.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, variable: string) => {
      const found = env[variable];
      if (found !== undefined) return found;
      throw wrong(`--header ${name} names ${variable}, which is not in the environment`);
    });
    return [name.toLowerCase(), filled] as const;
  });
  return Object.fromEntries(pairs);
}

function optional<Name extends string>(name: Name, value: string | undefined) {
  if (value === undefined || value === "") return {};
  return { [name]: named(value, `--${name}`) };
}

function named(value: string, option: string): string {
  if (namePattern.test(value)) return value;
  throw wrong(`${option} must match ${namePattern.source}, and is ${JSON.stringify(value)}`);
}

function wrong(detail: string): ProctorError {
  return new ProctorError("invalid_request", detail);
}

/** Servers whose tools a catalogue describes, by the package or program that is started. */
const knownServers = [
  [/(^|\/)(@modelcontextprotocol\/|mcp-)server-filesystem(@|\/|$)/, "filesystem"],
  [/(^|\/)mcp-server-commands(@|\/|$)/, "mcp-server-commands"],
  [/(^|\/)(@wonderwhy-er\/)?desktop-commander(@|\/|$)/, "desktop-commander"],
] as const;

/** Programs that start another, which is the server. */
const launchers = /^(npx|bunx|uvx|pnpm|yarn|npm|dlx|exec|run|node|bun|deno|uv|tsx|python[0-9.]*)$/;

/** What a server is, from its command line; the last that could be a program is looked at first. */
function identify(words: readonly string[]): {
  name: string;
  catalogue?: string;
  folder?: string | undefined;
} {
  for (const [at, word] of words.entries()) {
    for (const [pattern, catalogue] of knownServers) {
      if (!pattern.test(word)) continue;
      const [folder] = words.slice(at + 1).filter((each) => !each.startsWith("-"));
      return { name: catalogue, catalogue, folder };
    }
  }
  const program = words.find((word) => !word.startsWith("-") && !launchers.test(basename(word)));
  const name = basename(program ?? "server").replace(/[^A-Za-z0-9._-]/g, "-");
  return { name: name.replace(/^[^A-Za-z0-9]+/, "").slice(0, 64) || "server" };
}
