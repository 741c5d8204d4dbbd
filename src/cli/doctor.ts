// proctor doctor: which agents are guarded, what gets past each, and what protects proctor itself.

import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { messageOf } from "../core/errors.ts";
import { answerHeader, type HookAgentName, hookAgentNames } from "../frontends/hooks/forms.ts";
import { installers } from "./install/agents/index.ts";
import { textOf } from "./install/install.ts";
import type { HookCommand, Installer, Places, Scope } from "./install/installer.ts";
import { ourEntries, type Piece, settingsIn } from "./install/piece.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

export interface DoctorCommand {
  readonly json: boolean;
  /** As `proctor install` would write it now. */
  readonly hook: HookCommand;
  readonly places: Places;
  readonly data: string;
  /** Of this process; undefined where the system has none. */
  readonly uid: number | undefined;
}

interface AgentFinding {
  readonly agent: HookAgentName;
  readonly title: string;
  /** Seen to work with the published program, or built to its documentation. */
  readonly evidence: Installer["evidence"];
  /** Its program is on the PATH. */
  readonly present: boolean;
  readonly guarded: boolean;
  /** Files with our hooks, whole or not. */
  readonly files: readonly string[];
  readonly problems: readonly string[];
  /** What its hooks cannot see. */
  readonly holes: readonly string[];
}

interface Finding {
  readonly agents: readonly AgentFinding[];
  readonly server: { readonly url: string; readonly answers: boolean; readonly problem: string };
  /** Who can read tokens and write records; empty: nobody but proctor. */
  readonly shared: readonly string[];
}

export async function doctor(terminal: Terminal, command: DoctorCommand): Promise<number> {
  const finding: Finding = {
    agents: hookAgentNames.map((name) => examine(installers[name], command)),
    server: await askServer(command.hook),
    shared: sharedWith(command),
  };
  if (command.json) printJson(terminal, finding);
  else print(terminal, finding);
  const guards = finding.agents.filter(({ files }) => files.length > 0);
  const isWell = guards.every(({ problems }) => problems.length === 0);
  return isWell && (guards.length === 0 || finding.server.answers)
    ? exitCodes.ok
    : exitCodes.problems;
}

const programs: Readonly<Record<HookAgentName, readonly string[]>> = {
  "claude-code": ["claude"],
  codex: ["codex"],
  "gemini-cli": ["gemini"],
  opencode: ["opencode"],
  copilot: ["copilot"],
  cursor: ["cursor", "cursor-agent"],
  cline: ["cline"],
};

function examine(installer: Installer, { hook, places }: DoctorCommand): AgentFinding {
  const { name: agent, title, evidence, holes } = installer;
  const scopes: readonly Scope[] = ["managed", "user", "project"];
  const found = scopes.flatMap((scope) =>
    installer.pieces(scope, hook, places).map((piece) => lookAt(piece, agent)),
  );
  const mine = found.filter(({ has }) => has);
  const problems = [...new Set(mine.flatMap((one) => one.problems))];
  const off = mine.length > 0 ? switchedOff(installer, places) : [];
  return {
    agent,
    title,
    evidence,
    present: programs[agent].some((program) => onPath(program, places)),
    guarded: mine.length > 0 && problems.length === 0 && off.length === 0,
    files: [...new Set(mine.map(({ path }) => path))],
    problems: [...problems, ...off],
    holes,
  };
}

interface Look {
  readonly path: string;
  readonly has: boolean;
  readonly problems: readonly string[];
}

function lookAt(piece: Piece, agent: HookAgentName): Look {
  const { path } = piece;
  let text: string | undefined;
  try {
    text = textOf(path);
    if (text === undefined) return { path, has: false, problems: [] };
    return piece.kind === "file" ? lookAtFile(piece, text) : lookAtSettings(piece, text, agent);
  } catch (error) {
    // A damaged file may have been ours; one that cannot be read as well.
    return { path, has: text?.includes("proctor") ?? true, problems: [messageOf(error)] };
  }
}

function lookAtFile(piece: Extract<Piece, { kind: "file" }>, text: string): Look {
  const { path } = piece;
  if (!text.includes("proctor")) return { path, has: false, problems: [] };
  const problems = text === piece.text ? [] : [differs(path)];
  if (piece.executable === true && !isExecutable(path)) problems.push(`${path} is not executable`);
  if (text.includes('dangerouslyFailOpen": true') || text.includes(openFlag)) {
    problems.push(failsOpen(path));
  }
  return { path, has: true, problems };
}

