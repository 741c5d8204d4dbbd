// proctor verify: is what was recorded what is there?

import type { Overrides } from "../config.ts";
import type { Persistence, StoreAnchor } from "../store/store.ts";
import { readAnchors } from "./anchor.ts";
import { printReport } from "./chain-report.ts";
import { configured, type Declare, withStore } from "./command.ts";
import { exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

export async function verifyStore(
  terminal: Terminal,
  store: Persistence,
  { known, json }: { known: readonly StoreAnchor[]; json: boolean },
): Promise<number> {
  const report = await store.verify(known);
  const ok = report.problems.length === 0;
  if (json) printJson(terminal, { ok, ...report });
  else {
    printReport(terminal, report);
    printLine(terminal, "What this does not show:");
    for (const sentence of report.unproven) printLine(terminal, `  ${sentence}`);
  }
  return ok ? exitCodes.ok : exitCodes.problems;
}

export const declareVerify: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "verify")
    .description("Check the chains of everything that was recorded.")
    .option(
      "--anchor <file>",
      "an anchor that was kept elsewhere; may be repeated",
      (file: string, files: readonly string[]) => [...files, file],
      [],
    )
    .option("--json", "the report as JSON")
    .addHelpText(
      "after",
      `
Finds what was changed, removed or reordered by somebody without the chain key. With an anchor of
earlier on also: a tail that was cut off, a store that was put back, and one that somebody with the
key wrote anew. Exit codes: 0 the chains hold, 1 problems.
`,
    )
    .action(
      async ({
        json = false,
        anchor,
        ...flags
      }: Overrides & { json?: boolean; anchor: readonly string[] }) => {
        const known = readAnchors(terminal.cwd, anchor);
        const verify = (store: Persistence) => verifyStore(terminal, store, { known, json });
        finish(await withStore(programs, flags, verify));
      },
    );
};
