// A shell process of its own, as `bash -c` begins one: only what is exported comes with it.

import type { RunOptions } from "./command.ts";
import { exitFrom, type Shell } from "./shell.ts";
import type { Source } from "./source.ts";
import { type ShellOptions, type Start, State } from "./state.ts";

export const freshOptions: ShellOptions = {
  allexport: false,
  errexit: false,
  noglob: false,
  noexec: false,
  nounset: false,
  noclobber: false,
  xtrace: false,
  lastpipe: false,
  globstar: false,
  expandAliases: false,
};

/** `shell` is a fork already. Its exported variables and functions are carried over. */
export function newShell(shell: Shell, source: Source, options: RunOptions): Shell {
  const { state: outer, run } = shell;
  const dialect = options.dialect ?? "bash";
  const parameters = (options.parameters ?? []).slice(1).map((word) => word.value ?? word.parts);
  const base = new State(
    {
      ...startOf(outer),
      parameters: options.parameters?.some((word) => word.many) ? undefined : parameters,
      options: { ...freshOptions, expandAliases: dialect === "posix" || options.aliases === true },
    },
    undefined,
    outer.uncertainty,
  );
  for (const [name, variable] of outer.variables.entries()) {
    run.budget.step();
    if (variable.exported === true && !shell.opaque) base.variables.set(name, variable);
  }
  const [itself] = options.parameters ?? [];
  if (itself?.many === false) base.variables.set("0", { value: itself.value ?? itself.parts });
  for (const [name, value] of options.assignments ?? []) {
    base.variables.set(name, { value: value.value ?? value.parts, exported: true });
  }
  for (const [name, definition] of outer.functions.entries()) {
    if (definition?.exported === true) base.functions.set(name, definition);
  }
  for (const [path, file] of outer.files.entries()) base.files.set(path, file);
  const exit = exitFrom(base);
  return shell.with({
    source,
    state: base.fork(),
    dialect,
    exit,
    frames: [exit],
  });
}

function startOf(state: State): Start {
  return { ...state, exitTraps: [], folders: [], dead: false, jumps: 0, status: 0, lastWord: "" };
}
