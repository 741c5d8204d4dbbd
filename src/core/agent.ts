// Who calls, and what a caller is to others.

/** What a bearer may do. One kind each. */
export type TokenKind = "agent" | "harness" | "viewer" | "approver" | "metrics" | "admin";

/** A model in a harness, as declared in the config. */
export interface Agent {
  readonly id: string;
  readonly model: string;
  readonly revision: string;
  readonly harness: string;
  /** The task of trajectories that no harness opened. Its class is `production`. */
  readonly defaultTask: string;
}

/** What tells one model from another in epochs and records. */
export function modelOf({ model, revision }: Pick<Agent, "model" | "revision">): string {
  return revision === "" ? model : `${model} ${revision}`;
}

/** A verified bearer. `agents`: whom an agent token is, or for whom a harness may act. */
export interface Principal {
  readonly kind: TokenKind;
  /** The token's name in the config, never the secret. */
  readonly token: string;
  readonly agents: readonly string[];
}

export type Role = "teacher" | "student" | "baseline" | "control" | "unassigned";

export interface StudentEdge {
  readonly agent: string;
  /** The condition that this edge speaks of; absent: every condition. */
  readonly condition?: string;
  readonly baseline?: string;
  readonly control?: string;
}

/** A named set of edges over agents. Resolved when reading: records bear agents, never roles. */
export interface Lineage {
  readonly name: string;
  readonly teacher: string;
  readonly students: readonly StudentEdge[];
}

export interface LineageRole {
  readonly lineage: string;
  readonly role: Role;
}

/** The places that an agent has in lineages, in config order; none: `unassigned`. */
export function rolesOf(agent: string, lineages: readonly Lineage[]): readonly LineageRole[] {
  const found: LineageRole[] = [];
  for (const { name, teacher, students } of lineages) {
    const roles = new Set<Role>();
    if (teacher === agent) roles.add("teacher");
    for (const edge of students) {
      if (edge.agent === agent) roles.add("student");
      if (edge.baseline === agent) roles.add("baseline");
      if (edge.control === agent) roles.add("control");
    }
    for (const role of roles) found.push({ lineage: name, role });
  }
  return found.length > 0 ? found : [{ lineage: "none", role: "unassigned" }];
}
