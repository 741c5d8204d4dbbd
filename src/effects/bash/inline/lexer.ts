// Cuts a program of any of the interpreted languages into tokens, in one pass, from a table.

/** Text, or the source of an expression that stands in a string: `${x}`, `#{x}`, `{x}`. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly source: string };

/**
 * `newline` ends a line and bears the indentation of the next one; `command` is text that a shell
 * runs (backticks); `pattern` is a regular expression or a transliteration.
 */
export type TokenKind =
  | "name"
  | "number"
  | "string"
  | "command"
  | "pattern"
  | "punctuation"
  | "newline";

export interface Token {
  readonly kind: TokenKind;
  /** Names, numbers and punctuation as written; a string's known text. */
  readonly text: string;
  readonly pieces: readonly Piece[];
  /** White space stands before it. */
  readonly spaced: boolean;
  /** Columns before the next line's first token; of `newline` only. */
  readonly indent: number;
}

/** How code stands in a string. `brace`: `{x}`; `dollar`: `$x`, `@x` and `${x}`, `@{x}`. */
type Interpolation = "none" | "brace" | "dollarBrace" | "hashBrace" | "dollar";
/** `verbatim`: none at all; `quote`: only of the quote and the backslash; `c`: `\n`, `\x41`, ... */
type Escapes = "verbatim" | "quote" | "c";

export interface Quote {
  readonly open: string;
  readonly close: string;
  readonly escapes: Escapes;
  readonly interpolation: Interpolation;
  readonly kind: "string" | "command";
}

export interface Lexicon {
  readonly lineComments: readonly string[];
  readonly blockComments: readonly (readonly [string, string])[];
  /** What may begin a name besides letters and `_`. */
  readonly sigils: string;
  /** The longest opening first. */
  readonly quotes: readonly Quote[];
  /** Letters that may stand before a quote, as in `rb"..."`. */
  readonly stringPrefixes: boolean;
  /** `/.../` where an operand may stand. */
  readonly regularExpressions: boolean;
  /** `q{}`, `qw()`, `qx//`, `s///`, ... */
  readonly quoteWords: boolean;
  /** `%w[]`, `%q()`, `%x()`, ... */
  readonly percentQuotes: boolean;
  /** The operator before a here-document's name, where the language has them. */
  readonly heredoc?: "<<" | "<<<";
  readonly newlines: "significant" | "ignored";
  /** Code stands between these, and text around it is printed. */
  readonly tags?: readonly [string, string];
}

export interface Lexed {
  readonly tokens: readonly Token[];
  /** Why not all of it could be read. */
  readonly trouble: string | undefined;
}

/** UTF-16 code units of one program; longer ones are not read. */
const maxProgramLength = 65_536;
const maxTokens = 12_000;

/** Operators of more than one character, all languages together; the longest first. */
const operators = [
  "<=>", "===", "!==", "**=", "...", "//=", "||=", "&&=", "??=", "<<=", ">>=", ">>>",
  "=>", "->", "::", "?.", "&.", "==", "!=", "<=", ">=", "&&", "||", "??", "+=", "-=", "*=", "/=",
  ".=", "%=", "|=", "&=", "^=", ":=", "**", "//", "++", "--", "..", "<<", ">>", "=~", "!~",
]; // biome-ignore format: one line a length

/** By their first character, so that most characters are asked for once. */
const operatorsFrom: ReadonlyMap<string, readonly string[]> = new Map(
  operators.map((one) => [
    one.charAt(0),
    operators.filter((each) => each.startsWith(one.charAt(0))),
  ]),
);

const noPieces: readonly Piece[] = [];

const closers: ReadonlyMap<string, string> = new Map([
  ["(", ")"],
  ["[", "]"],
  ["{", "}"],
  ["<", ">"],
]);

/** Words after which an operand stands, so that a `/` begins a regular expression. */
const beforeOperand = new Set([
  "return", "and", "or", "not", "if", "unless", "while", "until", "in", "split", "grep", "map",
  "typeof", "case", "when", "join", "x", "print", "puts", "await", "else", "then", "do",
]); // biome-ignore format: a list of words

const quoteWordNames = new Set(["q", "qq", "qw", "qx", "qr", "m", "s", "tr", "y"]);

