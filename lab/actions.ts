// What a policy can do: an action is a kind of tool call, and its paths come from what was seen. So calls
// are written from actions, and read back as actions where a policy is trained.

import { z } from "zod";
import type { JsonObject } from "../src/core/json.ts";
import { type Random, whole } from "../src/statistics/random.ts";

export interface Action {
  /** For bash: the program. */
  readonly name: string;
  readonly tool: string;
  /** It changes nothing. */
  readonly looks: boolean;
  write(target: string, random: Random): JsonObject;
}

export interface WrittenCall {
  readonly tool: string;
  readonly arguments: JsonObject;
}

function fileTool(name: string, looks: boolean, write: Action["write"]): Action {
  return { name, tool: name, looks, write };
}

/** `words`: what may stand between the program and the path. */
function program(name: string, looks: boolean, ...words: readonly string[]): Action {
  const write = (target: string, random: Random) => ({
    command: [name, pick(random, words) ?? "", target].filter((word) => word !== "").join(" "),
  });
  return { name, tool: "bash", looks, write };
}

const plain = (path: string) => ({ path });
const patterns = ["**/*.txt", "**/*.md", "**/*", "*"];

export const actions: readonly Action[] = [
  fileTool("list_directory", true, plain),
  fileTool("directory_tree", true, plain),
  fileTool("search_files", true, (path, random) => ({
    path,
    pattern: pick(random, patterns) ?? "*",
  })),
  fileTool("read_text_file", true, plain),
  fileTool("get_file_info", true, plain),
  fileTool("create_directory", false, (_, random) => ({ path: `new-${whole(random, 1, 99)}` })),
  fileTool("write_file", false, (_, random) => ({
    path: `note-${whole(random, 1, 99)}.txt`,
    content: "noted\n",
  })),
  fileTool("move_file", false, (source, random) => ({
    source,
    destination: `elsewhere-${whole(random, 1, 99)}`,
  })),
  fileTool("archive_file", false, plain),
  fileTool("delete_file", false, (path) => ({ path, recursive: true })),
  program("ls", true, "-1", "-l -a"),
  program("cat", true, ""),
  program("stat", true, ""),
  program("getfacl", true, ""),
  program("mkdir", false, "-p made/by"),
  program("touch", false, ""),
  program("chmod", false, "u+x", "g+r", "o+r", "640", "755"),
  program("chown", false, "nobody"),
  program("chgrp", false, "staff"),
  program("setfacl", false, "-m u:nobody:r", "-m g:staff:rx"),
];

/** The action behind the last one: to end with words alone. */
export const say = actions.length;

const commandSchema = z.object({ command: z.string() });

/** undefined: no call that a policy here could have made. */
export function actionOf({ tool, arguments: given }: WrittenCall): number | undefined {
  const command = commandSchema.safeParse(given).data?.command;
  const name = tool === "bash" ? command?.split(" ", 1)[0] : tool;
  const found = actions.findIndex((action) => action.tool === tool && action.name === name);
  return found < 0 ? undefined : found;
}

/** By action, `say` at the end, which there always is. */
export function allowedWith(tools: readonly string[]): readonly boolean[] {
  return [...actions.map(({ tool }) => tools.includes(tool)), true];
}

export function pick<T>(random: Random, items: readonly T[]): T | undefined {
  return items[whole(random, 0, items.length - 1)];
}

/** One of the keys, as likely as its weight says. */
export function pickByWeight(random: Random, weights: Readonly<Record<string, number>>): string {
  const entries = Object.entries(weights);
  let left = random() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [name, weight] of entries) {
    left -= weight;
    if (left < 0) return name;
  }
  return entries.at(-1)?.[0] ?? "";
}
