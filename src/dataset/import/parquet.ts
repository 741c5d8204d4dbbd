// Rows of a Parquet file as lines of JSON, a row group at a time. The only importer of hyparquet.

import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, toJson } from "hyparquet";
import { messageOf, ProctorError } from "../../core/errors.ts";

/**
 * What a column says to be JSON is a value of the row. Memory is that of one row group.
 *
 * @throws ProctorError `invalid_request` where the file is no Parquet, or in a way that is not read
 */
export async function* parquetLines(file: string): AsyncIterable<string> {
  try {
    const buffer = await asyncBufferFromFile(file);
    const metadata = await parquetMetadataAsync(buffer);
    let rowStart = 0;
    for (const { num_rows } of metadata.row_groups) {
      const rowEnd = rowStart + Number(num_rows);
      const rows = await parquetReadObjects({ file: buffer, metadata, rowStart, rowEnd });
      for (const row of rows) yield JSON.stringify(toJson(row));
      rowStart = rowEnd;
    }
  } catch (cause) {
    throw new ProctorError("invalid_request", `${file}: ${messageOf(cause)}`, { cause });
  }
}
