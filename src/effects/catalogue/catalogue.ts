// What a catalogue is: the tools of one published program, in the mapping language.

import type { Mapping } from "../mapping.ts";
import type { PathReading } from "../reading.ts";

export interface Catalogue {
  readonly reading: PathReading;
  readonly tools: Readonly<Record<string, Mapping>>;
}
