// git subcommands that change references, objects and other repositories, and what they make unreachable.

import type { Word } from "../../command.ts";
import { textOf } from "../../tool.ts";
import {
  type GitRun,
  group,
  inspects,
  type Subcommand,
  type SubcommandRow,
  steps,
  sub,
  writesRepository,
} from "./run.ts";

/** git-branch(1): `-d` deletes only what is merged, so no commit is lost by it. */
const branch = sub(
  [
    "v,verbose q,quiet t,track:: u,set-upstream-to: unset-upstream color:: r,remotes contains:: no-contains:: abbrev::",
    "a,all d,delete D m,move M omit-empty c,copy C l,list show-current create-reflog edit-description f,force",
    "merged:: no-merged:: column:: sort: points-at:: i,ignore-case recurse-submodules format:",
  ],
  (run, options) => {
    const forced = options.has("f");
    if (options.has("D") || (options.has("d") && (forced || options.has("r"))))
      return run.discardHistory();
    if (options.has("M") || options.has("C") || (forced && options.operands.length > 0)) {
      return run.discardHistory({ certainty: "possible" });
    }
    const changes = options.has("d") || options.has("m") || options.has("c") || options.has("u");
    const sets = options.has("unset-upstream") || options.has("edit-description");
    if (changes || sets || creates(options)) run.writeRepository();
    return undefined;
  },
);

const listing = [
  "a",
  "r",
  "l",
  "contains",
  "no-contains",
  "merged",
  "no-merged",
  "points-at",
  "show-current",
] as const;
const tagListing = [
  "l",
  "n",
  "v",
  "contains",
  "no-contains",
  "merged",
  "no-merged",
  "points-at",
] as const;

function creates(options: {
  has(name: (typeof listing)[number]): boolean;
  readonly operands: readonly Word[];
}): boolean {
  return options.operands.length > 0 && !listing.some((name) => options.has(name));
}

const tag = sub(
  [
    "l,list n:: d,delete v,verify a,annotate m,message: F,file: trailer: e,edit s,sign cleanup: u,local-user: f,force",
    "create-reflog column:: contains:: no-contains:: merged:: no-merged:: sort: points-at:: format: color:: i,ignore-case omit-empty",
  ],
  (run, options) => {
    if (options.has("d")) return run.discardHistory();
    if (options.operands.length === 0 || tagListing.some((name) => options.has(name))) return;
    if (options.has("f")) run.discardHistory({ certainty: "possible" });
    else run.writeRepository();
  },
);

/** git-push(1): what goes away is on the other side. */
const push = sub(
  [
    "v,verbose q,quiet repo: all,branches mirror d,delete tags n,dry-run porcelain f,force force-with-lease::",
    "force-if-includes recurse-submodules: thin receive-pack,exec: u,set-upstream progress prune no-verify verify",
    "follow-tags signed:: atomic o,push-option: 4,ipv4 6,ipv6",
  ],
  (run, options) => {
    const [repository, ...refs] = options.operands;
    run.connect(repository ?? options.value("repo"));
    for (const command of options.values("receive-pack"))
      run.act.script(command, { possible: true, via: run.via });
    if (options.has("n")) return;
    const forced = options.has("f") || options.has("force-with-lease") || options.has("mirror");
    const deletes = options.has("d") || options.has("prune");
    const loses = refs.some(({ value }) => value?.startsWith("+") || value?.startsWith(":"));
    if (forced || deletes || loses) run.discardRemote(remoteName(repository, refs));
    run.hooks();
  },
);

function remoteName(repository: Word | undefined, refs: readonly Word[]): string {
  return ["remote", repository, ...refs]
    .flatMap((word) => (word === undefined ? [] : [textOf(word)]))
    .join(" ");
}

