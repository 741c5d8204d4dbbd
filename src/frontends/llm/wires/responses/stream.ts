// Answers of Responses that stream: items come one after the other, and the last event has all of them again.

import type { JsonObject } from "../../../../core/json.ts";
import type { ServerEvent } from "../../../server-events.ts";
import {
  errorText,
  isDenied,
  numberIn,
  objectIn,
  objectsIn,
  rulingOf,
  sseBytes,
  textIn,
} from "../../shape.ts";
import type { ModelCall, Ruling, Rulings, StreamReader, Taken } from "../wire.ts";
import { callIn, messageItem, withArguments } from "./items.ts";
import { viewOf, whole } from "./whole.ts";

const deltas: ReadonlySet<string> = new Set([
  "response.function_call_arguments.delta",
  "response.custom_tool_call_input.delta",
]);

const endings: ReadonlySet<unknown> = new Set([
  "response.completed",
  "response.incomplete",
  "response.failed",
]);

export function stream(): StreamReader {
  /** By output index; of an item that is not done what its first event said. */
  const items = new Map<number, JsonObject>();
  const open = new Set<number>();
  const begun: ModelCall[] = [];
  const ruled = new Map<string, Ruling>();
  let waiting: readonly ModelCall[] = [];
  let response: JsonObject = {};
  let error: string | undefined;
  let isComplete = false;

  const still = (isLast = false): Taken => ({ holds: open.size > 0, judges: false, isLast });

  function added(index: number, item: JsonObject): Taken {
    items.set(index, item);
    if (callIn(item) !== undefined) open.add(index);
    return still();
  }

  function done(index: number, item: JsonObject): Taken {
    items.set(index, item);
    open.delete(index);
    const call = callIn(item);
    if (call === undefined) return still();
    begun.push(call);
    if (open.size > 0) return still();
    waiting = begun.splice(0);
    return { holds: true, judges: true, isLast: false };
  }

  /** Calls that no item announced, or that are not what was judged. */
  function unjudged(whole: readonly ModelCall[]): readonly ModelCall[] {
    return whole.filter(({ key }) => !ruled.has(key));
  }

  function listed(listing: JsonObject, isLast: boolean): Taken {
    response = { ...response, ...listing };
    if (isLast) isComplete = true;
    waiting = unjudged(whole(listing).calls);
    const judges = waiting.length > 0;
    return { holds: judges || open.size > 0, judges, isLast };
  }

  function take(event: JsonObject | undefined): Taken {
    if (event === undefined) return still();
    const index = numberIn(event.output_index) ?? -1;
    if (event.type === "response.output_item.added") return added(index, objectIn(event.item));
    if (event.type === "response.output_item.done") return done(index, objectIn(event.item));
    if (event.type === "error") error = errorText(event.message ?? event.error);
    return event.response === undefined
      ? still()
      : listed(objectIn(event.response), endings.has(event.type));
  }

  function release(held: readonly ServerEvent[], rulings: Rulings): readonly Uint8Array[] {
    for (const [key, ruling] of rulings) ruled.set(key, ruling);
    const started = new Set<number>();
    return held.flatMap((raw) => {
      const event = raw.data === undefined ? {} : objectIn(JSON.parse(raw.data));
      const index = numberIn(event.output_index) ?? -1;
      const call = callIn(items.get(index) ?? {});
      if (call === undefined || !isDenied(ruled, call.key)) return [pass(event, raw)];
      const ruling = rulingOf(ruled, call.key);
      if (ruling.kind === "replace") return replaced(event, ruling.arguments, started);
      if (ruling.kind !== "drop" || started.has(index)) return [];
      started.add(index);
      return asMessage(event, items.get(index) ?? {}, ruling.text);
    });
  }

  /** What lists the items again says of them what was given. */
  function pass(event: JsonObject | undefined, { bytes }: ServerEvent): Uint8Array {
    const listing = objectIn(event?.response);
    if (!whole(listing).calls.some(({ key }) => isDenied(ruled, key))) return bytes;
    const edited = whole(listing).edit(ruled);
    return sseBytes({ ...event, response: edited }, textIn(event?.type));
  }

  return {
    take,
    get waiting() {
      return waiting;
    },
    release,
    pass,
    view() {
      const listing = objectsIn(response.output);
      const found = listing.length > 0 ? listing : [...items.values()];
      const { error: said = error, ...view } = viewOf(response, found, ruled);
      return { ...view, error: said, isComplete };
    },
  };
}

/** The events of a call with other arguments: all of them in its first fragment. */
function replaced(
  event: JsonObject,
  given: JsonObject,
  started: Set<number>,
): readonly Uint8Array[] {
  const type = textIn(event.type) ?? "";
  const index = numberIn(event.output_index) ?? -1;
  if (type === "response.output_item.done" || type === "response.output_item.added") {
    const item = objectIn(event.item);
    const isStart = type.endsWith("added") && "arguments" in item;
    const other = isStart ? { ...item, arguments: "" } : withArguments(item, given);
    return [sseBytes({ ...event, item: other }, type)];
  }
  const text = textIn(given.input) ?? JSON.stringify(given);
  if (deltas.has(type)) {
    if (started.has(index)) return [];
    started.add(index);
    return [sseBytes({ ...event, delta: text }, type)];
  }
  if ("arguments" in event) return [sseBytes({ ...event, arguments: text }, type)];
  return "input" in event ? [sseBytes({ ...event, input: text }, type)] : [];
}

/**
 * The events of a message in the place of a call's. They take numbers from its first on; clients use
 * those to take up a stream that broke, which is no way through here.
 */
function asMessage(event: JsonObject, call: JsonObject, text: string): readonly Uint8Array[] {
  const item = messageItem(call, text);
  const from = numberIn(event.sequence_number) ?? 0;
  const place = { item_id: item.id ?? "", output_index: event.output_index ?? 0, content_index: 0 };
  const part = objectsIn(item.content)[0] ?? {};
  const events: readonly JsonObject[] = [
    {
      type: "response.output_item.added",
      output_index: place.output_index,
      item: { ...item, status: "in_progress", content: [] },
    },
    { type: "response.content_part.added", ...place, part: { ...part, text: "" } },
    { type: "response.output_text.delta", ...place, delta: text, logprobs: [] },
    { type: "response.output_text.done", ...place, text, logprobs: [] },
    { type: "response.content_part.done", ...place, part },
    { type: "response.output_item.done", output_index: place.output_index, item },
  ];
  return events.map((one, i) => sseBytes({ ...one, sequence_number: from + i }, textIn(one.type)));
}
