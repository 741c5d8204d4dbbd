// The guard of a run: one of its own, or one that runs already.

import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { z } from "zod";
import type { World } from "../compose/world.ts";
import { composeGuard } from "../compose.ts";
import type { Config } from "../config.ts";
import { tokenDigest } from "../core/access.ts";
import { ProctorError } from "../core/errors.ts";
import { newSecret } from "../core/ids.ts";
import type { JsonObject } from "../core/json.ts";
import { type Measure, measures, type Score } from "../core/measure.ts";
import { type Task, taskClasses } from "../core/task.ts";
import type { TrajectoryKey } from "../core/trajectory.ts";
import { bundleOf } from "../dataset/bundle/write.ts";
import { checkTask } from "../frontends/http/trajectories.ts";
import { closed, listen, serverFor } from "../listeners.ts";

export interface RunAccount {
  readonly steps: number;
  /** A call that two doors saw is one call and two steps. undefined: not known here. */
  readonly calls?: number;
  readonly refused?: number;
  readonly scores: { readonly [M in Measure]: { readonly value: Score["value"] } };
  /** Whether it enters rates. */
  readonly counts: boolean;
}

export interface RunGuard {
  readonly url: string;
  /** The agent's. */
  readonly token: string;
  readonly own?: { readonly data: string; readonly workspace: string; readonly config?: string };
  /** @throws ProctorError `trajectory_exists`, `invalid_request` */
  open(name: string, task: Task): Promise<void>;
  end(name: string, because: "completed" | "cut off"): Promise<RunAccount>;
  /** @throws ProctorError `invalid_request` where what was recorded is elsewhere */
  bundle(name: string, file: string, run: JsonObject): Promise<void>;
  close(): Promise<void>;
}

/** For outcomes that other processes are about to record when the command has ended. */
const pendingMs = 5_000;
const pendingEveryMs = 50;

export async function startGuard(config: Config, world: World, agent: string): Promise<RunGuard> {
  if (!config.agents.some(({ id }) => id === agent)) {
    throw new ProctorError("invalid_request", `there is no agent "${agent}" in the config`);
  }
  const token = newSecret("pt_agent_");
  const entry = {
    name: "run",
    kind: "agent",
    agents: [agent],
    sha256: tokenDigest(token),
  } as const;
  const guard = await composeGuard(config, world, { embeddedTools: false, tokens: [entry] });
  const server = serverFor(guard.agentApp);
  const { records, trajectories } = guard;
  try {
    await guard.start({ counting: false });
    const url = await listen(server, { host: "127.0.0.1", port: 0 });
    return { url, token, own: ownOf(config), open, end, bundle, close };
  } catch (error) {
    await guard.stop();
    throw error;
  }

  async function open(name: string, task: Task): Promise<void> {
    checkTask(task, {
      taskClasses: new Set([...taskClasses, ...config.taskClasses]),
      conditions: new Set(config.conditions),
    });
    await trajectories.open(agent, { name, identifiedBy: "explicit" }, task, "http");
  }

  async function end(name: string, because: "completed" | "cut off"): Promise<RunAccount> {
    await settled(name);
    const { key, steps, scores, counts } = await trajectories.close(agent, name, because);
    let [calls, refused] = [0, 0];
    for await (const { record } of records.read(key)) {
      if (record.type === "intent" && record.sameAs === undefined) calls += 1;
      if (record.type === "outcome" && record.outcome.kind === "refused") refused += 1;
    }
    return { steps, calls, refused, scores, counts };
  }

  /** Wrapped servers end when the command does, and write down what was under way. */
  async function settled(name: string): Promise<void> {
    for (let waited = 0; waited < pendingMs; waited += pendingEveryMs) {
      let pending = 0;
      for await (const { key, instance } of records.pendingIntents()) {
        // Those of this process are known to whoever closes the trajectory.
        const isOthers = instance !== guard.instance;
        if (isOthers && key.agent === agent && key.name === name) pending += 1;
      }
      if (pending === 0) return;
      await new Promise((resolve) => setTimeout(resolve, pendingEveryMs));
    }
  }

  async function bundle(name: string, file: string, run: JsonObject): Promise<void> {
    const keys: TrajectoryKey[] = [];
    for await (const { key } of records.trajectories({ agent, name })) keys.push(key);
    keys.sort((one, other) => one.generation - other.generation);
    const { version } = world;
    const lines = Readable.from(bundleOf(keys, { store: records, version, run }));
    await pipeline(lines, createGzip(), createWriteStream(file));
  }

  async function close(): Promise<void> {
    const gone = closed(server);
    await guard.stop();
    server.closeAllConnections();
    await gone;
  }
}

function ownOf({ data, workspace, file }: Config): RunGuard["own"] {
  return { data, workspace, ...(file === undefined ? {} : { config: file }) };
}

const accountSchema = z.object({
  steps: z.int(),
  counts: z.boolean(),
  scores: z.record(z.enum(measures), z.object({ value: z.enum(["hit", "miss", "undetermined"]) })),
}) satisfies z.ZodType<RunAccount>;

export interface RunningGuard {
  readonly url: string;
  readonly harnessToken: string;
  readonly agentToken: string;
  readonly agent: string;
}

export function useGuard({ url, harnessToken, agentToken, agent }: RunningGuard): RunGuard {
  const base = url.replace(/\/+$/, "");

  async function post(path: string, body: object): Promise<Record<string, unknown>> {
    const headers = {
      authorization: `Bearer ${harnessToken}`,
      "content-type": "application/json",
    };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(`${base}${path}`, init).catch((cause: unknown) => {
      throw new ProctorError("guard_unavailable", `nothing answers at ${base}`, { cause });
    });
    const text = await response.text();
    const answer: Record<string, unknown> = text.startsWith("{") ? JSON.parse(text) : {};
    if (response.ok) return answer;
    const detail = typeof answer.detail === "string" ? answer.detail : `status ${response.status}`;
    throw new ProctorError("invalid_request", `${base}${path}: ${detail}`);
  }

  return {
    url: base,
    token: agentToken,
    async open(name, task) {
      await post("/v1/trajectories", { agent, name, task });
    },
    async end(name, because) {
      return accountSchema.parse(await post(`/v1/trajectories/${name}/end`, { agent, because }));
    },
    async bundle() {
      const detail =
        "--bundle needs a guard of the run's own: what was recorded is with the server";
      throw new ProctorError("invalid_request", detail);
    },
    async close() {},
  };
}
