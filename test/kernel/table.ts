// Reads the tables: one command a line, with directives on lines that begin with `%`.
//
//   %% prose
//   % expect delete a.txt; chmod run.sh   what each row from here on is seen to do (`observe.ts`)
//   % expect nothing                      it loses, moves and re-permits nothing
//   % expect unchecked                    it differs from row to row
//   % needs rsync zip                     rows from here on need these programs
//   % open delete                         the next row: whether it happens depends on what cannot be
//                                         known from the text; a prediction is right either way
//   % depends delete write               the same for all rows, until `% depends` without kinds
//   % judge delete /dev/sda               the next row must not run; this is what it would do
//   % block                               the next row has several lines, until `% end`

import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { EventKind } from "./observe.ts";
import { project } from "./sandbox.ts";
import { resolve } from "./trace.ts";

/** What a row is meant to show: an event, on this path if one is named. */
export interface Expected {
  readonly kind: EventKind;
  readonly path?: string;
}

export interface Row {
  readonly theme: string;
  /** `find.txt:12`. */
  readonly at: string;
  readonly command: string;
  /** undefined: not checked. Empty: nothing happens. */
  readonly expected: readonly Expected[] | undefined;
  readonly needs: readonly string[];
  /** Kinds of which it cannot be known whether they happen. */
  readonly open: ReadonlySet<string>;
  /** Judged by hand and not run. */
  readonly judged: readonly Expected[] | undefined;
}

const kinds = new Set<string>([
  "delete",
  "truncate",
  "replace",
  "write",
  "move",
  "discard",
  "chmod",
  "owner",
  "acl",
  "attribute",
]);

export function readTables(folder: string): readonly Row[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".txt"))
    .sort()
    .flatMap((name) =>
      parseTable(basename(name, ".txt"), readFileSync(join(folder, name), "utf8")),
    );
}

/** Programs that many machines do not have: a row that names one needs it, without a directive. */
const seldom = ["busybox", "gawk", "php", "ruby"] as const;

/** A third of the rows, of every theme: what each run of the tests can afford. */
export function sampleOf(rows: readonly Row[]): readonly Row[] {
  return rows.filter((_, index) => index % 3 === 0);
}

export function parseTable(theme: string, content: string): readonly Row[] {
  const rows: Row[] = [];
  let expected: readonly Expected[] | undefined;
  let needs: readonly string[] = [];
  let open: readonly string[] = [];
  let depends: readonly string[] = [];
  let judged: readonly Expected[] | undefined;
  let block: { readonly at: number; readonly lines: string[] } | undefined;

  const add = (command: string, line: number): void => {
    rows.push({
      theme,
      at: `${theme}.txt:${line}`,
      command,
      expected,
      needs: [
        ...needs,
        ...seldom.filter((program) => new RegExp(`\\b${program}\\b`).test(command)),
      ],
      open: new Set([...open, ...depends]),
      judged,
    });
    open = [];
    judged = undefined;
  };

  for (const [index, text] of content.split("\n").entries()) {
    if (block !== undefined && text !== "% end") {
      block.lines.push(text);
      continue;
    }
    if (text === "" || text.startsWith("%%")) continue;
    if (!text.startsWith("% ")) {
      add(text, index + 1);
      continue;
    }
    const [, directive, rest = ""] = /^% (\w+) ?(.*)$/.exec(text) ?? [];
    if (directive === "expect") expected = parseExpected(rest, theme, index + 1);
    else if (directive === "needs") needs = rest.split(" ").filter(Boolean);
    else if (directive === "open") open = rest.split(" ");
    else if (directive === "depends") depends = rest.split(" ");
    else if (directive === "judge") judged = parseExpected(rest, theme, index + 1) ?? [];
    else if (directive === "block") block = { at: index + 1, lines: [] };
    else if (directive === "end" && block !== undefined) {
      add(block.lines.join("\n"), block.at);
      block = undefined;
    } else throw new Error(`${theme}.txt:${index + 1}: unknown directive: ${text}`);
  }
  if (block !== undefined) throw new Error(`${theme}.txt: a block is not ended`);
  return rows;
}

function parseExpected(text: string, theme: string, line: number): readonly Expected[] | undefined {
  if (text === "unchecked") return undefined;
  if (text === "nothing") return [];
  return text.split(/; */).map((item) => {
    const [kind = "", ...path] = item.split(" ");
    if (!kinds.has(kind)) throw new Error(`${theme}.txt:${line}: unknown kind: ${kind}`);
    const named = path.join(" ");
    return named === ""
      ? { kind: kind as EventKind }
      : { kind: kind as EventKind, path: resolve(project, named) };
  });
}
