// Which arguments a mapping accounts for. One that it does not is doubt: it may change what the tool does.

import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import { everyElement, type Reference, type Step } from "./reference.ts";

/** What is accounted for below one value. */
export interface Covered {
  /** The value with everything in it. */
  whole: boolean;
  readonly members: Map<string, Covered>;
  elements?: Covered;
}

export function newCoverage(): Covered {
  return { whole: false, members: new Map() };
}

export function cover(root: Covered, { steps }: Pick<Reference, "steps">): void {
  let at = root;
  for (const step of steps) at = below(at, step);
  at.whole = true;
}

function below(covered: Covered, step: Step): Covered {
  if (step === everyElement) {
    covered.elements ??= newCoverage();
    return covered.elements;
  }
  const member = covered.members.get(step) ?? newCoverage();
  covered.members.set(step, member);
  return member;
}

/** An agent names arguments as it likes; a few names say enough. */
const maxNamed = 8;
const maxNameLength = 64;

/** Paths of the arguments that are not accounted for. */
export function uncovered(given: JsonObject, root: Covered): readonly string[] {
  const found: string[] = [];

  function look(value: Json, covered: Covered | undefined, path: string): void {
    if (found.length === maxNamed || covered?.whole === true) return;
    if (covered === undefined) found.push(path.slice(0, maxNameLength));
    // Left out: where it must not be, its reference says so.
    else if (value === null) return;
    else if (Array.isArray(value)) {
      for (const element of value) look(element, covered.elements, `${path}[*]`);
    } else if (isJsonObject(value)) {
      for (const [name, member] of Object.entries(value)) {
        look(member, covered.members.get(name), path === "" ? name : `${path}.${name}`);
      }
    } else found.push(path.slice(0, maxNameLength));
  }

  look(given, root, "");
  return [...new Set(found)];
}
