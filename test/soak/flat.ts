// Is a series of samples flat? Judged on the last two thirds: the first one is of a program that warms up.

export interface Sample {
  readonly second: number;
  readonly rssMib: number;
  readonly heapMib: number;
  readonly handles: number;
  /** Of the event loop, 99th percentile since the sample before. */
  readonly delayMs: number;
  readonly calls: number;
  readonly storeMib: number;
}

export interface Finding {
  readonly what: string;
  readonly flat: boolean;
  readonly detail: string;
}

export const judgedHow =
  "The first third is left out. Flat: the median of the last third is no higher than that of the second\n" +
  "by more than 15 % and 8 MiB (memory), 8 (handles), 100 % and 20 ms (delay); and when everybody has\n" +
  "left, no more than 4 handles are open beyond those of the start, and node has warned of nothing.";

interface Bound {
  readonly what: string;
  readonly unit: string;
  of(sample: Sample): number;
  /** What the last third may be above `before`. */
  slack(before: number): number;
}

const bounds: readonly Bound[] = [
  { what: "RSS", unit: "MiB", of: ({ rssMib }) => rssMib, slack: (mib) => 0.15 * mib + 8 },
  { what: "heap", unit: "MiB", of: ({ heapMib }) => heapMib, slack: (mib) => 0.15 * mib + 8 },
  { what: "handles", unit: "", of: ({ handles }) => handles, slack: () => 8 },
  { what: "event-loop delay", unit: "ms", of: ({ delayMs }) => delayMs, slack: (ms) => ms + 20 },
];

export const maxHandlesLeft = 4;

/** `log`: what the guard logged at `warn` and above; node warns of listeners that are never removed. */
export function flatness(
  samples: readonly Sample[],
  { handlesLeft, log }: { readonly handlesLeft: number; readonly log: string },
): readonly Finding[] {
  const third = Math.floor(samples.length / 3);
  const [second, last] = [samples.slice(third, -third), samples.slice(-third)];
  const findings = bounds.map(({ what, unit, of, slack }): Finding => {
    const [before, after] = [median(second.map(of)), median(last.map(of))];
    const flat = third > 0 && after <= before + slack(before);
    const [was, is] = [before, after].map((value) => `${shown(value)} ${unit}`.trimEnd());
    return { what, flat, detail: `${was}, then ${is}` };
  });
  const left = {
    what: "handles left",
    flat: handlesLeft <= maxHandlesLeft,
    detail: `${handlesLeft}`,
  };
  const warning = /\w*Warning: .*/.exec(log)?.[0];
  const warnings = {
    what: "warnings of node",
    flat: warning === undefined,
    detail: warning ?? "0",
  };
  return [...findings, left, warnings];
}

/** At most so many rows, the first and the last among them. */
const maxRows = 16;

export function table(samples: readonly Sample[]): string {
  const every = Math.max(1, Math.ceil((samples.length - 1) / (maxRows - 1)));
  const rows = samples.filter((_, i) => i % every === 0 || i === samples.length - 1);
  return [
    "| second | RSS MiB | heap MiB | handles | event-loop delay p99 ms | calls | store MiB |",
    "|---:|---:|---:|---:|---:|---:|---:|",
    ...rows.map(
      ({ second, rssMib, heapMib, handles, delayMs, calls, storeMib }) =>
        `| ${[second, shown(rssMib), shown(heapMib), handles, shown(delayMs), calls, shown(storeMib)].join(" | ")} |`,
    ),
  ].join("\n");
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function shown(value: number): string {
  return value.toFixed(value < 10 ? 1 : 0);
}
