// Arguments for a tool that change nothing and tell a text: what stands in the place of a refused call
// that a client is going to carry out whatever it says.

import type { ToolCall } from "../core/call.ts";
import { onlyLooks } from "../core/effect.ts";
import { isJsonObject, type Json, type JsonObject } from "../core/json.ts";
import type { Analyser } from "./analyse.ts";
import type { Actions, Mapping } from "./mapping.ts";
import { everyElement, parseSource, type Step } from "./reference.ts";

/**
 * Only a tool that takes a command can be told to do nothing. undefined: this one takes none, or what
 * would be sent does not only look, by our own analysis.
 */
export function harmlessArguments(
  call: ToolCall,
  text: string,
  { mapping, analyser }: { readonly mapping: Mapping | undefined; readonly analyser: Analyser },
): JsonObject | undefined {
  if (mapping === undefined) return undefined;
  const [given] = variantsOf(mapping)
    .map((actions) => telling(actions, text))
    .filter((found) => found !== undefined);
  if (given === undefined) return undefined;
  const { effects } = analyser.analyse({ ...call, arguments: given }, {});
  return effects.length > 0 && effects.every(onlyLooks) ? given : undefined;
}

/** What applies where the argument that a switch looks at is left out. */
function variantsOf(mapping: Mapping): readonly Actions[] {
  const absent = mapping.switch?.absent;
  return absent === undefined ? [mapping] : [mapping, absent];
}

function telling({ bash, argv }: Actions, text: string): JsonObject | undefined {
  const script = `echo ${quoted(text)} >&2; exit 126`;
  if (typeof bash === "string") return argumentsAt(bash, script);
  return argv === undefined ? undefined : argumentsAt(argv, ["bash", "-c", script]);
}

function argumentsAt(reference: string, value: Json): JsonObject | undefined {
  const source = parseSource(reference);
  if (source?.kind !== "reference") return undefined;
  const built = nested(source.steps, value);
  return isJsonObject(built) ? built : undefined;
}

function nested([step, ...rest]: readonly Step[], value: Json): Json {
  if (step === undefined) return value;
  const inner = nested(rest, value);
  return step === everyElement ? [inner] : { [step]: inner };
}

/** For bash: everything inside is itself. Control characters could end the line that shows it. */
function quoted(text: string): string {
  return `'${text.replace(/[\u0000-\u001f\u007f]+/g, " ").replaceAll("'", "'\\''")}'`;
}
