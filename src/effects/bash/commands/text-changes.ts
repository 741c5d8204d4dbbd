// What filters make of a known text. Each gives undefined where the result is not followed.

/** Lines with their ends; the last one may have none. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split("\n").map((line) => `${line}\n`);
  const last = lines.pop() ?? "\n";
  return last === "\n" ? lines : [...lines, last.slice(0, -1)];
}

/** head -n: the first lines, or with `-5` all but the last five. */
export function firstLines(text: string, count: string | undefined): string | undefined {
  if (count === undefined || !/^-?\d{1,9}$/.test(count)) return undefined;
  const lines = linesOf(text);
  return lines.slice(0, Number(count)).join("");
}

/** tail -n: the last lines, or with `+5` those from the fifth. */
export function lastLines(text: string, count: string | undefined): string | undefined {
  if (count === undefined || !/^[-+]?\d{1,9}$/.test(count)) return undefined;
  const lines = linesOf(text);
  if (count.startsWith("+")) return lines.slice(Math.max(0, Number(count) - 1)).join("");
  const kept = Math.abs(Number(count));
  return kept === 0 ? "" : lines.slice(-kept).join("");
}

export interface Cut {
  /** `1,3-5,7-`. */
  readonly list: string;
  /** Empty: characters. */
  readonly delimiter: string;
  readonly between: string;
  readonly onlyDelimited: boolean;
}

export function cutFields(
  text: string,
  { list, delimiter, between, onlyDelimited }: Cut,
): string | undefined {
  const ranges = rangesOf(list);
  if (ranges === undefined) return undefined;
  const lines = linesOf(text).map((line) => line.replace(/\n$/, ""));
  const cut = lines.flatMap((line) => {
    if (delimiter !== "" && !line.includes(delimiter)) return onlyDelimited ? [] : [line];
    const pieces = delimiter === "" ? [...line] : line.split(delimiter);
    const kept = pieces.filter((_, at) =>
      ranges.some(([from, to]) => at + 1 >= from && at + 1 <= to),
    );
    return [kept.join(delimiter === "" ? "" : between)];
  });
  return cut.map((line) => `${line}\n`).join("");
}

/** Ranges of a list beyond this are not followed. */
const maxRanges = 64;

function rangesOf(list: string): readonly (readonly [number, number])[] | undefined {
  const ranges: (readonly [number, number])[] = [];
  for (const range of list.split(/[, ]/)) {
    const match = /^(\d{0,9})(-?)(\d{0,9})$/.exec(range);
    if (match === null || range === "" || range === "-" || ranges.length >= maxRanges)
      return undefined;
    const [, from, dash, to] = match;
    const first = from === "" ? 1 : Number(from);
    ranges.push([first, dash === "" ? first : to === "" ? Number.POSITIVE_INFINITY : Number(to)]);
  }
  return ranges;
}

/** Bytes as text, where they are UTF-8. */
function textOfBytes(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : undefined;
}

/** As GNU base64 decodes: newlines are skipped, and anything else that is not of the alphabet is an error. */
export function decodeBase64(text: string): string | undefined {
  const digits = text.replace(/\s/g, "");
  return /^[A-Za-z0-9+/_-]*={0,2}$/.test(digits)
    ? textOfBytes(Buffer.from(digits, "base64"))
    : undefined;
}

export function encodeBase64(text: string, wrap: string): string | undefined {
  if (!/^\d{1,6}$/.test(wrap)) return undefined;
  const encoded = Buffer.from(text, "utf8").toString("base64");
  const width = Number(wrap);
  if (width === 0) return encoded;
  const lines: string[] = [];
  for (let at = 0; at < encoded.length; at += width)
    lines.push(`${encoded.slice(at, at + width)}\n`);
  return lines.join("");
}

const base32Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648, section 6. */
export function decodeBase32(text: string): string | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const digit of text.replace(/\s/g, "").replace(/=+$/, "")) {
    const value = base32Digits.indexOf(digit);
    if (value < 0) return undefined;
    held = ((held << 5) | value) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >> bits) & 0xff);
    }
  }
  return textOfBytes(Buffer.from(bytes));
}

/** `xxd -r -p`: pairs of digits with any white space between them. */
export function decodeHex(text: string): string | undefined {
  const digits = text.replace(/\s/g, "");
  return /^(?:[0-9a-fA-F]{2})*$/.test(digits) ? textOfBytes(Buffer.from(digits, "hex")) : undefined;
}

export function encodeHex(text: string): string {
  const digits = Buffer.from(text, "utf8").toString("hex");
  return (digits.match(/.{1,60}/g) ?? []).map((line) => `${line}\n`).join("");
}

/** `xxd -r`: `00000000: 726d 202d 7266  rm -rf`, where the lines follow one another. */
export function decodeHexDump(text: string): string | undefined {
  let digits = "";
  for (const line of linesOf(text)) {
    const match = /^\s*([0-9a-fA-F]+):? (.*)/.exec(line);
    const [, offset = "", rest = ""] = match ?? [];
    if (match === null || Number.parseInt(offset, 16) * 2 !== digits.length) return undefined;
    digits += rest.split("  ", 1)[0]?.replace(/\s/g, "") ?? "";
  }
  return decodeHex(digits);
}

