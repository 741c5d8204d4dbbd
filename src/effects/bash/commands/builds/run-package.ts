// Runners of packages, as `npx tool`, `pnpm dlx tool`, `uvx tool`, `pipx run tool`.

import type { Word } from "../../command.ts";
import { leadingText } from "../../options.ts";
import type { Act } from "../../tool.ts";

/** Options whose value is shell text. */
const takingScript: ReadonlySet<string> = new Set(["-c", "--call", "--shell-mode"]);
const takingValue: ReadonlySet<string> = new Set([
  "-p", "--package", "--workspace", "-w", "--filter", "-F", "-C", "--dir", "--python", "--with",
  "--from", "--index-url", "--spec",
]); // biome-ignore format: a list of options

/** The program of a package: known by its name, or fetched. */
export function runsPackage(act: Act, given: readonly Word[]) {
  let at = 0;
  for (; at < given.length; at += 1) {
    const word = given[at];
    const text = word === undefined ? "" : leadingText(word);
    if (text === "--") {
      at += 1;
      break;
    }
    if (!text.startsWith("-")) break;
    const next = given[at + 1];
    if (takingScript.has(text) && next !== undefined) return act.script(next, { newShell: true });
    if (takingValue.has(text)) at += 1;
  }
  const [tool, ...rest] = given.slice(at);
  if (tool === undefined) return act.execute();
  return act.run([named(act, tool), ...rest]);
}

/** `eslint@9` and `@scope/tool@latest` without the version. */
function named(act: Act, word: Word): Word {
  const version = word.value?.lastIndexOf("@") ?? -1;
  return version > 0 && word.value !== undefined
    ? act.scope.word(word.value.slice(0, version))
    : word;
}
