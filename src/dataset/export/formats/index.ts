// The formats that datasets are written in. A new one is a file here, a line in this list and its tests.

import { atif } from "./atif.ts";
import { openai, trl } from "./chat.ts";
import type { ExportFormat } from "./format.ts";
import { proctor } from "./proctor.ts";

export const exportFormats: readonly ExportFormat[] = [trl, openai, atif, proctor];

export { templateProfiles } from "./format.ts";
