// The main thread's end of the worker: requests go out in parcels, answers come back by ticket.

import { Worker } from "node:worker_threads";
import { ProctorError } from "../../core/errors.ts";
import type { Answer, Ask, Fault, Operation, Reply, Request, WorkerOptions } from "./protocol.ts";
import { openingTicket } from "./protocol.ts";
import { workerUrl } from "./worker-url.ts";

export interface Thread {
  /** @throws ProctorError what the worker says, or `store_unavailable` once it is gone */
  ask<Op extends Operation>(op: Op, ask: Ask<Op>): Promise<Answer<Op>>;
  /** Takes no request any more, waits for the writes under way, and ends the worker. */
  close(): Promise<void>;
}

interface Waiting {
  readonly op: Operation | "open";
  /** Only `ask` knows of which operation the answer is. */
  resolve(answer: never): void;
  reject(fault: ProctorError): void;
}

/** Resolves once the worker has opened the file. */
export async function startThread(options: WorkerOptions): Promise<Thread> {
  // Nothing of this process's surroundings is the worker's business.
  const worker = new Worker(workerUrl(), { workerData: options, env: {}, execArgv: [] });
  const waiting = new Map<number, Waiting>();
  let requests: Request[] = [];
  let appendsUnderWay = 0;
  let isScheduled = false;
  let tickets = openingTicket;
  let ended: ProctorError | undefined;
  let closing: Promise<void> | undefined;

  /**
   * What is asked for in one turn of the event loop goes in one parcel, and so does what is asked
   * for while appends are committed: they would wait for that commit anyhow.
   */
  function schedule(): void {
    if (isScheduled || appendsUnderWay > 0 || requests.length === 0) return;
    isScheduled = true;
    setImmediate(send);
  }

  function send(): void {
    isScheduled = false;
    worker.postMessage(requests);
    for (const { op } of requests) if (op === "append") appendsUnderWay += 1;
    requests = [];
  }

  function receive(replies: readonly Reply[]): void {
    for (const reply of replies) {
      const asker = waiting.get(reply.ticket);
      waiting.delete(reply.ticket);
      if (asker?.op === "append") appendsUnderWay -= 1;
      if ("answer" in reply) asker?.resolve(reply.answer as never);
      else asker?.reject(faultOf(reply.fault));
    }
    schedule();
  }

  function end(fault: ProctorError): void {
    ended ??= fault;
    for (const asker of waiting.values()) asker.reject(ended);
    waiting.clear();
  }

  function ask<Op extends Operation>(op: Op, question: Ask<Op>): Promise<Answer<Op>> {
    if (ended !== undefined) return Promise.reject(ended);
    tickets += 1;
    requests.push(requestOf(op, tickets, question));
    schedule();
    return answerTo(op, tickets);
  }

  function answerTo<T>(op: Waiting["op"], ticket: number): Promise<T> {
    return new Promise((resolve, reject) => waiting.set(ticket, { op, resolve, reject }));
  }

  async function close(): Promise<void> {
    if (ended !== undefined) return;
    const closed = ask("close", null);
    ended = new ProctorError("store_unavailable", `the store ${options.file} is closed`);
    await closed;
    // SQLite lets go of the file when its statements are gone, and they go with the thread.
    await exited;
  }

  const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
  worker.on("message", receive);
  worker.on("error", (cause) => {
    end(
      new ProctorError("store_unavailable", `the thread of the store ${options.file} failed`, {
        cause,
      }),
    );
  });
  worker.on("exit", () => {
    end(new ProctorError("store_unavailable", `the thread of the store ${options.file} has ended`));
  });
  await answerTo("open", openingTicket);
  return {
    ask,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** One question of one operation: TypeScript does not see that the pair is one of the union. */
function requestOf<Op extends Operation>(op: Op, ticket: number, ask: Ask<Op>): Request {
  return { op, ticket, ask } as Request;
}

function faultOf({ code, message, cause }: Fault): ProctorError {
  return new ProctorError(code, message, { cause });
}
