// The patch format of coding agents (`*** Begin Patch`): which files it adds, changes, moves and deletes.

export type PatchOperation =
  | { readonly kind: "add" | "delete" | "update"; readonly path: string }
  /** Changed, and then found under another name. */
  | { readonly kind: "move"; readonly path: string; readonly to: string };

export interface Patch {
  readonly operations: readonly PatchOperation[];
  /** What readers of the format could take in different ways. */
  readonly doubts: readonly string[];
}

const headers = [
  ["*** Add File: ", "add"],
  ["*** Delete File: ", "delete"],
  ["*** Update File: ", "update"],
] as const;
const moveHeader = "*** Move to: ";
/** Some readers accept the here-document in which a model wraps the patch. */
const hereDocument = /^<<-?\s*["']?(\w+)["']?$/;

/** Linear in the text, and total: what is no patch is doubt. */
export function parsePatch(text: string): Patch {
  const lines = text.split(/\r?\n/);
  const operations: PatchOperation[] = [];
  const doubts = new Set<string>();
  let at = nextFilled(lines, 0);
  const wrapper = hereDocument.exec(lines[at]?.trim() ?? "")?.[1];
  if (wrapper !== undefined) at = nextFilled(lines, at + 1);
  if (lines[at]?.trim() === "*** Begin Patch") at += 1;
  else doubts.add("the patch does not begin with *** Begin Patch");

  let isOpen = false;
  let hasEnded = false;
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    const trimmed = line.trim();
    if (hasEnded) {
      if (trimmed !== "" && trimmed !== wrapper) doubts.add("text follows the end of the patch");
    } else if (isOpen && isContent(line)) {
      if (isHeader(trimmed)) doubts.add("a line of the patch could be content or a header");
    } else if (trimmed === "*** End Patch") hasEnded = true;
    else if (trimmed.startsWith(moveHeader)) {
      if (!takeMove(operations, trimmed.slice(moveHeader.length)))
        doubts.add("a move without a file");
    } else {
      const operation = headerOf(trimmed);
      if (operation !== undefined) operations.push(operation);
      else if (trimmed !== "" && trimmed !== "*** End of File") {
        doubts.add("a line of the patch is neither content nor a known header");
      }
      isOpen = operation !== undefined ? operation.kind !== "delete" : isOpen;
    }
  }
  if (!hasEnded) doubts.add("the patch does not end with *** End Patch");
  if (operations.length === 0) doubts.add("the patch names no file");
  return { operations, doubts: [...doubts] };
}

function nextFilled(lines: readonly string[], from: number): number {
  let at = from;
  while (at < lines.length && lines[at]?.trim() === "") at += 1;
  return at;
}

/** Within a file's part, the first character says what a line is. */
function isContent(line: string): boolean {
  return line === "" || /^[ +-]/.test(line) || line.startsWith("@@");
}

/** Would a reader that ignores blanks at the front take it for a header? A `+` or `-` it would not skip. */
function isHeader(trimmed: string): boolean {
  return trimmed.startsWith(moveHeader) || headers.some(([header]) => trimmed.startsWith(header));
}

function headerOf(line: string): PatchOperation | undefined {
  for (const [header, kind] of headers) {
    if (line.startsWith(header)) return { kind, path: line.slice(header.length) };
  }
  return undefined;
}

function takeMove(operations: PatchOperation[], to: string): boolean {
  const last = operations.at(-1);
  if (last?.kind !== "update") return false;
  operations[operations.length - 1] = { kind: "move", path: last.path, to };
  return true;
}
