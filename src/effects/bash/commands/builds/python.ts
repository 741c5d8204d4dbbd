// Python: its package managers, and the environments that they keep.

import { acts, cli, each, looks, runsProject, thing } from "../../cli.ts";
import { type FamilyRow, program, textOf } from "../../tool.ts";
import { deletesThing, installs, runsInEnvironment } from "./project.ts";
import { runsPackage } from "./run-package.ts";

const pipx = program((act) => {
  const [command, ...rest] = act.args;
  if (command?.value === "run") return runsPackage(act, rest);
  if (/^(?:uninstall|uninstall-all|reinstall)$/.test(command?.value ?? "")) {
    return act.delete(thing(`pipx package ${rest.map(textOf).join(" ")}`.trim()), {
      recursive: true,
      certainty: "certain",
      via: "pipx uninstall",
    });
  }
  return command?.value === "list" || command?.value === "environment"
    ? act.inspect()
    : act.execute();
});

export const pythonRows: readonly FamilyRow[] = [
  [
    "poetry",
    cli({
      values: "-C --directory -P --project",
      dry: "--dry-run",
      rows: [
        ["run", runsInEnvironment],
        ["install|add|update|lock|build|sync|init|new|self", installs(".", "package index")],
        ["remove", runsProject],
        ["cache clear", deletesThing("poetry cache")],
        ["env remove", deletesThing("poetry environment")],
        ["publish", (act) => act.connect("package index")],
      ],
      otherwise: looks,
    }),
  ],
  [
    "pipenv",
    cli({
      rows: [
        ["run", runsInEnvironment],
        ["install|sync|update|lock|upgrade", installs(".", "package index")],
        ["uninstall|clean", runsProject],
        ["--rm", deletesThing("pipenv environment")],
      ],
      otherwise: looks,
    }),
  ],
  [
    "pdm rye hatch",
    cli({
      rows: [
        ["run|exec", runsInEnvironment],
        [
          "install|add|update|lock|sync|build|init|remove|publish|test|fmt|lint",
          installs(".", "package index"),
        ],
        ["env remove|env prune|cache clear", deletesThing("environment")],
      ],
      otherwise: looks,
    }),
  ],
  [
    "uvx",
    program((act) => runsPackage(act, act.args[0]?.value === "run" ? act.args.slice(1) : act.args)),
  ],
  ["pipx", pipx],
  [
    "uv",
    cli({
      values:
        "--directory --project --python -p --with --extra --group --index-url --cache-dir --config-file --env-file",
      dry: "--dry-run",
      rows: [
        ["run|tool run|x", (act, { rest }) => runsPackage(act, rest)],
        [
          "pip install|pip sync|pip compile|sync|add|lock|tool install|tool upgrade|python install|init|build|self update",
          installs(".venv", "package index"),
        ],
        [
          "venv",
          (act, line) => act.write(line.operands[0] ?? ".venv", { recursive: true, creates: true }),
        ],
        [
          "pip uninstall|remove|tool uninstall|python uninstall",
          (act, { operands, command }) =>
            act.delete(thing(`python package ${operands.map(textOf).join(" ")}`), {
              recursive: true,
              certainty: "certain",
              via: `uv ${command}`,
            }),
        ],
        [
          "cache clean|cache prune",
          (act) =>
            act.delete(thing("uv cache"), {
              recursive: true,
              certainty: "certain",
              via: "uv cache clean",
            }),
        ],
        ["publish", (act) => act.connect("package index")],
      ],
      otherwise: looks,
    }),
  ],
  [
    "conda mamba micromamba",
    cli({
      values: "-n --name -p --prefix -c --channel --cwd -f --file",
      dry: "--dry-run -d",
      rows: [
        ["run", runsInEnvironment],
        [
          "install|create|update|upgrade|env create|env update",
          each((act) => act.connect("conda channel"), acts),
        ],
        [
          "remove|uninstall|env remove|clean",
          (act, { operands, command }) =>
            act.delete(thing(`conda ${command} ${operands.map(textOf).join(" ")}`.trim()), {
              recursive: true,
              certainty: "certain",
              via: `conda ${command}`,
            }),
        ],
      ],
      otherwise: looks,
    }),
  ],
];
