// git checkout and git switch: to another branch, or files from elsewhere.

import type { Word } from "../../command.ts";
import { type GitRun, pathspecFile, type SubcommandRow, sub } from "./run.ts";

const switching = [
  "l guess overlay q,quiet recurse-submodules:: progress m,merge conflict: d,detach t,track:: f,force",
  "orphan: overwrite-ignore ignore-other-worktrees 2,ours 3,theirs p,patch ignore-skip-worktree-bits",
  pathspecFile,
] as const;

/** git-checkout(1): a branch to go to, or files to take from the index or from a tree. */
const checkout = sub([...switching, "b: B:"], (run, options) => {
  const sides = options.has("2") || options.has("3");
  const creates = options.has("b") || options.has("B");
  const paths = sides
    ? { words: options.operands, sure: true }
    : checkoutPaths(run, options.operands, creates);
  if (options.has("pathspec-from-file")) run.discardTree();
  else if (options.has("p")) run.discardTree({ certainty: "possible" });
  else if (paths.words.length > 0) {
    run.discardPaths(paths.words, paths.sure ? {} : { certainty: "possible" });
    if (!paths.sure) run.writeTree();
  } else switches(run, options.has("f"), options.has("m") || options.has("conflict"));
  if (options.has("B")) run.discardHistory({ certainty: "possible" });
});

function switches(run: GitRun, forced: boolean, merges: boolean): undefined {
  if (forced) run.discardTree();
  else if (merges) run.discardTree({ certainty: "possible" });
  else run.writeTree();
  run.hooks();
}

interface Paths {
  readonly words: readonly Word[];
  /** False where the one word may also be a branch. */
  readonly sure: boolean;
}

function checkoutPaths(run: GitRun, operands: readonly Word[], creates: boolean): Paths {
  const dashed = run.behindDashes;
  if (dashed !== undefined) return { words: dashed, sure: true };
  const [first, ...rest] = operands;
  if (creates || first === undefined) return { words: [], sure: true };
  if (rest.length > 0) return { words: looksLikePath(first) ? operands : rest, sure: true };

  return { words: looksLikePath(first) ? [first] : [], sure: isSurelyPath(first) };
}

function isSurelyPath({ value = "" }: Word): boolean {
  return value === "." || value === ".." || /^\.{1,2}\/|^\/|^:/.test(value);
}

/** Names of files end in a dot and letters, names of branches and tags seldom do. */
function looksLikePath(word: Word): boolean {
  const { value } = word;
  if (value === undefined) return word.parts.some((part) => part.kind === "glob");
  if (isSurelyPath(word) || value.startsWith(".") || value.endsWith("/") || value.includes("*"))
    return true;
  const name = value.slice(value.lastIndexOf("/") + 1);
  return /.\.[A-Za-z][A-Za-z0-9]{0,9}$/.test(name);
}

const switchBranch = sub(
  [...switching, "c,create: C,force-create: discard-changes"],
  (run, options) => {
    switches(
      run,
      options.has("f") || options.has("discard-changes"),
      options.has("m") || options.has("conflict"),
    );
    if (options.has("C")) run.discardHistory({ certainty: "possible" });
  },
);

export const checkoutRows: readonly SubcommandRow[] = [
  ["checkout", checkout],
  ["switch", switchBranch],
];
