// A process beside the command: it says whether a signal came to the whole process group, so that the command is
// not told twice, and it ends the command when proctor-shell is killed and can end nothing.

import { type ChildProcess, spawn } from "node:child_process";
import { createLines } from "../core/lines.ts";

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
    failed=0
    case $line in
      '') exit 0 ;; # it ended
      '?') echo asked ;; # behind the traps of what came before
      *) pid=$line ;;
    esac
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

/** For the helper's answer, should something have ended it. */
const answerMs = 1_000;

/** In the same process group, for that is what it is asked about. */
export function startHelper(): Helper {
  const shell: ChildProcess = spawn("/bin/sh", ["-c", script], {
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const got = new Map<string, number>();
  const asking: (() => void)[] = [];
  const ready = new Promise<void>((resolve) => {
    shell.once("error", () => resolve());
    shell.once("exit", () => resolve());
    shell.stdout?.once("data", () => resolve());
  });
  shell.stdin?.on("error", () => {});
  const take = createLines({
    maxLength: 4_096,
    onLine(line) {
      if (line === "asked") asking.shift()?.();
      else got.set(line, (got.get(line) ?? 0) + 1);
    },
    onTooLong: () => {},
  });
  shell.stdout?.setEncoding("utf8").on("data", take);

  function used(signal: string): boolean {
    const count = got.get(signal) ?? 0;
    if (count > 0) got.set(signal, count - 1);
    return count > 0;
  }

  return {
    ready,
    watch: (pid) => void shell.stdin?.write(`${pid}\n`),
    async alsoGot(signal) {
      // A group's signal reaches all of it at once, so it stands before the question.
      await new Promise<void>((resolve) => {
        asking.push(resolve);
        shell.stdin?.write("?\n");
        setTimeout(resolve, answerMs).unref();
      });
      return used(signal);
    },
    close() {
      shell.stdin?.end("\n");
    },
  };
}
