// What a command writes to: streams, and colours where a person looks.

import type { Readable, Writable } from "node:stream";
import picocolors from "picocolors";
import type { Verdict } from "../core/decision.ts";

export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Colours and progress are for people: only on a terminal. */
  readonly colours: boolean;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Colours = ReturnType<typeof picocolors.createColors>;

export function coloursOf(terminal: Terminal): Colours {
  return picocolors.createColors(terminal.colours);
}

export function printLine(terminal: Terminal, line = ""): void {
  terminal.stdout.write(`${line}\n`);
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.stdout.write(`${JSON.stringify(value)}\n`);
}

export function verdictColour(colours: Colours, verdict: Verdict): (text: string) => string {
  switch (verdict) {
    case "allow":
      return colours.green;
    case "ask":
      return colours.yellow;
    case "deny":
      return colours.red;
  }
}

/** Exit codes of every command. `check` also tells the verdicts apart. */
export const exitCodes = { ok: 0, problems: 1, usage: 2, ask: 3, deny: 4 } as const;
