// Effect analysis: what would this call do to the world?

import { z } from "zod";
import type { ToolCall } from "../core/call.ts";
import { type Analysis, analyserVersion, type Effect, type Residue } from "../core/effect.ts";
import { messageOf } from "../core/errors.ts";
import type { Json, JsonObject } from "../core/json.ts";
import type { Analyser } from "./analyse.ts";
import { whyFilesChangeNames } from "./bash/residue.ts";
import { type CatalogueName, catalogueNames, catalogues } from "./catalogue/index.ts";
import { type Collector, createCollector } from "./collect.ts";
import { type CompiledTool, compileTool } from "./compile.ts";
import { LimitReached } from "./limits.ts";
import { type Mapping, mappingSchema } from "./mapping.ts";
import type { PathReading } from "./reading.ts";
import type { AnalyseShell } from "./reckoning.ts";
import { parseSource, select } from "./reference.ts";

export { type CatalogueName, catalogueNames } from "./catalogue/index.ts";

/** Is this text a reference, as mappings write them: `$.metadata.model`, `$.seed?`, `$.class ?? safe`? */
export function isReference(text: string): boolean {
  return parseSource(text)?.kind === "reference";
}

/** What a reference stands for in an object; undefined: nothing, or more than one value. */
export function valueAt(reference: string, given: JsonObject): Json | undefined {
  const source = parseSource(reference);
  const values = source === undefined ? [] : select(source, given).values;
  return values.length === 1 ? values[0] : undefined;
}

export { harmlessArguments } from "./harmless.ts";

/** What an upstream's config says of its tools; a mapping here stands before the catalogue's. */
export const toolEffectsSchema = z.strictObject({
  catalogue: z.enum(catalogueNames).optional().describe("Whose tools these are"),
  tools: z.record(z.string(), mappingSchema).default({}).describe("What each tool does"),
});

/** The names of the tools that a catalogue describes. */
export function catalogueTools(name: CatalogueName | undefined): readonly string[] {
  return name === undefined ? [] : Object.keys(catalogues[name].tools);
}

export interface UpstreamEffects {
  readonly catalogue?: CatalogueName | undefined;
  readonly tools: Readonly<Record<string, Mapping>>;
  /** SHA-256 of the schema that the upstream gives for a tool now; undefined: not known. */
  schemaDigestOf?(tool: string): string | undefined;
}

/** How one tool is described; undefined: not at all. */
export function mappingOf(
  { catalogue, tools }: UpstreamEffects,
  tool: string,
): Mapping | undefined {
  if (Object.hasOwn(tools, tool)) return tools[tool];
  const listed = catalogue === undefined ? {} : catalogues[catalogue].tools;
  return Object.hasOwn(listed, tool) ? listed[tool] : undefined;
}

export interface AnalyserOptions {
  /** By the name that calls bear. */
  readonly upstreams: ReadonlyMap<string, UpstreamEffects>;
  readonly analyseShell: AnalyseShell;
}

export function createAnalyser({ upstreams, analyseShell }: AnalyserOptions): Analyser {
  const finders = new Map([...upstreams].map(([name, effects]) => [name, createFind(effects)]));

  function reckon(call: ToolCall, residue: Residue, collector: Collector): Residue {
    const found = finders.get(call.upstream)?.(call.tool) ?? "no mapping describes it";
    if (typeof found === "string") {
      collector.doubt(found);
      return residue;
    }
    const { tool, arguments: given, context } = call;
    const { compiled, reading } = found;
    const common = { tool, given, context, reading, analyseShell, collector, residue };
    const left = compiled.reckon(common);
    if (collector.effects.length === 0) collector.doubt("nothing that it does is described");
    return withWrites(left, collector.effects);
  }

  return {
    analyse(call, residue): Analysis {
      const collector = createCollector(`tool ${call.tool.slice(0, maxNameLength)}`);
      try {
        const left = reckon(call, residue, collector);
        return { effects: collector.effects, residue: left, analyser: analyserVersion };
      } catch (error) {
        // What was found stays found; what was thrown is doubt about this call, and no more.
        const effects = [...collector.effects, failure(error)];
        return { effects, residue, analyser: analyserVersion };
      }
    },
  };
}

/** A start-up file may be written by any tool, not by a shell alone. */
function withWrites(residue: Residue, effects: readonly Effect[]): Residue {
  const changed = residue.environmentChanged ?? whyFilesChangeNames(effects);
  return changed === undefined ? residue : { ...residue, environmentChanged: changed };
}

/** Long enough for any tool; the name comes from the agent. */
const maxNameLength = 100;
const maxWhyLength = 200;

function failure(error: unknown): Effect {
  const reason = messageOf(error);
  const why = error instanceof LimitReached ? reason : `the analysis failed: ${reason}`;
  return {
    kind: "unknown",
    certainty: "certain",
    via: "analysis",
    why: why.slice(0, maxWhyLength),
  };
}

interface Found {
  readonly compiled: CompiledTool;
  readonly reading: PathReading;
}

/** The text says why a tool is not known. */
function createFind(effects: UpstreamEffects): (tool: string) => Found | string | undefined {
  const catalogue = effects.catalogue === undefined ? undefined : catalogues[effects.catalogue];
  const tools = new Map<string, Found>();
  for (const [name, mapping] of Object.entries(catalogue?.tools ?? {})) {
    tools.set(name, { compiled: compileTool(mapping), reading: catalogue?.reading ?? "unsure" });
  }
  for (const [name, mapping] of Object.entries(effects.tools)) {
    tools.set(name, { compiled: compileTool(mapping), reading: "unsure" });
  }
  return function findTool(name) {
    const found = tools.get(name);
    const pinned = found?.compiled.schema;
    if (pinned === undefined || pinned === effects.schemaDigestOf?.(name)) return found;
    return "its schema is not the one that its mapping was written for";
  };
}
