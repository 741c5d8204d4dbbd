// Where a shell or an interpreter takes its program from, and what to say of one that is not seen.

import type { Word } from "./command.ts";
import { type Act, textOf } from "./tool.ts";

/** The text of a program; or there is none; or it is not seen, which has been said. */
export type Source =
  | { readonly kind: "text"; readonly text: Word | string }
  | { readonly kind: "nothing" }
  | { readonly kind: "unseen" };

const standardInput: ReadonlySet<string> = new Set([
  "-",
  "/dev/stdin",
  "/dev/fd/0",
  "/proc/self/fd/0",
]);

/** A program in a file, or on standard input where no file is named. */
export function sourceOf(act: Act, file: Word | undefined): Source {
  if (file === undefined || (file.value !== undefined && standardInput.has(file.value)))
    return fromStdin(act);
  const text = act.scope.contentOf(file);
  if (text !== undefined) return { kind: "text", text };
  runsUnseen(act, file);
  return { kind: "unseen" };
}

function fromStdin(act: Act): Source {
  const { stdin } = act.invocation;
  switch (stdin.kind) {
    case "inherited":
      return { kind: "nothing" };
    case "text":
      return { kind: "text", text: stdin.text };
    case "file":
      runs(act, { target: stdin.target, name: stdin.target.path });
      return { kind: "unseen" };
    case "unknown":
      act.unknown(`${act.invocation.program} runs what comes from ${stdin.why}`);
      return stdin.partly === undefined
        ? { kind: "unseen" }
        : { kind: "text", text: act.scope.word(stdin.partly) };
  }
}

/** A script on disk: it may do anything. */
export function runsUnseen(act: Act, file: Word): void {
  runs(act, { target: act.target(file), name: textOf(file) });
}

function runs(
  act: Act,
  { target, name }: { readonly target: ReturnType<Act["target"]>; readonly name: string },
): void {
  const { program } = act.invocation;
  const words = act.args.map(textOf);
  act.emit({ kind: "execute", program, words, code: "file", inspects: false, target });
  act.emit({ kind: "unknown", why: `the script ${name} is not seen`, target });
}
