// What the formats that can be imported have in common: a source in, trajectories and problems out.

import type { Json, JsonObject } from "../../core/json.ts";
import type { Message } from "../../core/message.ts";
import type { OfferedTool } from "../../core/offer.ts";
import type { ProctorRecord } from "../../core/record.ts";
import type { TrajectoryKey } from "../../core/trajectory.ts";
import type { CatalogueName } from "../../effects/index.ts";
import type { Blob } from "../../store/store.ts";
import type { ImportSource } from "./source.ts";

export interface ImportFormat {
  /** As `--format` takes it. */
  readonly name: string;
  /** A line of help. */
  readonly about: string;
  /** Whose tools the calls are of, where the format itself says so. */
  readonly catalogue?: CatalogueName;
  /** Total but for faults of the source: what cannot be read is a problem, and the next one is read. */
  read(source: ImportSource, tools: ReadTools): AsyncIterable<Imported>;
}

/** What reading needs of the rest of the program. */
export interface ReadTools {
  /** Of a text, hex: what names a row that has no name. */
  digest(text: string): string;
  /** @throws ProctorError where the text is no record of this version or an older one */
  decodeRecord(text: string): ProctorRecord;
}

export type Imported =
  | { readonly kind: "trajectory"; readonly trajectory: ImportedTrajectory }
  /** Recorded by a proctor: taken as they are. */
  | {
      readonly kind: "records";
      readonly key: TrajectoryKey;
      readonly records: readonly ProctorRecord[];
      /** Contents that the records refer to, where the source has them. */
      readonly blobs?: readonly Blob[];
    }
  | ImportProblem
  /** Lawful, and not taken: what, in the plural. */
  | { readonly kind: "left out"; readonly line: number; readonly what: string };

/** The line is 1-based. `reason`: what was found, in words that name the member. */
export interface ImportProblem {
  readonly kind: "problem";
  readonly line: number;
  readonly reason: string;
}

export interface ImportedTrajectory {
  /** Where it begins. */
  readonly line: number;
  /** Unique in the source, and the same whenever it is read again. */
  readonly name: string;
  /** What the source says beside its steps: agents and tasks are taken from it. */
  readonly fields: JsonObject;
  readonly session?: string;
  /** The tool schemas that were offered to the model. */
  readonly tools?: readonly OfferedTool[];
  readonly steps: readonly ImportedStep[];
  /** What came behind them could not be read. */
  readonly isCut?: boolean;
}

/** In the order of the source. `at`: milliseconds since the epoch; absent: as what came before. */
export type ImportedStep = { readonly at?: number } & (
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "call"; readonly call: ImportedCall }
  | { readonly kind: "result"; readonly result: ImportedResult }
);

export interface ImportedCall {
  /** Unique in the trajectory. */
  readonly id: string;
  readonly tool: string;
  readonly arguments: JsonObject;
  /** Absolute path, where the source knows it. */
  readonly cwd?: string;
  /** See `ImportedResult`. */
  readonly refused?: string;
}

export interface ImportedResult {
  /** The id of its call. */
  readonly id: string;
  readonly content: Json;
  readonly isError: boolean;
  readonly exitStatus?: number;
  /** Why the call was not plainly allowed where it was recorded: steps behind it count in no measure. */
  readonly refused?: string;
}

export function problem(line: number, reason: string): ImportProblem {
  return { kind: "problem", line, reason };
}
