// How two definitions of a tool differ: member by member, as a person reads it.

import { isJsonObject, type Json } from "../../core/json.ts";

/** A value that is not the same in both. Absent: there is none on that side. */
export interface Difference {
  /** `inputSchema.properties.city.type`; empty: the whole. */
  readonly at: string;
  readonly before?: Json;
  readonly after?: Json;
}

/** In the order of the members, those that are gone first. */
export function differencesOf(
  before: Json | undefined,
  after: Json | undefined,
  at = "",
): readonly Difference[] {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isJsonObject(before) || !isJsonObject(after)) {
    return [{ at, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
  }
  const members = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...members].flatMap((member) =>
    differencesOf(before[member], after[member], at === "" ? member : `${at}.${member}`),
  );
}
