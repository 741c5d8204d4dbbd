// Text that comes in pieces, one whole line at a time.

export interface LineReader {
  readonly maxLength: number;
  onLine(line: string): void;
  /** Once for a line beyond `maxLength` that has no end yet; what follows is read on. */
  onTooLong(): void;
}

/** Takes the next piece. A line without its end at the end of the text is none. */
export function createLines({ maxLength, onLine, onTooLong }: LineReader): (piece: string) => void {
  let parts: string[] = [];
  let length = 0;
  return function takePiece(piece) {
    const [first = "", ...rest] = piece.split("\n");
    parts.push(first);
    length += first.length;
    for (const next of rest) {
      onLine(parts.join(""));
      parts = [next];
      length = next.length;
    }
    if (length > maxLength) onTooLong();
  };
}
