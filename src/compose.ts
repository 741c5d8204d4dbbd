// THE composition root: everything that runs is built here, and nowhere else.

import { createHash, hkdfSync } from "node:crypto";
import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import { createLimits } from "./audit/limits.ts";
import { effectiveRows } from "./audit/rates.ts";
import { createTrend } from "./audit/trend.ts";
import { createWatch, watchOptions } from "./audit/watch.ts";
import { chainKeyFile, databaseFile, secretFiles } from "./backup.ts";
import type { CheckCommand } from "./cli/check.ts";
import { catalogueUpstream, type ImportGround } from "./cli/import.ts";
import { guardedFiles, readInstalled } from "./cli/install/installed.ts";
import { composeHarmless, composeProviders, providerEffects } from "./compose/llm.ts";
import type { Config } from "./config.ts";
import { createAuthenticate, type SiteRules, type TokenEntry } from "./core/access.ts";
import { rolesOf } from "./core/agent.ts";
import type { ExecutionContext } from "./core/call.ts";
import type { Clock } from "./core/clock.ts";
import type { Mode } from "./core/decision.ts";
import { asProctorError, ProctorError } from "./core/errors.ts";
import { newId } from "./core/ids.ts";
import type { Log } from "./core/log.ts";
import type { Message } from "./core/message.ts";
import { taskClasses } from "./core/task.ts";
import { loadTokenFiles, loadWebhookSecret } from "./credentials.ts";
import { createFeed } from "./dashboard/feed.ts";
import { createAdminApp, type Health } from "./dashboard/index.ts";
import type { PolicyView } from "./dashboard/pages/policy.tsx";
import { createPulse, type Pulse } from "./dashboard/pulse.ts";
import type { Analyser } from "./effects/analyse.ts";
import { analyseBash, warmUp } from "./effects/bash/index.ts";
import {
  catalogueNames,
  catalogueTools,
  createAnalyser,
  type UpstreamEffects,
} from "./effects/index.ts";
import { hookAgentNames, isHookAgent } from "./frontends/hooks/forms.ts";
import { createHooksFrontEnd } from "./frontends/hooks/index.ts";
import { createHookSessions } from "./frontends/hooks/sessions.ts";
import { createHttpFrontEnd } from "./frontends/http/index.ts";
import { createLlmFrontEnd } from "./frontends/llm/index.ts";
import { createMcpFrontEnd } from "./frontends/mcp/index.ts";
import { createRemoteFrontEnd } from "./frontends/remote/index.ts";
import { remoteUpstreams } from "./frontends/remote/messages.ts";
import { createActivity } from "./gateway/activity.ts";
import { type Approvals, createApprovals, viewOf, wholeViewOf } from "./gateway/approvals.ts";
import { createAsking } from "./gateway/asking.ts";
import { createContents } from "./gateway/contents.ts";
import { createMaintenance } from "./gateway/maintenance.ts";
import { createMessageMaker, createMessages, type Messages } from "./gateway/messages.ts";
import { createOffers, type Offers } from "./gateway/offers.ts";
import { createProjection } from "./gateway/projection.ts";
import { createRedefinitions } from "./gateway/redefinitions.ts";
import { createTrajectories, type Trajectories } from "./gateway/trajectories.ts";
import { startWebhook, type WebhookTarget } from "./gateway/webhook.ts";
import { createGateway, type Gateway, type Observer } from "./gateway.ts";
import { createMetrics, type Metrics } from "./metrics/index.ts";
import {
  formatProblem,
  type LoadOptions,
  loadPolicyFrom,
  type Policy,
  watchPolicy,
} from "./policy/index.ts";
import { createRedactor } from "./redaction/index.ts";
import { createNotingRedactor } from "./redaction/noted.ts";
import type { Redactor } from "./redaction/redact.ts";
import { loadOrCreateChainKey, openSqliteStore } from "./store/index.ts";
import { decodeRecord } from "./store/schema.ts";
import type { Persistence } from "./store/store.ts";
import { isRedefined, toolsOf } from "./trajectory/offered.ts";
import { scoresOf } from "./trajectory/score.ts";
import {
  emptyState,
  fold,
  inheritLimits,
  parseState,
  serialiseState,
  withoutStep,
} from "./trajectory/state.ts";
import { createTotals } from "./trajectory/totals.ts";
import {
  createEmbeddedTools,
  type EmbeddedTools,
  embeddedName,
} from "./upstream/embedded/index.ts";
import { noEmbeddedTools } from "./upstream/embedded/none.ts";
import { createHttpUpstream } from "./upstream/http/index.ts";
import { createMcpUpstream } from "./upstream/mcp/index.ts";

