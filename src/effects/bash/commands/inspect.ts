// Programs that only look: one table of what they read and list, and of the options that do more.

import type { Command, CommandFamily, Word } from "../command.ts";
import { leadingText, type Options } from "../options.ts";
import { type Act, type FamilyRow, family, gnuFamily, tool } from "../tool.ts";

interface Look {
  readonly programs: string;
  /** Options with an argument, and those that other fields name, in the syntax of `optionParser`. */
  readonly options?: string;
  /** What the operands are. Default: files that are read. */
  readonly operands?: "read" | "list" | "none";
  /** So many operands in front are no files, unless one of these options stands for them. */
  readonly skip?: number;
  readonly instead?: readonly string[];
  /** Whole trees, always or with one of these options. */
  readonly recursive?: true | readonly string[];
  /** Modes are shown, always or with one of these options. */
  readonly permissions?: true | readonly string[];
  /** Without operands it looks at the current folder. */
  readonly here?: true;
  /** Options whose argument is a file that is read, or written over, or a command that is run. */
  readonly reads?: readonly string[];
  readonly writes?: readonly string[];
  readonly runs?: readonly string[];
  /** Variables before the program that hold a command which it runs. */
  readonly variables?: readonly string[];
  /** Options that change the machine, so that it does more than look. */
  readonly changes?: readonly string[];
  /** Any operand changes something: `hostname NAME`. */
  readonly changesByOperand?: true;
}

const pagers = ["PAGER", "MANPAGER", "LESSOPEN", "LESSCLOSE", "BAT_PAGER"];

const grepOptions = [
  "e,regexp: f,file: m,max-count: label: binary-files: d,directories: D,devices: include: exclude:",
  "exclude-from: exclude-dir: B,before-context: A,after-context: C,context: group-separator:",
  "color:: colour:: r,recursive R,dereference-recursive",
].join(" ");

