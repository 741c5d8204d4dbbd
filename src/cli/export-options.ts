// The flags of an export, as its options.

import type { Config, Overrides } from "../config.ts";
import { rolesOf } from "../core/agent.ts";
import type { EffectKind } from "../core/effect.ts";
import { ProctorError } from "../core/errors.ts";
import type { OutcomeKind } from "../core/outcome.ts";
import type { ClosedBecause } from "../core/trajectory.ts";
import {
  compileWhere,
  type ExportOptions,
  exportFormats,
  isMark,
  markKinds,
  templateProfiles,
} from "../dataset/export/index.ts";
import { lineageNamed } from "./lineage.ts";

export interface ExportFlags extends Overrides {
  readonly format: string;
  readonly templateProfile: string;
  readonly agent: readonly string[];
  readonly role?: string;
  readonly lineage?: string;
  readonly class?: string;
  readonly from?: number;
  readonly before?: number;
  readonly score: readonly string[];
  readonly rule: readonly string[];
  readonly outcome?: readonly OutcomeKind[];
  readonly ended?: readonly ClosedBecause[];
  readonly mark: readonly string[];
  readonly where?: string;
  readonly dropKeywords?: boolean;
  readonly dropEffects?: readonly EffectKind[];
  readonly cutEffects?: readonly EffectKind[];
  readonly denied: ExportOptions["sanitise"]["denied"];
  readonly keepRedacted?: boolean;
  readonly keepTruncated?: boolean;
  readonly near: ExportOptions["near"]["how"];
  readonly nearThreshold: number;
  readonly split?: ExportOptions["splits"];
  readonly seed?: number;
  readonly json?: boolean;
}

/** @throws ProctorError `invalid_request` */
export function optionsOf(folder: string, flags: ExportFlags, config: Config): ExportOptions {
  const format = exportFormats.find(({ name }) => name === flags.format);
  const profile = templateProfiles.find(({ name }) => name === flags.templateProfile);
  if (format === undefined || profile === undefined) {
    throw new ProctorError("invalid_request", `no format "${flags.format}"`);
  }
  return {
    folder,
    format,
    profile,
    select: selectionOf(flags, config),
    sanitise: {
      dropKeywords: flags.dropKeywords ?? false,
      dropEffects: flags.dropEffects ?? [],
      cutEffects: flags.cutEffects ?? [],
      denied: flags.denied,
      keepRedacted: flags.keepRedacted ?? false,
      keepTruncated: flags.keepTruncated ?? false,
    },
    near: { how: flags.near, threshold: flags.nearThreshold },
    ...againstOf(flags, config),
    splits: flags.split ?? [["train", 1]],
    seed: flags.seed ?? 0,
  };
}

function selectionOf(flags: ExportFlags, config: Config): ExportOptions["select"] {
  const { class: taskClass, from: fromMs, before: beforeMs, outcome: outcomes, ended } = flags;
  const named = [
    ...flags.mark,
    ...flags.score.map((score) => `score:${score}`),
    ...flags.rule.map((rule) => `rule:${rule}`),
  ];
  const marks = named.map(markOf);
  return {
    agents: agentsOf(flags, config),
    taskClass,
    fromMs,
    beforeMs,
    ...(outcomes && { outcomes }),
    ...(ended && { ended }),
    ...(marks.length > 0 && { marks }),
    ...(flags.where !== undefined && { where: compileWhere(flags.where) }),
  };
}

/** The controls of the lineage that is named, by itself or with a role; none: there is nothing to show. */
function againstOf(
  { lineage = "", role }: ExportFlags,
  config: Config,
): Pick<ExportOptions, "against"> {
  const name = lineage === "" ? role?.split(":")[0] : lineage;
  if (name === undefined) return {};
  const { students } = lineageNamed(config, name);
  const agents = [...new Set(students.flatMap(({ control }) => control ?? []))];
  const { mandatory } = config.audit;
  return agents.length === 0 ? {} : { against: { lineage: name, agents, mandatory } };
}

/** The agents that are asked for; undefined: any. */
function agentsOf({ agent, role }: ExportFlags, config: Config): readonly string[] | undefined {
  if (role === undefined) return agent.length === 0 ? undefined : agent;
  const [lineage = "", name = ""] = role.split(":");
  const declared = lineageNamed(config, lineage);
  const ids = config.agents.map(({ id }) => id);
  const found = ids.filter((id) => rolesOf(id, [declared]).some((one) => one.role === name));
  if (found.length > 0)
    return agent.length === 0 ? found : found.filter((id) => agent.includes(id));
  throw new ProctorError(
    "invalid_request",
    `lineage ${lineage} has no agent of the role "${name}"`,
  );
}

function markOf(text: string) {
  if (isMark(text)) return text;
  const detail = `"${text}" is no mark; they begin with ${markKinds.join(":, ")}:`;
  throw new ProctorError("invalid_request", detail);
}
