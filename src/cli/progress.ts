// How far long work is, in one line that is written over: for people only.

import type { Terminal } from "./terminal.ts";

export interface Progress {
  /** At most a few times a second; what lies between is not shown. */
  show(line: string): void;
  /** Takes the line away. */
  done(): void;
}

const everyMs = 250;
/** Back to the start of the line, and everything behind it erased (ECMA-48 EL). */
const overwrite = "\r\u001b[K";

export function createProgress(terminal: Terminal, nowMs: () => number): Progress {
  if (!terminal.colours) return { show: () => undefined, done: () => undefined };
  let last = 0;
  return {
    show(line) {
      const now = nowMs();
      if (now - last < everyMs) return;
      last = now;
      terminal.stderr.write(`${overwrite}${line}`);
    },
    done() {
      if (last > 0) terminal.stderr.write(overwrite);
    },
  };
}
