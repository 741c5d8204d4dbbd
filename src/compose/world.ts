// What surrounds a composition: the process, as far as it may be known.

import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";

export interface World {
  readonly clock: Clock;
  readonly log: Log;
  readonly version: string;
  /** Folder of proctor's own program: protected, and the home of the shipped policies. */
  readonly programFolder: string;
  /** Of the process: what names its place in the world goes on to servers over stdio. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}
