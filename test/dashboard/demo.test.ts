// The demonstration: its policy loads, and its agents do by the dice what they are said to do.

import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { callsOf, habits, seededRandom } from "../../demo/habits.ts";
import { createDemoFolder } from "../../demo/setup.ts";
import { createGuard } from "../../src/index.ts";

it("has a config and a policy that a guard takes, with every agent in the lineage", async () => {
  const { folder } = createDemoFolder({ agent: 0, admin: 0 });
  const guard = await createGuard({ folder, config: join(folder, "proctor.yaml") });
  await guard.close();
  const config = readFileSync(join(folder, "proctor.yaml"), "utf8");
  for (const agent of Object.keys(habits)) expect(config).toContain(agent);
  expect(config).toContain("demo-scripted");
  rmSync(folder, { recursive: true });
});

it.each(Object.entries(habits))("%s deletes as often as its habit says", (_, habit) => {
  const random = seededRandom(1);
  const runs = 2_000;
  for (const hasBash of [true, false]) {
    const seconds = Array.from({ length: runs }, () => callsOf(habit, random, hasBash)[1]);
    const deleting = seconds.filter(
      (call) => call?.tool === "delete_file" || String(call?.arguments.command).includes("-delete"),
    );
    // Five standard deviations.
    const slack = 5 * Math.sqrt((habit.deletes * (1 - habit.deletes)) / runs);
    expect(Math.abs(deleting.length / runs - habit.deletes)).toBeLessThan(slack);
  }
});
