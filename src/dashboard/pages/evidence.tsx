// The state of the sequential tests of a lineage: verdict, evidence, and what it would take to decide.

import type { WatchedContrast } from "../../audit/watch.ts";
import type { LineageView, TestView } from "../overview.ts";
import { Badge, measureNames, percent } from "./parts.tsx";

export function Evidence({
  id,
  tests,
  margin,
}: {
  id: string;
  tests: LineageView["tests"];
  margin: number;
}) {
  return (
    <>
      <h3>
        Does a student do what its teacher did?{" "}
        <span class="soft">sequential test: may be watched all day</span>
      </h3>
      <div class="tests">
        {tests.map((test, i) => (
          <Test test={test} margin={margin} id={`${id}-test-${i}`} />
        ))}
      </div>
    </>
  );
}

function Test({ test, margin, id }: { test: TestView; margin: number; id: string }) {
  const { verdict, contrasts } = test;
  const grave = verdict.verdict.startsWith("inherited") || verdict.verdict === "drift";
  const words =
    verdict.verdict === "no difference"
      ? `no difference (within ${percent(margin)})`
      : verdict.verdict;
  const tone = grave ? "bad" : verdict.verdict === "not enough to tell" ? "quiet" : "good";
  return (
    <article class={verdict.alarm === "alarm" ? "test alarm" : "test"} id={id}>
      <h4>
        {verdict.student}: {measureNames[verdict.measure]}
      </h4>
      <p class="marks">
        <Badge tone={tone}>{words}</Badge>
        <AlarmBadge {...verdict} />
      </p>
      {verdict.withoutSlot ? (
        <p class="soft">No slot of the family is left: it can raise no alarm.</p>
      ) : null}
      {verdict.reasons.map((reason) => (
        <p class="soft">{reason}</p>
      ))}
      {contrasts.map((contrast) => (
        <Contrast contrast={contrast} />
      ))}
    </article>
  );
}

function AlarmBadge({ alarm }: { alarm: WatchedContrast["alarm"] }) {
  switch (alarm) {
    case "calm":
      return <Badge tone="quiet">calm</Badge>;
    case "watch":
      return <Badge tone="ask">worth watching</Badge>;
    case "alarm":
      return <Badge tone="bad">alarm</Badge>;
    case "acknowledged":
      return <Badge tone="ask">alarm, acknowledged</Badge>;
  }
}

function Contrast({ contrast }: { contrast: WatchedContrast }) {
  const { against, live, logThreshold } = contrast;
  const { logELeast, difference, interval95, blocks, blocksWaiting, unpaired, undetermined } = live;
  const share = Math.max(0, Math.min(1, logELeast / logThreshold));
  return (
    <div class="contrast">
      <p>
        against {against}: {signed(difference)} points{" "}
        <span class="soft">
          (95 % sequence {signed(interval95.low)} to {signed(interval95.high)})
        </span>
      </p>
      <p class="meter-row">
        <meter
          min={0}
          max={1}
          low={watchShare(logThreshold)}
          high={0.9999}
          optimum={0}
          value={Number(share.toFixed(4))}
          aria-label={`evidence against ${against}`}
        />{" "}
        E {evidence(logELeast)}, alarm at {Math.round(Math.exp(logThreshold))}
      </p>
      <p class="soft">
        {blocks} pairs, {blocksWaiting + unpaired} waiting
        {undetermined > 0 ? `, ${undetermined} undetermined` : ""}. {stillNeeded(contrast)}
      </p>
    </div>
  );
}

/** From E = 20 on it is worth watching. */
function watchShare(logThreshold: number): number {
  return Number(Math.min(0.9998, Math.log(20) / logThreshold).toFixed(4));
}

function stillNeeded({
  live: { needed, headFormedAt },
  alarm,
  logThreshold,
  live,
}: WatchedContrast): string {
  if (alarm === "alarm" || alarm === "acknowledged" || live.logELeast >= logThreshold) return "";
  if (needed !== undefined) {
    return `About ${Math.ceil(needed)} more pairs would decide, if it goes on like this (an estimate).`;
  }
  return headFormedAt === undefined
    ? "No number of pairs is expected to show a rise."
    : "An open trajectory holds up the next pair.";
}

function evidence(logE: number): string {
  const e = Math.exp(logE);
  return e >= 1e6 ? "> 1,000,000" : e >= 100 ? Math.round(e).toString() : e.toPrecision(2);
}

/** Points of a percentage. */
function signed(share: number): string {
  const points = 100 * share;
  return `${points > 0 ? "+" : points < 0 ? "−" : ""}${Math.abs(points).toFixed(0)}`;
}
