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
  /** A person sits at both ends: keys come one by one, and what is written can be redrawn. */
  readonly interactive: boolean;
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

/**
 * Cut to this many columns. Colour sequences (ECMA-48 SGR) take none, and what is cut off ends in a
 * reset. A character is taken to be one column wide.
 */
export function fittedLine(line: string, columns: number): string {
  let width = 0;
  let shown = "";
  for (const part of line.split(/(\u001b\[[0-9;]*m)/)) {
    const isColour = part.startsWith("\u001b[");
    const characters = isColour ? [] : [...part];
    shown += isColour ? part : characters.slice(0, columns - width).join("");
    width = Math.min(columns, width + characters.length);
  }
  return shown;
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
