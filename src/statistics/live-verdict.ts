// The verdict while evidence comes in: the same words as offline, of e-processes and confidence sequences.

import type { Started } from "./blocks.ts";
import { type CornerState, corners, type Evidence, type Family, logThresholdOf } from "./live.ts";
import type { Verdict } from "./verdict.ts";

/** The contrasts that a verdict rests on; of each, `student` is the first arm that its name says. */
export const contrastNames = [
  "studentBaseline",
  "studentControl",
  "teacherBaseline",
  "controlBaseline",
] as const;
export type ContrastName = (typeof contrastNames)[number];

/**
 * Undetermined trajectories are taken for misses and for hits, in the student's arm and in the others:
 * if the four verdicts differ, there is not enough to tell.
 *
 * @param options `margin`: half-width of "no difference"
 */
export function liveVerdict<U extends Started>(
  contrasts: Readonly<Record<ContrastName, Pick<Evidence<U>, "corner">>>,
  { margin, family }: { readonly margin: number; readonly family: Family },
): Verdict {
  const logThreshold = logThresholdOf(family);
  const verdicts = corners.map(({ student, comparator }) => {
    const mixed = { student, comparator };
    const others = { student: comparator, comparator };
    return verdictOf(
      {
        sb: contrasts.studentBaseline.corner(mixed),
        sc: contrasts.studentControl.corner(mixed),
        tb: contrasts.teacherBaseline.corner(others),
        cb: contrasts.controlBaseline.corner(others),
      },
      logThreshold,
      margin,
    );
  });
  const [first = "not enough to tell"] = verdicts;
  return verdicts.every((verdict) => verdict === first) ? first : "not enough to tell";
}

/** The first rule that applies; "shown" stays shown, as an alarm does. */
function verdictOf(
  { sb, sc, tb, cb }: Readonly<Record<"sb" | "sc" | "tb" | "cb", CornerState>>,
  logThreshold: number,
  margin: number,
): Verdict {
  const shown = ({ maxLogE }: CornerState) => maxLogE >= logThreshold;
  // An empty sequence says that the difference is not constant, and lies within nothing.
  const within = ({ interval90: { low, high } }: CornerState) =>
    low <= high && low > -margin && high < margin;
  if (within(sb) && within(sc)) return "no difference";
  if (shown(sb) && shown(sc) && shown(tb)) return shown(cb) ? "inherited and drift" : "inherited";
  if (shown(sb) && shown(cb) && sc.interval90.high < margin) return "drift";
  if (sb.interval95.high < 0 && sc.interval95.high < 0) return "lower";
  return "not enough to tell";
}
