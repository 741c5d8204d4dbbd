// proctor check: what a command would do, and what the policy says of it.

import { once } from "node:events";
import { createInterface } from "node:readline";
import { z } from "zod";
import type { Overrides } from "../config.ts";
import type { Decision } from "../core/decision.ts";
import { describeEffect, visible } from "../core/display.ts";
import type { Effect } from "../core/effect.ts";
import { ProctorError } from "../core/errors.ts";
import { configured, type Declare } from "./command.ts";
import {
  type Colours,
  coloursOf,
  exitCodes,
  printJson,
  printLine,
  type Terminal,
  verdictColour,
} from "./terminal.ts";

export interface Checked {
  readonly effects: readonly Effect[];
  readonly decision: Decision;
}

/** Analyses and decides, carries out nothing and records nothing. */
export type CheckCommand = (command: string, cwd: string) => Checked;

/** For a person, or one JSON line. The exit code tells the verdict. */
export function checkOne(
  terminal: Terminal,
  check: CheckCommand,
  { command, cwd, json }: { command: string; cwd: string; json: boolean },
): number {
  const checked = check(command, cwd);
  if (json) printJson(terminal, { command, cwd, ...checked });
  else printChecked(terminal, command, checked);
  const { judged } = checked.decision;
  return judged === "allow" ? exitCodes.ok : exitCodes[judged];
}

const line = z.object({ command: z.string(), cwd: z.string().optional() });

/**
 * JSON lines `{"command", "cwd"?}` in, one line with `effects` and `decision` out for each, in
 * order. A line that is no such object answers `{"error"}` and the exit code is 1.
 */
export async function checkLines(
  terminal: Terminal,
  check: CheckCommand,
  cwd: string,
): Promise<number> {
  let code: number = exitCodes.ok;
  for await (const text of createInterface({
    input: terminal.stdin,
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    if (text.trim() === "") continue;
    const answer = checkLine(text, check, cwd);
    if ("error" in answer) code = exitCodes.problems;
    if (!terminal.stdout.write(`${JSON.stringify(answer)}\n`)) await once(terminal.stdout, "drain");
  }
  return code;
}

function checkLine(text: string, check: CheckCommand, cwd: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { error: "not a JSON line" };
  }
  const parsed = line.safeParse(value);
  if (!parsed.success) return { error: z.prettifyError(parsed.error) };
  const { command, cwd: own = cwd } = parsed.data;
  return { command, cwd: own, ...check(command, own) };
}

function printChecked(terminal: Terminal, command: string, { effects, decision }: Checked): void {
  const colours = coloursOf(terminal);
  const verdict = verdictColour(colours, decision.judged);
  printLine(terminal, `${colours.bold(verdict(decision.judged))}  ${visible(command)}`);
  printLine(terminal);
  printLine(terminal, colours.dim("what it would do, in order"));
  effects.forEach((effect, index) => {
    printLine(terminal, effectLine(colours, command, effect));
    for (const match of decision.matches) {
      if (match.effect !== index || match.verdict === "allow") continue;
      const mode = match.mode === "dry-run" ? " (dry-run)" : "";
      printLine(
        terminal,
        `      ${verdictColour(colours, match.verdict)(match.verdict)} by ${match.rule}${mode}`,
      );
    }
  });
  if (decision.reason === "") return;
  printLine(terminal);
  printLine(terminal, colours.dim("what the agent is told"));
  for (const sentence of decision.reason.split("\n")) printLine(terminal, `  ${visible(sentence)}`);
}

function effectLine(colours: Colours, command: string, effect: Effect): string {
  const source = effect.span === undefined ? "" : command.slice(effect.span.start, effect.span.end);
  const by = source === "" || source === command ? effect.via : `${effect.via}: ${visible(source)}`;
  const sure = effect.certainty === "certain" ? "certain " : "possible";
  return `  ${effect.kind.padEnd(10)} ${sure}  ${describeEffect(effect)}  ${colours.dim(`[${by}]`)}`;
}

export const declareCheck: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "check")
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
};
