// Ruby: Bundler.

import { cli, looks, runsProject, thing } from "../../cli.ts";
import type { FamilyRow } from "../../tool.ts";
import { installs, runsInEnvironment } from "./project.ts";

export const rubyRows: readonly FamilyRow[] = [
  [
    "bundle bundler",
    cli({
      rows: [
        ["exec", runsInEnvironment],
        ["install|update|add|lock|package|cache|init|pristine", installs("vendor", "rubygems.org")],
        [
          "clean|remove",
          (act, { command }) =>
            act.delete(thing("unused gems"), {
              recursive: true,
              certainty: "possible",
              via: `bundle ${command}`,
            }),
        ],
        ["list|show|info|outdated|check|config|env|platform|licenses|doctor", looks],
      ],
      otherwise: runsProject,
    }),
  ],
];
