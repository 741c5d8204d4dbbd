// What files hold, as far as a script has written them itself.

import { locate } from "./paths.ts";
import type { Shell } from "./shell.ts";
import { hole, type Text } from "./text.ts";

/** The text behind a path: of a file, of standard input, of a descriptor; undefined: not known. */
export function fileContent(shell: Shell, path: Text, source: string): Text | undefined {
  const { target } = locate(shell, path, source);
  if (target.form !== "resolved") return undefined;
  if (target.path === "/dev/null") return "";
  const written = shell.state.files.get(target.path)?.content;
  if (written !== undefined) return written;
  const descriptor = descriptorOf(target.path);
  return descriptor === undefined ? undefined : streamText(shell, descriptor);
}

function descriptorOf(path: string): number | undefined {
  if (path === "/dev/stdin") return 0;
  const match = /^\/(?:dev|proc\/self)\/fd\/(\d{1,4})$/.exec(path);
  return match === null ? undefined : Number(match[1]);
}

function streamText({ state }: Shell, descriptor: number): Text | undefined {
  const stream = state.streams.get(descriptor);
  if (stream?.kind !== "input") return undefined;
  const { rest } = stream.input;
  if (rest.kind === "text") return rest.text;
  return rest.kind === "unknown" ? hole(rest.why) : undefined;
}
