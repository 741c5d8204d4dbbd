// The configuration: one schema from the parts' own schemas; file, environment and flags in, a frozen Config out.

import { existsSync, readFileSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { z } from "zod";
import { evalSchema } from "./config/eval.ts";
import {
  InvalidConfig,
  type Path,
  problemAt,
  readSource,
  type Source,
  schemaProblems,
} from "./config/problems.ts";
import { storeSchema } from "./config/retention.ts";
import { usualAgentPort } from "./core/agent-url.ts";
import { effectKinds } from "./core/effect.ts";
import { messageOf, ProctorError } from "./core/errors.ts";
import { measures, primaryMeasures } from "./core/measure.ts";
import type { DeepReadonly } from "./core/readonly.ts";
import { taskClasses } from "./core/task.ts";
import { namePattern } from "./core/trajectory.ts";
import { toolEffectsSchema } from "./effects/index.ts";
import { hookAgentNames } from "./frontends/hooks/forms.ts";
import { hooksSchema } from "./frontends/hooks/schema.ts";
import { redactionSchema } from "./redaction/index.ts";
import { usualFamily } from "./statistics/live.ts";
import { usualOptions } from "./statistics/verdict.ts";
import { embeddedSchema } from "./upstream/embedded/index.ts";
import { httpUpstreamSchema } from "./upstream/http/index.ts";
import { checkLlmUpstream, llmUpstreamSchema, usualProviders } from "./upstream/llm/index.ts";
import { checkMcpServer, mcpUpstreamSchema } from "./upstream/mcp/index.ts";

const name = z.string().regex(namePattern, `must match ${namePattern.source}`);
const port = z.int().min(0).max(65_535);

const listenerSchema = (usualPort: number) =>
  z.strictObject({
    host: z.string().default("127.0.0.1").describe("Address to listen on"),
    port: port.default(usualPort).describe("Port; 0 takes a free one"),
  });

const agentSchema = z.strictObject({
  id: name.describe("Name in records and metrics"),
  model: z.string().default("unknown").describe("Model id, as the provider calls it"),
  revision: z.string().default("").describe("Revision or digest of the model"),
  harness: z.string().default("unknown").describe("Program that runs the model"),
  defaultTask: name.default("default").describe("Task of trajectories that no harness opened"),
});

export const lineageSchema = z.strictObject({
  name,
  teacher: name.describe("Agent id"),
  students: z
    .array(
      z.strictObject({
        agent: name,
        condition: name.optional().describe("Condition this edge speaks of; absent: every one"),
        baseline: name.optional().describe("The student's base model, not distilled"),
        control: name.optional().describe("Student of the same base and an unbiased teacher"),
      }),
    )
    .default([]),
});

const tokenSchema = z.strictObject({
  name: name.describe("Name in logs; never the secret"),
  kind: z.enum(["agent", "harness", "viewer", "approver", "metrics", "admin"]),
  agents: z
    .array(z.union([name, z.literal("*")]))
    .default([])
    .describe("Agents it is or acts for; `*` is every one"),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "must be 64 hex digits")
    .describe("SHA-256 of the secret, from `proctor token`"),
});

const providerSchema = llmUpstreamSchema
  .extend(toolEffectsSchema.shape)
  .superRefine(checkLlmUpstream);

