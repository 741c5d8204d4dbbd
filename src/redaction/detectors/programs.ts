// Options of programs whose value is a secret, though their name does not say so: `curl -u me:x`.

import { isIn, wordCharacter } from "../characters.ts";
import { isReference } from "../reference.ts";
import type { Source } from "../source.ts";
import { valueAt } from "../value.ts";
import type { Detector, Span } from "./detector.ts";
import { nothing } from "./detector.ts";

interface ProgramOptions {
  readonly programs: readonly string[];
  readonly options: readonly string[];
  /** Where the value stands: in the next word, right behind the option, or either. */
  readonly value: "next" | "attached" | "either";
  /** The secret is what follows this in the value; without it there is none. */
  readonly after?: string;
}

/** From the manual pages of the programs. */
const table: readonly ProgramOptions[] = [
  {
    programs: ["curl"],
    options: ["-u", "--user", "-U", "--proxy-user"],
    value: "either",
    after: ":",
  },
  { programs: ["lftp"], options: ["-u"], value: "next", after: "," },
  { programs: ["smbclient", "rpcclient"], options: ["-U"], value: "next", after: "%" },
  { programs: ["sshpass"], options: ["-p"], value: "either" },
  {
    programs: ["mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlshow", "mariadb"],
    options: ["-p"],
    value: "attached",
  },
  { programs: ["mongo", "mongosh", "mongodump", "mongorestore"], options: ["-p"], value: "next" },
  { programs: ["redis-cli"], options: ["-a"], value: "next" },
  { programs: ["cqlsh"], options: ["-p"], value: "next" },
  {
    programs: ["sqlcmd", "mosquitto_pub", "mosquitto_sub", "zip", "unzip"],
    options: ["-P"],
    value: "either",
  },
  { programs: ["7z", "7za", "7zz"], options: ["-p"], value: "attached" },
  {
    programs: ["ldapsearch", "ldapadd", "ldapmodify", "ldapdelete"],
    options: ["-w"],
    value: "either",
  },
  {
    programs: ["docker login", "podman login", "helm login", "oc login", "az login"],
    options: ["-p"],
    value: "next",
  },
  { programs: ["useradd", "usermod"], options: ["-p"], value: "next" },
  {
    programs: ["openssl"],
    options: ["-passin", "-passout", "-pass"],
    value: "next",
    after: "pass:",
  },
  { programs: ["openssl"], options: ["-k", "-K"], value: "next" },
];

/** So much of a command is looked along. */
const maxCommandLength = 4096;

export const programs: Detector = {
  types: ["password_option"],
  triggers: [...new Set(table.flatMap((row) => row.programs))],
  find(source, start, end) {
    const { text } = source;
    if (isIn(wordCharacter, text, start - 1) || !isBlank(text.charAt(end))) return nothing;
    const program = text.slice(start, end);
    // `curl curl curl ...`: a command is looked along once for each program.
    if (start < (source.walked.get(program) ?? 0)) return nothing;
    const last = commandEnd(text, end);
    source.walked.set(program, last);
    const rows = table.filter((row) => row.programs.includes(program));
    return wordStarts(text, end, last).flatMap((at) =>
      rows.flatMap((row) => secretsAt(source, row, at)),
    );
  },
};

/** To the end of the line or of the simple command, quotes aside. */
function commandEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + maxCommandLength);
  let quote: string | undefined;
  for (let at = start; at < limit; at += 1) {
    const character = text.charAt(at);
    if (character === "\\" && quote !== "'") at += 1;
    else if (character === quote) quote = undefined;
    else if (quote === undefined && (character === "'" || character === '"')) quote = character;
    else if (quote === undefined && ";|&\n".includes(character)) return at;
  }
  return limit;
}

function wordStarts(text: string, start: number, end: number): number[] {
  const starts: number[] = [];
  for (let at = start + 1; at < end; at += 1) {
    if (isBlank(text.charAt(at - 1)) && text.charAt(at) === "-") starts.push(at);
  }
  return starts;
}

function secretsAt(source: Source, row: ProgramOptions, at: number): readonly Span[] {
  const { text } = source;
  for (const option of row.options) {
    if (!text.startsWith(option, at)) continue;
    const begin = valueBegin(text, row, at + option.length, option);
    if (begin === undefined) continue;
    const span = secretIn(source, row, begin);
    if (span !== undefined) return [span];
  }
  return nothing;
}

function valueBegin(
  text: string,
  { value }: ProgramOptions,
  end: number,
  option: string,
): number | undefined {
  const next = text.charAt(end);
  if (next === "=" && option.startsWith("--")) return end + 1;
  if (!isBlank(next)) return value === "next" || option.startsWith("--") ? undefined : end;
  if (value === "attached") return undefined;
  let at = end;
  while (isBlank(text.charAt(at))) at += 1;
  return at;
}

function secretIn(source: Source, { after = "" }: ProgramOptions, at: number): Span | undefined {
  const value = valueAt(source, at);
  if (value === undefined || source.text.charAt(value.start) === "-") return undefined;
  const text = source.text.slice(value.start, value.end);
  const offset = text.indexOf(after);
  const secret = text.slice(offset + after.length);
  if (offset < 0 || secret === "" || isReference(secret)) return undefined;
  return { start: value.start + offset + after.length, end: value.end, type: "password_option" };
}

function isBlank(character: string): boolean {
  return character === " " || character === "\t";
}
