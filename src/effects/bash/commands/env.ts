// env(1): its options, its assignments, and the way in which -S makes arguments of one string.

import type { Word } from "../command.ts";
import { takeAssignments } from "../command-words.ts";
import { dropText, knownWord, leadingText, optionParser } from "../options.ts";
import { type Act, gnuFamily, program } from "../tool.ts";

const parse = optionParser(
  [
    "i,ignore-environment 0,null u,unset: C,chdir: S,split-string: v,debug a,argv0: P: help version",
    "block-signal:: default-signal:: ignore-signal:: list-signal-handling",
  ],
  { order: "posix" },
);

const env = program((act) => {
  const args = splitStrings(act, act.args);
  const dash = args[0]?.value === "-";
  const options = parse(dash ? args.slice(1) : args);
  if (options.has("help") || options.has("version")) return act.inspect();
  act.doubt(options.doubtful);
  const { assignments, words } = takeAssignments(options.operands);
  if (words.length === 0) return act.inspect();
  const folder = options.value("C");
  return act.run(words, {
    assignments,
    ...(folder === undefined ? {} : { cwd: act.target(folder) }),
    ...(dash || options.has("i") ? { environmentUnknown: true } : {}),
  });
});

const withValue = /^-[iv0]*[uCaP]$|^--(?:unset|chdir|argv0)$/;
/** `-S` may bring another `-S`. */
const maxSplits = 8;

/** GNU env puts the words of a -S string where the option stood and reads on from there. */
function splitStrings(act: Act, given: readonly Word[]): readonly Word[] {
  let args = given;
  for (let splits = 0; splits < maxSplits; splits += 1) {
    const found = findSplit(args);
    if (found === undefined) return args;
    const { at, taken, string } = found;
    if (string.value === undefined) {
      act.unknown("env -S with a string that is not known");
      return [...args.slice(0, at), ...args.slice(at + taken)];
    }
    const words = splitString(string.value, string, act);
    args = [...args.slice(0, at), ...words, ...args.slice(at + taken)];
  }
  act.unknown("env -S within env -S");
  return [];
}

interface Found {
  readonly at: number;
  readonly taken: number;
  readonly string: Word;
}

function findSplit(args: readonly Word[]): Found | undefined {
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at];
    const text = word === undefined ? "" : leadingText(word);
    if (word === undefined || !text.startsWith("-") || text === "--") return undefined;
    const cluster = /^-[iv0]*S/.exec(text)?.[0].length ?? 0;
    const equals = /^--s(?:p|pl|pli|plit|plit-[a-z]*)?=/.exec(text)?.[0].length ?? 0;
    const attached = cluster > 0 && word.value !== text.slice(0, cluster) ? cluster : equals;
    if (attached > 0) return { at, taken: 1, string: dropText(word, attached) };
    const next = args[at + 1];
    if (next !== undefined && (cluster > 0 || /^--s(?:p|pl|pli|plit|plit-[a-z]*)?$/.test(text))) {
      return { at, taken: 2, string: next };
    }
    if (withValue.test(text)) at += 1;
  }
  return undefined;
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["#", "#"],
  ["$", "$"],
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
]);

/** The rules of "-S/--split-string usage in scripts", GNU coreutils manual. */
function splitString(source: string, at: Word, act: Act): readonly Word[] {
  const words: Word[] = [];
  let text = "";
  let open = false;
  let quote = "";
  let hole = false;
  const end = (): void => {
    if (open) words.push(hole ? act.scope.hole("a variable in env -S") : knownWord(at, text));
    text = "";
    open = false;
    hole = false;
  };
  for (let i = 0; i < source.length; i += 1) {
    const c = source[i] ?? "";
    const next = source[i + 1] ?? "";
    if (c === "\\" && !(quote === "'" && next !== "'" && next !== "\\")) {
      i += 1;
      if (next === "c" && quote === "") break;
      if (next === "_" && quote === "") end();
      else {
        text += next === "_" ? " " : (escapes.get(next) ?? next);
        open = true;
      }
    } else if (c === "$" && next === "{" && quote !== "'") {
      const close = source.indexOf("}", i);
      hole = true;
      open = true;
      i = close < 0 ? source.length : close;
    } else if ((c === "'" || c === '"') && (quote === "" || quote === c)) {
      quote = quote === "" ? c : "";
      open = true;
    } else if (quote === "" && /\s/.test(c)) end();
    else if (quote === "" && c === "#" && !open) break;
    else {
      text += c;
      open = true;
    }
  }
  end();
  return words;
}

export const environment = gnuFamily(["env", env]);
