// git subcommands that change files of the working tree, and what they throw away of it.

import type { Word } from "../../command.ts";
import { endsAsFolder } from "../../tool.ts";
import {
  group,
  inspects,
  pathspecFile,
  type Subcommand,
  type SubcommandRow,
  sub,
  writesRepository,
} from "./run.ts";

/** git-clean(1). It refuses without `-f` unless `clean.requireForce` is off, which is seen only in `-c`. */
const clean = sub("q,quiet n,dry-run f,force i,interactive d e,exclude: x X", (run, options) => {
  const forced = options.has("f") || isOff(run.setting("clean.requireforce"));
  if (options.has("n") || (!forced && !options.has("i"))) return;
  const asks = options.has("i") ? ({ certainty: "possible" } as const) : {};
  const paths =
    options.operands.length === 0 ? ["."] : options.operands.map((word) => run.pathspec(word));
  for (const path of paths) run.act.delete(path, run.more({ recursive: true, ...asks }));
});

/** git-config(1), "boolean". */
function isOff(value: string | undefined): boolean {
  return value !== undefined && ["false", "no", "off", "0", ""].includes(value.toLowerCase());
}

/** git-reset(1): `--hard` with paths, or two commits, is an error. */
const reset = sub(
  [
    "q,quiet refresh mixed N,intent-to-add soft hard merge keep recurse-submodules:: p,patch",
    pathspecFile,
  ],
  (run, options) => {
    const mode = options.last("mixed", "soft", "hard", "merge", "keep");
    const { operands } = options;
    if (mode === "hard" && operands.length > 1 && operands.every((word) => !word.many)) return;
    if (mode === "hard" || mode === "merge") return run.discardTree();
    if (mode === "keep" && moves(operands[0])) return run.discardTree({ certainty: "possible" });
    return run.writeRepository();
  },
);

/** A commit other than the current one. */
function moves(commit: Word | undefined): boolean {
  return commit !== undefined && commit.value !== "HEAD" && commit.value !== "@";
}

/** git-restore(1): the working tree unless only `--staged` is given. */
const restore = sub(
  [
    "s,source: S,staged W,worktree ignore-unmerged overlay q,quiet recurse-submodules:: progress m,merge",
    "conflict: 2,ours 3,theirs p,patch ignore-skip-worktree-bits",
    pathspecFile,
  ],
  (run, options) => {
    const chosen = options.operands.length > 0 || options.has("pathspec-from-file");
    if (!chosen && !options.has("p")) return;
    if (options.has("S") && !options.has("W")) return run.writeRepository();
    if (options.has("pathspec-from-file")) return run.discardTree();
    const asks = options.has("p") ? ({ certainty: "possible" } as const) : {};
    if (options.operands.length === 0) return run.discardTree(asks);
    return run.discardPaths(options.operands, asks);
  },
);

/** The changes go into the stash, and come out of it again. */
const stashes: Subcommand = (run) => run.writeTree();
const discardsHistory: Subcommand = (run) => run.discardHistory();

const stash = group(
  [
    ["list show", inspects],
    ["drop clear", discardsHistory],
    ["push save pop apply branch", stashes],
    ["create store", writesRepository],
  ],
  stashes,
);

/** git-rm(1): `--cached` keeps the file. */
const rm = sub(
  ["n,dry-run q,quiet cached f,force r ignore-unmatch sparse", pathspecFile],
  (run, options) => {
    if (options.has("n")) return;
    if (options.has("cached")) return run.writeRepository();
    if (options.has("pathspec-from-file"))
      run.act.delete(".", run.more({ recursive: true, certainty: "possible" }));
    for (const word of options.operands) {
      run.act.delete(run.pathspec(word), run.more({ recursive: options.has("r") }));
    }
  },
  { mild: true },
);

const mv = sub("v,verbose n,dry-run f,force k sparse", (run, options) => {
  const destination = options.operands.at(-1);
  if (options.has("n") || destination === undefined) return;
  const overwrites = options.has("f") ? "unknown" : "no";
  const sources = options.operands.slice(0, -1);
  const into = sources.length > 1 || endsAsFolder(destination);
  for (const word of sources) {
    const child = run.act.childOf(destination, word);
    const sure = into ? {} : ({ certainty: "possible" } as const);
    run.act.move(word, child, { ...run.more(sure), recursive: true, overwrites });
    if (!into) run.act.move(word, destination, { ...run.more(sure), recursive: true, overwrites });
  }
});

const readTree = sub(
  "m reset u i n,dry-run v prefix: index-output: empty exclude-per-directory: trivial aggressive sparse-checkout debug-unpack recurse-submodules q,quiet",
  (run, options) => {
    if (options.has("n")) return;
    if (options.has("reset") && options.has("u")) run.discardTree();
    else if (options.has("u")) run.writeTree();
    else run.writeRepository();
  },
);

const checkoutIndex = sub(
  "a,all f,force q,quiet n,no-create u,index stdin z temp prefix: stage: ignore-skip-worktree-bits",
  (run, options) => {
    const prefix = options.value("prefix");
    const loses = options.has("f") ? {} : undefined;
    if (prefix !== undefined) return run.act.write(prefix, run.more({ recursive: true }));
    if (options.has("temp") || loses === undefined) return run.writeTree();
    if (options.has("a") || options.has("stdin")) return run.discardTree();
    return run.discardPaths(options.operands);
  },
);

const sparseCheckout = group([["list check-rules", inspects]], (run) => run.writeTree());

export const treeRows: readonly SubcommandRow[] = [
  ["clean", clean],
  ["reset", reset],
  ["restore", restore],
  ["stash", stash],
  ["rm", rm],
  ["mv", mv],
  ["read-tree", readTree],
  ["checkout-index", checkoutIndex],
  ["sparse-checkout", sparseCheckout],
];
