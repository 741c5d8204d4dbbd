// Perl as far as its calls go: its built-in file and process functions, and the modules it ships for them.

import {
  acts,
  connects,
  copies,
  deletes,
  doubt,
  lists,
  masks,
  moves,
  names,
  overwrites,
  permits,
  reads,
  table,
  truncates,
  writes,
} from "./actions.ts";
import type { Action, Call, Host, Language, Reader } from "./language.ts";
import type { Lexicon } from "./lexer/lexicon.ts";
import { decodings, globParts, joinTexts, reverse, textOfCodes } from "./pure.ts";
import { known, matches, someText, text, unknownValue, type Value } from "./values.ts";

const lexicon: Lexicon = {
  lineComments: ["#"],
  blockComments: [["\n=pod", "\n=cut"]],
  sigils: "$@%&",
  quotes: [
    { open: '"', close: '"', escapes: "c", interpolation: "dollar", kind: "string" },
    { open: "'", close: "'", escapes: "quote", interpolation: "none", kind: "string" },
    { open: "`", close: "`", escapes: "c", interpolation: "dollar", kind: "command" },
  ],
  stringPrefixes: false,
  regularExpressions: true,
  quoteWords: true,
  percentQuotes: false,
  heredoc: "<<",
  newlines: "ignored",
};

/** The arguments, or `$_` where there are none. */
function orTopic(action: Action): Action {
  return function onTopic(call, host) {
    const args = call.args.length > 0 ? call.args : [host.variable("$_") ?? unknownValue("$_")];
    return action({ ...call, args }, host);
  };
}

/** `chmod MODE, FILES` and `chown UID, GID, FILES` */
function behind(count: number, action: Action): Action {
  return function onFiles(call, host) {
    const files: Value = { kind: "list", items: call.args.slice(count) };
    return action({ ...call, args: [files, ...call.args.slice(0, count)] }, host);
  };
}

/** perlfunc `system`: one argument is for a shell, several are a program and its arguments. */
const system: Action = (call, host) => {
  const [first] = call.args;
  const words = first?.kind === "list" && call.args.length === 1 ? first.items : call.args;
  if (words.length > 1) host.command(words);
  else host.shell(words[0]);
  return someText("a command's output");
};

/** `open FH, MODE, PATH`, `open FH, ">path"`, and pipes: perlfunc `open`. */
const open: Action = (call, host) => {
  const mode = known(call.args[1]);
  if (mode === undefined) return void host.unknown("opens something that is not known");
  if (call.args.length > 2) return opensAs(mode.trim(), call.args[2], call.args.slice(2), host);
  const written = mode.trim();
  const how = /^\+?[<>|]{0,2}/.exec(written)?.[0] ?? "";
  const reads = written.endsWith("|");
  const path = text(written.slice(how.length, reads ? -1 : undefined).trim());
  return opensAs(reads ? "-|" : how, path, [path], host);
};

function opensAs(
  mode: string,
  path: Value | undefined,
  words: readonly Value[],
  host: Host,
): undefined {
  const how = mode.split(":")[0]?.trim() ?? "";
  if (how.includes("|")) {
    if (words.length > 1) host.command(words);
    else host.shell(path);
    return;
  }
  for (const word of host.words(path)) {
    if (how === ">" || how === "+>") host.act.overwrite(word, host.more);
    else if (how.includes(">") || how === "+<") host.act.write(word, host.more);
    else host.act.read(word, host.more);
  }
}

const globs: Action = (call, host) => {
  const pattern = known(call.args[0]);
  host.act.list(".", host.more);
  if (pattern === undefined) return undefined;
  const patterns = pattern.split(/\s+/).filter(Boolean);
  return { kind: "list", items: patterns.flatMap((each) => matched(each)) };
};

function matched(pattern: string): readonly Value[] {
  const value = matches(globParts(pattern));
  return value.kind === "list" ? value.items : [];
}

/** `eval "text"`; `eval { block }` has been read already. */
const evaluates: Action = (call, host) => {
  const [code] = call.args;
  return code === undefined || code.kind !== "text" ? undefined : host.code(code);
};

/** `IO::File->new(path, mode)` */
const newFile: Action = (call, host) =>
  opensAs(known(call.args[1])?.replace(/^w/, ">") ?? "<", call.args[0], [], host);

