// git subcommands that go through commits one after another, with hooks and commands in between.

import type { Word } from "../../command.ts";
import {
  type GitRun,
  group,
  inspects,
  type Subcommand,
  type SubcommandRow,
  steps,
  sub,
} from "./run.ts";

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

export const sequenceRows: readonly SubcommandRow[] = [
  ["am", sequence("m,message-id s,signoff 3,3way", readsPatches)],
  ["merge", sequence("m,message: s,strategy: signoff", nothing)],
  ["rebase", sequence("m,merge s,strategy: signoff x,exec: keep-empty", runsEach)],
  ["cherry-pick revert", sequence("m,mainline: s,signoff x strategy: keep-empty", nothing)],
  ["pull", pull],
  ["bisect", bisect],
];
