// proctor token: a new secret, and the digest that the config keeps of it.

import { tokenDigest } from "../core/access.ts";
import { newSecret } from "../core/ids.ts";
import { exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

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
