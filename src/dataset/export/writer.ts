// Files of rows that are there whole or not at all: written into a folder beside, which gets its name last.

import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { access, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
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

export interface RowWriter {
  /** Appends to a file of the folder, a table where there are columns. */
  row(file: string, row: object, columns?: Columns): Promise<void>;
  /** Ends the files of rows. */
  files(): Promise<readonly WrittenFile[]>;
}

export interface FolderWriter extends RowWriter {
  text(file: string, text: string): Promise<void>;
  /** Gives the folder its name. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

/** Where the bytes of a file go. */
interface Target {
  write(bytes: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

interface Open {
  readonly target: Target;
  readonly hash: Hash;
  readonly sink: RowSink;
  lines: number;
  bytes: number;
}

function createRowWriter(targetOf: (file: string) => Target): RowWriter {
  const open = new Map<string, Open>();

  function opened(file: string, columns: Columns | undefined): Open {
    const known = open.get(file);
    if (known !== undefined) return known;
    const [target, hash] = [targetOf(file), createHash("sha256")];
    const sink = columns === undefined ? createLines(write) : createParquet(columns, write);
    const fresh: Open = { target, hash, sink, lines: 0, bytes: 0 };
    open.set(file, fresh);

    function write(bytes: Uint8Array): Promise<void> {
      hash.update(bytes);
      fresh.bytes += bytes.length;
      return target.write(bytes);
    }

    return fresh;
  }

  return {
    async row(file, row, columns) {
      const of = opened(file, columns);
      of.lines += 1;
      await of.sink.add(row);
    },
    async files() {
      const written: WrittenFile[] = [];
      for (const [name, of] of open) {
        await of.sink.end();
        await of.target.end();
        const { lines, bytes, hash } = of;
        written.push({ name, lines, bytes, sha256: hash.digest("hex") });
      }
      return written.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
  };
}

/** Files that are nowhere: for what they would be. */
export function createDigestWriter(): RowWriter {
  return createRowWriter(() => ({ write: async () => undefined, end: async () => undefined }));
}

/** What exports into this folder left that were ended before they could take it away; nothing needs it. */
export async function remainsOf(folder: string): Promise<readonly string[]> {
  const beside = await readdir(dirname(folder)).catch(() => []);
  return beside.filter((name) => name.startsWith(`${basename(folder)}${partialMark}`)).sort();
}

const partialMark = ".partial-";

/** What is written at once: a row alone costs more to write than to make. */
const chunkBytes = 256 * 1024;

/** @throws ProctorError `invalid_request` where the folder is there already */
export async function createFolderWriter(folder: string, id: string): Promise<FolderWriter> {
  const isThere = await access(folder).then(
    () => true,
    () => false,
  );
  if (isThere) throw new ProctorError("invalid_request", `${folder} is there already`);
  const partial = `${folder}${partialMark}${id}`;
  await mkdir(partial, { recursive: true });
  const streams: WriteStream[] = [];

  function targetOf(file: string): Target {
    // On the disk before the folder gets its name.
    const stream = createWriteStream(join(partial, file), { flush: true });
    // Its writer meets the error.
    stream.on("error", () => undefined);
    streams.push(stream);
    let gathered: Uint8Array[] = [];
    let size = 0;

    async function flush(): Promise<void> {
      if (stream.errored !== null) throw stream.errored;
      const chunk = Buffer.concat(gathered);
      gathered = [];
      size = 0;
      if (!stream.write(chunk)) await once(stream, "drain");
    }

    return {
      async write(bytes) {
        gathered.push(bytes);
        size += bytes.length;
        if (size >= chunkBytes) await flush();
      },
      async end() {
        await flush();
        stream.end();
        await once(stream, "close");
      },
    };
  }

  return {
    ...createRowWriter(targetOf),
    text: (file, text) => writeFile(join(partial, file), text, { flush: true }),
    commit: () => rename(partial, folder),
    async discard() {
      for (const stream of streams) stream.destroy();
      await rm(partial, { recursive: true, force: true });
    },
  };
}
