// What a format is: a row in, a line or a table's row out.

import type { z } from "zod";
import { isJsonObject, type Json, type JsonObject } from "../../../core/json.ts";
import type { MessagePart } from "../../../core/message.ts";
import type { OfferedTool } from "../../../core/offer.ts";
import type { Columns } from "../columns.ts";
import type { Row } from "../row.ts";
import type { TemplateProfile } from "./profiles.ts";

export interface ExportFormat {
  /** As `--format` takes it. */
  readonly name: string;
  /** A line of help. */
  readonly about: string;
  /** Rows of which no door saw what the user asked are no rows of this format. */
  readonly needsPrompt: boolean;
  /** Of what `encode` gives: what other programs may rely on. */
  readonly row: z.ZodType;
  /** Of a table, in Parquet; absent: a line of JSON for each row. */
  readonly columns?: (profile: TemplateProfile) => Columns;
  /** Why a row cannot be one of this format: it is dropped, and counted as that. */
  readonly unfit?: (row: Row, profile: TemplateProfile) => string | undefined;
  encode(row: Row, profile: TemplateProfile): JsonObject;
}

/** A name for the row that is a name of a trajectory as well, so that what was exported can be imported. */
export function rowId({ trajectory, conversation }: Row): string {
  const name = trajectory.replace("/", ":").replace("~", "@");
  return conversation === 1 ? name : `${name}:${conversation}`;
}

export function textOf(parts: readonly MessagePart[], type: "text" | "reasoning" = "text"): string {
  const texts = parts.flatMap((part) => (part.type === type && "text" in part ? [part.text] : []));
  return texts.join("\n\n");
}

/** A text, or where there is more than text the parts. */
export function contentOf(parts: readonly MessagePart[]): Json {
  const others = parts.filter((part) => part.type === "other" && part.value !== undefined);
  if (others.length === 0) return textOf(parts);
  return parts.flatMap((part): Json[] => {
    if (part.type === "text") return [{ type: "text", text: part.text }];
    return part.type === "other" && part.value !== undefined ? [part.value] : [];
  });
}

/** What the model saw of a result. */
export function resultText(content: Json): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return JSON.stringify(content);
  const texts = content.map((block) =>
    isJsonObject(block) && typeof block.text === "string" ? block.text : undefined,
  );
  return texts.every((text) => text !== undefined) ? texts.join("\n") : JSON.stringify(content);
}

export function argumentsObject(given: Json): JsonObject {
  return isJsonObject(given) ? given : { input: given };
}

export function functionTool({ name, description, inputSchema }: OfferedTool): JsonObject {
  return {
    type: "function",
    function: {
      name,
      ...(description === undefined ? {} : { description }),
      parameters: inputSchema ?? { type: "object", properties: {} },
    },
  };
}
