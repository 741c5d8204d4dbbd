// Properties are tried on the same inputs each time, so that the same code passes or fails alike.
// `PROCTOR_SEED=$RANDOM npm test` tries others; a failure prints its seed.

import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.PROCTOR_SEED ?? 1) });
