// program: what is executed. `program: terraform`, `program: { name: git, words: [push, "--force*"] }`.

import type { EffectContext } from "../context.ts";
import { oneOrMore, shape, shorthand, text } from "../shape.ts";
import { wildcards } from "../wildcard.ts";
import { matcher } from "./matcher.ts";

export const program = matcher({
  schema: shorthand(
    "name",
    shape({
      /** Names without a folder, `*` for any run of characters. */
      name: oneOrMore(text).optional(),
      /** Each of these is one of the arguments; `*` likewise. */
      words: oneOrMore(text).optional(),
    }),
  ),
  cost: 3,
  kinds: () => ["execute"],
  compile({ name, words = [] }) {
    const isNamed = wildcards(name ?? ["*"]);
    const wanted = words.map((word) => wildcards([word]));

    function matches({ effect }: EffectContext, doubtful: boolean): boolean {
      if (effect.kind !== "execute" || !isNamed(nameOf(effect.program))) return false;
      if (wanted.length === 0) return true;
      const known = effect.words.filter((word) => !isDynamic(word));
      // An expansion may become any word, and any number of them.
      if (doubtful && known.length < effect.words.length) return true;
      return wanted.every((isWanted) => known.some(isWanted));
    }

    return {
      may: (context) => matches(context, true),
      must: (context) => matches(context, false),
    };
  },
});

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Words whose value is not known stand as their source text; `$1` of an awk program looks alike. */
function isDynamic(word: string): boolean {
  return word.includes("$") || word.includes("`");
}
