// The command line: every command with its options and its help. The only importer of commander.

import { resolve } from "node:path";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { type GateName, gateNames } from "../audit/audit.ts";
import { createWatch, watchOptions } from "../audit/watch.ts";
import { type Config, configJsonSchema, type Overrides } from "../config.ts";
import { ProctorError } from "../core/errors.ts";
import { systemFault } from "../core/system-fault.ts";
import { type LoadOptions, loadPolicyFrom } from "../policy/index.ts";
import type { Persistence } from "../store/store.ts";
import {
  type AccessFlags,
  accessFrom,
  answerApproval,
  answerInteractively,
  createAdminClient,
  listApprovals,
  showApproval,
  watchApprovals,
} from "./approvals/index.ts";
import { audit } from "./audit.ts";
import type { CheckCommand } from "./check.ts";
import { checkLines, checkOne } from "./check.ts";
import { checkConfig } from "./config.ts";
import {
  formatNames,
  type ImportFlags,
  type ImportGround,
  importFiles,
  importHelp,
} from "./import.ts";
import { init, situations } from "./init/index.ts";
import { checkLineage, lineageNamed, showLineages } from "./lineage.ts";
import { type PolicyCommand, policyLint, policyTest } from "./policy.ts";
import { exitCodes, printJson, type Terminal } from "./terminal.ts";
import { newTokenCommand } from "./token.ts";
import { listTrajectories, printRecords, showTrajectory } from "./trajectories.ts";
import { verifyStore } from "./verify.ts";

/** What commands need of the composed program. */
export interface Programs {
  /** Wall time, milliseconds since the Unix epoch. */
  nowMs(): number;
  loadConfig(flags: Overrides): Config;
  /** Runs until a signal; resolves with the exit code. */
  serve(config: Config): Promise<number>;
  checker(config: Config): Promise<CheckCommand>;
  /** The policy files of the config, and what loading any takes. */
  policyGround(config: Config): { readonly paths: readonly string[]; readonly load: LoadOptions };
  /** Opens the recorded trajectories for reading. */
  openStore(config: Config): Promise<Persistence>;
  /** Opens them for what was recorded elsewhere. */
  openImport(config: Config): Promise<ImportGround>;
}

export async function runCommandLine(
  argv: readonly string[],
  terminal: Terminal,
  programs: Programs,
  version: string,
): Promise<number> {
  let code: number = exitCodes.ok;
  const program = createProgram(terminal, programs, version, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError)
      return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (!(error instanceof ProctorError)) {
      const fault = systemFault(error);
      if (fault === undefined) throw error;
      terminal.stderr.write(`proctor: ${fault}\n`);
      return exitCodes.problems;
    }
    terminal.stderr.write(`proctor: ${error.code}: ${error.message}\n`);
    return error.code === "invalid_config" || error.code === "invalid_request"
      ? exitCodes.usage
      : exitCodes.problems;
  }
}

