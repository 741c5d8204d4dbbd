// proctor token: a new secret, and the digest that the config keeps of it.

import { tokenDigest } from "../core/access.ts";
import { newSecret } from "../core/ids.ts";
import { choice, type Declare } from "./command.ts";
import { exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

const kinds = ["agent", "harness", "viewer", "approver", "metrics", "admin"];

export function newTokenCommand(
  terminal: Terminal,
  { kind, json = false }: { kind: string; json?: boolean },
): number {
  const secret = newSecret(`pt_${kind}_`);
  const sha256 = tokenDigest(secret);
  if (json) {
    printJson(terminal, { kind, secret, sha256 });
    return exitCodes.ok;
  }
  printLine(terminal, "The secret, shown once:");
  printLine(terminal, `  ${secret}`);
  printLine(terminal, "For `tokens` in proctor.yaml:");
  printLine(terminal, `  - { name: my-${kind}, kind: ${kind}, agents: [], sha256: ${sha256} }`);
  return exitCodes.ok;
}

export const declareToken: Declare = ({ program, terminal, finish }) => {
  program
    .command("token")
    .description("Make a token, and print what the config needs of it.")
    .addOption(choice("--kind <kind>", "what its bearer may do", kinds, { required: true }))
    .option("--json", "as JSON")
    .action((flags: { kind: string; json?: boolean }) => finish(newTokenCommand(terminal, flags)));
};
