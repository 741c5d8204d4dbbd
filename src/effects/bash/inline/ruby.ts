// Ruby as far as its calls go: the core classes for files and processes, and FileUtils.

import {
  acts,
  both,
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
  runOptions,
  runsCode,
  shells,
  table,
  truncates,
  writes,
} from "./actions.ts";
import type { Action, Language, Reader } from "./language.ts";
import type { Lexicon } from "./lexer/lexicon.ts";
import {
  decodings,
  globParts,
  joinTexts,
  replaceText,
  reverse,
  splitText,
  textOfCodes,
} from "./pure.ts";
import {
  joinPaths,
  known,
  matches,
  partsOf,
  someText,
  text,
  unknownValue,
  type Value,
} from "./values.ts";

const lexicon: Lexicon = {
  lineComments: ["#"],
  blockComments: [["\n=begin", "\n=end"]],
  sigils: "$@",
  quotes: [
    { open: '"', close: '"', escapes: "c", interpolation: "hashBrace", kind: "string" },
    { open: "'", close: "'", escapes: "quote", interpolation: "none", kind: "string" },
    { open: "`", close: "`", escapes: "c", interpolation: "hashBrace", kind: "command" },
  ],
  stringPrefixes: false,
  regularExpressions: true,
  quoteWords: false,
  percentQuotes: true,
  heredoc: "<<",
  newlines: "significant",
};

/** `system("text")` is for a shell, `system("program", "argument")` is not: Ruby's Kernel#system. */
const system: Action = (call, host) => {
  const words = call.args.filter((arg) => arg.kind !== "record");
  if (words.length > 1) host.command(words, runOptions(call, host));
  else if (words[0]?.kind === "list") host.command(words[0].items, runOptions(call, host));
  else host.shell(words[0], runOptions(call, host));
  return someText("a command's output");
};

/** `File.open(path, mode)`, and Kernel#open, where a leading `|` is a command. */
const opens: Action = (call, host) => {
  const path = known(call.args[0]);
  if (path?.startsWith("|") === true && !call.name.includes(".")) {
    host.shell(text(path.slice(1)));
    return undefined;
  }
  const mode = call.args[1] === undefined ? "r" : (known(call.args[1]) ?? "w");
  for (const word of host.words(call.args[0])) {
    if (mode.startsWith("w")) host.act.overwrite(word, host.more);
    else if (mode.startsWith("a") || mode.includes("+")) host.act.write(word, host.more);
    else host.act.read(word, host.more);
  }
  return { kind: "object", type: "lines", path: call.args[0] ?? unknownValue("a file") };
};

const globs: Action = (call, host) => {
  host.act.list(".", host.more);
  const patterns = call.args.flatMap((arg) => (arg.kind === "list" ? arg.items : [arg]));
  const found = patterns.map((pattern): Value => {
    const source = known(pattern);
    const value =
      source === undefined ? unknownValue("a match") : matches(globParts(source), "Pathname");
    return value.kind === "list" ? (value.items[0] ?? value) : value;
  });
  return { kind: "list", items: found };
};

const namesIn: Action = (call, host) => {
  lists(0)(call, host);
  return { kind: "list", items: [{ kind: "text", parts: [{ kind: "glob", text: "*" }] }] };
};

/** `File.chmod(mode, *files)`, `FileUtils.chown(user, group, files)` */
function behind(count: number, action: Action): Action {
  return function onFiles(call, host) {
    const files: Value = { kind: "list", items: call.args.slice(count) };
    return action({ ...call, args: [files, ...call.args.slice(0, count)] }, host);
  };
}

function asPath(value: Value | undefined): Value {
  return value?.kind === "text" ? { ...value, type: "Pathname" } : unknownValue("a path");
}