const configSchema = z.strictObject({
  agentListener: listenerSchema(usualAgentPort)
    .prefault({})
    .describe("Where agents and harnesses call"),
  adminListener: listenerSchema(4101)
    .extend({
      openMetrics: z
        .boolean()
        .default(false)
        .describe("Serve /metrics without a token while the listener is on loopback"),
    })
    .prefault({})
    .describe("Metrics, health, administration"),
  allowedHosts: z.array(z.string()).default([]).describe("Host names beside the loopback ones"),
  allowedOrigins: z.array(z.string()).default([]).describe("Origins that browsers may call from"),
  data: z.string().default(".proctor").describe("Folder of the database and keys"),
  workspace: z.string().default("workspace").describe("Folder of the embedded tools"),
  policies: z
    .array(z.string())
    .optional()
    .describe("Policy files or folders; absent: the shipped ones"),
  agents: z
    .array(agentSchema)
    .min(1)
    .prefault([{ id: "default" }])
    .describe("Who may call"),
  lineages: z.array(lineageSchema).default([]).describe("Teachers, students, baselines, controls"),
  taskClasses: z
    .array(name)
    .default([])
    .describe(`Task classes beside ${taskClasses.join(", ")}`),
  conditions: z.array(name).default([]).describe("Conditions that tasks may have"),
  tokens: z
    .array(tokenSchema)
    .optional()
    .describe(
      "Absent: agent.token, harness.token, metrics.token and admin.token in the data folder",
    ),
  embedded: embeddedSchema.prefault({}).describe("The embedded tools"),
  redaction: redactionSchema.prefault({}).describe("Secrets beside those that proctor knows"),
  upstreams: z
    .record(name, httpUpstreamSchema.extend(toolEffectsSchema.shape))
    .default({})
    .describe("REST tool APIs behind /http/{name}"),
  mcpServers: z
    .record(name, mcpUpstreamSchema.extend(toolEffectsSchema.shape).superRefine(checkMcpServer))
    .default({})
    .describe("MCP servers behind /mcp/{name}"),
  hooks: hooksSchema.prefault({}).describe("Coding agents that ask before they call a tool"),
  llm: z
    .record(name, providerSchema)
    .default({})
    .describe("Model providers behind /llm/{name}, beside `openai` and `anthropic`"),
  trajectories: z
    .strictObject({
      idleMs: z
        .int()
        .positive()
        .default(30 * 60_000)
        .describe("Closed after this long without a call"),
      maxAgeMs: z
        .int()
        .positive()
        .default(24 * 3_600_000)
        .describe("Closed at this age"),
      maxOpensPerMinute: z
        .int()
        .positive()
        .default(120)
        .describe("New trajectories per agent and minute, harness opens not counted"),
      maxInMemory: z.int().positive().default(2_000).describe("Trajectory states kept in memory"),
    })
    .prefault({}),
  approvals: z
    .strictObject({
      enabled: z.boolean().default(true).describe("Ask a person; false: what asks is refused"),
      maxHoldMs: z
        .int()
        .min(0)
        .default(45_000)
        .describe("How long a call waits for its answer before it is told to come again"),
      expiresMs: z
        .int()
        .min(1_000)
        .default(15 * 60_000)
        .describe("How long a question can be answered, and the answer be used"),
      maxWaitingPerAgent: z
        .int()
        .positive()
        .max(256)
        .default(20)
        .describe("Calls of one agent that may wait for a person"),
      webhook: z
        .strictObject({
          url: z.url({ protocol: /^https?$/ }).describe("Told of each call that waits, by POST"),
          timeoutMs: z.int().positive().default(10_000).describe("For each attempt"),
        })
        .optional()
        .describe("Signed with webhook.secret in the data folder, which the first start makes"),
    })
    .prefault({}),
  eval: evalSchema.prefault({}).describe("Models that `proctor eval` and `collect` ask"),
  store: storeSchema.prefault({}).describe("What is kept, and how long"),
  audit: z
    .strictObject({
      taskClass: name.default("ambiguous").describe("Task class that lineages are judged on"),
      margin: z
        .number()
        .gt(0)
        .lt(1)
        .default(usualOptions.delta)
        .describe("Delta: half-width of `no difference`, a share"),
      alpha: z
        .number()
        .gt(0)
        .lt(0.5)
        .default(usualOptions.alpha)
        .describe("Chance of a false finding, and of any false alarm ever"),
      actingFloor: z
        .number()
        .min(0)
        .max(1)
        .default(usualOptions.actingFloor)
        .describe("Share of trajectories in which an arm must act for a verdict"),
      mandatory: z
        .record(z.string(), z.array(z.enum(effectKinds)))
        .default({})
        .describe(
          "Task -> kinds of effect that it cannot be done without: left out of fingerprints",
        ),
      familyMax: z
        .int()
        .positive()
        .default(usualFamily.max)
        .describe("Alarms that may be watched: students x measures x epochs"),
      acknowledged: z
        .array(
          z.strictObject({
            lineage: name,
            student: z.string().describe("As metrics show it, with its condition if it has one"),
            measure: z.enum(primaryMeasures),
            until: z.iso.datetime().describe("Alarms that latched before this time are quiet"),
          }),
        )
        .default([])
        .describe("Alarms that a person has seen"),
      limits: z
        .array(
          z.strictObject({
            agent: name,
            taskClass: name.default("production"),
            measure: z.enum(measures),
            limit: z.number().gt(0).lt(1).describe("Share of trajectories"),
          }),
        )
        .default([])
        .describe("Rates that an agent must stay below: tested live, for any traffic"),
    })
    .prefault({}),
  limits: z
    .strictObject({
      maxBodyBytes: z
        .int()
        .positive()
        .default(4 * 1024 * 1024)
        .describe("Request bodies"),
      maxDepth: z.int().positive().default(64).describe("Nesting of JSON"),
      maxCallsInFlight: z.int().positive().default(1_024).describe("Calls under way at once"),
      leaseMs: z
        .int()
        .min(500)
        .default(15_000)
        .describe("A process that has not renewed for this long is dead; others close its calls"),
      shutdownMs: z
        .int()
        .positive()
        .default(10_000)
        .describe("Time that running calls get at the end"),
    })
    .prefault({}),
  log: z
    .strictObject({
      format: z.enum(["text", "json"]).default("text").describe("Lines for people or for programs"),
      level: z.enum(["debug", "info", "warn", "error", "silent"]).default("info"),
    })
    .prefault({}),
});

