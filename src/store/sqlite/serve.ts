// What the worker does with requests: writes that wait are committed together, and go before reads.

import type { MessagePort } from "node:worker_threads";
import { receiveMessageOnPort } from "node:worker_threads";
import { ProctorError } from "../../core/errors.ts";
import { createChain } from "../chain.ts";
import { storeFault } from "./faults.ts";
import { guardFiles } from "./files.ts";
import { createHeads } from "./heads.ts";
import { openReader, openWriter } from "./layout.ts";
import type {
  Answer,
  AppendAsk,
  Operation,
  Parcel,
  Reply,
  Request,
  RequestOf,
  WorkerOptions,
} from "./protocol.ts";
import { openingTicket } from "./protocol.ts";
import type { ReadOperation } from "./reader.ts";
import { createReader } from "./reader.ts";
import { backup, scrub } from "./upkeep.ts";
import type { AppendWork, Member } from "./writer.ts";
import { createWriter } from "./writer.ts";

/** A read, in steps between which writes go on. */
type Steps = Iterator<void, Answer<Operation>>;

interface Waiting<Work> {
  readonly ticket: number;
  readonly work: Work;
}

/** Opens the file, says whether that went well, and then answers parcels until it is closed. */
export function serve(port: MessagePort, options: WorkerOptions): void {
  try {
    attend(port, options);
    post(port, [{ ticket: openingTicket, answer: null }]);
  } catch (error) {
    post(port, [faulty(openingTicket, storeFault(options.file, error))]);
    port.close();
  }
}

function attend(port: MessagePort, options: WorkerOptions): void {
  const { file, instance, busyTimeoutMs } = options;
  const chain = createChain(options.chainKey);
  const database = openWriter(options);
  const readDatabase = openReader(file, busyTimeoutMs);
  const heads = createHeads(database, chain, instance);
  const mustBeInPlace = guardFiles(file);
  const parts = { file, instance, database, reader: readDatabase, chain, heads, mustBeInPlace };
  const writer = createWriter(parts);
  const reader = createReader(readDatabase, chain);
  const writes: Waiting<Member>[] = [];
  const reads: Waiting<Steps>[] = [];

  function accept(request: Request): void {
    const { ticket } = request;
    const read = (answer: () => Answer<Operation>) => reads.push({ ticket, work: atOnce(answer) });
    const write = (work: Member) => writes.push({ ticket, work });
    switch (request.op) {
      case "append":
        write(writer.append(unpack(request.ask)));
        return;
      case "renew":
        write(writer.renew(request.ask.instance, request.ask.untilMs));
        return;
      case "release":
        write(writer.release(request.ask.instance));
        return;
      case "saveSnapshot":
        write(writer.saveSnapshot(request.ask));
        return;
      case "probe":
        write(writer.probe());
        return;
      case "erase":
      case "rebuildIndex":
      case "verify":
        void acceptAudit(request);
        return;
      case "scrub":
        // Among the reads: a checkpoint is no part of a transaction.
        read(() => scrub(database, busyTimeoutMs));
        return;
      case "backup":
        read(() => backup(readDatabase, request.ask.file));
        return;
      case "close":
        read(close);
        return;
      case "read":
        reads.push({ ticket, work: reader.read(request.ask) });
        return;
      case "head":
      case "anchorHeads":
      case "scan":
      case "blob":
      case "latestGeneration":
      case "pendingIntents":
      case "openTrajectories":
      case "trajectories":
      case "live":
      case "standing":
      case "sizes":
      case "loadSnapshot":
        read(() => answerTo(request));
        return;
    }
  }

  function answerTo<Op extends ReadOperation>({ op, ask }: RequestOf<Op>): Answer<Op> {
    return reader.answers[op](ask);
  }

  async function acceptAudit(
    request: RequestOf<"erase" | "rebuildIndex" | "verify">,
  ): Promise<void> {
    const { ticket } = request;
    const { erasePart, rebuildIndex, verifySteps } = await import("./audit.ts");
    switch (request.op) {
      case "erase":
        writes.push({ ticket, work: writer.erase(request.ask, erasePart) });
        break;
      case "rebuildIndex":
        writes.push({ ticket, work: writer.rebuild(rebuildIndex) });
        break;
      case "verify": {
        const open = () => openReader(file, busyTimeoutMs);
        reads.push({ ticket, work: verifySteps(open, chain, request.ask.known) });
      }
    }
    work();
  }

  function work(): void {
    for (;;) {
      for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
        next.message.forEach(accept);
      }
      if (writes.length > 0) commitWaiting();
      else if (reads.length > 0) stepFirst();
      else return;
    }
  }

  function commitWaiting(): void {
    const batch = writes.splice(0);
    const outcomes = writer.commit(batch.map((waiting) => waiting.work));
    post(
      port,
      outcomes.map((outcome, i): Reply => {
        const ticket = batch[i]?.ticket ?? openingTicket;
        return "fault" in outcome ? faulty(ticket, outcome.fault) : { ticket, ...outcome };
      }),
    );
  }

  /** A read that is not done goes behind the others: a long one holds up none of them. */
  function stepFirst(): void {
    const first = reads.shift();
    if (first === undefined) return;
    try {
      const step = first.work.next();
      if (step.done !== true) reads.push(first);
      else post(port, [{ ticket: first.ticket, answer: step.value }]);
    } catch (error) {
      post(port, [faulty(first.ticket, storeFault(file, error))]);
    }
  }

  /** What is still being read when the store is closed is broken off. */
  function close(): null {
    setImmediate(() => port.close());
    const closed = new ProctorError("store_unavailable", `the store ${file} was closed`);
    for (const { ticket, work: steps } of reads.splice(0)) {
      steps.return?.();
      post(port, [faulty(ticket, closed)]);
    }
    readDatabase.close();
    database.close();
    return null;
  }

  port.on("message", (parcel: Parcel) => {
    parcel.forEach(accept);
    work();
  });
}

function post(port: MessagePort, replies: readonly Reply[]): void {
  port.postMessage(replies);
}

function faulty(ticket: number, { code, message, cause }: ProctorError): Reply {
  return { ticket, fault: { code, message, cause } };
}

function atOnce(answer: () => Answer<Operation>): Steps {
  return { next: () => ({ done: true, value: answer() }) };
}

function unpack({ records, ...ask }: AppendAsk): AppendWork {
  return {
    ...ask,
    records: records.map(({ facts, text }) => ({ facts, bytes: Buffer.from(text) })),
  };
}
