// THE composition root: everything that runs is built here, and nowhere else.

import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { HttpBindings } from "@hono/node-server";
import type { Hono } from "hono";
import { createLimits } from "./audit/limits.ts";
import { effectiveRows } from "./audit/rates.ts";
import { createTrend } from "./audit/trend.ts";
import { createWatch, watchOptions } from "./audit/watch.ts";
import { chainKeyFile } from "./backup.ts";
import { composeAnalyser, type ToolGroups, toolNames } from "./compose/analyser.ts";
import { checkerOf } from "./compose/checker.ts";
import { composeHarmless, composeProviders, providerEffects } from "./compose/llm.ts";
import { counted, observe } from "./compose/observer.ts";
import { type ComposedPolicy, composePolicy, hiddenPaths } from "./compose/policy.ts";
import { derivedKey, openStore } from "./compose/records.ts";
import type { World } from "./compose/world.ts";
import type { Config } from "./config.ts";
import { createAuthenticate, type SiteRules, type TokenEntry } from "./core/access.ts";
import { rolesOf } from "./core/agent.ts";
import type { Mode } from "./core/decision.ts";
import { asProctorError } from "./core/errors.ts";
import { newId } from "./core/ids.ts";
import { taskClasses } from "./core/task.ts";
import { loadTokenFiles, loadWebhookSecret } from "./credentials.ts";
import { createFeed } from "./dashboard/feed.ts";
import { createAdminApp, type Health } from "./dashboard/index.ts";
import { createPulse } from "./dashboard/pulse.ts";
import { warmUp } from "./effects/bash/index.ts";
import { hookAgentNames } from "./frontends/hooks/forms.ts";
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
import { createMessages, type Messages } from "./gateway/messages.ts";
import { createOffers } from "./gateway/offers.ts";
import { createProjection } from "./gateway/projection.ts";
import { createRedefinitions } from "./gateway/redefinitions.ts";
import { createTrajectories, type Trajectories } from "./gateway/trajectories.ts";
import { startWebhook, type WebhookTarget } from "./gateway/webhook.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import { createMetrics } from "./metrics/index.ts";
import { createRedactor } from "./redaction/index.ts";
import { createNotingRedactor } from "./redaction/noted.ts";
import { loadOrCreateChainKey } from "./store/index.ts";
import type { Persistence } from "./store/store.ts";
import { emptyState } from "./trajectory/draft.ts";
import { fold, inheritLimits, withoutStep } from "./trajectory/fold.ts";
import { isRedefined, toolsOf } from "./trajectory/offered.ts";
import { scoresOf } from "./trajectory/score.ts";
import { parseState, serialiseState } from "./trajectory/snapshot.ts";
import { createTotals } from "./trajectory/totals.ts";
import {
  createEmbeddedTools,
  type EmbeddedTools,
  embeddedName,
} from "./upstream/embedded/index.ts";
import { noEmbeddedTools } from "./upstream/embedded/none.ts";
import { createHttpUpstream } from "./upstream/http/index.ts";
import { createMcpUpstream } from "./upstream/mcp/index.ts";

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

/** How late an alarm may become a fact that calls are judged by. */
const followMs = 5_000;

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
  let following: NodeJS.Timeout | undefined;
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
    alarms: watch.alarms,
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
      if (counting) {
        await projection.catchUp();
        // Alarms are facts that calls are judged by, whether or not anybody scrapes.
        following = setInterval(
          () => projection.catchUp().catch(() => undefined),
          followMs,
        ).unref();
      }
      await approvals.catchUp();
      await redefinitions.catchUp();
      // From now on: what was before this start is no event of this process.
      approvals.listen(({ status }) => metrics.approval(status));
      if (webhook !== undefined) {
        await startWebhook({ target: webhook, approvals, clock, log, delivered: metrics.webhook });
      }
    },
    async stop() {
      clearInterval(following);
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

function webhookTarget({ approvals: { webhook }, data }: Config): WebhookTarget | undefined {
  return webhook && { ...webhook, secret: loadWebhookSecret(data) };
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
