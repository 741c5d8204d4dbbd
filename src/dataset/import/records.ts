// An imported trajectory as records: analysed and scored as if it had been recorded here, judged by nobody.

import type { ExecutionContext, ToolCall } from "../../core/call.ts";
import type { Decision } from "../../core/decision.ts";
import { analyserVersion } from "../../core/effect.ts";
import { newId } from "../../core/ids.ts";
import { definitionsVersion } from "../../core/measure.ts";
import type { Message } from "../../core/message.ts";
import { digestsOf, type OfferedTool, offerDigest } from "../../core/offer.ts";
import type { ContentRef, Outcome } from "../../core/outcome.ts";
import {
  type ClosedRecord,
  type IntentRecord,
  type MessageRecord,
  type OfferedRecord,
  type OpenedRecord,
  type ProctorRecord,
  recordVersion,
} from "../../core/record.ts";
import type { Task } from "../../core/task.ts";
import { isUnit, type TrajectoryKey } from "../../core/trajectory.ts";
import type { Analyser } from "../../effects/analyse.ts";
import type { Blob } from "../../store/store.ts";
import { emptyState } from "../../trajectory/draft.ts";
import { fold } from "../../trajectory/fold.ts";
import { toolsOf } from "../../trajectory/offered.ts";
import { scoresOf } from "../../trajectory/score.ts";
import type { TrajectoryState } from "../../trajectory/state.ts";
import type { ImportedCall, ImportedResult, ImportedTrajectory } from "./format.ts";

/** Stands where the digest of a policy stands: none has judged these calls. */
const importedPolicy = "imported";

/** What records are made with; the same as of calls that are recorded here. */
export interface RecordMaking {
  readonly analyser: Analyser;
  /** The name under which the analyser finds the tools. */
  readonly upstream: string;
  readonly keep: (value: ImportedResult["content"]) => {
    readonly ref: ContentRef;
    readonly blobs: readonly Blob[];
  };
  readonly clean: <Value>(value: Value) => Value;
  readonly digestOf: (call: ToolCall) => string;
  /** @param after the link of the message before it */
  readonly messageRecord: (
    message: Message,
    at: { readonly after?: string; readonly atMs: number },
  ) => { readonly record: MessageRecord; readonly blobs: readonly Blob[] };
}

export interface MadeRecords {
  readonly records: readonly ProctorRecord[];
  readonly blobs: readonly Blob[];
  readonly steps: number;
}

export function recordsOf(
  { steps, session, tools, isCut = false }: ImportedTrajectory,
  { key, task, nowMs }: { key: TrajectoryKey; task: Task; nowMs: number },
  making: RecordMaking,
): MadeRecords {
  const blobs: Blob[] = [];
  const records: ProctorRecord[] = [];
  let state = emptyState(key);
  let at = steps.find((step) => step.at !== undefined)?.at ?? nowMs;
  let after: string | undefined;
  /** Steps without a result, by the ids of their calls. */
  const open = new Map<string, number>();
  const refusals = refusalsOf(steps);

  function add(record: ProctorRecord): void {
    records.push(record);
    state = fold(state, record);
  }

  const opened = openedRecord(key, task, { at, session });
  add(opened);
  if (tools !== undefined) {
    const offered = offeredRecord(tools, { at, making });
    blobs.push(...offered.blobs);
    add(offered.record);
  }
  for (const step of steps) {
    at = Math.max(at, step.at ?? at);
    switch (step.kind) {
      case "message": {
        if (step.message.parts.length === 0) break;
        const said = making.messageRecord(step.message, { after, atMs: at });
        blobs.push(...said.blobs);
        after = said.record.link;
        add(said.record);
        break;
      }
      case "call": {
        const { call } = step;
        const made = intentRecord(call, { at, state, making, refused: refusals.get(call.id) });
        blobs.push(...made.blobs);
        open.set(call.id, made.record.step);
        add(made.record);
        break;
      }
      case "result": {
        const number = open.get(step.result.id);
        if (number === undefined) break;
        open.delete(step.result.id);
        const kept = making.keep(step.result.content);
        blobs.push(...kept.blobs);
        add(outcomeRecord(number, at, outcomeOf(step.result, kept.ref, refusals)));
        break;
      }
    }
  }
  // Where it was cut off, what the agent would have done next is not known.
  const isUnanswered = [...open.values()].includes(state.steps);
  for (const number of open.values()) add(outcomeRecord(number, at, { kind: "unobserved" }));
  records.push(
    closedRecord(opened, state, { at, because: isCut || isUnanswered ? "cut off" : "completed" }),
  );
  return { records, blobs, steps: state.steps };
}

