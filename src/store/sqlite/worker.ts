// The worker thread's entry.

import { parentPort, workerData } from "node:worker_threads";
import type { WorkerOptions } from "./protocol.ts";
import { serve } from "./serve.ts";

if (parentPort !== null) serve(parentPort, workerData as WorkerOptions);
