import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSplitter, type ServerEvent } from "../../src/frontends/server-events.ts";

function split(chunks: readonly Uint8Array[], maxBytes = 1_000_000) {
  const splitter = createSplitter(maxBytes);
  const events = chunks.flatMap((chunk) => splitter.push(chunk));
  return { events, rest: Buffer.from(splitter.rest()).toString() };
}

const shown = ({ bytes, data }: ServerEvent) => [Buffer.from(bytes).toString(), data];

describe("server-sent events", () => {
  it.each<[string, string, (string | undefined)[][], string]>([
    [
      "LF",
      "data: a\n\ndata: b\n\n",
      [
        ["data: a\n\n", "a"],
        ["data: b\n\n", "b"],
      ],
      "",
    ],
    ["CR LF", "data: a\r\n\r\n", [["data: a\r\n\r\n", "a"]], ""],
    ["CR", "data: a\r\rx", [["data: a\r\r", "a"]], "x"],
    ["mixed ends", "data: a\n\r\nx", [["data: a\n\r\n", "a"]], "x"],
    ["several lines of data", "data: a\ndata: b\n\n", [["data: a\ndata: b\n\n", "a\nb"]], ""],
    ["a comment", ": ping\n\n", [[": ping\n\n", undefined]], ""],
    ["no blank behind the colon", "data:a\n\n", [["data:a\n\n", "a"]], ""],
    ["a mark of the byte order", "\ufeffdata: a\n\n", [["\ufeffdata: a\n\n", "a"]], ""],
    ["an event that broke off", "data: a\n\ndata: b\n", [["data: a\n\n", "a"]], "data: b\n"],
  ])("with %s", (_, text, events, rest) => {
    const found = split([Buffer.from(text)]);
    expect([found.events.map(shown), found.rest]).toEqual([events, rest]);
  });

  it("are the bytes that came, whatever those are and wherever they are cut", () => {
    const line = fc.constantFrom("data: ä", "data: {}", ": c", "id: 1", "", "\r", "\n", "\r\n");
    fc.assert(
      fc.property(
        fc.array(line),
        fc.infiniteStream(fc.integer({ min: 1, max: 7 })),
        (lines, cuts) => {
          const whole = Buffer.from(lines.join("\n"));
          const chunks: Uint8Array[] = [];
          for (let at = 0; at < whole.length; ) {
            const length = cuts.next().value ?? 1;
            chunks.push(whole.subarray(at, at + length));
            at += length;
          }
          const { events, rest } = split(chunks);
          const bytes = Buffer.concat(events.map((event) => event.bytes)).toString() + rest;
          expect(bytes).toBe(whole.toString());
          // A CR at the end of a chunk waits for what follows; then the events are the same.
          expect(events.map(shown)).toEqual(split([whole]).events.map(shown));
        },
      ),
    );
  });

  it("beyond the bound are refused", () => {
    expect(() => split([Buffer.from("data: 0123456789")], 8)).toThrow(
      expect.objectContaining({ code: "upstream_response_too_large" }),
    );
  });
});
