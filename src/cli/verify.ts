// proctor verify: is what was recorded what is there?

import type { Overrides } from "../config.ts";
import type { Persistence } from "../store/store.ts";
import { configured, type Declare, withStore } from "./command.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

export async function verifyStore(
  terminal: Terminal,
  store: Persistence,
  { json }: { json: boolean },
): Promise<number> {
  const report = await store.verify();
  const ok = report.problems.length === 0;
  if (json) {
    printJson(terminal, { ok, ...report });
    return ok ? exitCodes.ok : exitCodes.problems;
  }
  const colours = coloursOf(terminal);
  for (const { trajectory, position, problem } of report.problems) {
    printLine(terminal, `${colours.red("problem")}  ${trajectory}, record ${position}: ${problem}`);
  }
  printLine(
    terminal,
    `${report.records} records of ${report.trajectories} trajectories: ${ok ? colours.green("the chains hold") : colours.red(`${report.problems.length} problems`)}`,
  );
  printLine(
    terminal,
    "This shows that nothing was changed, removed or reordered by someone without the chain key. It\n" +
      "cannot show that records after the last anchor of an open trajectory were not cut off.",
  );
  return ok ? exitCodes.ok : exitCodes.problems;
}

export const declareVerify: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "verify")
    .description("Check the chains of everything that was recorded.")
    .option("--json", "the report as JSON")
    .action(async (flags: Overrides & { json?: boolean }) =>
      finish(
        await withStore(programs, flags, (store) =>
          verifyStore(terminal, store, { json: flags.json ?? false }),
        ),
      ),
    );
};
