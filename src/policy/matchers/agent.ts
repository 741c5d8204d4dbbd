// agent: which agent calls. `agent: student-8b`, `agent: [ci-*, nightly]`.

import { oneOrMore, text } from "../shape.ts";
import { wildcards } from "../wildcard.ts";
import { exactly, matcher } from "./matcher.ts";

export const agent = matcher({
  /** Ids of agents, `*` for any run of characters. */
  schema: oneOrMore(text),
  cost: 1,
  compile(names) {
    const matches = wildcards(names);
    return exactly(({ input }) => matches(input.agent));
  },
});
