// proctor serve: listens, says so, and ends in order.

import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./cli/terminal.ts";
import type { World } from "./compose/world.ts";
import { composeGuard, type Guard } from "./compose.ts";
import type { Config } from "./config.ts";
import { closed, listen, serverFor } from "./listeners.ts";

/** For answers on their way when everything is recorded; then connections are cut. */
const lingerMs = 2_000;

/** Runs until `ended` resolves, which says why. */
export async function serve(
  config: Config,
  world: World,
  terminal: Terminal,
  ended: Promise<string>,
): Promise<number> {
  const guard = await composeGuard(config, world);
  const [agent, admin] = [serverFor(guard.agentApp), serverFor(guard.adminApp)];
  try {
    await guard.start();
    const addresses = {
      agent: await listen(agent, config.agentListener),
      admin: await listen(admin, config.adminListener),
    };
    announce(terminal, config, guard, addresses);
    world.log.info("stopping", { signal: await ended });
  } finally {
    const closing = Promise.all([closed(agent), closed(admin)]);
    await guard.stop();
    const timer = setTimeout(() => {
      for (const server of [agent, admin]) server.closeAllConnections();
    }, lingerMs);
    await closing;
    clearTimeout(timer);
  }
  world.log.info("stopped");
  return exitCodes.ok;
}

function announce(
  terminal: Terminal,
  config: Config,
  guard: Guard,
  { agent, admin }: { agent: string; admin: string },
): void {
  if (config.log.format === "json") {
    printJson(terminal, { event: "ready", agent, admin });
    return;
  }
  const { bold, dim, yellow } = coloursOf(terminal);
  const tokens = config.tokens === undefined ? `tokens in ${config.data}` : "tokens of the config";
  printLine(terminal, `${bold("proctor")} stands guard.`);
  printLine(terminal, `  agents     ${agent}   ${dim(tokens)}`);
  const key = config.tokens === undefined ? `: log in with ${config.data}/admin.token` : "";
  printLine(terminal, `  dashboard  ${admin}   ${dim(`also /metrics, /healthz, /readyz${key}`)}`);
  printLine(terminal, `  workspace  ${guard.workspace}`);
  printLine(terminal, `  bash       ${bashLine(guard.sandbox, yellow)}`);
  if (config.tokens !== undefined) return;
  printLine(terminal, "\nTry it:");
  printLine(
    terminal,
    `  curl -s ${agent}/v1/tools/write_file -H "Authorization: Bearer $(cat ${quoted(`${config.data}/agent.token`)})" \\`,
  );
  printLine(
    terminal,
    `    -H 'Content-Type: application/json' -d '{"arguments":{"path":"hello.txt","content":"hello"}}'`,
  );
}

function bashLine(sandbox: Guard["sandbox"], warn: (text: string) => string): string {
  switch (sandbox.kind) {
    case "bubblewrap":
      return "offered, confined by bubblewrap to the workspace";
    case "none":
      return `${warn("not offered")}: ${sandbox.why} ${sandbox.hint}`;
    case "dangerouslyUnsandboxed":
      return warn("offered WITHOUT a sandbox: it can do whatever this user can");
  }
}

/** For a shell inside double quotes' command substitution. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
