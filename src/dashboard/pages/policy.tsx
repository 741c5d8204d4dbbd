// The policy that decides now: its rules with what they met, its last reload, and a command to try.

import type { Decision, Mode } from "../../core/decision.ts";
import type { Effect } from "../../core/effect.ts";
import type { WholeRedefinition } from "../../gateway/redefinitions.ts";
import type { RuleSummary } from "../../policy/policy.ts";
import type { RuleHits } from "../pulse.ts";
import { Command } from "./arguments.tsx";
import { type Frame, Page } from "./layout.tsx";
import { Badge, EffectList, Time, VerdictBadge } from "./parts.tsx";
import { Redefinitions } from "./redefinitions.tsx";

export interface PolicyView {
  readonly digest: string;
  readonly mode: Mode;
  readonly rules: readonly RuleSummary[];
  /** When it took over, milliseconds since the epoch. */
  readonly loadedAt: number;
  /** Why newer files were not taken, a text for each problem; empty: they were. */
  readonly problems: readonly string[];
  /** When they were rejected. */
  readonly rejectedAt?: number;
}

export interface Tried {
  readonly command: string;
  readonly cwd: string;
  /** Absent: nothing was tried. */
  readonly checked?: { readonly effects: readonly Effect[]; readonly decision: Decision };
}

export interface PolicyPageParts {
  readonly frame: Frame;
  readonly policy: PolicyView;
  readonly hitsOf: (rule: string) => RuleHits | undefined;
  /** Hits are counted from here on. */
  readonly since: number;
  readonly tried: Tried;
  /** Those that nobody acknowledged first. */
  readonly changed: readonly WholeRedefinition[];
}

export function PolicyPage(parts: PolicyPageParts) {
  const { frame, policy, tried, changed } = parts;
  return (
    <Page
      title="Policy"
      frame={frame}
      at="/policy"
      live="/events"
      head={
        <>
          <h1>Policy</h1>
          <TryForm tried={tried} />
        </>
      }
    >
      <Redefinitions changed={changed} frame={frame} />
      <Reload policy={policy} />
      <Rules {...parts} />
    </Page>
  );
}

function Reload({ policy }: { policy: PolicyView }) {
  const { digest, mode, loadedAt, problems, rejectedAt } = policy;
  return (
    <section class={problems.length > 0 ? "card alert" : "card"} aria-label="Last reload">
      <dl class="facts">
        <dt>decides now</dt>
        <dd>
          <code>{digest.slice(0, 16)}</code>{" "}
          <Badge tone={mode === "enforce" ? "good" : "ask"}>{mode}</Badge>
        </dd>
        <dt>loaded</dt>
        <dd>
          <Time at={loadedAt} /> UTC
        </dd>
        <dt>newer files</dt>
        <dd>
          {problems.length === 0 ? (
            <span class="soft">none</span>
          ) : (
            <>
              <Badge tone="bad">rejected</Badge>{" "}
              {rejectedAt === undefined ? null : <Time at={rejectedAt} />}: the policy above stays
              {problems.map((problem) => (
                <pre tabindex={0}>{problem}</pre>
              ))}
            </>
          )}
        </dd>
      </dl>
    </section>
  );
}

function TryForm({ tried }: { tried: Tried }) {
  const { command, cwd, checked } = tried;
  return (
    <section class="card" aria-label="Try a command">
      <form method="get" action="/policy" class="stack">
        <label for="command">
          Try a command against the policy. Nothing is carried out or recorded.
        </label>
        <textarea
          id="command"
          name="command"
          rows={2}
          spellcheck={false}
          placeholder="find . -name '*.log' -delete"
        >
          {command}
        </textarea>
        <div class="row">
          <label class="inline">
            <span>in folder</span> <input type="text" name="cwd" value={cwd} size={40} />
          </label>
          <button type="submit">Try</button>
        </div>
      </form>
      {checked === undefined ? null : (
        <div id="tried">
          <p>
            <VerdictBadge verdict={checked.decision.judged} />
            {checked.decision.judged === checked.decision.verdict ? null : (
              <span class="soft"> but in dry-run: {checked.decision.verdict} is applied</span>
            )}
          </p>
          <Command text={command} effects={checked.effects} />
          <EffectList effects={checked.effects} />
          <ul class="rules">
            {checked.decision.matches.map((match) => (
              <li>
                <VerdictBadge verdict={match.verdict} /> {match.rule}{" "}
                <span class="soft">
                  effect {match.effect + 1}, {match.kind}
                  {match.mode === "dry-run" ? ", dry-run" : ""}
                </span>
              </li>
            ))}
          </ul>
          {checked.decision.reason === "" ? null : <p>{checked.decision.reason}</p>}
        </div>
      )}
    </section>
  );
}

function Rules({ policy, hitsOf, since }: PolicyPageParts) {
  return (
    <section class="card flush wide">
      <h2 class="pad">
        Rules{" "}
        <span class="soft">
          hits: calls of this process since <Time at={since} /> UTC
        </span>
      </h2>
      <table>
        <thead>
          <tr>
            <th scope="col">rule</th>
            <th scope="col">verdict</th>
            <th scope="col">mode</th>
            <th scope="col" class="number">
              hits
            </th>
            <th scope="col" class="number">
              would-be hits
            </th>
            <th scope="col">last</th>
            <th scope="col">reason</th>
          </tr>
        </thead>
        <tbody>
          {policy.rules.map(({ id, verdict, mode, reason }) => {
            const hits = hitsOf(id);
            return (
              <tr id={`rule-${encodeURIComponent(id)}`}>
                <th scope="row">
                  <a href={`/trajectories?rule=${encodeURIComponent(id)}`}>{id}</a>
                </th>
                <td>
                  <VerdictBadge verdict={verdict} />
                </td>
                <td>{mode === "dry-run" ? <Badge tone="ask">dry-run</Badge> : mode}</td>
                <td class="number">{hits?.hits ?? 0}</td>
                <td class="number">{hits?.wouldHits ?? 0}</td>
                <td class="when">
                  {hits === undefined ? "" : <Time at={hits.lastAt} dateToo={false} />}
                </td>
                <td class="text">{reason}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
