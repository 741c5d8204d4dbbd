// Backslash escapes, as `echo -e`, `printf` and `printf %b` read them.
// https://www.gnu.org/software/bash/manual/html_node/Bash-Builtins.html

const simple: ReadonlyMap<string, string> = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["e", "\x1b"],
  ["E", "\x1b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["\\", "\\"],
]);

/**
 * `echo` and `%b` read octal as `\0nnn`, a format as `\nnn`, `%b` as both. `stopped`: a `\c` ends all
 * output.
 */
export function decodeEscapes(
  text: string,
  reader: "echo" | "format" | "%b",
): { readonly text: string; readonly stopped: boolean } {
  if (!text.includes("\\")) return { text, stopped: false };
  let stopped = false;
  const octal =
    reader === "echo"
      ? "0[0-7]{0,3}"
      : reader === "%b"
        ? "0[0-7]{0,3}|[1-7][0-7]{0,2}"
        : "[0-7]{1,3}";
  const pattern = new RegExp(
    `\\\\(?:(${octal})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([\\s\\S]))`,
    "g",
  );
  const end = reader === "format" ? -1 : text.search(/(?<!\\)(?:\\\\)*\\c/);
  const source = end < 0 ? text : cutAtStop(text);
  stopped = source.length < text.length;
  const decoded = source.replace(pattern, (whole, ...codes) => decode(whole, codes, reader));
  return { text: decoded, stopped };
}

/** What POSIX leaves open, and shells called `sh` read in different ways. */
export function isReadDifferently(text: string): boolean {
  return /\\["'?eExuU]/.test(text);
}

/** Up to the first `\c` that is not itself quoted. */
function cutAtStop(text: string): string {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== "\\") continue;
    if (text[at + 1] === "c") return text.slice(0, at);
    at += 1;
  }
  return text;
}

function decode(
  whole: string,
  [octal, hex, short, long, other]: readonly (string | undefined)[],
  reader: "echo" | "format" | "%b",
): string {
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal || "0", 8) & 255);
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  const point = short ?? long;
  if (point !== undefined) return codePoint(Number.parseInt(point, 16));
  if (reader === "format" && /^["'?]$/.test(other ?? "")) return other ?? "";
  return simple.get(other ?? "") ?? whole;
}

function codePoint(point: number): string {
  return point <= 0x10ffff ? String.fromCodePoint(point) : "";
}
