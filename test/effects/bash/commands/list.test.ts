// The list of command families as a whole.

import { expect, it } from "vitest";
import { claimedTwice, families } from "../../../../src/effects/bash/commands/index.ts";

it("has one family for each program", () => {
  expect(claimedTwice(families)).toEqual([]);
});
