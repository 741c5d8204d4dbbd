// Tools of any language that choose versions or set variables for another command.

import { acts, cli, looks, runsProject, thing } from "../../cli.ts";
import { type FamilyRow, textOf } from "../../tool.ts";
import { runsInEnvironment } from "./project.ts";

export const environmentRows: readonly FamilyRow[] = [
  [
    "mise asdf rtx",
    cli({
      rows: [
        ["exec|x", runsInEnvironment],
        ["run|r|tasks run", runsProject],
        ["install|use|upgrade|plugin add|self-update", acts],
        [
          "uninstall|prune|cache clear|implode|plugin remove",
          (act, { command, operands }) =>
            act.delete(thing(`tool ${operands.map(textOf).join(" ")}`.trim()), {
              recursive: true,
              certainty: "certain",
              via: `${act.invocation.program} ${command}`,
            }),
        ],
      ],
      otherwise: looks,
    }),
  ],
  [
    "rbenv pyenv nodenv goenv jenv volta fnm",
    cli({
      rows: [
        ["exec|run", runsInEnvironment],
        ["install|global|local|pin|use|default", acts],
        [
          "uninstall",
          (act, { operands }) =>
            act.delete(thing(`version ${operands.map(textOf).join(" ")}`), {
              recursive: true,
              certainty: "certain",
            }),
        ],
      ],
      otherwise: looks,
    }),
  ],
  [
    "dotenv dotenvx doppler op infisical chamber aws-vault envchain",
    cli({
      values: "-f -e -c --env-file --project --config",
      rows: [["run|exec", runsInEnvironment]],
      otherwise: (act, line) =>
        act.args.some((word) => word.value === "--") ? runsInEnvironment(act, line) : act.inspect(),
    }),
  ],
];
