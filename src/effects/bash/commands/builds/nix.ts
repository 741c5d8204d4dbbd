// Nix: builds, shells, and its store.

import { cli, looks, runsProject, thing } from "../../cli.ts";
import { type Act, type FamilyRow, program, textOf } from "../../tool.ts";

/** A command that is run in the shell; without one it opens for whoever types. */
function nixShell(act: Act) {
  const at = act.args.findIndex((word) => ["--run", "--command", "-c"].includes(word.value ?? ""));
  const text = act.args[at + 1];
  if (at < 0 || text === undefined) return act.unknown("nix opens a shell of a project");
  if (act.invocation.program === "nix") return act.run(act.args.slice(at + 1), { via: "nix" });
  return act.script(text, { newShell: true, via: "nix-shell --run" });
}

export const nixRows: readonly FamilyRow[] = [
  ["nix-shell", program(nixShell)],
  [
    "nix",
    cli({
      values: "--option --file -f --expr -I",
      rows: [
        ["run", (act) => act.unknown("nix run fetches a program")],
        ["shell|develop", nixShell],
        [
          "build|flake check|flake update|flake lock|eval|fmt|profile install|profile upgrade",
          runsProject,
        ],
        [
          "store gc|store delete|profile remove|profile wipe-history",
          (act, { command, operands }) =>
            act.delete(thing(`nix ${command} ${operands.map(textOf).join(" ")}`.trim()), {
              recursive: true,
              certainty: "certain",
              via: `nix ${command}`,
            }),
        ],
      ],
      otherwise: looks,
    }),
  ],
  [
    "nix-collect-garbage nix-store",
    program((act) =>
      act.args.some((word) => /^(?:--gc|--delete)$/.test(word.value ?? "")) ||
      act.invocation.program === "nix-collect-garbage"
        ? act.delete(thing("nix store garbage"), { recursive: true, certainty: "certain" })
        : act.execute(),
    ),
  ],
];
