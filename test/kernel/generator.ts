// Composes commands that destroy or re-permit something with ways of hiding them, and harmless
// look-alikes of the same shapes. Seeded: the same seed gives the same rows.

import { project } from "./sandbox.ts";
import type { Expected, Row } from "./table.ts";
import { resolve } from "./trace.ts";

/** Deepest composition. */
const maxDepth = 5;
/** Of ten rows, how many are look-alikes that do nothing. */
const inertOfTen = 4;

/** A source of choices. */
class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** mulberry32: small, and good enough to choose with. */
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let value = this.#state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) % count;
  }

  of<T>(choices: readonly T[]): T {
    const chosen = choices[this.below(choices.length)];
    if (chosen === undefined) throw new Error("nothing to choose from");
    return chosen;
  }

  word(): string {
    return this.of(["x", "y", "target", "cmd", "v1", "_t"]);
  }
}

interface Act {
  readonly words: readonly string[];
  readonly expected: Expected;
}

const files = [
  "a.txt",
  "c.txt",
  "victim.txt",
  "new.txt",
  "src/old.js",
  "scratch/one.tmp",
  "/tmp/a.txt",
];

const acts: readonly ((dice: Dice) => Act)[] = [
  (dice) => remove(["rm"], dice),
  (dice) => remove(["rm", "-f"], dice),
  (dice) => remove(["rm", "--force", "--"], dice),
  (dice) => remove(["unlink"], dice),
  (dice) => remove(["/bin/rm", "-f"], dice),
  (dice) => remove(["shred", "-u"], dice),
  (dice) => remove(["busybox", "rm"], dice),
  () => ({ words: ["rm", "-rf", "build"], expected: expected("delete", "build/out.o") }),
  () => ({ words: ["rm", "-r", "build", "-f"], expected: expected("delete", "build") }),
  () => ({ words: ["rmdir", "empty"], expected: expected("delete", "empty") }),
  () => ({
    words: ["find", "build", "-type", "f", "-delete"],
    expected: expected("delete", "build/app"),
  }),
  () => ({
    words: ["find", "scratch", "-name", "*.tmp", "-exec", "rm", "{}", "+"],
    expected: expected("delete", "scratch/two.tmp"),
  }),
  () => ({ words: ["git", "clean", "-fdq"], expected: expected("delete", "new.txt") }),
  () => ({ words: ["git", "rm", "-q", "c.txt"], expected: expected("delete", "c.txt") }),
  (dice) => permit(["chmod", dice.of(["600", "0700", "a-w", "u+x", "go="])], dice),
  (dice) => permit(["chmod", "--", "640"], dice),
  (dice) => permit(["chmod", "-v", "u=rw"], dice),
  () => ({ words: ["chmod", "-R", "700", "src"], expected: expected("chmod", "src/lib/core.js") }),
  () => ({ words: ["truncate", "-s", "0", "d.txt"], expected: expected("truncate", "d.txt") }),
  () => ({ words: ["cp", "b.txt", "d.txt"], expected: expected("truncate", "d.txt") }),
  () => ({ words: ["mv", "d.txt", "e.txt"], expected: expected("move", "d.txt") }),
];

function remove(program: readonly string[], dice: Dice): Act {
  const file = dice.of(files);
  return { words: [...program, file], expected: expected("delete", file) };
}

function permit(program: readonly string[], dice: Dice): Act {
  const file = dice.of([...files, "run.sh", "tool.sh"]);
  return { words: [...program, file], expected: expected("chmod", file) };
}

function expected(kind: Expected["kind"], path: string): Expected {
  return { kind, path: resolve(project, path) };
}

// --- how words are written -----------------------------------------------------------------------

/** Single quotes, as POSIX knows them. */
function single(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function double(text: string): string {
  return `"${text.replace(/[\\"$`]/g, "\\$&")}"`;
}

