// The style sheet and the script of the pages, as they were bundled when proctor was built.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const files = [
  ["style.css", "text/css; charset=utf-8"],
  ["main.js", "text/javascript; charset=utf-8"],
] as const;

export interface Asset {
  readonly contentType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Changes with the content, so that a browser may keep it for good. */
  readonly path: string;
}

/** By file name. Read when the first page is asked for. */
export function loadAssets(): ReadonlyMap<string, Asset> {
  return new Map(
    files.map(([name, contentType]) => {
      const bytes = Uint8Array.from(readFileSync(new URL(name, folderUrl())));
      const digest = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
      return [name, { contentType, bytes, path: `/assets/${digest}/${name}` }];
    }),
  );
}

/** Beside this file once it is built; run from its source it is that of the same checkout (test/build.ts). */
function folderUrl(): URL {
  const built = import.meta.url.endsWith(".js");
  return new URL(built ? "./client/" : "../../dist/src/dashboard/client/", import.meta.url);
}
