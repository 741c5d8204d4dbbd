// How agents, upstreams and whatever else has a name in records may be called.

import { z } from "zod";
import { namePattern } from "../core/trajectory.ts";

export const name = z.string().regex(namePattern, `must match ${namePattern.source}`);
