// What each run of the tests puts before the kernel, and the figures that it must keep.

import { join } from "node:path";
import { generate } from "./generator.ts";
import { type Row, readTables, sampleOf } from "./table.ts";

const here = join(process.cwd(), "test", "kernel");
export const tables = join(here, "tables");
export const recordedFigures = join(here, "figures.json");

const generatedRows = 150;
const generatedSeed = 20;

export function testedRows(): readonly Row[] {
  return [...sampleOf(readTables(tables)), ...generate(generatedSeed, generatedRows)];
}
