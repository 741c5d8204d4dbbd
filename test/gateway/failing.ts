// A store that cannot write what a test says.

import { ProctorError } from "../../src/core/errors.ts";
import type { ProctorRecord } from "../../src/core/record.ts";
import type { Persistence } from "../../src/store/store.ts";

export function failing(store: Persistence, fails: (records: readonly ProctorRecord[]) => boolean) {
  return {
    ...store,
    append: (async (key, after, records, options) => {
      if (fails(records)) throw new ProctorError("store_unavailable", "the disk is full");
      return store.append(key, after, records, options);
    }) as Persistence["append"],
  };
}