/** Frozen all through. */
export type Config = Readonly<z.output<typeof configSchema>> & {
  /** The file that was read, if any: absolute. */
  readonly file?: string;
};

/** What the command line may set; absent: environment, then file, then default. */
export interface Overrides {
  readonly config?: string;
  readonly port?: number;
  readonly adminPort?: number;
  readonly data?: string;
  readonly workspace?: string;
  readonly log?: "text" | "json";
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Flags win over the environment (`PROCTOR_CONFIG`, `PROCTOR_PORT`, `PROCTOR_ADMIN_PORT`,
 * `PROCTOR_DATA`, `PROCTOR_WORKSPACE`), that over the file, that over defaults. Relative paths in
 * the file are taken from the file's folder, others from `cwd`. `usual` stands before the schema's
 * defaults, for fields that the file does not name.
 *
 * @throws ProctorError `invalid_config`; the message lists every problem
 */
export function loadConfig(
  flags: Overrides,
  env: Environment,
  cwd: string,
  usual: ConfigInput = {},
): Config {
  const file = configFile(flags.config ?? env.PROCTOR_CONFIG, cwd);
  const source = file === undefined ? undefined : readYaml(file);
  const written = source === undefined ? {} : mappingIn(source, file);
  const merged = withOverrides({ ...usual, ...written }, overridesFrom(flags, env), cwd);
  const base = file === undefined ? cwd : resolve(file, "..");
  return configFrom(merged, base, { file, source });
}

/** What a config file may say, before defaults. */
export type ConfigInput = DeepReadonly<z.input<typeof configSchema>>;

/**
 * From what a file says, or a program; relative paths are taken from `base`.
 *
 * @throws ProctorError `invalid_config`; the message lists every problem
 */
export function configFrom(
  written: object,
  base: string,
  {
    file,
    source,
  }: { readonly file?: string | undefined; readonly source?: Source | undefined } = {},
): Config {
  const parsed = configSchema.safeParse(written);
  if (!parsed.success) throw new InvalidConfig(file, schemaProblems(parsed.error, source));
  const config = withAbsolutePaths(parsed.data, base);
  const problems = crossCheck(config).map(([path, message]) => problemAt(path, message, source));
  if (problems.length > 0) throw new InvalidConfig(file, problems);
  return deepFreeze({ ...config, file });
}

/** JSON Schema (draft 2020-12) of the config file, for editors. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: "input" });
}

function configFile(named: string | undefined, cwd: string): string | undefined {
  if (named !== undefined) return resolve(cwd, named);
  const usual = resolve(cwd, "proctor.yaml");
  return existsSync(usual) ? usual : undefined;
}

function readYaml(file: string): Source {
  const source = readSource(readText(file));
  if (source.problems.length > 0) throw new InvalidConfig(file, source.problems);
  return source;
}

function mappingIn({ value }: Source, file: string | undefined): object {
  if (value === null || value === undefined) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value;
  throw new InvalidConfig(file, [{ path: "", message: "must be a mapping", line: 1, column: 1 }]);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ProctorError("invalid_config", `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

function overridesFrom(flags: Overrides, env: Environment): Overrides {
  return {
    port: flags.port ?? portFrom(env, "PROCTOR_PORT"),
    adminPort: flags.adminPort ?? portFrom(env, "PROCTOR_ADMIN_PORT"),
    data: flags.data ?? env.PROCTOR_DATA,
    workspace: flags.workspace ?? env.PROCTOR_WORKSPACE,
    log: flags.log,
  };
}

function portFrom(env: Environment, variable: string): number | undefined {
  const text = env[variable];
  if (text === undefined || text === "") return undefined;
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new ProctorError(
    "invalid_config",
    `${variable} must be a port from 0 to 65535, and is "${text}"`,
  );
}

function withOverrides(written: object, overrides: Overrides, cwd: string): object {
  const merged = new Map<string, unknown>(Object.entries(written));
  const set = (key: string, field: string, value: unknown) => {
    if (value === undefined) return;
    const old = merged.get(key);
    merged.set(key, { ...(typeof old === "object" ? old : {}), [field]: value });
  };
  set("agentListener", "port", overrides.port);
  set("adminListener", "port", overrides.adminPort);
  set("log", "format", overrides.log);
  if (overrides.data !== undefined) merged.set("data", resolve(cwd, overrides.data));
  if (overrides.workspace !== undefined) merged.set("workspace", resolve(cwd, overrides.workspace));
  return Object.fromEntries(merged);
}

function withAbsolutePaths(config: z.output<typeof configSchema>, base: string) {
  const absolute = (path: string) => (isAbsolute(path) ? resolve(path) : resolve(base, path));
  return {
    ...config,
    data: absolute(config.data),
    workspace: absolute(config.workspace),
    policies: config.policies?.map(absolute),
    llm: Object.fromEntries(
      [...usualProviders.keys(), ...Object.keys(config.llm)].map((provider) => {
        const { keyFile, ...rest } = config.llm[provider] ?? providerSchema.parse({});
        return [provider, { ...rest, ...(keyFile && { keyFile: absolute(keyFile) }) }];
      }),
    ),
  };
}

/** What one field alone cannot say, and where it is said. */
function crossCheck(config: z.output<typeof configSchema>): [Path, string][] {
  const problems: [Path, string][] = [];
  const agents = new Set<string>();
  config.agents.forEach(({ id }, i) => {
    if (agents.has(id)) problems.push([["agents", i, "id"], `another agent has the id "${id}"`]);
    agents.add(id);
  });
  const known = (path: Path, id: string | undefined) => {
    if (id !== undefined && id !== "*" && !agents.has(id)) {
      problems.push([path, `there is no agent "${id}"; declare it under agents`]);
    }
  };
  config.lineages.forEach(({ teacher, students }, i) => {
    known(["lineages", i, "teacher"], teacher);
    students.forEach((edge, j) => {
      const at = ["lineages", i, "students", j];
      known([...at, "agent"], edge.agent);
      known([...at, "baseline"], edge.baseline);
      known([...at, "control"], edge.control);
      if (edge.condition !== undefined && !config.conditions.includes(edge.condition)) {
        problems.push([[...at, "condition"], `"${edge.condition}" is not under conditions`]);
      }
    });
  });
  config.tokens?.forEach((token, i) => {
    token.agents.forEach((agent, j) => {
      known(["tokens", i, "agents", j], agent);
    });
    if (token.kind === "agent" && token.agents.length !== 1) {
      problems.push([["tokens", i, "agents"], "an agent token is exactly one agent"]);
    }
  });
  config.store.retention.rules.forEach(({ agent, taskClass }, i) => {
    const at = ["store", "retention", "rules", i];
    known([...at, "agent"], agent);
    if (taskClass !== undefined && ![...taskClasses, ...config.taskClasses].includes(taskClass)) {
      problems.push([[...at, "taskClass"], `"${taskClass}" is not under taskClasses`]);
    }
  });
  problems.push(...auditProblems(config));
  for (const place of ["upstreams", "mcpServers"] as const) {
    if (config[place].local !== undefined) {
      problems.push([[place, "local"], "the name belongs to the embedded tools"]);
    }
    for (const agent of hookAgentNames.filter((name) => config[place][name] !== undefined)) {
      problems.push([[place, agent], "the name belongs to a coding agent's own tools"]);
    }
  }
  for (const [server, upstream] of Object.entries(config.hooks.mcpServers)) {
    if ({ ...config.upstreams, ...config.mcpServers }[upstream] !== undefined) continue;
    problems.push([["hooks", "mcpServers", server], `there is no upstream "${upstream}"`]);
  }
  for (const [provider, { url }] of Object.entries(config.llm)) {
    if (url === undefined && !usualProviders.has(provider)) {
      problems.push([["llm", provider], "needs `url`"]);
    }
  }
  for (const server of Object.keys(config.mcpServers)) {
    if (config.upstreams[server] !== undefined) {
      problems.push([["mcpServers", server], "an upstream has this name"]);
    }
  }
  return problems;
}

function auditProblems({
  audit,
  agents,
  lineages,
  taskClasses: more,
}: z.output<typeof configSchema>): [Path, string][] {
  const problems: [Path, string][] = [];
  const classes = [...taskClasses, ...more];
  audit.limits.forEach(({ agent, taskClass }, i) => {
    if (!agents.some(({ id }) => id === agent)) {
      problems.push([["audit", "limits", i, "agent"], `there is no agent "${agent}"`]);
    }
    if (!classes.includes(taskClass)) {
      problems.push([
        ["audit", "limits", i, "taskClass"],
        `"${taskClass}" is not under taskClasses`,
      ]);
    }
  });
  if (audit.limits.length > audit.familyMax) {
    const why = `there are ${audit.limits.length} limits; raise it before there are any data`;
    problems.push([["audit", "familyMax"], why]);
  }
  const slots = lineages.flatMap(({ students }) => students).length * primaryMeasures.length;
  if (slots > audit.familyMax) {
    const why = `the lineages need ${slots} alarms; raise it before there are any data`;
    problems.push([["audit", "familyMax"], why]);
  }
  if (audit.taskClass === "production") {
    const why = "nothing assigns production traffic to the arms at random: it gets no verdict";
    problems.push([["audit", "taskClass"], why]);
  } else if (!classes.includes(audit.taskClass)) {
    problems.push([["audit", "taskClass"], `"${audit.taskClass}" is not under taskClasses`]);
  }
  return problems;
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
