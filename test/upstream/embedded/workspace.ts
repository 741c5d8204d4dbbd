// A workspace in a temporary folder, with something beside it that must never be reached.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import {
  createEmbeddedTools,
  type EmbeddedOptions,
  type EmbeddedTools,
  embeddedSchema,
} from "../../../src/upstream/embedded/index.ts";

export const secret = "outside-secret";

export interface Place {
  readonly base: string;
  readonly workspace: string;
  /** A folder beside the workspace, with `secret.txt` in it. */
  readonly outside: string;
}

export function makePlace(): Place {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "proctor-embedded-")));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const place = { base, workspace: join(base, "ws"), outside: join(base, "outside") };
  mkdirSync(place.workspace);
  mkdirSync(place.outside);
  writeFileSync(join(place.outside, "secret.txt"), secret);
  return place;
}

export interface Fixture extends Place {
  readonly tools: EmbeddedTools;
  call(tool: string, given: JsonObject, signal?: AbortSignal): Promise<Called>;
}

export interface Called {
  readonly text: string;
  readonly isError: boolean;
  readonly forwarded: Awaited<ReturnType<EmbeddedTools["forward"]>>;
}

type Options = Partial<EmbeddedOptions> & { settings?: object };

/** Without bash unless `sandbox` says otherwise. */
export async function makeTools({ settings, ...options }: Options = {}): Promise<Fixture> {
  const place = makePlace();
  const tools = await createEmbeddedTools({
    workspace: place.workspace,
    hidden: [],
    config: embeddedSchema.parse(settings ?? { bash: { offered: false } }),
    ...options,
  });
  return { ...place, tools, call: (tool, given, signal) => callTool(tools, tool, given, signal) };
}

async function callTool(
  tools: EmbeddedTools,
  tool: string,
  given: JsonObject,
  signal = new AbortController().signal,
): Promise<Called> {
  const context = tools.contextOf(tool);
  const call = { door: "http", upstream: tools.name, tool, arguments: given, context } as const;
  const forwarded = await tools.forward(call, signal);
  const { content, isError } = forwarded.answer;
  const text = content.map((block) => (block.type === "text" ? block.text : "")).join("\n");
  return { text, isError: isError ?? false, forwarded };
}
