// The interactive list: what keys and news do to it, and what it shows.

import picocolors from "picocolors";
import { describe, expect, it } from "vitest";
import {
  aged,
  emptyScreen,
  linesOf,
  pressed,
  type Screen,
  told,
  type Wish,
} from "../../../src/cli/approvals/screen.ts";
import { fittedLine } from "../../../src/cli/terminal.ts";
import { view } from "./view.ts";

const now = 1_000_000;
const plain = picocolors.createColors(false);
const [one, two, three] = [view("one"), view("two"), view("three")];

const waiting = (...views: readonly ReturnType<typeof view>[]): Screen =>
  views.reduce(told, emptyScreen);

/** Presses keys: names as node:readline has them, `"text"` for characters. */
function press(screen: Screen, ...keys: readonly string[]): { screen: Screen; wishes: Wish[] } {
  const wishes: Wish[] = [];
  let now = screen;
  for (const key of keys) {
    const ctrl = key.startsWith("ctrl-");
    const name = key.replace("ctrl-", "");
    const next = pressed(now, { name, text: name.length === 1 ? name : "", ctrl });
    now = next.screen;
    if (next.wish.kind !== "nothing") wishes.push(next.wish);
  }
  return { screen: now, wishes };
}

const yes = (id: string): Wish => ({ kind: "answer", id, action: "approve" });
const no = (id: string, note?: string): Wish => ({ kind: "answer", id, action: "refuse", note });

describe("keys", () => {
  it.each<[string, Screen, readonly string[], readonly Wish[]]>([
    ["the first a only opens", waiting(one, two), ["a"], []],
    ["the second a approves", waiting(one, two), ["a", "a"], [yes("one")]],
    ["down goes to the next", waiting(one, two), ["down", "return", "a"], [yes("two")]],
    ["down stays at the last", waiting(one, two), ["j", "j", "j", "k", "a", "a"], [yes("one")]],
    ["in an open one it scrolls", waiting(one, two), ["return", "down", "a"], [yes("one")]],
    ["r and enter refuse without a note", waiting(one), ["r", "return"], [no("one")]],
    [
      "r takes a note, in which keys are text",
      waiting(one),
      ["r", "q", "a", "x", "backspace", "!", "return"],
      [no("one", "qa!")],
    ],
    ["escape takes a refusal back", waiting(one), ["r", "x", "escape", "return"], []],
    ["q leaves", waiting(one), ["q"], [{ kind: "leave" }]],
    ["ctrl-c leaves a note as well", waiting(one), ["r", "ctrl-c"], [{ kind: "leave" }]],
    ["nothing waits: nothing is answered", emptyScreen, ["a", "a", "r", "return"], []],
  ])("%s", (_, screen, keys, wishes) => {
    expect(press(screen, ...keys).wishes).toEqual(wishes);
  });
});

describe("news", () => {
  it("of another one changes nothing under the finger", () => {
    const { screen } = press(waiting(one, two), "down", "a");
    const after = told(told(screen, three), { ...one, status: "refused" });
    expect(press(after, "a").wishes).toEqual([yes("two")]);
  });

  it("that the open one is settled closes it: the next a approves nothing", () => {
    const { screen } = press(waiting(one, two), "a");
    const after = told(screen, { ...one, status: "cancelled" });
    expect(press(after, "a").wishes).toEqual([]);
    expect(after.open).toBe(false);
  });

  it("that it has expired closes it too", () => {
    const { screen } = press(waiting(one, two), "a");
    const after = aged(screen, one.expiresAt);
    expect([after.open, after.waiting.length]).toEqual([false, 0]);
    expect(press(after, "a", "a").wishes).toEqual([]);
  });

  it("of settled ones that were never shown is no news", () => {
    const screen = waiting(one);
    expect(told(screen, { ...two, status: "used" })).toBe(screen);
  });
});

describe("what is shown", () => {
  const shown = (screen: Screen, rows = 24, columns = 100) =>
    linesOf(screen, plain, now, { columns, rows });

  it("has the call, what it would do, and why it is asked about", () => {
    const text = shown(press(waiting(one), "return").screen).join("\n");
    for (const part of ["delete_file", "path: a.txt", "delete     certain", "/w/a.txt"]) {
      expect(text).toContain(part);
    }
    expect(text).toContain("asked by delete-unseen");
    expect(text).toContain("15m left");
  });

  it("lets no text of the agent move the cursor or stretch the screen", () => {
    const evil = view("evil", { path: `\u001b[2J\u001b[H\r\n${"x\n".repeat(500)}\u202egnp` });
    for (const screen of [waiting(evil), press(waiting(evil), "return").screen]) {
      const lines = shown(screen, 24, 80);
      expect(lines.length).toBeLessThanOrEqual(24);
      expect(lines.every((line) => line.length <= 80)).toBe(true);
      expect(lines.join("")).not.toMatch(/[\u0000-\u001f\u202e]/);
    }
  });

  it("follows the one that is pointed at, in however many", () => {
    const many = Array.from({ length: 100 }, (_, i) => view(`id-${i}`));
    const { screen } = press(waiting(...many), ...Array<string>(60).fill("down"));
    const lines = shown(screen, 12);
    expect(lines).toHaveLength(12);
    expect(lines.join("\n")).toContain("id-60");
  });
});

describe("a line that is fitted", () => {
  it.each([
    ["short", 10, "short"],
    ["longer than that", 6, "longer"],
    ["\u001b[1mbold\u001b[22m and more", 6, "\u001b[1mbold\u001b[22m a"],
    ["\u001b[1mbold\u001b[22m", 2, "\u001b[1mbo\u001b[22m"],
  ])("%j to %i", (line, columns, expected) => {
    expect(fittedLine(line, columns)).toBe(expected);
  });
});
