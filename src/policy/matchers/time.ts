// time: when the call comes. `time: { days: [sat, sun] }`, `time: { from: "20:00", to: "07:00", zone: Europe/Berlin }`.

import { z } from "zod";
import { oneOrMore, shape } from "../shape.ts";
import { exactly, matcher } from "./matcher.ts";

const days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const numberOfDay = new Map<string, number>(days.map((day, i) => [day, i]));

const timeOfDay = z
  .string('Write a quoted time, such as "07:30".')
  .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'Write hours and minutes, such as "07:30".')
  .transform((source) => Number(source.slice(0, 2)) * 60 + Number(source.slice(3)));

const zone = z
  .string("Write a time zone.")
  .refine(isZone, "Use a name such as Europe/Berlin or UTC.");

export const time = matcher({
  schema: shape({
    /** Days of the week; absent: all. A span over midnight belongs to the day on which it begins. */
    days: oneOrMore(z.enum(days, `Use ${days.join(", ")}.`)).optional(),
    /** First minute; absent: midnight. */
    from: timeOfDay.optional(),
    /** The minute after the last; before `from`, it is on the next day. Absent: midnight. */
    to: timeOfDay.optional(),
    /** IANA name; absent: UTC. */
    zone: zone.optional(),
  }),
  cost: 4,
  compile({ days: wanted = days, from = 0, to = minutesPerDay, zone: timeZone = "UTC" }) {
    const readClock = clockIn(timeZone);
    const overMidnight = to <= from;

    function within(nowMs: number): boolean {
      const { day, minute } = readClock(nowMs);
      const startedYesterday = overMidnight && minute < to;
      const began = days[(day + (startedYesterday ? 6 : 0)) % 7];
      const inSpan = overMidnight ? minute >= from || minute < to : minute >= from && minute < to;
      return inSpan && began !== undefined && wanted.includes(began);
    }

    return exactly(({ facts }) => within(facts.nowMs()));
  },
});

const minutesPerDay = 24 * 60;

/** Day of the week from Monday, and minute of the day. */
function clockIn(timeZone: string): (nowMs: number) => { day: number; minute: number } {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return function readClock(nowMs) {
    const parts = new Map(format.formatToParts(nowMs).map(({ type, value }) => [type, value]));
    const name = (parts.get("weekday") ?? "").toLowerCase();
    return {
      day: numberOfDay.get(name) ?? -1,
      minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")),
    };
  };
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
