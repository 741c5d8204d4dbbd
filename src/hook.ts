// proctor hook AGENT: hands an agent's event to a running proctor, and prints what the agent understands. It is
// started for every tool call, so it loads nothing of the program; and it fails closed, in the words that the
// agent obeys.

import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { usualAgentUrl } from "./core/agent-url.ts";
import {
  answerHeader,
  deadlineHeader,
  forms,
  type HookAgentName,
  hookAgentNames,
  isHookAgent,
  mayAsk,
} from "./frontends/hooks/forms.ts";

export interface HookSurroundings {
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What the process is to write, and its exit status. */
export interface HookEnd {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

interface Options {
  readonly agent: HookAgentName;
  readonly url: URL;
  readonly tokenFile?: string;
  readonly token?: string;
  readonly trajectory?: string;
  readonly deadlineMs: number;
  readonly failsOpen: boolean;
}

/** Below the 60 s that `proctor install` gives the hook. */
const usualDeadlineMs = 55_000;
const maxAnswerBytes = 1024 * 1024;

export const hookHelp = `Usage: proctor hook AGENT [options]

Reads an event of the agent's hooks on standard input, asks a running proctor, and prints the answer in the form
that the agent obeys. \`proctor install AGENT\` writes this command into the agent's settings.

Agents: ${hookAgentNames.join(", ")}

Options:
  --url <url>               agent listener of the running proctor (PROCTOR_URL; default ${usualAgentUrl})
  --token-file <file>       file with the agent's token (or PROCTOR_TOKEN)
  --deadline-ms <ms>        deny when there is no answer by then (default ${usualDeadlineMs})
  --dangerously-fail-open   without an answer let the call through

PROCTOR_TRAJECTORY names the trajectory; otherwise there is one for each prompt of the user.
`;

/** Never throws, and always within the deadline. */
export async function runHook(
  argv: readonly string[],
  { stdin, env }: HookSurroundings,
): Promise<HookEnd> {
  if (argv.includes("--help") || argv.includes("-h")) {
    return { stdout: hookHelp, stderr: "", code: 0 };
  }
  const options = optionsFrom(argv, env);
  // Exit status 2 with a sentence is the denial that most agents understand.
  if (typeof options === "string") return { stdout: "", stderr: `proctor: ${options}\n`, code: 2 };
  let text = "";
  try {
    const deadline = AbortSignal.timeout(options.deadlineMs);
    text = await readAll(stdin, deadline);
    return { stdout: await ask(options, text, deadline), stderr: "", code: 0 };
  } catch (error) {
    return withoutAnswer(options, text, error);
  }
}

function withoutAnswer({ agent, failsOpen, url }: Options, text: string, error: unknown): HookEnd {
  const form = forms[agent];
  const why = error instanceof Error ? error.message : String(error);
  const what = `proctor, the guard of this session, gave no answer (${url.origin}): ${why}.`;
  const stderr = `${what}\n`;
  if (!mayAsk(parsed(text))) return { stdout: form.noted, stderr, code: 0 };
  if (failsOpen) return { stdout: form.allow, stderr, code: 0 };
  const reason = `${what} The call was not carried out. Tell the user that the guard has to be started (proctor serve), and try again.`;
  return { stdout: form.deny(reason), stderr: "", code: 0 };
}

/** A text: what is wrong with them. */
function optionsFrom(
  [agent, ...flags]: readonly string[],
  env: HookSurroundings["env"],
): Options | string {
  if (!isHookAgent(agent)) {
    return `proctor hook knows ${hookAgentNames.join(", ")}, and not ${JSON.stringify(agent ?? "")}`;
  }
  let url = env.PROCTOR_URL || usualAgentUrl;
  let tokenFile: string | undefined;
  let deadlineMs = usualDeadlineMs;
  let failsOpen = false;
  for (let i = 0; i < flags.length; i += 1) {
    const flag = flags[i];
    if (flag === "--dangerously-fail-open") {
      failsOpen = true;
      continue;
    }
    const value = flags[i + 1];
    if (value === undefined) return `proctor hook: ${flag} needs a value, or is not known`;
    i += 1;
    if (flag === "--url") url = value;
    else if (flag === "--token-file") tokenFile = value;
    else if (flag === "--deadline-ms" && /^[1-9][0-9]{0,6}$/.test(value))
      deadlineMs = Number(value);
    else return `proctor hook: there is no option ${flag} ${value}`;
  }
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    return `proctor hook: the URL must begin with http:// or https://, and is ${JSON.stringify(url)}`;
  }
  const { PROCTOR_TOKEN: token, PROCTOR_TRAJECTORY: trajectory } = env;
  return { agent, url: new URL(url), tokenFile, token, trajectory, deadlineMs, failsOpen };
}

function readAll(stream: Readable, deadline: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    deadline.addEventListener("abort", () => reject(new Error("its event did not come to an end")));
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.once("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    stream.once("error", reject);
  });
}

async function ask(options: Options, text: string, deadline: AbortSignal): Promise<string> {
  const { agent, url, trajectory, deadlineMs } = options;
  const { request } = await import(url.protocol === "https:" ? "node:https" : "node:http");
  const headers = {
    "content-type": "application/json",
    authorization: `Bearer ${tokenOf(options)}`,
    [deadlineHeader]: String(deadlineMs),
    ...(trajectory === undefined ? {} : { "proctor-trajectory": trajectory }),
  };
  const path = `${url.pathname.replace(/\/$/, "")}/hooks/${agent}`;
  return new Promise((resolve, reject) => {
    deadline.addEventListener("abort", () => reject(new Error(`none within ${deadlineMs} ms`)));
    const asking = request(
      { host: url.hostname, port: url.port, path, method: "POST", headers },
      function answered(response: IncomingMessage) {
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > maxAnswerBytes) reject(new Error("an answer without end"));
          else chunks.push(chunk);
        });
        response.once("error", reject);
        response.once("close", () => {
          if (!response.complete) reject(new Error("the answer broke off"));
        });
        response.once("end", () => {
          const isOurs = response.headers[answerHeader] === agent;
          if (response.statusCode === 200 && isOurs)
            resolve(Buffer.concat(chunks).toString("utf8"));
          else
            reject(new Error(`something else answered there, with status ${response.statusCode}`));
        });
      },
    );
    asking.once("error", reject);
    asking.end(text);
  });
}

function tokenOf({ tokenFile, token }: Options): string {
  if (tokenFile !== undefined) return readFileSync(tokenFile, "utf8").trim();
  if (token !== undefined && token !== "") return token;
  throw new Error("there is no token: name one with --token-file or PROCTOR_TOKEN");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
