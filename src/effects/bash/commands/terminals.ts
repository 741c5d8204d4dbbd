// Terminal multiplexers, schedulers and drivers: commands that run in another terminal, or later.

import type { Produced, Word } from "../command.ts";
import { joined } from "../command-words.ts";
import { leadingText } from "../options.ts";
import { type Act, family, program, textOf, tool } from "../tool.ts";

/** tmux(1): options that take a value, for each command that runs something. */
const tmuxRunning: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "new-session new": "cenxytFfs",
    "new-window neww": "ceFntk",
    "split-window splitw": "celtFp",
    "respawn-pane respawnp": "cet",
    "respawn-window respawnw": "cet",
    "display-popup popup": "bcdehsStTwxy",
    "run-shell run": "cdt",
    "pipe-pane pipep": "t",
    "if-shell if": "t",
    "new-pane": "cet",
  }).flatMap(([names, letters]) => names.split(" ").map((name) => [name, letters] as const)),
);

const tmuxTyping = new Set([
  "send-keys",
  "send",
  "send-prefix",
  "paste-buffer",
  "pasteb",
  "source-file",
  "source",
  "command-prompt",
  "confirm-before",
  "bind-key",
  "bind",
  "set-hook",
  "set-buffer",
]);
const tmuxLooks = new Set(
  "ls list-sessions lsw list-windows lsp list-panes lsc list-clients lscm list-commands lsk list-keys lsb list-buffers has has-session capture-pane capturep display-message display show showw show-options show-window-options show-environment showenv show-buffer showb show-messages info show-hooks".split(
    " ",
  ),
);

/** Commands in one call of tmux that are looked at. */
const maxCommands = 32;

const tmux = program((act) => {
  const rest = skipOptions(act.args, "cfLST");
  const commands = commandsOf(rest);
  for (const words of commands.slice(0, maxCommands)) runTmux(act, words);
  return commands.length > maxCommands
    ? act.unknown("tmux is given very many commands")
    : undefined;
});

/** `;` as a word of its own, or at the end of one, begins another command. */
function commandsOf(words: readonly Word[]): readonly (readonly Word[])[] {
  const commands: Word[][] = [[]];
  for (const word of words) {
    if (word.value === ";") commands.push([]);
    else commands.at(-1)?.push(word);
  }
  return commands;
}

function runTmux(act: Act, [name, ...words]: readonly Word[]): Produced | undefined {
  const command = name?.value ?? "";
  if (name === undefined || tmuxLooks.has(command)) return act.inspect();
  const letters = tmuxRunning.get(command);
  if (tmuxTyping.has(command))
    return act.unknown(`tmux ${command} types into a program or keeps commands for later`);
  const rest = letters === undefined ? [] : skipOptions(words, letters);
  if (letters === undefined || rest.length === 0) return act.execute({ via: `tmux ${command}` });
  if (command.startsWith("if")) {
    for (const text of rest)
      act.script(text, { possible: true, via: `tmux ${command}`, newShell: true });
    return undefined;
  }
  // One word is for a shell, several are a program and its arguments.
  return rest.length === 1
    ? act.script(joined(act, rest), { via: `tmux ${command}`, newShell: true })
    : act.run(rest, { via: `tmux ${command}` });
}

/** The words behind getopt options of which some letters take a value. */
function skipOptions(words: readonly Word[], letters: string): readonly Word[] {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    const text = word === undefined ? "" : leadingText(word);
    if (text === "--") return words.slice(at + 1);
    if (!text.startsWith("-") || text === "-") return words.slice(at);
    const taking = [...text.slice(1)].findIndex((letter) => letters.includes(letter));
    if (taking >= 0 && taking === text.length - 2) at += 1;
  }
  return [];
}

/** screen(1): `-X stuff` types into a program, other words are a program and its arguments. */
const screen = tool<string>(
  "4 6 a A c: d D e: f h: i l L m O p: q Q r:: R s: S: t: T: U v w:: wipe:: x X ls:: list:: Logfile:",
  (act, options) => {
    if (options.has("ls") || options.has("list") || options.has("Q")) return undefined;
    if (options.has("X")) {
      const [command] = options.operands;
      if (command?.value === "quit" || command?.value === "kill") return act.execute();
      return act.unknown("screen -X gives a running screen a command");
    }
    return options.operands.length === 0 ? act.execute() : act.run(options.operands);
  },
  { order: "posix", singleDash: true, abbreviations: false },
);