const fetch = sub(
  [
    "v,verbose q,quiet all set-upstream a,append atomic upload-pack: f,force m,multiple t,tags n,no-tags j,jobs: prefetch",
    "p,prune P,prune-tags recurse-submodules:: dry-run porcelain write-fetch-head k,keep u,update-head-ok progress depth:",
    "shallow-since: shallow-exclude: deepen: unshallow refetch update-shallow refmap: o,server-option: 4,ipv4 6,ipv6",
    "negotiation-tip: negotiate-only filter: auto-maintenance auto-gc show-forced-updates write-commit-graph stdin",
  ],
  (run, options) => {
    const [repository, ...refs] = options.operands;
    run.connect(repository);
    for (const command of options.values("upload-pack"))
      run.act.script(command, { possible: true, via: run.via });
    if (options.has("dry-run")) return;
    const local = refs.filter(
      ({ value }) => value?.includes(":") === true && !value.includes("refs/remotes/"),
    );
    const forced = options.has("f") || local.some(({ value }) => value?.startsWith("+") === true);
    if (forced && local.length > 0) run.discardHistory({ certainty: "possible" });
    run.writeRepository();
  },
);

const lsRemote = sub(
  "q,quiet upload-pack,exec: t,tags h,heads,branches refs get-url sort: exit-code symref o,server-option:",
  (run, options) => {
    run.connect(options.operands[0]);
    for (const command of options.values("upload-pack"))
      run.act.script(command, { possible: true, via: run.via });
  },
);

/** What it drops is reachable from nothing else. */
function drops(run: GitRun, dry: boolean): undefined {
  return dry ? run.act.inspect() : run.discardHistory();
}

const expire = sub(
  "n,dry-run all expire: expire-unreachable: rewrite updateref stale-fix verbose single-worktree",
  (run, options) => drops(run, options.has("n")),
);

const reflog = group([["expire delete drop", expire]], inspects);

/** git-gc(1): by itself it keeps what is younger than two weeks, as every commit's own `gc --auto` does. */
const gc = sub(
  "q,quiet prune:: cruft max-cruft-size: expire-to: aggressive auto detach force keep-largest-pack",
  (run, options) => {
    const date = options.value("prune")?.value;
    if (!options.has("prune") || date === undefined) return run.writeRepository();
    return run.discardHistory(date === "now" || date === "all" ? {} : { certainty: "possible" });
  },
);

const prune = sub("n,dry-run v,verbose progress expire: exclude-promisor-objects", (run, options) =>
  drops(run, options.has("n")),
);

const repack = sub(
  [
    "a A cruft d f F q,quiet n no-update-server-info i,keep-unreachable k l,local b,write-bitmap-index cruft-expiration:",
    "delta-islands unpack-unreachable: window: window-memory: depth: threads: max-pack-size: pack-kept-objects keep-pack:",
    "g,geometric: m,write-midx filter: filter-to:",
  ],
  (run, options) => {
    const all = options.has("a") && options.has("d") && !options.has("i") && !options.has("k");
    if (all) run.discardHistory({ certainty: "possible" });
    else run.writeRepository();
  },
);

const filters =
  "setup: env-filter: tree-filter: index-filter: parent-filter: msg-filter: commit-filter: tag-name-filter:";

/** git-filter-branch(1): every filter is shell text. */
const filterBranch = sub(
  [filters, "subdirectory-filter: prune-empty original: d: f,force state-branch:"],
  (run, options) => {
    for (const item of options.items) {
      if (item.kind === "operand" || item.value === undefined) continue;
      if (!item.name.endsWith("-filter") && item.name !== "setup") continue;
      if (item.name === "subdirectory-filter") continue;
      run.act.script(item.value, { cwd: null, via: run.via, possible: true, newShell: true });
    }
    run.discardHistory();
    run.writeTree();
  },
  { order: "posix" },
);

