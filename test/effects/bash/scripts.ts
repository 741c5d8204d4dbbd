// A grammar of shell scripts that run `probe`, for properties.

import fc from "fast-check";

const names = fc.constantFrom("x", "y", "z", "i");
const literals = fc.constantFrom(
  "a",
  "b",
  "3",
  "0",
  "a b",
  "",
  "x y  z",
  "foo.tar.gz",
  "*q",
  "-n",
  "A_b",
);

/** Ways to write one text. */
const quoted = literals.chain((text) =>
  fc.constantFrom(
    `'${text}'`,
    `"${text}"`,
    `$'${text}'`,
    `"$(printf %s '${text}')"`,
    `${text.replace(/[^A-Za-z0-9]/g, "\\$&")}''`,
  ),
);

const expansion = names.chain((name) =>
  fc.constantFrom(
    `$${name}`,
    `"$${name}"`,
    `"\${${name}}"`,
    `"\${${name}:-dflt}"`,
    `\${${name}:+alt}`,
    `"\${${name}%.*}"`,
    `"\${${name}#*.}"`,
    `"\${${name}/a/b}"`,
    `"\${#${name}}"`,
    `"\${${name}:1}"`,
    `"\${${name}^^}"`,
    `"pre$${name}post"`,
    `$((${name} + 1))`,
    `"$(echo "$${name}")"`,
    '"$@"',
    '"$*"',
    '"$#"',
    "$1",
    '"${a[@]}"',
    '"${a[1]}"',
    '"${#a[@]}"',
  ),
);

const word = fc.oneof({ weight: 2, arbitrary: quoted }, { weight: 3, arbitrary: expansion });
const words = fc.array(word, { minLength: 1, maxLength: 3 }).map((list) => list.join(" "));

const test = fc.oneof(
  fc.constantFrom("true", "false", "[ -e none ]", "[ ! -e none ]", "(( i > 1 ))", "[[ $x == a* ]]"),
  fc.tuple(word, word).map(([a, b]) => `[[ ${a} == ${b} ]]`),
  names.map((name) => `[ -n "$${name}" ]`),
);

let serial = 0;

/** Each `probe` bears a number of its own, so that runs can be told apart. */
const probe = words.map((list) => `probe n${serial++ % 100_000} ${list}`);

const simple = fc.oneof(
  { weight: 5, arbitrary: probe },
  { weight: 3, arbitrary: fc.tuple(names, word).map(([name, value]) => `${name}=${value}`) },
  fc.tuple(names, quoted).map(([name, value]) => `${name}+=${value}`),
  words.map((list) => `set -- ${list}`),
  words.map((list) => `a=(${list})`),
  fc.constantFrom("shift", "i=$((i+1))", "unset x", ": ${y:=new}", "IFS=.", "unset IFS", "a+=(e)"),
  word.map((text) => `read -r x y <<< ${text}`),
  word.map((text) => `printf -v z %s ${text}`),
  probe.map((text) => `eval '${text.replaceAll("'", "'\\''")}'`),
);

/** A loop with a counter of its own, so that it ends. */
function counted(loop: (counter: string) => string): string {
  const counter = `c${serial++}`;
  return `${counter}=0; ${loop(counter)}`;
}

const { script } = fc.letrec<{ script: string; list: string; command: string }>((tie) => ({
  command: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    simple,
    fc
      .tuple(test, tie("list"), tie("list"))
      .map(([c, a, b]) => `if ${c}; then ${a}; else ${b}; fi`),
    fc.tuple(test, tie("command")).map(([c, a]) => `${c} && { ${a}; }`),
    fc
      .tuple(test, tie("command"), tie("command"))
      .map(([c, a, b]) => `${c} && { ${a}; } || { ${b}; }`),
    fc.tuple(names, words, tie("list")).map(([n, w, b]) => `for ${n} in ${w}; do ${b}; done`),
    tie("list").map((body) => counted((n) => `while (( ${n}++ < 2 )); do ${body}; done`)),
    fc
      .tuple(test, tie("list"))
      .map(([c, b]) => counted((m) => `while ${c}; do (( ${m}++ > 2 )) && break; ${b}; done`)),
    fc
      .tuple(word, word, tie("list"), tie("list"))
      .map(([s, p, a, b]) => `case ${s} in ${p}) ${a};; *) ${b};; esac`),
    tie("list").map((body) => `( ${body} )`),
    tie("list").map((body) => `{ ${body}; }`),
    fc.tuple(tie("list"), words).map(([body, args]) => `f() { ${body}; }; f ${args}`),
    fc
      .tuple(tie("list"), words)
      .map(([body, args]) => `g() { local x=l; ${body}; return 2; }; g ${args}`),
    fc
      .tuple(test, fc.constantFrom("break", "continue", "return", "exit"))
      .map(([c, j]) => `${c} && ${j}`),
    tie("command").map((body) => `{ ${body}; } | cat`),
    // The blank keeps `$((` from being read as arithmetic.
    tie("command").map((body) => `z=$( ${body})`),
    tie("list").map((body) => `trap '${body.replaceAll("'", "'\\''")}' EXIT`),
  ),
  list: fc.array(tie("command"), { minLength: 1, maxLength: 3 }).map((all) => all.join("; ")),
  script: fc.array(tie("command"), { minLength: 2, maxLength: 6 }).map((all) => all.join("\n")),
}));

export const generatedScript: fc.Arbitrary<string> = script;
