// fd(1): a find with options of its own, which can run a command for what it finds.

import type { CommandFamily, Produced, Word } from "../command.ts";
import { dropText, leadingText, type Options, optionParser } from "../options.ts";
import { type Act, family, globIn, program, replaced } from "../tool.ts";

const parse = optionParser([
  "H,hidden I,no-ignore no-ignore-vcs no-ignore-parent no-global-ignore-file u,unrestricted",
  "s,case-sensitive i,ignore-case g,glob regex F,fixed-strings and: a,absolute-path l,list-details",
  "L,follow p,full-path 0,print0 d,max-depth,maxdepth: min-depth: exact-depth: E,exclude: prune t,type:",
  "e,extension: S,size: changed-within,change-newer-than,newer,changed-after:",
  "changed-before,change-older-than,older: o,owner: batch-size: ignore-file: c,color: j,threads:",
  "max-results: 1 q,quiet show-errors base-directory,C: path-separator: search-path:",
  "strip-cwd-prefix:: one-file-system,mount,xdev h,help V,version format: hyperlink:: gen-completions::",
]);

/** `-x` and `-X` take every word up to `;`. */
interface Line {
  readonly args: readonly Word[];
  readonly commands: readonly (readonly Word[])[];
}

function split(words: readonly Word[]): Line {
  const args: Word[] = [];
  const commands: Word[][] = [];
  let current: Word[] | undefined;
  for (const word of words) {
    if (current !== undefined) {
      if (word.value === ";") current = undefined;
      else current.push(word);
    } else if (isExec(word)) {
      current = attachedCommand(word);
      commands.push(current);
    } else args.push(word);
  }
  return { args, commands };
}

function isExec(word: Word): boolean {
  return /^(?:-[a-zA-Z0-9]*[xX]|--exec|--exec-batch)$/.test(word.value ?? "") || attached(word) > 0;
}

/** Where the command begins in `--exec=rm`. */
function attached(word: Word): number {
  return /^--exec(?:-batch)?=/.exec(leadingText(word))?.[0].length ?? 0;
}

function attachedCommand(word: Word): Word[] {
  return attached(word) > 0 ? [dropText(word, attached(word))] : [];
}

const fd = program((act) => {
  const { args, commands } = split(act.args);
  const options = parse(args);
  if (options.has("h") || options.has("V")) return undefined;
  act.doubt(options.doubtful);
  const roots = rootsOf(act, options);
  for (const root of roots) act.list(root, { recursive: true, permissions: options.has("l") });
  const found = roots.flatMap((root) => globIn(root, nameOf(options)));
  for (const command of commands) for (const file of found) runFor(act, command, file);
  return commands.length > 0 || options.has("l") ? undefined : names(found);
});

function names(found: readonly Word[]): Produced {
  return { names: found };
}

function rootsOf(act: Act, options: Options<"base-directory" | "search-path">): readonly Word[] {
  const paths = [...options.operands.slice(1), ...options.values("search-path")];
  if (paths.length > 0) return paths;
  return [options.value("base-directory") ?? act.scope.word(".")];
}

/** An extension or a glob narrows the names; a regular expression is not followed. */
function nameOf(options: Options<"e" | "g">): string {
  const extension = options.values("e").length === 1 ? options.value("e")?.value : undefined;
  if (extension !== undefined && /^[\w.-]+$/.test(extension))
    return `**/*.${extension.replace(/^\./, "")}`;
  const [pattern] = options.operands;
  const glob = options.has("g") && pattern !== undefined ? leadingText(pattern) : "";
  return glob !== "" && /^[\w.*?-]+$/.test(glob) ? `**/${glob}` : "**";
}

function runFor(act: Act, command: readonly Word[], file: Word): void {
  const marked = command.some((word) => /\{(?:|\/|\/\/|\.|\/\.)\}/.test(word.source));
  const words = marked ? command.map((word) => replaced(word, "{}", file)) : [...command, file];
  act.run(words, { possible: true, via: `${act.invocation.program} -x` });
}

export const fds: CommandFamily = family(["fd fdfind", fd]);