function ansi(text: string): string {
  const written = [...text].map((character) => {
    const code = character.charCodeAt(0);
    if (character === "\n") return "\\n";
    return /[\\']/.test(character)
      ? `\\${character}`
      : code % 5 === 0 && code < 128
        ? octal(code)
        : character;
  });
  return `$'${written.join("")}'`;
}

function octal(code: number): string {
  return `\\${code.toString(8).padStart(3, "0")}`;
}

/** Any way of quoting a whole text as one word. */
function quoted(text: string, dice: Dice): string {
  return dice.of([single, single, double, ansi])(text);
}

function disguised(word: string, dice: Dice): string {
  if (/[*{}]/.test(word)) return single(word);
  switch (dice.below(9)) {
    case 0:
      return single(word);
    case 1:
      return double(word);
    case 2:
      return ansi(word);
    case 3:
      return `${word.slice(0, 1)}""${word.slice(1)}`;
    case 4:
      return `${word.slice(0, 1)}''${word.slice(1)}`;
    case 5:
      return /^\w/.test(word) ? `\\${word}` : word;
    default:
      return word;
  }
}

const spellings: readonly ((words: readonly string[], dice: Dice) => string)[] = [
  (words, dice) => words.map((word) => disguised(word, dice)).join(" "),
  (words, dice) =>
    words.map((word) => disguised(word, dice)).join(dice.of([" ", "  ", "\t", " \\\n "])),
  (words, dice) => {
    const name = dice.word();
    return `${name}=${quoted(words[0] ?? "", dice)}; $${name} ${plain(words.slice(1))}`;
  },
  (words, dice) => {
    const name = dice.word();
    const last = quoted(words.at(-1) ?? "", dice);
    return `${name}=${last}; ${plain(words.slice(0, -1))} "$${name}"`;
  },
  (words, dice) => {
    const name = dice.word();
    return `${name}=(${plain(words)}); "\${${name}[@]}"`;
  },
  (words) => `set -- ${plain(words)}; "$@"`,
  (words) => `$(echo ${words[0]}) ${plain(words.slice(1))}`,
  (words, dice) => `$(printf %s ${disguised(words[0] ?? "", dice)}) ${plain(words.slice(1))}`,
  (words) => `${plain(words.slice(0, -1))} "$(echo ${plain(words.slice(-1))})"`,
  (words) => (words.some((word) => /[*{},]/.test(word)) ? plain(words) : `{${words.join(",")}}`),
  (words, dice) => {
    const name = dice.word();
    const program = words[0] ?? "";
    const cut = `z${program}`;
    return `${name}=${cut}; \${${name}#z} ${plain(words.slice(1))}`;
  },
  (words, dice) => {
    const name = dice.word();
    return `${name}=${(words[0] ?? "").toUpperCase()}; "\${${name},,}" ${plain(words.slice(1))}`;
  },
  (words) => `\${nosuch:-${words[0]}} ${plain(words.slice(1))}`,
  (words) => `f() { "$@"; }; f ${plain(words)}`,
  (words) => `f() { ${plain(words.slice(0, -1))} "$1"; }; f ${plain(words.slice(-1))}`,
  (words) => `for c in ${words[0]}; do $c ${plain(words.slice(1))}; done`,
  (words) => `read -r -a w <<< ${single(words.join(" "))}; "\${w[@]}"`,
  (words) => `printf '%s\\n' ${plain(words.slice(-1))} | xargs ${plain(words.slice(0, -1))}`,
  (words) => `printf '%s\\0' ${plain(words.slice(-1))} | xargs -0 ${plain(words.slice(0, -1))}`,
  (words) => `echo ${plain(words.slice(-1))} | xargs -I% ${plain(words.slice(0, -1))} %`,
  (words) =>
    `echo ${plain(words.slice(-1))} | while read -r p; do ${plain(words.slice(0, -1))} "$p"; done`,
];

function plain(words: readonly string[]): string {
  return words.map((word) => (/^[\w./+=:,-]+$/.test(word) ? word : single(word))).join(" ");
}

// --- how scripts are wrapped -----------------------------------------------------------------------

type Wrap = (script: string, dice: Dice) => string;

/** Each runs the script exactly once. */
const wraps: readonly Wrap[] = [
  (script, dice) => `bash -c ${quoted(script, dice)}`,
  (script, dice) => `bash --norc -c ${quoted(script, dice)} x`,
  (script, dice) => `/bin/bash -ec ${quoted(script, dice)}`,
  (script, dice) => `env bash -c ${quoted(script, dice)}`,
  (script, dice) => `sudo bash -c ${quoted(script, dice)}`,
  (script, dice) => `timeout 9 nice bash -c ${quoted(script, dice)}`,
  (script, dice) => `nohup bash -c ${quoted(script, dice)}`,
  (script, dice) => `env -S "bash -c" ${quoted(script, dice)}`,
  (script, dice) => `command bash -c ${quoted(script, dice)}`,
  (script, dice) => `exec bash -c ${quoted(script, dice)}`,
  (script, dice) => `eval ${quoted(script, dice)}`,
  (script) => `eval "$(echo ${base64(script)} | base64 -d)"`,
  (script) => `echo ${base64(script)} | base64 -d | bash`,
  (script) => `bash <<< "$(base64 -d <<< ${base64(script)})"`,
  (script) => `xxd -r -p <<< ${hex(script)} | bash`,
  (script) => `source <(base64 --decode <<< ${base64(script)})`,
  (script, dice) => `printf '%s\\n' ${quoted(script, dice)} | bash`,
  (script, dice) => `printf %b ${single(escaped(script))} | bash${dice.of(["", " -s"])}`,
  (script, dice) => `bash <<< ${quoted(script, dice)}`,
  (script, dice) => `bash <(printf '%s\\n' ${quoted(script, dice)})`,
  (script, dice) => `. /dev/stdin <<< ${quoted(script, dice)}`,
  (script, dice) => hereDocument("bash", script, dice),
  (script, dice) => hereDocument("cat", script, dice, " | bash"),
  (script, dice) => `cat > /tmp/s.sh <<< ${quoted(script, dice)}\nbash /tmp/s.sh`,
  (script, dice) => `t=${quoted(script, dice)}; eval "$t"`,
  (script, dice) => `t=${quoted(script, dice)}; bash -c "$t"`,
  (script, dice) => `export t=${quoted(script, dice)}; bash -c 'eval "$t"'`,
  (script, dice) => `printf '%s\\0' ${quoted(script, dice)} | xargs -0 bash -c`,
  (script, dice) => `find . -maxdepth 0 -exec bash -c ${quoted(script, dice)} \\;`,
  (script, dice) => `(trap ${quoted(script, dice)} EXIT)`,
  (script) => `git -c alias.z=${single(`!bash -c ${single(script)}`)} z`,
  (script) => `f() {\n${script}\n}\nf`,
  (script) => `function g {\n${script}\n}\ng >/dev/null`,
  (script) => `(\n${script}\n)`,
  (script) => `{\n${script}\n}`,
  (script) => `if true; then\n${script}\nfi`,
  (script) => `if ! false; then :\n${script}\nelse :; fi`,
  (script) => `true && {\n${script}\n}`,
  (script) => `false || {\n${script}\n}`,
  (script) => `for i in 1; do\n${script}\ndone`,
  (script) => `while true; do\n${script}\nbreak; done`,
  (script) => `until ! true; do\n${script}\nbreak; done`,
  (script) => `case x in x)\n${script}\n;; esac`,
  (script) => `echo "$(\n${script}\n)"`,
  (script) => `: $(\n${script}\n)`,
  (script) => `[[ -z $(\n${script}\n) ]]`,
  (script) => `o=$(\n${script}\n)`,
  (script) => `cat <(\n${script}\n)`,
  (script) => `: "\${nosuch:-$(\n${script}\n)}"`,
  (script) => `echo $(( $(\n${script}\n) + 0 ))`,
  (script, dice) => {
    const end = `OUT${dice.below(1_000_000)}`;
    return `cat << ${end}\n$(\n${script}\n)\n${end}`;
  },
  (script) => `ls\n${script}\nls`,
  (script) => `cd src && cd ..\n${script}`,
  (script, dice) =>
    `python3 -c 'import subprocess, sys; subprocess.run(["bash", "-c", sys.argv[1]])' ${quoted(script, dice)}`,
  (script, dice) => `perl -e 'exec "bash", "-c", shift' ${quoted(script, dice)}`,
];

/** Each has the script in it and does not run it. */
const inert: readonly Wrap[] = [
  (script, dice) => `echo ${quoted(script, dice)}`,
  (script, dice) => `printf '%s\\n' ${quoted(script, dice)}`,
  (script, dice) => `: ${quoted(script, dice)}`,
  (script, dice) => `t=${quoted(script, dice)}`,
  (script, dice) => `export t=${quoted(script, dice)}; env | wc -l`,
  (script, dice) => `grep -F -- ${quoted(script, dice)} README.md`,
  (script, dice) => `bash -n -c ${quoted(script, dice)}`,
  (script, dice) => `bash -n <<< ${quoted(script, dice)}`,
  (script, dice) => `cat <<< ${quoted(script, dice)}`,
  (script, dice) => hereDocument("cat", script, dice),
  (script, dice) => hereDocument(":", script, dice),
  (script) =>
    script
      .split("\n")
      .map((line) => `# ${line}`)
      .join("\n"),
  (script) => `false && {\n${script}\n}`,
  (script) => `true || {\n${script}\n}`,
  (script) => `if false; then\n${script}\nfi`,
  (script) => `while false; do\n${script}\ndone`,
  (script) => `for i in; do\n${script}\ndone`,
  (script) => `case x in y)\n${script}\n;; esac`,
  (script) => `f() {\n${script}\n}`,
  (script) => `f() {\n${script}\n}\nunset -f f\nf`,
  (script) => `(\nexit\n${script}\n)`,
  (script) => `bash -c ${single(`exit 0\n${script}`)}`,
  (script) => `echo ${base64(script)} | base64 -d`,
  (script) => `echo ${base64(script)} | base64 -d | wc -c`,
  (script, dice) => `python3 -c 'import sys; print(sys.argv[1])' ${quoted(script, dice)}`,
  (script, dice) => `awk 'BEGIN { print ARGV[1] }' ${quoted(script, dice)}`,
  (script, dice) => `printf '%s\\0' ${quoted(script, dice)} | xargs -0 echo`,
  (script, dice) => `bash -c 'echo "$1"' x ${quoted(script, dice)}`,
  (script, dice) => `bash() { echo no; }; bash -c ${quoted(script, dice)}`,
  (script, dice) => `eval() { echo no; }; eval ${quoted(script, dice)}`,
];

/** A here-document whose end cannot stand in the script. */
function hereDocument(reader: string, script: string, dice: Dice, after = ""): string {
  const end = `END${dice.below(1_000_000)}`;
  return `${reader} <<'${end}'${after}\n${script}\n${end}`;
}

function base64(text: string): string {
  return Buffer.from(`${text}\n`).toString("base64");
}

function hex(text: string): string {
  return Buffer.from(`${text}\n`).toString("hex");
}

/** For `printf %b`. */
function escaped(text: string): string {
  return [...text]
    .map((character, index) =>
      character === "\\" || index % 3 === 0
        ? `\\0${character.charCodeAt(0).toString(8).padStart(3, "0")}`
        : character,
    )
    .join("");
}

/** `count` rows, each with what it is made to show. */
export function generate(seed: number, count: number): readonly Row[] {
  const dice = new Dice(seed);
  return Array.from({ length: count }, (_, index) => generateRow(dice, index));
}

function generateRow(dice: Dice, index: number): Row {
  const act = dice.of(acts)(dice);
  const depth = 1 + dice.below(maxDepth);
  const harmless = dice.below(10) < inertOfTen;
  const inertAt = harmless ? dice.below(depth) : -1;
  let script = dice.of(spellings)(act.words, dice);
  for (let layer = 0; layer < depth; layer += 1) {
    script = dice.of(layer === inertAt ? inert : wraps)(script, dice);
  }
  return {
    theme: harmless ? "generated, harmless" : "generated",
    at: `generated:${index + 1}`,
    command: script,
    expected: harmless ? [] : [act.expected],
    needs: [],
    open: new Set(),
    judged: undefined,
  };
}
