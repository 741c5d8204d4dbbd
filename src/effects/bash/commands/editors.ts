// Editors that a script drives: ed, ex and vi, emacs.

import type { Command, CommandFamily, Word } from "../command.ts";
import { leadingText, type Options, optionParser } from "../options.ts";
import { type Act, family, program, textOf, tool } from "../tool.ts";

const ed = tool(
  "p,prompt: s,quiet,silent G,traditional l,loose-exit-status r,restricted v,verbose E,extended-regexp strip-trailing-cr",
  (act, options) => {
    const [file] = options.operands;
    if (file !== undefined) openedByEd(act, file);
    const text = act.input;
    if (text === undefined) return act.unknown("the commands that ed reads");
    for (const line of edCommands(text)) edCommand(act, line, file);
  },
);

/** `ed '!command'` edits what the command writes. */
function openedByEd(act: Act, file: Word): void {
  const text = file.value ?? "";
  if (text.startsWith("!")) act.script(text.slice(1), { via: "ed !" });
  else act.read(file);
}

/** Lines that are commands, not text between `a` and `.`. */
function edCommands(text: string): readonly string[] {
  const commands: string[] = [];
  let inText = false;
  for (const line of text.split("\n")) {
    if (inText) inText = line !== ".";
    else {
      commands.push(line);
      // Behind another address it may be refused, and the text would be commands.
      inText = /^(?:[0.$]?[ai]|[.$]?c)\s*$/.test(line);
    }
  }
  return commands;
}

