// Effects marked in a command's text.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExecutionContext } from "../../src/core/call.ts";
import type { Effect } from "../../src/core/effect.ts";
import { commandOf, markedText } from "../../src/dashboard/marked.ts";
import { analyseBash } from "../../src/effects/bash/index.ts";

const context: ExecutionContext = {
  cwd: "/w",
  shell: "fresh",
  environment: "fixed",
  filesystem: "ours",
};

function marked(command: string): string {
  const { effects } = analyseBash(command, context, {});
  return markedText(command, effects)
    .map(({ text, tone, begins }) =>
      tone === undefined ? text : `[${tone} ${begins.join()}|${text}]`,
    )
    .join("");
}

describe("a command's text", () => {
  it.each([
    ["ls -la", "[look 1|ls -la]"],
    ["cd /w && rm -rf a; ls", "[look 1|cd /w] && [loss 2|rm -rf a]; [look 3|ls]"],
    ["echo hi > out.txt", "[look 3|echo hi ][loss 1,2|> out.txt]"],
    ["chmod 644 a", "[change 1|chmod 644 a]"],
    ["./run.sh", "[doubt 1,2|./run.sh]"],
  ])("%s", (command, expected) => {
    expect(marked(command)).toBe(expected);
  });

  it("is put together by its parts, whatever the effects' offsets are", () => {
    const span = fc.record({ start: fc.nat(60), end: fc.nat(60) });
    const effect = span.map(
      (at): Effect => ({ kind: "connect", host: "h", certainty: "certain", via: "v", span: at }),
    );
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 40 }),
        fc.array(effect),
        (text, effects) => {
          expect(
            markedText(text, effects)
              .map((part) => part.text)
              .join(""),
          ).toBe(text);
        },
      ),
    );
  });
});

describe("the argument that the offsets speak of", () => {
  const at = (end: number): Effect => ({
    kind: "connect",
    host: "h",
    certainty: "certain",
    via: "v",
    span: { start: 0, end },
  });
  it.each([
    [{ command: "curl x" }, [at(6)], "command"],
    [{ note: "a much longer text", command: "curl x" }, [at(6)], "command"],
    [{ program: "curl x", cwd: "/w" }, [at(6)], "program"],
    [{ command: "c" }, [at(6)], undefined],
    [{ command: "curl x" }, [], undefined],
    ["curl x", [at(6)], undefined],
    [null, [at(6)], undefined],
  ] as const)("of %j is %s", (given, effects, name) => {
    expect(commandOf(given, effects)?.name).toBe(name);
  });
});
