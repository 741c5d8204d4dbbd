// The library: `import { createGuard } from "proctor"` puts the guard inside of a program.

import type { MiddlewareHandler } from "hono";
import { z } from "zod";
import { composeGuard } from "./compose.ts";
import { type ConfigInput, configFrom, loadConfig } from "./config.ts";
import type { ExecutionContext } from "./core/call.ts";
import { systemClock } from "./core/clock.ts";
import { ProctorError } from "./core/errors.ts";
import { newId } from "./core/ids.ts";
import type { Log } from "./core/log.ts";
import type { Task } from "./core/task.ts";
import { namePattern } from "./core/trajectory.ts";
import type { Approvals } from "./gateway/approvals.ts";
import { createAdminFetchHandler, createFetchHandler, type FetchHandler } from "./library/fetch.ts";
import { createMiddleware, type MiddlewareOptions } from "./library/middleware.ts";
import { type InProcess, type InProcessTools, inProcessToolsSchema } from "./library/schema.ts";
import { guarded, guardedTool, type Wrapping } from "./library/tools.ts";
import { thisProgram } from "./program.ts";
import { createMatch, recordOf } from "./upstream/http/index.ts";

export type { ConfigInput } from "./config.ts";
export type { Decision, RuleMatch, Verdict } from "./core/decision.ts";
export type { Effect, EffectKind } from "./core/effect.ts";
export { type ErrorCode, ProctorError } from "./core/errors.ts";
export type { Log } from "./core/log.ts";
export type { Task } from "./core/task.ts";
export type { Approval, Approvals } from "./gateway/approvals.ts";
export type { FetchHandler } from "./library/fetch.ts";
export type { MiddlewareOptions } from "./library/middleware.ts";
export { CallRefused } from "./library/refused.ts";
export type { InProcessTools } from "./library/schema.ts";

export interface GuardOptions {
  /** What proctor.yaml says, as an object, or the path of such a file. Absent: the defaults. */
  readonly config?: ConfigInput | string;
  /** Folder that relative paths in `config` start from. Absent: the working directory. */
  readonly folder?: string;
  /** The program's own tools and routes, by a name for each group. Undescribed tools are asked about. */
  readonly tools?: InProcessTools;
  /** Absent: nothing is logged. */
  readonly log?: Log;
}

export interface Guard {
  /** The agent API (`/v1/tools`, `/mcp/local`, `/http/...`) for whatever server speaks fetch. */
  readonly fetch: FetchHandler;
  /** Metrics, health and approvals. Not for agents: keep it on another listener. */
  readonly adminFetch: FetchHandler;
  /** Guards the routes behind it, as the group `tools` of the options maps them. */
  middleware(group: string, options: MiddlewareOptions): MiddlewareHandler;
  /** The calls of one agent on one task. `name` absent: one that nothing else has, and in no rate. */
  trajectory(options?: TrajectoryOptions): GuardedTrajectory;
  /** What waits for a person. */
  readonly approvals: Pick<Approvals, "list" | "show" | "answer" | "subscribe">;
  /** Lets running calls finish and records everything. */
  close(): Promise<void>;
}

export interface TrajectoryOptions {
  /** Absent: the first agent of the config. */
  readonly agent?: string;
  readonly name?: string;
}

export interface GuardedTrajectory {
  readonly agent: string;
  readonly name: string;
  /** Opens it for a task, as a harness does; otherwise its first call does, for the default task. */
  open(task: Task): Promise<void>;
  /** A function of this process as the tool `name`. It throws `CallRefused` where it is not called. */
  wrap<Input, Result>(
    name: string,
    run: (input: Input, signal: AbortSignal) => Result | PromiseLike<Result>,
    options?: WrapOptions,
  ): (input: Input, options?: CallOptions) => Promise<Awaited<Result>>;
  /**
   * A set of tools, each guarded and otherwise the same: a record in the shape of the Vercel AI SDK
   * (`execute`), or an array in that of LangChain JS (`_call`).
   */
  wrapTools<Tools extends Readonly<Record<string, unknown>> | readonly unknown[]>(
    tools: Tools,
    options?: WrapOptions,
  ): Tools;
  /** Ends it; a later call opens its successor. */
  end(because?: "completed" | "cut off"): Promise<void>;
}

export interface WrapOptions {
  /** The group of `tools` in the guard's options that describes them. Absent: the only one. */
  readonly group?: string;
}

