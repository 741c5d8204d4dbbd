// proctor init: writes a commented proctor.yaml.

import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { tokenDigest } from "../../core/access.ts";
import { ProctorError } from "../../core/errors.ts";
import { newSecret } from "../../core/ids.ts";
import type { Declare } from "../command.ts";
import { exitCodes, printLine, type Terminal } from "../terminal.ts";
import { isSituation, situationNames, situations } from "./templates.ts";

export { situationNames } from "./templates.ts";

/** Never over a file that is there. @throws ProctorError `invalid_request` */
export function init(
  terminal: Terminal,
  { situation, output }: { situation: string; output: string },
): number {
  if (!isSituation(situation)) {
    throw new ProctorError(
      "invalid_request",
      `no situation "${situation}": ${situationNames.join(", ")}`,
    );
  }
  const { tokens, yaml } = situations[situation];
  const secrets = new Map<string, string>(
    tokens.map(({ name, kind }) => [name, newSecret(`pt_${kind}_`)]),
  );
  const file = resolve(terminal.cwd, output);
  write(
    file,
    yaml((name) => tokenDigest(secrets.get(name) ?? "")),
  );
  printLine(terminal, `${file} is written.`);
  if (secrets.size > 0) printLine(terminal, "\nThe tokens, shown once:");
  for (const [name, secret] of secrets) printLine(terminal, `  ${name.padEnd(12)} ${secret}`);
  printLine(terminal, "\nNext: look through it, `proctor config check`, `proctor serve`.");
  return exitCodes.ok;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: "wx" });
  } catch (cause) {
    const exists = cause instanceof Error && "code" in cause && cause.code === "EEXIST";
    const why = exists ? "it exists; choose another with --output" : String(cause);
    throw new ProctorError("invalid_request", `cannot write ${file}: ${why}`, { cause });
  }
}

export const declareInit: Declare = ({ program, terminal, finish }) => {
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
};
