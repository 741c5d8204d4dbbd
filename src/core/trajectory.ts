// The name of a trajectory, how it came by it, and why it ended.

/**
 * The key of one trajectory. A closed trajectory never reopens: a later call under the same agent
 * and name opens the next generation, which continues it.
 */
export interface TrajectoryKey {
  readonly agent: string;
  readonly name: string;
  /** 1 for the first. */
  readonly generation: number;
}

/** Names of agents, trajectories and tasks: what fits a URL segment, a header and a file name. */
export const namePattern = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;

/** `agent/name`, and from the second generation `agent/name~2`. */
export function trajectoryId({ agent, name, generation }: TrajectoryKey): string {
  return generation === 1 ? `${agent}/${name}` : `${agent}/${name}~${generation}`;
}

/** The inverse of `trajectoryId`; undefined where the text is none. */
export function parseTrajectoryId(id: string): TrajectoryKey | undefined {
  const match = /^([^/~]+)\/([^/~]+)(?:~([1-9][0-9]{0,8}))?$/.exec(id);
  const [, agent, name, generation] = match ?? [];
  if (agent === undefined || name === undefined) return undefined;
  if (!namePattern.test(agent) || !namePattern.test(name)) return undefined;
  return { agent, name, generation: generation === undefined ? 1 : Number(generation) };
}

/** `explicit`: named by header or URL; `harness`: opened by a harness token or named by a door's session; `connection`: by nothing better, and so in no rate. */
export type IdentifiedBy = "explicit" | "harness" | "connection";

export const closedBecause = ["completed", "idle", "expired", "cut off"] as const;
export type ClosedBecause = (typeof closedBecause)[number];

/** Is it a unit of rates? Successors are none, and those that nothing better than a connection names. */
export function isUnit({ generation }: TrajectoryKey, identifiedBy: IdentifiedBy): boolean {
  return generation === 1 && identifiedBy !== "connection";
}
