// A stream on its way to the client: what is no call passes as it came and when it came; a call is held
// from its first fragment to its end, judged, and let go or replaced.

import { asProctorError, ProctorError } from "../../core/errors.ts";
import { createSplitter, type ServerEvent } from "../server-events.ts";
import type { Judged } from "./judge.ts";
import { dataOf } from "./shape.ts";
import type { ModelCall, StreamReader } from "./wires/wire.ts";

export interface RelayParts {
  readonly body: AsyncIterable<Uint8Array>;
  readonly reader: StreamReader;
  readonly maxEventBytes: number;
  /** Silence before a comment line is sent. */
  readonly keepAliveMs: number;
  judge(calls: readonly ModelCall[]): Promise<Judged["rulings"]>;
  /** Before the last event leaves; a stream that ends without one is recorded at its end. */
  record(ended: "complete" | "cut off" | "aborted", detail?: string): Promise<void>;
  /** The first event has come. */
  began(): void;
  isAborted(): boolean;
  problemEvent(thrown: unknown): string;
}

/** What mentions calls and cannot be read is not passed: the client may read it otherwise. */
const callWords = /tool_call|tool_use|function_call|_call"|call_id/;

export async function* relay(parts: RelayParts): AsyncGenerator<Uint8Array, void, void> {
  const { reader } = parts;
  const splitter = createSplitter(parts.maxEventBytes);
  let held: ServerEvent[] = [];
  let isRecorded = false;

  async function record(ended: "complete" | "cut off" | "aborted", detail?: string) {
    if (isRecorded) return;
    isRecorded = true;
    await parts.record(ended, detail);
  }

  async function* passed(events: readonly ServerEvent[]): AsyncGenerator<Uint8Array> {
    // What came together goes on together.
    let ready: Uint8Array[] = [];
    for (const raw of events) {
      const event = dataOf(raw.data);
      if (event === undefined) mustBeHarmless(raw);
      const { holds, judges, isLast } = reader.take(event, raw);
      if (holds) held.push(raw);
      if ((judges || isLast) && ready.length > 0) {
        yield Buffer.concat(ready);
        ready = [];
      }
      if (judges) {
        const judging = parts.judge(reader.waiting);
        yield* patiently(judging, parts.keepAliveMs);
        ready.push(...reader.release(held, await judging));
        held = [];
      }
      if (isLast) await record("complete");
      if (!holds) ready.push(reader.pass(event, raw));
    }
    if (ready.length > 0) yield Buffer.concat(ready);
  }

  try {
    for await (const chunk of parts.body) {
      parts.began();
      yield* passed(splitter.push(chunk));
    }
    // A last event without its empty line.
    const rest = splitter.rest();
    if (rest.length > 0) {
      mustBeHarmless({ bytes: rest, data: undefined, hasId: false });
      yield rest;
    }
    if (held.length > 0)
      throw new ProctorError("upstream_failed", "the stream ended within a call");
    await record(reader.view().isComplete ? "complete" : "cut off");
  } catch (thrown) {
    const error = asProctorError(thrown);
    const ended = parts.isAborted() ? "aborted" : "cut off";
    await record(ended, error.message).catch(() => undefined);
    if (ownFaults.has(error.code)) yield Buffer.from(parts.problemEvent(error));
    // The provider's connection broke, and so does the client's.
    throw thrown;
  } finally {
    // The client went away.
    await record("aborted").catch(() => undefined);
  }
}

/** Faults that are proctor's, and that the client is told of within the stream. */
const ownFaults: ReadonlySet<string> = new Set([
  "outcome_unrecorded",
  "store_unavailable",
  "trajectory_busy",
  "trajectory_unrecovered",
]);

/** @throws ProctorError `upstream_failed` */
function mustBeHarmless({ bytes }: ServerEvent): void {
  if (!callWords.test(Buffer.from(bytes).toString("utf8"))) return;
  throw new ProctorError("upstream_failed", "an event that speaks of calls cannot be read");
}

const keepAlive = Buffer.from(": proctor holds a call\n\n");

/** Comment lines as long as it takes: nothing between proctor and client shall cut a silent stream. */
async function* patiently(work: Promise<unknown>, everyMs: number): AsyncGenerator<Uint8Array> {
  let isDone = false;
  const settle = () => {
    isDone = true;
  };
  const done = work.then(settle, settle);
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, everyMs);
    });
    await Promise.race([done, late]);
    clearTimeout(timer);
    if (isDone) return;
    yield keepAlive;
  }
}

/**
 * As a body whose reader may go away. Where the chunks break off, `cut` ends the client's connection; it
 * says whether there is one, for an error of the body would be written to the console by the server.
 */
export function streamOf(
  chunks: AsyncIterator<Uint8Array>,
  cut: () => boolean,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          if (cut()) controller.close();
          else controller.error(error);
        }
      },
      async cancel() {
        await chunks.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
