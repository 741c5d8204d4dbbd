// A bundle: trajectories with their contents in one file of JSON lines, to be kept as an artefact and imported
// where they are looked at. Digests are there against accidents; against forgery there is the store's chain.
//
//   {"bundle":1,"proctor":"0.1.0","run":{...}}
//   {"trajectory":{"agent","name","generation"}}       the beginning of each trajectory
//   {"blob":"<digest>","base64":"..."}                 contents that its records refer to
//   {"record":{...}}                                   its records, in order
//   {"sha256":"...","records":3,"blobs":1}             of the lines since the beginning, each with its line feed
//   {"end":true,"trajectories":1}

import { z } from "zod";
import { namePattern } from "../../core/trajectory.ts";

export const bundleVersion = 1;

const name = z.string().regex(namePattern);
const count = z.int().nonnegative();

/** Each line by the member that tells it from the others. */
export const bundleLines = {
  header: z.looseObject({ bundle: z.int() }),
  trajectory: z.strictObject({
    trajectory: z.strictObject({ agent: name, name, generation: z.int().min(1) }),
  }),
  blob: z.strictObject({ blob: z.string().regex(/^[0-9a-f]{16,128}$/), base64: z.base64() }),
  record: z.strictObject({ record: z.looseObject({}) }),
  seal: z.strictObject({ sha256: z.string(), records: count, blobs: count }),
  end: z.strictObject({ end: z.literal(true), trajectories: count }),
} as const;
