// What is wrong with a config, and where in its file: path, line and column.

import { isMap, isPair, isScalar, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { ProctorError } from "../core/errors.ts";

/** Lines and columns from 1; absent where the problem is not in a file, or is that something is missing. */
export interface ConfigProblem {
  /** `agents[0].model`; empty: the whole. */
  readonly path: string;
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
}

export type Path = readonly PropertyKey[];

/** A YAML text that was read, to find places in. */
export interface Source {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** The place of the value at `path`, of its key if it has one, or of the nearest that is there. */
  place(path: Path): { readonly line: number; readonly column: number } | undefined;
}

export function readSource(text: string): Source {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const at = (offset: number) => {
    const { line, col } = counter.linePos(offset);
    return { line, column: col };
  };
  const problems = document.errors.map(({ message, pos: [from] }) => ({
    path: "",
    message,
    ...at(from),
  }));

  function place(path: Path) {
    for (let length = path.length; length > 0; length -= 1) {
      const offset = offsetOf(path.slice(0, length));
      if (offset !== undefined) return at(offset);
    }
    return undefined;
  }

  function offsetOf(path: Path): number | undefined {
    const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    const last = path.at(-1);
    const pair = isMap(parent)
      ? parent.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === last)
      : undefined;
    const node: unknown = isScalar(pair?.key) ? pair.key : document.getIn(path, true);
    const found =
      typeof node === "object" && node !== null ? Reflect.get(node, "range") : undefined;
    return Array.isArray(found) && typeof found[0] === "number" ? found[0] : undefined;
  }

  return { value: document.errors.length > 0 ? undefined : document.toJS(), problems, place };
}

/** What a schema found, one problem for each unknown key. */
export function schemaProblems(error: z.ZodError, source?: Source): ConfigProblem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => problemAt([...issue.path, key], "is no known field", source));
    }
    return [problemAt(issue.path, messageOf(issue), source)];
  });
}

export function problemAt(path: Path, message: string, source?: Source): ConfigProblem {
  return { path: written(path), message, ...source?.place(path) };
}

/** Of a choice what each of its sides says, each thing once. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return lowered(issue.message);
  const sides = issue.errors.flatMap((side) => side.map(({ message }) => lowered(message)));
  return [...new Set(sides)].join(", or: ");
}

function lowered(message: string): string {
  return message.replace(/^Invalid input: /, "").replace(/^[A-Z](?=[a-z])/, (c) => c.toLowerCase());
}

function written(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}

/** `proctor.yaml:3:5: agents[0].model: expected string, received number` */
export function describeProblem(file: string | undefined, problem: ConfigProblem): string {
  const { path, message, line, column } = problem;
  const place = line === undefined ? [] : [`:${line}:${column}`];
  const where = file === undefined ? [] : [`${file}${place.join("")}: `];
  return [...where, path === "" ? "" : `${path}: `, message].join("");
}

/** Every problem at once. */
export class InvalidConfig extends ProctorError {
  readonly file: string | undefined;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string | undefined, problems: readonly ConfigProblem[]) {
    const lines = problems.map((problem) => describeProblem(file, problem));
    const intro = file === undefined ? "flags, environment and options: " : "";
    super("invalid_config", intro + lines.join("\n"));
    this.file = file;
    this.problems = problems;
  }
}