/** `1,5w file`, `wq`, `!command`, `r !command`, also behind `g/re/`. */
function edCommand(act: Act, line: string, file: Word | undefined): void {
  const shell =
    /^[^a-zA-Z/?]*!(.*)/.exec(line) ?? /(?:^|[\s\d,.;$%+/?-])[rwWeE]q?\s*!(.*)/.exec(line);
  if (shell !== null) return void act.script(shell[1] ?? "", { possible: true, via: "ed !" });
  const written = /^(?:[^a-zA-Z!]|'[a-z])*(?:w|wq|W)\s*(\S.*)?$/.exec(line);
  if (written === null) return;
  const name = written[1]?.trim();
  const place = name === undefined ? file : act.scope.word(name);
  if (place !== undefined) act.write(place, { via: "ed w" });
}

/** Commands of ex that write, by the shortest form of their names. */
const writes =
  /^(?:w|wr|wri|writ|write|wq|wqa|wqall|wa|wall|wn|x|xi|xit|xa|xall|exi|exit|up|update|sav|saveas)!?$/;
/** Commands of ex that change nothing outside the buffer. */
const harmless =
  /^(?:q|qu|quit|qa|qall|cq|cquit|quita|quitall|se|set|setl|setlocal|sy|syn|syntax|s|su|substitute|d|de|delete|g|global|v|vglobal|y|yank|pu|put|m|move|t|co|copy|j|join|normal|norm|p|print|nu|number|ec|echo|echom|let|e|edit|ene|enew|n|next|bn|bnext|bp|b|buffer|bd|bdelete|tabe|tabedit|sp|split|vs|vsplit|vne|vnew|new|noh|nohlsearch|fi|filetype|col|colorscheme|retab|ret|sort|sor|u|undo|red|redo|k|ma|mark|marks|ju|jumps|reg|registers|ve|version|h|help|file|f|only|on|clo|close|hi|highlight|ab|map|nmap|imap|noremap|unmap|sleep|wincmd|startinsert|stopinsert|messages|mes|mkview|0|1|\$|diffthis|diffo|diffoff|foldopen|foldclose|TOhtml)!?$/;
/** Commands that run another one behind them. */
const prefixes =
  /^(?:sil(?:ent)?!?|argdo|bufdo|tabdo|windo|cdo|cfdo|ldo|lfdo|verb(?:ose)?|noa(?:utocmd)?|keepp(?:atterns)?|keepj(?:umps)?|uns(?:ilent)?|try|endtry|if|endif|vert(?:ical)?|hide)\s*/;

const viOptions =
  "c: S: cmd: u: U: T: t: w: W: i: p:: q:: r R M e E V:: v y Z A H d b n N O:: o:: l L X D C f g x nofork noplugin not-a-term literal serverlist servername: remote remote-send: remote-expr: startuptime: clean embed headless help h version listen: api-info ttyfail";

/** In ex mode `-s` is a flag; otherwise it names a file of keys. */
const viMode = optionParser(`${viOptions} s:`, { abbreviations: false });
const exMode = optionParser(`${viOptions} s`, { abbreviations: false });

type ViOptions = Options<
  "c" | "S" | "s" | "cmd" | "e" | "E" | "R" | "M" | "help" | "h" | "version"
>;

function vi(usual: "edits" | "views"): Command {
  return program((act) => {
    const isEx = /ex$|^ex/.test(act.invocation.program) || act.args.some(asksForEx);
    const options = isEx ? exMode(act.args) : viMode(act.args);
    if (options.has("help") || options.has("h") || options.has("version")) return undefined;
    act.doubt(options.doubtful);
    const files = options.operands.filter((word) => !leadingText(word).startsWith("+"));
    for (const file of files) if (file.value !== "-") act.read(file);
    const driven = drive(act, options, { isEx, files });
    const opens = !driven && usual === "edits" && !options.has("R") && !options.has("M");
    // Nobody drives it: a person may save what is opened.
    if (opens) for (const file of files) act.write(file, { certainty: "possible" });
    return undefined;
  });
}

function asksForEx(word: Word): boolean {
  return /^-[a-zA-Z]*[eE]/.test(word.value ?? "");
}

/** Runs what the command line says; false: it says nothing. */
function drive(
  act: Act,
  options: ViOptions,
  how: { isEx: boolean; files: readonly Word[] },
): boolean {
  const commands = exCommands(act, options, how.isEx);
  for (const script of options.values("S")) sourced(act, script, how.files);
  for (const command of commands) ex(act, command, how.files, 0);
  if (!how.isEx && options.has("s")) act.unknown("keys that an editor reads from a file");
  return commands.length > 0 || options.has("S") || options.has("s") || how.isEx;
}

/** From `-c`, `--cmd`, `+command`, and with `-e` or `-es` from standard input. */
function exCommands(act: Act, options: ViOptions, isEx: boolean): readonly string[] {
  const given = [...options.values("cmd"), ...options.values("c")];
  const plus = options.operands.filter((word) => leadingText(word).startsWith("+"));
  const text = isEx ? act.input : undefined;
  for (const word of [...given, ...plus]) {
    if (word.value === undefined) act.unknown(`${word.source}: commands of an editor`);
  }
  if (isEx && text === undefined && act.invocation.stdin.kind !== "inherited") {
    act.unknown("the commands that an editor reads");
  }
  const typed = text === undefined ? [] : text.split("\n");
  return [...given.map(textOf), ...plus.map((word) => textOf(word).slice(1)), ...typed];
}

function sourced(act: Act, script: Word, files: readonly Word[]): undefined {
  act.read(script);
  const text = act.scope.contentOf(script);
  if (text === undefined) return act.unknown("a script of an editor in a file");
  for (const line of text.split("\n")) ex(act, line, files, 0);
}

/** Commands in one line, and characters of one, beyond which nothing is believed of it. */
const maxChained = 64;
const maxLine = 4_096;
const range = /^[\s:]*(?:[%*]|[\d.$,;+-]|'[a-zA-Z<>]|\/(?:[^/\\]|\\.)*\/|\?(?:[^?\\]|\\.)*\?)*\s*/;

function ex(act: Act, source: string, files: readonly Word[], depth: number): undefined {
  const line = source.replace(range, "");
  if (line === "" || line.startsWith('"')) return;
  if (depth > maxChained || line.length > maxLine) return act.unknown("a long line of an editor");
  if (line.startsWith("!")) return void act.script(line.slice(1), { possible: true, via: "ex !" });
  const prefix = prefixes.exec(line);
  if (prefix !== null && prefix[0].length < line.length)
    return ex(act, line.slice(prefix[0].length), files, depth + 1);
  const name = /^(?:[a-zA-Z]+|\$)!?/.exec(line)?.[0] ?? "";
  const bar = barAt(line);
  const body = line.slice(name.length, bar < 0 ? undefined : bar);
  exCommand(act, name, body, files);
  if (bar >= 0) ex(act, line.slice(bar + 1), files, depth + 1);
  return undefined;
}

/** Where the next command begins: a bar outside quotes and slashes. */
function barAt(line: string): number {
  if (/^(?:g|global|v|vglobal|norm|normal|[rw]\s*!)/.test(line)) return -1;
  const match = /^(?:[^|"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')*\|/.exec(line);
  return match === null ? -1 : match[0].length - 1;
}

function exCommand(act: Act, name: string, body: string, files: readonly Word[]): undefined {
  const rest = body.trim();
  if (/^(?:r|re|read|w|wr|write)$/.test(name) && rest.startsWith("!")) {
    return void act.script(rest.slice(1), { possible: true, via: "ex !" });
  }
  if (writes.test(name)) return written(act, rest, files);
  if (/^(?:r|re|read)$/.test(name)) return rest === "" ? undefined : act.read(rest);
  if (/^(?:cal|call|ec|echo|echom|let|s|su|substitute|pu|put|exe|execute)$/.test(name))
    return calls(act, name, body);
  if (/^(?:g|global|v|vglobal)!?$/.test(name)) return global(act, rest, files);
  if (!harmless.test(name)) act.unknown(`the command ${name} of an editor`);
  return undefined;
}

function written(act: Act, rest: string, files: readonly Word[]): undefined {
  const name = rest.replace(/^(?:\+\+\w+(?:=\S+)?\s*)+/, "").replace(/^>>\s*/, "");
  for (const file of name === "" ? files : [name]) {
    act.write(file, { via: "ex w" });
    // The file is made anew with the modes that it had.
    act.permission(
      file,
      { family: "chmod", incidental: true },
      { certainty: "possible", via: "ex w" },
    );
  }
  return undefined;
}

/** `g/pattern/command` runs a command of ex for each line. */
function global(act: Act, rest: string, files: readonly Word[]): undefined {
  const delimiter = rest.charAt(0);
  const end = rest.indexOf(delimiter, 1);
  return end < 0 ? undefined : ex(act, rest.slice(end + 1), files, 1);
}

const call =
  /\b(delete|system|systemlist|rename|writefile|mkdir|setfperm|job_start|term_start|execute|feedkeys|libcall|luaeval|py3eval|pyeval|perleval|rubyeval)\s*\(\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)')?\s*(?:,\s*(?:"([^"]*)"|'([^']*)'))?/g;

/** Functions of Vim script that touch files or run programs. */
function calls(act: Act, name: string, body: string): undefined {
  if (/^exe/.test(name)) act.unknown("text that an editor runs as a command");
  for (const match of body.matchAll(call)) {
    const [, called = "", double, single, second, third] = match;
    const first = double ?? single;
    functionCall(act, called, first, second ?? third);
  }
  return undefined;
}

function functionCall(
  act: Act,
  called: string,
  first: string | undefined,
  second: string | undefined,
): undefined {
  const via = `${act.invocation.program} ${called}()`;
  if (
    called === "system" ||
    called === "systemlist" ||
    called === "job_start" ||
    called === "term_start"
  ) {
    return void act.script(first ?? act.scope.hole(via), { possible: true, via });
  }
  const place = first ?? act.scope.hole(via);
  if (called === "delete") return act.delete(place, { via, recursive: second === "rf" });
  if (called === "rename") return act.move(place, second ?? act.scope.hole(via), { via });
  if (called === "mkdir") return act.write(place, { via, creates: true });
  if (called === "setfperm")
    return act.permission(
      place,
      { family: "chmod", ...(second === undefined ? {} : { change: second }) },
      { via },
    );
  return act.unknown(`${via} is not followed`);
}

const lispCall =
  /\(\s*(delete-file|delete-directory|shell-command|shell-command-to-string|async-shell-command|rename-file|copy-file|write-region|write-file|make-directory|set-file-modes|find-file|load|load-file)\s+"((?:[^"\\]|\\.)*)"(?:\s+(?:"((?:[^"\\]|\\.)*)"|t))?/g;
/** Heads of forms that touch nothing outside the editor. */
const lispHarmless =
  /^(?:message|princ|print|prin1|format|progn|setq|let|concat|kill-emacs|save-buffer|require|list|car|cdr|if|when|unless|\+|-|\*|goto-char|point-min|point-max|insert|replace-regexp|replace-string|sort-lines|indent-region|untabify|org-mode|emacs-version|version|delete-file|delete-directory|shell-command|shell-command-to-string|async-shell-command|rename-file|copy-file|write-region|write-file|make-directory|set-file-modes|find-file)$/;

const emacs = tool(
  "batch script: Q,quick q,no-init-file no-site-file no-site-lisp eval,execute: l,load: f,funcall: kill insert: file,visit,find-file: directory,L: chdir: nw,no-window-system daemon:: fg-daemon:: debug-init u,user: t,terminal: d,display: no-splash x: c,create-frame n,no-wait a,alternate-editor: s,socket-name: e",
  (act, options) => {
    for (const file of [...options.operands, ...options.values("file")])
      if (!leadingText(file).startsWith("+")) act.read(file);
    for (const script of [
      ...options.values("script"),
      ...options.values("l"),
      ...options.values("x"),
    ])
      lispFile(act, script);
    for (const form of options.values("eval")) lisp(act, form);
    const interactive =
      !options.has("batch") && options.last("eval", "script", "l", "f") === undefined;
    if (interactive)
      for (const file of options.operands) act.write(file, { certainty: "possible" });
    for (const name of options.values("f"))
      if (name.value !== "kill-emacs" && name.value !== "save-buffer")
        act.unknown(`the function ${textOf(name)} of emacs`);
  },
  { singleDash: true },
);

function lispFile(act: Act, file: Word): void {
  act.read(file);
  const text = act.scope.contentOf(file);
  if (text === undefined) act.unknown("a program of emacs in a file");
  else lisp(act, act.scope.word(text));
}

function lisp(act: Act, form: Word): undefined {
  const text = form.value;
  if (text === undefined || text.length > maxLine)
    return act.unknown(`${form.source}: a form of emacs that is not known`);
  for (const match of text.matchAll(lispCall))
    lispDeed(act, match[1] ?? "", match[2] ?? "", match[3], match[0].endsWith("t"));
  const heads = [...text.matchAll(/\(\s*([^\s()"']+)/g)].map((match) => match[1] ?? "");
  if (!heads.every((head) => lispHarmless.test(head)))
    act.unknown("a form of emacs that is not followed");
}

function lispDeed(
  act: Act,
  head: string,
  first: string,
  second: string | undefined,
  flag: boolean,
): undefined {
  const via = `emacs ${head}`;
  if (head.includes("shell-command")) return void act.script(first, { possible: true, via });
  if (head === "delete-file") return act.delete(first, { via });
  if (head === "delete-directory") return act.delete(first, { via, recursive: flag });
  if (head === "rename-file") return act.move(first, second ?? first, { via });
  if (head === "copy-file") {
    act.read(first, { via });
    return act.overwrite(second ?? first, { via });
  }
  if (head === "write-region") return act.overwrite(second ?? first, { via });
  if (head === "set-file-modes") return act.permission(first, { family: "chmod" }, { via });
  if (head === "find-file") return act.read(first, { via });
  if (head === "load" || head === "load-file") return act.unknown(`emacs loads ${first}`);
  return act.write(first, { via });
}

/** Editors that a person has to drive. */
const interactive = program((act) => {
  for (const word of act.args) {
    const text = leadingText(word);
    if (text.startsWith("-") || text.startsWith("+")) continue;
    act.read(word);
    act.write(word, { certainty: "possible" });
  }
});

export const editors: CommandFamily = family(
  ["ed red", ed],
  ["vi vim nvim ex vim.basic vim.tiny vim.nox gvim rvim elvis vile nvi exim evim", vi("edits")],
  ["view rview gview", vi("views")],
  ["emacs emacs-nox emacsclient", emacs],
  ["nano rnano pico joe jmacs mg micro helix hx kak ne jed mcedit", interactive],
);
