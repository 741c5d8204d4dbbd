// What each agent understands of its hook's standard output. Imports nothing: the hook command loads this and little more.

export const hookAgentNames = [
  "claude-code",
  "codex",
  "gemini-cli",
  "opencode",
  "copilot",
  "cursor",
  "cline",
] as const;

export type HookAgentName = (typeof hookAgentNames)[number];

export interface Form {
  /** A call may go ahead. Never more than that: to some agents `allow` also grants what their user would be asked. */
  readonly allow: string;
  /** An event that is no question. */
  readonly noted: string;
  /** `reason` is for the model, and never empty: some agents go ahead where it is. */
  deny(reason: string): string;
}

/**
 * Exit status 0 and JSON everywhere: each agent obeys that, while an exit status alone is ignored by
 * one (Cline), and without text on standard error by two more (Codex, Gemini). `continue: false` is
 * never said: Claude Code and Codex carry the call out all the same.
 */
export const forms: Readonly<Record<HookAgentName, Form>> = {
  "claude-code": { allow: "", noted: "", deny: denyBeforeTool },
  // Its schema is strict: one unknown member, and the whole denial is dropped.
  codex: { allow: "", noted: "", deny: denyBeforeTool },
  "gemini-cli": {
    allow: "",
    noted: "",
    deny: (reason) => json({ decision: "deny", reason }),
  },
  // Read by proctor's own plugin, which throws on anything else.
  opencode: {
    allow: json({ allow: true }),
    noted: json({ allow: true }),
    deny: (reason) => json({ deny: reason }),
  },
  copilot: {
    allow: "",
    noted: "",
    deny: (reason) => json({ permissionDecision: "deny", permissionDecisionReason: reason }),
  },
  // With `failClosed` no output is a denial. The model reads the user's message.
  cursor: {
    allow: json({ permission: "allow" }),
    noted: json({}),
    deny: (reason) => json({ permission: "deny", user_message: reason, agent_message: reason }),
  },
  // Ends the whole run: there is no other denial.
  cline: {
    allow: json({ cancel: false }),
    noted: json({ cancel: false }),
    deny: (reason) => json({ cancel: true, errorMessage: reason }),
  },
};

function denyBeforeTool(reason: string): string {
  return json({
    hookSpecificOutput: {
      hookEventName: "PreToolUse",
      permissionDecision: "deny",
      permissionDecisionReason: reason,
    },
  });
}

function json(value: object): string {
  return JSON.stringify(value);
}

export function isHookAgent(name: string | undefined): name is HookAgentName {
  return hookAgentNames.some((known) => known === name);
}

/** The header by which proctor's answer is told from anybody else's. */
export const answerHeader = "proctor-hook";
/** How long the hook command waits for an answer, milliseconds. */
export const deadlineHeader = "proctor-deadline-ms";

/** Names of events that are no question, as far as an event names itself. */
const noQuestions =
  /^(?:post|after|user|before_?agent|before_?submit|session|stop|subagent|task|pre_?compact|notification)/i;

/**
 * Whether an event may be the question before a call, for denials without an answer of proctor's: what
 * cannot be read may be one.
 */
export function mayAsk(event: unknown): boolean {
  if (typeof event !== "object" || event === null) return true;
  const named = "hook_event_name" in event ? event.hook_event_name : undefined;
  if (typeof named === "string") return !noQuestions.test(named);
  const hook = "hookName" in event ? event.hookName : undefined;
  if (typeof hook === "string") return !/^(?:tool_result|prompt|agent|session)/i.test(hook);
  if ("event" in event && typeof event.event === "string") return event.event === "before";
  // GitHub Copilot's events do not say what they are.
  if ("toolResult" in event || "stopReason" in event) return false;
  return "toolName" in event || !("sessionId" in event);
}
