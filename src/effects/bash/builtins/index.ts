// What the shell itself carries out: the one list.

import type { Builtin } from "../shell.ts";
import { code } from "./code.ts";
import { flow } from "./flow.ts";
import { folders } from "./folders.ts";
import { input } from "./input.ts";
import { output } from "./output.ts";
import { settings } from "./settings.ts";
import { variables } from "./variables.ts";

/** Builtin name -> what it does. */
export type BuiltinFamily = ReadonlyMap<string, Builtin>;

const members: readonly BuiltinFamily[] = [code, flow, folders, input, output, settings, variables];

/** All of them by name. */
export const builtins: ReadonlyMap<string, Builtin> = new Map(
  members.flatMap((family) => [...family]),
);
