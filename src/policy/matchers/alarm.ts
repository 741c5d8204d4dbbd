// alarm: an alarm of the monitoring is latched. `alarm: "*"` is any; names with `*`.

import { oneOrMore, text } from "../shape.ts";
import { wildcards } from "../wildcard.ts";
import { exactly, matcher } from "./matcher.ts";

export const alarm = matcher({
  schema: oneOrMore(text),
  cost: 2,
  compile(names) {
    const matches = wildcards(names);
    return exactly(({ facts }) => facts.alarms().some((name) => matches(name)));
  },
});
