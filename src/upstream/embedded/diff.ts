// A unified diff of two texts, by lines, in bounded time.

/** Unchanged lines around a change. */
const contextLines = 3;
/**
 * Edit distance up to which the shortest script is looked for: Myers, An O(ND) Difference Algorithm
 * (1986). Time and memory grow with its square; beyond it the differing middle is shown whole.
 */
const maxDistance = 1_000;

type Change = { readonly sign: " " | "-" | "+"; readonly line: string };

/** `""` where the texts are equal. */
export function unifiedDiff(name: string, before: string, after: string): string {
  if (before === after) return "";
  const changes = withFrame(linesOf(before), linesOf(after));
  return [`--- ${name}`, `+++ ${name}`, ...hunks(changes), ""].join("\n");
}

/** A last line without its newline differs from the same line with it, and is shown as diff(1) does. */
function linesOf(text: string): string[] {
  const lines = text.split("\n");
  const last = lines.pop();
  if (last !== undefined && last !== "") lines.push(`${last}\n\\ No newline at end of file`);
  return lines;
}

/** What both ends share is left out of the search: an edit mostly touches one place. */
function withFrame(before: readonly string[], after: readonly string[]): Change[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const old = before.slice(start, before.length - end);
  const fresh = after.slice(start, after.length - end);
  return [
    ...signed(" ", before.slice(0, start)),
    ...(shortestScript(old, fresh) ?? [...signed("-", old), ...signed("+", fresh)]),
    ...signed(" ", before.slice(before.length - end)),
  ];
}

function signed(sign: Change["sign"], lines: readonly string[]): Change[] {
  return lines.map((line) => ({ sign, line }));
}

/** undefined: farther apart than `maxDistance`. */
function shortestScript(old: readonly string[], fresh: readonly string[]): Change[] | undefined {
  const limit = Math.min(maxDistance, old.length + fresh.length);
  const offset = limit + 1;
  // farthest[offset + k]: how far in `old` the best path on diagonal k has come.
  const farthest = new Int32Array(2 * limit + 3);
  const trace: Int32Array[] = [];
  for (let distance = 0; distance <= limit; distance += 1) {
    trace.push(farthest.slice(offset - distance - 1, offset + distance + 2));
    for (let k = -distance; k <= distance; k += 2) {
      let x = stepsDown(farthest, offset, k, distance)
        ? (farthest[offset + k + 1] ?? 0)
        : (farthest[offset + k - 1] ?? 0) + 1;
      while (x < old.length && x - k < fresh.length && old[x] === fresh[x - k]) x += 1;
      farthest[offset + k] = x;
      if (x >= old.length && x - k >= fresh.length) return backtrack(trace, old, fresh);
    }
  }
  return undefined;
}

/** Is the best way to diagonal `k` an insertion? */
function stepsDown(farthest: Int32Array, offset: number, k: number, distance: number): boolean {
  if (k === -distance) return true;
  if (k === distance) return false;
  return (farthest[offset + k - 1] ?? 0) < (farthest[offset + k + 1] ?? 0);
}

function backtrack(
  trace: readonly Int32Array[],
  old: readonly string[],
  fresh: readonly string[],
): Change[] {
  const changes: Change[] = [];
  let x = old.length;
  let y = fresh.length;
  for (let distance = trace.length - 1; distance >= 0; distance -= 1) {
    const farthest = trace[distance] ?? new Int32Array();
    const offset = distance + 1;
    const k = x - y;
    const down = stepsDown(farthest, offset, k, distance);
    const fromK = down ? k + 1 : k - 1;
    const fromX = distance === 0 ? 0 : (farthest[offset + fromK] ?? 0);
    const fromY = distance === 0 ? 0 : fromX - fromK;
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      changes.push({ sign: " ", line: old[x] ?? "" });
    }
    if (distance === 0) break;
    if (down) changes.push({ sign: "+", line: fresh[fromY] ?? "" });
    else changes.push({ sign: "-", line: old[fromX] ?? "" });
    x = fromX;
    y = fromY;
  }
  return changes.reverse();
}

function hunks(changes: readonly Change[]): string[] {
  const lines: string[] = [];
  let oldLine = 1;
  let freshLine = 1;
  let at = 0;
  for (const { start, end } of ranges(changes)) {
    for (; at < start; at += 1) {
      oldLine += 1;
      freshLine += 1;
    }
    const part = changes.slice(start, end);
    const oldCount = part.filter(({ sign }) => sign !== "+").length;
    const freshCount = part.filter(({ sign }) => sign !== "-").length;
    lines.push(`@@ -${place(oldLine, oldCount)} +${place(freshLine, freshCount)} @@`);
    lines.push(...part.map(({ sign, line }) => sign + line));
    oldLine += oldCount;
    freshLine += freshCount;
    at = end;
  }
  return lines;
}

/** An empty side is named by the line before it. */
function place(line: number, count: number): string {
  return `${count === 0 ? line - 1 : line},${count}`;
}

/** Where something changes, with its context; ranges that would touch are one. */
function ranges(changes: readonly Change[]): { start: number; end: number }[] {
  const found: { start: number; end: number }[] = [];
  changes.forEach(({ sign }, at) => {
    if (sign === " ") return;
    const start = Math.max(0, at - contextLines);
    const end = Math.min(changes.length, at + contextLines + 1);
    const last = found.at(-1);
    if (last !== undefined && start <= last.end) last.end = end;
    else found.push({ start, end });
  });
  return found;
}
