// git subcommands that change the working tree, and what they throw away of it.

import type { Word } from "../../command.ts";
import { knownWord } from "../../options.ts";
import { endsAsFolder } from "../../tool.ts";
import { type GitRun, group, type Subcommand, type SubcommandRow, steps, sub } from "./run.ts";

const pathspecFile = "pathspec-from-file: pathspec-file-nul";

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
const inspects: Subcommand = (run) => run.act.inspect();
const writesRepository: Subcommand = (run) => run.writeRepository();
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

/** A patch names the files that it deletes, empty ones without any further lines (git-diff(1)). */
const deletedFile = /^(?:deleted file mode \d+)$/;

/** git-apply(1): what it says of a patch without applying it. */
const apply = sub(
  [
    "exclude: include: no-add stat numstat summary check index N,intent-to-add cached unsafe-paths apply",
    "3,3way ours theirs union build-fake-ancestor: z C: whitespace: ignore-space-change ignore-whitespace R,reverse",
    "unidiff-zero reject allow-overlap v,verbose q,quiet inaccurate-eof recount directory: p: allow-empty",
  ],
  (run, options) => {
    const looks =
      options.has("check") ||
      options.has("stat") ||
      options.has("numstat") ||
      options.has("summary");
    for (const word of options.operands) if (word.value !== "-") run.act.read(word, run.more());
    if (looks && !options.has("apply")) return;
    if (options.has("cached")) return run.writeRepository();
    const text = patchText(run, options.operands);
    // Taking a patch back may take back what was never committed.
    if (options.has("R")) run.discardTree({ certainty: "possible" });
    if (text === undefined) return run.writeTree();
    return appliesText(run, text, options.has("R"));
  },
);

function patchText(run: GitRun, operands: readonly Word[]): string | undefined {
  const [only] = operands;
  if (only !== undefined && only.value !== "-") return run.act.scope.contentOf(only);
  const { stdin } = run.act.invocation;
  return stdin.kind === "text" ? stdin.text : undefined;
}

/** Lines of a patch that are looked at. */
const maxPatchLines = 20_000;

function appliesText(run: GitRun, patch: string, reverse: boolean): undefined {
  let old = "";
  let deleted = false;
  for (const line of patch.split("\n", maxPatchLines)) {
    if (line.startsWith("--- ")) old = nameOf(line);
    else if (line.startsWith("diff --git ")) {
      old = nameOf(`+++ ${line.slice(line.lastIndexOf(" b/") + 1)}`);
      deleted = false;
    } else if (line.startsWith("+++ ") && !deleted) {
      appliesFile(run, reverse ? nameOf(line) : old, reverse ? old : nameOf(line));
    } else if (deletedFile.test(line) && !reverse) {
      run.act.delete(old, run.more());
      deleted = true;
    }
  }
}

function appliesFile(run: GitRun, from: string, to: string): undefined {
  if (to === "") run.act.delete(from, run.more());
  else run.act.write(to, { ...run.more(), creates: from === "" });
}

/** `--- a/name`; empty for `/dev/null`. */
function nameOf(header: string): string {
  const name = header.slice(4).split("\t")[0]?.trim() ?? "";
  if (name === "/dev/null") return "";
  return /^[ab]\//.test(name) ? name.slice(2) : name;
}