function createProgram(
  terminal: Terminal,
  programs: Programs,
  version: string,
  finish: (code: number) => void,
): Command {
  const program = new Command("proctor")
    .description("A guard between AI agents and their filesystem and Bash tools.")
    .version(version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text),
    })
    .addHelpText(
      "after",
      `\nExit codes: 0 ok, 1 problems found, 2 wrong usage or config, 3 ask and 4 deny (check);\naudit has its own, see its help.\n`,
    );

  const withConfig = (command: Command) =>
    command
      .option("-c, --config <file>", "config file (default: proctor.yaml, if there is one)")
      .option("--data <folder>", "folder of the database and keys")
      .option("--workspace <folder>", "folder of the embedded tools");

  withConfig(program.command("serve"))
    .description("Start the guard: agent listener and admin listener.")
    .option("-p, --port <port>", "port of the agent listener; 0 takes a free one", toPort)
    .option("--admin-port <port>", "port of the admin listener; 0 takes a free one", toPort)
    .addOption(new Option("--log <format>", "log lines").choices(["text", "json"]))
    .addHelpText(
      "after",
      "\nEnvironment: PROCTOR_PORT, PROCTOR_ADMIN_PORT, PROCTOR_DATA, PROCTOR_WORKSPACE, PROCTOR_CONFIG.\nFlags win over the environment, that over the config file.\n",
    )
    .action(async (flags: Overrides) => finish(await programs.serve(programs.loadConfig(flags))));

  // Looked at before this program is loaded; here for the list of commands.
  program
    .command("mcp")
    .usage("[options] -- COMMAND [ARGUMENT...]")
    .description("Wrap an MCP server over stdio; `proctor mcp --help` says more.")
    .action(() => {
      throw new ProctorError("invalid_request", "`mcp` must be the first word");
    });

  withConfig(program.command("check"))
    .description("Explain what a Bash command would do, and what the policy says of it.")
    .argument("[command]", "the command; with --json - it is read from standard input instead")
    .option("--cwd <folder>", "folder that the command would run in (default: this one)")
    .option(
      "--json [input]",
      'JSON output; `--json -` reads JSON lines {"command", "cwd"?} and answers each',
    )
    .addHelpText(
      "after",
      '\nExamples:\n  proctor check \'find . -name "*.log" -delete\'\n  echo \'{"command":"rm a"}\' | proctor check --json -\n',
    )
    .action(
      async (
        command: string | undefined,
        flags: Overrides & { cwd?: string; json?: true | string },
      ) => {
        const cwd = flags.cwd ?? terminal.cwd;
        const checker = async () => programs.checker(programs.loadConfig(flags));
        if (flags.json === "-") return finish(await checkLines(terminal, await checker(), cwd));
        // `--json COMMAND` is what people type.
        const text = typeof flags.json === "string" ? flags.json : command;
        if (text === undefined) {
          throw new ProctorError(
            "invalid_request",
            "give a command, or --json - and JSON lines on standard input",
          );
        }
        const json = flags.json !== undefined;
        finish(checkOne(terminal, await checker(), { command: text, cwd, json }));
      },
    );

  withConfig(program.command("trajectories"))
    .description("List what was recorded, newest first.")
    .option("--agent <id>", "only this agent")
    .option("--class <class>", "only this task class")
    .addOption(
      new Option("--state <state>", "only open or closed ones").choices(["open", "closed"]),
    )
    .option("-n, --limit <count>", "at most this many", toCount, 50)
    .option("--json", "JSON lines")
    .action(
      async (
        flags: Overrides & {
          agent?: string;
          class?: string;
          state?: "open" | "closed";
          limit: number;
          json?: boolean;
        },
      ) => {
        const { agent, class: taskClass, state, limit, json = false } = flags;
        finish(
          await withStore(programs, flags, (store) =>
            listTrajectories(terminal, store, { query: { agent, taskClass, state, limit }, json }),
          ),
        );
      },
    );

  withConfig(program.command("trajectory"))
    .description("Show one trajectory, record by record.")
    .argument("<id>", "agent/name, or agent/name~2 for a successor")
    .option("--json", "the records as JSON lines")
    .action(async (id: string, flags: Overrides & { json?: boolean }) =>
      finish(
        await withStore(programs, flags, (store) =>
          showTrajectory(terminal, store, { id, json: flags.json ?? false }),
        ),
      ),
    );

  withConfig(program.command("records"))
    .description("Print records as JSON lines, which `import --format jsonl` reads.")
    .option("--agent <id>", "only this agent")
    .option("--from <time>", "only records at or after this time (ISO 8601)", toTime)
    .option("--before <time>", "only records before this time (ISO 8601)", toTime)
    .action(
      async ({
        agent,
        from: fromMs,
        before: beforeMs,
        ...flags
      }: Overrides & { agent?: string; from?: number; before?: number }) =>
        finish(
          await withStore(programs, flags, (store) =>
            printRecords(terminal, store, { agent, fromMs, beforeMs }),
          ),
        ),
    );

  withConfig(program.command("import"))
    .description("Take in trajectories that were recorded elsewhere.")
    .argument("<files...>", "files, or - for standard input")
    .addOption(
      new Option("--format <format>", "what the files are")
        .choices(formatNames)
        .makeOptionMandatory(),
    )
    .option("--agent <id>", "whose they are")
    .option("--task <id>", "the task that they were for")
    .option("--class <class>", "its class (default: production)")
    .option("--seed <seed>", "its seed", toSeed)
    .option("--condition <condition>", "its condition")
    .option("--map <file>", "where the data says all this (YAML, see below)")
    .option("--catalogue <name>", "whose tools the calls are of")
    .option("--upstream <name>", "the upstream of the config that describes the tools")
    .option("--dry-run", "read, analyse and count; write nothing")
    .option("--json", "a JSON line for each file")
    .addHelpText("after", importHelp)
    .action(async (files: string[], flags: Overrides & ImportFlags) => {
      const config = programs.loadConfig(flags);
      const ground = await programs.openImport(config);
      try {
        const agents = config.agents.map(({ id }) => id);
        const { nowMs } = programs;
        finish(await importFiles(terminal, ground, { files, flags, agents, nowMs }));
      } finally {
        await ground.store.close();
      }
    });

  withConfig(program.command("verify"))
    .description("Check the chains of everything that was recorded.")
    .option("--json", "the report as JSON")
    .action(async (flags: Overrides & { json?: boolean }) =>
      finish(
        await withStore(programs, flags, (store) =>
          verifyStore(terminal, store, { json: flags.json ?? false }),
        ),
      ),
    );

  addApprovals(withConfig, program, { terminal, programs, finish });

  const lineage = program.command("lineage").description("Who was distilled from whom.");
  withConfig(lineage.command("show"))
    .description("List the lineages of the config: teacher, students, baselines, controls.")
    .argument("[name]", "only this lineage")
    .option("--json", "JSON lines")
    .action((name: string | undefined, flags: Overrides & { json?: boolean }) => {
      const { lineages } = programs.loadConfig(flags);
      const shown = name === undefined ? lineages : [lineageNamed(lineages, name)];
      finish(showLineages(terminal, shown, { json: flags.json ?? false }));
    });
  withConfig(lineage.command("check"))
    .description("Say which students can be judged, and of the others why not.")
    .argument("<name>", "the lineage")
    .option("--class <class>", "task class that is compared (default: audit.taskClass)")
    .option("--json", "JSON lines")
    .action(async (name: string, flags: Overrides & { class?: string; json?: boolean }) => {
      const config = programs.loadConfig(flags);
      const found = lineageNamed(config.lineages, name);
      const taskClass = flags.class ?? config.audit.taskClass;
      const asked = { lineage: found, taskClass, json: flags.json ?? false };
      finish(await withStore(programs, flags, (store) => checkLineage(terminal, store, asked)));
    });

  withConfig(program.command("audit"))
    .description("Judge a lineage by what was recorded: did its students inherit the behaviour?")
    .argument("<lineage>", "its name in the config")
    .option("--class <class>", "task class that is compared (default: audit.taskClass)")
    .option("--margin <share>", "half-width of `no difference` (default: audit.margin)", toShare)
    .option("--seed <seed>", "only trajectories of this seed", toSeed)
    .option("--from <time>", "only those started at or after this time (ISO 8601)", toTime)
    .option("--before <time>", "only those started before this time (ISO 8601)", toTime)
    .option(
      "--fail-on <verdicts>",
      `comma-separated: ${gateNames.join(", ")}`,
      toGateNames,
      toGateNames("inherited"),
    )
    .option("--json", "the audit as JSON")
    .option("--html <file>", "also write one self-contained page with plots")
    .addHelpText(
      "after",
      "\nExit codes: 0 none of the named verdicts, 2 one was found (or wrong usage), 3 not enough to tell.\n",
    )
    .action(
      async (
        name: string,
        flags: Overrides & {
          class?: string;
          margin?: number;
          seed?: number;
          from?: number;
          before?: number;
          failOn: readonly GateName[];
          json?: boolean;
          html?: string;
        },
      ) => {
        const config = programs.loadConfig(flags);
        const { margin, alpha, actingFloor, taskClass } = config.audit;
        const command = {
          lineage: lineageNamed(config.lineages, name),
          options: {
            delta: flags.margin ?? margin,
            alpha,
            actingFloor,
            taskClass: flags.class ?? taskClass,
            seed: flags.seed,
            fromMs: flags.from,
            beforeMs: flags.before,
          },
          report:
            flags.html === undefined
              ? undefined
              : {
                  file: resolve(terminal.cwd, flags.html),
                  watch: createWatch(watchOptions(config)),
                  madeAt: programs.nowMs(),
                  version,
                },
          failOn: flags.failOn,
          json: flags.json ?? false,
        };
        finish(await withStore(programs, flags, (store) => audit(terminal, store, command)));
      },
    );

  const policy = program.command("policy").description("Test and lint policy files.");
  withConfig(policy.command("test"))
    .description("Run the examples of every rule.")
    .argument("[paths...]", "policy files or folders (default: those of the config)")
    .option("--json", "the result as JSON")
    .action(async (paths: string[], flags: Overrides & { json?: boolean }) => {
      finish(await policyTest(terminal, policyCommand(programs, paths, flags)));
    });
  withConfig(policy.command("lint"))
    .description("Find rules that load and are probably not what was meant.")
    .argument("[paths...]", "policy files or folders (default: those of the config)")
    .option("--json", "the findings as JSON")
    .action(async (paths: string[], flags: Overrides & { json?: boolean }) => {
      finish(await policyLint(terminal, policyCommand(programs, paths, flags)));
    });

  program
    .command("token")
    .description("Make a token, and print what the config needs of it.")
    .addOption(
      new Option("--kind <kind>", "what its bearer may do")
        .choices(["agent", "harness", "viewer", "approver", "metrics", "admin"])
        .makeOptionMandatory(),
    )
    .option("--json", "as JSON")
    .action((flags: { kind: string; json?: boolean }) => finish(newTokenCommand(terminal, flags)));

  program
    .command("init")
    .description("Write a commented proctor.yaml.")
    .argument("[situation]", "what it is for", "local")
    .option("-o, --output <file>", "where to; never over a file that exists", "proctor.yaml")
    .addHelpText(
      "after",
      `\nSituations:\n${Object.entries(situations)
        .map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`)
        .join("\n")}\n`,
    )
    .action((situation: string, { output }: { output: string }) =>
      finish(init(terminal, { situation, output })),
    );

  const config = program.command("config").description("Look at the configuration.");
  withConfig(config.command("check"))
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

  return program;
}

/** Options that name a running proctor and how to speak to it. */
type ApprovalFlags = Overrides & AccessFlags & { json?: boolean };

function addApprovals(
  withConfig: (command: Command) => Command,
  program: Command,
  parts: { terminal: Terminal; programs: Programs; finish: (code: number) => void },
): void {
  const { terminal, programs, finish } = parts;
  const { nowMs } = programs;
  const approvals = program
    .command("approvals")
    .description("See and answer what waits for a person.")
    .addHelpText(
      "after",
      `
