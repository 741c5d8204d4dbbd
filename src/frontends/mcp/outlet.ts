// Where an answer leaves: as one body, or as a stream of events once that has been opened.

import { json } from "./reply.ts";

export interface WholeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
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
  const encoder = new TextEncoder();
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  let begin: (response: Response) => void = () => {};
  const response = new Promise<Response>((resolve) => {
    begin = resolve;
  });
  let opened = false;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;

  function put(text: string): Promise<void> {
    timer?.refresh();
    return writer.write(encoder.encode(text)).catch(() => undefined);
  }

  function finish(): void {
    ended = true;
    clearInterval(timer);
    writer.close().catch(() => undefined);
  }

  // Rejects when the readable side is cancelled, which is what a lost client does.
  writer.closed.catch((reason: unknown) => {
    clearInterval(timer);
    if (!ended) onGone(reason);
  });

  return {
    response,
    isOpen: () => opened,
    open(headers) {
      opened = true;
      timer = setInterval(() => {
        // Nobody reads: there is no need to wake anybody.
        if ((writer.desiredSize ?? 0) >= 0) void put(keepAlive);
      }, keepAliveMs);
      const all = { "cache-control": "no-cache", ...headers, "x-accel-buffering": "no" };
      begin(new Response(readable, { status: 200, headers: all }));
    },
    async write(event) {
      if (!ended) await put(event);
    },
    end({ status, headers, text }) {
      if (!opened) return begin(new Response(text === "" ? null : text, { status, headers }));
      if (text !== "") void put(text);
      finish();
    },
    close() {
      if (opened) finish();
      else begin(json(200, {}));
    },
  };
}
