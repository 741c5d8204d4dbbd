// proctor gc and proctor erase: contents that are not to be kept.

import type { Overrides } from "../config.ts";
import { ProctorError } from "../core/errors.ts";
import { parseTrajectoryId, trajectoryId } from "../core/trajectory.ts";
import type { Collected, RetentionRule } from "../gateway/retention.ts";
import type { Persistence, TrajectorySummary } from "../store/store.ts";
import { configured, type Declare, withStore } from "./command.ts";
import { coloursOf, exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

export async function collectGarbage(
  terminal: Terminal,
  collect: () => Promise<Collected>,
  { rules, dryRun, json }: { rules: readonly RetentionRule[]; dryRun: boolean; json: boolean },
): Promise<number> {
  const collected = await collect();
  const code = collected.failed.length > 0 ? exitCodes.problems : exitCodes.ok;
  if (json) {
    printJson(terminal, { dryRun, ...collected });
    return code;
  }
  if (rules.length === 0) {
    printLine(terminal, "No rules: all is kept. See store.retention.rules of the config.");
    return code;
  }
  const { red, dim } = coloursOf(terminal);
  for (const { id, bytes, reason } of collected.trajectories) {
    const size = bytes === undefined ? "" : `  ${bytes} bytes`;
    printLine(terminal, `${dryRun ? "would erase" : "erased"}  ${id}${size}  ${dim(reason)}`);
  }
  for (const { id, problem } of collected.failed) {
    printLine(terminal, `${red("failed")}  ${id}: ${problem}`);
  }
  const number = collected.trajectories.length;
  if (dryRun) printLine(terminal, `${number} trajectories would be erased; nothing was.`);
  else printLine(terminal, `${number} trajectories erased: ${freedBy(collected)}.`);
  if (!collected.scrubbed) printLine(terminal, unscrubbed);
  return code;
}

export interface EraseCommand {
  readonly ids: readonly string[];
  readonly agent: string | undefined;
  readonly reason: string;
  readonly yes: boolean;
  readonly json: boolean;
  nowMs(): number;
}

/** @throws ProctorError `invalid_request`, `trajectory_not_found` */
export async function eraseContents(
  terminal: Terminal,
  store: Persistence,
  { ids, agent, reason, yes, json, nowMs }: EraseCommand,
): Promise<number> {
  if (reason.length > maxReasonLength) {
    throw new ProctorError(
      "invalid_request",
      `--reason has more than ${maxReasonLength} characters`,
    );
  }
  const found = await summaries(store, ids, agent);
  const open = found.filter(({ closed }) => closed === undefined);
  const shut = found.filter(({ closed, contents }) => closed !== undefined && contents > 0);
  const freed = { records: 0, blobs: 0, bytes: 0 };
  for (const { key } of yes ? shut : []) {
    const erased = await store.erase(key, { because: "request", reason, at: nowMs() });
    freed.records += erased.records;
    freed.blobs += erased.blobs;
    freed.bytes += erased.bytes;
  }
  const scrubbed = !yes || (await scrubPatiently(store));
  const code = open.length > 0 || found.length === 0 ? exitCodes.problems : exitCodes.ok;
  const names = (some: readonly TrajectorySummary[]) => some.map(({ key }) => trajectoryId(key));
  if (json) {
    printJson(terminal, {
      erased: yes,
      trajectories: names(shut),
      open: names(open),
      ...freed,
      scrubbed,
    });
    return code;
  }
  const { yellow } = coloursOf(terminal);
  for (const id of names(shut)) printLine(terminal, `${yes ? "erased" : "would erase"}  ${id}`);
  for (const id of names(open)) {
    printLine(terminal, `${yellow("left")}    ${id}: it is open; end it, and erase it then`);
  }
  if (found.length === 0) printLine(terminal, `No trajectories of ${agent}.`);
  else if (!yes)
    printLine(terminal, `${shut.length} trajectories; nothing was erased. Add --yes to do it.`);
  else printLine(terminal, `${shut.length} trajectories erased: ${freedBy(freed)}.`);
  if (!scrubbed) printLine(terminal, unscrubbed);
  return code;
}

/** A tombstone is a record, and has room for more; a page is enough for a reason. */
const maxReasonLength = 1000;

const unscrubbed =
  "A copy may still be in the store's log, since another process was reading: run it again.";

function freedBy({
  records,
  blobs,
  bytes,
}: {
  records: number;
  blobs: number;
  bytes: number;
}): string {
  return `${records} records, ${blobs} blobs, ${bytes} bytes`;
}

async function summaries(
  store: Persistence,
  ids: readonly string[],
  agent: string | undefined,
): Promise<TrajectorySummary[]> {
  const found: TrajectorySummary[] = [];
  if (agent !== undefined) {
    for await (const summary of store.trajectories({ agent })) found.push(summary);
    return found;
  }
  for (const id of new Set(ids)) {
    const key = parseTrajectoryId(id);
    if (key === undefined) {
      throw new ProctorError("invalid_request", `"${id}" is no trajectory id (agent/name)`);
    }
    const before = found.length;
    for await (const summary of store.trajectories({ agent: key.agent, name: key.name })) {
      if (summary.key.generation === key.generation) found.push(summary);
    }
    if (found.length === before) throw new ProctorError("trajectory_not_found", id);
  }
  return found;
}

const scrubAttempts = 20;
const scrubPauseMs = 100;

/** Readers are short; only a verification is not. */
async function scrubPatiently(store: Persistence): Promise<boolean> {
  for (let attempt = 1; attempt <= scrubAttempts; attempt += 1) {
    if (await store.scrub()) return true;
    await new Promise((resolve) => setTimeout(resolve, scrubPauseMs));
  }
  return false;
}

type Flags = Overrides & { json?: boolean };

export const declareGc: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "gc")
    .description("Erase the contents that `store.retention` of the config does not keep.")
    .option("--dry-run", "only say what would be erased")
    .option("--json", "the result as JSON")
    .action(async ({ json = false, dryRun = false, ...flags }: Flags & { dryRun?: boolean }) => {
      const { rules } = programs.loadConfig(flags).store.retention;
      const collect = (store: Persistence) =>
        collectGarbage(terminal, () => programs.collect(store, { rules, dryRun }), {
          rules,
          dryRun,
          json,
        });
      finish(await withStore(programs, flags, collect));
    });
};

