// Files of lines that are there whole or not at all: written into a folder beside, which gets its name last.

import { createHash, type Hash } from "node:crypto";
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import { access, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ProctorError } from "../../core/errors.ts";

export interface WrittenFile {
  readonly name: string;
  readonly lines: number;
  readonly bytes: number;
  /** SHA-256, hex. */
  readonly sha256: string;
}

export interface FolderWriter {
  /** Appends to a file of the folder; resolves with the number of the line, 1-based. */
  line(file: string, text: string): Promise<number>;
  text(file: string, text: string): Promise<void>;
  /** Ends the files of lines. */
  files(): Promise<readonly WrittenFile[]>;
  /** Gives the folder its name. */
  commit(): Promise<void>;
  discard(): Promise<void>;
}

interface Open {
  readonly stream: WriteStream;
  readonly hash: Hash;
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

  function opened(file: string): Open {
    const known = open.get(file);
    if (known !== undefined) return known;
    const stream = createWriteStream(join(partial, file));
    // Its writer meets the error.
    stream.on("error", () => undefined);
    const fresh: Open = { stream, hash: createHash("sha256"), lines: 0, bytes: 0 };
    open.set(file, fresh);
    return fresh;
  }

  return {
    async line(file, text) {
      const target = opened(file);
      const bytes = Buffer.from(`${text}\n`);
      target.hash.update(bytes);
      target.bytes += bytes.length;
      target.lines += 1;
      const { stream } = target;
      if (stream.errored !== null) throw stream.errored;
      if (!stream.write(bytes)) await once(stream, "drain");
      return target.lines;
    },
    text: (file, text) => writeFile(join(partial, file), text),
    async files() {
      const written: WrittenFile[] = [];
      for (const [name, { stream, hash, lines, bytes }] of open) {
        stream.end();
        if (!stream.writableFinished) await once(stream, "finish");
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
