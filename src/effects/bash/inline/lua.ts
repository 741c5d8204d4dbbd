// Lua as far as its calls go: the `os` and `io` libraries (Lua 5.4 reference manual, 6.8 and 6.9).

import {
  deletes,
  doubt,
  moves,
  names,
  overwrites,
  reads,
  runsCode,
  shells,
  table,
  writes,
} from "./actions.ts";
import type { Action, Language } from "./language.ts";
import type { Lexicon } from "./lexer/lexicon.ts";
import { reverse, textOfCodes } from "./pure.ts";
import { known, someText } from "./values.ts";

const lexicon: Lexicon = {
  lineComments: ["--"],
  blockComments: [["--[[", "]]"]],
  sigils: "",
  quotes: [
    { open: '"', close: '"', escapes: "c", interpolation: "none", kind: "string" },
    { open: "'", close: "'", escapes: "c", interpolation: "none", kind: "string" },
    { open: "[[", close: "]]", escapes: "verbatim", interpolation: "none", kind: "string" },
  ],
  stringPrefixes: false,
  regularExpressions: false,
  quoteWords: false,
  percentQuotes: false,
  newlines: "significant",
};

const opens: Action = (call, host) => {
  const mode = call.args[1] === undefined ? "r" : (known(call.args[1]) ?? "w");
  if (mode.startsWith("w")) return overwrites(0)(call, host);
  return mode.startsWith("a") || mode.includes("+") ? writes(0)(call, host) : reads(0)(call, host);
};

export const lua: Language = {
  lexicon,
  members: [".", ":"],
  concatenation: "..",
  bareCalls: true,
  ignoresCase: false,
  argumentNames: ["="],
  definitions: names("function"),
  conditions: names("if elseif else while for repeat function and or"),
  prefixes: names("return not local do then end"),
  wordOperators: names("and or not"),
  blockWords: new Set(),
  loops: "in",
  calls: table(
    ["os.remove", deletes(0)],
    ["os.rename", moves(0, 1)],
    ["os.execute io.popen", shells(0)],
    ["io.open", opens],
    ["io.output", overwrites(0)],
    ["io.input io.lines", reads(0)],
    ["load loadstring", runsCode],
    ["dofile loadfile require", doubt("runs a file")],
    ["package.loadlib", doubt("loads native code")],
    ["os.getenv", () => someText("a variable")],
    ["string.char", textOfCodes],
    ["string.reverse", (call) => reverse(call.args[0])],
  ),
  methods: table(["reverse", (call) => reverse(call.receiver)]),
  values: new Map(),
  aliases: [],
  harmless: names(
    "print tostring tonumber type pairs ipairs next select error assert pcall xpcall unpack rawget rawset rawequal rawlen",
    "setmetatable getmetatable collectgarbage string. table. math. utf8. os.time os.date os.clock os.exit os.difftime os.tmpname",
    "io.write io.read io.stdout. io.stderr. coroutine.",
  ),
  harmlessMethods: names(
    "write read lines close flush seek format gsub gmatch match find sub upper lower rep byte len setvbuf",
  ),
  reflective: names("_G _ENV debug"),
  imports: () => false,
  isModule: (root) => ["os", "io", "package", "debug", "ffi"].includes(root),
};
