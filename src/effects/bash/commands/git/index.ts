// git: its global options, its aliases, and the subcommand that they lead to.

import { isWithin } from "../../../paths.ts";
import type { CommandFamily, Produced, RunOptions, Word } from "../../command.ts";
import { dropText, knownWord, leadingText } from "../../options.ts";
import { type Act, family, program } from "../../tool.ts";
import { applyRows } from "./apply.ts";
import { checkoutRows } from "./checkout.ts";
import { applySetting, commandVariables, configRows, normalKey } from "./config.ts";
import { historyRows } from "./history.ts";
import { lookRows } from "./looks.ts";
import { repositoryRows } from "./repositories.ts";
import { GitRun, subcommands } from "./run.ts";
import { sequenceRows } from "./sequences.ts";
import { stagingRows } from "./staging.ts";
import { treeRows } from "./tree.ts";

const table = subcommands(
  ...treeRows,
  ...checkoutRows,
  ...applyRows,
  ...sequenceRows,
  ...stagingRows,
  ...repositoryRows,
  ...historyRows,
  ...configRows,
  ...lookRows,
);

/** Global options that take the next word (git(1)). */
const withValue = new Set([
  "-C",
  "-c",
  "--git-dir",
  "--work-tree",
  "--namespace",
  "--config-env",
  "--super-prefix",
  "--attr-source",
  "--exec-path",
]);
/** What is shown instead of a subcommand's doing. */
const shows = new Set([
  "--version",
  "-v",
  "--help",
  "-h",
  "--html-path",
  "--man-path",
  "--info-path",
]);

/** What stands before the subcommand. */
interface Global {
  readonly folder: Word | undefined;
  readonly tree: Word | undefined;
  readonly repository: Word | undefined;
  readonly settings: ReadonlyMap<string, Word>;
  readonly rest: readonly Word[];
  readonly onlyShows: boolean;
}

/** Settings given by `GIT_CONFIG_COUNT` that are looked at. */
const maxSettings = 16;

const runGit = program((act) => {
  const global = readGlobal(act);
  const [name, ...words] = global.rest;
  if (global.onlyShows || name === undefined) return act.inspect();
  if (global.folder !== undefined || global.tree !== undefined) return elsewhere(act, global);
  if (name.value === undefined)
    return act.unknown(`${name.source} is a subcommand of git that is not known`);
  const run = new GitRun({
    act,
    name: name.value,
    words,
    settings: global.settings,
    folder: global.repository,
  });
  runSettings(run, global.settings);
  if (words[0]?.value === "--help") return act.inspect();
  return perform(act, run, global);
});

function perform(act: Act, run: GitRun, { settings }: Global): Produced | undefined {
  const subcommand = table.get(run.name);
  if (subcommand !== undefined) return subcommand(run);
  const made = act.scope.recall(`git config alias.${run.name}`);
  const alias =
    settings.get(`alias.${run.name}`) ?? (made === undefined ? undefined : act.scope.word(made));
  if (alias === undefined)
    return act.unknown(`git ${run.name} is an alias or a program that is not known`);
  return runAlias(act, run, alias);
}

/** `!text` is for a shell, with the words behind it; anything else is a git command (git-config(1), `alias.*`). */
function runAlias(act: Act, run: GitRun, alias: Word): Produced | undefined {
  const text = alias.value;
  if (text === undefined) return act.unknown(`alias ${run.name} is not known`);
  const via = `git alias ${run.name}`;
  if (text.startsWith("!")) {
    const zeroth = act.scope.word(text.slice(1));
    return act.script(`${text.slice(1)} "$@"`, {
      via,
      newShell: true,
      parameters: [zeroth, ...run.words],
    });
  }
  const words = text
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => knownWord(alias, word));
  return act.run([act.scope.word("git"), ...words, ...run.words], { via });
}

