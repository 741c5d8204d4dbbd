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
  `LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES DYLD_LIBRARY_PATH GCONV_PATH BASH_ENV ENV
  PROMPT_COMMAND BASH_LOADABLES_PATH PYTHONSTARTUP PYTHONHOME PERL5OPT PERL5LIB PERL5DB RUBYOPT
  NODE_OPTIONS LUA_INIT JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS VIMINIT EXINIT
  GIT_EXEC_PATH`.split(/\s+/),
);

/** Texts that a shell expands when it prompts or traces, commands in them included. */
const prompts: ReadonlySet<string> = new Set(["PS0", "PS1", "PS2", "PS4"]);

/** Variables from which programs take options, or other programs that they run. */
const optionVariables: ReadonlySet<string> = new Set(
  `POSIXLY_CORRECT TAR_OPTIONS ZIPOPT ZIP RSYNC_RSH RSYNC_CONNECT_PROG LESSOPEN LESSCLOSE GIT_DIR
  GIT_WORK_TREE GIT_EXTERNAL_DIFF GIT_SSH GIT_SSH_COMMAND GIT_ASKPASS GIT_PROXY_COMMAND`.split(
    /\s+/,
  ),
);
/** Commonly exported, and commonly to one of these. */
const helpers =
  /^(?:GIT_)?(?:EDITOR|PAGER)$|^(?:VISUAL|MANPAGER|GIT_SEQUENCE_EDITOR|GIT_CONFIG_(?:COUNT|GLOBAL|SYSTEM|PARAMETERS))$/;
const ordinaryHelper = /^(?:|:|true|cat|less|more|vim?|nano|ed|emacs)$/;

/**
 * Why a later call cannot be read as it stands once this was exported: programs, other than those of
 * this call, find it in their environment.
 */
export function whyProgramsChange(name: string, value: Text): string | undefined {
  const isHelper = helpers.test(name) && !(isKnown(value) && ordinaryHelper.test(value));
  return isHelper || optionVariables.has(name) ? `${name} was exported` : undefined;
}

/** Variables of the shell that say where a path leads. */
export const leadingVariables: ReadonlySet<string> = new Set(["CDPATH", "HOME"]);

/** Why names may mean other programs once a variable has this value; undefined: they mean what they did. */
export function whyNamesChange(name: string, value: Text): string | undefined {
  if (name === "PATH") return isOrdinaryPath(value) ? undefined : "PATH was changed";
  if (name.startsWith("BASH_FUNC_")) return "a function was put into the environment";
  if (prompts.has(name)) return expands(value) ? `${name} runs a command` : undefined;
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

function expands(value: Text): boolean {
  return !isKnown(value) || /\$[({]|`/.test(value);
}

/** Only system folders, or what PATH was with something behind it. */
function isOrdinaryPath(value: Text): boolean {
  if (isKnown(value)) return value.split(":").every((folder) => systemFolders.has(folder));
  const [first, second] = value;
  const appends = second === undefined || (second.kind === "text" && second.text.startsWith(":"));
  return first?.kind === "hole" && first.why === "$PATH" && appends;
}
