// Interpreters as programs: their one-liners, scripts on standard input, script files and modules.

import type { Command, Produced, Word } from "../command.ts";
import { type LanguageName, runInline } from "../inline/index.ts";
import { dropText, leadingText, optionParser } from "../options.ts";
import { type Act, family, program, textOf, tool } from "../tool.ts";
import { runsUnseen, sourceOf } from "../unseen.ts";

/** Reads a program where the interpreter finds it: in a file, or on standard input. */
function runScript(
  act: Act,
  language: LanguageName,
  file: Word | undefined,
  args: readonly Word[],
): undefined {
  const source = sourceOf(act, file);
  if (source.kind === "nothing") return act.execute();
  if (source.kind === "unseen") return undefined;
  return runInline(act, source.text, { language, via: act.invocation.program, args });
}

/** The options of an interpreter that stand before its program, read letter by letter. */
interface Letters {
  /** Letters that take the rest of their word, or the next word. */
  readonly required: string;
  /** Letters that take the rest of their word, where there is any. */
  readonly optional: string;
  /** Letters that take the digits behind them, if there are any. */
  readonly digits: string;
  /** Letters whose argument is the last option, as Python's `-c` and `-m`. */
  readonly final: string;
  /** Long options that take the next word. */
  readonly long: readonly string[];
}

interface Given {
  readonly letter: string;
  readonly value: Word | undefined;
}

interface Parsed {
  readonly given: readonly Given[];
  readonly rest: readonly Word[];
  readonly onlyShows: boolean;
}

function readLetters(args: readonly Word[], letters: Letters): Parsed {
  const given: Given[] = [];
  let onlyShows = false;
  let at = 0;
  for (; at < args.length; at += 1) {
    const word = args[at];
    const text = word === undefined ? "" : leadingText(word);
    if (word === undefined || text.length < 2 || !text.startsWith("-")) break;
    if (text === "--") {
      at += 1;
      break;
    }
    if (text.startsWith("--")) {
      const [name = ""] = text.slice(2).split("=", 1);
      onlyShows ||= name === "help" || name === "version" || name.startsWith("help-");
      const attached = text.includes("=");
      const takes = letters.long.includes(name) && !attached;
      given.push({
        letter: name,
        value: attached ? dropText(word, name.length + 3) : takes ? args[at + 1] : undefined,
      });
      if (takes) at += 1;
      continue;
    }
    const found = readCluster(word, text, letters, args[at + 1]);
    given.push(...found.given);
    at += found.taken;
    if (found.final) {
      at += 1;
      break;
    }
  }
  return { given, rest: args.slice(at), onlyShows };
}

function readCluster(word: Word, text: string, letters: Letters, next: Word | undefined) {
  const given: Given[] = [];
  for (let i = 1; i < text.length; i += 1) {
    const letter = text.charAt(i);
    const final = letters.final.includes(letter);
    const rest = dropText(word, i + 1);
    const attached = rest.value !== "" && rest.parts.length > 0;
    if (final || letters.required.includes(letter)) {
      given.push({ letter, value: attached ? rest : next });
      return { given, taken: attached ? 0 : 1, final };
    }
    if (letters.optional.includes(letter)) {
      given.push({ letter, value: attached ? rest : undefined });
      return { given, taken: 0, final: false };
    }
    given.push({ letter, value: undefined });
    if (letters.digits.includes(letter)) while (isDigits(text, i + 1)) i += 1;
  }
  return { given, taken: 0, final: false };
}

/** A digit, or the rest of a hexadecimal number: `-0777`, `-0xFF`. */
function isDigits(text: string, at: number): boolean {
  return (
    /[0-9]/.test(text.charAt(at)) ||
    (at < text.length && /^-[a-zA-Z]*0[xX][0-9a-fA-F]*$/.test(text.slice(0, at + 1)))
  );
}

function has(parsed: Parsed, letter: string): boolean {
  return parsed.given.some((each) => each.letter === letter);
}

function values(parsed: Parsed, ...letters: readonly string[]): readonly Word[] {
  return parsed.given.flatMap((each) =>
    letters.includes(each.letter) && each.value !== undefined ? [each.value] : [],
  );
}

const pythonLetters: Letters = {
  required: "WXQ",
  optional: "",
  digits: "",
  final: "cm",
  long: ["check-hash-based-pycs"],
};

const python = program((act) => {
  const parsed = readLetters(act.args, pythonLetters);
  if (parsed.onlyShows || has(parsed, "V") || has(parsed, "h")) return act.inspect();
  const [code] = values(parsed, "c");
  if (code !== undefined)
    return runInline(act, code, {
      language: "python",
      via: `${act.invocation.program} -c`,
      args: parsed.rest,
    });
  const [module] = values(parsed, "m");
  if (module !== undefined) return runModule(act, module, parsed.rest);
  const [file, ...args] = parsed.rest;
  return runScript(act, "python", file, args);
});

