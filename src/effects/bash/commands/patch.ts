// patch(1): changes, makes and removes the files that a difference names.

import type { CommandFamily } from "../command.ts";
import type { Options } from "../options.ts";
import { type Act, family, inFolder, tool } from "../tool.ts";

const patch = tool(
  [
    "p,strip: F,fuzz: l,ignore-whitespace c,context e,ed n,normal u,unified N,forward R,reverse i,input:",
    "o,output: r,reject-file: D,ifdef: merge:: E,remove-empty-files Z,set-utc T,set-time quoting-style:",
    "b,backup backup-if-mismatch no-backup-if-mismatch V,version-control: B,prefix: Y,basename-prefix:",
    "z,suffix: g,get: t,batch f,force s,quiet,silent verbose dry-run posix d,directory: reject-format:",
    "binary read-only: follow-symlinks v,version help C,check",
  ],
  (act, options) => {
    const [original, operand] = options.operands;
    const file = options.value("i") ?? operand;
    if (file !== undefined && file.value !== "-") act.read(file);
    if (options.has("dry-run") || options.has("C")) return;
    const text = act.contentOf(file);
    if (options.has("e")) act.unknown("patch runs an ed script");
    const output = options.value("o");
    if (output !== undefined) return act.overwrite(output);
    if (original !== undefined) return act.write(original);
    if (text === undefined) return act.unknown("the files that a patch names");
    for (const change of changesOf(text, options.has("R"))) apply(act, change, options);
  },
);

interface Change {
  readonly before: string;
  readonly after: string;
}

/** Files of one patch beyond this are not looked at one by one. */
const maxChanges = 1_024;

/** The headers of a unified or context difference. */
function changesOf(text: string, reverse: boolean): readonly Change[] {
  const changes: Change[] = [];
  let before: string | undefined;
  for (const line of text.split("\n")) {
    if (changes.length >= maxChanges) break;
    if (/^(?:---|\*\*\*) [^*]/.test(line) && before === undefined) before = nameIn(line);
    else if (/^(?:\+\+\+|---) /.test(line) && before !== undefined) {
      const after = nameIn(line);
      changes.push(reverse ? { before: after, after: before } : { before, after });
      before = undefined;
    }
  }
  return changes;
}

/** A name ends at a tab; a date stands behind it. */
function nameIn(line: string): string {
  return line.slice(4).split("\t", 1)[0]?.trim() ?? "";
}

function apply(act: Act, { before, after }: Change, options: Options<"p" | "d" | "E">): void {
  const gone = after === "/dev/null";
  const name = stripped(gone ? before : after, options.value("p")?.value);
  if (name === undefined) return;
  const word = act.scope.word(name);
  const folder = options.value("d");
  const place = folder === undefined ? word : inFolder(folder, word.parts);
  if (gone) act.delete(place);
  else act.write(place, before === "/dev/null" ? { creates: true } : {});
}

/** `-p1` drops the first folder; without `-p` only the last name counts. */
function stripped(path: string, strip: string | undefined): string | undefined {
  if (strip === undefined) return path.slice(path.lastIndexOf("/") + 1);
  const names = path.split(/\/+/);
  const count = /^\d{1,3}$/.test(strip) ? Number(strip) : 0;
  return names.length > count ? names.slice(count).join("/") : undefined;
}

export const patches: CommandFamily = family(["patch gpatch", patch]);
