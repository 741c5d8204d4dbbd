// git subcommands that show, and those that write or run something beside the repository.

import type { Produced } from "../../command.ts";
import {
  type GitRun,
  group,
  inspects,
  runWithFile,
  type Subcommand,
  type SubcommandRow,
  sub,
} from "./run.ts";

/** Of which `--name-only` leaves nothing but names. */
const diffs = new Set(["diff", "diff-tree", "diff-index", "diff-files"]);

/** Shows, and writes only where `--output` sends it. */
const shows = sub(
  "output: name-only ext-diff textconv no-index o: O:: S: G: L: n: max-count: since,after: until,before: author: grep: format: pretty:: U: M:: C:: B:: l: stat:: color:: abbrev::",
  (run, options) => {
    const output = options.value("output");
    if (output !== undefined) run.act.overwrite(output, run.more());
    return options.has("name-only") && diffs.has(run.name) ? namesBelow(run) : undefined;
  },
  { mild: true },
);

/** Names of files, one a line, for a pipe behind it. */
const lsFiles: Subcommand = (run) => {
  run.act.list(".", run.more({ recursive: true }));
  const plain = run.words.every(
    ({ value }) => value !== "-s" && value !== "--stage" && value !== "--format",
  );
  return plain ? namesBelow(run) : undefined;
};

/** What it prints are names of files of the tree. */
function namesBelow(run: GitRun): Produced {
  return { names: [{ ...run.act.scope.hole(run.via), parts: [{ kind: "glob", text: "**" }] }] };
}

const grep = sub(
  [
    "cached no-index untracked exclude-standard recurse-submodules v,invert-match i,ignore-case w,word-regexp a,text I textconv r,recursive",
    "max-depth: E,extended-regexp G,basic-regexp F,fixed-strings P,perl-regexp n,line-number column h H full-name l,files-with-matches,name-only",
    "L,files-without-match z,null o,only-matching c,count color:: break heading C,context: B,before-context: A,after-context: threads: p,show-function",
    "W,function-context f: e: and or not q,quiet all-match O,open-files-in-pager:: ext-grep m,max-count:",
  ],
  (run, options) => {
    if (!options.has("O")) {
      run.act.read(".", run.more({ recursive: true }));
      return options.has("l") || options.has("L") ? namesBelow(run) : undefined;
    }
    const pager = options.value("O");
    return pager === undefined ? undefined : runWithFile(run, pager, "-O");
  },
  { mild: true },
);

const archive = sub(
  "format: prefix: add-file: add-virtual-file: o,output: worktree-attributes v,verbose mtime: 0 1 2 3 4 5 6 7 8 9 l,list remote: exec:",
  (run, options) => {
    const output = options.value("o");
    if (options.has("remote")) run.connect(options.value("remote"));
    for (const command of options.values("exec"))
      run.act.script(command, { possible: true, via: run.via });
    if (output !== undefined) run.act.overwrite(output, run.more());
  },
  { mild: true },
);

const bundle = group(
  [
    ["verify list-heads", inspects],
    ["unbundle", (run) => run.writeRepository()],
    [
      "create",
      sub(
        "q,quiet progress all-progress all-progress-implied version: all branches tags",
        (run, { operands: [file] }) => {
          if (file !== undefined && file.value !== "-") run.act.overwrite(file, run.more());
        },
      ),
    ],
  ],
  inspects,
);

const formatPatch = sub(
  [
    "o,output-directory: stdout numbered-files n,numbered N,no-numbered k,keep-subject s,signoff start-number: v,reroll-count: filename-max-length:",
    "cover-letter cover-from-description: description-file: subject-prefix: rfc:: add-header: to: cc: from:: in-reply-to: attach:: inline:: thread::",
    "signature: signature-file: base: q,quiet progress interdiff: range-diff: creation-factor: suffix: root output:",
  ],
  (run, options) => {
    if (options.has("stdout")) return;
    run.act.write(options.value("o") ?? ".", { ...run.more({ recursive: true }), creates: true });
  },
  { mild: true },
);

/** difftool and mergetool run a program on files of the tree. */
const difftool = sub(
  "g,gui d,dir-diff y,no-prompt,prompt t,tool: tool-help trust-exit-code x,extcmd: no-index symlinks",
  (run, options) => {
    const command = options.value("x");
    if (command !== undefined) runWithFile(run, command, "-x");
    else if (!options.has("tool-help")) run.act.execute(run.more());
  },
  { mild: true },
);

const mergeFile = sub(
  "p,stdout object-id diff3 zdiff3 ours theirs union diff-algorithm: marker-size: q,quiet L:",
  (run, options) => {
    const [first] = options.operands;
    if (!options.has("p") && first !== undefined) run.act.write(first, run.more());
  },
);

const interpretTrailers = sub(
  "in-place trim-empty where: if-exists: if-missing: only-trailers only-input unfold parse divider trailer: no-divider",
  (run, options) => {
    if (options.has("in-place"))
      for (const file of options.operands) run.act.write(file, run.more());
  },
);

/** Runs a git command in each repository of a list. */
const forEachRepo: Subcommand = (run) => {
  const words = run.words.filter(({ value }) => value?.startsWith("--") !== true);
  const git = run.act.scope.word("git");
  return void run.act.run([git, ...words], { possible: true, cwd: null, via: run.via });
};

const hook: Subcommand = (run) => run.hooks();
const writesHere: Subcommand = (run) => run.writeTree();
const talks: Subcommand = (run) => run.connect(undefined);
const acts: Subcommand = (run) => run.act.execute(run.more());

function executesAndWrites(run: GitRun): undefined {
  run.act.execute(run.more());
  run.writeTree();
}

export const lookRows: readonly SubcommandRow[] = [
  [
    "log show diff whatchanged diff-tree diff-index diff-files shortlog range-diff diff-pairs format-rev last-modified",
    shows,
  ],
  [
    "status blame annotate describe rev-parse rev-list name-rev merge-base cherry for-each-ref count-objects show-ref show-branch var help version",
    inspects,
  ],
  [
    "ls-tree cat-file check-attr check-ignore check-mailmap check-ref-format column stripspace verify-commit verify-tag verify-pack show-index patch-id",
    inspects,
  ],
  [
    "get-tar-commit-id merge-tree fast-export fsck fsck-objects fmt-merge-msg mailmap --exec-path survey repo",
    inspects,
  ],
  ["ls-files", lsFiles],
  ["grep", grep],
  ["archive", archive],
  ["bundle", bundle],
  ["format-patch", formatPatch],
  ["difftool", difftool],
  ["mergetool gui citool gitk instaweb daemon", executesAndWrites],
  ["merge-file", mergeFile],
  ["interpret-trailers", interpretTrailers],
  ["for-each-repo", forEachRepo],
  ["hook", hook],
  ["mailinfo mailsplit bugreport diagnose subtree svn cvsimport p4 flow", writesHere],
  ["request-pull send-email imap-send http-fetch http-push", talks],
  ["receive-pack upload-pack upload-archive shell http-backend sh-setup sh-i18n", acts],
];
