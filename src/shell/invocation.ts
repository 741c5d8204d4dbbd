// How bash was asked to run, read from its arguments: what is judged, and in which words.

/** bash(1), "Options" and "Arguments". */
export type Invocation =
  /** `command`: what to judge. */
  | { readonly kind: "command"; readonly command: string }
  /** A script file; `words` are its arguments, `options` bash's own before it. */
  | {
      readonly kind: "file";
      readonly file: string;
      readonly options: readonly string[];
      readonly words: readonly string[];
    }
  /** The script comes on standard input. */
  | {
      readonly kind: "stdin";
      readonly words: readonly string[];
      readonly options: readonly string[];
    }
  | { readonly kind: "interactive" }
  /** Shows something about bash and runs nothing. */
  | { readonly kind: "shows" }
  | { readonly kind: "unread"; readonly why: string };

/** Long options that take no word; those that do are refused, as they name files that bash would run. */
const longOptions = [
  "--login",
  "--noprofile",
  "--norc",
  "--noediting",
  "--posix",
  "--restricted",
  "--verbose",
];
const showing = ["--help", "--version", "--dump-strings", "--dump-po-strings"];

export function readInvocation(argv: readonly string[]): Invocation {
  if (argv.some((word) => word.includes("\ufffd"))) {
    return { kind: "unread", why: "an argument is not UTF-8, so what would run cannot be told" };
  }
  const seen = { command: false, stdin: false, interactive: false };
  let at = 0;
  for (; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    if (word === "--" || word === "-") {
      at += 1;
      break;
    }
    if (!/^[-+]./.test(word)) break;
    if (showing.includes(word)) return { kind: "shows" };
    if (longOptions.includes(word)) continue;
    if (word.startsWith("--")) return { kind: "unread", why: `the option ${word} is not known` };
    if (!/^[-+][A-Za-z]+$/.test(word)) {
      return { kind: "unread", why: `the option ${word} is not known` };
    }
    if (word.startsWith("-")) {
      if (word.includes("D")) return { kind: "shows" };
      seen.command ||= word.includes("c");
      seen.stdin ||= word.includes("s");
      seen.interactive ||= word.includes("i");
    }
    // `-o` and `-O` each take a word of their own, after the cluster.
    for (const letter of word) if (letter === "o" || letter === "O") at += 1;
  }
  const options = argv.slice(0, at);
  const rest = argv.slice(at);
  if (seen.interactive) return { kind: "interactive" };
  const [first, ...words] = rest;
  if (seen.command) {
    // Bash says that it misses one.
    if (first === undefined) return { kind: "shows" };
    return { kind: "command", command: commandText(options, first, words) };
  }
  if (seen.stdin || first === undefined) return { kind: "stdin", words: rest, options };
  return { kind: "file", file: first, options, words };
}

/** Nothing of these changes what a script does to files. */
const neutral = /^(-[celuvx]+|--login|--noprofile|--norc|--)$/;

/** The script itself where nothing else bears on it, else the whole command line. */
export function commandText(
  options: readonly string[],
  script: string,
  words: readonly string[],
): string {
  if (words.length === 0 && options.every((option) => neutral.test(option))) return script;
  const kept = options.filter((option) => option !== "--" && option !== "-");
  const asCommand = kept.some((option) => /^-[A-Za-z]*c/.test(option)) ? kept : [...kept, "-c"];
  return ["bash", ...asCommand, "--", script, ...words].map(quoted).join(" ");
}

export function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
