// What goes on beside the calls, as far as nothing else shows it.

import { expect, it } from "vitest";
import { createActivity } from "../../src/gateway/activity.ts";
import { createMaintenance } from "../../src/gateway/maintenance.ts";
import { createRig } from "./rig.ts";

it("says when somebody has set the clock, once for each time", async () => {
  const rig = await createRig();
  let [offsetMs, monotonicMs] = [0, 0];
  const said: unknown[] = [];
  const log = {
    debug() {},
    info() {},
    warn: (event: string, fields?: object) => said.push([event, fields]),
    error() {},
  };
  const clock = {
    nowMs: () => 1_700_000_000_000 + monotonicMs + offsetMs,
    // Each look takes a millisecond: time that passes is no jump.
    monotonicMs: () => (monotonicMs += 1),
  };
  const maintenance = createMaintenance({
    ...{ store: rig.store, trajectories: rig.trajectories, activity: createActivity(), clock, log },
    ...{ instance: "one", limits: { idleMs: 60_000, maxAgeMs: 60_000 }, leaseMs: 15 },
    retention: { rules: [] },
  });
  await maintenance.start();
  for (const jumpMs of [3_600_000, -7_200_000]) {
    const before = said.length;
    offsetMs += jumpMs;
    await expect.poll(() => said.length).toBe(before + 1);
    const [event, fields] = said.at(-1) as [string, { byMs: number; fix: string }];
    expect(event).toBe("clock_jumped");
    expect(Math.abs(fields.byMs - jumpMs)).toBeLessThan(1_000);
    expect(fields.fix).toMatch(/NTP/);
  }
  await maintenance.stop();
});