const calls = table(
  [
    "File.delete File.unlink Dir.rmdir Dir.delete Dir.unlink FileUtils.rm FileUtils.rm_f FileUtils.remove FileUtils.safe_unlink FileUtils.rmdir",
    deletes("all"),
  ],
  [
    "FileUtils.rm_r FileUtils.rm_rf FileUtils.rmtree FileUtils.remove_entry FileUtils.remove_entry_secure FileUtils.remove_dir FileUtils.remove_file",
    deletes("all", true),
  ],
  ["rm rm_f safe_unlink", deletes("all")],
  ["rm_r rm_rf rmtree remove_entry remove_dir", deletes("all", true)],
  ["File.rename FileUtils.mv FileUtils.move mv", moves(0, 1)],
  [
    "FileUtils.cp FileUtils.copy FileUtils.copy_file IO.copy_stream File.copy_stream FileUtils.install cp",
    copies(0, 1),
  ],
  ["FileUtils.cp_r FileUtils.copy_entry cp_r", copies(0, 1, { modes: true, recursive: true })],
  ["File.write IO.write File.binwrite IO.binwrite", overwrites(0)],
  ["File.truncate", truncates(0)],
  [
    "Dir.mkdir FileUtils.mkdir FileUtils.mkdir_p FileUtils.makedirs FileUtils.mkpath FileUtils.touch mkdir mkdir_p touch File.mkfifo",
    writes("all", true),
  ],
  ["File.symlink File.link FileUtils.ln FileUtils.ln_s FileUtils.ln_sf ln_s", writes(1, true)],
  ["File.utime", behind(2, writes(0))],
  ["File.chmod File.lchmod FileUtils.chmod chmod", behind(1, permits(0, "chmod", { change: 1 }))],
  ["FileUtils.chmod_R chmod_R", behind(1, permits(0, "chmod", { change: 1, recursive: true }))],
  ["File.chown File.lchown FileUtils.chown chown", behind(2, permits(0, "chown"))],
  ["FileUtils.chown_R chown_R", behind(2, permits(0, "chown", { recursive: true }))],
  ["File.umask", masks],
  ["File.open File.new open Kernel.open IO.open URI.open", opens],
  [
    "File.read IO.read File.readlines IO.readlines File.foreach IO.foreach File.binread IO.binread YAML.load_file JSON.load_file CSV.read CSV.foreach",
    reads(0),
  ],
  ["Dir.glob Dir.[]", globs],
  ["Dir.entries Dir.children Dir.each_child Dir.foreach", namesIn],
  [
    "File.exist? File.file? File.directory? File.symlink? Dir.exist? Dir.empty? File.readlink File.realpath",
    lists(0),
  ],
  [
    "File.stat File.lstat File.size File.mtime File.executable? File.readable? File.writable?",
    lists(0, true),
  ],
  [
    "system exec spawn Kernel.system Kernel.exec Kernel.spawn Process.spawn Process.exec IO.popen Open3.capture2 Open3.capture2e Open3.capture3 Open3.popen3 Open3.popen2 Open3.popen2e PTY.spawn",
    system,
  ],
  ["Kernel.` sh", shells(0)],
  ["Dir.chdir FileUtils.cd FileUtils.chdir cd", (call, host) => void host.chdir(call.args[0])],
  ["Dir.chroot Process::UID.change_privilege", doubt("changes its root")],
  ["Process.kill Process.daemon fork Process.fork Process.setsid", acts],
  ["eval Kernel.eval instance_eval class_eval binding.eval Object.instance_eval", runsCode],
  [
    "load require_relative Kernel.load",
    (call, host) => void host.unknown(`runs ${known(call.args[0]) ?? "a file"}`),
  ],
  [
    "Net.HTTP.get Net.HTTP.post Net.HTTP.get_response Net.HTTP.start TCPSocket.new TCPSocket.open",
    connects(0),
  ],
  ["Pathname.new Pathname", (call) => asPath(call.args[0])],
  ["Pathname.pwd Dir.pwd Dir.getwd", () => text(".", "Pathname")],
  [
    "Dir.home",
    (_call, { act }) => (act.scope.home === undefined ? someText("home") : text(act.scope.home)),
  ],
  ["File.join", (call) => joinPaths(call.args, false)],
  ["File.expand_path File.absolute_path String", (call) => call.args[0]],
  ["/", (call) => asPath(joinPaths(call.args, true))],
  [
    "Tempfile.new Tempfile.create Dir.mktmpdir",
    (_call, host) =>
      void host.act.write("/tmp", { ...host.more, certainty: "possible", creates: true }),
  ],
  ["Base64.decode64 Base64.strict_decode64 Base64.urlsafe_decode64", decodings.base64],
  [
    "send public_send __send__ method Object.send Kernel.send",
    (call, host) => (call.args[0]?.kind === "name" ? undefined : sends(call.args, host)),
  ],
  ["Object.const_get const_get", (call, host) => constant(call.args[0], host)],
  ["Marshal.load", doubt("runs what a dump says")],
);