/** What merge, rebase, cherry-pick, revert and am have in common. */
function sequence(
  spec: string,
  effects: (run: GitRun, operands: readonly Word[]) => undefined,
): Subcommand {
  return sub(
    [
      "abort skip quit continue allow-empty show-current-patch:: edit-todo e,edit n,no-commit,no-verify",
      "F,file: S,gpg-sign:: X,strategy-option: q,quiet v,verbose ff autostash",
      "stat commit squash log:: rerere-autoupdate onto: i,interactive r,rebase-merges:: p,preserve-merges root",
      "keep-base f,force-rebase autosquash update-refs committer-date-is-author-date ignore-date whitespace:",
      "C: k,keep c,scissors directory: exclude: include: patch-format: reject cleanup: into-name: t,apply",
      "allow-unrelated-histories verify-signatures overwrite-ignore keep-redundant-commits empty: fork-point",
      "reference utf8 no-keep-cr resolvemsg: reset-author-date ff-only",
      spec,
    ],
    (run, options) => {
      if (options.has("abort")) return run.discardTree();
      if (options.has("skip")) run.discardTree({ certainty: "possible" });
      else if (options.has("quit") || options.has("show-current-patch"))
        return run.writeRepository();
      else run.writeTree();
      run.hooks();
      return effects(run, run.name === "rebase" ? options.values("x") : options.operands);
    },
  );
}

function runsEach(run: GitRun, commands: readonly Word[]): undefined {
  for (const command of commands) {
    run.act.script(command, { possible: true, via: "git rebase --exec", newShell: true });
  }
}

function nothing(): undefined {}

function readsPatches(run: GitRun, operands: readonly Word[]): undefined {
  for (const word of operands) run.act.read(word, run.more());
}

const pull = sub(
  [
    "v,verbose q,quiet progress recurse-submodules:: r,rebase:: n stat log:: signoff squash commit edit cleanup: ff ff-only",
    "verify verify-signatures autostash s,strategy: X,strategy-option: S,gpg-sign:: allow-unrelated-histories all",
    "a,append upload-pack: f,force t,tags p,prune j,jobs:: dry-run k,keep depth: shallow-since: shallow-exclude: deepen:",
    "unshallow update-shallow refmap: o,server-option: 4,ipv4 6,ipv6 negotiation-tip: show-forced-updates set-upstream",
  ],
  (run, options) => {
    run.connect(options.operands[0]);
    for (const command of options.values("upload-pack"))
      run.act.script(command, { possible: true, via: run.via });
    if (options.has("dry-run")) return;
    run.writeTree();
    run.hooks();
  },
);

const worktree = group(
  [
    ["list", inspects],
    [
      "add",
      sub(
        "f,force d,detach checkout lock reason: b: B: track q,quiet guess-remote orphan relative-paths",
        (run, options) => {
          const [path] = options.operands;
          if (path !== undefined)
            run.act.write(path, { ...run.more({ recursive: true }), creates: true });
          if (options.has("B")) run.discardHistory({ certainty: "possible" });
          run.hooks();
        },
      ),
    ],
    [
      "remove",
      sub("f,force", (run, { operands }) => {
        for (const path of operands) run.act.delete(path, run.more({ recursive: true }));
      }),
    ],
    [
      "move",
      sub("f,force", (run, { operands: [from, to] }) => {
        if (from !== undefined && to !== undefined)
          run.act.move(from, to, { ...run.more(), recursive: true });
      }),
    ],
    [
      "prune",
      sub("n,dry-run v,verbose expire:", (run, options) =>
        options.has("n") ? run.act.inspect() : run.writeRepository(),
      ),
    ],
    ["lock unlock repair", writesRepository],
  ],
  inspects,
);

const submodule = group(
  [
    ["status summary", inspects],
    [
      "deinit",
      sub("f,force all q,quiet", (run, options) => {
        const asks = options.has("f") ? {} : ({ certainty: "possible" } as const);
        if (options.has("all")) run.discardTree(asks);
        else run.discardPaths(options.operands, asks);
      }),
    ],
    ["foreach", (run) => foreachSubmodule(run)],
    [
      "update",
      sub(
        "q,quiet init deinit remote N,no-fetch f,force checkout merge rebase recursive reference: depth: jobs: j: filter: recommend-shallow single-branch progress",
        (run, options) => {
          run.connect(undefined);
          if (options.has("f")) run.discardTree();
          else run.writeTree();
        },
      ),
    ],
    [
      "add",
      steps(
        (run) => run.connect(run.words.find((word) => word.value?.startsWith("-") !== true)),
        (run) => run.writeTree(),
      ),
    ],
    ["init sync set-branch set-url absorbgitdirs", writesRepository],
  ],
  inspects,
);

