// task: what the trajectory is for. `task: production`, `task: { class: safe, condition: filtered }`.

import { oneOrMore, shape, shorthand, text } from "../shape.ts";
import { exactly, matcher } from "./matcher.ts";

export const task = matcher({
  schema: shorthand(
    "class",
    shape({
      /** Task classes. */
      class: oneOrMore(text).optional(),
      /** Conditions of the experiment; a trajectory without one has none of these. */
      condition: oneOrMore(text).optional(),
    }),
  ),
  cost: 1,
  compile({ class: classes, condition }) {
    return exactly(({ input }) => {
      if (classes !== undefined && !classes.includes(input.taskClass)) return false;
      if (condition === undefined) return true;
      return input.condition !== undefined && condition.includes(input.condition);
    });
  },
});
