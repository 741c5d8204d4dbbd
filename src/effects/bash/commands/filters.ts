// Filters: programs that write what they read, changed. Known input gives known output where it is
// exact, since that is how commands are hidden; names that are only dropped or sorted stay names.

import type { Command, CommandFamily, Produced, Word } from "../command.ts";
import { hasHole, type Options } from "../options.ts";
import {
  type Act,
  type FamilyRow,
  family,
  globIn,
  gnuFamily,
  type ToolSettings,
  tool,
} from "../tool.ts";
import {
  cutFields,
  decodeBase32,
  decodeBase64,
  decodeHex,
  decodeHexDump,
  encodeBase64,
  encodeHex,
  firstLines,
  lastLines,
  linesOf,
  sequence,
  translate,
} from "./text-changes.ts";

const mild: ToolSettings = { mild: true };

/** Longer texts than this are not followed: the analysis is for commands, not for data. */
const maxText = 65_536;

/** The whole input: the files, or standard input alone; undefined: not known. */
function inputText(act: Act, files: readonly Word[]): string | undefined {
  const texts = files.length === 0 ? [act.input] : files.map((file) => act.contentOf(file));
  const text = texts.some((one) => one === undefined) ? undefined : texts.join("");
  return text === undefined || text.length > maxText ? undefined : text;
}

function inputNames(act: Act, files: readonly Word[]): readonly Word[] | undefined {
  const { stdin } = act.invocation;
  return files.length === 0 && stdin.kind === "unknown" ? stdin.names : undefined;
}

function readEach(act: Act, files: readonly Word[]): undefined {
  for (const file of files) if (file.value !== "-") act.read(file);
}

/** A filter over files. `keepsNames`: it drops or sorts lines and does nothing else to them. */
function filter<Spec extends string>(
  spec: Spec,
  change: (text: string, options: Options) => string | undefined,
  keepsNames: (options: Options) => boolean = () => false,
): Command {
  return tool<string>(
    spec,
    (act, options) => {
      readEach(act, options.operands);
      return produced(act, options.operands, (text) => change(text, options), keepsNames(options));
    },
    mild,
  );
}

function produced(
  act: Act,
  files: readonly Word[],
  change: (text: string) => string | undefined,
  keepsNames: boolean,
): Produced | undefined {
  const text = inputText(act, files);
  const stdout = text === undefined ? undefined : change(text);
  if (stdout !== undefined) return { stdout };
  const names = keepsNames ? inputNames(act, files) : undefined;
  return names === undefined ? undefined : { names };
}

const always = (): boolean => true;

const cat = filter(
  "A,show-all b,number-nonblank e E,show-ends n,number s,squeeze-blank t T,show-tabs u v,show-nonprinting",
  (text, options) => (isPlainCat(options) ? text : undefined),
  isPlainCat,
);

function isPlainCat(options: Options): boolean {
  return options.items.every((item) => item.kind === "operand" || item.name === "u");
}

const tac = filter(
  "b,before r,regex s,separator:",
  (text, options) =>
    options.items.some((item) => item.kind === "option")
      ? undefined
      : linesOf(text).toReversed().join(""),
  always,
);

const rev = filter("0,zero h,help V,version", (text) =>
  linesOf(text)
    .map((line) => (line.endsWith("\n") ? `${reversed(line.slice(0, -1))}\n` : reversed(line)))
    .join(""),
);

function reversed(line: string): string {
  return [...line].reverse().join("");
}

const head = filter(
  "c,bytes: n,lines: q,quiet,silent v,verbose z,zero-terminated #",
  (text, options) =>
    isWholeLines(options) ? firstLines(text, countOf(options, "10")) : firstBytes(text, options),
  isWholeLines,
);

const tail = filter(
  "c,bytes: f,follow:: F n,lines: max-unchanged-stats: pid: q,quiet,silent retry s,sleep-interval: v,verbose z,zero-terminated #",
  (text, options) =>
    isWholeLines(options) ? lastLines(text, countOf(options, "10")) : lastBytes(text, options),
  isWholeLines,
);

function isWholeLines(options: Options): boolean {
  return !options.has("c") && !options.has("v") && !options.has("z");
}

