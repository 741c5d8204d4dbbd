import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ProctorError } from "../../src/core/errors.ts";
import { recordVersion } from "../../src/core/record.ts";
import { decodeRecord, encodeRecord, maxRecordBytes } from "../../src/store/schema.ts";
import { anyRecord, keyOf, recordsOf } from "./arbitraries.ts";
import { malformed } from "./contract.ts";

const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value));

describe("records", () => {
  it("come back as they were written, each type with any of its members", () => {
    fc.assert(
      fc.property(fc.oneof(anyRecord(keyOf("a")), recordsOf(keyOf("a")).erased), (record) => {
        expect(decodeRecord(Buffer.from(encodeRecord(record)))).toEqual(record);
      }),
      { numRuns: 2000 },
    );
  });

  it("decode to a record or a coded error, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.jsonValue(), (bytes, value) => {
        for (const input of [
          bytes,
          bytesOf(value),
          bytesOf({ v: recordVersion, type: "intent", ...Object(value) }),
        ]) {
          expect(() => decodeRecord(input)).toThrow(ProctorError);
        }
      }),
    );
  });

  const intact = malformed("x");
  it.each([
    ["a newer version", { ...intact, v: 3 }, "unsupported_record", "format 3"],
    ["no version", { ...intact, v: undefined }, "store_unavailable", "no version"],
    ["a version of text", { ...intact, v: "1" }, "store_unavailable", "no version"],
    ["a version never written", { ...intact, v: 0 }, "store_unavailable", "no version"],
    ["no object", [intact], "store_unavailable", "no version"],
    ["an unknown type", { ...intact, type: "note" }, "store_unavailable", "type"],
    ["a missing member", { ...intact, detail: undefined }, "store_unavailable", "detail"],
    ["a member too many", { ...intact, more: 1 }, "store_unavailable", "more"],
    ["an unknown code", { ...intact, code: "toString" }, "store_unavailable", "code"],
    ["a time of text", { ...intact, at: "now" }, "store_unavailable", "at"],
  ])("with %s are refused", (_, value, code, word) => {
    expect(() => decodeRecord(bytesOf(value))).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(word) }),
    );
  });

  it("of an older version are read as what they would be now", () => {
    expect(decodeRecord(bytesOf({ ...intact, v: 1 }))).toEqual(intact);
  });

  it("refuses bytes that are no UTF-8 or no JSON", () => {
    for (const bytes of [Buffer.from([0x22, 0xff, 0x22]), Buffer.from("{"), Buffer.alloc(0)]) {
      expect(() => decodeRecord(bytes)).toThrow(
        expect.objectContaining({ code: "store_unavailable" }),
      );
    }
  });

  it("may take maxRecordBytes, and not one byte more", () => {
    const overhead = Buffer.byteLength(encodeRecord(intact));
    const detail = "ä".repeat((maxRecordBytes - overhead) / 2 - 1);
    const fill = maxRecordBytes - overhead - Buffer.byteLength(detail);
    const full = encodeRecord({ ...intact, detail: detail + "x".repeat(fill) });
    expect(Buffer.byteLength(full)).toBe(maxRecordBytes);
    expect(() => encodeRecord({ ...intact, detail: detail + "x".repeat(fill + 1) })).toThrow(
      expect.objectContaining({ code: "too_large" }),
    );
  });
});
