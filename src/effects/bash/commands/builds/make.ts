// make(1): a makefile is a file of the project, unless this call brings it along.

import { executesProject } from "../../cli.ts";
import type { Word } from "../../command.ts";
import { type Act, type FamilyRow, tool } from "../../tool.ts";

const make = tool<string>(
  [
    "B,always-make b m C,directory: d debug:: e,environment-overrides E,eval: f,file,makefile: h i,ignore-errors I,include-dir: j,jobs:: jobserver-style: k,keep-going l,load-average,max-load::",
    "L,check-symlink-times n,just-print,dry-run,recon o,old-file,assume-old: O,output-sync:: p,print-data-base q,question r,no-builtin-rules R,no-builtin-variables s,silent,quiet no-silent S,no-keep-going,stop",
    "shuffle:: t,touch trace v w,print-directory no-print-directory W,what-if,new-file,assume-new: warn-undefined-variables",
  ],
  (act, options) => {
    for (const file of [...options.values("f"), ...options.values("E")])
      readsMakefile(act, file, options.values("E").includes(file));
    if (options.has("n") || options.has("q") || options.has("p")) return act.inspect();
    return executesProject(act, { folder: options.value("C") ?? "." });
  },
);

/** Lines of one makefile that are looked at. */
const maxMakeLines = 5_000;
/** UTF-16 code units of one line in which `$(shell ...)` is looked for. */
const maxShellLength = 4_096;

/** A makefile that this call brings along. Its recipes are read as far as they are plain. */
function readsMakefile(act: Act, file: Word, isText: boolean): void {
  const standard = file.value === "-" || file.value === "/dev/stdin";
  const source = isText ? file.value : standard ? stdinText(act) : act.scope.contentOf(file);
  if (source === undefined) {
    if (standard || isText) act.unknown("make reads rules that are not known");
    return;
  }
  for (const line of source.split("\n", maxMakeLines)) recipeOf(act, line);
}

function stdinText(act: Act): string | undefined {
  const { stdin } = act.invocation;
  return stdin.kind === "text" ? stdin.text : undefined;
}

/** Lines behind tabs are shell text, and so is what `$(shell ...)` and `!=` take their value from. */
function recipeOf(act: Act, line: string): void {
  const via = `${act.invocation.program} recipe`;
  const shell = /\$\(shell\s([^()]*)\)|!=(.*)/.exec(line.slice(0, maxShellLength));
  const inner = shell?.[1] ?? shell?.[2];
  if (inner !== undefined) act.script(inner, { via, newShell: true, possible: true });
  const recipe = line.startsWith("\t") ? line.slice(1) : inlineRecipe(line);
  if (recipe === undefined) return;
  const text = recipe.replace(/^[@+-]+/, "").replaceAll("$$", "$");
  act.script(text, { via, newShell: true, possible: true });
}

/** `target: dependencies; command` */
function inlineRecipe(line: string): string | undefined {
  const colon = line.indexOf(":");
  const semicolon = line.indexOf(";", colon);
  return colon > 0 && semicolon > 0 && !line.startsWith("#")
    ? line.slice(semicolon + 1).trim()
    : undefined;
}

export const makeRows: readonly FamilyRow[] = [["make gmake bmake remake", make]];
