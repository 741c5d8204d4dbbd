// What is known of installing the hooks of one agent.

import type { JsonObject } from "../../core/json.ts";
import type { HookAgentName } from "../../frontends/hooks/forms.ts";
import type { Piece } from "./piece.ts";

export type Scope = "project" | "user" | "managed";

/** How a hook reaches proctor. */
export interface HookCommand {
  /** Program and leading arguments: an absolute path of Node, and of proctor's entry. */
  readonly program: readonly string[];
  readonly url: string;
  /** Absolute. */
  readonly tokenFile: string;
  readonly dangerouslyFailOpen: boolean;
}

/** Where an agent looks for its settings. */
export interface Places {
  readonly home: string;
  readonly project: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Installer {
  readonly name: HookAgentName;
  readonly title: string;
  /** Seen to work with the published program, or built to what its documentation says. */
  readonly evidence: "run" | "documented";
  pieces(scope: Scope, hook: HookCommand, places: Places): readonly Piece[];
  /** Files by which an agent could switch its hooks off, beside those that are installed. */
  readonly switches: (places: Places) => readonly string[];
  /** What somebody has to do once, after it was written. */
  readonly afterwards: readonly string[];
  /** What gets past the hooks, however they are installed. */
  readonly holes: readonly string[];
}

/** Seconds that an agent waits for a question's answer, and what proctor's own deadline leaves of it. */
export const questionTimeoutS = 60;
const questionDeadlineMs = 55_000;
export const reportTimeoutS = 15;
const reportDeadlineMs = 10_000;

export type Purpose = "question" | "report";

/** How long an agent is to wait for the hook, seconds. */
export function timeoutS(purpose: Purpose): number {
  return purpose === "question" ? questionTimeoutS : reportTimeoutS;
}

/** The shell's line for agents whose hooks, when they fail, let calls through. */
export function guardedLine(hook: HookCommand, agent: HookAgentName, purpose: Purpose): string {
  return purpose === "question"
    ? guardedShell(hook, agent)
    : shellOf(wordsOf(hook, agent, purpose));
}

/** The command in words. */
export function wordsOf(hook: HookCommand, agent: HookAgentName, purpose: Purpose): string[] {
  const { program, url, tokenFile, dangerouslyFailOpen } = hook;
  const deadlineMs = purpose === "question" ? questionDeadlineMs : reportDeadlineMs;
  const words = [...program, "hook", agent, "--url", url, "--token-file", tokenFile];
  words.push("--deadline-ms", String(deadlineMs));
  if (dangerouslyFailOpen) words.push("--dangerously-fail-open");
  return words;
}

export function shellOf(words: readonly string[]): string {
  return words.map(quoted).join(" ");
}

/**
 * For agents that let a call through when the hook itself fails: then the shell denies. Exit status 2
 * needs a sentence, without which Codex and Gemini CLI go ahead.
 */
export function guardedShell(
  hook: HookCommand,
  agent: HookAgentName,
  otherwise = "echo 'the guard of this session, proctor, could not be started' >&2; exit 2",
): string {
  const command = shellOf(wordsOf(hook, agent, "question"));
  return hook.dangerouslyFailOpen ? command : `${command} || { ${otherwise}; }`;
}

/** One entry for each event: `question` for those that ask, `report` for the rest. */
export function entriesFor(
  events: Readonly<Record<string, Purpose>>,
  entry: (purpose: Purpose) => JsonObject,
): Readonly<Record<string, JsonObject>> {
  return Object.fromEntries(
    Object.entries(events).map(([event, purpose]) => [event, entry(purpose)]),
  );
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