const looks: readonly Look[] = [
  // Names and metadata.
  {
    programs: "dir vdir gdir gvdir",
    options: "w,width: I,ignore: T,tabsize: R,recursive l n",
    operands: "list",
    recursive: ["R"],
    permissions: ["l", "n"],
    here: true,
  },
  {
    programs: "exa eza lsd",
    options:
      "L,level: I,ignore-glob: s,sort: t,time: time-style: color: icons:: R,recurse T,tree l,long g,group o,octal-permissions",
    operands: "list",
    recursive: ["R", "T"],
    permissions: ["l", "o"],
    here: true,
  },
  {
    programs: "stat gstat",
    options: "f,file-system c,format: printf: cached:",
    operands: "list",
    permissions: true,
  },
  { programs: "namei", options: "l,long m,modes", operands: "list", permissions: ["l", "m"] },
  {
    programs: "getfacl",
    options: "R,recursive",
    operands: "list",
    permissions: true,
    recursive: ["R"],
  },
  {
    programs: "getfattr",
    options: "n,name: e,encoding: m,match: R,recursive",
    operands: "list",
    permissions: true,
    recursive: ["R"],
  },
  { programs: "getcap", options: "r", operands: "list", permissions: true, recursive: ["r"] },
  {
    programs: "lsattr",
    options: "R",
    operands: "list",
    permissions: true,
    recursive: ["R"],
    here: true,
  },
  {
    programs: "du gdu ncdu dust",
    options:
      "B,block-size: d,max-depth: files0-from: t,threshold: time:: time-style: X,exclude-from: exclude: n:",
    operands: "list",
    recursive: true,
    here: true,
    reads: ["files0-from", "X"],
  },
  {
    programs: "df gdf duf",
    options: "B,block-size: output:: t,type: x,exclude-type:",
    operands: "list",
  },
  {
    programs: "readlink realpath greadlink grealpath",
    options: "relative-to: relative-base:",
    operands: "list",
  },
  { programs: "basename dirname pathchk gbasename gdirname", operands: "none" },
  { programs: "which whereis whatis apropos tldr cheat info", operands: "none" },
  {
    programs:
      "mountpoint findmnt lsblk blkid lslocks lsns lscpu lsmem lsipc lsusb lspci lsmod lshw lsb_release dmidecode hostid ipcs",
    operands: "none",
  },
  {
    programs: "tree",
    options: "L: P: I: o: filelimit: charset: gitfile: infofile: timefmt: sort: H: T: p u g",
    operands: "list",
    recursive: true,
    permissions: ["p"],
    here: true,
    writes: ["o"],
  },
  { programs: "locate mlocate plocate slocate", operands: "none" },

  // Contents.
  {
    programs: "less more most pg",
    options:
      "b: h: j: k,lesskey-file: o,log-file: O,LOG-FILE: p,pattern: P,prompt: t,tag: T,tag-file: x,tabs: y: z,window: D,color:",
    writes: ["o", "O"],
    variables: pagers,
  },
  {
    programs: "bat batcat",
    options:
      "l,language: m,map-syntax: H,highlight-line: r,line-range: tabs: wrap: terminal-width: theme: style: color: paging: pager: italic-text: decorations: diff-context: file-name:",
    runs: ["pager"],
    variables: pagers,
  },
  {
    programs: "man",
    options:
      "C,config-file: M,manpath: P,pager: r,prompt: H,html:: X,gxditview:: S,s,sections: e,extension: L,locale: m,systems: p,preprocessor: E,encoding: R,recode: B: l,local-file",
    operands: "none",
    runs: ["P", "H", "B"],
    variables: pagers,
  },
  {
    programs: "file",
    options: "m,magic-file: e,exclude: F,separator: f,files-from: P,parameter: C,compile",
    reads: ["m", "f"],
    changes: ["C"],
  },
  { programs: "wc gwc", options: "files0-from: total:", reads: ["files0-from"] },
  { programs: "strings", options: "n,bytes: t,radix: e,encoding: T,target: s,output-separator:" },
  {
    programs: "od god hexdump hd",
    options: "A,address-radix: j,skip-bytes: N,read-bytes: S,strings:: t,format: e: f: n: s:",
    reads: ["f"],
  },
  {
    programs:
      "cksum sum md5sum sha1sum sha224sum sha256sum sha384sum sha512sum b2sum b3sum md5 shasum xxhsum gsha256sum gmd5sum",
    options: "a,algorithm: l,length:",
  },
  { programs: "cmp", options: "i,ignore-initial: n,bytes:" },
  {
    programs: "diff colordiff zdiff gdiff",
    options:
      "C,context: U,unified: W,width: F,show-function-line: label: tabsize: x,exclude: X,exclude-from: S,starting-file: from-file: to-file: I,ignore-matching-lines: D,ifdef: line-format: horizon-lines: color:: r,recursive",
    recursive: ["r"],
    reads: ["X", "from-file", "to-file"],
  },
  {
    programs: "diff3 zcmp comm join diffstat gcomm gjoin",
    options: "t: o: e: a: L,label: output-delimiter:: 1: 2: j:",
  },
  {
    programs: "sdiff",
    options: "o,output: w,width: I,ignore-matching-lines: diff-program: tabsize:",
    writes: ["o"],
    runs: ["diff-program"],
  },
  {
    programs: "zgrep zegrep zfgrep bzgrep xzgrep lzgrep zstdgrep pcregrep pcre2grep ugrep",
    options: grepOptions,
    skip: 1,
    instead: ["e", "f"],
    recursive: ["r", "R"],
    reads: ["f", "exclude-from"],
  },
  {
    programs: "rg ripgrep",
    options:
      "A,after-context: B,before-context: C,context: colors: color: context-separator: d,max-depth: dfa-size-limit: E,encoding: engine: e,regexp: field-context-separator: field-match-separator: f,file: g,glob: hostname-bin: hyperlink-format: iglob: ignore-file: j,threads: m,max-count: M,max-columns: max-filesize: path-separator: pre: pre-glob: regex-size-limit: r,replace: sort: sortr: t,type: T,type-not: type-add: type-clear: files type-list",
    skip: 1,
    instead: ["e", "f", "files", "type-list"],
    recursive: true,
    here: true,
    reads: ["f", "ignore-file"],
    runs: ["pre", "hostname-bin"],
  },
  {
    programs: "ag",
    options:
      "A,after:: B,before:: C,context:: G,file-search-regex: ignore: ignore-dir: depth: m,max-count: pager: p,path-to-ignore: W,width: g:",
    skip: 1,
    instead: ["g"],
    recursive: true,
    here: true,
    runs: ["pager"],
  },
  {
    programs: "ack ack-grep",
    options:
      "A,after-context: B,before-context: C,context:: g f m,max-count: match: output: pager: t,type: T: type-add: type-set: ignore-dir: ignore-file: files-from: color-match:",
    skip: 1,
    instead: ["f", "match"],
    recursive: true,
    here: true,
    runs: ["pager"],
    reads: ["files-from"],
  },
  {
    programs:
      "zcat gzcat bzcat bz2cat xzcat lzcat lz4cat zstdcat zless zmore bzless bzmore xzless xzmore lzless lzmore zstdless",
    options: "S:",
    variables: pagers,
  },
  {
    programs: "pr column colrm fmt unexpand ul look pv tsort ptx gfmt",
    options:
      "d: f: h: i: l: n: s: t,tabs: c,columns: W,width: o: N: H: R: E: O: T: J: p: g: e:: separator: output-separator: table-columns:",
  },
  {
    programs: "cloc tokei scc sloccount gocloc",
    options:
      "exclude-dir: exclude-ext: include-lang: include-ext: e,exclude: t,type: s,sort: f,format: report-file,out: extract-with: diff-alignment: exclude-list-file: list-file:",
    recursive: true,
    here: true,
    writes: ["report-file", "diff-alignment"],
    runs: ["extract-with"],
  },
  {
    programs: "nm objdump readelf size addr2line c++filt dwarfdump otool",
    options:
      "j,section: M,disassembler-options: m,architecture: b: t,radix: e,exe: x: p: R: w: start-address: stop-address: adjust-vma:",
  },
  {
    programs: "identify mediainfo pdfinfo pdffonts",
    options: "f: l: format: units: density: LogFile:",
    writes: ["LogFile"],
  },
  {
    programs: "csvlook csvstat csvcut csvgrep pup gron fx",
    options: "d: c: m: r: t: q: e: p: i: color: S: z: delimiter: columns: match: regex: filename:",
  },

  // The machine and its users.
  {
    programs: "date gdate",
    options: "d,date: f,file: I,iso-8601:: rfc-3339: r,reference: s,set:",
    operands: "none",
    reads: ["f"],
    changes: ["s"],
    changesByOperand: true,
  },
  {
    programs:
      "uname arch nproc uptime free vmstat iostat mpstat pidstat sar lastb id groups whoami who w users logname tty last lastlog finger getent locale getconf cal ncal sensors acpi uuidgen mcookie guname gid gnproc",
    operands: "none",
  },
  {
    programs: "hostname domainname dnsdomainname nisdomainname ypdomainname",
    options: "F,file: b,boot",
    operands: "none",
    changes: ["F"],
    changesByOperand: true,
  },
  {
    programs:
      "ps pgrep pidof pstree pmap pwdx prtstat lsof netstat iotop iftop nethogs top htop btop atop",
    operands: "none",
  },
  {
    programs: "ss",
    options: "K,kill D,diag: F,filter:",
    operands: "none",
    changes: ["K"],
    writes: ["D"],
    reads: ["F"],
  },
  {
    programs: "dmesg",
    options:
      "C,clear c,read-clear D,console-off E,console-on n,console-level: F,file: f,facility: l,level: s,buffer-size: since: until: color:: time-format:",
    operands: "none",
    changes: ["C", "c", "D", "E", "n"],
    reads: ["F"],
  },
  { programs: "printenv gprintenv", operands: "none" },

  // Results from arguments alone.
  {
    programs:
      "sleep gsleep expr gexpr factor numfmt units getopt tput stty clear reset tset tabs setterm yes primes cowsay figlet lolcat",
    operands: "none",
  },
  { programs: "bc", options: "e,expression: f,file:" },
];