type Host = Parameters<Action>[1];

/** `send("system", "rm x")` */
function sends(args: readonly Value[], host: Host): Value | undefined {
  const name = known(args[0]);
  if (name !== undefined) return host.call({ kind: "name", name }, args.slice(1));
  host.unknown("calls a method whose name is computed");
  return undefined;
}

function constant(name: Value | undefined, host: Host): Value | undefined {
  const source = name?.kind === "name" ? name.name : known(name);
  if (source !== undefined) return { kind: "name", name: source };
  host.unknown("reaches a constant whose name is computed");
  return undefined;
}

const methods = table(
  ["unlink rmdir", deletes("receiver")],
  ["rmtree", deletes("receiver", true)],
  ["delete", (call, host) => (isPath(call.receiver) ? deletes("receiver")(call, host) : undefined)],
  ["rename", moves("receiver", 0)],
  ["mkpath mkdir", writes("receiver", true)],
  ["chmod", permits("receiver", "chmod", { change: 0 })],
  ["chown", permits("receiver", "chown")],
  [
    "write binwrite",
    (call, host) => (isPath(call.receiver) ? overwrites("receiver")(call, host) : undefined),
  ],
  [
    "truncate",
    (call, host) => (isPath(call.receiver) ? truncates("receiver")(call, host) : undefined),
  ],
  ["children glob each_child", (call) => childrenOf(call.receiver)],
  [
    "join",
    (call) =>
      isPath(call.receiver)
        ? asPath(joinPaths([call.receiver ?? text(""), ...call.args], true))
        : joinTexts(call.args[0] ?? text(""), call.receiver),
  ],
  ["reverse", (call) => reverse(call.receiver)],
  ["gsub sub", replaceText],
  ["split", (call) => splitText(call.receiver, known(call.args[0]))],
  [
    "chr",
    (call, host) =>
      textOfCodes({ ...call, args: call.receiver === undefined ? [] : [call.receiver] }, host),
  ],
  [
    "unpack1 unpack",
    (call, host) =>
      known(call.args[0])?.startsWith("m") === true
        ? decodings.base64({ ...call, args: [call.receiver ?? text("")] }, host)
        : undefined,
  ],
  [
    "pack",
    (call, host) =>
      textOfCodes(
        { ...call, args: call.receiver?.kind === "list" ? call.receiver.items : [] },
        host,
      ),
  ],
  [
    "each map select reject each_with_index sort first last to_a to_s to_str strip chomp dup freeze expand_path tap then",
    (call) => call.receiver,
  ],
  [
    "call",
    both((call, host) =>
      call.receiver?.kind === "name" ? host.call(call.receiver, call.args) : undefined,
    ),
  ],
);

function isPath(value: Value | undefined): boolean {
  return value?.kind === "text" && value.type === "Pathname";
}

function childrenOf(value: Value | undefined): Value | undefined {
  if (value?.kind !== "text") return undefined;
  return matches(
    [...partsOf(value), { kind: "text", text: "/" }, { kind: "glob", text: "*" }],
    "Pathname",
  );
}

