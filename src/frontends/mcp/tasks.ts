// Calls that go on as tasks of a server: what is seen of them is told to the gateway before the client sees it.

import { asProctorError, errorTable } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { setNewest } from "../../core/newest.ts";
import type { Gateway, TaskSeen } from "../../gateway.ts";
import type { Caller } from "../caller.ts";
import {
  errorMessage,
  idOf,
  ownErrorCode,
  RpcError,
  type RpcId,
  type RpcRequest,
  responseTo,
} from "./message.ts";
import { taskIdIn, taskName } from "./task-handle.ts";
import { seenIn, seenInResult, seenInStatus } from "./task-seen.ts";

/** Who may ask for a task: the session that it began in, and without sessions its agent. */
export interface Asker extends Pick<Caller, "agent" | "naming"> {
  /** "": the protocol has none. */
  readonly session: string;
}

export interface Tasks {
  /**
   * A call became a task; what is seen of it waits until that is written down. The answer is what the
   * gateway knows the task by.
   */
  began(asker: Asker, id: string, recorded: Promise<unknown>): string;
  /** The client asks about a task; undefined: about something else. */
  asked(asker: Asker, request: RpcRequest | undefined): Question | undefined;
  /** It is one that `cancels`; resolves when that is written down and may go on. */
  cancelAsked(asker: Asker, question: Question): Promise<void>;
  /** Need messages from the server be looked at? `mine`: what the request asked that they answer. */
  awaits(asker: Asker, mine?: Question): boolean;
  /** A message passes to the client; resolves when what it says is written down. undefined: as it came. */
  passes(asker: Asker, message: Json, mine?: Question): Promise<Json | undefined>;
  /** Tasks of the session cannot be asked for any more. */
  lost(asker: Asker, why: string): Promise<void>;
}

interface OpenTask {
  readonly id: string;
  readonly naming: Caller["naming"];
  readonly recorded: Promise<unknown>;
}

export interface Question {
  readonly id: RpcId;
  readonly task: string;
  readonly cancels: boolean;
  readonly read: (answer: JsonObject) => TaskSeen | undefined;
}

/** Sessions with tasks or questions; the one used longest ago is forgotten. */
const maxSessions = 4_096;
/** Tasks and questions of one; the oldest is found by its record alone. */
const maxTasks = 1_024;

const readers: ReadonlyMap<string, Question["read"]> = new Map([
  ["tasks/get", seenInStatus],
  ["tasks/cancel", seenInStatus],
  ["tasks/result", seenInResult],
]);

const notifications: ReadonlySet<string> = new Set([
  "notifications/tasks/status",
  "notifications/tasks",
]);