function readGlobal(act: Act): Global {
  const settings = environmentSettings(act);
  let folder: Word | undefined;
  let tree = act.scope.environment("GIT_WORK_TREE");
  let repository = act.scope.environment("GIT_DIR");
  let at = 0;
  let onlyShows = false;
  for (; at < act.args.length; at += 1) {
    const word = act.args[at];
    const text = word === undefined ? "" : leadingText(word);
    if (word === undefined || !text.startsWith("-")) break;
    const equals = text.startsWith("--") ? text.indexOf("=") : -1;
    const name = equals < 0 ? text : text.slice(0, equals);
    onlyShows ||= shows.has(name);
    if (!withValue.has(name) || (name === "--exec-path" && equals < 0)) continue;
    const value = equals < 0 ? act.args[++at] : dropText(word, equals + 1);
    if (value === undefined) break;
    if (name === "-C") folder = folder === undefined ? value : joined(folder, value);
    else if (name === "--work-tree") tree = value;
    else if (name === "--git-dir") repository = value;
    else if (name === "-c") addSetting(settings, value);
    else if (name === "--config-env") addFromVariable(act, settings, value);
  }
  const bare = isInTree(repository) ? undefined : repository;
  return { folder, tree, repository: bare, settings, rest: act.args.slice(at), onlyShows };
}

/** The usual place of a repository, for which its folder stands. */
function isInTree(repository: Word | undefined): boolean {
  const path = repository?.value;
  return path === ".git" || path?.endsWith("/.git") === true || path?.endsWith("/.git/") === true;
}

function joined(folder: Word, next: Word): Word {
  if (next.value?.startsWith("/") === true || folder.value === undefined) return next;
  return next.value === undefined ? next : knownWord(next, `${folder.value}/${next.value}`);
}

function addSetting(settings: Map<string, Word>, setting: Word): void {
  const text = leadingText(setting);
  const equals = text.indexOf("=");
  if (equals < 0) settings.set(normalKey(text), knownWord(setting, "true"));
  else settings.set(normalKey(text.slice(0, equals)), dropText(setting, equals + 1));
}

/** `--config-env=key=VARIABLE` */
function addFromVariable(act: Act, settings: Map<string, Word>, setting: Word): void {
  const [key = "", variable = ""] = (setting.value ?? "").split("=");
  const value = act.scope.environment(variable) ?? act.scope.hole(`$${variable}`);
  settings.set(normalKey(key), value);
}

/** `GIT_CONFIG_COUNT`, `GIT_CONFIG_KEY_0`, `GIT_CONFIG_VALUE_0` (git-config(1), "ENVIRONMENT"). */
function environmentSettings(act: Act): Map<string, Word> {
  const { scope } = act;
  const settings = new Map<string, Word>();
  const count = Math.min(
    Number(scope.environment("GIT_CONFIG_COUNT")?.value ?? 0) || 0,
    maxSettings,
  );
  for (let at = 0; at < count; at += 1) {
    const key = scope.environment(`GIT_CONFIG_KEY_${at}`)?.value;
    const value = scope.environment(`GIT_CONFIG_VALUE_${at}`);
    if (key !== undefined && value !== undefined) settings.set(normalKey(key), value);
  }
  return settings;
}

function runSettings(run: GitRun, settings: ReadonlyMap<string, Word>): void {
  for (const [key, value] of settings) applySetting(run, key, value);
  for (const name of commandVariables) {
    const value = run.act.scope.environment(name);
    if (value !== undefined) applySetting(run, "core.pager", value);
  }
}

/** `git -C folder ...` and `--work-tree`: the same words, read in that folder. */
function elsewhere(act: Act, { folder, tree, repository, settings, rest }: Global): Produced {
  const given = [...settings].flatMap(([key, value]) =>
    value.value === undefined
      ? []
      : [act.scope.word("-c"), act.scope.word(`${key}=${value.value}`)],
  );
  const own = repository === undefined ? [] : [act.scope.word("--git-dir"), repository];
  const words = [act.scope.word("git"), ...own, ...given, ...rest];
  const place = tree === undefined || holds(act, tree) ? folder : tree;
  const assignments = new Map(
    [...act.invocation.assignments].filter(([name]) => name !== "GIT_WORK_TREE"),
  );
  const options: RunOptions = place === undefined ? {} : { cwd: act.target(place) };
  const via = place === tree ? "git --work-tree" : "git -C";
  return act.run(words, { ...options, via, assignments, stdin: act.invocation.stdin });
}

/** git stays in a folder of the tree, and goes to its top from anywhere else (git(1), `--work-tree`). */
function holds(act: Act, tree: Word): boolean {
  const top = act.target(tree);
  return (
    act.scope.cwd !== undefined && top.form === "resolved" && isWithin(act.scope.cwd, top.path)
  );
}

export const git: CommandFamily = family(["git", runGit]);