Speaks to a running proctor: at --url, PROCTOR_ADMIN_URL, or the admin listener of the config; with
the token in --token-file, PROCTOR_TOKEN, or admin.token in the data folder. An id may be its end.

Examples:
  proctor approvals answer                        one by one, with live refresh
  proctor approvals list
  proctor approvals show 4f1c09aa
  proctor approvals approve 4f1c09aa
  proctor approvals refuse 4f1c09aa --note "Move it to old/ instead."
  proctor approvals watch --json | my-notifier

Exit codes: 0 done, 1 not found, settled before or not reachable, 2 wrong usage.
`,
    );
  const command = (usage: string, description: string) =>
    withConfig(approvals.command(usage))
      .description(description)
      .option("--url <url>", "admin listener of the running proctor")
      .option("--token-file <file>", "file with an approver or admin token");
  const clientFor = (flags: ApprovalFlags) =>
    createAdminClient(accessFrom(flags, terminal.env, programs.loadConfig(flags)));

  command("list", "List what waits, newest first.")
    .option("--all", "also what was settled lately")
    .option("--json", "JSON lines")
    .action(async ({ all = false, json = false, ...flags }: ApprovalFlags & { all?: boolean }) =>
      finish(await listApprovals(terminal, clientFor(flags), { all, json, nowMs })),
    );
  command("show", "Show one: arguments, effects, rules and reason.")
    .argument("<id>", "its id, or the end of it")
    .option("--json", "as JSON")
    .action(async (id: string, { json = false, ...flags }: ApprovalFlags) =>
      finish(await showApproval(terminal, clientFor(flags), { id, json, nowMs })),
    );
  for (const [action, what] of [
    ["approve", "Say yes to exactly this call, once."],
    ["refuse", "Say no; the identical call stays refused until the question would have expired."],
  ] as const) {
    command(action, what)
      .argument("<id>", "its id, or the end of it")
      .option("--note <text>", "for the model: why, and what to do instead")
      .option("--json", "as JSON")
      .action(
        async (id: string, { json = false, note, ...flags }: ApprovalFlags & { note?: string }) =>
          finish(await answerApproval(terminal, clientFor(flags), { id, action, note, json })),
      );
  }
  command("watch", "Print what waits, and each change as it comes.")
    .option("--json", "JSON lines")
    .action(async ({ json = false, ...flags }: ApprovalFlags) =>
      finish(await watchApprovals(terminal, clientFor(flags), { json, nowMs })),
    );
  command("answer", "Answer interactively: a list that refreshes itself. Needs a terminal.").action(
    async (flags: ApprovalFlags) => {
      if (!terminal.interactive) {
        throw new ProctorError(
          "invalid_request",
          "`approvals answer` needs a terminal; use list, approve and refuse",
        );
      }
      finish(await answerInteractively(terminal, clientFor(flags), nowMs));
    },
  );
}

async function withStore(
  programs: Programs,
  flags: Overrides,
  work: (store: Persistence) => Promise<number>,
): Promise<number> {
  const store = await programs.openStore(programs.loadConfig(flags));
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

function policyCommand(
  programs: Programs,
  given: readonly string[],
  flags: Overrides & { json?: boolean },
): PolicyCommand {
  const { paths, load } = programs.policyGround(programs.loadConfig(flags));
  return { paths: given.length > 0 ? given : paths, load, json: flags.json ?? false };
}

function toPort(text: string): number {
  if (/^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
  throw new InvalidArgumentError("must be a port from 0 to 65535");
}

function toCount(text: string): number {
  if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("must be a number from 1");
}

function toSeed(text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("must be a whole number from 0");
}

function toTime(text: string): number {
  const ms = /^[0-9]{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError("must be a time as 2026-01-31 or 2026-01-31T12:00:00Z");
}

function toShare(text: string): number {
  const share = Number(text);
  if (/^0?\.[0-9]{1,6}$/.test(text) && share > 0) return share;
  throw new InvalidArgumentError("must be a share between 0 and 1, as 0.1");
}

function toGateNames(text: string): readonly GateName[] {
  const names = text.split(",").map((name) => name.trim());
  return names.map((name) => {
    const known = gateNames.find((gate) => gate === name);
    if (known !== undefined) return known;
    throw new InvalidArgumentError(`"${name}" is none of ${gateNames.join(", ")}`);
  });
}
