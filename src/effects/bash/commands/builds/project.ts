// What build tools have in common: they run what the files of a project say, and write its folders.

import {
  cli,
  each,
  type LineAction,
  type LineRow,
  runsProject,
  runsRest,
  thing,
} from "../../cli.ts";
import type { Command, Word } from "../../command.ts";
import type { Act } from "../../tool.ts";

/** A tool that runs code of the project, but for options with which it only shows. */
export function runner(shows = ""): Command {
  return projectTool([], `${shows} -V`);
}

/** A tool that runs code of the project, with commands of which more can be said. */
export function projectTool(rows: readonly LineRow[] = [], shows = ""): Command {
  return cli({ dry: shows, rows, otherwise: runsProject });
}

/** Another command in the environment of the project. */
export const runsInEnvironment: LineAction = runsRest();

/** Writes the files of the project anew, by the tool's own rules. */
export function rewrites(act: Act, paths: readonly Word[]): undefined {
  const places = paths.length === 0 ? ["."] : paths;
  for (const place of places) act.write(below(place), { recursive: true });
}

/** Go's `./...` is a folder and all below it. */
function below(place: Word | string): Word | string {
  const text = typeof place === "string" ? place : place.value;
  return text?.endsWith("/...") === true ? text.slice(0, -"/...".length) : place;
}

/** Writes what the operands name, or the whole project. */
export const rewritesOperands: LineAction = (act, { operands }) => rewrites(act, operands);

/** `clean` of a build tool: what it deletes stands in its settings; `target` is where it is by default. */
export function cleans(...folders: readonly string[]): LineAction {
  return function clean(act) {
    for (const folder of folders) {
      act.delete(folder, {
        recursive: true,
        certainty: "possible",
        via: `${act.invocation.program} clean`,
      });
    }
    return undefined;
  };
}

/** `install` of a package manager of the project: writes its folder, runs the packages' scripts. */
export function installs(folder: string, host: string): LineAction {
  return each(
    runsProject,
    (act) => act.connect(host, { certainty: "possible" }),
    (act) => act.write(folder, { recursive: true }),
  );
}

/** Deletes what is no file of the project, whole: a cache, an environment that is kept elsewhere. */
export function deletesThing(name: string): LineAction {
  return function deleteThing(act) {
    return act.delete(thing(name), { recursive: true, certainty: "certain" });
  };
}
