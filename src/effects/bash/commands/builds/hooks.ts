// Tools that run the hooks of a repository, which may write.

import { cli, each, runsProject } from "../../cli.ts";
import type { FamilyRow } from "../../tool.ts";
import { deletesThing, rewritesOperands } from "./project.ts";

/** A hook may write any file that it is run for. */
const runsHooks = each(runsProject, rewritesOperands);

const preCommit = cli({
  rows: [
    ["run|try-repo", runsHooks],
    [
      "install|uninstall|install-hooks|autoupdate|migrate-config|init-templatedir",
      each(runsProject, (act) => act.write(".git/hooks", { recursive: true })),
    ],
    ["clean|gc", deletesThing("pre-commit cache")],
  ],
  otherwise: runsHooks,
});

export const hookRows: readonly FamilyRow[] = [
  ["pre-commit lefthook husky lint-staged prek", preCommit],
];
