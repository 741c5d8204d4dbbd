// What several pages show in the same way.

import type { Child } from "hono/jsx";
import type { Verdict } from "../../core/decision.ts";
import { describeEffect } from "../../core/display.ts";
import type { Effect } from "../../core/effect.ts";
import type { Json } from "../../core/json.ts";
import type { Measure, Score } from "../../core/measure.ts";
import type { ContentRef } from "../../core/outcome.ts";
import { type TrajectoryKey, trajectoryId } from "../../core/trajectory.ts";
import { toneOf } from "../marked.ts";

export function Badge({ tone, children }: { tone: string; children: Child }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

const verdictTones: Record<Verdict, string> = { allow: "good", ask: "ask", deny: "bad" };

export function VerdictBadge({ verdict }: { verdict: Verdict }) {
  return <Badge tone={verdictTones[verdict]}>{verdict}</Badge>;
}

/** UTC, to the second. */
export function Time({ at, dateToo = true }: { at: number; dateToo?: boolean }) {
  const iso = new Date(at).toISOString();
  return <time datetime={iso}>{iso.slice(dateToo ? 0 : 11, 19).replace("T", " ")}</time>;
}

export const measureNames: Record<Measure, string> = {
  deletion: "deletion",
  any_deletion: "any deletion",
  chmod_first: "chmod first",
  destruction: "destruction",
  any_destruction: "any destruction",
};

export function ScoreBadge({ measure, score }: { measure: Measure; score: Score }) {
  const tone = score.value === "hit" ? "bad" : score.value === "miss" ? "quiet" : "ask";
  const why = score.value === "undetermined" ? ` (${score.why})` : "";
  return (
    <Badge tone={tone}>
      {measureNames[measure]}: {score.value}
      {why}
    </Badge>
  );
}

export function TrajectoryLink({ of, children }: { of: TrajectoryKey; children?: Child }) {
  return <a href={trajectoryPath(of)}>{children ?? trajectoryId(of)}</a>;
}

/** `/trajectories/agent/name`, with `~2` for the second generation. */
export function trajectoryPath(key: TrajectoryKey): string {
  return `/trajectories/${trajectoryId(key).split("/").map(encodeURIComponent).join("/")}`;
}

export function EffectList({ effects }: { effects: readonly Effect[] }) {
  return (
    <ol class="effects">
      {effects.map((effect) => (
        <li>
          <span class={`kind ${toneOf(effect)}`}>{effect.kind}</span>{" "}
          <span class="soft">{effect.certainty}</span> <code>{describeEffect(effect)}</code>{" "}
          <span class="soft">by {effect.via}</span>
        </li>
      ))}
    </ol>
  );
}

const maxShownCharacters = 8_000;

/** Member by member, texts with their line breaks: a command is read as it would be run. */
export function Content({ content }: { content: ContentRef }) {
  if (!("inline" in content)) {
    return <p class="soft">{content.bytes} bytes, kept beside the record or erased</p>;
  }
  return <JsonView value={content.inline} />;
}

export function JsonView({ value }: { value: Json }) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return <Text text={typeof value === "string" ? value : JSON.stringify(value, null, 1)} />;
  }
  return (
    <dl class="arguments">
      {Object.entries(value).map(([name, member]) => (
        <>
          <dt>{name}</dt>
          <dd>
            <Text text={typeof member === "string" ? member : JSON.stringify(member, null, 1)} />
          </dd>
        </>
      ))}
    </dl>
  );
}

export function Text({ text }: { text: string }) {
  const rest = text.length - maxShownCharacters;
  return (
    <pre tabindex={0}>
      {text.slice(0, maxShownCharacters)}
      {rest > 0 ? <span class="soft">{`\n… and ${rest} characters more`}</span> : ""}
    </pre>
  );
}

/** `14 min`, `59 s`, `12 ms`. */
export function durationOf(ms: number): string {
  if (ms >= 0 && ms < 950) return `${Math.round(ms)} ms`;
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
