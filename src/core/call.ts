// A tool call as every front end decodes it and every upstream carries it out.

import type { JsonObject } from "./json.ts";

/** The front ends; `import`: it was recorded elsewhere, and nobody here could have stopped it. */
export type Door = "http" | "mcp" | "hooks" | "llm" | "shell" | "library" | "import";

/**
 * Where a call would run, as declared by front end or upstream; never taken from an argument that
 * the tool's mapping does not name.
 */
export interface ExecutionContext {
  /** Absolute path; absent: not known. */
  readonly cwd?: string;
  /** Absolute path of `~`; absent: not known. */
  readonly home?: string;
  /** Does one call's shell outlive the call? */
  readonly shell: "fresh" | "persistent";
  /** `fixed`: proctor sets every variable; `inherited`: names mean what the agent's machine says. */
  readonly environment: "fixed" | "inherited";
  /** The agent may type into what the call starts, and nobody judges that; absent: it cannot. */
  readonly input?: "typed";
  /** Whose files: `ours`, this machine's, or `remote`. */
  readonly filesystem: "ours" | "remote";
  /**
   * The executor confines calls to this absolute folder, links included: nothing else can be changed,
   * and nothing else be read but the system's own folders. Who lets reads out must not declare it.
   */
  readonly confinedTo?: string;
}

export interface ToolCall {
  /** The id that the client or the model gave the call. */
  readonly id?: string;
  readonly door: Door;
  /** The upstream's name in the config; `local` is the embedded tools. */
  readonly upstream: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  readonly context: ExecutionContext;
  /**
   * The agent within the agent that makes it, as the harness names it, where a door sees that. To rates
   * and limits it is the same agent; what it says and does is a conversation of its own.
   */
  readonly subagent?: string;
}

/** What a tool is to those who may call it. `inputSchema` is a JSON Schema. */
export interface ToolDescription {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
}

/** The result of a tool, in the shape of MCP (specification 2025-11-25, `CallToolResult`). */
export interface ToolResult {
  readonly content: readonly ContentBlock[];
  readonly structuredContent?: JsonObject;
  readonly isError?: boolean;
}

export type ContentBlock =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image" | "audio"; readonly data: string; readonly mimeType: string }
  | {
      readonly type: "resource";
      readonly resource: {
        readonly uri: string;
        readonly mimeType?: string;
        readonly blob: string;
      };
    };