function commandOf(look: Look): Command {
  const mild = look.writes === undefined && look.runs === undefined && look.changes === undefined;
  return tool<string>(look.options ?? "", (act, options) => perform(act, options, look), { mild });
}

function perform(act: Act, options: Options, look: Look): undefined {
  const given = (names: readonly string[] | undefined): readonly Word[] =>
    (names ?? []).flatMap((name) => options.values(name));
  for (const command of given(look.runs)) act.script(command, { possible: true });
  for (const name of look.variables ?? []) {
    const command = act.scope.environment(name);
    if (command !== undefined && command.value !== "") runVariable(act, command);
  }
  for (const file of given(look.reads)) if (file.value !== "-") act.read(file);
  for (const file of given(look.writes)) act.overwrite(file);
  const changes = look.changes?.some((name) => options.has(name)) === true;
  if (changes || (look.changesByOperand && options.operands.some(isSetting))) return act.execute();
  lookAt(act, options, look);
}

/** `date +%s` shows, `date 01011200` sets. */
function isSetting(word: Word): boolean {
  return !leadingText(word).startsWith("+");
}

/** `PAGER=cat`, `LESSOPEN='|filter %s'`: a command that is run with the file. */
function runVariable(act: Act, command: Word): void {
  const text = command.value;
  act.script(text === undefined ? command : text.replace(/^\|+-?/, ""), { possible: true });
}

