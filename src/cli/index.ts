// The command line: the list of commands, and what becomes of what they throw.

import { ProctorError } from "../core/errors.ts";
import { systemFault } from "../core/system-fault.ts";
import { declareAnchor } from "./anchor.ts";
import { declareApprovals } from "./approvals/declare.ts";
import { declareAudit } from "./audit.ts";
import { declareBackup, declareRestore } from "./backup.ts";
import { declareCheck } from "./check.ts";
import { Command, CommanderError, type Declare, type Programs } from "./command.ts";
import { declareConfig } from "./config.ts";
import { declareErase, declareGc } from "./erase.ts";
import { declareEval } from "./eval.ts";
import { declareExport } from "./export.ts";
import { declareHook, declareInstall } from "./hooks.ts";
import { declareImport } from "./import.ts";
import { declareInit } from "./init/index.ts";
import { declareLineage } from "./lineage.ts";
import { declarePolicy } from "./policy.ts";
import { declareReanalyse } from "./reanalyse.ts";
import { declareRun } from "./run.ts";
import { declareServe } from "./serve.ts";
import { exitCodes, type Terminal } from "./terminal.ts";
import { declareToken } from "./token.ts";
import { declareTools } from "./tools/declare.ts";
import { declareTrajectories } from "./trajectories.ts";
import { declareVerify } from "./verify.ts";
import { declareMcp } from "./wrap.ts";

export type { Programs } from "./command.ts";

/** In the order in which the help lists them. */
const commands: readonly Declare[] = [
  declareServe,
  declareMcp,
  declareHook,
  declareInstall,
  declareRun,
  declareCheck,
  declareTrajectories,
  declareEval,
  declareImport,
  declareExport,
  declareVerify,
  declareAnchor,
  declareGc,
  declareErase,
  declareBackup,
  declareRestore,
  declareApprovals,
  declareTools,
  declareLineage,
  declareAudit,
  declareReanalyse,
  declarePolicy,
  declareToken,
  declareInit,
  declareConfig,
];

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
  for (const declare of commands) declare({ program, terminal, programs, version, finish });
  pointToHelp(program, program.name());
  return program;
}

/** Whoever mistypes is told the nearest word, and where the others are. */
function pointToHelp(command: Command, called: string): void {
  command.showHelpAfterError(`${called} --help lists what it takes.`);
  for (const part of command.commands) pointToHelp(part, `${called} ${part.name()}`);
}
