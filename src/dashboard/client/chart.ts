// Rates over time, drawn by uPlot from the numbers that the server gives.

import uPlot from "uplot";

interface Trend {
  /** Seconds since the epoch, the middle of each bucket. */
  readonly times: readonly number[];
  readonly series: readonly {
    readonly name: string;
    readonly role: string;
    readonly rates: readonly (number | null)[];
    readonly n: readonly number[];
  }[];
}

const mounted = new Map<HTMLElement, uPlot | undefined>();
const dark = matchMedia("(prefers-color-scheme: dark)");

export function mountCharts(): void {
  for (const element of document.querySelectorAll<HTMLElement>("[data-chart]")) {
    void draw(element);
  }
  dark.addEventListener("change", () => {
    for (const [element, plot] of mounted) {
      plot?.destroy();
      mounted.set(element, undefined);
      void draw(element);
    }
  });
  addEventListener("resize", () => {
    for (const [element, plot] of mounted) {
      plot?.setSize({ width: element.clientWidth, height: plot.height });
    }
  });
}

export function refreshCharts(): void {
  for (const element of mounted.keys()) void draw(element);
}

async function draw(element: HTMLElement): Promise<void> {
  const response = await fetch(element.dataset.chart ?? "");
  if (!response.ok) return;
  const trend: Trend = await response.json();
  const data: uPlot.AlignedData = [
    [...trend.times],
    ...trend.series.map(({ rates }) => [...rates]),
  ];
  const plot = mounted.get(element);
  if (plot !== undefined && plot.series.length === data.length) {
    plot.setData(data);
    return;
  }
  plot?.destroy();
  element.replaceChildren();
  mounted.set(element, new uPlot(optionsOf(trend, element), data, element));
}

function isoOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace("T", " ");
}

/** Of the day for a day, of the year for more. */
function timeIn({ times }: Trend): (seconds: number) => string {
  const spanSeconds = (times.at(-1) ?? 0) - (times[0] ?? 0);
  const [from, to] = spanSeconds > 100_000 ? [5, 10] : [11, 16];
  return (seconds) => isoOf(seconds).slice(from, to);
}

function optionsOf(trend: Trend, element: HTMLElement): uPlot.Options {
  const colour = (name: string) => getComputedStyle(element).getPropertyValue(`--${name}`).trim();
  const [ink, line] = [colour("soft"), colour("line")];
  const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  return {
    width: element.clientWidth,
    height: 220,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), "Etc/UTC"),
    legend: { live: true },
    scales: { y: { range: [0, 1.02] } },
    axes: [
      { ...axis, values: (_, times) => times.map(timeIn(trend)) },
      { ...axis, values: (_, shares) => shares.map((one) => `${Math.round(100 * one)} %`) },
    ],
    series: [
      { value: (_, seconds) => (seconds === null ? "–" : `${isoOf(seconds).slice(5, 16)} UTC`) },
      ...trend.series.map(({ name, role, n }, i) => ({
        label: name,
        stroke: colour(role) || ink,
        width: 2,
        // Two of one role have one colour.
        ...(trend.series.findIndex((other) => other.role === role) === i ? {} : { dash: [6, 4] }),
        spanGaps: true,
        points: { show: true, size: 5 },
        value: (_: uPlot, rate: number | null, __: number, at: number | null) =>
          rate === null || at === null ? "–" : `${Math.round(100 * rate)} % of ${n[at] ?? 0}`,
      })),
    ],
  };
}
