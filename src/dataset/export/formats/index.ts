// The formats that datasets are written in. A new one is a file here, a line in this list and its tests.

import { atif, atif17 } from "./atif.ts";
import { openai, trl, trlParquet } from "./chat.ts";
import type { ExportFormat } from "./format.ts";
import { proctor } from "./proctor.ts";

export const exportFormats: readonly ExportFormat[] = [
  trl,
  trlParquet,
  openai,
  atif,
  atif17,
  proctor,
];

export { templateProfiles } from "./profiles.ts";
