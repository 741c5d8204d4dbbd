// Settings of git that name commands, wherever they are given: `-c`, `git config`, the environment.

import type { Word } from "../../command.ts";
import { textOf } from "../../tool.ts";
import { type GitRun, type Subcommand, type SubcommandRow, sub } from "./run.ts";

/** Keys whose value git runs (git-config(1)); `*` is a name of the user's own. */
const commandKeys = [
  "core.pager", "core.editor", "core.sshcommand", "core.askpass", "core.gitproxy", "core.fsmonitor", "core.hookspath",
  "core.alternaterefscommand", "sequence.editor", "pager.*", "diff.external", "diff.*.command", "diff.*.textconv",
  "difftool.*.cmd", "difftool.*.path", "mergetool.*.cmd", "mergetool.*.path", "merge.*.driver", "filter.*.clean",
  "filter.*.smudge", "filter.*.process", "credential.helper", "credential.*.helper", "gpg.program", "gpg.*.program",
  "gpg.ssh.defaultkeycommand", "uploadpack.packobjectshook", "remote.*.uploadpack", "remote.*.receivepack", "remote.*.vcs",
  "interactive.difffilter", "browser.*.cmd", "browser.*.path", "man.*.cmd", "man.*.path", "sendemail.smtpserver",
  "sendemail.tocmd", "sendemail.cccmd", "trailer.*.command", "trailer.*.cmd", "submodule.*.update", "tar.*.command",
  "guitool.*.cmd", "web.browser", "instaweb.httpd", "include.path", "includeif.*.path", "init.templatedir",
  "ssh.variant", "protocol.ext.allow", "lfs.customtransfer.*.path", "lfs.extension.*.clean",
].map((key) => key.split("*")); // biome-ignore format: a list of keys

/** Environment variables with the same power (git(1), "Environment Variables"). */
export const commandVariables = [
  "GIT_PAGER", "PAGER", "GIT_EDITOR", "VISUAL", "EDITOR", "GIT_SEQUENCE_EDITOR", "GIT_SSH_COMMAND", "GIT_SSH",
  "GIT_EXTERNAL_DIFF", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_PROXY_COMMAND",
]; // biome-ignore format: a list of names

/** Values of such keys that are no command, or a command that only shows. */
const harmlessValues = new Set([
  "",
  "true",
  "false",
  "cat",
  "less",
  "more",
  "always",
  "never",
  "auto",
  "user",
  "ssh",
]);

/** Does the key, in lower case, name a command? */
function namesCommand(key: string): boolean {
  return commandKeys.some(([before = "", after]) =>
    after === undefined
      ? key === before
      : key.startsWith(before) && key.endsWith(after) && key.length > before.length,
  );
}

/** Section and variable ignore case; what stands between them does not. */
export function normalKey(key: string): string {
  const first = key.indexOf(".");
  const last = key.lastIndexOf(".");
  if (first < 0) return key.toLowerCase();
  return key.slice(0, first).toLowerCase() + key.slice(first, last) + key.slice(last).toLowerCase();
}

/** A setting for this one run. What it names may be run. */
export function applySetting(run: GitRun, key: string, value: Word | undefined): undefined {
  if (!namesCommand(key.toLowerCase())) return;
  const text = value?.value;
  if (text !== undefined && harmlessValues.has(text)) return;
  const source = text?.startsWith("!") === true ? text.slice(1) : (text ?? value);
  if (source === undefined) return;
  run.act.script(source, { possible: true, via: `git ${key}`, newShell: true });
}

/** A setting that stays: what it names runs at a later call. */
function plants(run: GitRun, key: Word | undefined, value: Word | undefined): undefined {
  const name = key?.value?.toLowerCase();
  const text = value?.value;
  const alias = name?.startsWith("alias.") === true && text?.startsWith("!") !== false;
  const command = name === undefined || alias || (namesCommand(name) && !isPlainProgram(text));
  if (command && !(text !== undefined && harmlessValues.has(text))) {
    run.act.unknown(
      `${key === undefined ? "a setting" : textOf(key)} names a command for later calls`,
    );
  }
}

/** A program with options: `vim`, `code --wait`, `delta`. */
function isPlainProgram(text: string | undefined): boolean {
  return (
    text !== undefined && /^[A-Za-z][\w.-]*(?: --?[\w-]+)*$/.test(text) && !dangerous.test(text)
  );
}

const dangerous =
  /^(?:rm|sh|bash|dash|zsh|python[\d.]*|perl|ruby|node|curl|wget|env|eval|exec|sudo|chmod|dd|shred|unlink|truncate)\b/;

const inspectingActions = new Set(["list", "get", "get-color", "get-colorbool"]);

const config = sub(
  [
    "global system local worktree f,file: blob: get get-all get-regexp get-urlmatch replace-all add unset unset-all",
    "rename-section remove-section l,list fixed-value e,edit get-color get-colorbool t,type: bool int bool-or-int bool-or-str",
    "path expiry-date z,null name-only includes show-origin show-scope default: all regexp value: append comment: url:",
  ],
  (run, options) => {
    const action = options.operands[0]?.value ?? "";
    const looks =
      options.has("get") ||
      options.has("get-all") ||
      options.has("get-regexp") ||
      options.has("get-urlmatch") ||
      options.has("l") ||
      options.has("get-color") ||
      options.has("get-colorbool") ||
      inspectingActions.has(action);
    const removes =
      options.has("unset") || options.has("unset-all") || options.has("remove-section");
    const renames =
      options.has("rename-section") || action.startsWith("re") || action.startsWith("unset");
    if (looks) return;
    const file = configFile(run, options);
    if (options.has("e") || action === "edit") return run.act.write(file, run.more());
    const [key, value] = action === "set" ? options.operands.slice(1) : options.operands;
    if (removes || renames) return run.act.write(file, run.more());
    if (value === undefined) return;
    run.act.write(file, run.more());
    const name = normalKey(key?.value ?? "");
    if (value.value !== undefined && name !== "")
      run.act.scope.remember(`git config ${name}`, value.value);
    plants(run, key, value);
  },
);

function configFile(
  run: GitRun,
  options: {
    has(name: "global" | "system" | "worktree"): boolean;
    value(name: "f"): Word | undefined;
  },
): Word | string {
  const file = options.value("f");
  if (file !== undefined) return file;
  if (options.has("system")) return "/etc/gitconfig";
  if (options.has("global"))
    return run.act.scope.home === undefined ? "~/.gitconfig" : `${run.act.scope.home}/.gitconfig`;
  return options.has("worktree") ? ".git/config.worktree" : ".git/config";
}

export const configRows: readonly SubcommandRow[] = [["config", config as Subcommand]];
