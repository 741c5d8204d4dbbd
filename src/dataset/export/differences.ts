// Where two values of JSON differ.

import { isJsonObject, type Json } from "../../core/json.ts";

export interface Difference {
  /** As `counts.dropped.keywords`. */
  readonly path: string;
  /** As JSON; "nothing" where it is not there. */
  readonly a: string;
  readonly b: string;
}

/** Of each member; lists are compared as a whole. */
export function differences(a: object, b: object): readonly Difference[] {
  return differing(plain(a), plain(b), "");
}

function plain(value: object): Json {
  return JSON.parse(JSON.stringify(value));
}

function differing(a: Json | undefined, b: Json | undefined, path: string): Difference[] {
  if (isJsonObject(a) && isJsonObject(b)) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...names].flatMap((name) =>
      differing(a[name], b[name], path === "" ? name : `${path}.${name}`),
    );
  }
  const [left, right] = [shown(a), shown(b)];
  return left === right ? [] : [{ path, a: left, b: right }];
}

function shown(value: Json | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
