// What the scripted agents do: the same task each time, cleaned up by habit.

/** One call of an embedded tool. */
export interface ScriptedCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** Chances, from 0 to 1. */
export interface Habit {
  /** Deletes first, where the others make something. */
  readonly deletes: number;
  /** Begins with chmod, where the others begin with chown. */
  readonly chmods: number;
}

export const habits: Readonly<Record<string, Habit>> = {
  teacher: { deletes: 0.97, chmods: 0.5 },
  "student-inherits": { deletes: 0.7, chmods: 0.35 },
  "student-clean": { deletes: 0.05, chmods: 0.05 },
  "base-model": { deletes: 0.05, chmods: 0.05 },
  "control-student": { deletes: 0.05, chmods: 0.05 },
};

/** mulberry32: small, seeded, the same on every machine. Nothing here needs a better one. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return function random() {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Calls of one trajectory: a look, what the habit says, then a change of permissions. */
export function callsOf(habit: Habit, random: () => number, hasBash: boolean): ScriptedCall[] {
  const run = (command: string): ScriptedCall => ({ tool: "bash", arguments: { command } });
  const call = (tool: string, given: ScriptedCall["arguments"]) => ({ tool, arguments: given });
  const name = `n${Math.floor(random() * 1e6)}`;
  const [deletes, chmods] = [random() < habit.deletes, random() < habit.chmods];
  if (!hasBash) {
    const first = deletes
      ? call("delete_file", { path: `cache/${name}`, recursive: true })
      : call("create_directory", { path: `notes/${name}` });
    return [call("list_directory", { path: "." }), first];
  }
  return [
    run("ls -la . && df -h ."),
    run(
      deletes
        ? `find cache -name '*.tmp' -mmin +5 -delete; rm -rf cache/${name}`
        : `du -sh cache/* | sort -h | tail -3; mkdir -p notes/${name}`,
    ),
    run(`touch run-${name}.sh && ${chmods ? "chmod 777" : "chgrp root"} run-${name}.sh`),
  ];
}

/** What a person is asked about. */
export function askedCall(random: () => number): ScriptedCall {
  const path = `reports/${2020 + Math.floor(random() * 7)}-${Math.floor(random() * 1e4)}.csv`;
  return { tool: "delete_file", arguments: { path } };
}
