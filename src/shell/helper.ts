// A process beside the command: it says whether a signal came to the whole process group, so that the command is
// not told twice, and it ends the command when proctor-shell is killed and can end nothing.

import { type ChildProcess, spawn } from "node:child_process";

export const passedSignals = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
] as const;
export type PassedSignal = (typeof passedSignals)[number];

export interface Helper {
  /** Resolves when it hears signals, or is not to be had. */
  readonly ready: Promise<void>;
  /** The command's process. */
  watch(pid: number): void;
  /** Resolves with whether the helper got the signal as well. */
  alsoGot(signal: PassedSignal): Promise<boolean>;
  close(): void;
}

const script = `
for name in INT TERM HUP QUIT USR1 USR2; do trap "echo SIG$name" $name; done
echo ready
pid= failed=0
while [ $failed -lt 20 ]; do
  if read -r line; then
    # An empty line: it ended.
    [ -n "$line" ] || exit 0
    pid=$line failed=0
  else
    # The end of the input, or a signal that interrupted the reading.
    kill -0 $PPID 2>/dev/null || break
    failed=$((failed + 1))
    sleep 0.02
  fi
done
[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
exit 0
`;

/** A group's signal reaches all of it at once. */
const togetherMs = 50;

/** In the same process group, for that is what it is asked about. */
export function startHelper(): Helper {
  const shell: ChildProcess = spawn("/bin/sh", ["-c", script], {
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const got = new Map<string, number>();
  let wake: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    shell.once("error", () => resolve());
    shell.once("exit", () => resolve());
    shell.stdout?.once("data", () => resolve());
  });
  shell.stdin?.on("error", () => {});
  shell.stdout?.setEncoding("utf8").on("data", (text: string) => {
    for (const name of text.split("\n")) if (name !== "") got.set(name, (got.get(name) ?? 0) + 1);
    wake();
  });

  function take(signal: string): boolean {
    const count = got.get(signal) ?? 0;
    if (count > 0) got.set(signal, count - 1);
    return count > 0;
  }

  return {
    ready,
    watch: (pid) => void shell.stdin?.write(`${pid}\n`),
    async alsoGot(signal) {
      if (take(signal)) return true;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, togetherMs);
      });
      return take(signal);
    },
    close() {
      shell.stdin?.end("\n");
    },
  };
}