function lookAt(act: Act, options: Options, look: Look): void {
  const { operands = "read" } = look;
  if (operands === "none") return;
  const skipped = look.instead?.some((name) => options.has(name)) ? 0 : (look.skip ?? 0);
  const files = options.operands.slice(skipped);
  const recursive = holds(look.recursive, options);
  const permissions = holds(look.permissions, options);
  const here = files.length === 0 && look.here === true;
  for (const file of here ? [act.scope.word(".")] : files) {
    if (file.value === "-") continue;
    if (operands === "list") act.list(file, { recursive, permissions });
    else act.read(file, { recursive });
  }
}

function holds(when: true | readonly string[] | undefined, options: Options): boolean {
  return when === true || when?.some((name) => options.has(name)) === true;
}

/** Long formats show modes; a plain `ls` writes nothing but names. */
const ls = tool(
  [
    "a,all A,almost-all author b,escape B,ignore-backups block-size: c C color:: d,directory D,dired f",
    "F,classify:: file-type format: full-time g group-directories-first G,no-group h,human-readable si",
    "H,dereference-command-line hide: hyperlink:: indicator-style: i,inode I,ignore: k,kibibytes l",
    "L,dereference m n,numeric-uid-gid N,literal o p q,hide-control-chars show-control-chars Q,quote-name",
    "quoting-style: r,reverse R,recursive s,size S sort: time: time-style: t T,tabsize: u U v w,width:",
    "x X Z,context zero 1",
  ],
  (act, options) => {
    const { operands } = options;
    const format = options.value("format")?.value ?? "";
    const long =
      options.last("l", "g", "o", "n", "full-time") !== undefined || /^[lv]/.test(format);
    const more = { recursive: options.has("R"), permissions: long };
    for (const word of operands.length === 0 ? [act.scope.word(".")] : operands)
      act.list(word, more);
    const decorated = options.last("R", "i", "s", "m", "F", "p", "Z", "hyperlink") !== undefined;
    return long || decorated ? undefined : { names: [...operands, anyName(act)] };
  },
  { mild: true },
);

/** What `ls DIRECTORY` writes are names without the folder. */
function anyName(act: Act): Word {
  const name: Word = act.scope.hole("a name that ls lists");
  return { ...name, parts: [{ kind: "glob", text: "*" }] };
}

const yq = tool(
  "i,inplace,in-place e,expression: from-file: o,output-format: p,input-format: I,indent: s,split-exp: arg: argjson: y,yaml-output Y,yaml-roundtrip",
  (act, options) => {
    const verbs = ["e", "eval", "ea", "eval-all"];
    const rest = options.operands.filter((word, at) => at > 0 || !verbs.includes(word.value ?? ""));
    const files = options.has("e") || options.has("from-file") ? rest : rest.slice(1);
    for (const file of files) act.read(file);
    if (options.has("i")) for (const file of files) act.write(file);
  },
);

/** `--arg name value` takes two words, and one of them is left among the operands. */
const jq = tool(
  "n s r R c C M S j a e tab f,from-file: L: indent: arg: argjson: slurpfile: rawfile: args jsonargs stream seq",
  (act, options) => {
    const pairs = ["arg", "argjson", "slurpfile", "rawfile"] as const;
    const skipped = pairs.reduce((count, name) => count + options.count(name), 0);
    const filter = options.has("f") ? 0 : 1;
    for (const file of options.values("f")) act.read(file);
    if (options.has("args") || options.has("jsonargs")) return;
    for (const file of options.operands.slice(skipped + filter)) act.read(file);
  },
  { mild: true },
);

const rows = looks.map((look): FamilyRow => [look.programs, commandOf(look)]);

export const lookers: CommandFamily = new Map([
  ...gnuFamily(["ls", ls]),
  ...family(...rows, ["jq gojq jaq", jq], ["yq", yq]),
]);
