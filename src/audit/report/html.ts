// Markup in which every value is escaped: what an agent named must not become a tag of the page.

import { visible } from "../../core/display.ts";

/** Text that is markup already. */
export interface Html {
  readonly markup: string;
}

type Value = string | number | Html | readonly Html[];

/** Values are escaped unless they are `Html`; attributes are to be in double quotes. */
export function html(texts: TemplateStringsArray, ...values: readonly Value[]): Html {
  const parts = texts.map((text, i) => `${text}${markupOf(values[i])}`);
  return { markup: parts.join("") };
}

function markupOf(value: Value | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return escaped(value);
  if (typeof value === "number") return escaped(String(value));
  if ("markup" in value) return value.markup;
  return value.map(({ markup }) => markup).join("");
}

function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
