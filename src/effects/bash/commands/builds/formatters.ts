// Formatters, and checkers that also correct: they write the files that they are given, unless told to check.

import { cli, looks, runsProject, words } from "../../cli.ts";
import type { Command } from "../../command.ts";
import { type FamilyRow, tool } from "../../tool.ts";
import { rewrites } from "./project.ts";

/** A formatter: with `--write` or without `--check`, whichever it takes. */
function formatter({
  writesWith,
  keepsWith = "",
  values = "",
}: {
  writesWith?: string;
  keepsWith?: string;
  values?: string;
}): Command {
  return cli({
    values,
    rows: [],
    otherwise: (act, line) => {
      runsProject(act, line);
      const keeps = line.has(...words(keepsWith));
      if (!keeps && (writesWith === undefined || line.has(...words(writesWith))))
        rewrites(act, line.operands);
      return undefined;
    },
  });
}

const prettier = formatter({
  writesWith: "--write -w",
  keepsWith: "--check -c --list-different -l",
  values: "--config --parser --ignore-path --plugin",
});

const fixer = formatter({
  writesWith: "--fix --fix-dry-run --write --apply --autofix -a -A --auto-correct --autocorrect",
  values: "-c --config --ext --rulesdir --format -f --plugin --ignore-path --max-warnings -o",
});

const ruff = cli({
  values:
    "--config --select --ignore --extend-select --line-length --target-version --output-format --exclude",
  dry: "--diff",
  rows: [
    ["format", (act, line) => (line.has("--check") ? act.inspect() : rewrites(act, line.operands))],
    [
      "check",
      (act, line) =>
        line.has("--fix", "--fix-only", "--unsafe-fixes", "--add-noqa")
          ? rewrites(act, line.operands)
          : act.inspect(),
    ],
    ["clean", (act) => act.delete(".ruff_cache", { recursive: true, via: "ruff clean" })],
  ],
  otherwise: (act, line) => (line.has("--fix") ? rewrites(act, line.operands) : act.inspect()),
});

const biome = cli({
  values: "--config-path --max-diagnostics --diagnostic-level --reporter",
  rows: [
    [
      "format|lint|check|ci",
      (act, line) =>
        line.has("--write", "--fix", "--apply", "--apply-unsafe", "--unsafe") &&
        line.command !== "ci"
          ? rewrites(act, line.operands)
          : act.inspect(),
    ],
    ["migrate|init", (act) => act.write("biome.json")],
  ],
  otherwise: looks,
});

const clangFormat = tool<string>(
  "i style: output-replacements-xml assume-filename: dump-config n,dry-run Werror files: fallback-style: offset: length: lines: sort-includes verbose cursor:",
  (act, options) => {
    if (options.has("i") && !options.has("n")) rewrites(act, options.operands);
  },
  { singleDash: true },
);

export const formatterRows: readonly FamilyRow[] = [
  [
    "eslint stylelint oxlint tslint xo standard markdownlint textlint rubocop standardrb ktlint swiftlint ansible-lint sqlfluff npm-check-updates ncu php-cs-fixer phpcbf",
    fixer,
  ],
  ["prettier", prettier],
  [
    "black isort autopep8 yapf autoflake pyupgrade djlint docformatter usort",
    formatter({
      keepsWith: "--check --check-only -c --diff -d",
      values: "-l --line-length --config -t --target-version --profile",
    }),
  ],
  [
    "rustfmt swiftformat swift-format scalafmt dart-format terraform-fmt nixfmt nixpkgs-fmt alejandra ormolu fourmolu stylua taplo buildifier cmake-format",
    formatter({ keepsWith: "--check -c --lint --dry-run" }),
  ],
  ["shfmt", formatter({ writesWith: "-w --write" })],
  ["clang-format", clangFormat],
  ["ruff", ruff],
  ["biome", biome],
];
