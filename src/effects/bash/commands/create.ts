// Programs that make, fill or cut files: touch, mkdir, mktemp, tee, split, truncate and their relatives.

import type { CommandFamily, Produced, Word } from "../command.ts";
import type { Options } from "../options.ts";
import { type Act, family, gnuFamily, inFolder, tool, wordOf } from "../tool.ts";

const touch = tool(
  "a c,no-create d,date: f h,no-dereference m r,reference: t: time: A:",
  (act, options) => {
    const reference = options.value("r");
    if (reference !== undefined) act.list(reference);
    for (const word of options.operands) act.write(word);
  },
  { mild: true },
);

function withMode(act: Act, place: Word, options: Options<"m">): void {
  const change = options.value("m");
  act.write(place, { creates: true });
  if (change !== undefined) act.permission(place, { family: "chmod", incidental: true, change });
}

const mkdir = tool(
  "m,mode: p,parents v,verbose Z context::",
  (act, options) => {
    for (const word of options.operands) withMode(act, word, options);
  },
  { mild: true },
);

const mkfifo = tool(
  "m,mode: Z context::",
  (act, options) => {
    for (const word of options.operands) withMode(act, word, options);
  },
  { mild: true },
);

const mknod = tool(
  "m,mode: Z context::",
  (act, options) => {
    for (const word of options.operands.slice(0, 1)) withMode(act, word, options);
  },
  { mild: true },
);

const mktemp = tool(
  "d,directory u,dry-run q,quiet suffix: p: tmpdir:: t V",
  (act, options) => {
    if (!options.has("u")) act.write(temporary(act, options), { creates: true });
  },
  { mild: true },
);

/** The template with its run of `X` open. A bare mktemp uses TMPDIR; where that is not known, /tmp. */
function temporary(act: Act, options: Options<"suffix" | "p" | "tmpdir" | "t">): Word {
  const [template = act.scope.word("tmp.XXXXXXXXXX")] = options.operands;
  const named = options.operands.length > 0;
  const text = template.value;
  const folder = options.value("p") ?? options.value("tmpdir");
  const inTemporary = !named || options.has("t") || options.has("tmpdir");
  const base = folder ?? act.scope.environment("TMPDIR") ?? act.scope.word("/tmp");
  if (text === undefined) return template;
  const at = text.lastIndexOf("X") + 1;
  const start = text.slice(0, at).replace(/X+$/, "");
  const end = text.slice(at) + (options.value("suffix")?.value ?? "");
  const open = wordOf(
    [
      { kind: "text", text: start },
      { kind: "glob", text: "?".repeat(at - start.length) },
      { kind: "text", text: end },
    ],
    template,
  );
  return folder !== undefined || inTemporary ? inFolder(base, open.parts) : open;
}

const truncate = tool(
  "c,no-create o,io-blocks r,reference: s,size:",
  (act, options) => {
    const size = options.value("s");
    const reference = options.value("r");
    if (size === undefined && reference === undefined && options.doubtful.length === 0) return;
    if (reference !== undefined) act.list(reference);
    for (const word of options.operands) resize(act, word, size?.value);
  },
  { mild: true },
);

/** `0` and `-5` lose content, `+5` and `%5` and `>5` only add; another size may do either. */
function resize(act: Act, word: Word, size: string | undefined): void {
  const text = size?.trim() ?? "";
  if (/^[+>%]/.test(text)) act.write(word);
  else if (/^(?:0+[a-zA-Z]*$|[-/])/.test(text)) act.truncate(word);
  else {
    act.write(word);
    act.truncate(word, { certainty: "possible" });
  }
}

const fallocate = tool(
  "c,collapse-range d,dig-holes i,insert-range l,length: n,keep-size o,offset: p,punch-hole v,verbose x,posix z,zero-range V",
  (act, options) => {
    const loses = options.last("c", "p", "z") !== undefined;
    for (const word of options.operands.slice(0, 1)) {
      act.write(word);
      if (loses) act.truncate(word);
    }
  },
);

const tee = tool(
  "a,append i,ignore-interrupts p output-error::",
  (act, options) => {
    for (const word of options.operands) {
      if (options.has("a")) act.write(word);
      else act.overwrite(word);
    }
    return passed(act);
  },
  { mild: true },
);

/** What a program gives on that it reads. */
function passed(act: Act): Produced | undefined {
  const { stdin } = act.invocation;
  if (act.input !== undefined) return { stdout: act.input };
  return stdin.kind === "unknown" && stdin.names !== undefined ? { names: stdin.names } : undefined;
}

const sponge = tool(
  "a h,help",
  (act, options) => {
    for (const word of options.operands) {
      if (options.has("a")) act.write(word);
      else act.overwrite(word);
    }
    return options.operands.length === 0 ? passed(act) : undefined;
  },
  { mild: true },
);

const split = tool(
  [
    "a,suffix-length: additional-suffix: b,bytes: C,line-bytes: d numeric-suffixes:: x hex-suffixes::",
    "e,elide-empty-files filter: l,lines: n,number: t,separator: u,unbuffered verbose # p:",
  ],
  (act, options) => {
    const [input, prefix = act.scope.word("x")] = options.operands;
    if (input !== undefined && input.value !== "-") act.read(input);
    const filter = options.value("filter");
    if (filter === undefined) return act.write(startingWith(prefix));
    // Each piece is piped to the command, with the name of its file in $FILE.
    const assignments = new Map([["FILE", startingWith(prefix)]]);
    const stdin = { kind: "unknown", why: "a piece of what split reads" } as const;
    act.script(filter, { possible: true, via: "split --filter", assignments, stdin });
  },
);

function startingWith(prefix: Word): Word {
  return wordOf([...prefix.parts, { kind: "glob", text: "*" }], prefix);
}

const csplit = tool(
  "b,suffix-format: f,prefix: k,keep-files suppress-matched n,digits: s,quiet,silent z,elide-empty-files",
  (act, options) => {
    const [input] = options.operands;
    if (input === undefined) return;
    if (input.value !== "-") act.read(input);
    act.write(startingWith(options.value("f") ?? act.scope.word("xx")));
  },
);

export const create: CommandFamily = new Map([
  ...gnuFamily(
    ["touch", touch],
    ["mkdir", mkdir],
    ["mkfifo", mkfifo],
    ["mknod", mknod],
    ["mktemp", mktemp],
    ["truncate", truncate],
    ["tee", tee],
    ["split", split],
    ["csplit", csplit],
  ),
  ...family(["fallocate", fallocate], ["sponge", sponge], ["tempfile", mktemp]),
]);
