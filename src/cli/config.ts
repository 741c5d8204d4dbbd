// proctor config check: is the config valid, the policy loadable, and is anything probably not meant?

import { type ConfigProblem, describeProblem, InvalidConfig } from "../config/problems.ts";
import type { Config } from "../config.ts";
import { configJsonSchema, type Overrides } from "../config.ts";
import { ProctorError } from "../core/errors.ts";
import { loadPolicyFrom } from "../policy/index.ts";
import { configured, type Declare } from "./command.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

export interface ConfigCheck {
  /** @throws InvalidConfig */
  readonly load: () => Config;
  /** @throws ProctorError `invalid_policy` */
  readonly loadPolicy: (config: Config) => Promise<unknown>;
  readonly json: boolean;
}

interface Found {
  readonly file: string | undefined;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

export async function checkConfig(terminal: Terminal, check: ConfigCheck): Promise<number> {
  const { file, problems, warnings } = await find(check);
  const code = problems.length > 0 ? exitCodes.problems : exitCodes.ok;
  if (check.json) {
    printJson(terminal, { ok: problems.length === 0, file, problems, warnings });
    return code;
  }
  const { green, red, yellow } = coloursOf(terminal);
  const named = file ?? "the defaults";
  for (const one of problems)
    printLine(terminal, `${red("problem")}  ${describeProblem(file, one)}`);
  for (const one of warnings)
    printLine(terminal, `${yellow("warning")}  ${describeProblem(file, one)}`);
  if (problems.length === 0) printLine(terminal, `${named}: ${green("valid")}`);
  return code;
}

async function find({ load, loadPolicy }: ConfigCheck): Promise<Found> {
  try {
    const config = load();
    const { file } = config;
    return {
      file,
      problems: await policyProblems(config, loadPolicy),
      warnings: warningsOf(config),
    };
  } catch (error) {
    if (!(error instanceof InvalidConfig)) throw error;
    const { file, problems } = error;
    return { file, problems, warnings: [] };
  }
}

async function policyProblems(
  config: Config,
  loadPolicy: ConfigCheck["loadPolicy"],
): Promise<ConfigProblem[]> {
  try {
    await loadPolicy(config);
    return [];
  } catch (error) {
    if (!(error instanceof ProctorError)) throw error;
    return [{ path: "policies", message: error.message }];
  }
}

/** Valid, and probably not what was meant. */
function warningsOf(config: Config): ConfigProblem[] {
  const { agentListener, adminListener, approvals, tokens, embedded } = config;
  const warnings: ConfigProblem[] = [];
  const warn = (path: string, message: string) => warnings.push({ path, message });
  if (agentListener.port === adminListener.port && agentListener.port !== 0) {
    warn("adminListener.port", "both listeners have the same port; only one can have it");
  }
  if (!isLoopback(adminListener.host)) {
    warn("adminListener.host", "agents that reach this address can try tokens there");
  }
  if (approvals.maxHoldMs > approvals.expiresMs) {
    warn("approvals.maxHoldMs", "is longer than expiresMs, after which nothing can be answered");
  }
  if (embedded.dangerouslyUnsandboxed) {
    warn("embedded.dangerouslyUnsandboxed", "bash can do whatever this user can");
  }
  const mayAnswer = tokens?.some(({ kind }) => kind === "admin" || kind === "approver") ?? true;
  if (approvals.enabled && !mayAnswer) {
    warn("tokens", "none is an approver or admin: what waits for a person can only expire");
  }
  tokens?.forEach(({ kind, agents, name }, i) => {
    if (agents.length === 0 && ["approver", "viewer", "harness"].includes(kind)) {
      warn(`tokens[${i}].agents`, `${name} stands for no agent; "*" is every one`);
    }
  });
  return warnings;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\./.test(host);
}

export const declareConfig: Declare = ({ program, programs, terminal, finish }) => {
  const config = program.command("config").description("Look at the configuration.");
  configured(config, "check")
    .description("Say what is wrong with the config, and on which line; loads the policy too.")
    .option("--json", "problems and warnings as JSON")
    .addHelpText("after", "\nExit codes: 0 valid (warnings or not), 1 problems.\n")
    .action(async ({ json = false, ...flags }: Overrides & { json?: boolean }) =>
      finish(
        await checkConfig(terminal, {
          load: () => programs.loadConfig(flags),
          loadPolicy(loaded) {
            const { paths, load } = programs.policyGround(loaded);
            return loadPolicyFrom(paths, load);
          },
          json,
        }),
      ),
    );
  config
    .command("schema")
    .description("Print the JSON Schema of the config file, for editors.")
    .action(() => printJson(terminal, configJsonSchema()));
};