export function createTasks(gateway: Pick<Gateway, "task">, upstream: string): Tasks {
  const open = new Map<string, Map<string, OpenTask>>();
  /** By session: its answers may come on another stream. Without sessions ids are unique in nothing. */
  const asking = new Map<string, Map<Json, Question>>();

  const keyOf = ({ agent, session }: Asker) => `${agent}\n${session}`;
  const placeOf = (naming: Asker["naming"], id: string) => `${naming.name}\n${id}`;

  /** Without a session a client may ask on another connection, which is another trajectory. */
  function find(asker: Asker, id: string): OpenTask | undefined {
    const all = open.get(keyOf(asker));
    const own = all?.get(placeOf(asker.naming, id));
    if (own !== undefined || all === undefined) return own;
    const [other, ...more] = [...all.values()].filter((one) => one.id === id);
    return more.length === 0 ? other : undefined;
  }

  async function tell(asker: Asker, id: string, seen: TaskSeen): Promise<void> {
    const found = find(asker, id);
    // After a restart, and where it was forgotten: the trajectory of whoever asks.
    const { naming } = found ?? asker;
    await found?.recorded;
    const task = taskName(asker.session, id);
    await gateway.task({ agent: asker.agent, naming, upstream, task, seen });
    if (seen.kind === "ended" && seen.resultUnseen !== true) forget({ ...asker, naming }, id);
  }

  function forget(asker: Asker, id: string): void {
    const own = open.get(keyOf(asker));
    own?.delete(placeOf(asker.naming, id));
    if (own?.size === 0) open.delete(keyOf(asker));
  }

  function answered(asker: Asker, message: JsonObject, mine?: Question): Question | undefined {
    const own = asking.get(keyOf(asker));
    const question = mine?.id === message.id ? mine : own?.get(message.id ?? null);
    if (question === undefined || responseTo(question.id, message) === undefined) return undefined;
    own?.delete(question.id);
    if (own?.size === 0) asking.delete(keyOf(asker));
    return question;
  }

  /** What is not on record does not reach the model. */
  async function one(
    asker: Asker,
    message: Json,
    mine?: Question,
  ): Promise<JsonObject | undefined> {
    if (!isJsonObject(message)) return undefined;
    const { method, params } = message;
    if (typeof method === "string") {
      const task = isJsonObject(params) ? taskIdIn(params) : undefined;
      if (!notifications.has(method) || !isJsonObject(params) || task === undefined)
        return undefined;
      const seen = find(asker, task) && seenIn(params);
      if (seen === undefined) return undefined;
      const { result: _, error: __, ...rest } = params;
      return tell(asker, task, seen).then(asItCame, () => ({ ...message, params: rest }));
    }
    const question = answered(asker, message, mine);
    const seen = question?.read(message);
    if (question === undefined || seen === undefined) return undefined;
    return tell(asker, question.task, seen).then(asItCame, (thrown) => unrecorded(message, thrown));
  }

  return {
    began(asker, id, recorded) {
      const { naming } = asker;
      const own = open.get(keyOf(asker)) ?? new Map<string, OpenTask>();
      setNewest(own, placeOf(naming, id), { id, naming, recorded }, maxTasks);
      setNewest(open, keyOf(asker), own, maxSessions);
      return taskName(asker.session, id);
    },
    asked(asker, request) {
      const read = readers.get(request?.method ?? "");
      const task = request === undefined ? undefined : taskIdIn(request.params);
      if (request?.id === undefined || read === undefined || task === undefined) return undefined;
      const cancels = request.method === "tasks/cancel";
      const question: Question = { id: request.id, task, cancels, read };
      if (asker.session !== "") {
        const own = asking.get(keyOf(asker)) ?? new Map<Json, Question>();
        setNewest(own, question.id, question, maxTasks);
        setNewest(asking, keyOf(asker), own, maxSessions);
      }
      return question;
    },
    cancelAsked: (asker, { task }) => tell(asker, task, { kind: "cancel_asked" }),
    awaits: (asker, mine) =>
      mine !== undefined || open.has(keyOf(asker)) || asking.has(keyOf(asker)),
    async passes(asker, message, mine) {
      if (!Array.isArray(message)) return one(asker, message, mine);
      const now = await Promise.all(message.map((each) => one(asker, each, mine)));
      return now.every((each) => each === undefined)
        ? undefined
        : now.map((each, i) => each ?? message[i] ?? null);
    },
    async lost(asker, why) {
      const own = [...(open.get(keyOf(asker))?.values() ?? [])];
      const told = own.map(({ id, naming }) =>
        tell({ ...asker, naming }, id, { kind: "lost", why }),
      );
      // Their trajectories say so when they end, should it not be written now.
      await Promise.allSettled(told);
      open.delete(keyOf(asker));
    },
  };
}

function asItCame(): undefined {
  return undefined;
}

function unrecorded(message: JsonObject, thrown: unknown): JsonObject {
  const { code, message: detail } = asProctorError(thrown);
  const { title } = errorTable[code];
  const error = new RpcError(ownErrorCode, `${title} ${detail}`, { data: { code } });
  return errorMessage(idOf(message), error);
}
