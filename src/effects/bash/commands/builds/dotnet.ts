// .NET: its command line.

import { cli, each, looks, runsProject, thing } from "../../cli.ts";
import { type FamilyRow, textOf } from "../../tool.ts";
import { cleans, rewrites } from "./project.ts";

const dotnet = cli({
  values: "-c --configuration -f --framework -r --runtime -o --output -v --verbosity --project",
  rows: [
    [
      "build|test|run|publish|pack|restore|watch|msbuild|vstest|ef|tool run|format|workload",
      runsProject,
    ],
    ["clean", cleans("bin", "obj")],
    [
      "new|add|remove|sln|tool install|tool update|nuget push",
      each(runsProject, (act) => rewrites(act, [])),
    ],
    [
      "tool uninstall|nuget delete|nuget locals",
      (act, { command, operands }) =>
        act.delete(thing(`dotnet ${command} ${operands.map(textOf).join(" ")}`), {
          certainty: "certain",
          via: `dotnet ${command}`,
        }),
    ],
    ["list|--info|--list-sdks|help|nuget list", looks],
  ],
  otherwise: runsProject,
});

export const dotnetRows: readonly FamilyRow[] = [["dotnet", dotnet]];
