// The interactive list on a terminal: keys in, redrawn when something changes.

import { emitKeypressEvents } from "node:readline";
import { asProctorError } from "../../core/errors.ts";
import { coloursOf, exitCodes, type Terminal } from "../terminal.ts";
import type { AdminClient } from "./client.ts";
import { aged, emptyScreen, linesOf, pressed, type Screen, told, type Wish } from "./screen.ts";

/** Times that are shown get on. */
const redrawMs = 1_000;
/** After the feed broke off. */
const reconnectMs = 1_000;

/** The parts of a terminal that only an interactive one has. */
export interface Console extends Terminal {
  readonly stdin: Terminal["stdin"] & { setRawMode?(raw: boolean): void };
  readonly stdout: Terminal["stdout"] & { readonly columns?: number; readonly rows?: number };
}

/** Alternate screen, cursor hidden; and back. */
const enter = "\u001b[?1049h\u001b[?25l";
const leave = "\u001b[?25h\u001b[?1049l";
const home = "\u001b[H";
const clearBelow = "\u001b[J";
const clearRight = "\u001b[K";

/** Until the person leaves. */
export async function answerInteractively(
  terminal: Console,
  client: AdminClient,
  nowMs: () => number,
): Promise<number> {
  const { stdin, stdout } = terminal;
  const colours = coloursOf(terminal);
  const left = new AbortController();
  let screen: Screen = emptyScreen;

  function show(next: Screen): void {
    screen = next;
    const size = { columns: stdout.columns ?? 80, rows: stdout.rows ?? 24 };
    const lines = linesOf(screen, colours, nowMs(), size);
    stdout.write(home + lines.map((line) => `${line}${clearRight}`).join("\n") + clearBelow);
  }

  async function follow(): Promise<void> {
    while (!left.signal.aborted) {
      try {
        show({ ...screen, waiting: await client.list("waiting"), said: "" });
        for await (const approval of client.watch(left.signal)) show(told(screen, approval));
      } catch (error) {
        if (!left.signal.aborted) show({ ...screen, said: asProctorError(error).message });
      }
      await pause(reconnectMs, left.signal);
    }
  }

  async function fulfil(wish: Wish): Promise<void> {
    if (wish.kind === "leave") left.abort();
    if (wish.kind !== "answer") return;
    const { id, action, note } = wish;
    await client.answer(id, action, note).then(
      (approval) =>
        show({ ...told(screen, approval), said: `${approval.tool}: ${approval.status}` }),
      (error: unknown) => show({ ...screen, said: asProctorError(error).message }),
    );
  }

  function onKey(text: string | undefined, key: { name?: string; ctrl?: boolean }): void {
    const next = pressed(screen, { name: key.name, text: text ?? "", ctrl: key.ctrl ?? false });
    show(next.screen);
    void fulfil(next.wish);
  }

  emitKeypressEvents(stdin);
  stdin.setRawMode?.(true);
  stdin.on("keypress", onKey).resume();
  stdout.write(enter);
  const timer = setInterval(() => show(aged(screen, nowMs())), redrawMs);
  try {
    const ended = new Promise((resolve) => left.signal.addEventListener("abort", resolve));
    stdin.once("end", () => left.abort());
    void follow();
    await ended;
  } finally {
    clearInterval(timer);
    stdin.off("keypress", onKey).pause();
    stdin.setRawMode?.(false);
    stdout.write(leave);
  }
  return exitCodes.ok;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
