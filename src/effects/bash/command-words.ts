// Words that are commands in other forms: with assignments before them, joined for a shell, in a setting.

import type { Word } from "./command.ts";
import { dropText, leadingText } from "./options.ts";
import { type Act, textOf } from "./tool.ts";

export interface Assigned {
  readonly assignments: ReadonlyMap<string, Word>;
  readonly words: readonly Word[];
}

/** `NAME=value` words before a command. */
export function takeAssignments(words: readonly Word[]): Assigned {
  const assignments = new Map<string, Word>();
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at];
    const text = word === undefined ? "" : leadingText(word);
    const equals = text.indexOf("=");
    if (word === undefined || equals < 1) break;
    assignments.set(text.slice(0, equals), dropText(word, equals + 1));
  }
  return { assignments, words: words.slice(at) };
}

/** Words with blanks between them, as one word. */
export function joined(act: Act, words: readonly Word[]): Word {
  const [only] = words;
  if (words.length === 1 && only !== undefined) return only;
  const known = words.every((word) => word.value !== undefined);
  if (known) return act.scope.word(words.map(textOf).join(" "));
  const parts = words.flatMap((word, at) =>
    at === 0 ? word.parts : [{ kind: "text", text: " " } as const, ...word.parts],
  );
  return { ...act.scope.hole("words"), parts, source: words.map((word) => word.source).join(" ") };
}

/** Settings of ssh_config(5) whose value a shell of this machine runs. */
const localCommands =
  /^\s*(?:proxycommand|localcommand|knownhostscommand|match\s+exec)\s*[=\s]\s*/i;

export function runsLocalSettings(act: Act, settings: readonly Word[]): void {
  for (const setting of settings) {
    const text = setting.value ?? "";
    const name = localCommands.exec(text)?.[0];
    if (name === undefined) continue;
    const command = text.slice(name.length);
    if (command !== "none") act.script(command, { via: "ssh -o", newShell: true });
  }
}
