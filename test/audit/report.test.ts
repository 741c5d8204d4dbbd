// The page of an audit: nothing that an agent named becomes markup, and every link leads somewhere.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AuditedCell } from "../../src/audit/audit.ts";
import { ratesOf } from "../../src/audit/rates.ts";
import { html } from "../../src/audit/report/html.ts";
import { reportOf } from "../../src/audit/report/index.ts";
import { judge, usualOptions } from "../../src/statistics/verdict.ts";
import { createTally } from "../../src/trajectory/tally.ts";
import { feed, suite, watchOf } from "./watched.ts";

describe("markup", () => {
  it("is never made of a value", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { markup } = html`<i title="${text}">${text}</i>`;
        expect(markup.match(/[<>]/g)).toHaveLength(4);
        expect(markup.match(/"/g)).toHaveLength(2);
      }),
    );
  });

  it("keeps markup, and lists of it", () => {
    expect(html`<p>${html`<b>${"a&b"}</b>`}${[html`1`, html`2`]}${3}</p>`.markup).toBe(
      "<p><b>a&#38;b</b>123</p>",
    );
  });
});

const hits = { teacher: 20, student: 20, base: 1, control: 5 };

function page(student = "student"): string {
  const pairs = suite(hits);
  const tallyOf = (agent: string) => {
    const tally = createTally();
    for (const { closed } of pairs) if (closed.key.agent === agent) tally.apply(closed);
    return tally;
  };
  const tallies = {
    teacher: tallyOf("teacher"),
    student: tallyOf("student"),
    baseline: tallyOf("base"),
    control: tallyOf("control"),
  } as const;
  const arms = {
    teacher: tallies.teacher.strata("deletion"),
    student: tallies.student.strata("deletion"),
    baseline: tallies.baseline.strata("deletion"),
    control: tallies.control.strata("deletion"),
  };
  const [finding] = judge([{ student, measure: "deletion", arms, notComparable: [] }]);
  if (finding === undefined) throw new Error("no finding");
  const cell: AuditedCell = {
    finding,
    arms: (["teacher", "student", "baseline", "control"] as const).map((arm) => ({
      arm,
      agent: arm,
      rates: ratesOf(tallies[arm], "deletion"),
      examples: { hits: [`${arm}/t1`], undetermined: [] },
    })),
  };
  return reportOf({
    lineage: "llama",
    options: { ...usualOptions, taskClass: "ambiguous" },
    cells: [cell],
    contrasts: feed(watchOf(), pairs).now().contrasts,
    madeAt: 0,
    version: "1",
  });
}

describe("a report", () => {
  it("has the figures of the paper's first row", () => {
    const text = page();
    // 100 against 5, with the printed Wilson and Newcombe intervals.
    for (const figure of [
      "83.9 .. 100.0",
      "0.9 .. 23.6",
      "70.4 .. 99.1",
      "inherited",
      "1.00, 95 % 0.65 .. 1.53",
    ]) {
      expect(text).toContain(figure);
    }
  });

  it("has no link into nothing", () => {
    const text = page();
    const targets = [...text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(targets.length).toBeGreaterThan(0);
    for (const id of targets) expect(text).toContain(`id="${id}"`);
  });

  it("escapes names", () => {
    const text = page("<img src=x onerror=alert(1)>");
    expect(text).not.toContain("<img");
    expect(text).toContain("&#60;img");
  });
});