export const declareErase: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "erase")
    .description("Erase the contents of trajectories, of what was asked to be forgotten.")
    .argument("[ids...]", "trajectories: agent/name, or agent/name~2 for a successor")
    .option("--agent <id>", "all trajectories of this agent")
    .option("--reason <text>", "for the tombstone: why")
    .option("--yes", "do it; without this, only say what would be erased")
    .option("--json", "the result as JSON")
    .addHelpText(
      "after",
      `
Arguments, results, messages, paths, hosts, words of commands and notes go, for good; that there were
calls, their kinds of effects, decisions, outcomes, sizes and times stay, and so does every rate. The
chains still hold: a tombstone in each says what was erased. Open trajectories are named and left.

Exit codes: 0 all erased, 1 some were left (or nothing was found).
`,
    )
    .action(
      async (
        ids: string[],
        {
          json = false,
          yes = false,
          agent,
          reason = "",
          ...flags
        }: Flags & { agent?: string; reason?: string; yes?: boolean },
      ) => {
        if ((ids.length === 0) === (agent === undefined)) {
          throw new ProctorError("invalid_request", "name trajectories, or one --agent");
        }
        const command = { ids, agent, reason, yes, json, nowMs: programs.nowMs };
        const erase = (store: Persistence) => eraseContents(terminal, store, command);
        finish(await withStore(programs, flags, erase));
      },
    );
};