/** Modules that are also programs under the same or another name. */
const moduleNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    pre_commit: "pre-commit",
    "pip._internal": "pip",
    IPython: "ipython",
    jupyter: "jupyter",
  }),
);

/** Modules of the standard library that only look (`python -m NAME`). */
const inspectingModules = new Set(
  "json.tool calendar platform site sysconfig this tokenize ast dis inspect pydoc locale base64 gzip quopri uuid timeit tabnanny symtable mimetypes encodings.rot_13 antigravity xml.sax cProfile profile trace test.support".split(
    " ",
  ),
);

type ModuleAction = (act: Act, args: readonly Word[]) => Produced | undefined;

const modules: ReadonlyMap<string, ModuleAction> = new Map<string, ModuleAction>([
  [
    "venv",
    (act, args) => eachOperand(args, (word) => act.write(word, { creates: true, recursive: true })),
  ],
  [
    "virtualenv",
    (act, args) => eachOperand(args, (word) => act.write(word, { creates: true, recursive: true })),
  ],
  ["http.server", (act) => act.execute({ via: "python -m http.server" })],
  ["compileall", (act, args) => eachOperand(args, (word) => act.write(word, { recursive: true }))],
  ["py_compile", (act, args) => eachOperand(args, (word) => act.write(word))],
  ["ensurepip", (act) => act.execute()],
  ["zipfile", archives],
  ["tarfile", archives],
  [
    "timeit",
    (act, args) =>
      eachOperand(args, (word) =>
        runInline(act, word, { language: "python", via: "python -m timeit", args: [] }),
      ),
  ],
  [
    "json.tool",
    (act, args) =>
      args.length > 1 ? eachOperand(args.slice(1), (word) => act.overwrite(word)) : act.inspect(),
  ],
  ["unittest", projectModule],
  ["doctest", projectModule],
]);

function projectModule(act: Act): undefined {
  act.emit({
    kind: "execute",
    program: act.invocation.program,
    words: act.args.map(textOf),
    code: "project",
    inspects: false,
    target: act.target("."),
  });
}

function eachOperand(args: readonly Word[], does: (word: Word) => void): undefined {
  for (const word of args) if (!leadingText(word).startsWith("-")) does(word);
}

/** `-c archive files`, `-e archive [folder]`, `-l archive` */
function archives(act: Act, [how, archive, ...rest]: readonly Word[]): undefined {
  if (archive === undefined) return;
  if (how?.value === "-c" || how?.value === "--create") return act.overwrite(archive);
  act.read(archive);
  if (how?.value === "-e" || how?.value === "--extract")
    act.overwrite(rest[0] ?? ".", { recursive: true });
}

function runModule(act: Act, module: Word, args: readonly Word[]): Produced | undefined {
  const name = module.value;
  if (name === undefined) return act.unknown("python runs a module that is not known");
  const action = modules.get(name);
  if (action !== undefined) return action(act, args);
  if (inspectingModules.has(name)) return act.inspect();
  if (args.some((word) => word.value === "--version" || word.value === "--help"))
    return act.inspect();
  const program = moduleNames.get(name) ?? name;
  return act.run([act.scope.word(program), ...args], { via: "python -m" });
}

const perlLetters: Letters = {
  required: "eEI",
  optional: "iFMmxDdV",
  digits: "l0C",
  final: "",
  long: [],
};

const perl = program((act) => {
  const parsed = readLetters(act.args, perlLetters);
  if (has(parsed, "v") || has(parsed, "V") || has(parsed, "h") || parsed.onlyShows)
    return act.inspect();
  const code = values(parsed, "e", "E");
  const inPlace = parsed.given.find((each) => each.letter === "i");
  const loops = has(parsed, "n") || has(parsed, "p");
  const files = code.length > 0 ? parsed.rest : parsed.rest.slice(1);
  const compiles = code.every(
    (text) => text.value !== undefined && !/\b(?:BEGIN|use)\b/.test(text.value),
  );
  if (has(parsed, "c") && compiles) return act.inspect();
  if (loops) editsOrReads(act, files, inPlace);
  if (code.length === 0) return runScript(act, "perl", parsed.rest[0], files);
  return runInline(act, joinedLines(act, code), {
    language: "perl",
    via: `${act.invocation.program} -e`,
    args: loops ? [] : files,
  });
});

/** `-i`: each file is written anew from what the program prints; `-i.bak` keeps the old one. */
function editsOrReads(act: Act, files: readonly Word[], inPlace: Given | undefined): void {
  for (const file of files) {
    if (inPlace === undefined) act.read(file);
    else act.write(file, { via: `${act.invocation.program} -i` });
  }
}

