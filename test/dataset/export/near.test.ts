// Rows that are nearly the same: found, by how alike they are, in bounded memory.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createNear, shingleWords } from "../../../src/dataset/export/near.ts";
import type { Row } from "../../../src/dataset/export/row.ts";

function rowOf(text: string): Pick<Row, "messages"> {
  return { messages: [{ role: "user", parts: [{ type: "text", text }], at: 0, weight: 0 }] };
}

const words = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `w${from + i}`).join(" ");

/** Of the sets of shingles: what is estimated. */
function jaccard(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => {
    const all = text.split(" ");
    return new Set(
      all.slice(shingleWords - 1).map((_, i) => all.slice(i, i + shingleWords).join(" ")),
    );
  });
  if (left === undefined || right === undefined) return 0;
  const both = [...left].filter((shingle) => right.has(shingle)).length;
  return both / (left.size + right.size - both);
}

describe("near rows", () => {
  it("are those with the same words, in either case and whatever stands between them", () => {
    const near = createNear(0.8);
    const place = { split: 0, row: 1 };
    expect(near.see(rowOf("Tidy the folder, please: now"), place)).toBeUndefined();
    const like = near.see(rowOf("tidy THE  folder please\nnow"), { split: 1, row: 1 });
    expect(like).toEqual({ first: place, isAcross: true, resemblance: 1 });
    expect(
      near.see(rowOf("something else that is said here"), { split: 0, row: 2 }),
    ).toBeUndefined();
    expect(near.shown()).toEqual({
      clusters: 1,
      rows: 1,
      across: 1,
      largest: [{ first: place, rows: 2, across: 1 }],
    });
  });

  it("are none for a system prompt that they share", () => {
    const near = createNear(0.8);
    const system = {
      role: "system",
      parts: [{ type: "text", text: words(200) }],
      at: 0,
      weight: 0,
    } as const;
    const rows = ["open the door of it", "close a window of mine"].map((text) => ({
      messages: [system, ...rowOf(text).messages],
    }));
    const found = rows.map((row, i) => near.see(row, { split: 0, row: i + 1 }));
    expect(found).toEqual([undefined, undefined]);
  });

  it("are known by calls and results as well", () => {
    const row = (path: string): Pick<Row, "messages"> => ({
      messages: [
        {
          role: "assistant",
          parts: [{ type: "call", id: path, tool: "read", arguments: { path: words(40) } }],
          at: 0,
          weight: 1,
        },
        {
          role: "tool",
          parts: [{ type: "result", id: path, content: words(40, 100) }],
          at: 0,
          weight: 0,
        },
      ],
    });
    const near = createNear(0.9);
    near.see(row("/a"), { split: 0, row: 1 });
    expect(near.see(row("/b"), { split: 0, row: 2 })?.resemblance).toBe(1);
  });

  it("of few words or none are compared too", () => {
    const near = createNear(0.8);
    const texts = ["yes", "", "no", "yes", "", "no"];
    const found = texts.map(
      (text, i) => near.see(rowOf(text), { split: 0, row: i + 1 })?.first.row,
    );
    expect(found).toEqual([undefined, undefined, undefined, 1, 2, 3]);
  });

  it("are estimated as what they are", () => {
    // Of 80 hashes: 0.056 is one standard deviation at the worst, and 0.28 five of them.
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0 }), (changed, seed) => {
        const a = Array.from({ length: 300 }, (_, i) => `${seed}x${i}`);
        const b = a.map((word, i) => (i < changed ? `other${word}` : word));
        const near = createNear(0.01);
        near.see(rowOf(a.join(" ")), { split: 0, row: 1 });
        const found = near.see(rowOf(b.join(" ")), { split: 0, row: 2 })?.resemblance ?? 0;
        const exact = jaccard(a.join(" "), b.join(" "));
        // Below, the bands let pairs go, which is what they are for.
        if (exact > 0.7) expect(Math.abs(found - exact)).toBeLessThan(0.28);
        if (exact < 0.3) expect(found).toBeLessThan(0.58);
        if (exact === 1) expect(found).toBe(1);
      }),
      { seed: 7, numRuns: 60 },
    );
  });

  it("are found among many that are not, and the same in every run", () => {
    const run = () => {
      const near = createNear(0.8);
      const found: (number | undefined)[] = [];
      for (let i = 0; i < 3_000; i += 1) {
        const text = i % 10 === 9 ? `${words(60, (i - 9) * 100)} more` : words(60, i * 100);
        found.push(near.see(rowOf(text), { split: i % 2, row: i })?.first.row);
      }
      return { found, shown: near.shown() };
    };
    const { found, shown } = run();
    const expected = found.map((_, i) => (i % 10 === 9 ? i - 9 : undefined));
    expect(found).toEqual(expected);
    expect(shown).toMatchObject({ clusters: 300, rows: 300, across: 300 });
    expect(shown.largest).toHaveLength(20);
    expect(run()).toEqual({ found, shown });
  });

  it("are looked for within a window, so that memory has an end", () => {
    const near = createNear(0.8, 3);
    const texts = ["a b c d", "e f g h", "e f g h", "i j k l", "m n o p", "a b c d", "m n o p"];
    const found = texts.map((text, i) => near.see(rowOf(text), { split: 0, row: i })?.first.row);
    // The fourth of its kind begins anew: "a b c d" is not known any more.
    expect(found).toEqual([undefined, undefined, 1, undefined, undefined, undefined, 4]);
    expect(near.shown()).toMatchObject({
      clusters: 2,
      rows: 2,
      largest: [
        { first: { row: 1 }, rows: 2 },
        { first: { row: 4 }, rows: 2 },
      ],
    });
  });
});
