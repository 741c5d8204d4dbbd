// Programs that run something later, turn logs over, or rename in bulk.

import type { CommandFamily, Word } from "../command.ts";
import type { Options } from "../options.ts";
import { type Act, family, inFolder, program, textOf, tool, wordOf } from "../tool.ts";

/** Where cron keeps the tables of users on Debian; other systems have a folder of another name. */
const crontabs = "/var/spool/cron/crontabs";

const crontab = tool("u: l r e i n s c h T:", (act, options) => {
  const table = tableOf(act, options.value("u"));
  const [file] = options.operands;
  if (options.has("l")) return act.read(table);
  if (options.has("r"))
    return act.delete(table, {
      via: "crontab -r",
      certainty: options.has("i") ? "possible" : "certain",
    });
  if (options.has("e")) return act.unknown("a table of cron that an editor changes");
  if (file !== undefined && file.value !== "-") act.read(file);
  if (options.has("n")) return;
  act.overwrite(table, { certainty: "certain" });
  runLater(act, act.contentOf(file), "crontab", cronCommands);
});

function tableOf(act: Act, user: Word | undefined): Word {
  const folder = act.scope.word(crontabs);
  return inFolder(folder, user === undefined ? [{ kind: "glob", text: "*" }] : user.parts);
}

function runLater(
  act: Act,
  text: string | undefined,
  via: string,
  commandsIn: (text: string) => readonly string[],
): undefined {
  if (text === undefined) return act.unknown(`commands that ${via} runs later`);
  for (const command of commandsIn(text)) act.script(command, { possible: true, via });
}

/** Entries of one table beyond this are not told apart. */
const maxEntries = 256;

/** crontab(5): five fields or one name of a time, then the command up to `%`. */
function cronCommands(text: string): readonly string[] {
  const lines = text.split("\n").filter((line) => !/^\s*(?:#|$|[A-Za-z_]\w*\s*=)/.test(line));
  if (lines.length > maxEntries) return [lines.map(cronCommand).join("\n")];
  return lines.map(cronCommand);
}

function cronCommand(line: string): string {
  const fields = line.trimStart().startsWith("@") ? 1 : 5;
  let rest = line.trimStart();
  for (let field = 0; field < fields; field += 1) {
    const end = rest.search(/\s/);
    rest = end < 0 ? "" : rest.slice(end).trimStart();
  }
  return rest.replace(/(?<!\\)%.*$/, "").replaceAll("\\%", "%");
}

const logrotate = tool(
  "d,debug f,force m,mail: s,state: skip-state-lock wait-for-state-lock v,verbose l,log: usage ?,help",
  (act, options) => {
    for (const file of options.operands) act.read(file);
    if (options.has("d") || options.has("usage")) return;
    const mail = options.value("m");
    if (mail !== undefined) act.script(mail, { possible: true, via: "logrotate --mail" });
    for (const file of options.values("l")) if (file.value !== "syslog") act.overwrite(file);
    for (const file of options.values("s")) act.write(file);
    if (options.operands.length > 0) act.unknown("what the configuration of logrotate names");
  },
);

const savelog = tool(
  "m: u: g: t p c: l j J 1 2 3 4 5 6 7 8 9 C d D: r: n q x:",
  (act, { operands }) => {
    for (const file of operands) act.move(file, `${textOf(file)}.0`, { overwrites: "yes" });
  },
);

const runParts = tool(
  "test list v,verbose d,debug report lsbsysinit new-session regex: u,umask: a,arg: exit-on-error stdin reverse",
  (act, options) => {
    const [folder] = options.operands;
    if (folder === undefined) return;
    if (options.has("test") || options.has("list")) return act.list(folder);
    act.emit({
      kind: "execute",
      program: "run-parts",
      words: [textOf(folder)],
      code: "file",
      inspects: false,
      target: act.target(folder),
    });
    act.unknown(`the programs in ${textOf(folder)}`);
  },
);

/** They empty folders of what has not been used for a while. */
const reaper = tool(
  "t,test a,all c,ctime d,nodirs f,force l,nosymlinks m,mtime M,dirmtime q,quiet s,fuser u,atime x,exclude: X,exclude-pattern: U,exclude-user: v,verbose protect: runtime: ctime mtime showdeleted symlinks",
  (act, options) => {
    for (const word of options.operands) {
      if (!/^[+-]?\d+[smhd]?$/.test(word.value ?? "")) cleared(act, word, options);
    }
  },
);

function cleared(act: Act, folder: Word, options: Options<"t">): void {
  if (options.has("t")) act.list(folder, { recursive: true });
  else act.delete(folder, { recursive: true, certainty: "possible" });
}

/**
 * Two programs have this name: that of Perl takes an expression and files, that of util-linux a text,
 * what takes its place, and files.
 */
const rename = tool(
  "v,verbose 0,null n,nono,no-act f,force d,filename,nopath,nofullpath path,fullpath u,unicode:: e: E: h,help m,man V,version s,symlink a,all l,last o,no-overwrite i,interactive",
  (act, options) => {
    const expressions = [...options.values("e"), ...options.values("E")];
    const [first, second] = options.operands;
    const perl = expressions.length > 0 || first === undefined || isPerl(first);
    const code = expressions.length > 0 ? expressions : first === undefined ? [] : [first];
    if (perl && !code.every(isSafe)) act.unknown(`an expression of ${act.invocation.program}`);
    const files = options.operands.slice(expressions.length > 0 ? 0 : perl ? 1 : 2);
    if (options.has("n") || (second === undefined && files.length === 0 && !perl)) return;
    const overwrites = perl !== options.has("f") || options.has("o") ? "no" : "unknown";
    for (const file of files) act.move(file, besides(file), { overwrites, certainty: "possible" });
  },
);

function isPerl(word: Word): boolean {
  return word.value === undefined || /^\s*(?:s|y|tr)\W|[$;/]/.test(word.value);
}

/** A substitution or transliteration without `e`, which would be code. */
function isSafe(word: Word): boolean {
  const text = word.value ?? "";
  const match = /^\s*(s|y|tr)([/|#,!:@])/.exec(text);
  if (match === null || /[$@]\{|\(\?\??\{/.test(text)) return false;
  const [, kind, delimiter = ""] = match;
  const pieces = text.split(delimiter);
  const flags = pieces.at(-1)?.replace(/[;\s]+$/, "") ?? "";
  return (
    pieces.length === 4 && (kind === "s" ? /^[gimsxl]*$/.test(flags) : /^[cdsr]*$/.test(flags))
  );
}

/** Some name in the same folder. */
function besides(file: Word): Word {
  const text = file.value ?? "";
  const slash = text.lastIndexOf("/");
  if (file.value === undefined) return { ...file, parts: [{ kind: "hole", why: "the new name" }] };
  return wordOf(
    [
      { kind: "text", text: text.slice(0, slash + 1) },
      { kind: "glob", text: "*" },
    ],
    file,
  );
}

const vidir = program((act) => act.unknown("what an editor makes of the names"));

/** They change the kernel's state and no file. */
const machine = program((act) => act.execute());

export const schedule: CommandFamily = family(
  ["crontab", crontab],
  ["logrotate", logrotate],
  ["savelog", savelog],
  ["run-parts", runParts],
  ["tmpwatch tmpreaper", reaper],
  ["rename prename file-rename perl-rename rename.ul", rename],
  ["vidir qmv imv mmv", vidir],
  ["ipcrm logger wall write mesg chsh chfn", machine],
);