export interface World {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Folder of proctor's own program: protected, and the home of the shipped policies. */
  readonly programFolder: string;
  /** Of the process: what names its place in the world goes on to servers over stdio. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Tools of the program that proctor is inside of. */
export type ToolGroups = ReadonlyMap<string, UpstreamEffects>;

/** What of a guard a composition has. */
export interface Extent {
  readonly inProcess?: ToolGroups;
  /** Offers proctor's own tools over the workspace; else only those of others are guarded. */
  readonly embeddedTools?: boolean;
  /** Has the keys of model providers, and passes requests to them. */
  readonly providers?: boolean;
  /** Beside those of the config, and of the data folder. */
  readonly tokens?: readonly TokenEntry[];
  /** In place of the mode that the policy files give. */
  readonly mode?: Mode;
}

/** A composed guard: applications to serve, and what has to be started and stopped around them. */
export interface Guard {
  readonly agentApp: Hono<{ Bindings: HttpBindings }>;
  readonly adminApp: Hono<{ Bindings: HttpBindings }>;
  readonly gateway: Gateway;
  readonly trajectories: Trajectories;
  readonly approvals: Approvals;
  /** This process, in what it records. */
  readonly instance: string;
  /** What was recorded. */
  readonly records: Pick<Persistence, "read" | "blob" | "pendingIntents" | "trajectories">;
  readonly messages: Messages;
  readonly sandbox: EmbeddedTools["sandbox"];
  readonly workspace: string;
  /**
   * Recovers what dead processes left, and begins renewing the lease. `counting: false`: nobody will
   * ask for metrics, so what was recorded before is not read for them.
   */
  start(options?: { readonly counting: boolean }): Promise<void>;
  /** Takes no new calls, lets running ones finish, records everything. */
  stop(): Promise<void>;
}

/** @throws ProctorError `invalid_config`, `invalid_policy`, `store_unavailable` */
export async function composeGuard(
  config: Config,
  world: World,
  { inProcess = new Map(), embeddedTools = true, providers = true, tokens = [], mode }: Extent = {},
): Promise<Guard> {
  const instance = newId(world.clock.nowMs());
  mkdirSync(config.data, { recursive: true, mode: 0o700 });
  const chainKey = await loadOrCreateChainKey(join(config.data, chainKeyFile));
  const store = await openStore(config, instance, chainKey);
  try {
    return await composeAround(store, {
      config,
      world,
      instance,
      chainKey,
      inProcess,
      embeddedTools,
      providers,
      tokens,
      mode,
    });
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface Ground extends Required<Omit<Extent, "mode">> {
  readonly mode: Mode | undefined;
  readonly config: Config;
  readonly world: World;
  readonly instance: string;
  readonly chainKey: Uint8Array;
}

async function composeAround(store: Persistence, ground: Ground): Promise<Guard> {
  const { config, world, instance, chainKey, inProcess, embeddedTools, tokens, mode } = ground;
  const { clock, log } = world;
  const authenticate = createAuthenticate([
    ...(config.tokens ?? loadTokenFiles(config.data, config.agents[0]?.id ?? "default")),
    ...tokens,
  ]);
  const embedded = embeddedTools
    ? await createEmbeddedTools({
        workspace: config.workspace,
        hidden: hiddenPaths(config, world),
        config: config.embedded,
      })
    : await noEmbeddedTools(config.workspace);
  warmUp();
  const redactor = createRedactor(config.redaction);
  const noting = createNotingRedactor(redactor);
  const agents = new Map(config.agents.map((agent) => [agent.id, agent]));
  const classes = [...taskClasses, ...config.taskClasses];
  const totals = createTotals({
    agents: [...agents.keys()],
    taskClasses: classes,
    lineages: config.lineages,
  });
  const watch = createWatch(watchOptions(config));
  const trend = createTrend();
  const limits = createLimits(config.audit.limits, {
    max: config.audit.familyMax,
    alpha: config.audit.alpha,
  });
  const projection = createProjection(store, [totals, watch, limits, trend]);
  const pulse = createPulse(clock.nowMs);
  const feed = createFeed(store);
  let waitingApprovals = () => 0;
  const upstreams = [
    embeddedName,
    ...Object.keys(config.upstreams),
    ...Object.keys(config.mcpServers),
    ...providerEffects(config).keys(),
    ...inProcess.keys(),
    ...hookAgentNames,
    ...remoteUpstreams,
  ];
  const metrics = createMetrics({
    version: world.version,
    upstreams,
    tools: await toolNames(config, embedded, inProcess),
    detectors: redactor.detectors,
    totals,
    rates: () => effectiveRows(totals),
    watched: watch,
    limits: limits.now,
    waitingApprovals: () => waitingApprovals(),
    openTrajectories: projection.open,
    storeHealthy: store.healthy,
    clock,
  });
  const contents = createContents(
    counted(noting, metrics),
    derivedKey(chainKey, "proctor digests"),
  );
  const redefinitions = createRedefinitions({
    store,
    find: (agent, name) => trajectories.find(agent, name),
    clock,
    clean: contents.text,
  });
  const { acknowledgementOf } = redefinitions;
  const offers = createOffers({ contents, acknowledgementOf, clock });
  const analyser = composeAnalyser(config, inProcess, offers.schemaDigestOf);
  const policy = await composePolicy(config, world, { analyser, embedded, metrics, mode });
  const activity = createActivity();
  const trajectories = createTrajectories({
    store,
    folding: {
      empty: emptyState,
      fold,
      succeed: inheritLimits,
      serialise: serialiseState,
      parse: parseState,
    },
    scoresOf,
    toolsOf,
    offers,
    agents,
    policyNow: policy.current,
    clock,
    limits: config.trajectories,
  });
  const approvals = createApprovals({ store, trajectories, clock, clean: contents.text });
  waitingApprovals = approvals.waitingOfAll;
  const webhook = webhookTarget(config);
  const roles = new Map(config.agents.map(({ id }) => [id, rolesOf(id, config.lineages)]));
  const gateway = createGateway({
    trajectories,
    store,
    analyser,
    policy: policy.current,
    rolesOf: (agent) => roles.get(agent) ?? rolesOf(agent, []),
    activity,
    contents,
    offers,
    isRedefined,
    asking: createAsking({
      approvals,
      limits: config.approvals,
      clock,
      key: derivedKey(chainKey, "proctor approvals"),
    }),
    approvals,
    maxHoldMs: config.approvals.maxHoldMs,
    maxWaitingPerAgent: config.approvals.maxWaitingPerAgent,
    withoutStep,
    observer: observe(metrics, pulse, log),
    clock,
    instance,
    maxCallsInFlight: config.limits.maxCallsInFlight,
  });
  const maintenance = createMaintenance({
    store,
    trajectories,
    activity,
    clock,
    log,
    instance,
    limits: config.trajectories,
    leaseMs: config.limits.leaseMs,
    retention: config.store.retention,
  });
  const site: SiteRules = config;
  const rest = new Map(
    Object.entries(config.upstreams).map(([name, upstream]) => [
      name,
      createHttpUpstream(name, upstream),
    ]),
  );
  const doors = {
    gateway,
    trajectories,
    authenticate,
    site,
    agents: new Set(agents.keys()),
    taskClasses: new Set(classes),
    conditions: new Set(config.conditions),
    local: embedded,
    rest,
    limits: { maxLength: config.limits.maxBodyBytes, maxDepth: config.limits.maxDepth },
    nowMs: clock.nowMs,
  };
  const agentApp = createHttpFrontEnd(doors);
  const servers = Object.entries(config.mcpServers).map(([name, server]) =>
    createMcpUpstream(name, server, { nowMs: clock.nowMs, env: world.env ?? {} }),
  );
  agentApp.route("/", createRemoteFrontEnd(doors));
  agentApp.route("/", createMcpFrontEnd({ ...doors, servers, version: world.version }));
  const { hooks } = config;
  const sessions = createHookSessions(() => newId(clock.nowMs()));
  const failedOpen = () => metrics.failedOpen("hooks");
  agentApp.route(
    "/",
    createHooksFrontEnd({ ...doors, hooks, sessions, home: homedir(), log, failedOpen }),
  );
  const providers = ground.providers ? composeProviders(config, world.env ?? {}, noting.note) : [];
  const messages = createMessages({ trajectories, contents, clock });
  const llm = createLlmFrontEnd({
    gateway,
    authenticate,
    site,
    agents,
    messages,
    providers,
    harmless: composeHarmless(config, analyser),
    noteSecret: noting.note,
    sessions,
    maxDepth: config.limits.maxDepth,
    nowMs: clock.nowMs,
    clock,
  });
  agentApp.route("/", llm);
  return {
    agentApp,
    adminApp: createAdminApp({
      authenticate,
      site,
      openMetrics: config.adminListener.openMetrics && isLoopback(config.adminListener.host),
      async renderMetrics(accept) {
        // Without the store the totals stand still, and the metrics say that it is down.
        await Promise.allSettled([projection.catchUp(), approvals.catchUp()]);
        return metrics.render(accept);
      },
      health: () => healthOf(store, policy),
      approvals,
      redefinitions,
      viewOf,
      wholeViewOf: (approval) => wholeViewOf(approval, store),
      pages: {
        store,
        feed,
        agents: config.agents,
        lineages: config.lineages,
        taskClasses: classes,
        watchedClass: config.audit.taskClass,
        margin: config.audit.margin,
        // As with metrics: without the store the numbers stand still, and the page says that it is down.
        catchUp: () => projection.catchUp().catch(() => undefined),
        rates: () => effectiveRows(totals),
        watched: watch,
        limits: limits.now,
        trend,
        openTrajectories: projection.open,
        pulse,
        policyView: policy.view,
        check: checkerOf(policy.current, clock),
        workspace: embedded.workspace,
        settledBy: (key, records) => records.reduce(fold, emptyState(key)).progress.settled,
        clock,
      },
    }),
    gateway,
    trajectories,
    approvals,
    instance,
    records: store,
    messages,
    sandbox: embedded.sandbox,
    workspace: embedded.workspace,
    async start({ counting } = { counting: true }) {
      await maintenance.start();
      if (counting) await projection.catchUp();
      await approvals.catchUp();
      await redefinitions.catchUp();
      // From now on: what was before this start is no event of this process.
      approvals.listen(({ status }) => metrics.approval(status));
      if (webhook !== undefined) {
        await startWebhook({ target: webhook, approvals, clock, log, delivered: metrics.webhook });
      }
    },
    async stop() {
      await gateway.drain(config.limits.shutdownMs);
      approvals.close();
      feed.close();
      await maintenance.stop();
      policy.close();
      await Promise.all(
        [...rest.values(), ...servers, ...providers].map((upstream) => upstream.close()),
      );
      await store.close();
    },
  };
}

function openStore(config: Config, instance: string, chainKey: Uint8Array): Promise<Persistence> {
  return openSqliteStore({ file: join(config.data, databaseFile), instance, chainKey });
}

/** For commands that look at what was recorded. */
export async function openRecords(config: Config, { clock }: World): Promise<Persistence> {
  const chainKey = await loadOrCreateChainKey(join(config.data, chainKeyFile));
  return openStore(config, newId(clock.nowMs()), chainKey);
}

/** What goes through recorded trajectories again: it carries out nothing. */
export function composeReplaying(config: Config) {
  warmUp();
  return { analyser: composeAnalyser(config), activity: createActivity() };
}

/** What an export takes beside the store. */
export function composeExporting({ redaction }: Config, { clock }: World) {
  return { redactor: createRedactor(redaction), newId: () => newId(clock.nowMs()) };
}

/** What records of an import are made with; they go into the store of the config. */
export async function openImport(config: Config, world: World): Promise<ImportGround> {
  const chainKey = await loadOrCreateChainKey(join(config.data, "chain.key"));
  const contents = createContents(
    createRedactor(config.redaction),
    derivedKey(chainKey, "proctor digests"),
  );
  const { linked, recordOf } = createMessageMaker(contents);
  warmUp();
  const common = {
    analyser: composeAnalyser(config),
    keep: contents.keep,
    clean: contents.clean,
    digestOf: contents.digestOf,
    messageRecord: (message: Message, { after, atMs }: { after?: string; atMs: number }) =>
      recordOf(linked(message, after), { door: "import", atMs, isKept: false }),
  };
  return {
    store: await openStore(config, newId(world.clock.nowMs()), chainKey),
    makingFor: (upstream) => ({ ...common, upstream }),
    upstreams: [embeddedName, ...Object.keys(config.upstreams), ...Object.keys(config.mcpServers)],
    tools: {
      digest: (text) => createHash("sha256").update(text).digest("hex"),
      decodeRecord: (text) => decodeRecord(Buffer.from(text)),
    },
  };
}

/** What a command would do in a fresh shell of the caller's, and what the policy says of it. */
export async function composeChecker(config: Config, world: World): Promise<CheckCommand> {
  const { paths, load } = policyGround(config, world);
  const policy = await loadPolicyFrom(paths, load);
  return checkerOf(() => policy, world.clock);
}

function checkerOf(policy: () => Policy, clock: Clock): CheckCommand {
  const key = { agent: "check", name: "check", generation: 1 };
  const history = { count: () => 0 };
  return function check(command, cwd) {
    const context: ExecutionContext = {
      cwd,
      home: homedir(),
      shell: "fresh",
      environment: "inherited",
      filesystem: "ours",
    };
    const { effects } = analyseBash(command, context, {});
    const call = {
      door: "shell",
      upstream: "check",
      tool: "bash",
      arguments: { command },
      context,
    } as const;
    const decision = policy().decide({
      call,
      effects,
      agent: "check",
      roles: rolesOf("check", []),
      taskClass: "production",
      state: emptyState(key),
      facts: { nowMs: clock.nowMs(), agentHistory: history, alarms: [] },
    });
    return { effects, decision };
  };
}

/** What the policy commands need: the files, and what loading takes. */
export function policyGround(
  config: Config,
  world: World,
): { readonly paths: readonly string[]; readonly load: LoadOptions } {
  const load = policyOptions(config, world, composeAnalyser(config), config.workspace);
  return { paths: policyPaths(config, world), load };
}

function composeAnalyser(
  config: Config,
  inProcess: ToolGroups = new Map(),
  schemaDigestOf: Offers["schemaDigestOf"] = () => undefined,
): Analyser {
  const upstreams = new Map<string, UpstreamEffects>(
    Object.entries({ ...config.upstreams, ...config.mcpServers }).map(
      ([name, { catalogue, tools }]) => [
        name,
        { catalogue, tools, schemaDigestOf: (tool) => schemaDigestOf(name, tool) },
      ],
    ),
  );
  for (const [name, effects] of providerEffects(config)) upstreams.set(name, effects);
  for (const [name, effects] of inProcess) {
    if (upstreams.has(name) || name === embeddedName || isHookAgent(name)) {
      throw new ProctorError("invalid_config", `tools.${name}: the name belongs to an upstream`);
    }
    upstreams.set(name, effects);
  }
  upstreams.set(embeddedName, { catalogue: "embedded", tools: {} });
  for (const catalogue of catalogueNames) {
    upstreams.set(catalogueUpstream(catalogue), { catalogue, tools: {} });
  }
  for (const agent of hookAgentNames) upstreams.set(agent, { catalogue: agent, tools: {} });
  for (const name of remoteUpstreams) {
    if (!upstreams.has(name)) upstreams.set(name, { catalogue: name, tools: {} });
  }
  return createAnalyser({ upstreams, analyseShell: analyseBash });
}

/** Names of all tools that are known before the first call: label values of metrics. */
async function toolNames(
  config: Config,
  embedded: EmbeddedTools,
  inProcess: ToolGroups,
): Promise<string[]> {
  const own = (await embedded.tools()).map(({ name }) => name);
  const mapped = Object.values(config.upstreams).flatMap(({ tools, routes }) => [
    ...Object.keys(tools),
    ...routes.map(({ tool }) => tool),
  ]);
  const served = [...Object.values(config.mcpServers), ...Object.values(config.llm)].flatMap(
    ({ tools, catalogue }) => [...Object.keys(tools), ...catalogueTools(catalogue)],
  );
  const doors = [...hookAgentNames, ...remoteUpstreams].flatMap((name) => catalogueTools(name));
  const ours = [...inProcess.values()].flatMap(({ tools }) => Object.keys(tools));
  return [...new Set([...own, ...mapped, ...served, ...doors, ...ours])];
}

function webhookTarget({ approvals: { webhook }, data }: Config): WebhookTarget | undefined {
  return webhook && { ...webhook, secret: loadWebhookSecret(data) };
}

/** A key of its own for each use, from the one that is kept: HKDF, RFC 5869. */
function derivedKey(chainKey: Uint8Array, use: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", chainKey, new Uint8Array(), use, 32));
}

function counted(redactor: Redactor, metrics: Metrics): Redactor {
  return {
    redact(value) {
      const redacted = redactor.redact(value);
      if (redacted.counts.size > 0) metrics.redacted(redacted.counts);
      return redacted;
    },
  };
}

/** Every call once: counted, and logged from what was recorded. */
function observe(metrics: Metrics, pulse: Pulse, log: Log): Observer {
  return {
    step(observation) {
      metrics.step(observation);
      pulse.step(observation);
      const { agent, call, decision, outcome, trajectory, step, stages, traceId } = observation;
      const refused = outcome.kind === "refused";
      log[refused ? "info" : "debug"](refused ? "call_refused" : "call", {
        agent,
        trajectory,
        step,
        tool: call.tool,
        verdict: decision.verdict,
        outcome: outcome.kind,
        ...(refused ? { code: outcome.code, rules: ruleNames(decision.matches) } : {}),
        // Checked where it came in: 32 hexadecimal digits.
        ...(traceId === undefined ? {} : { trace: traceId }),
        totalMs: Math.round(stages.total * 1000) / 1000,
      });
      const where = { agent, trajectory, step, tool: call.tool, door: call.door };
      if (outcome.kind === "carried_out" && outcome.differs) log.error("input_differs", where);
      if (observation.unjudged) log.error("call_unjudged", where);
      if (observation.idReused) log.warn("call_id_reused", where);
    },
    redefined(trajectory, { upstream, tool, is }) {
      metrics.redefined(upstream);
      log.warn("tool_redefined", { trajectory, upstream, tool, is });
    },
    rejected(door, code) {
      metrics.rejected(door, code);
      log.info("request_rejected", { door, code });
    },
  };
}

function ruleNames(matches: readonly { rule: string; verdict: string }[]): readonly string[] {
  return [...new Set(matches.filter(({ verdict }) => verdict !== "allow").map(({ rule }) => rule))];
}

interface ComposedPolicy {
  readonly current: () => Policy;
  /** Why the newest files were not taken; empty: they were. */
  readonly problem: () => string;
  readonly view: () => PolicyView;
  close(): void;
}

/** The policy that decides now, replaced when its files change; an error keeps the old one, loudly. */
async function composePolicy(
  config: Config,
  world: World,
  {
    analyser,
    embedded,
    metrics,
    mode: givenMode,
  }: {
    analyser: Analyser;
    embedded: EmbeddedTools;
    metrics: Metrics;
    mode: Mode | undefined;
  },
): Promise<ComposedPolicy> {
  const { log } = world;
  let problems: readonly string[] = [];
  let [loadedAt, rejectedAt] = [0, 0];
  const watched = await watchPolicy(policyPaths(config, world), {
    ...policyOptions(config, world, analyser, embedded.workspace),
    ...(givenMode && { mode: givenMode }),
    onLoaded(policy) {
      problems = [];
      loadedAt = world.clock.nowMs();
      const { digest, mode } = policy;
      const rules = policy.rules.map(({ id }) => id);
      metrics.policyLoaded({ digest, mode, rules });
      log.info("policy_loaded", { digest, mode, rules: rules.length });
    },
    onRejected(found) {
      problems = found.map(formatProblem);
      rejectedAt = world.clock.nowMs();
      metrics.policyRejected();
      log.error("policy_rejected", {
        kept: "the old policy",
        problems,
      });
    },
  });
  return {
    current: watched.current,
    problem: () => problems.join("\n"),
    view() {
      const { digest, mode, rules } = watched.current();
      return { digest, mode, rules, loadedAt, problems, rejectedAt };
    },
    close: watched.close,
  };
}

/** A workspace that lies in one of them is no temporary folder. */
const tempFolders = ["/tmp", "/private/tmp", "/var/tmp"];

function policyPaths(config: Config, { programFolder }: World): readonly string[] {
  return config.policies ?? [join(programFolder, "policies")];
}

function policyOptions(
  config: Config,
  world: World,
  analyser: Analyser,
  workspace: string,
): LoadOptions {
  return {
    roots: new Map([
      ["workspace", [workspace]],
      ["home", [homedir()]],
      ["data", [config.data]],
      ["temp", tempFolders.filter((folder) => !`${workspace}/`.startsWith(`${folder}/`))],
    ]),
    analyse: (call) => analyser.analyse(call, {}).effects,
    protectedPaths: {
      guarded: hiddenPaths(config, world),
      free: [workspace],
      secret: [
        ...[...secretFiles, databaseFile].map((file) => join(config.data, file)),
        ...Object.values(config.llm).flatMap(({ keyFile }) => keyFile ?? []),
      ],
    },
  };
}

/** Proctor's own: what no agent may change. */
export function hiddenPaths(config: Config, world: World): readonly string[] {
  const installed = guardedFiles(readInstalled(config.data));
  const own = [config.data, ...policyPaths(config, world), world.programFolder, ...installed];
  return config.file === undefined ? own : [...own, config.file];
}

async function healthOf(store: Persistence, policy: ComposedPolicy): Promise<Health> {
  const storeProblem = await store.healthy().then(
    () => "",
    (error: unknown) => asProctorError(error).message,
  );
  return {
    ready: storeProblem === "",
    parts: { store: storeProblem, policy: policy.problem() },
    policy: policy.current().digest,
  };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}
