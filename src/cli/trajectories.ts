// proctor trajectories, proctor trajectory ID: what was recorded.

import { once } from "node:events";
import type { Overrides } from "../config.ts";
import { describeApproval, describeEffect, describeTask, visible } from "../core/display.ts";
import { ProctorError } from "../core/errors.ts";
import type { ContentRef, Outcome } from "../core/outcome.ts";
import type { MessageRecord, ProctorRecord, RedefinedRecord } from "../core/record.ts";
import { parseTrajectoryId, trajectoryId } from "../core/trajectory.ts";
import type { Persistence, ScanQuery, TrajectoryQuery, TrajectorySummary } from "../store/store.ts";
import { choice, configured, type Declare, toCount, toTime, withStore } from "./command.ts";
import {
  type Colours,
  coloursOf,
  exitCodes,
  printJson,
  printLine,
  type Terminal,
  verdictColour,
} from "./terminal.ts";

export async function listTrajectories(
  terminal: Terminal,
  store: Persistence,
  { query, json }: { query: TrajectoryQuery; json: boolean },
): Promise<number> {
  const colours = coloursOf(terminal);
  let shown = 0;
  for await (const summary of store.trajectories(query)) {
    if (json) printJson(terminal, { id: trajectoryId(summary.key), ...summary });
    else {
      if (shown === 0) printLine(terminal, colours.dim(summaryLine(headings)));
      printLine(terminal, summaryLine(cellsOf(summary)));
    }
    shown += 1;
  }
  if (shown === 0 && !json) printLine(terminal, "No trajectories recorded.");
  return exitCodes.ok;
}

const headings = ["started", "state", "steps", "refused", "class", "trajectory"] as const;

function cellsOf(summary: TrajectorySummary): readonly string[] {
  return [
    new Date(summary.openedAt).toISOString().slice(0, 19),
    summary.closed ?? "open",
    String(summary.steps),
    String(summary.refused),
    summary.taskClass,
    trajectoryId(summary.key),
  ];
}

function summaryLine([
  started = "",
  state = "",
  steps = "",
  refused = "",
  taskClass = "",
  id = "",
]: readonly string[]): string {
  return `${started.padEnd(19)}  ${state.padEnd(9)}  ${steps.padStart(5)}  ${refused.padStart(7)}  ${taskClass.padEnd(10)}  ${id}`;
}

/** @throws ProctorError `trajectory_not_found`, `invalid_request` */
export async function showTrajectory(
  terminal: Terminal,
  store: Persistence,
  { id, json }: { id: string; json: boolean },
): Promise<number> {
  const key = parseTrajectoryId(id);
  if (key === undefined)
    throw new ProctorError(
      "invalid_request",
      `"${id}" is no trajectory id (agent/name); proctor trajectories lists them`,
    );
  const colours = coloursOf(terminal);
  let found = false;
  for await (const { record } of store.read(key)) {
    found = true;
    if (json) printJson(terminal, record);
    else for (const line of describeRecord(record, colours)) printLine(terminal, line);
  }
  if (!found) throw new ProctorError("trajectory_not_found", id);
  return exitCodes.ok;
}

/** One line for each record, in the order in which they came, with the trajectory that it is of. */
export async function printRecords(
  terminal: Terminal,
  store: Persistence,
  query: ScanQuery,
): Promise<number> {
  for await (const { key, record } of store.scan(query)) {
    const line = `${JSON.stringify({ trajectory: trajectoryId(key), record })}\n`;
    if (!terminal.stdout.write(line)) await once(terminal.stdout, "drain");
  }
  return exitCodes.ok;
}

function describeRecord(record: ProctorRecord, colours: Colours): string[] {
  const at = colours.dim(new Date(record.at).toISOString().slice(11, 23));
  switch (record.type) {
    case "opened":
      return [
        `${at} opened   ${trajectoryId(record.key)}  task ${record.task.id} (${record.task.class}), named by ${record.identifiedBy}`,
      ];
    case "offered": {
      const { count, upstream, digest } = record;
      const what = `${count} tools of ${upstream}, ${digest.slice(0, 12)}`;
      return [`${at} offered  ${what} ${shorten(record.tools)}`];
    }
    case "redefined":
      return [`${at} redefined ${describeRedefinition(record)}`];
    case "intent":
      return [
        `${at} step ${String(record.step).padEnd(4)} ${record.call.tool} ${shorten(record.call.arguments)}`,
        ...record.effects.map(
          (effect) =>
            `               ${effect.kind} ${effect.certainty}: ${describeEffect(effect)}`,
        ),
        `               ${verdictColour(colours, record.decision.verdict)(record.decision.verdict)}${rules(record.decision.matches)}`,
      ];
    case "approval":
      return [`${at} step ${String(record.step).padEnd(4)} ${describeApproval(record.event)}`];
    case "dispatch":
      return [`${at} step ${record.step} dispatched`];
    case "outcome":
      return [
        `${at} step ${String(record.step).padEnd(4)} ${describeOutcome(record.outcome)}${record.recovered ? " (by recovery)" : ""}`,
      ];
    case "task":
      return [`${at} step ${String(record.step).padEnd(4)} ${describeTask(record.event)}`];
    case "malformed":
      return [`${at} malformed ${record.code}: ${visible(record.detail)}`];
    case "message":
      return describeMessage(record).map((line, i) => (i === 0 ? `${at} ${line}` : line));
    case "erased":
      return [
        `${at} erased   the contents of records ${record.from} to ${record.through} (${record.because}): ${visible(record.reason)}`,
      ];
    case "closed":
      return [
        `${at} closed   ${record.because}`,
        ...Object.entries(record.scores).map(
          ([measure, score]) =>
            `               ${measure}: ${score.value}${score.value === "undetermined" ? ` (${score.why})` : ""}`,
        ),
      ];
  }
}

