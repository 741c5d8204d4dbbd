// The embedded tools: files of one workspace, and bash where it can be confined.

import { promises as fs } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { ExecutionContext, ToolResult } from "../../core/call.ts";
import { messageOf, ProctorError } from "../../core/errors.ts";
import type { Json, JsonObject } from "../../core/json.ts";
import type { Forwarded, ToolUpstream } from "../upstream.ts";
import { createConfined } from "./confined.ts";
import { ToolFailure } from "./failure.ts";
import { bestFolderKind, type FolderKind } from "./folder.ts";
import { probeSandbox, type Sandbox, type Surroundings, unfitSurroundings } from "./sandbox.ts";
import type { EmbeddedConfig } from "./schema.ts";
import { createRunBash } from "./shell.ts";
import type { EmbeddedTool, ToolReply, ToolScope } from "./tool.ts";
import { bashTool, fileTools } from "./tools/index.ts";

export type { Sandbox } from "./sandbox.ts";
export { embeddedSchema } from "./schema.ts";

/** The upstream's name in calls and records. */
export const embeddedName = "local";

export interface EmbeddedOptions {
  /** Made if it is missing. */
  readonly workspace: string;
  /** Data folder, config, policies: no tool may see them, so none may lie in the workspace. */
  readonly hidden: readonly string[];
  readonly config: EmbeddedConfig;
  /** Absent: what works here best, tried out. */
  readonly sandbox?: Sandbox;
  readonly folderKind?: FolderKind;
}

export interface EmbeddedTools extends ToolUpstream<ToolResult> {
  readonly name: string;
  /** The workspace, absolute and real. */
  readonly workspace: string;
  /** How bash is confined, or why it is not offered. */
  readonly sandbox: Sandbox;
  contextOf(tool: string): ExecutionContext;
  readonly hideDenied: boolean;
  /** @throws ProctorError `unknown_tool`, `invalid_arguments` */
  check(tool: string, given: JsonObject): void;
}

/** @throws ProctorError `invalid_config` where the workspace would show what is hidden */
export async function createEmbeddedTools(options: EmbeddedOptions): Promise<EmbeddedTools> {
  const { config } = options;
  const surroundings = await surroundingsOf(options);
  const { workspace } = surroundings;
  const sandbox = options.sandbox ?? (await chooseSandbox(surroundings, config));
  const tools = offeredTools(sandbox);
  const files = createConfined(workspace, options.folderKind ?? (await bestFolderKind()));
  const runBash = await createRunBash(surroundings, sandbox, config.bash);

  function find(name: string): EmbeddedTool {
    const tool = tools.get(name);
    if (tool === undefined) throw new ProctorError("unknown_tool", `no tool is named ${name}`);
    return tool;
  }

  return {
    name: embeddedName,
    workspace,
    sandbox,
    tools: async () => [...tools.values()].map(({ description }) => description),
    contextOf: (tool) => embeddedContext(workspace, sandbox, tool),
    hideDenied: config.hideDenied,
    check(tool, given) {
      const problem = find(tool).problemWith(given);
      if (problem !== undefined) throw new ProctorError("invalid_arguments", problem);
    },
    async forward(call, signal) {
      signal.throwIfAborted();
      const tool = find(call.tool);
      const scope = { files, limits: config.limits, signal, runBash: runBash(signal) };
      return forwarded(await attempt(tool, call.arguments, scope));
    },
  };
}

/** Where a tool's call runs. Without a sandbox, what bash changes and finds is the machine's affair. */
export function embeddedContext(
  workspace: string,
  { kind }: Pick<Sandbox, "kind">,
  tool: string,
): ExecutionContext {
  const common = {
    cwd: workspace,
    home: workspace,
    shell: "fresh",
    filesystem: "ours",
  } as const;
  const isFree = kind === "dangerouslyUnsandboxed" && tool === bashTool.description.name;
  return isFree
    ? { ...common, environment: "inherited" }
    : { ...common, environment: "fixed", confinedTo: workspace };
}

async function surroundingsOf({
  workspace,
  hidden,
  config,
}: EmbeddedOptions): Promise<Surroundings> {
  await fs.mkdir(workspace, { recursive: true });
  const surroundings = {
    workspace: await fs.realpath(workspace),
    hidden: await Promise.all(hidden.map(realOrFuture)),
    readOnlyFolders: await Promise.all(config.bash.readOnlyFolders.map(readOnlyFolder)),
    network: config.bash.network,
  };
  const problem = unfitSurroundings(surroundings);
  if (problem !== undefined) throw new ProctorError("invalid_config", problem);
  return surroundings;
}

async function readOnlyFolder(path: string): Promise<{ path: string; real: string }> {
  try {
    return { path: resolve(path), real: await fs.realpath(path) };
  } catch (cause) {
    const detail = `embedded.bash.readOnlyFolders: ${path} cannot be read`;
    throw new ProctorError("invalid_config", detail, { cause });
  }
}

/** Of what is not there yet, where it will be. */
async function realOrFuture(path: string): Promise<string> {
  try {
    return await fs.realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realOrFuture(parent), basename(path));
  }
}

async function chooseSandbox(surroundings: Surroundings, config: EmbeddedConfig): Promise<Sandbox> {
  if (!config.bash.offered) {
    return { kind: "none", why: "the config says so", hint: "Set embedded.bash.offered: true." };
  }
  if (config.dangerouslyUnsandboxed) return { kind: "dangerouslyUnsandboxed" };
  return probeSandbox(surroundings);
}

function offeredTools({ kind }: Sandbox): ReadonlyMap<string, EmbeddedTool> {
  const offered = kind === "none" ? fileTools : [...fileTools, bashTool];
  return new Map(offered.map((tool) => [tool.description.name, tool]));
}

/** What the model can mend becomes an answer. */
async function attempt(
  tool: EmbeddedTool,
  given: JsonObject,
  scope: ToolScope,
): Promise<ToolReply> {
  const problem = tool.problemWith(given);
  if (problem !== undefined) return errorReply(`invalid arguments: ${problem}`);
  try {
    return await tool.run(given, scope);
  } catch (error) {
    scope.signal.throwIfAborted();
    if (error instanceof ToolFailure) return errorReply(error.message);
    throw asUpstreamError(tool.description.name, error);
  }
}

function errorReply(text: string): ToolReply {
  return { result: { content: [{ type: "text", text }], isError: true } };
}

function asUpstreamError(tool: string, error: unknown): ProctorError {
  if (error instanceof ProctorError) return error;
  const detail = messageOf(error);
  return new ProctorError("upstream_failed", `${tool}: ${detail}`, { cause: error });
}

function forwarded({ result, observed }: ToolReply): Forwarded<ToolResult> {
  const isError = result.isError ?? false;
  return {
    answer: result,
    observed: { transport: "in process", tool: { isError, ...observed } },
    result: resultJson(result),
  };
}

function resultJson({ content, structuredContent, isError }: ToolResult): Json {
  return {
    content: content.map((block) => ({ ...block })),
    ...(structuredContent === undefined ? {} : { structuredContent }),
    ...(isError === undefined ? {} : { isError }),
  };
}