function joinedLines(act: Act, lines: readonly Word[]): Word | string {
  const [only] = lines;
  if (lines.length === 1 && only !== undefined) return only;
  if (lines.every((line) => line.value !== undefined)) return lines.map(textOf).join("\n");
  return act.scope.hole("a program in parts");
}

const rubyLetters: Letters = {
  required: "erICE",
  optional: "iFKx",
  digits: "0WT",
  final: "",
  long: ["encoding", "external-encoding", "internal-encoding"],
};

const ruby = program((act) => {
  const parsed = readLetters(act.args, rubyLetters);
  if (parsed.onlyShows || (has(parsed, "v") && parsed.rest.length === 0 && !has(parsed, "e")))
    return act.inspect();
  const code = values(parsed, "e");
  const loops = has(parsed, "n") || has(parsed, "p");
  const files = code.length > 0 ? parsed.rest : parsed.rest.slice(1);
  if (loops)
    editsOrReads(
      act,
      files,
      parsed.given.find((each) => each.letter === "i"),
    );
  if (has(parsed, "c")) return act.inspect();
  if (code.length === 0) return runScript(act, "ruby", parsed.rest[0], files);
  return runInline(act, joinedLines(act, code), {
    language: "ruby",
    via: `${act.invocation.program} -e`,
    args: loops ? [] : files,
  });
});

const nodeLetters: Letters = {
  required: "rC",
  optional: "",
  digits: "",
  final: "",
  long: "require import loader experimental-loader env-file env-file-if-exists conditions input-type title inspect-port redirect-warnings trace-event-categories icu-data-dir openssl-config secure-heap tls-cipher-list diagnostic-dir disable-warning test-reporter test-reporter-destination test-name-pattern watch-path run".split(
    " ",
  ),
};

/** Node.js: `-e` and `-p` take the next word unless another option follows. */
const node = program((act) => {
  const parsed = readLetters(expandEval(act.args), nodeLetters);
  if (parsed.onlyShows || has(parsed, "v") || has(parsed, "h")) return act.inspect();
  if (has(parsed, "test") || has(parsed, "run")) return projectModule(act);
  for (const module of values(parsed, "r", "require", "import", "loader", "experimental-loader"))
    loads(act, module);
  const [file, ...args] = parsed.rest;
  const [code] = values(parsed, "eval");
  if (code !== undefined)
    return runInline(act, code, {
      language: "javascript",
      via: `${act.invocation.program} -e`,
      args: parsed.rest,
    });
  if (has(parsed, "c") || has(parsed, "check"))
    return file === undefined ? act.inspect() : act.read(file);
  return runScript(act, "javascript", file, args);
});

/** `-e code`, `-p code`, `-pe code`, `--eval code`, `--print=code` as `--eval=code`. */
function expandEval(args: readonly Word[]): readonly Word[] {
  const at = args.findIndex((word) =>
    /^(?:-e|-p|-pe|-ep|--eval|--print)(?:=|$)/.test(leadingText(word)),
  );
  const stop = args.findIndex((word) => !leadingText(word).startsWith("-"));
  const option = args[at];
  if (option === undefined || (stop >= 0 && stop < at && !takesNext(args[stop - 1]))) return args;
  const text = leadingText(option);
  const equals = text.indexOf("=");
  const code = equals > 0 ? dropText(option, equals + 1) : args[at + 1];
  if (code === undefined) return args;
  const flag: Word = {
    ...code,
    value: code.value === undefined ? undefined : `--eval=${code.value}`,
    parts: [{ kind: "text", text: "--eval=" }, ...code.parts],
  };
  const merged =
    code.value === undefined
      ? flag
      : { ...flag, parts: [{ kind: "text" as const, text: `--eval=${code.value}` }] };
  return [...args.slice(0, at), merged, ...args.slice(at + (equals > 0 ? 1 : 2))];
}

function takesNext(option: Word | undefined): boolean {
  const text = option?.value ?? "";
  return text === "-r" || text === "-C" || nodeLetters.long.includes(text.slice(2));
}

/** A module that is loaded first: a path is a script, a name is of the project. */
function loads(act: Act, module: Word): void {
  const path = module.value === undefined || /^[./]/.test(module.value);
  if (path) runsUnseen(act, module);
  else projectModule(act);
}

const phpLetters: Letters = {
  required: "rBREFfcdStz",
  optional: "",
  digits: "",
  final: "",
  long: [
    "run",
    "process-code",
    "file",
    "define",
    "server",
    "docroot",
    "rf",
    "rc",
    "re",
    "rz",
    "ri",
    "php-ini",
  ],
};

