// What a model is offered: tools, in one form whatever door and whatever wire they come by.

import { createHash } from "node:crypto";
import type { Door } from "./call.ts";
import { canonicalJson, type Json } from "./json.ts";

/** A tool as the model is told of it. */
export interface OfferedTool {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  /** JSON Schema; absent: the tool takes free text. */
  readonly inputSchema?: Json;
  readonly outputSchema?: Json;
  readonly annotations?: Json;
}

/** The tools of one upstream, all at once, as a door passed them on. */
export interface Offer {
  readonly door: Door;
  /** Whose tools, by its name in the config. */
  readonly upstream: string;
  readonly tools: readonly OfferedTool[];
  /**
   * What a tool was offered as first is what it has to stay. So for the tools of a server; a harness may
   * describe its own as it likes.
   */
  readonly pinned: boolean;
}

/** One tool by digest: SHA-256 of its canonical JSON (RFC 8785), hex. */
export interface ToolDigest {
  readonly tool: string;
  readonly digest: string;
}

/** In the order of names, so that a server's order of listing says nothing. */
export function digestsOf(tools: readonly OfferedTool[]): readonly ToolDigest[] {
  return tools
    .map((tool) => ({ tool: tool.name, digest: sha256(textOf(tool)) }))
    .sort((a, b) => compare(a.tool, b.tool) || compare(a.digest, b.digest));
}

/** What `schema` of a tool's mapping in the config is compared with. */
export function schemaDigest(inputSchema: Json): string {
  return sha256(canonicalJson(inputSchema));
}

/** Unkeyed, so that arms of an experiment can be compared by it, whoever recorded them. */
export function offerDigest(digests: readonly ToolDigest[]): string {
  return sha256(JSON.stringify(digests.map(({ tool, digest }) => [tool, digest])));
}

/** As an answer bears it; undefined: nothing was offered. */
export function digestWith(tools: readonly OfferedTool[]): string | undefined {
  return tools.length === 0 ? undefined : offerDigest(digestsOf(tools));
}

/** Several offers as one digest, whatever order they came in; one alone is itself. */
export function joinedDigest(digests: ReadonlySet<string>): string | undefined {
  const [first, ...rest] = [...digests].sort();
  return rest.length === 0 ? first : sha256([first, ...rest].join("\n"));
}

/** Half a surrogate pair has no canonical form; `JSON.stringify` writes it as an escape. */
function textOf(tool: OfferedTool): string {
  try {
    return canonicalJson({ ...tool });
  } catch {
    return JSON.stringify(tool);
  }
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
