// Ends the children when proctor is killed and can end nobody: a shell that waits for the end of its input.

import { type ChildProcess, spawn } from "node:child_process";

export interface Watchdog {
  /** A process group that must not outlive proctor. */
  add(group: number): void;
  remove(group: number): void;
  close(): void;
}

const script = `
trap '' INT TERM HUP
groups=
while read -r change group; do
  kept=
  for each in $groups; do [ "$each" = "$group" ] || kept="$kept $each"; done
  groups=$kept
  [ "$change" = + ] && groups="$groups $group"
done
for each in $groups; do kill -TERM "-$each" 2>/dev/null; done
[ -z "$groups" ] || sleep 1
for each in $groups; do kill -KILL "-$each" 2>/dev/null; done
exit 0
`;

/** Starts with the first group. */
export function createWatchdog(): Watchdog {
  let shell: ChildProcess | undefined;

  function tell(line: string): void {
    shell ??= start();
    if (shell.stdin?.writable) shell.stdin.write(line);
  }

  return {
    add: (group) => tell(`+ ${group}\n`),
    remove: (group) => tell(`- ${group}\n`),
    close: () => shell?.stdin?.end(),
  };
}

/** In a group of its own, so that what ends proctor's does not end it. */
function start(): ChildProcess {
  const env = { PATH: "/usr/bin:/bin" };
  const shell = spawn("/bin/sh", ["-c", script], {
    detached: true,
    env,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // Without it children still see the end of their input.
  shell.on("error", () => {});
  shell.stdin?.on("error", () => {});
  shell.unref();
  return shell;
}
