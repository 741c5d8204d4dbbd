// The formats that can be imported. A new one is a file here, a line in this list and its golden files.

import { atif } from "./atif.ts";
import { bundle } from "./bundle.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import type { ImportFormat } from "./format.ts";
import { jsonl } from "./jsonl.ts";
import { openai } from "./openai.ts";
import { trl } from "./trl.ts";

export const importFormats: readonly ImportFormat[] = [
  bundle,
  jsonl,
  openai,
  trl,
  atif,
  claudeCode,
  codex,
];

export { noAssignment, parseAssignment } from "./assign.ts";
export type { ImportFormat, ReadTools } from "./format.ts";
export { type ImportReport, importFrom } from "./importer.ts";
export type { RecordMaking } from "./records.ts";
export { fileSource, type ImportSource, streamSource } from "./source.ts";
