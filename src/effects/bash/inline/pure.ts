// Functions of values alone: the ways in which programs put texts together or hide them.

import type { WordPart } from "../command.ts";
import type { Action } from "./language.ts";
import { concat, known, text, unknownValue, type Value } from "./values.ts";

/** Decoded texts that are kept. */
const maxDecodedLength = 65_536;

function decodes(decode: (source: string) => string | undefined): Action {
  return function decoded(call) {
    const source = known(call.args[0]);
    const plain = source === undefined ? undefined : decode(source.slice(0, maxDecodedLength));
    return plain === undefined ? unknownValue("decoded text") : text(plain);
  };
}

export function fromBase64(source: string): string {
  return Buffer.from(source, "base64").toString("utf8");
}

export function fromHex(source: string): string {
  return Buffer.from(source.replace(/\s/g, ""), "hex").toString("utf8");
}

function rot13(source: string): string {
  return source.replace(/[a-z]/gi, (letter) => {
    const base = letter <= "Z" ? 65 : 97;
    return String.fromCharCode(((letter.charCodeAt(0) - base + 13) % 26) + base);
  });
}

/** `codecs.decode(text, name)` */
const codec: Action = (call, host) => {
  const name = known(call.args[1])?.replace(/[-_]/g, "").toLowerCase() ?? "utf8";
  if (name === "rot13") return decodes(rot13)(call, host);
  if (name === "hex" || name === "hexcodec") return decodes(fromHex)(call, host);
  if (name === "base64" || name === "base64codec") return decodes(fromBase64)(call, host);
  return name.startsWith("utf") || name === "ascii" ? call.args[0] : unknownValue("decoded text");
};

export const decodings = { base64: decodes(fromBase64), hex: decodes(fromHex), codec };

/** `chr(114)`, `bytes([114, 109])`, `String.fromCharCode(114, 109)` */
export const textOfCodes: Action = (call) => {
  const numbers = call.args.flatMap((arg) => (arg.kind === "list" ? arg.items : [arg]));
  let all = "";
  for (const number of numbers) {
    const code = Number(known(number) ?? Number.NaN);
    if (!Number.isInteger(code) || code < 0 || code > 0x10ffff) return unknownValue("characters");
    all += String.fromCodePoint(code);
  }
  return text(all);
};

export function joinTexts(separator: Value | undefined, list: Value | undefined): Value {
  if (separator === undefined || list?.kind !== "list") return unknownValue("joined texts");
  return list.items.reduce<Value>(
    (all, item, index) => (index === 0 ? item : concat(concat(all, separator), item)),
    text(""),
  );
}

/** `"raxm".replace("ax", "")`: every occurrence, as Python and PHP do. */
export const replaceText: Action = (call) => {
  const source = known(call.receiver);
  const [from, to] = call.args.map((arg) => known(arg));
  if (source === undefined || from === undefined || to === undefined) {
    return unknownValue("replaced text");
  }
  return text(source.slice(0, maxDecodedLength).replaceAll(from, to));
};

export function reverse(value: Value | undefined): Value {
  if (value?.kind === "list") return { kind: "list", items: value.items.toReversed() };
  const source = known(value);
  return source === undefined
    ? unknownValue("reversed text")
    : text([...source].reverse().join(""));
}

/** `"rm %s" % name` */
export function formatted(template: Value, given: Value): Value {
  const values = given.kind === "list" ? given.items : [given];
  let next = 0;
  return substituted(template, "%", () => values[next++]);
}

/** Puts values where a text has `%s` or `{}`. */
export function substituted(
  template: Value,
  mark: "%" | "{",
  take: () => Value | undefined,
): Value {
  const source = known(template);
  if (source === undefined) return unknownValue("a formatted text");
  const pieces = source.split(mark === "%" ? /%[-0-9.]*[a-zA-Z]/ : /\{[^{}]*\}/);
  let value: Value = text(pieces[0] ?? "");
  for (const piece of pieces.slice(1)) {
    value = concat(concat(value, take() ?? unknownValue("a formatted value")), text(piece));
  }
  return value;
}

export function splitText(value: Value | undefined, separator: string | undefined): Value {
  const source = known(value);
  if (source === undefined) return unknownValue("split text");
  const words =
    separator === undefined ? source.split(/\s+/).filter(Boolean) : source.split(separator);
  return { kind: "list", items: words.slice(0, 256).map((word) => text(word)) };
}

/**
 * A pathname pattern as parts of a word, in the syntax of `Target` patterns: a bracket expression is
 * any one character, braces are any text.
 */
export function globParts(pattern: string): readonly WordPart[] {
  const parts: WordPart[] = [];
  let plain = "";
  const push = (glob: string): void => {
    if (plain !== "") parts.push({ kind: "text", text: plain });
    plain = "";
    parts.push({ kind: "glob", text: glob });
  };
  for (let at = 0; at < pattern.length; at += 1) {
    const c = pattern[at] ?? "";
    const close =
      c === "[" ? pattern.indexOf("]", at + 2) : c === "{" ? pattern.indexOf("}", at) : -1;
    if (c === "*") {
      const deep = pattern[at + 1] === "*";
      push(deep ? "**" : "*");
      if (deep) at += 1;
    } else if (c === "?") push("?");
    else if (close > 0) {
      push(c === "[" ? "?" : "*");
      at = close;
    } else plain += c;
  }
  if (plain !== "") parts.push({ kind: "text", text: plain });
  return parts;
}
