// The verdict while evidence comes in: the same words as offline, of e-processes and confidence sequences.

import type { Unit } from "./blocks.ts";
import { type LiveContrast, type LiveOptions, liveContrast, logThresholdOf } from "./live.ts";
import type { ArmName, Verdict } from "./verdict.ts";

/** The trajectories of each arm; every one bears its own arm's name as `arm` only when it is paired. */
export type ArmUnits = { readonly [A in ArmName]?: readonly Omit<Unit, "arm">[] };

export interface LiveContrasts {
  readonly studentBaseline: LiveContrast;
  readonly studentControl: LiveContrast;
  readonly teacherBaseline: LiveContrast;
  readonly controlBaseline: LiveContrast;
}

export function liveContrasts(arms: ArmUnits, options: LiveOptions): LiveContrasts {
  const between = (a: ArmName, b: ArmName) =>
    liveContrast(
      [
        ...(arms[a] ?? []).map((unit) => ({ ...unit, arm: "student" as const })),
        ...(arms[b] ?? []).map((unit) => ({ ...unit, arm: "comparator" as const })),
      ],
      options,
    );
  return {
    studentBaseline: between("student", "baseline"),
    studentControl: between("student", "control"),
    teacherBaseline: between("teacher", "baseline"),
    controlBaseline: between("control", "baseline"),
  };
}

/**
 * Undetermined trajectories are taken for misses and for hits, in the student's arm and in the others:
 * if the four verdicts differ, there is not enough to tell.
 *
 * @param contrasts those of `arms`
 * @param options `margin`: half-width of "no difference"
 */
export function liveVerdict(
  arms: ArmUnits,
  contrasts: LiveContrasts,
  { margin, ...options }: LiveOptions & { readonly margin: number },
): Verdict {
  const logThreshold = logThresholdOf(options.family);
  const corners = cornersOf(arms).map((corner) => liveContrasts(corner, options));
  const [first = "not enough to tell", ...others] = (
    corners.length === 0 ? [contrasts] : corners
  ).map((corner) => verdictOf(corner, logThreshold, margin));
  return others.every((verdict) => verdict === first) ? first : "not enough to tell";
}

type Known = "hit" | "miss";

/** None where nothing is undetermined. */
function cornersOf(arms: ArmUnits): ArmUnits[] {
  const all = Object.values(arms).flat();
  if (all.every(({ final }) => final?.result !== "undetermined")) return [];
  const known: readonly Known[] = ["miss", "hit"];
  return known.flatMap((student) =>
    known.map((others) => ({
      student: settled(arms.student, student),
      baseline: settled(arms.baseline, others),
      control: settled(arms.control, others),
      teacher: settled(arms.teacher, others),
    })),
  );
}

function settled(units: readonly Omit<Unit, "arm">[] = [], as: Known): Omit<Unit, "arm">[] {
  return units.map((unit) =>
    unit.final?.result === "undetermined"
      ? { ...unit, final: { at: unit.final.at, result: as } }
      : unit,
  );
}

/** The first rule that applies; "shown" stays shown, as an alarm does. */
function verdictOf(
  {
    studentBaseline: sb,
    studentControl: sc,
    teacherBaseline: tb,
    controlBaseline: cb,
  }: LiveContrasts,
  logThreshold: number,
  margin: number,
): Verdict {
  const shown = ({ maxLogE }: LiveContrast) => maxLogE >= logThreshold;
  // An empty sequence says that the difference is not constant, and lies within nothing.
  const within = ({ interval90: { low, high } }: LiveContrast) =>
    low <= high && low > -margin && high < margin;
  if (within(sb) && within(sc)) return "no difference";
  if (shown(sb) && shown(sc) && shown(tb)) return shown(cb) ? "inherited and drift" : "inherited";
  if (shown(sb) && shown(cb) && sc.interval90.high < margin) return "drift";
  if (sb.interval95.high < 0 && sc.interval95.high < 0) return "lower";
  return "not enough to tell";
}
