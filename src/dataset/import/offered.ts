// The tools that a source says were offered, in the one form that records have.

import { isJsonObject, type Json } from "../../core/json.ts";
import type { OfferedTool } from "../../core/offer.ts";

/** As `{type: "function", function: {name, description, parameters}}`, or with those members at its top. */
export function offeredTools(tools: Json | null | undefined): readonly OfferedTool[] | undefined {
  if (!Array.isArray(tools)) return undefined;
  return tools.flatMap((tool: Json): OfferedTool[] => {
    const given = isJsonObject(tool) && isJsonObject(tool.function) ? tool.function : tool;
    if (!isJsonObject(given) || typeof given.name !== "string") return [];
    const { name, description } = given;
    const inputSchema = given.parameters ?? given.input_schema ?? given.inputSchema;
    return [
      {
        name,
        ...(typeof description === "string" ? { description } : {}),
        ...(inputSchema === undefined ? {} : { inputSchema }),
      },
    ];
  });
}