/** The message, and of an answer how it came to be. */
function describeMessage({ role, content, answer }: MessageRecord): string[] {
  const said = content === undefined ? "(as before)" : shorten(content);
  const line = `${role.padEnd(9)} ${said}`;
  if (answer === undefined) return [line];
  const { model, ended, status, finish, usage, detail, replaced, durationMs } = answer;
  const tokens =
    usage === undefined ? "" : `, ${usage.input ?? "?"} tokens in, ${usage.output ?? "?"} out`;
  const facts = [
    `${visible(model)}: ${ended}`,
    ...(status === undefined ? [] : [`status ${status}`]),
    ...(finish === undefined ? [] : [visible(finish)]),
  ].join(", ");
  return [
    line,
    `               ${facts}${tokens}, ${durationMs.toFixed(0)} ms`,
    ...(detail === undefined ? [] : [`               ${visible(detail)}`]),
    ...(replaced.length === 0
      ? []
      : [`               refused calls: ${replaced.map(visible).join(", ")}`]),
  ];
}

function describeRedefinition({ upstream, tool, is, event }: RedefinedRecord): string {
  const what = `${visible(tool)} of ${upstream} is now ${is.slice(0, 12)}`;
  switch (event.kind) {
    case "noticed":
      return `${what}, and was ${event.was.slice(0, 12)}`;
    case "acknowledged":
      return `${what}: acknowledged by ${visible(event.by)}${event.note === undefined ? "" : `: ${visible(event.note)}`}`;
  }
}

function rules(matches: readonly { rule: string; verdict: string }[]): string {
  const names = new Set(
    matches.filter(({ verdict }) => verdict !== "allow").map(({ rule }) => rule),
  );
  return names.size === 0 ? "" : ` by ${[...names].join(", ")}`;
}

const maxShown = 160;

function shorten(content: ContentRef): string {
  if ("erased" in content) return `(${content.bytes} bytes, erased)`;
  if ("digest" in content) return `(${content.bytes} bytes)`;
  const text = visible(JSON.stringify(content.inline));
  return text.length <= maxShown ? text : `${text.slice(0, maxShown)}...`;
}

function describeOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case "refused":
      return `refused: ${outcome.code}`;
    case "expired":
    case "unobserved":
      return outcome.kind;
    case "cancelled":
      return `cancelled ${outcome.dispatched ? "after" : "before"} dispatch: ${outcome.why}`;
    case "carried_out": {
      const { exitStatus, isError, timedOut } = outcome.observed.tool;
      const how = timedOut ? "timed out" : isError ? "the tool failed" : "ok";
      const status = exitStatus === undefined ? "" : `, exit status ${exitStatus}`;
      const unseen = outcome.resultUnseen ? ", result not seen" : "";
      return `carried out: ${how}${status}${unseen}, ${outcome.result.bytes} bytes, ${outcome.durationMs.toFixed(1)} ms`;
    }
    case "failed":
      return `failed: ${outcome.code} (${visible(outcome.detail)})`;
    case "unknown":
      return `unknown: ${outcome.why}`;
  }
}

export const declareTrajectories: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "trajectories")
    .description("List what was recorded, newest first.")
    .option("--agent <id>", "only this agent")
    .option("--class <class>", "only this task class")
    .addOption(choice("--state <state>", "only open or closed ones", ["open", "closed"]))
    .option("-n, --limit <count>", "at most this many", toCount, 50)
    .option("--json", "JSON lines")
    .action(
      async (
        flags: Overrides & {
          agent?: string;
          class?: string;
          state?: "open" | "closed";
          limit: number;
          json?: boolean;
        },
      ) => {
        const { agent, class: taskClass, state, limit, json = false } = flags;
        finish(
          await withStore(programs, flags, (store) =>
            listTrajectories(terminal, store, { query: { agent, taskClass, state, limit }, json }),
          ),
        );
      },
    );

  configured(program, "trajectory")
    .description("Show one trajectory, record by record.")
    .argument("<id>", "agent/name, or agent/name~2 for a successor")
    .option("--json", "the records as JSON lines")
    .action(async (id: string, flags: Overrides & { json?: boolean }) =>
      finish(
        await withStore(programs, flags, (store) =>
          showTrajectory(terminal, store, { id, json: flags.json ?? false }),
        ),
      ),
    );

  configured(program, "records")
    .description("Print records as JSON lines, which `import --format jsonl` reads.")
    .option("--agent <id>", "only this agent")
    .option("--from <time>", "only records at or after this time (ISO 8601)", toTime)
    .option("--before <time>", "only records before this time (ISO 8601)", toTime)
    .action(
      async ({
        agent,
        from: fromMs,
        before: beforeMs,
        ...flags
      }: Overrides & { agent?: string; from?: number; before?: number }) =>
        finish(
          await withStore(programs, flags, (store) =>
            printRecords(terminal, store, { agent, fromMs, beforeMs }),
          ),
        ),
    );
};
