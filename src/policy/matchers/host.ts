// host: where a connection goes. `host: [example.org, "*.example.org"]`.

import { oneOrMore, text } from "../shape.ts";
import { wildcards } from "../wildcard.ts";
import { matcher } from "./matcher.ts";

/** What a host name, an address or a port can be made of; anything else is source text. */
const knownHost = /^[a-z0-9.:_[\]-]+$/;

export const host = matcher({
  /** Host names without a port, `*` for any run of characters, case does not matter. */
  schema: oneOrMore(text),
  cost: 3,
  kinds: () => ["connect"],
  compile(names) {
    const matches = wildcards(names.map((name) => name.toLowerCase()));
    return {
      may({ effect }) {
        if (effect.kind !== "connect") return false;
        const name = hostOf(effect.host);
        return name === undefined || matches(name);
      },
      must({ effect }) {
        if (effect.kind !== "connect") return false;
        const name = hostOf(effect.host);
        return name !== undefined && matches(name);
      },
    };
  },
});

/** The name alone; undefined: not known. */
function hostOf(source: string): string | undefined {
  const lower = source.toLowerCase();
  if (!knownHost.test(lower)) return undefined;
  const bracketed = /^\[([^\]]*)\]/.exec(lower)?.[1];
  if (bracketed !== undefined) return bracketed;
  const colons = lower.split(":").length - 1;
  // More than one colon: an IPv6 address without a port.
  const name = colons === 1 ? lower.slice(0, lower.indexOf(":")) : lower;
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
