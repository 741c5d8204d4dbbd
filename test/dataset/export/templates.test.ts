// Rows of each template profile through templates of the models that it is for: all of a row is in the text
// that a model is trained on, and by another profile it is not. What the templates are of: templates/README.md.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Template } from "@huggingface/jinja";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { trl } from "../../../src/dataset/export/formats/chat.ts";
import { templateProfiles } from "../../../src/dataset/export/formats/index.ts";
import type { TemplateProfile } from "../../../src/dataset/export/formats/profiles.ts";
import type { Row } from "../../../src/dataset/export/row.ts";
import { offered, telling } from "./rows.ts";

interface Known {
  readonly file: string;
  /** Profiles by which nothing is lost; all others lose something of the rows in `telling`. */
  readonly fits: readonly string[];
  /** The calls in a rendered conversation, as a server would read them. */
  calls(rendered: string): readonly { name: string; arguments: unknown }[];
  /** The tools in it; absent: the template has no place for them. */
  readonly tools?: (rendered: string) => unknown;
  /** Results: as they are, or as JSON. */
  readonly results: "text" | "json";
  readonly reasoning: boolean;
}

const called = z.object({ name: z.string(), arguments: z.unknown() });
const llamaCalled = z.object({ name: z.string(), parameters: z.unknown() });

const inTags = (rendered: string) =>
  [...rendered.matchAll(/<tool_call>\n(.*?)\n<\/tool_call>/gs)].map(([, json = ""]) =>
    called.parse(JSON.parse(json)),
  );
const toolLines = (rendered: string) =>
  between(rendered, "<tools>", "</tools>")
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));

const known: Readonly<Record<string, Known>> = {
  "Qwen 2.5": {
    file: "qwen2.5",
    fits: ["object", "object-null", "hermes", "llama", "mistral", "gpt-oss"],
    calls: inTags,
    tools: toolLines,
    results: "text",
    reasoning: false,
  },
  "Qwen 3": {
    file: "qwen3",
    fits: ["object", "text", "hermes", "llama", "mistral"],
    calls: inTags,
    tools: toolLines,
    results: "text",
    reasoning: true,
  },
  "Hermes 3": {
    file: "hermes",
    fits: ["hermes", "llama", "mistral", "gpt-oss"],
    calls: inTags,
    tools: toolLines,
    results: "text",
    reasoning: false,
  },
  "Llama 3.1": {
    file: "llama-3.1",
    fits: ["llama", "gpt-oss"],
    calls: (rendered) =>
      [...rendered.matchAll(/\n\n(\{"name": .*?\})<\|eot_id\|>/gs)].map(([, json = ""]) => {
        const { name, parameters } = llamaCalled.parse(JSON.parse(json));
        return { name, arguments: parameters };
      }),
    tools: (rendered) =>
      [...between(rendered, "for a call.\n\n", "<|eot_id|>").matchAll(/^\{\n.*?^\}$/gms)].map(
        ([json]): unknown => JSON.parse(json),
      ),
    results: "json",
    reasoning: false,
  },
  "Mistral Small 3.1": {
    file: "mistral-small-3.1",
    fits: ["mistral"],
    calls: (rendered) =>
      [...rendered.matchAll(/\[TOOL_CALLS\] (\[.*?\])<\/s>/gs)].flatMap(([, json = ""]) =>
        z.array(called).parse(JSON.parse(json)),
      ),
    tools: (rendered) => JSON.parse(between(rendered, "[AVAILABLE_TOOLS] ", "[/AVAILABLE_TOOLS]")),
    results: "text",
    reasoning: false,
  },
  "DeepSeek V3.1": {
    file: "deepseek-v3.1",
    fits: ["text", "text-null"],
    calls: (rendered) =>
      [
        ...rendered.matchAll(/<｜tool▁call▁begin｜>(.*?)<｜tool▁sep｜>(.*?)<｜tool▁call▁end｜>/gs),
      ].map(([, name = "", json = ""]) => ({ name, arguments: JSON.parse(json) })),
    results: "text",
    reasoning: false,
  },
  "gpt-oss": {
    file: "gpt-oss",
    fits: ["gpt-oss"],
    calls: (rendered) =>
      [
        ...rendered.matchAll(
          /to=functions\.(\w+)<\|channel\|>commentary json<\|message\|>(.*?)<\|call\|>/gs,
        ),
      ].map(([, name = "", json = ""]) => ({ name, arguments: JSON.parse(json) })),
    // As types, not as schemas: what is named in them is there.
    tools: (rendered) => {
      const types = between(rendered, "namespace functions {", "} // namespace functions");
      return offered.filter(({ name, description = "", inputSchema }) => {
        const { properties } = z
          .object({ properties: z.record(z.string(), z.object({ type: z.string() })) })
          .parse(inputSchema);
        const isThere = ([property, { type }]: readonly [string, { type: string }]) =>
          new RegExp(`^${property}\\??: ${type},$`, "m").test(types);
        const head = `// ${description}\ntype ${name} = (_: {`;
        return types.includes(head) && Object.entries(properties).every(isThere);
      });
    },
    results: "json",
    reasoning: true,
  },
};

