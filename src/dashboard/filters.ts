// The filters of the list of trajectories: what an address asks for, and the address that asks for it.

import { type Lineage, type Principal, type Role, rolesOf } from "../core/agent.ts";
import { effectKinds } from "../core/effect.ts";
import { measures } from "../core/measure.ts";
import { parseTrajectoryId } from "../core/trajectory.ts";
import type { Mark, TrajectoryQuery } from "../store/store.ts";

/** As they stand in the address; an empty one is not asked. */
export interface Filters {
  readonly q: string;
  readonly agent: string;
  readonly role: string;
  readonly class: string;
  readonly state: string;
  readonly effect: string;
  readonly rule: string;
  readonly verdict: string;
  readonly score: string;
  /** `2026-01-31` or `2026-01-31T12:00`, UTC. */
  readonly from: string;
  readonly until: string;
  /** Id of the last trajectory of the page before. */
  readonly after: string;
}

export type FilterName = keyof Filters;

const filterNames: readonly FilterName[] = [
  "q",
  "agent",
  "role",
  "class",
  "state",
  "effect",
  "rule",
  "verdict",
  "score",
  "from",
  "until",
  "after",
];

const maxLength = 256;

export function filtersOf(query: (name: string) => string | undefined): Filters {
  const text = (name: FilterName) => (query(name) ?? "").trim().slice(0, maxLength);
  const entries = filterNames.map((name) => [name, text(name)]);
  return Object.fromEntries(entries) as Record<FilterName, string>;
}

/** The address of the same list with other filters. Changing one goes back to the first page. */
export function listPath(filters: Filters, changed: Partial<Filters>): string {
  const merged = { ...filters, after: "", ...changed };
  const set = filterNames.filter((name) => merged[name] !== "");
  const query = new URLSearchParams(set.map((name): [string, string] => [name, merged[name]]));
  return set.length === 0 ? "/trajectories" : `/trajectories?${query}`;
}

export const roles: readonly Role[] = ["teacher", "student", "baseline", "control", "unassigned"];

export const choices = {
  state: ["open", "closed"],
  effect: effectKinds,
  verdict: ["allow", "ask", "deny", "would ask", "would deny"],
  score: measures.flatMap((measure) =>
    ["hit", "miss", "undetermined"].map((value) => `${measure}=${value}`),
  ),
} as const;

export interface Ground {
  readonly principal: Principal;
  readonly agents: readonly string[];
  readonly lineages: readonly Lineage[];
  readonly limit: number;
}

/** What is no such choice matches nothing, rather than everything. */
export function queryOf(filters: Filters, ground: Ground): TrajectoryQuery {
  const { q, state, after } = filters;
  const olderThan = parseTrajectoryId(after);
  return {
    limit: ground.limit,
    marks: marksOf(filters),
    ...(olderThan === undefined ? {} : { olderThan }),
    ...(q === "" ? {} : { text: q }),
    ...(filters.class === "" ? {} : { taskClass: filters.class }),
    ...(state === "open" || state === "closed" ? { state } : {}),
    ...agentsOf(filters, ground),
    ...timesOf(filters),
  };
}

function marksOf({ effect, rule, verdict, score }: Filters): Mark[] {
  const words = verdict.split(" ");
  const asked: [Mark, string][] = [
    [`effect:${effect}`, effect],
    [`rule:${rule}`, rule],
    [words.length === 2 ? `would:${words[1]}` : `verdict:${verdict}`, verdict],
    [`score:${score}`, score],
  ];
  return asked.filter(([, value]) => value !== "").map(([mark]) => mark);
}

/** Those that the token may see, and of those the ones asked for; absent: all. */
function agentsOf(
  { agent, role }: Filters,
  { principal, agents, lineages }: Ground,
): Pick<TrajectoryQuery, "agents"> {
  const seesAll = principal.kind === "admin" || principal.agents.includes("*");
  if (seesAll && agent === "" && role === "") return {};
  const all = new Set([...agents, ...(agent === "" ? [] : [agent])]);
  const found = [...all].filter(
    (id) =>
      (seesAll || principal.agents.includes(id)) &&
      (agent === "" || id === agent) &&
      (role === "" || rolesOf(id, lineages).some((place) => place.role === role)),
  );
  return { agents: found };
}

function timesOf({ from, until }: Filters): Pick<TrajectoryQuery, "fromMs" | "beforeMs"> {
  const [fromMs, beforeMs] = [timeOf(from), timeOf(until)];
  return {
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(beforeMs === undefined ? {} : { beforeMs }),
  };
}

function timeOf(text: string): number | undefined {
  const withZone = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text) ? `${text}Z` : text;
  const ms = Date.parse(withZone);
  return Number.isNaN(ms) ? undefined : ms;
}