function countOf(options: Options, usual: string): string | undefined {
  const last = options.last("n", "#");
  return last === undefined ? usual : options.value(last)?.value;
}

/** Bytes are characters only where all of them are ASCII. */
function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

function byteCount(text: string, options: Options): number | undefined {
  const count = options.value("c")?.value ?? "";
  return isAscii(text) && /^-?\d{1,9}$/.test(count) ? Number(count) : undefined;
}

function firstBytes(text: string, options: Options): string | undefined {
  const count = byteCount(text, options);
  return count === undefined ? undefined : text.slice(0, count);
}

function lastBytes(text: string, options: Options): string | undefined {
  const from = /^\+(\d{1,9})$/.exec(options.value("c")?.value ?? "")?.[1];
  if (from !== undefined)
    return isAscii(text) ? text.slice(Math.max(0, Number(from) - 1)) : undefined;
  const count = byteCount(text, options);
  return count === undefined || count === 0 ? undefined : text.slice(-Math.abs(count));
}

const cut = filter(
  "b,bytes: c,characters: d,delimiter: f,fields: n complement s,only-delimited output-delimiter: z,zero-terminated",
  (text, options) => {
    const kind = options.last("b", "c", "f");
    const list = kind === undefined ? undefined : options.value(kind)?.value;
    const plain =
      !options.has("complement") && !options.has("z") && (kind !== "b" || isAscii(text));
    if (list === undefined || !plain) return undefined;
    const delimiter = kind === "f" ? (options.value("d")?.value ?? "\t") : "";
    const between = options.value("output-delimiter")?.value ?? delimiter;
    return cutFields(text, { list, delimiter, between, onlyDelimited: options.has("s") });
  },
);

const base64 = filter("d,decode,D i,ignore-garbage w,wrap: b: o:", (text, options) =>
  options.has("d") ? decodeBase64(text) : encodeBase64(text, options.value("w")?.value ?? "76"),
);

const base32 = filter("d,decode i,ignore-garbage w,wrap:", (text, options) =>
  options.has("d") ? decodeBase32(text) : undefined,
);

const basenc = filter(
  "base64 base64url base32 base32hex base16 d,decode i,ignore-garbage w,wrap:",
  (text, options) => {
    if (!options.has("d")) return undefined;
    if (options.has("base64") || options.has("base64url")) return decodeBase64(text);
    if (options.has("base16")) return decodeHex(text);
    return options.has("base32") ? decodeBase32(text) : undefined;
  },
);

/** xxd [options] [infile [outfile]]: `-r` turns a dump back into bytes, also over a file. */
const xxd = tool(
  "a,autoskip b,bits c,cols: C,capitalize E,EBCDIC e g,groupsize: h i,include l,len: n,name: o: p,ps,postscript,plain r,revert d s,seek: u v R:",
  (act, options) => {
    const [input, output] = options.operands;
    const files = input === undefined ? [] : [input];
    readEach(act, files);
    if (output !== undefined && output.value !== "-") {
      if (options.has("r")) act.write(output);
      else act.overwrite(output);
      return undefined;
    }
    const whole = options.last("s", "l", "o", "b", "e") === undefined;
    return produced(act, files, (text) => (whole ? dump(text, options) : undefined), false);
  },
  { singleDash: true },
);

function dump(text: string, options: Options<"r" | "p">): string | undefined {
  if (options.has("r")) return options.has("p") ? decodeHex(text) : decodeHexDump(text);
  return options.has("p") ? encodeHex(text) : undefined;
}

const tr = tool(
  "c,C,complement d,delete s,squeeze-repeats t,truncate-set1",
  (act, options) => {
    const [from, to] = options.operands.map((word) => word.value);
    const ended = from === "\\n" && (to === "\\0" || to === "\\000");
    const settings = {
      complement: options.has("c"),
      deletes: options.has("d"),
      squeezes: options.has("s"),
    };
    return produced(
      act,
      [],
      (text) =>
        from === undefined || !isAscii(text)
          ? undefined
          : translate(text, { from, to: to ?? "", ...settings }),
      ended && !options.has("d"),
    );
  },
  mild,
);