function between(text: string, from: string, to: string): string {
  const start = text.indexOf(from) + from.length;
  return text.slice(start, text.indexOf(to, start));
}

const templates = new Map(
  Object.entries(known).map(([name, { file }]) => {
    const path = join(import.meta.dirname, "templates", `${file}.jinja`);
    return [name, new Template(readFileSync(path, "utf8"))] as const;
  }),
);

/** What of the row is not in the text; the row goes through JSON first, as a trainer gets it. */
function lost(name: string, row: Row, profile: TemplateProfile): string[] {
  const template = templates.get(name);
  const of = known[name];
  if (template === undefined || of === undefined) throw new Error(`no template ${name}`);
  const { messages, tools } = JSON.parse(JSON.stringify(trl.encode(row, profile)));
  let rendered: string;
  try {
    rendered = template.render({ messages, tools, bos_token: "<s>", eos_token: "</s>" });
  } catch (error) {
    return [`refused: ${error instanceof Error ? error.message : String(error)}`];
  }
  const missing: string[] = [];
  let from = 0;
  /** In the order of the conversation. */
  function expectText(what: string, text: string): void {
    const at = rendered.indexOf(text, from);
    if (at < 0) missing.push(`${what}: ${text}`);
    else from = at + text.length;
  }
  const asked: { name: string; arguments: unknown }[] = [];
  for (const { role, parts } of row.messages) {
    for (const part of parts) {
      if (part.type === "text") expectText(role, part.text);
      else if (part.type === "reasoning" && of.reasoning) expectText("reasoning", part.text);
      else if (part.type === "call") asked.push({ name: part.tool, arguments: part.arguments });
      else if (part.type === "result") {
        const given = String(part.content);
        expectText("result", of.results === "json" ? JSON.stringify(given) : given);
      }
    }
  }
  try {
    expect(of.calls(rendered)).toEqual(asked);
  } catch {
    missing.push("calls");
  }
  if (of.tools !== undefined) {
    const shown = of.file === "gpt-oss" ? offered : tools;
    try {
      expect(of.tools(rendered)).toEqual(shown);
    } catch {
      missing.push("tools");
    }
  }
  return missing;
}

/** Rows that the profile says it has no place for are no loss: they are not written. */
function lostOfAll(name: string, profile: TemplateProfile): string[] {
  return Object.entries(telling).flatMap(([what, row]) =>
    trl.unfit?.(row, profile) === undefined
      ? lost(name, row, profile).map((loss) => `${what}: ${loss}`)
      : [],
  );
}

describe.each(Object.entries(known))("a template of %s", (name, { fits }) => {
  it.each(templateProfiles.map((profile) => [profile.name, profile] as const))(
    "with rows of the profile %s",
    (_, profile) => {
      const losses = lostOfAll(name, profile);
      if (fits.includes(profile.name)) expect(losses).toEqual([]);
      else expect(losses).not.toEqual([]);
    },
  );
});

it("what is lost by the other profiles is as it stands in templates/losses.txt", async () => {
  const lines = Object.keys(known).flatMap((name) => [
    `## ${name}`,
    ...templateProfiles.flatMap((profile) => {
      const losses = lostOfAll(name, profile);
      return losses.length === 0
        ? [`${profile.name}: whole`]
        : losses.map((loss) => `${profile.name}: ${loss.replaceAll("\n", "\\n")}`);
    }),
  ]);
  await expect(`${lines.join("\n")}\n`).toMatchFileSnapshot("templates/losses.txt");
});
