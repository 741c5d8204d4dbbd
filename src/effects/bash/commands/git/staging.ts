// git subcommands that write the index or a commit, and no file of the working tree.

import { pathspecFile, type SubcommandRow, sub } from "./run.ts";

const commit = sub(
  [
    "q,quiet v,verbose F,file: author: date: m,message: c,reedit-message: C,reuse-message: fixup: squash: reset-author",
    "trailer: s,signoff t,template: e,edit cleanup: status S,gpg-sign:: a,all i,include interactive p,patch o,only",
    "n,no-verify dry-run short branch ahead-behind porcelain long z,null amend no-post-rewrite u,untracked-files::",
    pathspecFile,
  ],
  (run, options) => {
    if (options.has("dry-run") || options.has("short") || options.has("porcelain")) return;
    run.writeRepository();
    run.hooks();
  },
  { mild: true },
);

/** `--chmod` sets a mode in the index, and no file of the disk has new permissions by it. */
const add = sub(
  [
    "n,dry-run v,verbose i,interactive p,patch e,edit f,force u,update renormalize N,intent-to-add A,all",
    "ignore-removal refresh ignore-errors ignore-missing sparse chmod: warn-embedded-repo",
    pathspecFile,
  ],
  (run, options) => {
    if (options.has("n")) return;
    run.writeRepository();
  },
  { mild: true },
);

const updateIndex = sub(
  [
    "q ignore-submodules add replace remove unmerged refresh really-refresh cacheinfo:: chmod: assume-unchanged",
    "skip-worktree ignore-skip-worktree-entries info-only force-remove z stdin index-info unresolve g,again verbose",
    "ignore-missing clear-resolve-undo index-version: split-index untracked-cache test-untracked-cache",
    "force-untracked-cache force-write-index fsmonitor fsmonitor-valid",
  ],
  (run) => {
    run.writeRepository();
  },
  { mild: true },
);

export const stagingRows: readonly SubcommandRow[] = [
  ["commit", commit],
  ["add stage", add],
  ["update-index", updateIndex],
];
