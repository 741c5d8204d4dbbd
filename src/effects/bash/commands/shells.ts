// Shells as programs: `-c`, a script file, standard input.

import type { Produced, RunOptions, Word } from "../command.ts";
import { type Act, family, program, textOf } from "../tool.ts";
import { runsUnseen, type Source, sourceOf } from "../unseen.ts";

/** What a shell was told to run, and how. */
interface ShellCall {
  readonly command: boolean;
  readonly readsStdin: boolean;
  /** Reads and executes nothing (`-n`). */
  readonly noExec: boolean;
  readonly onlyShows: boolean;
  readonly rest: readonly Word[];
  /** Files that are run first. */
  readonly first: readonly Word[];
}

interface Dialect {
  readonly name: "bash" | "posix";
  /** Long options that take the next word. */
  readonly longWithValue: readonly string[];
  /** Its grammar is not Bash's: text beyond plain commands is doubt. */
  readonly foreign?: boolean;
}

function readShellCall(args: readonly Word[], { longWithValue }: Dialect): ShellCall {
  const seen = { command: false, readsStdin: false, noExec: false, onlyShows: false };
  const first: Word[] = [];
  let at = 0;
  for (; at < args.length; at += 1) {
    const text = args[at]?.value;
    if (text === undefined || !/^[-+]./.test(text)) break;
    if (text === "--") {
      at += 1;
      break;
    }
    if (text.startsWith("--")) {
      const [name = "", value] = text.slice(2).split("=", 2);
      seen.onlyShows ||= name === "help" || name === "version" || name.startsWith("dump-");
      seen.command ||= name === "command";
      const file = args[at + 1];
      if (name === "command" && value !== undefined)
        return { ...seen, rest: [attachedTo(args, at)], first };
      if (value !== undefined || !longWithValue.includes(name)) continue;
      if (name === "rcfile" || name === "init-file")
        first.push(...(file === undefined ? [] : [file]));
      at += 1;
      continue;
    }
    if (text.startsWith("-")) {
      seen.command ||= text.includes("c");
      seen.readsStdin ||= text.includes("s");
      seen.noExec ||= text.includes("n");
      seen.onlyShows ||= text === "-D";
    }
    // `-o` and `-O` each take a word of their own, after the cluster.
    for (const letter of text) if (letter === "o" || letter === "O") at += 1;
  }
  if (args[at]?.value === "-") at += 1;
  return { ...seen, rest: args.slice(at), first };
}

function attachedTo(args: readonly Word[], at: number): Word {
  const word = args[at];
  const text = word?.value ?? "";
  const value = text.slice(text.indexOf("=") + 1);
  return {
    ...(word ?? { parts: [], many: false, source: "", span: { start: 0, end: 0 } }),
    value,
    parts: [{ kind: "text", text: value }],
  };
}

function shell(dialect: Dialect) {
  return program((act) => {
    const call = readShellCall(act.args, dialect);
    if (call.onlyShows) return act.inspect();
    const [head, ...args] = call.rest;
    if (call.noExec) return call.command || head === undefined ? act.inspect() : act.read(head);
    for (const file of call.first) runsUnseen(act, file);
    const { assignments } = act.invocation;
    const how: RunOptions = { newShell: true, dialect: dialect.name, assignments };
    if (call.command) {
      if (head === undefined) return undefined;
      if (dialect.foreign === true) doubtForeign(act, head);
      return act.script(head, { ...how, parameters: args });
    }
    const source =
      head === undefined || call.readsStdin ? sourceOf(act, undefined) : sourceOf(act, head);
    const parameters =
      call.readsStdin || head === undefined
        ? [act.scope.word(act.invocation.program), ...call.rest]
        : [head, ...args];
    return runSource(act, source, { ...how, parameters });
  });
}

function runSource(act: Act, source: Source, how: RunOptions): Produced | undefined {
  switch (source.kind) {
    case "text":
      return act.script(source.text, how);
    case "nothing":
      return act.execute();
    case "unseen":
      return undefined;
  }
}

/** Words, quotes, pipes and lists mean the same to every shell. */
function doubtForeign(act: Act, text: Word): void {
  const source = text.value ?? "";
  const plain = /^[\w\s./~=:@%+,;|&<>'"*?-]*$/.test(source);
  if (!plain)
    act.unknown(`${act.invocation.program} reads ${textOf(text)} by a grammar of its own`);
}

const bash: Dialect = { name: "bash", longWithValue: ["rcfile", "init-file"] };
const posix: Dialect = { name: "posix", longWithValue: [] };
const fish: Dialect = {
  name: "posix",
  longWithValue: ["command", "init-command", "features", "profile"],
  foreign: true,
};

export const shells = family(
  ["bash rbash bash5", shell(bash)],
  ["sh dash ash ksh ksh93 mksh lksh pdksh oksh yash posh zsh rzsh hush", shell(posix)],
  ["fish csh tcsh rc es elvish xonsh nu nushell osh oil ysh", shell(fish)],
);
