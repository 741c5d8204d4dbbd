// The tables in the README and in docs say what the code says. `UPDATE_DOCS=1` rewrites them.

import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { configJsonSchema } from "../src/config.ts";
import { errorTable } from "../src/core/errors.ts";
import { exportFormats, factTable, templateProfiles } from "../src/dataset/export/index.ts";

const root = resolve(import.meta.dirname, "..");

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

/** Every field of the config with a description or a value of its own. */
function configRows(schema: Schema, path: string): string[] {
  const { properties, items, additionalProperties, description } = schema;
  const own = description === undefined ? [] : [configRow(path, schema)];
  if (properties !== undefined) {
    return [
      ...own,
      ...Object.entries(properties).flatMap(([name, field]) =>
        configRows(field, path === "" ? name : `${path}.${name}`),
      ),
    ];
  }
  if (items?.properties !== undefined) return [...own, ...configRows(items, `${path}[]`)];
  if (typeof additionalProperties === "object" && additionalProperties.properties !== undefined) {
    return [...own, ...configRows(additionalProperties, `${path}.*`)];
  }
  return own.length > 0 ? own : [configRow(path, schema)];
}

function configRow(path: string, { description = "", default: usual }: Schema): string {
  const plain = typeof usual === "object" && usual !== null ? undefined : usual;
  const shown = plain === undefined ? "" : `\`${JSON.stringify(plain)}\``;
  return `| \`${path}\` | ${description.replaceAll("|", "\\|")} | ${shown} |`;
}

interface Table {
  readonly file: string;
  render(): string;
}

const tables: Record<string, Table> = {
  config: {
    file: "docs/config.md",
    render: () =>
      [
        "| field | what | default |",
        "|---|---|---|",
        ...configRows(configJsonSchema() as Schema, ""),
      ].join("\n"),
  },
  errors: {
    file: "README.md",
    render: () =>
      [
        "| code | status | what | what to do |",
        "|---|---|---|---|",
        ...Object.entries(errorTable).map(
          ([code, { status, title, fix }]) => `| \`${code}\` | ${status} | ${title} | ${fix} |`,
        ),
      ].join("\n"),
  },
  "export-facts": {
    file: "docs/export.md",
    render: () =>
      [
        "| fact | what |",
        "|---|---|",
        ...Object.entries(factTable).map(([name, { about, fields = [] }]) => {
          const all = fields.length === 0 ? name : `${name}.{${fields.join(", ")}}`;
          return `| \`${all}\` | ${about.replaceAll("|", "\\|")} |`;
        }),
      ].join("\n"),
  },
  "export-formats": {
    file: "docs/export-formats.md",
    render: () =>
      [
        "| format | what | files |",
        "|---|---|---|",
        ...exportFormats.map(
          ({ name, about, columns }) =>
            `| \`${name}\` | ${about} | ${columns === undefined ? "`.jsonl`" : "`.parquet`"} |`,
        ),
      ].join("\n"),
  },

  "template-profiles": {
    file: "docs/export-formats.md",
    render: () =>
      [
        "| profile | for | arguments | content beside calls alone | text beside calls | several calls | ids | reasoning | turns |",
        "|---|---|---|---|---|---|---|---|---|",
        ...templateProfiles.map(
          ({ name, about, arguments: given, empty, beside, calls, ids, reasoning, turns }) =>
            `| \`${name}\` | ${about} | ${given} | \`${JSON.stringify(empty)}\` | ${beside} | ${calls} | ${ids} | \`${reasoning}\` | ${turns} |`,
        ),
      ].join("\n"),
  },
};

describe("a table", () => {
  for (const [name, { file, render }] of Object.entries(tables)) {
    it(`of ${name} in ${file} is as the code has it`, () => {
      const path = join(root, file);
      const text = readFileSync(path, "utf8");
      const [begin, end] = [`<!-- ${name}: made from the code -->`, `<!-- end of ${name} -->`];
      const from = text.indexOf(begin) + begin.length;
      const to = text.indexOf(end);
      expect(text.includes(begin) && to > from).toBe(true);
      if (process.env.UPDATE_DOCS === "1") {
        writeFileSync(path, `${text.slice(0, from)}\n${render()}\n${text.slice(to)}`);
        return;
      }
      expect(text.slice(from, to).trim()).toBe(render());
    });
  }
});