export interface CallOptions {
  /** The id that the model gave the call. */
  readonly id?: string;
  readonly signal?: AbortSignal;
}

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

/**
 * The same pipeline that `proctor serve` runs, without its listeners.
 *
 * @throws ProctorError `invalid_config`, `invalid_policy`, `store_unavailable`
 */
export async function createGuard(options: GuardOptions = {}): Promise<Guard> {
  const { folder = process.cwd(), log = silent } = options;
  const config =
    typeof options.config === "string"
      ? loadConfig({ config: options.config }, {}, folder)
      : configFrom(options.config ?? {}, folder);
  const groups = groupsFrom(options.tools ?? {});
  const { folder: programFolder, version } = thisProgram();
  const world = { clock: systemClock, log, version, programFolder };
  const guard = await composeGuard(config, world, { inProcess: groups });
  await guard.start();
  const { gateway, trajectories } = guard;
  const agents = new Set(config.agents.map(({ id }) => id));
  const [firstAgent = "default"] = agents;

  function groupNamed(name: string | undefined): { name: string; group: InProcess } {
    const [only] = groups.keys();
    const named = name ?? (groups.size === 1 ? only : undefined);
    const group = named === undefined ? undefined : groups.get(named);
    if (named !== undefined && group !== undefined) return { name: named, group };
    const known = [...groups.keys()].join(", ") || "there is none";
    throw new ProctorError("invalid_config", `name one of the groups in \`tools\` (${known})`);
  }

  function trajectory({ agent = firstAgent, name }: TrajectoryOptions = {}): GuardedTrajectory {
    if (!agents.has(agent)) throw new ProctorError("invalid_config", `no agent "${agent}"`);
    if (name !== undefined && !namePattern.test(name)) {
      throw new ProctorError("invalid_config", `a trajectory's name must match ${namePattern}`);
    }
    const own = name ?? `process-${newId(systemClock.nowMs())}`;
    const identifiedBy = name === undefined ? "connection" : "explicit";
    const naming = { name: own, identifiedBy } as const;

    function wrappingOf({ group: named }: WrapOptions = {}): Wrapping {
      const { name: upstream, group } = groupNamed(named);
      return { gateway, agent, naming, upstream, context: contextOf(group) };
    }

    return {
      agent,
      name: own,
      async open(task) {
        await trajectories.open(agent, naming, task, "library");
      },
      wrap(tool, run, wrapOptions) {
        const wrapping = wrappingOf(wrapOptions);
        return (input, { id, signal } = {}) =>
          guarded(wrapping, { tool, given: input, id, signal, run: (own) => run(input, own) });
      },
      wrapTools(tools, wrapOptions) {
        const wrapping = wrappingOf(wrapOptions);
        const wrapped = Array.isArray(tools)
          ? tools.map((tool) => guardedTool(wrapping, tool, undefined))
          : Object.fromEntries(
              Object.entries(tools).map(([key, tool]) => [key, guardedTool(wrapping, tool, key)]),
            );
        // Each is what it was, and one member of it another function of the same type.
        return wrapped as typeof tools;
      },
      async end(because = "completed") {
        await trajectories.close(agent, own, because);
      },
    };
  }

  return {
    fetch: createFetchHandler(guard.agentApp),
    adminFetch: createAdminFetchHandler(guard.adminApp),
    middleware(named, middlewareOptions) {
      const { name: upstream, group } = groupNamed(named);
      const maxBodyBytes = config.limits.maxBodyBytes;
      const limits = { maxLength: maxBodyBytes, maxDepth: config.limits.maxDepth };
      const match = createMatch(group.routes, limits);
      const parts = { gateway, agents, upstream, context: contextOf(group), match };
      return createMiddleware({ ...parts, recordOf, maxBodyBytes }, middlewareOptions);
    },
    trajectory,
    approvals: guard.approvals,
    close: guard.stop,
  };
}

function groupsFrom(tools: InProcessTools): ReadonlyMap<string, InProcess> {
  const parsed = inProcessToolsSchema.safeParse(tools);
  if (parsed.success) return new Map(Object.entries(parsed.data));
  throw new ProctorError("invalid_config", `tools: ${z.prettifyError(parsed.error)}`);
}

/** A tool of this process does with its arguments what it likes, in its own environment. */
function contextOf({ cwd, filesystem }: InProcess): ExecutionContext {
  return {
    ...(cwd === undefined ? {} : { cwd }),
    shell: "fresh",
    environment: "inherited",
    filesystem,
  };
}
