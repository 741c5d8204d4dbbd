// search_files.

import { z } from "zod";
import { opening } from "../entries.ts";
import { compileGlob } from "../glob.ts";
import { defineTool, pathArgument, textReply } from "../tool.ts";
import { walkTree } from "../tree.ts";

export const searchFiles = defineTool({
  name: "search_files",
  description:
    "Find files and folders whose path below `path` matches a glob: `*.ts` in the folder itself, `**/*.ts` at any depth. Links are not followed.",
  schema: z.strictObject({
    path: pathArgument,
    pattern: z.string().min(1).describe("Glob: * ? [a-z] {a,b} **"),
    excludePatterns: z.array(z.string()).max(100).default([]).describe("Globs to leave out"),
  }),
  async run({ path, pattern, excludePatterns }, scope) {
    const { files } = scope;
    const wanted = compileGlob(pattern);
    const excluded = excludePatterns.map(compileGlob);
    const start = [files.root, files.relative(path)].filter((part) => part !== "").join("/");
    const found: string[] = [];
    const complete = await files.within(path, { follow: true }, (entry) =>
      opening(entry, (folder) =>
        walkTree(folder, scope, {
          skip: (relative) => excluded.some((matches) => matches(relative)),
          take(relative) {
            if (!wanted(relative)) return false;
            found.push(`${start}/${relative}`);
            return true;
          },
        }),
      ),
    );
    if (!complete)
      found.push("[... not everything was searched; give a narrower path or pattern ...]");
    return textReply(found.join("\n") || "No matches found", { truncated: !complete });
  },
});
