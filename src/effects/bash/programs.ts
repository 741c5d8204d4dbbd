// What a program's path says about the program.

import { isKnown, type Text } from "./text.ts";

/** Folders whose programs are what their names say. */
const systemFolders: ReadonlySet<string> = new Set(
  `/bin /sbin /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /opt/homebrew/bin /opt/local/bin
  /usr/local/opt/coreutils/libexec/gnubin /snap/bin /run/current-system/sw/bin /usr/libexec`.split(
    /\s+/,
  ),
);

/** Folders into which tools of a project or a user are installed under their own names. */
const toolFolders =
  /(?:^|\/)(?:node_modules\/\.bin|\.?v?env\/bin|\.venv\/bin|\.tox\/[^/]+\/bin|vendor\/bin|\.cargo\/bin|\.local\/bin|go\/bin|\.pyenv\/shims|\.rbenv\/shims|\.nvm\/versions\/node\/[^/]+\/bin|\.bun\/bin|\.deno\/bin)$/;

export interface ProgramPath {
  readonly name: string;
  /** Is the program what its name says? */
  readonly isNamed: boolean;
}

/** A path with a slash in it. */
export function programAt(path: string): ProgramPath {
  const slash = path.lastIndexOf("/");
  const folder = path.slice(0, slash).replace(/\/{2,}/g, "/");
  const isNamed = systemFolders.has(folder) || toolFolders.test(folder);
  return { name: path.slice(slash + 1), isNamed };
}

/** Variables that make programs, or shells, run other code than their own. */
const codeVariables: ReadonlySet<string> = new Set(
  `LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES DYLD_LIBRARY_PATH BASH_ENV ENV
  PROMPT_COMMAND PYTHONSTARTUP PERL5OPT PERL5LIB RUBYOPT NODE_OPTIONS`.split(/\s+/),
);

/** Why names may mean other programs once a variable has this value; undefined: they mean what they did. */
export function whyNamesChange(name: string, value: Text): string | undefined {
  if (name === "PATH") return isOrdinaryPath(value) ? undefined : "PATH was changed";
  if (!codeVariables.has(name) || value === "") return undefined;
  if (
    name === "NODE_OPTIONS" &&
    isKnown(value) &&
    /^--max[-_]old[-_]space[-_]size=\d+$/.test(value)
  ) {
    return undefined;
  }
  return `${name} was set`;
}

/** Only system folders, or what PATH was with something behind it. */
function isOrdinaryPath(value: Text): boolean {
  if (isKnown(value)) return value.split(":").every((folder) => systemFolders.has(folder));
  const [first, second] = value;
  const appends = second === undefined || (second.kind === "text" && second.text.startsWith(":"));
  return first?.kind === "hole" && first.why === "$PATH" && appends;
}