const sort = tool(
  [
    "b,ignore-leading-blanks d,dictionary-order f,ignore-case g,general-numeric-sort i,ignore-nonprinting",
    "M,month-sort h,human-numeric-sort n,numeric-sort R,random-sort random-source: r,reverse sort:",
    "V,version-sort batch-size: c,check:: C compress-program: debug files0-from: k,key: m,merge o,output:",
    "s,stable S,buffer-size: t,field-separator: T,temporary-directory: parallel: u,unique z,zero-terminated",
  ],
  (act, options) => {
    readEach(act, options.operands);
    for (const list of options.values("files0-from")) readEach(act, [list]);
    const compressor = options.value("compress-program");
    if (compressor !== undefined)
      act.run([compressor], { possible: true, via: "sort --compress-program" });
    const output = options.value("o");
    if (output === undefined) return produced(act, options.operands, oneLine, true);
    return act.overwrite(output);
  },
);

/** The order of more lines depends on the locale. */
function oneLine(text: string): string | undefined {
  return linesOf(text).length <= 1 ? text : undefined;
}

const uniq = tool(
  "c,count d,repeated D all-repeated:: f,skip-fields: group:: i,ignore-case s,skip-chars: u,unique z,zero-terminated w,check-chars: #",
  (act, options) => {
    const [input, output] = options.operands;
    const files = input === undefined ? [] : [input];
    readEach(act, files);
    if (output === undefined && !(input?.many === true && hasHole(input))) {
      return produced(act, files, oneLine, !options.has("c") && !options.has("group"));
    }
    return act.overwrite(output ?? files[0] ?? act.scope.hole("the output of uniq"));
  },
);

const shuf = tool(
  "e,echo i,input-range: n,head-count: o,output: random-source: r,repeat z,zero-terminated",
  (act, options) => {
    const files = options.has("e") || options.has("i") ? [] : options.operands;
    readEach(act, [...files, ...options.values("random-source")]);
    const output = options.value("o");
    if (output !== undefined) return act.overwrite(output);
    return options.has("e") || options.has("i") ? undefined : produced(act, files, oneLine, true);
  },
);

const grep = tool(
  [
    "E,extended-regexp F,fixed-strings G,basic-regexp P,perl-regexp e,regexp: f,file: i,ignore-case,y",
    "no-ignore-case w,word-regexp x,line-regexp z,null-data s,no-messages v,invert-match V,version",
    "m,max-count: b,byte-offset n,line-number line-buffered H,with-filename h,no-filename label:",
    "o,only-matching q,quiet,silent binary-files: a,text I d,directories: D,devices: r,recursive",
    "R,dereference-recursive include: exclude: exclude-from: exclude-dir: L,files-without-match",
    "l,files-with-matches c,count T,initial-tab Z,null B,before-context: A,after-context: C,context: #",
    "group-separator: no-group-separator color:: colour:: U,binary",
  ],
  (act, options) => {
    const given = options.has("e") || options.has("f");
    const files = given ? options.operands : options.operands.slice(1);
    const recursive =
      options.has("r") || options.has("R") || options.value("d")?.value === "recurse";
    const searched = recursive && files.length === 0 ? [act.scope.word(".")] : files;
    for (const file of searched) if (file.value !== "-") act.read(file, { recursive });
    for (const file of [...options.values("f"), ...options.values("exclude-from")])
      readEach(act, [file]);
    if (options.has("l") || options.has("L")) return { names: listed(files, searched, recursive) };
    const [pattern] = given ? options.values("e") : options.operands;
    return produced(
      act,
      files,
      (text) => matching(text, pattern?.value, options),
      keepsLines(options),
    );
  },
  mild,
);

function listed(
  files: readonly Word[],
  searched: readonly Word[],
  recursive: boolean,
): readonly Word[] {
  if (!recursive) return files;
  const [here] = searched;
  // Without a folder `grep -rl` writes names that do not begin with `./`.
  if (files.length === 0 && here !== undefined) {
    return [{ ...here, value: undefined, parts: [{ kind: "glob", text: "**" }] }];
  }
  return files.flatMap((file) => [file, globIn(file, "**")]);
}