/** Why calls were not plainly allowed where they were recorded, by their ids. */
function refusalsOf(steps: ImportedTrajectory["steps"]): ReadonlyMap<string, string> {
  const refusals = new Map<string, string>();
  for (const step of steps) {
    if (step.kind === "message") continue;
    const { id, refused } = step.kind === "call" ? step.call : step.result;
    if (refused !== undefined) refusals.set(id, refused);
  }
  return refusals;
}

function openedRecord(
  key: TrajectoryKey,
  task: Task,
  { at, session }: { at: number; session?: string | undefined },
): OpenedRecord {
  return {
    v: recordVersion,
    id: newId(at),
    at,
    type: "opened",
    key,
    task,
    identifiedBy: "explicit",
    door: "import",
    policy: importedPolicy,
    mode: "dry-run",
    continues: false,
    ...(session === undefined ? {} : { session }),
  };
}

function offeredRecord(
  tools: readonly OfferedTool[],
  { at, making }: { at: number; making: RecordMaking },
): { record: OfferedRecord; blobs: readonly Blob[] } {
  const { ref, blobs } = making.keep(tools.map((tool) => ({ ...tool })));
  const record: OfferedRecord = {
    v: recordVersion,
    id: newId(at),
    at,
    type: "offered",
    door: "import",
    upstream: making.upstream,
    digest: offerDigest(digestsOf(tools)),
    count: tools.length,
    tools: ref,
  };
  return { record, blobs };
}

function intentRecord(
  { id, tool, arguments: given, cwd }: ImportedCall,
  {
    at,
    state,
    making,
    refused,
  }: { at: number; state: TrajectoryState; making: RecordMaking; refused?: string | undefined },
): { record: IntentRecord; blobs: readonly Blob[] } {
  const context: ExecutionContext = {
    ...(cwd === undefined ? {} : { cwd }),
    shell: "fresh",
    environment: "inherited",
    filesystem: "remote",
  };
  const call: ToolCall = {
    id,
    door: "import",
    upstream: making.upstream,
    tool,
    arguments: given,
    context,
  };
  const { effects, residue, analyser } = making.analyser.analyse(call, state.residue);
  const { ref, blobs } = making.keep(given);
  const record: IntentRecord = {
    v: recordVersion,
    id: newId(at),
    at,
    type: "intent",
    step: state.steps + 1,
    call: { ...call, arguments: ref, digest: making.digestOf(call) },
    effects: making.clean(effects),
    residue,
    analyser,
    decision: refused === undefined ? unjudged : refusedThere(refused),
    instance: "import",
    dispatched: refused === undefined,
  };
  return { record, blobs };
}

const unjudged: Decision = {
  verdict: "allow",
  judged: "allow",
  mode: "dry-run",
  matches: [],
  reason: "",
  policy: importedPolicy,
};

function refusedThere(reason: string): Decision {
  return { ...unjudged, verdict: "ask", judged: "ask", mode: "enforce", reason };
}

function outcomeOf(
  { id, isError, exitStatus }: ImportedResult,
  result: ContentRef,
  refusals: ReadonlyMap<string, string>,
): Outcome {
  if (refusals.has(id)) return { kind: "refused", code: "approval_refused" };
  return {
    kind: "carried_out",
    observed: {
      transport: "in process",
      tool: { isError, ...(exitStatus === undefined ? {} : { exitStatus }) },
    },
    // The source tells of times at most when, and of durations never.
    durationMs: 0,
    result,
  };
}

function outcomeRecord(step: number, at: number, outcome: Outcome): ProctorRecord {
  return { v: recordVersion, id: newId(at), at, type: "outcome", step, outcome };
}

function closedRecord(
  { key, task, identifiedBy, at: openedAt, policy, mode }: OpenedRecord,
  state: TrajectoryState,
  { at, because }: { at: number; because: ClosedRecord["because"] },
): ClosedRecord {
  const tools = toolsOf(state);
  return {
    v: recordVersion,
    id: newId(at),
    at,
    type: "closed",
    key,
    task,
    identifiedBy,
    because,
    openedAt,
    steps: state.steps,
    counts: isUnit(key, identifiedBy),
    scores: scoresOf(state, because),
    definitions: definitionsVersion,
    analyser: analyserVersion,
    policy,
    mode,
    ...(tools === undefined ? {} : { tools }),
  };
}
