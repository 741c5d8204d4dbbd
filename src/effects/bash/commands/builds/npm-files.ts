// Packages of npm that do on every system what rm, mkdir and cp do.

import { globParts } from "../../inline/pure.ts";
import { leadingText } from "../../options.ts";
import { type FamilyRow, program, textOf, tool, wordOf } from "../../tool.ts";

const rimraf = tool<string>(
  "g,glob no-glob preserve-root no-preserve-root p,preserve-dirs tmp: max-retries: retry-delay: backoff: i,interactive v,verbose I,impl: f,force d,dot",
  (act, options) => {
    for (const word of options.operands) {
      const star = word.value?.includes("*") === true;
      act.delete(star ? wordOf(globParts(textOf(word)), word) : word, { recursive: true });
    }
  },
);

const copyfiles = tool<string>(
  "u,up: a,all f,flat e,exclude: E,error V,verbose s,soft F,follow cwd: parents rename: p v d o",
  (act, options) => {
    for (const word of options.operands.slice(0, -1)) act.read(word, { recursive: true });
    for (const word of options.operands.slice(-1)) act.overwrite(word, { recursive: true });
  },
);

export const npmFileRows: readonly FamilyRow[] = [
  ["rimraf del del-cli rmrf", rimraf],
  ["copyfiles cpy cpx cpr ncp", copyfiles],
  ["shx", program((act) => (act.args.length === 0 ? undefined : act.run(act.args)))],
  [
    "mkdirp make-dir make-dir-cli",
    program((act) => {
      for (const word of act.args)
        if (!leadingText(word).startsWith("-")) act.write(word, { creates: true });
      return undefined;
    }),
  ],
];
