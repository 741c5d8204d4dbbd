// JavaScript as far as its calls go: the modules of Node.js for files, processes and networks.

import {
  acts,
  both,
  connects,
  copies,
  deletes,
  deletesByOptions,
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
import type { Action, Call, Language, Reader } from "./language.ts";
import type { Lexicon, Quote } from "./lexer/lexicon.ts";
import {
  fromBase64,
  fromHex,
  joinTexts,
  replaceText,
  reverse,
  splitText,
  textOfCodes,
} from "./pure.ts";
import { concat, joinPaths, known, someText, text, unknownValue, type Value } from "./values.ts";

function quote(mark: string, interpolation: Quote["interpolation"] = "none"): Quote {
  return { open: mark, close: mark, escapes: "c", interpolation, kind: "string" };
}

const lexicon: Lexicon = {
  lineComments: ["//", "#!"],
  blockComments: [["/*", "*/"]],
  sigils: "$#",
  quotes: [quote("`", "dollarBrace"), quote('"'), quote("'")],
  stringPrefixes: false,
  regularExpressions: true,
  quoteWords: false,
  percentQuotes: false,
  newlines: "significant",
};

const requires: Action = (call, host) => {
  const name = known(call.args[0]);
  if (name === undefined) {
    host.unknown("loads a module whose name is computed");
    return undefined;
  }
  const module = moduleValue(name);
  if (module.kind === "name") noteModule(module.name, host);
  return module;
};

/** JSON is data; everything else that Node.js does not bring runs when it is loaded. */
function noteModule(name: string, host: Pick<Reader, "imported">): void {
  const first = root(name);
  const brought = modelled.has(first) || computing.has(`${first}.`) || wrappers.has(first);
  if (!brought && !name.endsWith(".json")) host.imported(name);
}

function moduleValue(specifier: string): Value {
  return { kind: "name", name: specifier.startsWith("node:") ? specifier.slice(5) : specifier };
}

/** `spawn(command, [args], options)`; with `shell: true` the words are joined for a shell. */
const spawns: Action = (call, host) => {
  const [program, list] = call.args;
  const args = list?.kind === "list" ? list.items : [];
  const options = call.args.find((arg) => arg.kind === "record");
  const shell = options?.kind === "record" ? options.fields.get("shell") : undefined;
  const words = program === undefined ? [] : [program, ...args];
  if (shell === undefined || (shell.kind === "name" && shell.name === "false")) {
    host.command(words, runOptions(call, host));
  } else host.shell(joinTexts(text(" "), { kind: "list", items: words }), runOptions(call, host));
  return { kind: "object", type: "process" };
};

/** `fs.openSync(path, flags)` */
const opens: Action = (call, host) => {
  const flags = call.args[1] === undefined ? "r" : (known(call.args[1]) ?? "w");
  for (const word of host.words(call.args[0])) {
    if (flags.startsWith("w")) host.act.overwrite(word, host.more);
    else if (flags === "r") host.act.read(word, host.more);
    else host.act.write(word, host.more);
  }
  return undefined;
};

/** `fs.cpSync(from, to, options)` */
const copiesTree = copies(0, 1, { modes: true, recursive: true });

/** `Buffer.from(text, encoding)`, `.toString()` gives it back. */
const buffers: Action = (call) => {
  const source = known(call.args[0]);
  const encoding = known(call.args[1]) ?? "utf8";
  if (source === undefined)
    return call.args[0]?.kind === "list" ? codes(call.args[0].items) : undefined;
  if (encoding.startsWith("base64")) return text(fromBase64(source));
  if (encoding === "hex") return text(fromHex(source));
  return text(source);
};

function codes(items: readonly Value[]): Value {
  const numbers = items.map((item) => Number(known(item) ?? Number.NaN));
  const valid = numbers.every((number) => number >= 0 && number < 256);
  return valid ? text(Buffer.from(numbers).toString("utf8")) : unknownValue("bytes");
}

const files = {
  "rm rmdir": deletesByOptions(0),
  unlink: deletes(0),
  "remove emptyDir": deletes(0, true),
  rename: moves(0, 1),
  "move moveFile": moves(0, 1),
  writeFile: overwrites(0),
  "outputFile outputJson outputJSON writeJson writeJSON": overwrites(0),
  "appendFile utimes lutimes": writes(0),
  "mkdir mkdtemp ensureDir mkdirp mkdirs ensureFile": writes(0, true),
  "symlink link": writes(1, true),
  "copyFile copy": copies(0, 1, { modes: true }),
  cp: copiesTree,
  truncate: truncates(0),
  "chmod lchmod fchmod": permits(0, "chmod", { change: 1 }),
  "chown lchown fchown": permits(0, "chown"),
  "readFile readJson readJSON": reads(0),
  "readdir opendir exists readlink realpath glob pathExists": lists(0),
  "stat lstat access fstat statfs": lists(0, true),
  open: opens,
} as const satisfies Record<string, Action>;

/** Each function of `fs` in its three forms: `rm`, `rmSync`, and of `fs.promises` (by alias). */
const fileCalls = Object.entries(files).map(
  ([group, action]) =>
    [
      group
        .split(" ")
        .flatMap((name) => [`fs.${name}`, `fs.${name}Sync`])
        .join(" "),
      action,
    ] as const,
);

const listsDirectory: Action = (call, host) => {
  lists(0)(call, host);
  return { kind: "list", items: [{ kind: "text", parts: [{ kind: "glob", text: "*" }] }] };
};

const calls = table(
  ...fileCalls,
  ["fs.readdirSync fs.readdir", listsDirectory],
  ["fs.createWriteStream", overwrites(0)],
  ["fs.createReadStream", reads(0)],
  ["fs.watch fs.watchFile", lists(0)],
  ["rimraf rimraf.sync rimraf.rimraf rimraf.rimrafSync del del.sync trash", deletes(0, true)],
  ["mkdirp mkdirp.sync", writes(0, true)],
  ["child_process.exec child_process.execSync", shells(0)],
  [
    "child_process.spawn child_process.spawnSync child_process.execFile child_process.execFileSync",
    spawns,
  ],
  ["child_process.fork", doubt("runs another module")],
  ["execa execa.sync execa.execa", spawns],
  ["execa.command execa.commandSync execa.execaCommand execa.execaCommandSync", shells(0)],
  ["shelljs.exec", shells(0)],
  ["shelljs.rm", deletes("all", true)],
  [
    "Bun.spawn Bun.spawnSync",
    (call, host) =>
      host.command(
        call.args[0]?.kind === "list" ? call.args[0].items : [],
        runOptions(call, host),
      ) as undefined,
  ],
  [
    "Bun.write Deno.writeTextFile Deno.writeTextFileSync Deno.writeFile Deno.writeFileSync",
    overwrites(0),
  ],
  ["Deno.create Deno.createSync", overwrites(0)],
  ["Deno.remove Deno.removeSync", deletesByOptions(0)],
  ["Deno.rename Deno.renameSync", moves(0, 1)],
  ["Deno.copyFile Deno.copyFileSync", copies(0, 1)],
  ["Deno.truncate Deno.truncateSync", truncates(0)],
  ["Deno.mkdir Deno.mkdirSync", writes(0, true)],
  ["Deno.symlink Deno.symlinkSync Deno.link Deno.linkSync", writes(1, true)],
  ["Deno.chmod Deno.chmodSync", permits(0, "chmod", { change: 1 })],
  ["Deno.chown Deno.chownSync", permits(0, "chown")],
  ["Deno.readTextFile Deno.readTextFileSync Deno.readFile Deno.readFileSync Bun.file", reads(0)],
  ["Deno.Command Deno.run", doubt("runs a command")],
  ["process.chdir", (call, host) => void host.chdir(call.args[0])],
  ["process.kill process.setuid process.setgid process.abort", acts],
  ["process.umask", masks],
  ["process.dlopen process.binding", doubt("loads native code")],
  ["process.cwd", () => text(".")],
  [
    "os.homedir",
    (_call, { act }) => (act.scope.home === undefined ? someText("home") : text(act.scope.home)),
  ],
  ["os.tmpdir", () => text("/tmp")],
  ["path.join path.posix.join", (call) => joinPaths(call.args, false)],
  ["path.resolve path.posix.resolve", (call) => joinPaths(call.args, true)],
  ["path.normalize", (call) => call.args[0]],
  ["require import module.require process.mainModule.require process.getBuiltinModule", requires],
  [
    "eval Function vm.runInThisContext vm.runInNewContext",
    both(runsCode, () => ({ kind: "name", name: "own" })),
  ],
  ["vm.Script vm.runInContext", runsCode],
  [
    "setTimeout setInterval setImmediate",
    (call, host) => (call.args[0]?.kind === "text" ? host.code(call.args[0]) : undefined),
  ],
  [
    "fetch axios axios.get axios.post axios.put axios.delete http.get https.get http.request https.request",
    connects(0),
  ],
  ["net.connect net.createConnection tls.connect dgram.createSocket WebSocket", connects(1)],
  ["net.createServer http.createServer https.createServer", acts],
  ["Buffer.from", buffers],
  [
    "atob",
    (call) =>
      known(call.args[0]) === undefined ? undefined : text(fromBase64(known(call.args[0]) ?? "")),
  ],
  ["String.fromCharCode String.fromCodePoint", textOfCodes],
  ["String decodeURIComponent unescape", (call) => call.args[0]],
  ["String.raw", (call) => call.args[0]],
);

const methods = table(
  ["join", (call) => joinTexts(call.args[0] ?? text(","), call.receiver)],
  ["concat", (call) => call.args.reduce<Value>(concat, call.receiver ?? text(""))],
  ["replace replaceAll", replaceText],
  ["reverse", (call) => reverse(call.receiver)],
  [
    "split",
    (call) =>
      known(call.args[0]) === ""
        ? spread(call.receiver)
        : splitText(call.receiver, known(call.args[0])),
  ],
  ["slice", (call) => slices(call)],
  ["toString trim filter sort flat valueOf normalize then finally", (call) => call.receiver],
  ["bind", (call) => (call.receiver?.kind === "name" ? call.receiver : undefined)],
  [
    "map",
    (call) =>
      call.receiver?.kind === "list"
        ? call.args[0] && { kind: "list", items: [call.args[0]] }
        : undefined,
  ],
  [
    "call",
    (call, host) => host.call(call.receiver ?? unknownValue("a function"), call.args.slice(1)),
  ],
  [
    "apply",
    (call, host) =>
      host.call(
        call.receiver ?? unknownValue("a function"),
        call.args[1]?.kind === "list" ? call.args[1].items : [],
      ),
  ],
  [
    "unlink rmSync unlinkSync",
    (_call, host) => void host.unknown("deletes through something that is not known"),
  ],
);

/** `process.argv.slice(2)` */
function slices(call: Call): Value | undefined {
  const [from, to] = call.args.map((arg) => Number(known(arg) ?? Number.NaN));
  if (call.receiver?.kind !== "list" || from === undefined || Number.isNaN(from))
    return call.receiver;
  return {
    kind: "list",
    items: call.receiver.items.slice(from, Number.isNaN(to) ? undefined : to),
  };
}

function spread(value: Value | undefined): Value {
  const source = known(value);
  return source === undefined
    ? unknownValue("characters")
    : { kind: "list", items: [...source.slice(0, 256)].map((c) => text(c)) };
}

const computing = names(
  "console. JSON. Math. Object. Array. Number. Date. String. RegExp. Symbol. Promise. Reflect.ownKeys Intl. BigInt.",
  "Map Set WeakMap WeakSet Map. Array Object Number Boolean Date RegExp Symbol Promise BigInt Error TypeError RangeError URL URL.",
  "URLSearchParams TextEncoder TextDecoder Uint8Array Int32Array Float64Array ArrayBuffer DataView Buffer. AbortController",
  "parseInt parseFloat isNaN isFinite encodeURIComponent encodeURI decodeURI btoa structuredClone queueMicrotask",
  "clearTimeout clearInterval performance. crypto. util. path. url. querystring. assert. assert os. events. perf_hooks.",
  "string_decoder. timers. zlib. v8. readline. buffer. punycode. async_hooks. constants. tty. stream.",
  "process.exit process.stdout. process.stderr. process.stdin. process.hrtime process.hrtime. process.memoryUsage process.on",
  "process.uptime process.nextTick process.cpuUsage process.getuid process.getgid process.emitWarning process.once",
  "require.resolve import.meta. module.createRequire fs.constants. fs.close fs.closeSync fs.existsSync.",
  "fs.readSync fs.read fs.fsyncSync fs.writeSync fs.write semver. yaml.parse js-yaml.load Deno.exit Deno.cwd Bun.version super",
);

const valueMethods = names(
  "forEach reduce reduceRight find findIndex findLast every some includes indexOf lastIndexOf push pop shift unshift",
  "splice fill entries keys values flatMap at copyWithin toSorted toReversed with length toFixed toPrecision",
  "charAt charCodeAt codePointAt startsWith endsWith padStart padEnd repeat substring substr toLowerCase toUpperCase",
  "trimStart trimEnd match matchAll search localeCompare toLocaleString test exec get set has add delete clear size",
  "on once off emit pipe end write close destroy catch toISOString getTime getFullYear getMonth getDate toJSON",
  "json text blob arrayBuffer hasOwnProperty isPrototypeOf next return throw unref ref update digest log error",
  "setEncoding resume pause abort assign",
);

const reflective = names(
  "constructor __proto__ prototype globalThis global window self process.binding Proxy Reflect WebAssembly createRequire _load getBuiltinModule",
);

const modelled = names(
  "fs child_process process vm net tls http https dgram cluster worker_threads inspector module repl dns Deno Bun",
);

/** Packages whose functions are in the tables. */
const wrappers = names("rimraf del trash mkdirp execa shelljs axios fs-extra graceful-fs");

/** `import x, { y as z } from "m"`, `import * as x from "m"`, `import "m"` */
function readImport(reader: Reader): boolean {
  if (reader.peek()?.text !== "import") return false;
  const first = reader.peek(1);
  if (first === undefined || first.text === "(" || first.text === ".") return false;
  reader.take();
  const found = readBindings(reader);
  const specifier = reader.take()?.pieces[0];
  const name = specifier?.kind === "text" ? specifier.text : "";
  const module = moduleValue(name);
  if (module.kind !== "name") return true;
  noteModule(module.name, reader);
  for (const { local, member } of found) {
    const value: Value =
      member === undefined ? module : { kind: "name", name: canonical(`${module.name}.${member}`) };
    reader.bind(local, value);
  }
  return true;
}

interface Binding {
  readonly local: string;
  readonly member: string | undefined;
}

function readBindings(reader: Reader): readonly Binding[] {
  const found: Binding[] = [];
  let braces = false;
  for (
    let token = reader.peek();
    token !== undefined && token.kind !== "string";
    token = reader.peek()
  ) {
    reader.take();
    if (token.text === "{" || token.text === "}") braces = token.text === "{";
    if (token.kind !== "name" && token.text !== "*") continue;
    if (token.text === "from") break;
    const renamed = reader.peek()?.text === "as";
    if (renamed) reader.take();
    const local = renamed ? (reader.take()?.text ?? token.text) : token.text;
    found.push({ local, member: braces && token.text !== "default" ? token.text : undefined });
  }
  return found;
}

function root(name: string): string {
  return name.split(/[./]/)[0] ?? name;
}

const aliases: Language["aliases"] = [
  ["fs/promises.", "fs."],
  ["fs/promises", "fs"],
  ["fs.promises.", "fs."],
  ["fs.promises", "fs"],
  ["fs-extra.", "fs."],
  ["graceful-fs.", "fs."],
  ["globalThis.", ""],
  ["global.", ""],
  ["path/posix.", "path."],
];

function canonical(name: string): string {
  for (const [from, to] of aliases) if (name.startsWith(from)) return to + name.slice(from.length);
  return name;
}

export const javascript: Language = {
  lexicon,
  members: [".", "?."],
  concatenation: "+",
  bareCalls: false,
  ignoresCase: false,
  argumentNames: [":"],
  definitions: names("function class"),
  conditions: names("if else for while do switch case catch function class"),
  prefixes: names(
    "return await new typeof void throw yield async delete export default else do case",
  ),
  wordOperators: names("instanceof in of"),
  blockWords: new Set(),
  loops: "of",
  calls,
  methods,
  values: new Map<string, Value>([
    ["path.sep", text("/")],
    ["__dirname", text(".")],
  ]),
  aliases,
  harmless: computing,
  harmlessMethods: valueMethods,
  reflective,
  imports: readImport,
  isModule: (name) => modelled.has(name) || computing.has(`${name}.`),
};
