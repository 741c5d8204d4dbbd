// Names with `*` for any run of characters: tools, programs, hosts, agents. No other character is special.

/** Linear in the product of both lengths. Several patterns: any of them. */
export function wildcards(patterns: readonly string[]): (name: string) => boolean {
  const exact = new Set(patterns.filter((pattern) => !pattern.includes("*")));
  const wild = patterns.filter((pattern) => pattern.includes("*")).map((p) => p.split("*"));
  if (wild.length === 0) return (name) => exact.has(name);
  return function matchesName(name) {
    return exact.has(name) || wild.some((pieces) => matchesPieces(name, pieces));
  };
}

/** The first piece leads, the last one ends, and each between is taken where it first stands. */
function matchesPieces(name: string, pieces: readonly string[]): boolean {
  const first = pieces[0] ?? "";
  const last = pieces.at(-1) ?? "";
  if (name.length < first.length + last.length) return false;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  const end = name.length - last.length;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = name.indexOf(piece, at);
    if (found < 0 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}
