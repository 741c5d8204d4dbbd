// role: what the agent is in any lineage, or in one. `role: student`, `role: { is: teacher, lineage: llama }`.

import { oneOrMore, shape, shorthand, text } from "../shape.ts";
import { wildcards } from "../wildcard.ts";
import { role as roleName } from "../words.ts";
import { exactly, matcher } from "./matcher.ts";

export const role = matcher({
  schema: shorthand(
    "is",
    shape({
      is: oneOrMore(roleName),
      /** Names of lineages, `*` for any run of characters; absent: any lineage. */
      lineage: oneOrMore(text).optional(),
    }),
  ),
  cost: 1,
  compile({ is, lineage }) {
    const inLineage = wildcards(lineage ?? ["*"]);
    return exactly(({ input }) =>
      input.roles.some((place) => is.includes(place.role) && inLineage(place.lineage)),
    );
  },
});
