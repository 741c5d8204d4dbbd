// The schema of proctor.yaml.

import { z } from "zod";
import { usualAgentPort } from "../core/agent-url.ts";
import { effectKinds } from "../core/effect.ts";
import { measures, primaryMeasures } from "../core/measure.ts";
import { taskClasses } from "../core/task.ts";
import { toolEffectsSchema } from "../effects/index.ts";
import { hooksSchema } from "../frontends/hooks/schema.ts";
import { redactionSchema } from "../redaction/index.ts";
import { usualFamily } from "../statistics/live.ts";
import { usualOptions } from "../statistics/verdict.ts";
import { embeddedSchema } from "../upstream/embedded/index.ts";
import { httpUpstreamSchema } from "../upstream/http/index.ts";
import { checkLlmUpstream, llmUpstreamSchema } from "../upstream/llm/index.ts";
import { checkMcpServer, mcpUpstreamSchema } from "../upstream/mcp/index.ts";
import { evalSchema } from "./eval.ts";
import { name } from "./name.ts";
import { storeSchema } from "./retention.ts";

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

export const providerSchema = llmUpstreamSchema
  .extend(toolEffectsSchema.shape)
  .superRefine(checkLlmUpstream);

/** One schema, from the parts' own schemas. */
export const configSchema = z.strictObject({
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

/** What a valid file says, defaults filled in. */
export type ParsedConfig = z.output<typeof configSchema>;
