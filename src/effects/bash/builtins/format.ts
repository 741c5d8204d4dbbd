// The formats of printf(1), for known arguments.

import type { Budget } from "../../limits.ts";
import { concat, isKnown, type Text } from "../text.ts";
import { decodeEscapes } from "./escapes.ts";

/** What is written; undefined: that is not followed. The format is used again while arguments are left. */
export function format(
  template: string,
  values: readonly Text[],
  budget: Budget,
): Text | undefined {
  const pieces = template.split(/(%[-+ #0']*(?:\*|\d+)?(?:\.(?:\*|\d+)?)?(?:\([^)]*\))?[a-zA-Z%])/);
  const written: Text[] = [];
  let next = 0;
  for (;;) {
    const before = next;
    for (const [at, piece] of pieces.entries()) {
      budget.step();
      if (at % 2 === 0) {
        written.push(decodeEscapes(piece, "format").text);
        continue;
      }
      if (piece.endsWith("%")) {
        written.push("%");
        continue;
      }
      const done = directive(piece, values[next]);
      if (done === undefined) return undefined;
      written.push(done.text);
      next += 1;
      if (done.stopped) return concat(...written);
    }
    if (next >= values.length || next === before) return concat(...written);
  }
}

interface Done {
  readonly text: Text;
  readonly stopped: boolean;
}

function directive(piece: string, value: Text | undefined): Done | undefined {
  const match = /^%([-+ #0']*)(\d*)(?:\.(\d*))?([a-zA-Z])$/.exec(piece);
  if (match === null) return undefined;
  const [, flags = "", width = "", precision, conversion = ""] = match;
  const shape = {
    left: flags.includes("-"),
    zero: flags.includes("0"),
    width: Number(width),
    precision,
  };
  const plain = shape.width === 0 && precision === undefined;
  const text = value ?? "";
  switch (conversion) {
    case "s":
      if (plain) return { text, stopped: false };
      return isKnown(text) ? { text: pad(cut(text, precision), shape), stopped: false } : undefined;
    case "b": {
      if (!isKnown(text)) return undefined;
      const { text: decoded, stopped } = decodeEscapes(text, "%b");
      return { text: pad(cut(decoded, precision), shape), stopped };
    }
    case "c":
      return isKnown(text) ? { text: pad(text.slice(0, 1), shape), stopped: false } : undefined;
    case "q":
      if (!isKnown(text) || !/^[A-Za-z0-9_./:=@%+-]+$/.test(text)) return undefined;
      return { text: pad(text, shape), stopped: false };
    case "d":
    case "i":
    case "u":
    case "o":
    case "x":
    case "X":
      return isKnown(text) ? numeric(text, conversion, shape) : undefined;
    default:
      return undefined;
  }
}

interface Shape {
  readonly left: boolean;
  readonly zero: boolean;
  readonly width: number;
  readonly precision: string | undefined;
}

function cut(text: string, precision: string | undefined): string {
  return precision === undefined ? text : text.slice(0, Number(precision));
}

function pad(text: string, { left, width }: Shape): string {
  const bounded = Math.min(width, maxWidth);
  return left ? text.padEnd(bounded) : text.padStart(bounded);
}

const maxWidth = 1_024;

function numeric(text: string, conversion: string, shape: Shape): Done | undefined {
  const value = numberIn(text.trim());
  if (value === undefined || shape.precision !== undefined) return undefined;
  const base = conversion === "o" ? 8 : conversion.toLowerCase() === "x" ? 16 : 10;
  if (value < 0 && base !== 10) return undefined;
  const digits = Math.abs(value).toString(base);
  const cased = conversion === "X" ? digits.toUpperCase() : digits;
  const sign = value < 0 ? "-" : "";
  const zeros = shape.zero && !shape.left ? Math.min(shape.width, maxWidth) - sign.length : 0;
  return { text: pad(sign + cased.padStart(zeros, "0"), shape), stopped: false };
}

/** As C reads numbers, and `'A` for the code of a character. */
function numberIn(text: string): number | undefined {
  if (text === "") return 0;
  if (/^['"]/.test(text)) return text.codePointAt(1) ?? 0;
  const match = /^([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.exec(text);
  if (match === null) return undefined;
  const [, sign, digits = "0"] = match;
  const octal = /^0[0-7]+$/.test(digits);
  const value = octal ? Number.parseInt(digits, 8) : Number(digits);
  if (!Number.isSafeInteger(value)) return undefined;
  return sign === "-" ? -value : value;
}
