// The command families: the one list. A new family is a file, a line here, and its tests.

import type { Command, CommandFamily } from "../command.ts";

export const families: readonly CommandFamily[] = [];

/** All programs by name. Throws where two families claim one name. */
export function commandTable(members: readonly CommandFamily[]): ReadonlyMap<string, Command> {
  const table = new Map<string, Command>();
  for (const family of members) {
    for (const [program, command] of family) {
      if (table.has(program)) throw new Error(`two command families claim ${program}`);
      table.set(program, command);
    }
  }
  return table;
}
