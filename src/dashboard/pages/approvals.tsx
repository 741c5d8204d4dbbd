// Calls that wait for a person, each with everything that an answer needs.

import { parseTrajectoryId } from "../../core/trajectory.ts";
import type { ApprovalView } from "../../gateway/approvals.ts";
import { Arguments } from "./arguments.tsx";
import { type Frame, Page } from "./layout.tsx";
import { Badge, durationOf, EffectList, Time, TrajectoryLink } from "./parts.tsx";

export interface ApprovalsPageParts {
  readonly frame: Frame;
  readonly waiting: readonly ApprovalView[];
  readonly settled: readonly ApprovalView[];
  readonly mayAnswer: boolean;
  readonly nowMs: number;
  /** What came of the answer that was just given. */
  readonly notice?: string;
}

export function ApprovalsPage(parts: ApprovalsPageParts) {
  const { frame, waiting, settled, mayAnswer, notice } = parts;
  return (
    <Page title="Approvals" frame={frame} at="/approvals" live="/events?of=approvals">
      <h1>Approvals</h1>
      {notice === undefined ? null : (
        <p class="notice" role="status">
          {notice}
        </p>
      )}
      {mayAnswer ? null : (
        <p class="soft">
          You look with a viewer's token: answers need one of kind approver or admin.
        </p>
      )}
      {waiting.length === 0 ? <p class="empty">Nothing waits for an answer.</p> : null}
      {waiting.map((approval) => (
        <Waiting {...parts} approval={approval} />
      ))}
      {settled.length === 0 ? null : <Settled settled={settled} />}
    </Page>
  );
}

function Waiting({
  approval,
  mayAnswer,
  nowMs,
  frame,
}: ApprovalsPageParts & { approval: ApprovalView }) {
  const { id, agent, trajectory, step, upstream, tool, effects, rules, reason, expiresAt } =
    approval;
  const key = parseTrajectoryId(trajectory);
  return (
    <section class="card approval" id={`approval-${id}`} aria-label={`${tool} by ${agent}`}>
      <h2>
        {tool} <span class="soft">of {upstream}, by agent</span> {agent}
        <span class="spring" />
        <Badge tone="ask">{durationOf(expiresAt - nowMs)} left</Badge>
      </h2>
      <p class="soft">
        {key === undefined ? trajectory : <TrajectoryLink of={key} />}, step {step}, asked{" "}
        <Time at={approval.askedAt} dateToo={false} />
      </p>
      <Arguments content={approval.arguments} effects={effects} />
      <h3>What it would do, in order</h3>
      <EffectList effects={effects} />
      <p>
        <span class="soft">asked by </span>
        {rules.map((rule, i) => (
          <>
            {i > 0 ? ", " : ""}
            <a href={`/policy#rule-${encodeURIComponent(rule)}`}>{rule}</a>
          </>
        ))}
      </p>
      {reason === "" ? null : <p>{reason}</p>}
      {mayAnswer ? (
        <form method="post" action={`/approvals/${encodeURIComponent(id)}`} class="answer">
          <input type="hidden" name="csrf" value={frame.session?.csrf ?? ""} />
          <label>
            <span>Note for the model (optional)</span>
            <input type="text" name="note" maxlength={2000} />
          </label>
          <button type="submit" name="answer" value="refused" class="refuse">
            Refuse
          </button>
          <button type="submit" name="answer" value="approved" class="approve">
            Approve this call, once
          </button>
        </form>
      ) : null}
    </section>
  );
}

const tones: Record<ApprovalView["status"], string> = {
  waiting: "ask",
  approved: "good",
  used: "good",
  refused: "bad",
  expired: "quiet",
  cancelled: "quiet",
};

function Settled({ settled }: { settled: readonly ApprovalView[] }) {
  return (
    <section class="card flush wide">
      <h2 class="pad">Settled lately</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">asked (UTC)</th>
            <th scope="col">trajectory</th>
            <th scope="col">tool</th>
            <th scope="col">status</th>
            <th scope="col">by</th>
            <th scope="col">note</th>
          </tr>
        </thead>
        <tbody>
          {settled.map((one) => {
            const key = parseTrajectoryId(one.trajectory);
            return (
              <tr id={`settled-${one.id}`}>
                <td class="when">
                  <Time at={one.askedAt} />
                </td>
                <td>{key === undefined ? one.trajectory : <TrajectoryLink of={key} />}</td>
                <td>{one.tool}</td>
                <td>
                  <Badge tone={tones[one.status]}>{one.status}</Badge>
                </td>
                <td>{one.by ?? ""}</td>
                <td>{one.note ?? ""}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
