// One client's session with a server over stdio: its child, started again unseen where it has ended.

import { ProctorError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import type { Child, ChildOptions } from "./child.ts";
import { createSink, type Said, type Sink } from "./sink.ts";

export type StartChild = (events: Pick<ChildOptions, "onMessage" | "onEnd">) => Child;

interface Open {
  readonly sink: Sink;
  readonly progressToken: Json | undefined;
}

type Id = string | number;

/** Messages kept for a client that listens to nothing at the moment. */
const maxKept = 256;

/** What proctor asks itself is told by this id. */
const replayId = "proctor-initialize";

export class Session {
  usedAtMs: number;
  startedAtMs = 0;
  #child: Child | undefined;
  #ready: Promise<void> = Promise.resolve();
  /** The child that takes whatever it is asked. */
  #readied: Child | undefined;
  readonly #open = new Map<Id, Open>();
  #holds = 0;
  #listener: Sink | undefined;
  #kept: Said[] = [];
  #replayed: ((message: JsonObject) => void) | undefined;
  #lost: (error: ProctorError) => void = () => {};
  /** The client's `initialize`; undefined: the protocol without sessions. */
  readonly #initialize: JsonObject | undefined;
  readonly #start: StartChild;
  #failure = new ProctorError("upstream_failed", "the server has ended");

  constructor(start: StartChild, initialize: JsonObject | undefined, nowMs: number) {
    this.#start = start;
    this.#initialize = initialize;
    this.usedAtMs = nowMs;
  }

  get isRunning(): boolean {
    return this.#child !== undefined;
  }

  /** Nothing is to be waited for before it is asked. */
  get isReady(): boolean {
    return this.#child !== undefined && this.#child === this.#readied;
  }

  get isBusy(): boolean {
    return this.#open.size > 0 || this.#holds > 0;
  }

  /** Busy while `work` prepares what is to be asked. */
  async holding(work: Promise<void>): Promise<void> {
    this.#holds += 1;
    try {
      await work;
    } finally {
      this.#holds -= 1;
    }
  }

  /** A child that has been initialised: by the client, or again by what the client said then. */
  begin(nowMs: number, isFirst: boolean): Promise<void> {
    if (this.#child !== undefined) return this.#ready;
    this.startedAtMs = nowMs;
    const gone = new Promise<never>((_, reject) => {
      this.#lost = reject;
    });
    gone.catch(() => undefined);
    const child = this.#start({
      onMessage: (message, text) => this.#route({ message, text }),
      onEnd: (error) => this.#ended(child, error),
    });
    this.#child = child;
    const initialize = this.#initialize;
    this.#ready =
      isFirst || initialize === undefined
        ? Promise.resolve()
        : Promise.race([this.#replay(child, initialize), gone]);
    this.#ready.then(
      () => {
        this.#readied = child;
      },
      () => undefined,
    );
    return this.#ready;
  }

  async #replay(child: Child, initialize: JsonObject): Promise<void> {
    const answered = new Promise<JsonObject>((resolve) => {
      this.#replayed = resolve;
    });
    child.write(JSON.stringify({ ...initialize, id: replayId }));
    await answered;
    child.write('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  }

  /** @throws ProctorError `invalid_request` where the id is under way */
  ask(id: Id, { params }: JsonObject, text: string): Sink {
    if (this.#open.has(id)) throw new ProctorError("invalid_request", "this id is under way");
    const meta = isJsonObject(params) ? params._meta : undefined;
    const progressToken = isJsonObject(meta) ? meta.progressToken : undefined;
    const sink = createSink();
    // It may have ended while it was waited for, or never have begun.
    if (this.#child === undefined) sink.fail(this.#failure);
    else this.#open.set(id, { sink, progressToken });
    this.#child?.write(text);
    return sink;
  }

  tell(text: string): void {
    this.#child?.write(text);
  }

  /** The client no longer waits for this answer. */
  drop(id: Id): void {
    this.#open.delete(id);
  }

  /** @throws ProctorError `invalid_request` where somebody listens already */
  listen(): Sink {
    if (this.#listener !== undefined) {
      throw new ProctorError("invalid_request", "this session has a stream already");
    }
    const sink = createSink();
    this.#listener = sink;
    for (const said of this.#kept) sink.push(said);
    this.#kept = [];
    return sink;
  }

  unlisten(sink: Sink): void {
    if (this.#listener === sink) this.#listener = undefined;
  }

  #route(said: Said): void {
    const { id, method } = said.message;
    if (method !== undefined) this.#pass(said);
    else if (id === replayId) this.#replayed?.(said.message);
    else if (typeof id === "string" || typeof id === "number") this.#answer(id, said);
  }

  #answer(id: Id, said: Said): void {
    const asked = this.#open.get(id);
    this.#open.delete(id);
    asked?.sink.push(said);
    asked?.sink.end();
  }

  /** To the request that it speaks of, else to the newest, else to who listens. */
  #pass(said: Said): void {
    const { params } = said.message;
    const token = isJsonObject(params) ? params.progressToken : undefined;
    const open = [...this.#open.values()];
    const about = open.find((each) => token !== undefined && each.progressToken === token);
    const sink = about?.sink ?? open.at(-1)?.sink ?? this.#listener;
    if (sink !== undefined) sink.push(said);
    else if (this.#kept.length < maxKept) this.#kept.push(said);
  }

  #ended(child: Child, error: ProctorError): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    this.#failure = error;
    this.#lost(error);
    for (const { sink } of this.#open.values()) sink.fail(error);
    this.#open.clear();
  }

  /** Ends the child; the session goes on, and the next message starts another. */
  async rest(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    await child?.close();
  }

  async end(): Promise<void> {
    const error = new ProctorError("upstream_failed", "the session ended");
    for (const { sink } of this.#open.values()) sink.fail(error);
    this.#open.clear();
    this.#listener?.end();
    await this.rest();
  }
}
