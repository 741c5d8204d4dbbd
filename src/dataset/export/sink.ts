// What rows go into on their way to a file.

/** Resolves when there is room for more. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

export interface RowSink {
  /** What is undefined in it is not there. */
  add(row: object): Promise<void>;
  /** Once, behind the last row. */
  end(): Promise<void>;
}

/** A line of JSON for each row. */
export function createLines(write: WriteBytes): RowSink {
  return {
    add: (row) => write(Buffer.from(`${JSON.stringify(row)}\n`)),
    end: async () => undefined,
  };
}
