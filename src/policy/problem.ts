// What is wrong with a policy, worded for whoever edits it: what, found, fix.

import { ProctorError } from "../core/errors.ts";

/** A place in a policy file; lines and columns from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface PolicyProblem extends Place {
  /** Id of the rule, where it has one. */
  readonly rule?: string;
  /** The constraint that is broken, one sentence without a full stop. */
  readonly what: string;
  /** What stands there instead. */
  readonly found: string;
  /** What to write. */
  readonly fix: string;
}

/** What a part of a rule throws while it is compiled; the loader adds the place. */
export class RuleFault extends Error {
  readonly found: string;
  readonly fix: string;

  constructor(what: string, found: string, fix: string) {
    super(what);
    this.name = "RuleFault";
    this.found = found;
    this.fix = fix;
  }
}

/** Three lines: place and what, found, fix. */
export function formatProblem({
  file,
  line,
  column,
  rule,
  what,
  found,
  fix,
}: PolicyProblem): string {
  const subject = rule === undefined ? "" : `rule ${rule}: `;
  return `${file}:${line}:${column} ${subject}${what}\n  found: ${found}\n  fix:   ${fix}`;
}

/** All problems as one error, for callers that cannot go on without a policy. */
export function invalidPolicy(problems: readonly PolicyProblem[]): ProctorError {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return new ProctorError(
    "invalid_policy",
    [`${count}:`, ...problems.map(formatProblem)].join("\n"),
  );
}
