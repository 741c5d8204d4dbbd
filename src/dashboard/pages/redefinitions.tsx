// Tools that a server changed under running sessions: refused until the admin has acknowledged them.

import { parseTrajectoryId } from "../../core/trajectory.ts";
import type { WholeRedefinition } from "../../gateway/redefinitions.ts";
import type { Frame } from "./layout.tsx";
import { Badge, JsonView, Time, TrajectoryLink } from "./parts.tsx";

/** Nothing where no tool ever changed. */
export function Redefinitions({
  changed,
  frame,
}: {
  changed: readonly WholeRedefinition[];
  frame: Frame;
}) {
  if (changed.length === 0) return null;
  return (
    <section class="card" id="redefinitions" aria-labelledby="redefinitions-title">
      <h2 id="redefinitions-title">Tools that changed under running sessions</h2>
      {changed.map((one) => (
        <Changed one={one} frame={frame} />
      ))}
    </section>
  );
}

const maxLinks = 10;

function Changed({ one, frame }: { one: WholeRedefinition; frame: Frame }) {
  const { id, upstream, tool, noticedAt, trajectories, acknowledged, before, after } = one;
  const mayAcknowledge = frame.session?.principal.kind === "admin";
  return (
    <article class="contrast" id={`redefinition-${id}`}>
      <h3>
        {tool} <span class="soft">of {upstream}, noticed</span> <Time at={noticedAt} />{" "}
        {acknowledged === undefined ? (
          <Badge tone="bad">calls are refused</Badge>
        ) : (
          <Badge tone="good">acknowledged by {acknowledged.by}</Badge>
        )}
      </h3>
      {acknowledged?.note === undefined ? null : <p>{acknowledged.note}</p>}
      <p class="soft">
        in{" "}
        {trajectories.slice(0, maxLinks).map((trajectory, i) => {
          const key = parseTrajectoryId(trajectory);
          return (
            <>
              {i > 0 ? ", " : ""}
              {key === undefined ? trajectory : <TrajectoryLink of={key} />}
            </>
          );
        })}
        {trajectories.length > maxLinks ? ` and ${trajectories.length - maxLinks} more` : ""}
      </p>
      <details open={acknowledged === undefined}>
        <summary>what it was and what it is</summary>
        {before === undefined ? null : <JsonView value={{ was: before }} />}
        {after === undefined ? null : <JsonView value={{ is: after }} />}
      </details>
      {acknowledged !== undefined || !mayAcknowledge ? null : (
        <form method="post" action={`/redefinitions/${encodeURIComponent(id)}`} class="answer">
          <input type="hidden" name="csrf" value={frame.session?.csrf ?? ""} />
          <label>
            <span>Note (optional)</span>
            <input type="text" name="note" maxlength={2000} />
          </label>
          <button type="submit">It may be what it is now</button>
        </form>
      )}
    </article>
  );
}