const filterRepo: Subcommand = (run) => {
  const values = run.words.map((word) => word.value ?? "");
  if (
    values.some(
      (value) =>
        value === "--analyze" || value === "--dry-run" || value === "--help" || value === "-h",
    )
  ) {
    return run.act.inspect();
  }
  if (values.some((value) => value.includes("-callback")))
    run.act.unknown(`${run.via} runs Python of its own`);
  run.discardHistory();
  run.writeTree();
  return undefined;
};

const updateRef = sub("m: d no-deref z stdin create-reflog batch-updates", (run, options) => {
  const { stdin } = run.act.invocation;
  const commands = options.has("stdin") ? (stdin.kind === "text" ? stdin.text : "delete") : "";
  if (options.has("d") || commands.includes("delete")) return run.discardHistory();
  return run.discardHistory({ certainty: "possible" });
});

function deleting(spec: string): Subcommand {
  return sub(`${spec} d,delete`, (run, options) => {
    if (options.has("d")) run.discardHistory();
    else if (options.operands.length > 1) run.writeRepository();
  });
}

const notes = group(
  [
    ["list show get-ref", inspects],
    ["remove", (run) => run.discardHistory()],
    ["prune", sub("n,dry-run v", (run, options) => drops(run, options.has("n")))],
    ["add copy append edit merge", writesRepository],
  ],
  inspects,
);

const remotes = group(
  [
    ["get-url", inspects],
    ["show", (run) => run.connect(run.words[0])],
    ["remove rm", (run) => run.discardHistory()],
    [
      "update",
      steps(
        (run) => run.connect(undefined),
        (run) => run.writeRepository(),
      ),
    ],
    [
      "prune",
      sub("n,dry-run", (run, options) =>
        options.has("n") ? run.connect(undefined) : run.writeRepository(),
      ),
    ],
    ["add rename set-head set-branches set-url", writesRepository],
  ],
  inspects,
);

const rewrites = steps(
  (run) => run.discardHistory(),
  (run) => run.writeTree(),
);

const lfs = group(
  [
    ["status ls-files env logs locks version pointer fsck ext", inspects],
    [
      "prune",
      (run) =>
        drops(
          run,
          run.words.some(({ value }) => value === "-d" || value === "--dry-run"),
        ),
    ],
    [
      "fetch pull push clone lock unlock",
      steps(
        (run) => run.connect(undefined),
        (run) => run.writeTree(),
      ),
    ],
    ["track untrack", (run) => run.act.write(".gitattributes", run.more())],
    ["install uninstall update", writesRepository],
    ["checkout", (run) => run.writeTree()],
    ["migrate", (run) => (run.words[0]?.value === "info" ? run.act.inspect() : rewrites(run))],
  ],
  writesRepository,
);

const rerere = group(
  [
    ["status diff remaining", inspects],
    ["clear forget gc", (run) => run.discardHistory({ certainty: "possible" })],
  ],
  writesRepository,
);

const maintenance = group([["run start stop register unregister", writesRepository]], inspects);

export const historyRows: readonly SubcommandRow[] = [
  ["branch", branch],
  ["tag", tag],
  ["push send-pack", push],
  ["fetch fetch-pack", fetch],
  ["ls-remote", lsRemote],
  ["reflog", reflog],
  ["gc", gc],
  ["prune", prune],
  ["repack", repack],
  ["filter-branch", filterBranch],
  ["filter-repo", filterRepo],
  ["update-ref", updateRef],
  ["symbolic-ref", deleting("q,quiet short recurse m:")],
  ["replace", deleting("l,list e,edit g,graft convert-graft-file f,force raw format:")],
  ["notes", notes],
  ["remote", remotes],
  ["lfs", lfs],
  ["rerere", rerere],
  ["maintenance", maintenance],
  [
    "commit-tree mktree write-tree mktag pack-refs pack-objects unpack-objects index-pack prune-packed hash-object multi-pack-index commit-graph fast-import unpack-file update-server-info credential credential-store credential-cache refs replay",
    writesRepository,
  ],
];
