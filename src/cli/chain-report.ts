// What a verification found, for people.

import { visible } from "../core/display.ts";
import type { ChainReport } from "../store/store.ts";
import { coloursOf, printLine, type Terminal } from "./terminal.ts";

/** Problems, and a line that sums them up. */
export function printReport(terminal: Terminal, report: ChainReport): void {
  const { green, red } = coloursOf(terminal);
  for (const { trajectory, position, problem } of report.problems) {
    const where = position === 0 ? trajectory : `${trajectory}, record ${position}`;
    printLine(terminal, `${red("problem")}  ${visible(where)}: ${visible(problem)}`);
  }
  const count = report.problems.length + report.moreProblems;
  const verdict = count === 0 ? green("the chains hold") : red(`${count} problems`);
  printLine(
    terminal,
    `${report.records} records of ${report.trajectories} trajectories: ${verdict}`,
  );
}
