// tool: by which tool, upstream and door the call comes. `tool: delete_file`, `tool: { door: hooks }`.

import { isRedefined } from "../../trajectory/offered.ts";
import { oneOrMore, shape, shorthand, text } from "../shape.ts";
import { wildcards } from "../wildcard.ts";
import { door, filesystem, flag } from "../words.ts";
import { exactly, matcher } from "./matcher.ts";

export const tool = matcher({
  schema: shorthand(
    "name",
    shape({
      /** Names of tools, `*` for any run of characters. */
      name: oneOrMore(text).optional(),
      /** Names of upstreams in the config, likewise; the embedded tools are `local`. */
      upstream: oneOrMore(text).optional(),
      door: oneOrMore(door).optional(),
      /** Whose files the tool works on: those of this machine, or an upstream's own. */
      filesystem: filesystem.optional(),
      /** true: the server changed what the tool is while the trajectory ran, and nobody acknowledged it. */
      redefined: flag.optional(),
    }),
  ),
  cost: 1,
  compile({ name, upstream, door: doors, filesystem: whose, redefined }) {
    const isNamed = wildcards(name ?? ["*"]);
    const isCarriedOutBy = wildcards(upstream ?? ["*"]);
    return exactly(
      ({ call, input: { state } }) =>
        isNamed(call.tool) &&
        isCarriedOutBy(call.upstream) &&
        (doors === undefined || doors.includes(call.door)) &&
        (whose === undefined || call.context.filesystem === whose) &&
        (redefined === undefined || isRedefined(state, call.upstream, call.tool) === redefined),
    );
  },
});