const computing = names(
  "gsub sub chomp chop puts print p pp printf putc format sprintf require raise loop proc lambda rand srand sleep gets exit exit! abort at_exit catch throw",
  "Integer Float Array Hash Rational Complex attr_accessor attr_reader attr_writer include extend private public protected",
  "freeze warn caller binding block_given? yield super alias defined? not __method__ readline readlines trap autoload",
  "JSON. YAML. Time. Date. DateTime. Math. Random. SecureRandom. Digest. ENV. ARGV. Process.pid Process.clock_gettime Process.wait",
  "Base64. CSV. ERB. URI. Set. Struct. OpenStruct. Regexp. String. Array. Hash. Range. Rational. Etc. RbConfig. Gem. Ripper. Benchmark.",
  "Logger. StringIO. Shellwords. File.basename File.dirname File.extname File.split File.fnmatch Comparable. Enumerator. ObjectSpace.",
  "STDIN. STDOUT. STDERR. $stdin. $stdout. $stderr. $PROGRAM_NAME Thread. Mutex. Queue. Signal. Socket.gethostname RUBY_VERSION Psych. Zlib.",
);

const valueMethods = names(
  "length size count push pop shift unshift insert concat keys values key? has_key? include? empty? nil? any? all? none? find detect",
  "inject reduce sum min max min_by max_by sort_by group_by partition zip flatten compact uniq rotate sample shuffle take drop",
  "collect flat_map each_slice each_cons each_char each_line lines chars bytes times upto downto step succ next pred abs round floor ceil",
  "to_i to_f to_sym to_h to_json inspect upcase downcase capitalize swapcase center ljust rjust lstrip rstrip chop squeeze tr index",
  "rindex start_with? end_with? match match? scan =~ encode force_encoding valid_encoding? encoding unicode_normalize ord hex oct",
  "fetch dig merge merge! update delete_if keep_if transform_values transform_keys invert store slice except filter_map each_pair",
  "is_a? kind_of? respond_to? instance_of? class object_id hash eql? equal? frozen? nonzero? zero? positive? negative? even? odd?",
  "strftime year month day hour close flush puts print printf read gets readlines readline each_entry rewind eof? success? exitstatus new join!",
  "basename dirname extname exist? file? directory? readable? parent realpath relative_path_from sub_ext each_with_object clear replace",
);

/** `require "fileutils"` */
function readRequire(reader: Reader): boolean {
  if (reader.peek()?.text !== "require" || reader.peek(1)?.kind !== "string") return false;
  reader.take();
  const piece = reader.take()?.pieces[0];
  if (piece?.kind === "text" && !libraries.has(piece.text)) reader.imported(piece.text);
  return true;
}

const libraries = names(
  "fileutils json yaml set date time csv erb uri net/http open3 tmpdir tempfile pathname digest digest/md5 digest/sha1 securerandom",
  "base64 open-uri optparse ostruct stringio logger bigdecimal benchmark socket etc find shellwords pp English zlib psych rbconfig ripper",
);

export const ruby: Language = {
  lexicon,
  members: [".", "&.", "::"],
  concatenation: "+",
  bareCalls: true,
  ignoresCase: false,
  argumentNames: [":", "=>"],
  definitions: names("def class module"),
  conditions: names("if elsif else unless while until for case when rescue and or def do"),
  prefixes: names("not return then begin ensure end do"),
  wordOperators: names("and or"),
  blockWords: names("do begin"),
  loops: "in",
  calls,
  methods,
  values: new Map(),
  aliases: [["Kernel.", ""]],
  harmless: computing,
  harmlessMethods: valueMethods,
  reflective: names("ObjectSpace Fiddle DL TOPLEVEL_BINDING define_method instance_variable_get"),
  imports: readRequire,
  isModule: (root) => /^[A-Z]/.test(root),
};
