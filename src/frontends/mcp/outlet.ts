// Where an answer leaves: as one body, or as a stream of events once that has been opened.

import { deferred } from "../../core/deferred.ts";
import { json } from "./reply.ts";

export interface WholeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The text is an event, and else a message. */
  readonly isEvent?: true;
}

export interface Outlet {
  /** Resolves when the answer begins. */
  readonly response: Promise<Response>;
  readonly isOpen: () => boolean;
  open(headers: Readonly<Record<string, string>>): void;
  /** A whole event. Resolves when the client can take more; a client that went away takes all. */
  write(event: string): Promise<void>;
  end(answer: WholeAnswer): void;
  /** Ends the stream, or the answer with an empty body. */
  close(): void;
}

const keepAlive = ": keep-alive\n\n";

/** `onGone`: the client closed the stream. */
export function createOutlet(keepAliveMs: number, onGone: (reason: unknown) => void): Outlet {
  const { promise: response, resolve: begin } = deferred<Response>();
  let stream: Stream | undefined;
  return {
    response,
    isOpen: () => stream !== undefined,
    open(headers) {
      if (stream !== undefined) return;
      stream = openStream(keepAliveMs, onGone);
      const all = { "cache-control": "no-cache", ...headers, "x-accel-buffering": "no" };
      begin(new Response(stream.readable, { status: 200, headers: all }));
    },
    async write(event) {
      await stream?.write(event);
    },
    end({ status, headers, text }) {
      if (stream === undefined) begin(new Response(text === "" ? null : text, { status, headers }));
      else stream.end(text);
    },
    close() {
      if (stream === undefined) begin(json(200, {}));
      else stream.end("");
    },
  };
}

interface Stream {
  readonly readable: ReadableStream<Uint8Array>;
  write(text: string): Promise<void>;
  end(text: string): void;
}

/** Most answers are one body, so it is made only when one is not. */
function openStream(keepAliveMs: number, onGone: (reason: unknown) => void): Stream {
  const encoder = new TextEncoder();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  let ended = false;
  const timer = setInterval(() => {
    // Nobody reads: there is no need to wake anybody.
    if ((writer.desiredSize ?? 0) >= 0) void put(keepAlive);
  }, keepAliveMs);

  function put(text: string): Promise<void> {
    timer.refresh();
    return writer.write(encoder.encode(text)).catch(() => undefined);
  }

  // Rejects when the readable side is cancelled, which is what a lost client does.
  writer.closed.catch((reason: unknown) => {
    clearInterval(timer);
    if (!ended) onGone(reason);
  });
  return {
    readable,
    async write(text) {
      if (!ended) await put(text);
    },
    end(text) {
      if (ended) return;
      ended = true;
      clearInterval(timer);
      if (text !== "") void writer.write(encoder.encode(text)).catch(() => undefined);
      writer.close().catch(() => undefined);
    },
  };
}
