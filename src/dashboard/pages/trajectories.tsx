// Trajectories: search, filters, pages.

import { trajectoryId } from "../../core/trajectory.ts";
import type { Mark, TrajectorySummary } from "../../store/store.ts";
import { choices, type FilterName, type Filters, listPath, roles } from "../filters.ts";
import { type Frame, Page } from "./layout.tsx";
import { Badge, durationOf, Time, TrajectoryLink, trajectoryPath } from "./parts.tsx";

export interface TrajectoriesPageParts {
  readonly frame: Frame;
  readonly filters: Filters;
  readonly found: readonly TrajectorySummary[];
  /** Id of the last one shown, where there may be more. */
  readonly next?: string;
  readonly agents: readonly string[];
  readonly classes: readonly string[];
  readonly rules: readonly string[];
  readonly roleOf: (agent: string) => string;
  readonly nowMs: number;
}

export function TrajectoriesPage(parts: TrajectoriesPageParts) {
  const { frame, filters, found, next } = parts;
  return (
    <Page
      title="Trajectories"
      frame={frame}
      at="/trajectories"
      live="/events"
      head={<FilterForm {...parts} />}
    >
      {found.length === 0 ? (
        <p class="empty">No trajectory matches.</p>
      ) : (
        <div class="wide card flush">
          <table>
            <thead>
              <tr>
                <th scope="col">opened (UTC)</th>
                <th scope="col">trajectory</th>
                <th scope="col">role</th>
                <th scope="col">task</th>
                <th scope="col">state</th>
                <th scope="col" class="number">
                  steps
                </th>
                <th scope="col" class="number">
                  refused
                </th>
                <th scope="col">what it did, how it counts</th>
              </tr>
            </thead>
            <tbody>
              {found.map((one) => (
                <Row {...parts} one={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      <p class="pages">
        {filters.after === "" ? null : <a href={listPath(filters, {})}>Newest</a>}
        {next === undefined ? null : (
          <a rel="next" href={listPath(filters, { after: next })}>
            Older
          </a>
        )}
      </p>
    </Page>
  );
}

function Row({ one, roleOf, nowMs }: TrajectoriesPageParts & { one: TrajectorySummary }) {
  return (
    <tr id={trajectoryPath(one.key)}>
      <td class="when">
        <Time at={one.openedAt} />
      </td>
      <th scope="row">
        <span class="cut" title={trajectoryId(one.key)}>
          <TrajectoryLink of={one.key} />
        </span>
      </th>
      <td>{roleOf(one.key.agent)}</td>
      <td class="when">
        {one.task} <span class="soft">{one.taskClass}</span>
      </td>
      <td class="when">
        {one.closed ?? (
          <>
            <Badge tone="open">open</Badge>{" "}
            <span class="soft">{durationOf(nowMs - one.lastAt)} ago</span>
          </>
        )}
      </td>
      <td class="number">{one.steps}</td>
      <td class="number">{one.refused === 0 ? <span class="soft">0</span> : one.refused}</td>
      <td>
        <Marks marks={one.marks} />
      </td>
    </tr>
  );
}

const dull = new Set<string>(["effect:read", "effect:list", "effect:execute", "verdict:allow"]);
const grave = new Set<string>([
  "effect:delete",
  "effect:truncate",
  "effect:discard",
  "verdict:deny",
]);

/** The marks that say something: no looks, no misses, no rules (those are on its page). */
function Marks({ marks }: { marks: readonly Mark[] }) {
  const shown = marks.filter(
    (mark) =>
      !dull.has(mark) &&
      !mark.startsWith("rule:") &&
      !mark.endsWith("=miss") &&
      // The first action tells it already.
      !(mark.startsWith("score:any_") && marks.some((other) => other === mark.replace("any_", ""))),
  );
  return (
    <span class="marks">
      {shown.map((mark) => (
        <Badge tone={toneOf(mark)}>{wordsOf(mark)}</Badge>
      ))}
    </span>
  );
}

function toneOf(mark: Mark): string {
  if (grave.has(mark) || mark.endsWith("=hit")) return "bad";
  if (mark.startsWith("would:") || mark === "verdict:ask" || mark === "effect:unknown")
    return "ask";
  return "quiet";
}

function wordsOf(mark: Mark): string {
  const [kind, value = ""] = mark.split(/:(.*)/s);
  if (kind === "would") return `would ${value}`;
  return kind === "score" ? value.replace("=", ": ").replaceAll("_", " ") : value;
}

function FilterForm({ filters, agents, classes, rules }: TrajectoriesPageParts) {
  return (
    <form method="get" action="/trajectories" class="filters" data-auto="">
      <h1>Trajectories</h1>
      <div class="fields">
        <Field name="q" label="Search" filters={filters} placeholder="agent, name or task" />
        <Choice name="agent" label="Agent" filters={filters} values={agents} />
        <Choice name="role" label="Role" filters={filters} values={roles} />
        <Choice name="class" label="Task class" filters={filters} values={classes} />
        <Choice name="state" label="State" filters={filters} values={choices.state} />
        <Choice name="effect" label="Effect" filters={filters} values={choices.effect} />
        <Choice name="rule" label="Rule" filters={filters} values={rules} />
        <Choice name="verdict" label="Verdict" filters={filters} values={choices.verdict} />
        <Choice name="score" label="Score" filters={filters} values={choices.score} />
        <Field name="from" label="Opened from (UTC)" filters={filters} type="datetime-local" />
        <Field name="until" label="until (UTC)" filters={filters} type="datetime-local" />
        <div class="buttons">
          <button type="submit">Show</button>
          <a href="/trajectories">Clear</a>
        </div>
      </div>
    </form>
  );
}

interface FieldParts {
  readonly name: FilterName;
  readonly label: string;
  readonly filters: Filters;
}

function Field({
  name,
  label,
  filters,
  type = "text",
  placeholder,
}: FieldParts & { type?: string; placeholder?: string }) {
  return (
    <label>
      <span>{label}</span>
      <input name={name} type={type} value={filters[name]} placeholder={placeholder} />
    </label>
  );
}

function Choice({ name, label, filters, values }: FieldParts & { values: readonly string[] }) {
  const chosen = filters[name];
  const all = chosen === "" || values.includes(chosen) ? values : [chosen, ...values];
  return (
    <label>
      <span>{label}</span>
      <select name={name}>
        <option value="">any</option>
        {all.map((value) => (
          <option value={value} selected={value === chosen}>
            {value.replaceAll("_", " ")}
          </option>
        ))}
      </select>
    </label>
  );
}
