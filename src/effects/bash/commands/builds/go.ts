// Go: its tool, and the formatters of its files.

import { cli, looks, runsProject, thing } from "../../cli.ts";
import { type FamilyRow, tool } from "../../tool.ts";
import { installs, rewrites, rewritesOperands } from "./project.ts";

const go = cli({
  values: "-o -C -run -count -timeout -tags -ldflags -mod -p -coverprofile -bench -c -exec",
  dry: "-n",
  rows: [
    ["build|test|run|install|generate|vet|tool|fix|telemetry|work", runsProject],
    [
      "get|mod download|mod tidy|mod init|mod edit|mod vendor|work sync|work use",
      installs(".", "go module proxy"),
    ],
    ["fmt", rewritesOperands],
    [
      "clean",
      (act, line) => {
        const all = line.has("-cache", "-modcache", "-testcache", "-fuzzcache");
        if (all)
          return act.delete(thing("go cache"), {
            recursive: true,
            certainty: "certain",
            via: "go clean",
          });
        return act.delete(".", { recursive: true, certainty: "possible", via: "go clean" });
      },
    ],
    ["env|version|list|doc|help|mod graph|mod why|mod verify", looks],
  ],
  otherwise: runsProject,
});

const gofmt = tool<string>(
  "w l d s e r: cpuprofile: local: v",
  (act, options) => {
    if (options.has("r")) act.inspect();
    if (options.has("w")) rewrites(act, options.operands);
  },
  { singleDash: true },
);

export const goRows: readonly FamilyRow[] = [
  ["go", go],
  ["gofmt goimports gofumpt golines", gofmt],
];