function lookAtSettings(
  { path, events }: Extract<Piece, { kind: "settings" }>,
  text: string,
  agent: HookAgentName,
): Look {
  const entries = ourEntries(text, agent, path);
  if (entries.size === 0) return { path, has: false, problems: [] };
  const missing = Object.keys(events).filter((event) => !entries.has(event));
  const problems = missing.map((event) => `${path} has no hook for ${event}; install it again`);
  const changed = Object.entries(events).some(([event, entry]) => {
    const there = entries.get(event);
    return there !== undefined && JSON.stringify(there) !== JSON.stringify(entry);
  });
  if (changed) problems.push(differs(path));
  if (JSON.stringify([...entries.values()]).includes(openFlag)) problems.push(failsOpen(path));
  return { path, has: true, problems };
}

const openFlag = "--dangerously-fail-open";

function differs(path: string): string {
  return `${path} is not what this proctor would install now (another address, version or folder?); run proctor install again, or check it`;
}

function failsOpen(path: string): string {
  return `${path} lets calls through when proctor gives no answer (dangerously-fail-open)`;
}

/** Claude Code's own switch, in whichever of its files. */
function switchedOff({ name, switches }: Installer, places: Places): readonly string[] {
  if (name !== "claude-code") return [];
  return switches(places).flatMap((path) => {
    try {
      const { disableAllHooks } = settingsIn(path, textOf(path));
      return disableAllHooks === true ? [`${path} switches all hooks off (disableAllHooks)`] : [];
    } catch (error) {
      return [messageOf(error)];
    }
  });
}

/** By an event that asks nothing: whoever has no token is denied even that. */
async function askServer({ url, tokenFile }: HookCommand): Promise<Finding["server"]> {
  try {
    const token = (textOf(tokenFile) ?? "").trim();
    if (token === "")
      throw new Error(`there is no token in ${tokenFile}; start proctor serve once`);
    const response = await fetch(`${url.replace(/\/+$/, "")}/hooks/claude-code`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ session_id: "doctor", hook_event_name: "Doctor" }),
      redirect: "error",
      signal: AbortSignal.timeout(3_000),
    });
    const text = await response.text();
    if (response.headers.get(answerHeader) !== "claude-code") {
      throw new Error(`something else answers there, with status ${response.status}`);
    }
    if (text !== "") throw new Error(`it does not take the token in ${tokenFile}`);
    return { url, answers: true, problem: "" };
  } catch (error) {
    const why = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { url, answers: false, problem: messageOf(why) };
  }
}

function sharedWith({ data, uid }: DoctorCommand): readonly string[] {
  const shared: string[] = [];
  try {
    const { uid: owner, mode } = statSync(data);
    if (uid !== undefined && owner === uid) {
      shared.push(
        `agents that run as this user (uid ${uid}): they can read tokens and write records in ${data}`,
      );
    }
    if ((mode & 0o077) !== 0) shared.push(`others on this machine: ${data} is open to them`);
  } catch {
    // There is no data folder yet.
  }
  return shared;
}

function print(terminal: Terminal, { agents, server, shared }: Finding): void {
  const { bold, green, yellow, red, dim } = coloursOf(terminal);
  const line = (text = "") => printLine(terminal, text);
  for (const found of agents) {
    const state = found.guarded
      ? green("guarded")
      : found.files.length > 0
        ? red("not as it should be")
        : found.present
          ? yellow("not guarded")
          : dim("not found");
    const note = found.evidence === "documented" ? dim(" (built to its documentation)") : "";
    line(`${bold(found.title.padEnd(20))} ${state}${note}`);
    for (const file of found.files) line(dim(`    ${file}`));
    for (const problem of found.problems) line(red(`  ! ${problem}`));
    if (found.files.length > 0) for (const hole of found.holes) line(dim(`  - ${hole}`));
    else if (found.present) line(dim(`    proctor install ${found.agent}`));
  }
  line();
  line(
    server.answers
      ? `The guard at ${server.url} ${green("answers")}.`
      : `The guard at ${server.url} ${red("gives no answer")}: ${server.problem}`,
  );
  for (const who of shared) line(`${yellow("Shared with")} ${who}.`);
  if (shared.length > 0) {
    line(
      "  Approvals and records are not protected from them. To protect them, run proctor as a user of its own",
    );
    line("  (deploy/proctor.service does), and give agents a copy of agent.token alone.");
  }
}

function onPath(program: string, { env }: Places): boolean {
  return (env.PATH ?? "").split(delimiter).some((folder) => isExecutable(join(folder, program)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
