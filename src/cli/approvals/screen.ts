// The interactive list as data: keys and news in, lines and what is to be done out.

import type { ApprovalView } from "../../gateway/approvals.ts";
import { type Colours, fittedLine } from "../terminal.ts";
import type { Action } from "./client.ts";
import { detailLines, headings, listLine } from "./text.ts";

export interface Screen {
  readonly waiting: readonly ApprovalView[];
  /** Id of the one that is pointed at. */
  readonly selected?: string;
  /** Is it shown as a whole? */
  readonly open: boolean;
  /** Lines that the open one is scrolled by. */
  readonly scrolled: number;
  /** A refusal is being written. */
  readonly note?: string;
  /** What happened last. */
  readonly said: string;
}

export type Wish =
  | { readonly kind: "nothing" }
  | { readonly kind: "leave" }
  | {
      readonly kind: "answer";
      readonly id: string;
      readonly action: Action;
      readonly note?: string;
    };

export interface Key {
  /** As node:readline names keys; absent: a character without a name. */
  readonly name?: string;
  readonly text: string;
  readonly ctrl: boolean;
}

export const emptyScreen: Screen = { waiting: [], open: false, scrolled: 0, said: "" };

const nothing: Wish = { kind: "nothing" };
const maxNoteLength = 2_000;

/** One change of an approval. Who it concerned keeps being pointed at while it waits. */
export function told(screen: Screen, approval: ApprovalView): Screen {
  const others = screen.waiting.filter(({ id }) => id !== approval.id);
  const waits = approval.status === "waiting";
  const known = others.length < screen.waiting.length;
  if (!waits && !known) return screen;
  const waiting = !waits
    ? others
    : known
      ? screen.waiting.map((one) => (one.id === approval.id ? approval : one))
      : [...screen.waiting, approval];
  return pointed({ ...screen, waiting }, screen.waiting);
}

/** What can no longer be answered leaves. */
export function aged(screen: Screen, now: number): Screen {
  const waiting = screen.waiting.filter(({ expiresAt }) => expiresAt > now);
  return waiting.length === screen.waiting.length
    ? screen
    : pointed({ ...screen, waiting }, screen.waiting);
}

/** Never another one under a finger that is about to press `a`: what is open closes with its approval. */
function pointed(screen: Screen, before: readonly ApprovalView[]): Screen {
  const { waiting, selected } = screen;
  if (waiting.some(({ id }) => id === selected)) return screen;
  const at = before.findIndex(({ id }) => id === selected);
  const next = waiting[Math.min(Math.max(at, 0), waiting.length - 1)]?.id;
  return { ...screen, selected: next, open: false, scrolled: 0, note: undefined };
}

export function pressed(screen: Screen, key: Key): { screen: Screen; wish: Wish } {
  if (key.ctrl && (key.name === "c" || key.name === "d"))
    return { screen, wish: { kind: "leave" } };
  if (screen.note !== undefined) return written(screen, screen.note, key);
  switch (key.name) {
    case "up":
    case "k":
      return { screen: moved(screen, -1), wish: nothing };
    case "down":
    case "j":
      return { screen: moved(screen, 1), wish: nothing };
    case "return":
      return {
        screen: { ...screen, open: screen.selected !== undefined, scrolled: 0 },
        wish: nothing,
      };
    case "escape":
      return { screen: { ...screen, open: false, scrolled: 0, said: "" }, wish: nothing };
    case "q":
      return { screen, wish: { kind: "leave" } };
    case "a":
      return approved(screen);
    case "r":
      return { screen: opened(screen, { note: "" }), wish: nothing };
    default:
      return { screen, wish: nothing };
  }
}

/** Nothing is approved that was not looked at: the first `a` opens it. */
function approved(screen: Screen): { screen: Screen; wish: Wish } {
  const { selected: id, open } = screen;
  if (id === undefined) return { screen, wish: nothing };
  if (!open)
    return {
      screen: opened(screen, { said: "Press a again to approve this call." }),
      wish: nothing,
    };
  return {
    screen: { ...screen, open: false, said: "" },
    wish: { kind: "answer", id, action: "approve" },
  };
}

function opened(screen: Screen, change: Partial<Screen>): Screen {
  return screen.selected === undefined ? screen : { ...screen, open: true, scrolled: 0, ...change };
}

function written(
  screen: Screen,
  note: string,
  { name, text, ctrl }: Key,
): { screen: Screen; wish: Wish } {
  const { selected: id } = screen;
  if (name === "escape" || id === undefined) {
    return { screen: { ...screen, note: undefined }, wish: nothing };
  }
  if (name === "return") {
    const wish = {
      kind: "answer",
      id,
      action: "refuse",
      note: note === "" ? undefined : note,
    } as const;
    return { screen: { ...screen, open: false, note: undefined }, wish };
  }
  const longer = ctrl || !/^[^\u0000-\u001f\u007f]+$/.test(text) ? note : note + text;
  const changed = name === "backspace" ? note.slice(0, -1) : longer.slice(0, maxNoteLength);
  return { screen: { ...screen, note: changed }, wish: nothing };
}

function moved(screen: Screen, by: number): Screen {
  if (screen.open) return { ...screen, scrolled: Math.max(0, screen.scrolled + by) };
  const { waiting, selected } = screen;
  const at = waiting.findIndex(({ id }) => id === selected);
  const next = waiting[Math.min(Math.max(at + by, 0), waiting.length - 1)];
  return { ...screen, selected: next?.id, said: "" };
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** Exactly `rows` lines at most, none longer than `columns`. */
export function linesOf(
  screen: Screen,
  colours: Colours,
  now: number,
  { columns, rows }: Size,
): string[] {
  const { waiting, selected, open, note, said } = screen;
  const chosen = open ? waiting.find(({ id }) => id === selected) : undefined;
  const room = Math.max(1, rows - 4);
  const title = colours.bold(`proctor: ${waiting.length} waiting for a person`);
  const body =
    chosen === undefined
      ? list(screen, colours, now, room)
      : detail(chosen, screen, colours, now, room);
  const keys =
    note === undefined
      ? "↑↓ move  enter show  a approve  r refuse  esc back  q quit"
      : "enter refuse with this note (may be empty)  esc do not";
  const bottom = note === undefined ? said : `What to do instead: ${note}▏`;
  return [title, "", ...body, bottom, colours.dim(keys)].map((line) => fittedLine(line, columns));
}

function list(
  { waiting, selected }: Screen,
  colours: Colours,
  now: number,
  room: number,
): string[] {
  if (waiting.length === 0) return ["Nothing waits. What comes will be shown here."];
  const at = waiting.findIndex(({ id }) => id === selected);
  const from = Math.max(0, Math.min(at - room + 2, waiting.length - room + 1));
  const lines = waiting.slice(from, from + room - 1).map((approval) => {
    const line = listLine(approval, now);
    return approval.id === selected ? colours.inverse(line) : line;
  });
  return [colours.dim(headings), ...lines];
}

function detail(
  approval: ApprovalView,
  { scrolled }: Screen,
  colours: Colours,
  now: number,
  room: number,
): string[] {
  const lines = detailLines(approval, colours, now);
  const from = Math.min(scrolled, Math.max(0, lines.length - room));
  const hidden = lines.length - from - room;
  const shown = lines.slice(from, from + room);
  return hidden > 0 ? [...shown.slice(0, -1), colours.dim(`… ${hidden + 1} lines below`)] : shown;
}
