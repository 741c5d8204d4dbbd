// git subcommands that make, move and delete whole trees: repositories, worktrees, submodules.

import type { Word } from "../../command.ts";
import { knownWord } from "../../options.ts";
import {
  type GitRun,
  group,
  inspects,
  type SubcommandRow,
  steps,
  sub,
  writesRepository,
} from "./run.ts";

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

export const repositoryRows: readonly SubcommandRow[] = [
  ["worktree", worktree],
  ["submodule", submodule],
  ["clone", clone],
  ["init init-db", init],
];
