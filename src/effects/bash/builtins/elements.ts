// Names with a subscript, where a builtin takes them as an argument: `read 'a[1]'`, `unset 'a[1]'`.

import type { Shell } from "../shell.ts";
import type { Text } from "../text.ts";
import { assign, isName } from "../variables.ts";
import { numberOf } from "../words.ts";

/** `name` or `name[index]`; undefined: it is neither. */
export function parseElement(
  text: string,
): { name: string; index: string | undefined } | undefined {
  if (isName(text)) return { name: text, index: undefined };
  const match = /^([A-Za-z_][A-Za-z0-9_]*)\[(.*)\]$/s.exec(text);
  return match === null ? undefined : { name: match[1] ?? "", index: match[2] ?? "" };
}

/** Sets what an argument names. A subscript is evaluated, substitutions in it included. */
export function assignElement(
  shell: Shell,
  place: string,
  value: Text,
  setWhole: (shell: Shell, name: string, value: Text) => undefined,
): undefined {
  const element = parseElement(place);
  if (element === undefined) return;
  if (element.index === undefined) return setWhole(shell, element.name, value);
  const at = numberOf(shell, place.slice(element.name.length + 1, -1));
  assign(shell, {
    name: element.name,
    value,
    append: false,
    index: at === undefined ? [{ kind: "hole", why: place }] : String(at),
  });
}
