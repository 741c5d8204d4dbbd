// proctor-shell: what a harness gave it to run, as one command text.

import type { Catalogue } from "./catalogue.ts";

export const shell: Catalogue = {
  reading: "unsure",
  tools: { bash: { bash: "$.command", harmless: ["file"] } },
};
