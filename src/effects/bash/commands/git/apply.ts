// git apply: what a patch does, as far as its text is known.

import type { Word } from "../../command.ts";
import { type GitRun, type SubcommandRow, sub } from "./run.ts";

/** A patch names the files that it deletes, empty ones without any further lines (git-diff(1)). */
const deletedFile = /^(?:deleted file mode \d+)$/;

/** git-apply(1): what it says of a patch without applying it. */
const apply = sub(
  [
    "exclude: include: no-add stat numstat summary check index N,intent-to-add cached unsafe-paths apply",
    "3,3way ours theirs union build-fake-ancestor: z C: whitespace: ignore-space-change ignore-whitespace R,reverse",
    "unidiff-zero reject allow-overlap v,verbose q,quiet inaccurate-eof recount directory: p: allow-empty",
  ],
  (run, options) => {
    const looks =
      options.has("check") ||
      options.has("stat") ||
      options.has("numstat") ||
      options.has("summary");
    for (const word of options.operands) if (word.value !== "-") run.act.read(word, run.more());
    if (looks && !options.has("apply")) return;
    if (options.has("cached")) return run.writeRepository();
    const text = patchText(run, options.operands);
    // Taking a patch back may take back what was never committed.
    if (options.has("R")) run.discardTree({ certainty: "possible" });
    if (text === undefined) return run.writeTree();
    return appliesText(run, text, options.has("R"));
  },
);

function patchText(run: GitRun, operands: readonly Word[]): string | undefined {
  const [only] = operands;
  if (only !== undefined && only.value !== "-") return run.act.scope.contentOf(only);
  const { stdin } = run.act.invocation;
  return stdin.kind === "text" ? stdin.text : undefined;
}

/** Lines of a patch that are looked at. */
const maxPatchLines = 20_000;

function appliesText(run: GitRun, patch: string, reverse: boolean): undefined {
  let old = "";
  let deleted = false;
  for (const line of patch.split("\n", maxPatchLines)) {
    if (line.startsWith("--- ")) old = nameOf(line);
    else if (line.startsWith("diff --git ")) {
      old = nameOf(`+++ ${line.slice(line.lastIndexOf(" b/") + 1)}`);
      deleted = false;
    } else if (line.startsWith("+++ ") && !deleted) {
      appliesFile(run, reverse ? nameOf(line) : old, reverse ? old : nameOf(line));
    } else if (deletedFile.test(line) && !reverse) {
      run.act.delete(old, run.more());
      deleted = true;
    }
  }
}

function appliesFile(run: GitRun, from: string, to: string): undefined {
  if (to === "") run.act.delete(from, run.more());
  else run.act.write(to, { ...run.more(), creates: from === "" });
}

/** `--- a/name`; empty for `/dev/null`. */
function nameOf(header: string): string {
  const name = header.slice(4).split("\t")[0]?.trim() ?? "";
  if (name === "/dev/null") return "";
  return /^[ab]\//.test(name) ? name.slice(2) : name;
}

export const applyRows: readonly SubcommandRow[] = [["apply", apply]];