export function lex(source: string, lexicon: Lexicon): Lexed {
  if (source.length > maxProgramLength) {
    return { tokens: [], trouble: `longer than ${maxProgramLength} characters` };
  }
  return new Lexer(source, lexicon).run();
}

interface PendingHeredoc {
  readonly name: string;
  readonly interpolates: boolean;
  readonly index: number;
}

class Lexer {
  readonly #source: string;
  readonly #lexicon: Lexicon;
  readonly #tokens: Token[] = [];
  #pending: PendingHeredoc[] = [];
  #at = 0;
  #spaced = false;
  #depth = 0;
  #trouble: string | undefined;

  constructor(source: string, lexicon: Lexicon) {
    this.#source = source;
    this.#lexicon = lexicon;
  }

  run(): Lexed {
    if (this.#lexicon.tags !== undefined) this.#skipText(this.#lexicon.tags[0]);
    while (this.#at < this.#source.length && this.#trouble === undefined) {
      if (this.#tokens.length > maxTokens) this.#trouble = `more than ${maxTokens} tokens`;
      else this.#next();
    }
    return { tokens: this.#tokens, trouble: this.#trouble };
  }

  #next(): undefined {
    const c = this.#source[this.#at] ?? "";
    if (c === "\n") return this.#newline();
    if (c === " " || c === "\t" || c === "\r" || c === "\f") return this.#skip(1);
    if (c === "\\" && this.#source[this.#at + 1] === "\n") return this.#skip(2);
    if (this.#comment() || this.#closingTag() || this.#quoted()) return;
    if (this.#heredoc() || this.#angle() || this.#quoteWord() || this.#percentQuote()) return;
    if (this.#regularExpression()) return;
    if (isDigit(c)) return this.#number();
    if (isNameStart(c) || this.#sigil(c)) return this.#name();
    this.#operator(c);
  }

  #skip(length: number): undefined {
    this.#at += length;
    this.#spaced = true;
  }

  #push(kind: TokenKind, text: string, pieces: readonly Piece[] = noPieces, indent = 0): undefined {
    this.#tokens.push({ kind, text, pieces, spaced: this.#spaced, indent });
    this.#spaced = false;
  }

  #newline(): undefined {
    this.#skip(1);
    if (this.#pending.length > 0) this.#heredocBodies();
    if (this.#lexicon.newlines === "ignored") return;
    let indent = 0;
    while (isBlank(this.#source[this.#at])) {
      indent += this.#source[this.#at] === "\t" ? 8 : 1;
      this.#at += 1;
    }
    if (this.#depth === 0 || this.#lexicon.stringPrefixes === false) {
      this.#push("newline", "\n", [], indent);
    }
  }

  #comment(): boolean {
    for (const [open, close] of this.#lexicon.blockComments) {
      if (!this.#source.startsWith(open, this.#at)) continue;
      const end = this.#source.indexOf(close, this.#at + open.length);
      this.#skip((end < 0 ? this.#source.length : end + close.length) - this.#at);
      return true;
    }
    for (const open of this.#lexicon.lineComments) {
      if (!this.#source.startsWith(open, this.#at)) continue;
      const end = this.#source.indexOf("\n", this.#at);
      this.#skip((end < 0 ? this.#source.length : end) - this.#at);
      return true;
    }
    return false;
  }

  #closingTag(): boolean {
    const [open, close] = this.#lexicon.tags ?? [];
    if (open === undefined || close === undefined) return false;
    if (!this.#source.startsWith(close, this.#at)) return false;
    this.#at += close.length;
    this.#push("punctuation", ";");
    this.#skipText(open);
    return true;
  }

  #skipText(open: string): undefined {
    const start = this.#source.indexOf(open, this.#at);
    this.#at = start < 0 ? this.#source.length : start + open.length;
    if (start >= 0 && this.#source.startsWith("php", this.#at)) this.#at += 3;
  }

  #quoted(): boolean {
    let at = this.#at;
    let prefix = "";
    if (this.#lexicon.stringPrefixes) {
      while (prefix.length < 2 && "rRbBuUfF".includes(this.#source[at] ?? " ")) {
        prefix += this.#source[at];
        at += 1;
      }
      const previous = this.#source[this.#at - 1];
      if (prefix !== "" && previous !== undefined && isNamePart(previous)) return false;
    }
    const quote = this.#lexicon.quotes.find(({ open }) => this.#source.startsWith(open, at));
    if (quote === undefined) return false;
    const lower = prefix.toLowerCase();
    this.#at = at + quote.open.length;
    this.#body({
      ...quote,
      escapes: lower.includes("r") ? "verbatim" : quote.escapes,
      interpolation: lower.includes("f") ? "brace" : quote.interpolation,
    });
    return true;
  }

  /** The rest of a string, from behind its opening quote. */
  #body(quote: Quote): undefined {
    const { text, end } = this.#delimited(quote.open, quote.close, quote.interpolation);
    this.#at = end;
    this.#push(quote.kind, "", decode(text, quote));
    this.#joinAdjacent();
  }

  /** Python joins string literals that stand side by side. */
  #joinAdjacent(): undefined {
    const last = this.#tokens.at(-1);
    const before = this.#tokens.at(-2);
    if (!this.#lexicon.stringPrefixes || last?.kind !== "string") return;
    if (before?.kind !== "string") return;
    this.#tokens.length -= 2;
    this.#tokens.push({ ...before, pieces: [...before.pieces, ...last.pieces] });
  }

  /** Raw text up to the closing delimiter; brackets nest, and code in it may hold the delimiter. */
  #delimited(
    open: string,
    close: string,
    interpolation: Interpolation = "none",
  ): { text: string; end: number } {
    const start = this.#at;
    const nests = open !== close && closers.get(open) === close;
    const code = codeMarks.get(interpolation);
    let depth = 1;
    for (let at = start; at < this.#source.length; at += 1) {
      if (this.#source[at] === "\\") at += 1;
      else if (code !== undefined && this.#source.startsWith(code, at)) {
        at = braced(this.#source, at + code.length).end - 1;
      } else if (this.#source.startsWith(close, at)) {
        depth -= 1;
        if (depth === 0) return { text: this.#source.slice(start, at), end: at + close.length };
      } else if (nests && this.#source.startsWith(open, at)) depth += 1;
    }
    this.#trouble = "a string does not end";
    return { text: this.#source.slice(start), end: this.#source.length };
  }

  #heredoc(): boolean {
    const operator = this.#lexicon.heredoc;
    if (operator === undefined || !this.#source.startsWith(operator, this.#at)) return false;
    if (!this.#operandMayFollow()) return false;
    const match = /^(<<<?)[~-]? ?(?:"(\w+)"|'(\w+)'|(\w+))/.exec(
      this.#source.slice(this.#at, this.#at + 80),
    );
    const name = match?.[2] ?? match?.[3] ?? match?.[4];
    if (match?.[1] !== operator || name === undefined || isDigit(name)) return false;
    this.#at += match[0].length;
    this.#pending.push({
      name,
      interpolates: match[3] === undefined,
      index: this.#tokens.length,
    });
    this.#push("string", "");
    return true;
  }

  #heredocBodies(): undefined {
    for (const { name, interpolates, index } of this.#pending) {
      const lines: string[] = [];
      while (this.#at < this.#source.length) {
        const end = this.#source.indexOf("\n", this.#at);
        const line = this.#source.slice(this.#at, end < 0 ? this.#source.length : end);
        const trimmed = line.trimStart();
        if (
          trimmed === name ||
          (trimmed.startsWith(name) && /^[;),]/.test(trimmed.slice(name.length)))
        ) {
          this.#at += line.length - trimmed.length + name.length;
          break;
        }
        lines.push(line);
        this.#at = end < 0 ? this.#source.length : end + 1;
      }
      const pieces = decode(lines.join("\n"), {
        escapes: interpolates ? "c" : "verbatim",
        interpolation: interpolates ? this.#heredocInterpolation() : "none",
      });
      const token = this.#tokens[index];
      if (token !== undefined) this.#tokens[index] = { ...token, pieces };
    }
    this.#pending = [];
  }

  #heredocInterpolation(): Interpolation {
    return this.#lexicon.percentQuotes ? "hashBrace" : "dollar";
  }

  /** Perl's `<*.o>` is a glob, `<STDIN>` and `<$fh>` read a line. */
  #angle(): boolean {
    if (!this.#lexicon.quoteWords || this.#source[this.#at] !== "<") return false;
    if (!this.#operandMayFollow()) return false;
    const match = /^<([^<>\n=]*)>/.exec(this.#source.slice(this.#at, this.#at + 256));
    if (match === null) return false;
    this.#at += match[0].length;
    const inner = match[1] ?? "";
    const reads = inner === "" || inner.startsWith("$") || /^[A-Z]+$/.test(inner);
    this.#push("name", reads ? "readline" : "glob");
    this.#push("punctuation", "(");
    if (!reads) this.#push("string", "", decode(inner, { escapes: "c", interpolation: "dollar" }));
    this.#push("punctuation", ")");
    return true;
  }

  /** Perl's `q`, `qq`, `qw`, `qx`, `m`, `s`, `tr`, `y` with any delimiter. */
  #quoteWord(): boolean {
    if (!this.#lexicon.quoteWords) return false;
    const match = /^(?:q[qwxr]?|m|s|tr|y)(?=\s*[^\w\s,;=)>]|\s*=[^>=~])/.exec(
      this.#source.slice(this.#at, this.#at + 40),
    );
    if (match === null || !quoteWordNames.has(match[0])) return false;
    const previous = this.#source[this.#at - 1];
    if (previous !== undefined && (isNamePart(previous) || "$@%&>{".includes(previous)))
      return false;
    const name = match[0];
    this.#at += name.length;
    while (isBlank(this.#source[this.#at])) this.#at += 1;
    this.#quoteWordBody(name);
    return true;
  }

  #quoteWordBody(name: string): undefined {
    const open = this.#source[this.#at] ?? "";
    const close = closers.get(open) ?? open;
    this.#at += 1;
    const first = this.#delimited(open, close);
    this.#at = first.end;
    switch (name) {
      case "q":
      case "qq":
      case "qx":
        this.#push(
          name === "qx" ? "command" : "string",
          "",
          decode(first.text, {
            escapes: name === "q" ? "quote" : "c",
            interpolation: name === "q" || open === "'" ? "none" : "dollar",
          }),
        );
        return;
      case "qw":
        return this.#words(first.text);
      case "m":
      case "qr":
        this.#flags();
        return this.#push("pattern", "", codeBlocks(first.text));
      default:
        return this.#substitution(name, open, close);
    }
  }

  /** `qw(a b)` is `("a", "b")`. */
  #words(text: string): undefined {
    this.#push("punctuation", "(");
    for (const word of text.split(/\s+/).filter((each) => each !== "")) {
      this.#push("string", "", [{ kind: "text", text: word }]);
      this.#push("punctuation", ",");
    }
    this.#push("punctuation", ")");
  }

  #substitution(name: string, open: string, close: string): undefined {
    if (closers.has(open)) {
      while (isBlank(this.#source[this.#at])) this.#at += 1;
      const second = this.#source[this.#at] ?? "";
      this.#at += 1;
      open = second;
      close = closers.get(second) ?? second;
    }
    const replacement = this.#delimited(open, close);
    this.#at = replacement.end;
    const evaluates = this.#flags().includes("e") && name === "s";
    const pieces: Piece[] = evaluates
      ? [{ kind: "code", source: replacement.text }]
      : name === "s"
        ? decode(replacement.text, { escapes: "c", interpolation: "dollar" })
        : [];
    this.#push("pattern", "", pieces);
  }

  #flags(): string {
    const start = this.#at;
    while (isNamePart(this.#source[this.#at] ?? " ")) this.#at += 1;
    return this.#source.slice(start, this.#at);
  }

  /** Ruby's `%w[]`, `%i[]`, `%q()`, `%Q()`, `%()`, `%x()`, `%r{}`. */
  #percentQuote(): boolean {
    if (!this.#lexicon.percentQuotes || this.#source[this.#at] !== "%") return false;
    if (!this.#operandMayFollow()) return false;
    const match = /^%([wWiIqQxr]?)([^\w\s=])/.exec(this.#source.slice(this.#at, this.#at + 3));
    const open = match?.[2];
    if (match === null || open === undefined) return false;
    this.#at += match[0].length;
    const { text, end } = this.#delimited(open, closers.get(open) ?? open);
    this.#at = end;
    const kind = match[1] ?? "";
    if (kind.toLowerCase() === "w" || kind.toLowerCase() === "i") this.#words(text);
    else if (kind === "r") this.#push("pattern", "", []);
    else {
      const escapes = kind === "q" ? "quote" : "c";
      const interpolation = kind === "q" ? "none" : "hashBrace";
      this.#push(kind === "x" ? "command" : "string", "", decode(text, { escapes, interpolation }));
    }
    return true;
  }

  #regularExpression(): boolean {
    if (!this.#lexicon.regularExpressions || this.#source[this.#at] !== "/") return false;
    if (!this.#operandMayFollow()) return false;
    let inClass = false;
    for (let at = this.#at + 1; at < this.#source.length; at += 1) {
      const c = this.#source[at];
      if (c === "\n") return false;
      if (c === "\\") at += 1;
      else if (c === "[") inClass = true;
      else if (c === "]") inClass = false;
      else if (c === "/" && !inClass) {
        this.#at = at + 1;
        this.#flags();
        this.#push("pattern", "");
        return true;
      }
    }
    return false;
  }

  /** Does an operand stand here, rather than an operator behind one? */
  #operandMayFollow(): boolean {
    const last = this.#tokens.at(-1);
    if (last === undefined || last.kind === "newline") return true;
    if (last.kind === "punctuation") return ![")", "]", "}"].includes(last.text);
    if (last.kind !== "name") return false;
    if (beforeOperand.has(last.text)) return true;
    // `puts %w[a]`, `foo /x/`: a space before and none behind, as Ruby and Perl guess.
    return (
      (this.#lexicon.percentQuotes || this.#lexicon.quoteWords) &&
      this.#spaced &&
      !isBlank(this.#source[this.#at + 1]) &&
      !"$@%".includes(last.text[0] ?? "")
    );
  }

  #number(): undefined {
    const start = this.#at;
    while (isNamePart(this.#source[this.#at] ?? " ")) this.#at += 1;
    if (this.#source[this.#at] === "." && isDigit(this.#source[this.#at + 1] ?? "")) {
      this.#at += 1;
      while (isNamePart(this.#source[this.#at] ?? " ")) this.#at += 1;
    }
    this.#push("number", this.#source.slice(start, this.#at));
  }

  #sigil(c: string): boolean {
    if (!this.#lexicon.sigils.includes(c)) return false;
    const next = this.#source[this.#at + 1] ?? "";
    if (isNameStart(next)) return c === "$" || c === "@" || this.#operandMayFollow();
    if (c === "@") return next === "@" && isNameStart(this.#source[this.#at + 2] ?? "");
    return c === "$" && /[0-9!@&`'+\\/,;.<>()[\]^?~$-]/.test(next);
  }

  #name(): undefined {
    const start = this.#at;
    const first = this.#source[this.#at] ?? "";
    this.#at += isNameStart(first) ? 1 : this.#source[this.#at + 1] === "@" ? 3 : 2;
    if (isNameStart(first) || isNamePart(this.#source[this.#at - 1] ?? "")) {
      while (isNamePart(this.#source[this.#at] ?? " ")) this.#at += 1;
    }
    this.#rubySuffix();
    this.#push("name", this.#source.slice(start, this.#at));
  }

  /** `exist?`, `delete!` */
  #rubySuffix(): undefined {
    if (!this.#lexicon.percentQuotes) return;
    const c = this.#source[this.#at];
    const next = this.#source[this.#at + 1] ?? "";
    if ((c === "?" || c === "!") && next !== "=" && !isNamePart(next)) this.#at += 1;
  }

  #operator(c: string): undefined {
    const candidates = operatorsFrom.get(c) ?? [];
    const operator = candidates.find((each) => this.#source.startsWith(each, this.#at)) ?? c;
    this.#at += operator.length;
    if (operator === "(" || operator === "[" || operator === "{") this.#depth += 1;
    if (operator === ")" || operator === "]" || operator === "}") {
      this.#depth = Math.max(0, this.#depth - 1);
    }
    this.#push("punctuation", operator);
  }
}

/** What begins code that may hold the quote itself. */
const codeMarks: ReadonlyMap<Interpolation, string> = new Map([
  ["dollarBrace", "${"],
  ["hashBrace", "#{"],
]);

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["0", "\0"],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["v", "\v"],
  ["e", "\x1b"],
  ["\n", ""],
]);

/** A string's source as known text and code. */
function decode(source: string, quote: Pick<Quote, "escapes" | "interpolation">): Piece[] {
  const pieces: Piece[] = [];
  let text = "";
  let at = 0;
  const flush = (): undefined => {
    if (text !== "") pieces.push({ kind: "text", text });
    text = "";
  };
  while (at < source.length) {
    if (source[at] === "\\" && quote.escapes !== "verbatim") {
      const found = readEscape(source, at, quote.escapes);
      text += found.text;
      at = found.end;
      continue;
    }
    const code = readInterpolation(source, at, quote.interpolation);
    if (code === undefined) {
      text += source[at];
      at += 1;
    } else {
      flush();
      text = code.literal ?? "";
      if (code.literal === undefined) pieces.push({ kind: "code", source: code.source });
      at = code.end;
    }
  }
  flush();
  return pieces;
}

function readEscape(source: string, at: number, escapes: Escapes): { text: string; end: number } {
  const c = source[at + 1] ?? "";
  if (escapes === "quote") {
    const known = c === "\\" || c === "'" || c === '"';
    return { text: known ? c : `\\${c}`, end: at + 2 };
  }
  const digits =
    /^(?:x([0-9A-Fa-f]{1,2})|x\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|U([0-9A-Fa-f]{8})|([0-7]{1,3}))/.exec(
      source.slice(at + 1, at + 11),
    );
  const hex = digits?.[1] ?? digits?.[2] ?? digits?.[3] ?? digits?.[4] ?? digits?.[5];
  const code = hex === undefined ? Number.parseInt(digits?.[6] ?? "", 8) : Number.parseInt(hex, 16);
  if (digits !== null && code <= 0x10ffff) {
    return { text: String.fromCodePoint(code), end: at + 1 + digits[0].length };
  }
  return { text: simpleEscapes.get(c) ?? c, end: at + 2 };
}

interface Interpolated {
  readonly source: string;
  readonly end: number;
  /** It stands for itself: `{{`. */
  readonly literal?: string;
}

function readInterpolation(
  source: string,
  at: number,
  how: Interpolation,
): Interpolated | undefined {
  const c = source[at];
  switch (how) {
    case "none":
      return undefined;
    case "brace":
      if ((c === "{" || c === "}") && source[at + 1] === c)
        return { source: "", end: at + 2, literal: c };
      return c === "{" ? braced(source, at + 1) : undefined;
    case "dollarBrace":
      return c === "$" && source[at + 1] === "{" ? braced(source, at + 2) : undefined;
    case "hashBrace":
      return c === "#" && source[at + 1] === "{" ? braced(source, at + 2) : undefined;
    case "dollar":
      return dollar(source, at);
  }
}

function dollar(source: string, at: number): Interpolated | undefined {
  const c = source[at] ?? "";
  const next = source[at + 1] ?? "";
  if (c === "{" && next === "$") return braced(source, at + 1);
  if (c !== "$" && c !== "@") return undefined;
  if (next === "{") return braced(source, at + 2);
  if (!isNameStart(next) && !(c === "$" && isDigit(next))) return undefined;
  let end = at + 2;
  while (isNamePart(source[end] ?? " ")) end += 1;
  return { source: source.slice(at, end), end };
}

/** Code up to the matching brace. */
function braced(source: string, start: number): Interpolated {
  let depth = 1;
  for (let at = start; at < source.length; at += 1) {
    if (source[at] === "{") depth += 1;
    if (source[at] === "}") depth -= 1;
    if (depth === 0) return { source: source.slice(start, at), end: at + 1 };
  }
  return { source: source.slice(start), end: source.length };
}

/** `(?{ code })` in a regular expression runs. */
function codeBlocks(text: string): Piece[] {
  return text.includes("(?{") || text.includes("(??{") ? [{ kind: "code", source: text }] : [];
}

function isBlank(c: string | undefined): boolean {
  return c === " " || c === "\t";
}

function isDigit(c: string): boolean {
  return c >= "0" && c <= "9";
}

function isNameStart(c: string): boolean {
  return (c >= "a" && c <= "z") || (c >= "A" && c <= "Z") || c === "_" || c > "\x7f";
}

function isNamePart(c: string): boolean {
  return isNameStart(c) || isDigit(c);
}