/** at(1) and batch(1) read shell text from standard input and run it later. */
const at = tool<string>("V q: f: m M k t: l r d c b v u:", (act, options) => {
  if (options.has("l") || options.has("c") || options.has("V")) return;
  if (options.has("r") || options.has("d"))
    return act.delete(
      { form: "unresolved", path: `at job ${options.operands.map(textOf).join(" ")}` },
      { certainty: "certain" },
    );
  const { stdin } = act.invocation;
  const file = options.value("f");
  if (file !== undefined) {
    const content = act.scope.contentOf(file);
    return content === undefined
      ? act.unknown(`at runs ${textOf(file)} later`)
      : act.script(content, { newShell: true });
  }
  if (stdin.kind === "text") return act.script(stdin.text, { newShell: true });
  return act.unknown("at runs later what comes on standard input");
});

/** expect(1): the programs that a script spawns are read, what it sends to them is doubt. */
const expect = tool<string>(
  "c: d D: f: i n N b v",
  (act, options) => {
    const { stdin } = act.invocation;
    const texts = options.values("c").map((word) => word.value);
    if (texts.length === 0 && stdin.kind === "text" && options.operands.length === 0)
      texts.push(stdin.text);
    if (texts.length === 0 && options.operands.length === 0 && !options.has("f"))
      return act.execute();
    for (const text of texts) spawns(act, text ?? "");
    return act.unknown("expect runs a script of Tcl");
  },
  { order: "posix" },
);

/** Lines of one Tcl script that are looked at. */
const maxLines = 2_000;

function spawns(act: Act, script: string): void {
  for (const line of script.split(/[\n;]/, maxLines)) {
    const match = /^\s*(?:spawn|exec|system)\s+(?:-\w+\s+)*(.*)$/.exec(line.slice(0, 4_096));
    if (match?.[1] !== undefined) act.script(match[1], { via: "expect spawn", newShell: true });
  }
}

/** gdb(1): its own commands may run a shell; the program runs where they say so. */
const gdb = tool<string>(
  "args batch batch-silent return-child-result ex,eval-command: iex,init-eval-command: x,command: ix,init-command: cd: nx n nh q,quiet,silent p,pid: c,core: s,symbols: e,exec: se: d,directory: tty: tui nw w write readnow r b: l: data-directory: D: i,interpreter: statistics fullname f configuration",
  (act, options) => {
    const commands = [...options.values("iex"), ...options.values("ex")].map(
      (word) => word.value ?? "",
    );
    for (const command of commands) runsInDebugger(act, command);
    for (const file of [...options.values("x"), ...options.values("ix")])
      act.unknown(`gdb runs the commands of ${textOf(file)}`);
    const runs =
      options.has("args") &&
      commands.some((command) => /^\s*(?:r|run|start|starti|continue)\b/.test(command));
    if (runs || (options.has("args") && commands.length === 0))
      return act.run(options.operands, { possible: true });
    return act.execute();
  },
  { order: "posix", singleDash: true },
);

function runsInDebugger(act: Act, command: string): void {
  const shell = /^\s*(?:!|shell\s|make\s|pipe\s[^|]*\|)\s*(.*)$/s.exec(command.slice(0, 4_096));
  if (shell?.[1] !== undefined) act.script(shell[1], { via: "gdb shell", newShell: true });
  else if (/^\s*(?:py|python|guile|source|call|print|p|compile)\b/.test(command))
    act.unknown(`gdb runs ${command.trim().split(/\s/)[0]}`);
}

/** BusyBox and toybox: the first word is an applet. */
const busybox = program((act) => {
  const [applet] = act.args;
  if (applet === undefined || applet.value === "--list" || applet.value === "--list-full")
    return act.inspect();
  if (applet.value === "--install")
    return act.write(act.args.at(-1) ?? "/bin", { recursive: true });
  return act.run(act.args);
});

export const terminals = family(
  ["tmux", tmux],
  ["screen", screen],
  ["at batch", at],
  [
    "atrm",
    tool("V q:", (act, { operands }) =>
      act.delete(
        { form: "unresolved", path: `at job ${operands.map(textOf).join(" ")}` },
        { certainty: "certain" },
      ),
    ),
  ],
  ["atq", tool("V q:", () => undefined)],
  ["expect", expect],
  ["gdb lldb cgdb", gdb],
  ["busybox toybox", busybox],
);
