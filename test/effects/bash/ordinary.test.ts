// A guard that doubts everything is switched off: ordinary commands are understood.

import { describe, expect, it } from "vitest";
import { isDoubted, judgeOrdinary, ordinaryFigures, runsScript } from "./ordinary.ts";

const judged = await judgeOrdinary();
const figures = ordinaryFigures(judged);

describe("ordinary development commands", () => {
  it("are at least five hundred", () => {
    expect(figures.commands).toBeGreaterThanOrEqual(500);
  });

  it("are doubted in less than two of a hundred cases", () => {
    const doubted = judged.filter(isDoubted).map(({ command }) => command);
    expect(doubted.length / figures.commands, doubted.join("\n")).toBeLessThan(0.02);
  });

  it("run a script that is not seen in less than four of a hundred cases", () => {
    const scripts = judged.filter(runsScript).map(({ command }) => command);
    expect(scripts.length / figures.commands, scripts.join("\n")).toBeLessThan(0.04);
  });
});