const php = program((act) => {
  const parsed = readLetters(act.args, phpLetters);
  const looks = [
    "v",
    "i",
    "m",
    "l",
    "s",
    "w",
    "rf",
    "rc",
    "re",
    "rz",
    "ri",
    "ini",
    "info",
    "modules",
  ];
  if (parsed.onlyShows || looks.some((letter) => has(parsed, letter))) return act.inspect();
  const code = values(parsed, "r", "run", "B", "R", "E", "process-code");
  for (const text of code)
    runInline(act, text, { language: "php", via: "php -r", args: parsed.rest });
  if (code.length > 0) return undefined;
  if (has(parsed, "S") || has(parsed, "server")) return projectModule(act);
  const [first, ...args] = parsed.rest;
  return runScript(act, "phpFile", values(parsed, "f", "F", "file")[0] ?? first, args);
});

const luaLetters: Letters = { required: "el", optional: "jObW", digits: "", final: "", long: [] };

const lua = program((act) => {
  const parsed = readLetters(act.args, luaLetters);
  const code = values(parsed, "e");
  const [file, ...args] = parsed.rest;
  if (code.length > 0)
    runInline(act, joinedLines(act, code), { language: "lua", via: "lua -e", args: [] });
  if (has(parsed, "v") && code.length === 0 && file === undefined) return act.inspect();
  if (values(parsed, "l").length > 0) act.unknown("lua loads a module");
  return code.length > 0 && file === undefined ? undefined : runScript(act, "lua", file, args);
});

/** `tsx file`, `ts-node -e code`: Node.js over another syntax. */
const typescript: Command = (invocation, scope) => {
  const [first] = invocation.args;
  if (first?.value === "watch")
    return node({ ...invocation, args: invocation.args.slice(1) }, scope);
  return node(invocation, scope);
};

/** An interpreter whose language is not read: a file, text or standard input that may do anything. */
function opaque(codeOptions: string, spec: string): Command {
  const parse = optionParser<string>(spec, { order: "posix", singleDash: spec.includes("eval") });
  return tool<string>(
    spec,
    (act) => {
      const options = parse(act.args);
      const code = codeOptions.split(" ").flatMap((name) => options.values(name));
      if (code.length > 0) {
        act.emit({
          kind: "execute",
          program: act.invocation.program,
          words: act.args.map(textOf),
          code: "inline",
          inspects: false,
        });
        return act.unknown(`${act.invocation.program} runs code of a language that is not read`);
      }
      const source = sourceOf(act, options.operands[0]);
      if (source.kind === "nothing") return act.execute();
      if (source.kind === "text")
        act.unknown(`${act.invocation.program} runs code of a language that is not read`);
      return undefined;
    },
    { order: "posix" },
  );
}

const quotedText = /do shell script "((?:[^"\\]|\\.)*)"/g;

/** osascript(1): what `do shell script` hands to a shell is read, the rest is doubt. */
const osascript = tool<string>("e: l: s: i", (act, options) => {
  for (const line of options.values("e")) {
    for (const [, text = ""] of (line.value ?? "").slice(0, 16_384).matchAll(quotedText)) {
      act.script(text.replace(/\\(.)/g, "$1"), { newShell: true, via: "osascript" });
    }
  }
  act.unknown("AppleScript is not read");
  for (const file of options.operands) runsUnseen(act, file);
});

export const interpreters = family(
  [
    "python python2 python3 python3.8 python3.9 python3.10 python3.11 python3.12 python3.13 python3.14 pypy pypy3 micropython",
    python,
  ],
  ["perl perl5", perl],
  ["ruby jruby", ruby],
  ["node nodejs", node],
  ["tsx ts-node esr swc-node", typescript],
  ["php php8 php7", php],
  ["lua lua5.1 lua5.3 lua5.4 luajit", lua],
  ["osascript", osascript],
  [
    "julia",
    opaque("e eval E print", "e,eval: E,print: p,procs: t,threads: L,load: project:: i q v"),
  ],
  ["Rscript", opaque("e", "e: vanilla verbose default-packages: version")],
  ["R", opaque("e", "e: f,file: slave vanilla no-save quiet q no-echo args")],
  ["elixir erl iex", opaque("e eval", "e: eval: r: S: pa: pz: noshell s:")],
  [
    "groovy scala kotlin jshell clojure clj bb racket guile sbcl emacs-batch ghci runghc runhaskell ocaml swipl octave gnuplot",
    opaque("e eval", "e,eval: f: q b i l: x: c:"),
  ],
  ["tclsh wish jimsh", opaque("encoding", "encoding:")],
  [
    "pwsh powershell",
    opaque(
      "c Command e EncodedCommand",
      "c: Command: e: EncodedCommand: File: f: NoProfile NonInteractive ExecutionPolicy:",
    ),
  ],
);
