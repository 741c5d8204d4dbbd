// What a row lost that git had: contents of a worktree, commits, and unreachable objects.
//
// Content that git removes from a worktree is lost if no reference, reflog or index leads to it afterwards: a switch of
// branches loses nothing, `checkout -- b.txt` loses what was not committed. A commit is lost if it was
// named by a reference or a reflog before and can be reached from none afterwards.

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { byGit, gitCommand, incidentalToGit, losesContent, type Observed } from "./observe.ts";
import { asUnprivileged, project } from "./sandbox.ts";
import type { Actor } from "./trace.ts";
import { sameContent, type Tree } from "./tree.ts";

const repositories = [
  { folder: `${project}/.git`, names: project },
  { folder: "/srv/git/origin.git", names: "/srv/git/origin.git" },
];

/** Settles what git did to worktrees, and adds a `discard` for each repository that lost something. */
export function settleRepositories(
  events: readonly Observed[],
  template: string,
  root: string,
  before: Tree,
  after: Tree,
): readonly Observed[] {
  const touching = events.filter((event) => byGit(event.actor));
  if (touching.length === 0) return events;
  settleWorktree(touching, root, before, after);
  return [...events, ...lostInRepositories(touching, template, root)];
}

function settleWorktree(
  events: readonly Observed[],
  root: string,
  before: Tree,
  after: Tree,
): void {
  const judged = events.filter(
    (event) => event.required && losesContent(event) && incidentalToGit(event),
  );
  if (judged.length === 0) return;
  const kept = reachableObjects(join(root, project, ".git"));
  for (const event of judged) {
    if (gitCommand(event.actor) === "config") event.kind = "write";
    else if (kept.has(before.get(event.real)?.digest ?? "")) {
      event.kind = "write";
      const left = after.get(event.real);
      event.required = left !== undefined && !sameContent(before.get(event.real), left);
    } else if (gitCommand(event.actor) !== "clean") {
      event.kind = "discard";
    }
  }
}

function lostInRepositories(
  events: readonly Observed[],
  template: string,
  root: string,
): readonly Observed[] {
  const lost: Observed[] = [];
  for (const { folder, names } of repositories) {
    const inside = events.filter((event) => event.real.startsWith(`${folder}/`));
    const actor = inside[0]?.actor;
    if (actor === undefined || !existsSync(join(root, folder))) continue;
    const pruned = inside.some(
      (event) => event.kind === "delete" && event.real.includes("/objects/"),
    );
    const before = join(template, folder);
    if (
      (!onlyPutsBack(inside) && commitsLost(before, join(root, folder))) ||
      (pruned && objectsLost(before, join(root, folder)))
    ) {
      lost.push(discard(names, actor));
    }
  }
  return lost;
}

/** `git stash pop` drops a commit, whose content it has put back. */
function onlyPutsBack(events: readonly Observed[]): boolean {
  const stash = (names: RegExp) =>
    events.some(
      ({ actor }) => gitCommand(actor) === "stash" && actor.words.some((word) => names.test(word)),
    );
  return stash(/^(?:pop|branch)$/) && !stash(/^(?:drop|clear)$/);
}

function discard(path: string, actor: Actor): Observed {
  return { kind: "discard", path, real: path, required: true, actor };
}

function commitsLost(before: string, after: string): boolean {
  const now = named(after);
  const gone = [...named(before)].filter((commit) => !now.has(commit));
  if (gone.length === 0) return false;
  const reachable = new Set(git(after, ["rev-list", "--all", "--reflog"]).split("\n"));
  const types = git(before, ["cat-file", "--batch-check"], `${gone.join("\n")}\n`).split("\n");
  return types.some((line) => {
    const [commit, type] = line.split(" ");
    return type === "commit" && commit !== undefined && !reachable.has(commit);
  });
}

function objectsLost(before: string, after: string): boolean {
  const objects = (folder: string): readonly string[] =>
    git(folder, ["cat-file", "--batch-all-objects", "--batch-check=%(objectname)"]).split("\n");
  const now = new Set(objects(after));
  return objects(before).some((name) => !now.has(name));
}

/** Every object that the repository still leads to: by a reference, a reflog or the index. */
function reachableObjects(folder: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const line of git(folder, ["rev-list", "--objects", "--all", "--reflog"]).split("\n")) {
    found.add(line.slice(0, 40));
  }
  for (const line of git(folder, ["ls-files", "-s"]).split("\n"))
    found.add(line.split(" ")[1] ?? "");
  return found;
}

/** Every object name in references and reflogs. */
function named(folder: string): ReadonlySet<string> {
  const found = new Set<string>();
  const pending = ["HEAD", "packed-refs", "ORIG_HEAD", "refs", "logs"].map((name) =>
    join(folder, name),
  );
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isDirectory())
      pending.push(...readdirSync(path).map((name) => join(path ?? "", name)));
    else if (stat?.isFile()) {
      for (const [name] of readFileSync(path, "utf8").matchAll(/\b[0-9a-f]{40}\b/g))
        found.add(name);
    }
  }
  return found;
}

function git(folder: string, words: readonly string[], input = ""): string {
  const { env, ...user } = asUnprivileged();
  const ran = spawnSync("git", ["--git-dir", folder, ...words], {
    ...user,
    env: { ...env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
    encoding: "utf8",
    input,
  });
  return ran.stdout ?? "";
}
