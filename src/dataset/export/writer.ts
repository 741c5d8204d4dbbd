// Files of rows that are there whole or not at all: written into a folder beside, which gets its name last.

import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ProctorError } from "../../core/errors.ts";
import type { Columns } from "./columns.ts";
import { createParquet } from "./parquet.ts";
import { createLines, type RowSink } from "./sink.ts";

export interface WrittenFile {
  readonly name: string;
  /** Rows, in a file that has no lines. */
  readonly lines: number;
  readonly bytes: number;
  /** SHA-256, hex. */
  readonly sha256: string;
}

export interface FolderWriter {
  /** Appends to a file of the folder, a table where there are columns; resolves with the row's number, 1-based. */
  row(file: string, row: object, columns?: Columns): Promise<number>;
  text(file: string, text: string): Promise<void>;
  /** Ends the files of rows. */
  files(): Promise<readonly WrittenFile[]>;
  /** Gives the folder its name. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

interface Open {
  readonly stream: WriteStream;
  readonly hash: Hash;
  readonly sink: RowSink;
  lines: number;
  bytes: number;
}

/** @throws ProctorError `invalid_request` where the folder is there already */
export async function createFolderWriter(folder: string, id: string): Promise<FolderWriter> {
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (isThere) throw new ProctorError("invalid_request", `${folder} is there already`);
  const partial = `${folder}.partial-${id}`;
  await mkdir(partial, { recursive: true });
  const open = new Map<string, Open>();

  function opened(file: string, columns: Columns | undefined): Open {
    const known = open.get(file);
    if (known !== undefined) return known;
    const stream = createWriteStream(join(partial, file));
    // Its writer meets the error.
    stream.on("error", () => undefined);
    const hash = createHash("sha256");
    const sink = columns === undefined ? createLines(write) : createParquet(columns, write);
    const fresh: Open = { stream, hash, sink, lines: 0, bytes: 0 };
    open.set(file, fresh);

    async function write(bytes: Uint8Array): Promise<void> {
      hash.update(bytes);
      fresh.bytes += bytes.length;
      if (stream.errored !== null) throw stream.errored;
      if (!stream.write(bytes)) await once(stream, "drain");
    }

    return fresh;
  }

  return {
    async row(file, row, columns) {
      const target = opened(file, columns);
      target.lines += 1;
      const number = target.lines;
      await target.sink.add(row);
      return number;
    },
    text: (file, text) => writeFile(join(partial, file), text),
    async files() {
      const written: WrittenFile[] = [];
      for (const [name, file] of open) {
        const { stream, sink } = file;
        await sink.end();
        stream.end();
        if (!stream.writableFinished) await once(stream, "finish");
        const { lines, bytes, hash } = file;
        written.push({ name, lines, bytes, sha256: hash.digest("hex") });
      }
      return written.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    commit: () => rename(partial, folder),
    async discard() {
      for (const { stream } of open.values()) stream.destroy();
      await rm(partial, { recursive: true, force: true });
    },
  };
}
