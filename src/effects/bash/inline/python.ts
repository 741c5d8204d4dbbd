// Python as far as its calls go: the file, process and network functions of its standard library.

import type { Place } from "../tool.ts";
import {
  acts,
  argument,
  both,
  commands,
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
import type { Action, Call, Host, Language, Reader } from "./language.ts";
import type { Lexicon } from "./lexer/lexicon.ts";
import {
  decodings,
  globParts,
  joinTexts,
  replaceText,
  splitText,
  substituted,
  textOfCodes,
} from "./pure.ts";
import {
  elementOf,
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
  blockComments: [],
  sigils: "",
  quotes: ['"""', "'''", '"', "'"].map((mark) => ({
    open: mark,
    close: mark,
    escapes: "c",
    interpolation: "none",
    kind: "string",
  })),
  stringPrefixes: true,
  regularExpressions: false,
  quoteWords: false,
  percentQuotes: false,
  newlines: "significant",
};

type Path = (call: Call) => Value | undefined;

/** `open(path, mode)`: https://docs.python.org/3/library/functions.html#open */
function opens(path: Path, modeAt: number): Action {
  return function open(call, host) {
    const given = call.args[modeAt] ?? call.named.get("mode");
    const mode = given === undefined ? "r" : (known(given) ?? "?");
    for (const word of host.words(path(call))) openAs(mode, word, host);
    return { kind: "object", type: "lines", path: path(call) ?? unknownValue("a file") };
  };
}

function openAs(mode: string, place: Place, { act, more }: Host): void {
  if (mode.includes("w")) act.overwrite(place, more);
  else if (mode.includes("x")) act.write(place, { ...more, creates: true });
  else if (mode.includes("a") || mode.includes("+")) act.write(place, more);
  else if (mode.includes("?")) act.overwrite(place, { ...more, certainty: "possible" });
  else act.read(place, more);
}

/** `os.open(path, flags)`: the flags are not followed beyond their being there. */
const opensWithFlags: Action = (call, host) => {
  const mode = call.args.length > 1 ? "?" : "r";
  for (const word of host.words(call.args[0])) openAs(mode, word, host);
  return undefined;
};

/** https://docs.python.org/3/library/subprocess.html: a list is a program; text needs `shell=True`. */
const subprocess: Action = (call, host) => {
  const what = argument(call, 0, "args") ?? unknownValue("a command");
  const shell = call.named.get("shell");
  const forShell = shell !== undefined && !(shell.kind === "name" && shell.name === "False");
  const options = runOptions(call, host);
  for (const each of what.kind === "any" ? what.of : [what]) {
    const items = each.kind === "list" ? each.items : [each];
    if (forShell) host.shell(items[0], options);
    else if (each.kind === "list" || each.kind === "text") host.command(items, options);
    else host.unknown("runs a command that is not known");
  }
  return { kind: "object", type: "process" };
};

/** `os.execvp(file, args)`, `os.spawnvp(mode, file, args)`: `args` begins with the name once more. */
function executes(at: number, rest: "list" | "each"): Action {
  return function execute(call, host) {
    const list = call.args[at + 1];
    const argv =
      rest === "each" ? call.args.slice(at + 1) : list?.kind === "list" ? list.items : [];
    host.command([call.args[at] ?? unknownValue("a program"), ...argv.slice(1)]);
    return undefined;
  };
}

const environment: Action = (call, { act }) => {
  const name = known(call.args[0]) ?? "a variable";
  return name === "HOME" && act.scope.home !== undefined ? text(act.scope.home) : someText(name);
};

const expandsUser: Action = (call, { act }) => {
  const path = call.receiver?.kind === "text" ? call.receiver : call.args[0];
  const source = known(path);
  if (source !== "~" && source?.startsWith("~/") !== true) return path;
  const { home } = act.scope;
  return home === undefined ? someText(source) : asPath(text(home + source.slice(1)));
};

const anyName: Value = { kind: "text", parts: [{ kind: "glob", text: "*" }] };

function asPath(value: Value): Value {
  if (value.kind === "any") return { kind: "any", of: value.of.map(asPath) };
  return value.kind === "text" ? { ...value, type: "Path" } : value;
}

function inside(folder: Value, pattern: string): Value {
  return matches([...partsOf(folder), { kind: "text", text: "/" }, ...globParts(pattern)], "Path");
}

const globs: Action = (call, host) => {
  const pattern = known(argument(call, 0, "pathname"));
  const folder = call.named.get("root_dir");
  lists(0)({ ...call, args: folder === undefined ? [] : [folder] }, host);
  if (pattern === undefined) return { kind: "list", items: [someText("a match")] };
  return folder === undefined ? matches(globParts(pattern)) : inside(folder, pattern);
};

/** `os.listdir` yields names, `os.scandir` entries with a path. */
const listsNames: Action = (call, host) => {
  lists(0)(call, host);
  return { kind: "list", items: [anyName] };
};

const scans: Action = (call, host) => {
  lists(0)(call, host);
  return inside(argument(call, 0) ?? text("."), "*");
};

const walks: Action = (call, host) => {
  const folder = argument(call, 0, "top") ?? call.receiver ?? text(".");
  for (const word of host.words(folder)) host.act.list(word, { ...host.more, recursive: true });
  const below = elementOf(inside(folder, "**"));
  const each: Value = { kind: "list", items: [anyName] };
  return { kind: "list", items: [{ kind: "list", items: [below, each, each] }] };
};

function globsBelow(prefix: string): Action {
  return function globBelow(call, host) {
    lists("receiver")(call, host);
    const pattern = prefix === "*" ? "" : known(call.args[0]);
    const folder = call.receiver ?? unknownValue("a folder");
    return pattern === undefined
      ? matches([{ kind: "hole", why: "a match" }], "Path")
      : inside(folder, prefix + pattern);
  };
}

const makesPath: Action = (call) =>
  asPath(call.args.length === 0 ? text(".") : joinPaths(call.args, true));

/** `path / "name"` and `path.joinpath("name")` */
const joinsPath: Action = (call) =>
  asPath(joinPaths([...(call.receiver === undefined ? [] : [call.receiver]), ...call.args], true));

/** What the path's text alone does not tell. */
const somePath: Action = (call) =>
  call.receiver?.kind === "text" ? someText("a path", "Path") : undefined;

const changesPath: Action = (call, host) =>
  call.args.length >= 1 ? somePath(call, host) : undefined;

/** `str.replace(a, b)` computes, `Path.replace(target)` moves. */
const replaces: Action = (call, host) =>
  call.args.length >= 2 ? replaceText(call, host) : moves("receiver", 0)(call, host);

const temporary: Action = (_call, host) => {
  const path = asPath({
    kind: "text",
    parts: [{ kind: "text", text: "/tmp/" }, ...globParts("*")],
  });
  for (const word of host.words(path)) host.act.write(word, { ...host.more, creates: true });
  return { kind: "object", type: "lines", path };
};

const importsModule: Action = (call, host) => {
  const name = known(call.args[0]);
  if (name !== undefined) return { kind: "name", name };
  host.unknown("imports a module whose name is computed");
  return undefined;
};

/** `getattr(os, "remove")` */
const getsAttribute: Action = (call, host) => {
  const [of, name] = call.args;
  const member = known(name);
  if (member !== undefined && of?.kind === "name")
    return { kind: "name", name: `${of.name}.${member}` };
  if (member === undefined || of === undefined)
    host.unknown("reaches a member whose name is computed");
  return undefined;
};

/** `map(chr, codes)`; a function that does more was called already. */
const maps: Action = (call, host) => {
  const [callee, list] = call.args;
  if (callee?.kind !== "name" || list?.kind !== "list") return undefined;
  if (callee.name !== "chr" && callee.name !== "str") return undefined;
  const items = list.items.map((item) =>
    callee.name === "str" ? item : (textOfCodes({ ...call, args: [item] }, host) ?? item),
  );
  return { kind: "list", items };
};

const connectsSocket: Action = (call, host) => {
  const [address] = call.args;
  return connects(0)({ ...call, args: address?.kind === "list" ? address.items : call.args }, host);
};

const dropping = ["drop ", "truncate ", "delete "];

/** A statement for a database in a file or elsewhere. */
const executesSql: Action = (call, host) => {
  const statement = known(call.args[0])?.trimStart().toLowerCase();
  if (statement === undefined) return void host.unknown("runs SQL that is not known");
  if (dropping.some((word) => statement.includes(word))) {
    const target = { form: "unresolved", path: "database" } as const;
    host.act.delete(target, { ...host.more, recursive: statement.includes("drop ") });
  }
  return { kind: "object", type: "rows" };
};

const calls = table(
  ["os.remove os.unlink os.rmdir", deletes(0)],
  ["os.removedirs shutil.rmtree distutils.dir_util.remove_tree", deletes(0, true)],
  ["os.rename os.renames os.replace shutil.move", moves(0, 1)],
  ["os.mkdir os.makedirs os.mkfifo os.mknod distutils.dir_util.mkpath", writes(0, true)],
  ["os.symlink os.link", writes(1, true)],
  ["os.chmod os.lchmod os.fchmod", permits(0, "chmod", { change: 1 })],
  ["os.chown os.lchown os.fchown shutil.chown", permits(0, "chown")],
  ["os.chflags os.lchflags os.setxattr os.removexattr", permits(0, "attribute")],
  ["os.umask", masks],
  ["shutil.copymode shutil.copystat", permits(1, "chmod", { incidental: true })],
  ["os.truncate os.ftruncate", truncates(0)],
  ["os.utime", writes(0)],
  ["shutil.copy shutil.copy2", copies(0, 1, { modes: true })],
  ["shutil.copyfile shutil.copyfileobj", copies(0, 1)],
  ["shutil.copytree distutils.dir_util.copy_tree", copies(0, 1, { modes: true, recursive: true })],
  ["shutil.make_archive", writes(0)],
  ["shutil.unpack_archive", both(reads(0), overwrites(1, true))],
  [
    "open codecs.open gzip.open bz2.open lzma.open tokenize.open io.FileIO os.fdopen",
    opens((call) => argument(call, 0, "file"), 1),
  ],
  ["zipfile.ZipFile tarfile.open tarfile.TarFile", opens((call) => argument(call, 0, "name"), 1)],
  ["os.open", opensWithFlags],
  [
    "os.system os.popen subprocess.getoutput subprocess.getstatusoutput commands.getoutput",
    shells(0),
  ],
  ["asyncio.create_subprocess_shell os.popen2 os.popen3 os.popen4", shells(0)],
  [
    "subprocess.run subprocess.call subprocess.check_call subprocess.check_output subprocess.Popen",
    subprocess,
  ],
  ["asyncio.create_subprocess_exec", commands("all")],
  ["pty.spawn", commands(0)],
  ["os.execv os.execvp os.execve os.execvpe os.posix_spawn os.posix_spawnp", executes(0, "list")],
  ["os.execl os.execlp os.execle os.execlpe", executes(0, "each")],
  ["os.spawnv os.spawnvp os.spawnve os.spawnvpe", executes(1, "list")],
  ["os.spawnl os.spawnlp os.spawnle os.spawnlpe", executes(1, "each")],
  ["os.kill os.killpg os.setuid os.setgid os.seteuid os.setegid os.nice os.fork os.abort", acts],
  ["os.setpriority resource.setrlimit signal.pthread_kill webbrowser.open", acts],
  ["os.chdir contextlib.chdir", (call, host) => void host.chdir(call.args[0])],
  ["os.chroot os.fchdir", doubt("changes its root or folder")],
  ["os.getenv os.environ.get os.environ.pop", environment],
  ["os.listdir", listsNames],
  ["os.scandir", scans],
  ["os.walk os.fwalk", walks],
  ["glob.glob glob.iglob", globs],
  ["os.stat os.lstat os.access os.path.getmtime os.path.getsize", lists(0, true)],
  ["os.path.exists os.path.isfile os.path.isdir os.path.islink os.readlink", lists(0)],
  ["os.path.join", (call) => joinPaths(call.args, true)],
  ["os.path.expanduser", expandsUser],
  [
    "os.path.abspath os.path.realpath os.path.normpath os.fspath os.fsdecode str",
    (call) => call.args[0],
  ],
  ["os.getcwd pathlib.Path.cwd", () => text(".", "Path")],
  [
    "pathlib.Path.home",
    (_call, { act }) =>
      asPath(act.scope.home === undefined ? someText("home") : text(act.scope.home)),
  ],
  ["pathlib.Path", makesPath],
  ["/", joinsPath],
  [
    "tempfile.mkdtemp tempfile.mkstemp tempfile.TemporaryDirectory tempfile.TemporaryFile tempfile.NamedTemporaryFile tempfile.SpooledTemporaryFile",
    temporary,
  ],
  ["shelve.open dbm.open", writes(0)],
  ["sqlite3.connect", both(writes(0), () => ({ kind: "object", type: "database" }))],
  ["py_compile.compile compileall.compile_dir compileall.compile_file", writes(0)],
  [
    "urllib.request.urlopen requests.get requests.post requests.put requests.patch requests.head requests.delete httpx.get httpx.post",
    connects(0),
  ],
  ["http.client.HTTPConnection http.client.HTTPSConnection ftplib.FTP smtplib.SMTP", connects(0)],
  ["urllib.request.urlretrieve", both(connects(0), overwrites(1))],
  ["socket.create_connection", connectsSocket],
  ["exec eval", runsCode],
  ["compile functools.partial sorted list tuple set reversed iter", (call) => call.args[0]],
  ["__import__ importlib.import_module", importsModule],
  ["getattr", getsAttribute],
  ["setattr delattr", doubt("changes what a name stands for")],
  ["runpy.run_path runpy.run_module", doubt("runs another program")],
  ["pickle.load pickle.loads marshal.load marshal.loads", doubt("runs what a pickle says")],
  [
    "fileinput.input",
    (call, host) => (call.named.has("inplace") ? writes(0) : reads(0))(call, host),
  ],
  ["logging.FileHandler", writes(0)],
  [
    "base64.b64decode base64.urlsafe_b64decode base64.decodebytes binascii.a2b_base64",
    decodings.base64,
  ],
  ["base64.b16decode bytes.fromhex bytearray.fromhex binascii.unhexlify", decodings.hex],
  ["codecs.decode", decodings.codec],
  ["chr bytes bytearray", textOfCodes],
  ["map filter", maps],
  ["shlex.split", (call) => splitText(call.args[0], undefined)],
);

const methods = table(
  ["unlink rmdir", deletes("receiver")],
  ["rmtree", deletes("receiver", true)],
  ["rename move", moves("receiver", 0)],
  ["replace", replaces],
  ["write_text write_bytes", overwrites("receiver")],
  ["touch mkdir", writes("receiver", true)],
  ["symlink_to hardlink_to", writes("receiver", true)],
  ["link_to", writes(0, true)],
  ["chmod lchmod", permits("receiver", "chmod", { change: 0 })],
  ["read_text read_bytes", reads("receiver")],
  ["open", opens((call) => call.receiver, 0)],
  ["exists is_file is_dir is_symlink", lists("receiver")],
  ["stat lstat", lists("receiver", true)],
  ["iterdir", globsBelow("*")],
  ["glob", globsBelow("")],
  ["rglob", globsBelow("**/")],
  ["walk", walks],
  ["joinpath", joinsPath],
  ["resolve absolute", (call) => call.receiver],
  ["expanduser", expandsUser],
  ["with_suffix with_name with_stem relative_to", changesPath],
  [
    "extractall extract",
    (call, host) =>
      void host.act.overwrite(
        host.words(call.args.at(-1) ?? call.named.get("path") ?? text("."))[0] ?? ".",
        { ...host.more, recursive: true },
      ),
  ],
  ["execute executescript executemany", executesSql],
  [
    "truncate",
    (call, host) =>
      call.receiver?.kind === "object" ? truncates("receiver")(call, host) : undefined,
  ],
  ["join", (call) => joinTexts(call.receiver, call.args[0])],
  ["format", (call) => formatsText(call)],
  ["split", (call) => splitText(call.receiver, known(call.args[0]))],
  ["decode encode strip lstrip rstrip copy", (call) => call.receiver],
  ["lower casefold", (call) => mapText(call.receiver, (source) => source.toLowerCase())],
  ["upper", (call) => mapText(call.receiver, (source) => source.toUpperCase())],
  ["read readline", () => someText("a file's content")],
  ["readlines splitlines", () => ({ kind: "list", items: [someText("a line")] })],
);

function mapText(value: Value | undefined, change: (source: string) => string): Value {
  const source = known(value);
  return source === undefined ? someText("a text") : text(change(source));
}

function formatsText(call: Call): Value {
  const values = [...call.args, ...call.named.values()];
  let next = 0;
  return substituted(call.receiver ?? unknownValue("a text"), "{", () => values[next++]);
}

/** Modules that only compute. */
const computing = names(
  "abc. argparse. array. ast. base64. binascii. bisect. builtins. calendar. cmath. collections.",
  "colorsys. configparser. contextlib. copy. csv. dataclasses. datetime. decimal. difflib. dis.",
  "email. enum. errno. fnmatch. fractions. functools. getpass. graphlib. hashlib. heapq. hmac. html.",
  "importlib.metadata. importlib.resources. importlib.util.find_spec importlib.reload inspect. io.StringIO io.BytesIO",
  "ipaddress. itertools. json. keyword. locale. logging. math. mimetypes. numbers. operator. optparse.",
  "os.path. os.environ. os.get_terminal_size os.getpid os.getppid os.getuid os.geteuid os.getgid os.getlogin",
  "os.uname os.cpu_count os.urandom os.fsencode os.getloadavg os.isatty os.close os.write os.read os.fsync",
  "os.sched_getaffinity os.waitpid os.wait os.pipe os.dup os.dup2 os.times os.sync os.statvfs os.getenvb",
  "pathlib.PurePath pathlib.PurePosixPath pkgutil. platform. pprint. pwd. grp. queue. quopri. random. re. reprlib.",
  "sched. secrets. select. selectors. shlex. shutil.which shutil.disk_usage shutil.get_terminal_size signal. site.",
  "socket.gethostname socket.getfqdn statistics. stat. string. stringprep. struct. symtable. sys. sysconfig.",
  "tempfile.gettempdir textwrap. threading. time. timeit.default_timer token. tokenize. tomllib. traceback. types. typing.",
  "unicodedata. unittest.mock. urllib.parse. uuid. warnings. weakref. xml. zipfile.is_zipfile zlib. zoneinfo.",
  "asyncio.run asyncio.sleep asyncio.gather concurrent.futures. multiprocessing.cpu_count linecache.",
  // Third-party modules that one-liners look into.
  "yaml.safe_load yaml.safe_load_all yaml.dump yaml.safe_dump toml. tomli.",
  // Built-in functions.
  "abs all any ascii bin bool callable classmethod complex dict dir divmod enumerate float format frozenset",
  "hash help hex id input int isinstance issubclass len max memoryview min next object oct ord pow print property",
  "range repr round slice sum staticmethod super type zip hasattr quit exit Exception",
  "ValueError KeyError TypeError RuntimeError SystemExit OSError IOError FileNotFoundError AssertionError",
  "IndexError AttributeError NotImplementedError StopIteration ImportError PermissionError KeyboardInterrupt",
);

const valueMethods = names(
  "append extend insert pop clear sort reverse index count add discard remove update union intersection difference",
  "issubset issuperset symmetric_difference keys values items get setdefault fromkeys popitem",
  "startswith endswith find rfind rindex capitalize title swapcase center ljust rjust zfill partition rpartition",
  "rsplit expandtabs translate maketrans isdigit isalpha isalnum isspace isupper islower isnumeric isdecimal",
  "isidentifier istitle removeprefix removesuffix hex fromhex tobytes tolist bit_length as_integer_ratio",
  "write writelines flush close seek tell readable writable fileno isatty seekable readinto",
  "group groups groupdict start end span match search fullmatch findall finditer sub subn",
  "isoformat strftime timestamp total_seconds date time weekday astimezone hexdigest digest",
  "communicate wait poll terminate kill send_signal start put task_done result cancel done submit shutdown acquire release",
  "is_absolute as_posix as_uri match samefile is_mount readlink parents cursor commit rollback fetchall fetchone fetchmany",
  "getvalue namelist getnames getmembers infolist testzip getinfo info debug warning error critical setLevel",
  "add_argument parse_args print_help most_common elements getheader getcode geturl json raise_for_status text",
  "iter find findtext getroot tostring set mean std shape astype",
);

const reflective = names(
  "__builtins__ __dict__ __class__ __subclasses__ __globals__ __getattribute__ __bases__ __mro__ __code__",
  "__loader__ __closure__ globals locals vars ctypes modules methodcaller attrgetter FunctionType cffi",
);

/** Standard library modules of which only some functions are modelled: the rest is doubt. */
const modelled = names(
  "os shutil subprocess pathlib glob socket tempfile zipfile tarfile sqlite3 urllib http ftplib smtplib",
  "importlib runpy pickle marshal shelve dbm fileinput asyncio multiprocessing pty resource webbrowser",
  "requests httpx compileall py_compile distutils ensurepip venv pip setuptools imp code codeop gc atexit",
);

/** `import a.b as c, d` and `from m import x as y` */
function readImport(reader: Reader): boolean {
  const word = reader.peek()?.text;
  if (word === "import" && reader.peek(1)?.kind === "name") {
    reader.take();
    readModules(reader);
    return true;
  }
  if (word !== "from" || reader.peek(1)?.kind !== "name") return false;
  reader.take();
  const module = readDotted(reader);
  if (reader.peek()?.text !== "import") return false;
  reader.take();
  noteModule(reader, module);
  readMembers(reader, module);
  return true;
}

function readModules(reader: Reader): void {
  do {
    const module = readDotted(reader);
    noteModule(reader, module);
    const local = readAlias(reader);
    if (local !== undefined) reader.bind(local, { kind: "name", name: module });
  } while (reader.peek()?.text === "," && reader.take() !== undefined);
}

function readMembers(reader: Reader, module: string): void {
  for (let token = reader.peek(); token !== undefined; token = reader.peek()) {
    if (token.text === "(" || token.text === "," || token.text === "*") reader.take();
    else if (token.kind === "name") {
      reader.take();
      const name = `${module}.${token.text}`;
      reader.bind(readAlias(reader) ?? token.text, { kind: "name", name });
    } else {
      if (token.text === ")") reader.take();
      return;
    }
  }
}

function readDotted(reader: Reader): string {
  let name = reader.take()?.text ?? "";
  while (reader.peek()?.text === "." && reader.peek(1)?.kind === "name") {
    reader.take();
    name += `.${reader.take()?.text}`;
  }
  return name;
}

function readAlias(reader: Reader): string | undefined {
  if (reader.peek()?.text !== "as") return undefined;
  reader.take();
  return reader.take()?.text;
}

function noteModule(reader: Reader, module: string): void {
  const root = module.split(".")[0] ?? module;
  if (!modelled.has(root) && !computing.has(`${root}.`)) reader.imported(root);
}

export const python: Language = {
  lexicon,
  members: ["."],
  concatenation: "+",
  bareCalls: false,
  ignoresCase: false,
  argumentNames: ["=", ":"],
  definitions: names("def class"),
  conditions: names("if elif else while for def lambda and or except finally class match case"),
  prefixes: names("not await return yield del assert raise lambda async print global nonlocal in"),
  wordOperators: names("and or in is not if else from as"),
  blockWords: new Set(),
  loops: "in",
  calls,
  methods,
  values: new Map<string, Value>([
    ["os.sep", text("/")],
    ["os.linesep", text("\n")],
  ]),
  aliases: [
    ["posix.", "os."],
    ["posixpath.", "os.path."],
    ["builtins.", ""],
    ["io.open", "open"],
    ["pathlib.PosixPath", "pathlib.Path"],
    ["_io.", "io."],
  ],
  harmless: computing,
  harmlessMethods: valueMethods,
  reflective,
  imports: readImport,
  isModule: (root) => modelled.has(root) || computing.has(`${root}.`),
};