/** git-submodule(1): one word is text for a shell, several are a command. */
function foreachSubmodule(run: GitRun): undefined {
  const words = run.words.filter(
    ({ value }) => value !== "--recursive" && value !== "--quiet" && value !== "-q",
  );
  const [only] = words;
  const options = { possible: true, cwd: null, via: run.via, newShell: true } as const;
  if (words.length === 1 && only !== undefined) run.act.script(only, options);
  else if (words.length > 1) run.act.run(words, options);
}

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

function runsWords(run: GitRun): undefined {
  run.act.run(run.words, { possible: true, via: run.via });
}

const bisect = group(
  [
    ["log view visualize terms", inspects],
    [
      "run",
      steps(
        (run) => run.writeTree(),
        (run) => runsWords(run),
      ),
    ],
  ],
  steps(
    (run) => run.writeTree(),
    (run) => run.hooks(),
  ),
);

const sparseCheckout = group([["list check-rules", inspects]], (run) => run.writeTree());

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

const clone = sub(
  [
    "v,verbose q,quiet progress reject-shallow n,no-checkout bare mirror l,local no-hardlinks s,shared",
    "recurse-submodules,recursive:: j,jobs: template: reference: reference-if-able: dissociate o,origin: b,branch: u,upload-pack:",
    "depth: shallow-since: shallow-exclude: single-branch tags shallow-submodules separate-git-dir: c,config: server-option:",
    "4,ipv4 6,ipv6 filter: also-filter-submodules remote-submodules sparse bundle-uri: hardlinks",
  ],
  (run, options) => {
    const [from, into] = options.operands;
    if (from === undefined) return;
    run.connect(from);
    for (const command of options.values("u"))
      run.act.script(command, { possible: true, via: run.via });
    const place =
      into ?? knownWord(from, folderOf(from, options.has("bare") || options.has("mirror")));
    run.act.write(place, { ...run.more({ recursive: true }), creates: true });
    if (options.has("template")) run.hooks();
  },
);

/** The folder that clone makes of an address. */
function folderOf({ value = "repository" }: Word, bare: boolean): string {
  const plain = value
    .replace(/\/$/, "")
    .replace(/\/\.git$/, "")
    .replace(/\.git$/, "");
  const name = plain.slice(Math.max(plain.lastIndexOf("/"), plain.lastIndexOf(":")) + 1);
  return `${name}${bare ? ".git" : ""}`;
}

const init = sub(
  "template: bare shared:: q,quiet separate-git-dir: b,initial-branch: object-format: ref-format:",
  (run, { operands: [folder] }) =>
    run.act.write(folder ?? ".git", { ...run.more({ recursive: true }), creates: true }),
);

export const treeRows: readonly SubcommandRow[] = [
  ["clean", clean],
  ["reset", reset],
  ["checkout", checkout],
  ["switch", switchBranch],
  ["restore", restore],
  ["stash", stash],
  ["rm", rm],
  ["mv", mv],
  ["apply", apply],
  ["am", sequence("m,message-id s,signoff 3,3way", readsPatches)],
  ["merge", sequence("m,message: s,strategy: signoff", nothing)],
  ["rebase", sequence("m,merge s,strategy: signoff x,exec: keep-empty", runsEach)],
  ["cherry-pick revert", sequence("m,mainline: s,signoff x strategy: keep-empty", nothing)],
  ["pull", pull],
  ["worktree", worktree],
  ["submodule", submodule],
  ["read-tree", readTree],
  ["checkout-index", checkoutIndex],
  ["bisect", bisect],
  ["sparse-checkout", sparseCheckout],
  ["commit", commit],
  ["add stage", add],
  ["update-index", updateIndex],
  ["clone", clone],
  ["init init-db", init],
];
