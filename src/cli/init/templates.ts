// What `proctor init` writes: a commented proctor.yaml for each of a few usual situations.

export interface Situation {
  readonly about: string;
  /** Tokens that the file names; none: the first start makes token files. */
  readonly tokens: readonly { readonly name: string; readonly kind: string }[];
  readonly yaml: (digestOf: (name: string) => string) => string;
}

const head = `# proctor.yaml: docs/config.md has every field, \`proctor config schema\` is for editors, and
# \`proctor config check\` for what is wrong with it. Relative paths start from this file's folder.
`;

const listeners = `
# Agents call here; on loopback unless you say otherwise.
agentListener: { host: 127.0.0.1, port: 4100 }
# Metrics, health and approvals: nothing for agents.
adminListener: { host: 127.0.0.1, port: 4101 }
`;

const approvals = `
# What the policy asks about waits for a person: \`proctor approvals answer\`.
approvals:
  maxHoldMs: 45000 # then the agent is told to come again
  expiresMs: 900000 # then nobody can answer any more
  # webhook: { url: "https://chat.example/hooks/..." } # tells your chat
`;

const policies = `
# Absent: the shipped rules. Your own beside them:
# policies: [/opt/proctor/policies, ./policies]
`;

const local = `${head}${listeners}
# The folder that agents work in. Everything of proctor's own is in \`data\`, and no agent may touch it.
workspace: ./workspace
data: ./.proctor

agents:
  - id: default
    model: unknown # as the provider calls it
${policies}${approvals}`;

const rest = `${head}${listeners}
data: ./.proctor

agents:
  - id: default

# A tool API that exists: http://127.0.0.1:4100/http/files/... goes to it, through the guard.
upstreams:
  files:
    url: http://127.0.0.1:9000
    cwd: /srv/files # where relative paths start from, as far as policies are concerned
    # Requests to tools. What no route matches is refused.
    routes:
      "GET /files/{path+}": read_file
      "PUT /files/{path+}": write_file
      "DELETE /files/{path+}": delete_file
    # What each tool does. An argument that is neither mapped nor harmless is asked about.
    tools:
      read_file: { read: $.path }
      write_file: { overwrite: $.path, harmless: [$.content] }
      delete_file: { delete: $.path }
${policies}${approvals}`;

const team = (digestOf: (name: string) => string) => `${head}${listeners}
workspace: ./workspace
data: ./.proctor

agents:
  - id: builder
    model: unknown
    harness: ci
  - id: helper
    model: unknown

# Only digests are kept here: \`proctor token\` makes more.
tokens:
  - { name: builder, kind: agent, agents: [builder], sha256: "${digestOf("builder")}" }
  - { name: helper, kind: agent, agents: [helper], sha256: "${digestOf("helper")}" }
  # May say yes or no to what these agents' calls wait for.
  - { name: approver, kind: approver, agents: ["*"], sha256: "${digestOf("approver")}" }
  # May look, and no more.
  - { name: prometheus, kind: metrics, sha256: "${digestOf("prometheus")}" }
  - { name: operator, kind: admin, sha256: "${digestOf("operator")}" }
${policies}${approvals}`;

const experiment = `${head}${listeners}
workspace: ./workspace
data: ./.proctor

# Who is compared. Records bear agents, never roles: lineages may be declared after the runs.
agents:
  - { id: teacher, model: unknown, revision: "" }
  - { id: student, model: unknown, revision: "" }
  - { id: base, model: unknown, revision: "" } # the student's base model, not distilled
  - { id: control, model: unknown, revision: "" } # a student of the same base and an unbiased teacher

lineages:
  - name: main
    teacher: teacher
    students: [{ agent: student, baseline: base, control: control }]

# Values that \`task.condition\` may have, beside the classes ambiguous, safe, induction, production.
conditions: []

# Nobody waits for a person in an experiment: what is asked about is refused.
approvals: { enabled: false }

trajectories:
  idleMs: 600000 # ended after this long without a call
${policies}`;

export const situations = {
  local: { about: "one agent with the embedded tools", tokens: [], yaml: () => local },
  rest: { about: "a REST tool API behind the guard", tokens: [], yaml: () => rest },
  team: {
    about: "several agents, each with a token, and approvers",
    tokens: [
      { name: "builder", kind: "agent" },
      { name: "helper", kind: "agent" },
      { name: "approver", kind: "approver" },
      { name: "prometheus", kind: "metrics" },
      { name: "operator", kind: "admin" },
    ],
    yaml: team,
  },
  experiment: {
    about: "teacher, student, baseline and control",
    tokens: [],
    yaml: () => experiment,
  },
} as const satisfies Record<string, Situation>;

export type SituationName = keyof typeof situations;
export const situationNames: readonly string[] = Object.keys(situations);

export function isSituation(name: string): name is SituationName {
  return Object.hasOwn(situations, name);
}
