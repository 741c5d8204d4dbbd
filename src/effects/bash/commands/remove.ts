// Programs that remove: rm, rmdir, unlink, shred and their relatives.

import type { CommandFamily, Word } from "../command.ts";
import { type Act, family, gnuFamily, program, textOf, tool } from "../tool.ts";

const rm = tool(
  [
    "f,force i I interactive:: r,R,recursive d,dir v,verbose one-file-system",
    "no-preserve-root preserve-root:: P W x",
  ],
  (act, options) => {
    const when = textOf(options.value("interactive") ?? "always");
    const asked = options.last("f", "i", "I", "interactive");
    const prompts =
      asked !== undefined && asked !== "f" && !(asked === "interactive" && never(when));
    const recursive = options.has("r") || options.doubtful.some((word) => word.many);
    for (const word of options.operands) {
      act.delete(word, { recursive, ...(prompts ? { certainty: "possible" } : {}) });
    }
  },
  { mild: true, whole: true },
);

function never(when: string): boolean {
  return when === "never" || when === "no" || when === "none";
}

const rmdir = tool(
  "ignore-fail-on-non-empty p,parents v,verbose",
  (act, options) => {
    for (const word of options.operands) {
      act.delete(word);
      if (options.has("p")) for (const parent of parentsOf(word)) act.delete(parent);
    }
  },
  { mild: true, whole: true },
);

/** Linux allows 4,096 characters in a path; nobody removes that many parents by name. */
const maxParents = 64;

/** `a/b` and `a` of `a/b/c`. */
function parentsOf(word: Word): readonly string[] {
  const names = (word.value ?? "").split("/").slice(0, maxParents);
  return names.flatMap((_, at) => names.slice(0, at).join("/") || []).toReversed();
}

const unlink = tool("", (act, { operands }) => removeEach(act, operands), {
  mild: true,
  whole: true,
});

function removeEach(act: Act, words: readonly Word[]): undefined {
  forEach(words, (word) => act.delete(word));
}

function forEach(words: readonly Word[], does: (word: Word) => void): undefined {
  for (const word of words) does(word);
}

const shred = tool(
  "f,force n,iterations: random-source: s,size: u remove:: v,verbose x,exact z,zero",
  (act, options) => {
    for (const word of options.operands) {
      if (word.value === "-") act.execute();
      else act.truncate(word);
      if (options.has("u") || options.has("remove")) act.delete(word);
    }
  },
  { mild: true, whole: true },
);

/** wipe(1): overwrites and removes, keeps with `-k`. */
const wipe = tool(
  "f r c i s k F D q Q: P: S: C: R: l: o: e Z x: h,help v,version",
  (act, options) => {
    const recursive = options.has("r");
    for (const word of options.operands) {
      if (options.has("k")) act.truncate(word, { recursive });
      else act.delete(word, { recursive });
    }
  },
  { mild: true },
);

/** srm(1) of secure-delete and of macOS. */
const srm = tool(
  "d f,force i l r,R,recursive v,verbose z s,simple m,medium n,nounlink",
  (act, options) => {
    for (const word of options.operands) act.delete(word, { recursive: options.has("r") });
  },
  { mild: true },
);

/** Into the trash can of the desktop: freedesktop.org Trash specification 1.0. */
const trashFolder = "~/.local/share/Trash";

const trashPut = tool(
  "d,directory f,force i,interactive r,R,recursive v,verbose trash-dir:",
  (act, { operands }) => {
    for (const word of operands) intoTrash(act, word);
  },
  { mild: true },
);

function intoTrash(act: Act, word: Word): void {
  act.move(word, homePath(act, `${trashFolder}/files`), { recursive: true, overwrites: "no" });
}

function homePath(act: Act, path: string): string {
  return act.scope.home === undefined ? path : `${act.scope.home}${path.slice(1)}`;
}

function emptyTrash(act: Act): undefined {
  act.delete(homePath(act, trashFolder), { recursive: true, certainty: "possible" });
}

const trashEmpty = tool(
  "f i v,verbose trash-dir: all-users dry-run print-time",
  (act, options) => {
    if (!options.has("dry-run")) emptyTrash(act);
  },
  { mild: true },
);

type GioAction = (act: Act, words: readonly Word[]) => undefined;

const gioActions: ReadonlyMap<string, GioAction> = new Map<string, GioAction>([
  ["remove", removeEach],
  ["trash", (act, words) => forEach(words, (word) => intoTrash(act, word))],
  ["mkdir", (act, words) => forEach(words, (word) => act.write(word, { creates: true }))],
  ["save", (act, words) => forEach(words, (word) => act.overwrite(word))],
  [
    "copy",
    (act, words) => {
      forEach(words.slice(0, -1), (word) => act.read(word));
      forEach(words.slice(-1), (word) => act.overwrite(word));
    },
  ],
  [
    "move",
    (act, words) => {
      const [destination] = words.slice(-1);
      if (destination !== undefined) {
        forEach(words.slice(0, -1), (word) => act.move(word, destination));
      }
    },
  ],
  ["rename", (act, [word]) => (word === undefined ? undefined : act.move(word, word))],
]);

const gio = tool(
  "f,force empty list n r a,attributes: P,preserve T,no-target-directory p,parent,progress i,interactive b,backup u",
  (act, options) => {
    const [action, ...words] = options.operands;
    if (action?.value === "trash" && options.has("empty")) emptyTrash(act);
    else gioActions.get(action?.value ?? "")?.(act, words);
  },
);

export const remove: CommandFamily = new Map([
  ...gnuFamily(["rm", rm], ["rmdir", rmdir], ["unlink", unlink], ["shred", shred]),
  ...family(
    ["safe-rm rmtrash-rm", rm],
    ["wipe", wipe],
    ["srm", srm],
    ["trash trash-put rmtrash", trashPut],
    ["trash-empty", trashEmpty],
    ["trash-rm", program(emptyTrash)],
    ["gio", gio],
  ),
]);
