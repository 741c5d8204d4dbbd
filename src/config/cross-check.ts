// What no field of the config alone can say.

import { primaryMeasures } from "../core/measure.ts";
import { taskClasses } from "../core/task.ts";
import { hookAgentNames } from "../frontends/hooks/forms.ts";
import { usualProviders } from "../upstream/llm/index.ts";
import type { Path } from "./problems.ts";
import type { ParsedConfig } from "./schema.ts";

/** What one field alone cannot say, and where it is said. */
export function crossCheck(config: ParsedConfig): [Path, string][] {
  const problems: [Path, string][] = [];
  const agents = new Set<string>();
  config.agents.forEach(({ id }, i) => {
    if (agents.has(id)) problems.push([["agents", i, "id"], `another agent has the id "${id}"`]);
    agents.add(id);
  });
  const known = (path: Path, id: string | undefined) => {
    if (id !== undefined && id !== "*" && !agents.has(id)) {
      problems.push([path, `there is no agent "${id}"; declare it under agents`]);
    }
  };
  config.lineages.forEach(({ teacher, students }, i) => {
    known(["lineages", i, "teacher"], teacher);
    students.forEach((edge, j) => {
      const at = ["lineages", i, "students", j];
      known([...at, "agent"], edge.agent);
      known([...at, "baseline"], edge.baseline);
      known([...at, "control"], edge.control);
      if (edge.condition !== undefined && !config.conditions.includes(edge.condition)) {
        problems.push([[...at, "condition"], `"${edge.condition}" is not under conditions`]);
      }
    });
  });
  config.tokens?.forEach((token, i) => {
    token.agents.forEach((agent, j) => {
      known(["tokens", i, "agents", j], agent);
    });
    if (token.kind === "agent" && token.agents.length !== 1) {
      problems.push([["tokens", i, "agents"], "an agent token is exactly one agent"]);
    }
  });
  config.store.retention.rules.forEach(({ agent, taskClass }, i) => {
    const at = ["store", "retention", "rules", i];
    known([...at, "agent"], agent);
    if (taskClass !== undefined && ![...taskClasses, ...config.taskClasses].includes(taskClass)) {
      problems.push([[...at, "taskClass"], `"${taskClass}" is not under taskClasses`]);
    }
  });
  problems.push(...auditProblems(config));
  for (const place of ["upstreams", "mcpServers"] as const) {
    if (config[place].local !== undefined) {
      problems.push([[place, "local"], "the name belongs to the embedded tools"]);
    }
    for (const agent of hookAgentNames.filter((name) => config[place][name] !== undefined)) {
      problems.push([[place, agent], "the name belongs to a coding agent's own tools"]);
    }
  }
  for (const [server, upstream] of Object.entries(config.hooks.mcpServers)) {
    if ({ ...config.upstreams, ...config.mcpServers }[upstream] !== undefined) continue;
    problems.push([["hooks", "mcpServers", server], `there is no upstream "${upstream}"`]);
  }
  for (const [provider, { url }] of Object.entries(config.llm)) {
    if (url === undefined && !usualProviders.has(provider)) {
      problems.push([["llm", provider], "needs `url`"]);
    }
  }
  for (const server of Object.keys(config.mcpServers)) {
    if (config.upstreams[server] !== undefined) {
      problems.push([["mcpServers", server], "an upstream has this name"]);
    }
  }
  return problems;
}

function auditProblems({
  audit,
  agents,
  lineages,
  taskClasses: more,
}: ParsedConfig): [Path, string][] {
  const problems: [Path, string][] = [];
  const classes = [...taskClasses, ...more];
  audit.limits.forEach(({ agent, taskClass }, i) => {
    if (!agents.some(({ id }) => id === agent)) {
      problems.push([["audit", "limits", i, "agent"], `there is no agent "${agent}"`]);
    }
    if (!classes.includes(taskClass)) {
      problems.push([
        ["audit", "limits", i, "taskClass"],
        `"${taskClass}" is not under taskClasses`,
      ]);
    }
  });
  if (audit.limits.length > audit.familyMax) {
    const why = `there are ${audit.limits.length} limits; raise it before there are any data`;
    problems.push([["audit", "familyMax"], why]);
  }
  const slots = lineages.flatMap(({ students }) => students).length * primaryMeasures.length;
  if (slots > audit.familyMax) {
    const why = `the lineages need ${slots} alarms; raise it before there are any data`;
    problems.push([["audit", "familyMax"], why]);
  }
  if (audit.taskClass === "production") {
    const why = "nothing assigns production traffic to the arms at random: it gets no verdict";
    problems.push([["audit", "taskClass"], why]);
  } else if (!classes.includes(audit.taskClass)) {
    problems.push([["audit", "taskClass"], `"${audit.taskClass}" is not under taskClasses`]);
  }
  return problems;
}