const calls = table(
  ["unlink rmdir", orTopic(deletes("all"))],
  ["rmtree remove_tree File.Path.rmtree File.Path.remove_tree", deletes("all", true)],
  ["rename move mv File.Copy.move File.Copy.mv", moves(0, 1)],
  ["copy cp File.Copy.copy File.Copy.cp", copies(0, 1)],
  ["mkdir make_path mkpath File.Path.make_path File.Path.mkpath", writes("all", true)],
  ["symlink link", writes(1, true)],
  ["chmod", behind(1, permits(0, "chmod", { change: 1 }))],
  ["chown", behind(2, permits(0, "chown"))],
  ["umask", masks],
  ["utime", behind(2, writes(0))],
  ["truncate", truncates(0)],
  ["open sysopen", open],
  ["IO.File.new", newFile],
  ["opendir", lists(1)],
  ["stat lstat", lists(0, true)],
  ["slurp read_file File.Slurp.read_file", reads(0)],
  ["write_file File.Slurp.write_file", overwrites(0)],
  ["system exec readpipe CORE.system CORE.exec", system],
  ["glob bsd_glob File.Glob.bsd_glob", globs],
  ["eval", evaluates],
  ["do require", requires],
  ["chdir", (call, host) => void host.chdir(call.args[0])],
  ["chroot syscall", doubt("changes its root, or calls the kernel")],
  ["kill fork setpgrp setpriority", acts],
  ["socket connect", connects("receiver")],
  ["IO.Socket.INET.new", connects(0)],
  ["get getstore LWP.Simple.get", connects(0)],
  [
    "join",
    (call) => joinTexts(call.args[0], { kind: "list", items: call.args.slice(1).flatMap(items) }),
  ],
  [
    "reverse",
    (call) =>
      call.args.length === 1 ? reverse(call.args[0]) : reverse({ kind: "list", items: call.args }),
  ],
  ["chr", textOfCodes],
  ["decode_base64 MIME.Base64.decode_base64", decodings.base64],
  ["pack", packs],
  ["shift pop", (call, host) => shifts(call, host)],
  ["Cwd.getcwd Cwd.cwd getcwd cwd", () => text(".")],
  ["find finddepth File.Find.find File.Find.finddepth", (call, host) => finds(call, host)],
  ["POSIX.remove", deletes(0)],
);

function items(value: Value): readonly Value[] {
  return value.kind === "list" ? value.items : [value];
}

/** `do FILE` and `require FILE` run a file; `do { ... }` is a block, `require Module` a module. */
function requires(call: Call, host: Host): undefined {
  if (call.args[0]?.kind === "text") host.unknown(`runs ${known(call.args[0]) ?? "a file"}`);
}

/** `pack "H*", "726d"` */
function packs(call: Call, host: Host): Value | undefined {
  const template = known(call.args[0]);
  if (template?.startsWith("H") === true)
    return decodings.hex({ ...call, args: call.args.slice(1) }, host);
  if (template?.startsWith("C") === true || template?.startsWith("U") === true) {
    return textOfCodes({ ...call, args: call.args.slice(1) }, host);
  }
  return undefined;
}

function shifts(call: Call, host: Host): Value | undefined {
  if (call.args.length > 0) return undefined;
  const list = host.variable("@ARGV");
  return list?.kind === "list" ? list.items[0] : undefined;
}

/** The sub is read where it stands, with `$_` any name below. */
function finds(call: Call, host: Host): undefined {
  for (const folder of call.args.slice(1)) {
    for (const word of host.words(folder)) host.act.list(word, { ...host.more, recursive: true });
  }
}

const computing = names(
  "print printf say warn die exit return defined ref bless scalar wantarray length substr index rindex uc lc ucfirst",
  "lcfirst chomp chop ord sprintf abs int sqrt sin cos atan2 exp log hex oct rand srand time localtime gmtime sleep",
  "push unshift splice sort map grep keys values each delete exists split lc quotemeta pos study undef local",
  "close binmode eof fileno flock seek tell read sysread syswrite readline getc select readdir closedir rewinddir",
  "caller wait waitpid alarm times getppid getpwnam getpwuid getgrnam unpack vec lock prototype sub no use",
  "e f d r w x o s z l p S b c t u g k T B M A C R W X O readlink not and or qw BEGIN END last next redo goto",
  "basename dirname fileparse abs_path realpath rel2abs catfile catdir first any all none sum sum0 max min uniq shuffle reduce",
  "encode_base64 encode_json decode_json to_json from_json Dumper strftime floor ceil ucwords croak carp confess",
  "File.Basename. File.Spec. Cwd. POSIX. List.Util. Data.Dumper. JSON.PP. Time.HiRes. Scalar.Util. Digest.MD5. Digest.SHA.",
  "MIME.Base64. Encode. Config. Getopt.Long. JSON. constant. strict. warnings. utf8. STDIN. STDOUT. STDERR.",
);

/** `use Module LIST;` binds what it lists; modules that are not known may do anything when loaded. */
function readUse(reader: Reader): boolean {
  const word = reader.peek()?.text;
  if (word !== "use" && word !== "no") return false;
  reader.take();
  for (
    let token = reader.peek();
    token !== undefined && token.text !== ";";
    token = reader.peek()
  ) {
    reader.take();
  }
  return true;
}

export const perl: Language = {
  lexicon,
  members: ["->", "::"],
  concatenation: ".",
  bareCalls: true,
  ignoresCase: false,
  argumentNames: ["=>"],
  definitions: names("sub package"),
  conditions: names("if elsif else unless while until for foreach sub and or"),
  prefixes: names("not my our local return"),
  wordOperators: names("and or xor not x eq ne lt gt le ge cmp"),
  blockWords: new Set(),
  loops: "parenthesis",
  calls,
  methods: table(["close print printf say binmode autoflush", () => undefined]),
  values: new Map<string, Value>([["$0", someText("$0")]]),
  aliases: [
    ["CORE.GLOBAL.", ""],
    ["CORE.", ""],
  ],
  harmless: computing,
  harmlessMethods: names(
    "new encode decode pretty canonical utf8 add hexdigest opened fileno getline getlines ymd hms epoch",
  ),
  reflective: names("AUTOLOAD __PACKAGE__ DynaLoader XSLoader"),
  imports: readUse,
  isModule: (root) => /^[A-Z][a-z]/.test(root),
};
