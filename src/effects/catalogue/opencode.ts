// OpenCode (1.18.33).

import type { Catalogue } from "./catalogue.ts";

const nothing = { inspects: true };

export const opencode: Catalogue = {
  reading: "unsure",
  tools: {
    bash: { bash: "$.command", cwd: "$.workdir?", harmless: ["description", "timeout"] },
    read: { read: "$.filePath", harmless: ["offset", "limit"] },
    write: { overwrite: "$.filePath", harmless: ["content"] },
    edit: { write: "$.filePath", harmless: ["oldString", "newString", "replaceAll"] },
    multiedit: { write: "$.filePath", harmless: ["edits"] },
    patch: { patch: "$.patchText" },
    apply_patch: { patch: "$.patchText" },
    list: { list: "$.path ?? .", recursive: true, harmless: ["ignore"] },
    glob: { list: "$.path ?? .", recursive: true, harmless: ["pattern"] },
    grep: { read: "$.path ?? .", recursive: true, harmless: ["pattern", "include"] },
    webfetch: { connect: "$.url", harmless: ["format", "timeout"] },
    todowrite: { ...nothing, harmless: ["todos"] },
    todoread: nothing,
    skill: { ...nothing, harmless: ["name"] },
  },
};