interface Translation {
  readonly from: string;
  readonly to: string;
  readonly complement: boolean;
  readonly deletes: boolean;
  readonly squeezes: boolean;
}

/** tr(1) over ASCII text. */
export function translate(
  text: string,
  { from, to, complement, deletes, squeezes }: Translation,
): string | undefined {
  const [first, second] = [setOf(from), setOf(to)];
  if (first === undefined || second === undefined) return undefined;
  const set = new Set(first);
  const inSet = (c: string): boolean => set.has(c) !== complement;
  if (deletes)
    return squeezed(
      [...text].filter((c) => !inSet(c)).join(""),
      squeezes ? new Set(second) : undefined,
    );
  if (second.length === 0) return squeezed(text, squeezes ? { has: inSet } : undefined);
  const last = second.at(-1) ?? "";
  const replacements = new Map<string, string>();
  for (const [at, c] of first.entries()) replacements.set(c, second[at] ?? last);
  const translated = [...text].map((c) => {
    if (complement) return set.has(c) ? c : last;
    return replacements.get(c) ?? c;
  });
  return squeezed(translated.join(""), squeezes ? new Set(second) : undefined);
}

function squeezed(text: string, set: { has(c: string): boolean } | undefined): string {
  if (set === undefined) return text;
  let result = "";
  for (const c of text) if (!set.has(c) || !result.endsWith(c)) result += c;
  return result;
}

const classes: ReadonlyMap<string, RegExp> = new Map([
  ["alnum", /[A-Za-z0-9]/],
  ["alpha", /[A-Za-z]/],
  ["blank", /[ \t]/],
  ["cntrl", /[\0-\x1f\x7f]/],
  ["digit", /[0-9]/],
  ["graph", /[!-~]/],
  ["lower", /[a-z]/],
  ["print", /[ -~]/],
  ["punct", /[!-/:-@[-`{-~]/],
  ["space", /[ \t\n\v\f\r]/],
  ["upper", /[A-Z]/],
  ["xdigit", /[0-9A-Fa-f]/],
]);

const ascii: readonly string[] = Array.from({ length: 128 }, (_, code) =>
  String.fromCharCode(code),
);
const escapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["v", "\v"],
]);

/** The characters of a set in order; undefined: a form of it that is not followed (`[x*3]`, `[=a=]`). */
function setOf(source: string): readonly string[] | undefined {
  const set: string[] = [];
  for (let at = 0; at < source.length && set.length < 4_096; ) {
    const name = /^\[:([a-z]{5,6}):\]/.exec(source.slice(at, at + 10))?.[1];
    const members = classes.get(name ?? "");
    if (name !== undefined && members !== undefined) {
      set.push(...ascii.filter((c) => members.test(c)));
      at += name.length + 4;
      continue;
    }
    if (source.charAt(at) === "[" && /^\[(?:=|.\*)/.test(source.slice(at, at + 3)))
      return undefined;
    const from = characterAt(source, at);
    at = from.end;
    if (source.charAt(at) !== "-" || at + 1 >= source.length) {
      set.push(from.c);
      continue;
    }
    const to = characterAt(source, at + 1);
    at = to.end;
    const [low, high] = [from.c.charCodeAt(0), to.c.charCodeAt(0)];
    if (low > high || high > 0x7f) return undefined;
    set.push(...ascii.slice(low, high + 1));
  }
  return set;
}

function characterAt(source: string, at: number): { readonly c: string; readonly end: number } {
  const c = source.charAt(at);
  if (c !== "\\" || at + 1 >= source.length) return { c, end: at + 1 };
  const octal = /^[0-7]{1,3}/.exec(source.slice(at + 1, at + 4))?.[0];
  if (octal !== undefined) {
    return { c: String.fromCharCode(Number.parseInt(octal, 8) & 0xff), end: at + 1 + octal.length };
  }
  const next = source.charAt(at + 1);
  return { c: escapes.get(next) ?? next, end: at + 2 };
}

/** Longer sequences are not written out. */
const maxSequence = 1_024;

/** seq(1) over whole numbers: `LAST`, `FIRST LAST`, `FIRST STEP LAST`. */
export function sequence(
  numbers: readonly (string | undefined)[],
  separator: string,
): string | undefined {
  if (numbers.length === 0 || numbers.length > 3) return undefined;
  if (!numbers.every((text) => text !== undefined && /^-?\d{1,9}$/.test(text))) return undefined;
  const values = numbers.map(Number);
  const last = values.at(-1) ?? 0;
  const first = values.length > 1 ? (values[0] ?? 1) : 1;
  const step = values.length > 2 ? (values[1] ?? 1) : 1;
  if (step === 0 || (last - first) / step >= maxSequence) return undefined;
  const list: number[] = [];
  for (let value = first; step > 0 ? value <= last : value >= last; value += step) list.push(value);
  return list.length === 0 ? "" : `${list.join(separator)}\n`;
}