const lineOptions: ReadonlySet<string> = new Set(
  "E F G P e i w x s v a I line-buffered h color colour m".split(" "),
);

/** Whole lines are written, and nothing is added to them. */
function keepsLines(options: Options): boolean {
  return options.items.every((item) => item.kind === "operand" || lineOptions.has(item.name));
}

const literalOptions: ReadonlySet<string> = new Set(
  "E F G e i s v a h line-buffered color".split(" "),
);

/** The lines with a literal text in them. */
function matching(text: string, pattern: string | undefined, options: Options): string | undefined {
  const plain = options.items.every(
    (item) => item.kind === "operand" || literalOptions.has(item.name),
  );
  if (!plain || pattern === undefined || options.count("e") > 1) return undefined;
  if (!options.has("F") && /[.*^$[\]\\+?(){}|]/.test(pattern)) return undefined;
  const [fold, inverts] = [options.has("i"), options.has("v")];
  const wanted = fold ? pattern.toLowerCase() : pattern;
  const lines = linesOf(text).filter(
    (line) => (fold ? line.toLowerCase() : line).includes(wanted) !== inverts,
  );
  return lines.map((line) => (line.endsWith("\n") ? line : `${line}\n`)).join("");
}

const paste = filter("d,delimiters: s,serial z,zero-terminated", (text, options) => {
  const delimiter = options.value("d")?.value ?? "\t";
  if (
    !options.has("s") ||
    options.has("z") ||
    delimiter.length !== 1 ||
    options.operands.length > 1
  )
    return undefined;
  return `${linesOf(text)
    .map((line) => line.replace(/\n$/, ""))
    .join(delimiter)}\n`;
});

const seq = tool(
  "f,format: s,separator: w,equal-width",
  (act, options) => {
    const numbers = options.operands.map((word) => word.value);
    if (options.has("f") || options.has("w")) return undefined;
    const stdout = sequence(numbers, options.value("s")?.value ?? "\n");
    act.inspect();
    return stdout === undefined ? undefined : { stdout };
  },
  mild,
);

/** Filters whose output is not followed. */
const others = filter(
  "b,body-numbering: i,line-increment: s: v,starting-line-number: w: n,number-format: t,tabs: f: j l: h: d:",
  () => undefined,
);

const iconv = tool(
  "f,from-code: t,to-code: o,output: l,list c s,silent verbose byte-subst: unicode-subst:",
  (act, options) => {
    readEach(act, options.operands);
    const output = options.value("o");
    if (output !== undefined) act.overwrite(output);
  },
);

/** These change their operands in place; with `-n` the operands are pairs of input and output. */
const inPlace = tool(
  "n,newfile o,oldfile k,keepdate q,quiet s,safe f,force i,info:: c,convmode: b,keep-bom m,add-bom u r,remove-bom l,newline O,to-stdout",
  (act, options) => {
    const pairs = options.has("n");
    if (options.has("i") || options.has("O")) return readEach(act, options.operands);
    for (const [at, file] of options.operands.entries()) {
      if (!pairs) act.write(file);
      else if (at % 2 === 0) act.read(file);
      else act.overwrite(file);
    }
  },
);

/** What bash carries out itself: the programs of the same names do the same. */
const asBuiltin: Command = function runAsBuiltin(invocation, scope) {
  return scope.run([scope.word(invocation.program), ...invocation.args]);
};

const followed: readonly FamilyRow[] = [
  ["cat", cat],
  ["tac", tac],
  ["head", head],
  ["tail", tail],
  ["cut", cut],
  ["base64", base64],
  ["base32", base32],
  ["basenc", basenc],
  ["tr", tr],
  ["sort", sort],
  ["uniq", uniq],
  ["shuf", shuf],
  ["grep egrep fgrep", grep],
  ["paste", paste],
  ["seq", seq],
  ["nl fold expand", others],
];

export const filters: CommandFamily = new Map([
  ...gnuFamily(...followed),
  ...family(
    ["rev", rev],
    ["xxd", xxd],
    ["iconv", iconv],
    ["dos2unix unix2dos mac2unix unix2mac fromdos todos", inPlace],
    ["echo printf test [ true false pwd", asBuiltin],
  ),
]);
