// proctor export schema, by the command line.

import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { runCommandLine } from "../../src/cli/index.ts";
import { noPrograms } from "./programs.ts";

async function run(...argv: string[]): Promise<{ code: number; output: string; errors: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const terminal = {
    ...{ stdin: new PassThrough(), stdout, stderr },
    ...{ colours: false, interactive: false, cwd: "/", env: {} },
  };
  const code = await runCommandLine(argv, terminal, noPrograms, "0");
  return { code, output: String(stdout.read() ?? ""), errors: String(stderr.read() ?? "") };
}

it("prints the schema of a format, without a config or a store", async () => {
  const { code, output } = await run("export", "schema", "trl");
  expect(code).toBe(0);
  expect(JSON.parse(output)).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    required: ["messages", "tools", "weights", "id", "task"],
  });
});

it("says which schemas there are where there is none of the name", async () => {
  const { code, errors } = await run("export", "schema", "trl-parquet");
  expect(code).toBe(2);
  expect(errors).toContain('no schema "trl-parquet"; there are: trl, openai, atif, ');
});

it("says what the formats and the template profiles are", async () => {
  const { output } = await run("export", "--help");
  expect(output).toMatch(/\n {2}trl-parquet {2}the same as a table in Parquet/);
  expect(output).toMatch(/\n {2}llama {8}Llama 3\.1 to 3\.3: one call a message/);
});
