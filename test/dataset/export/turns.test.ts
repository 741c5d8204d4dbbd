// A row's messages as the template profiles have them: in what order, and what of them is learned from.

import { describe, expect, it } from "vitest";
import { templateProfiles } from "../../../src/dataset/export/formats/index.ts";
import { turnsOf, unfitFor } from "../../../src/dataset/export/formats/turns.ts";
import type { Row, RowMessage } from "../../../src/dataset/export/row.ts";
import {
  assistant,
  calls,
  gives,
  part,
  rowWith,
  says,
  system,
  telling,
  thinks,
  user,
} from "./rows.ts";

function profileOf(name: string) {
  const found = templateProfiles.find((profile) => profile.name === name);
  if (found === undefined) throw new Error(`no profile ${name}`);
  return found;
}

/** Each turn as a line: role, weight, reasoning, text, calls or the call that it answers. */
function shown(row: Row, profile: string): string[] {
  return turnsOf(row, profileOf(profile)).map(
    ({ role, weight, reasoning, content, calls: made, answers }) =>
      [
        role,
        weight,
        ...(reasoning === "" ? [] : [`(${reasoning})`]),
        ...(content === "" ? [] : [JSON.stringify(content)]),
        ...made.map(({ id, tool }) => `${tool}#${id}`),
        ...(answers === undefined ? [] : [`of #${answers}`]),
      ].join(" "),
  );
}

const masked = (message: RowMessage): RowMessage => ({ ...message, weight: 0, masked: "denied" });

const busy = rowWith("busy", [
  system("Be brief."),
  system("Be kind."),
  user("Look."),
  assistant(thinks("both"), part("I do."), calls("1", "read", {}), calls("2", "list", {})),
  gives("1", "one"),
  gives("2", "two"),
  // The same ids once more, as some models give them.
  assistant(calls("1", "read", {}), calls("2", "list", {})),
  gives("2", "four"),
  gives("1", "three"),
  says("Done."),
]);

describe("turns", () => {
  it.each<[string, string[]]>([
    [
      "object",
      [
        'system 0 "Be brief."',
        'system 0 "Be kind."',
        'user 0 "Look."',
        'assistant 1 (both) "I do." read#1 list#2',
        'tool 0 "one" of #1',
        'tool 0 "two" of #2',
        "assistant 1 read#1 list#2",
        'tool 0 "four" of #2',
        'tool 0 "three" of #1',
        'assistant 1 "Done."',
      ],
    ],
    [
      "hermes",
      [
        'system 0 "Be brief."',
        'system 0 "Be kind."',
        'user 0 "Look."',
        'assistant 1 (both) "I do."',
        "assistant 1 read#1 list#2",
        'tool 0 "one" of #1',
        'tool 0 "two" of #2',
        "assistant 1 read#1 list#2",
        'tool 0 "four" of #2',
        'tool 0 "three" of #1',
        'assistant 1 "Done."',
      ],
    ],
    [
      "llama",
      [
        'system 0 "Be brief."',
        'system 0 "Be kind."',
        'user 0 "Look."',
        'assistant 1 (both) "I do."',
        "assistant 1 read#1",
        'tool 0 "one" of #1',
        "assistant 1 list#2",
        'tool 0 "two" of #2',
        "assistant 1 read#1",
        'tool 0 "three" of #1',
        "assistant 1 list#2",
        'tool 0 "four" of #2',
        'assistant 1 "Done."',
      ],
    ],
    [
      "mistral",
      [
        'system 0 "Be brief.\\n\\nBe kind."',
        'user 0 "Look."',
        'assistant 1 (both) "I do." read#6b86b273f list#d4735e3a2',
        'tool 0 "one" of #6b86b273f',
        'tool 0 "two" of #d4735e3a2',
        "assistant 1 read#6b86b273f list#d4735e3a2",
        'tool 0 "four" of #d4735e3a2',
        'tool 0 "three" of #6b86b273f',
        'assistant 1 "Done."',
      ],
    ],
  ])("of the profile %s", (profile, expected) => {
    expect(shown(busy, profile)).toEqual(expected);
  });

  it("that came of one masked message are masked, and so is what a masked one is joined with", () => {
    const row = rowWith("masked", [
      user("Look."),
      masked(assistant(part("I do."), calls("1", "read", {}), calls("2", "list", {}))),
      gives("1", "no"),
      masked(says("Half,")),
      says("and half."),
    ]);
    expect(shown(row, "llama")).toEqual([
      'user 0 "Look."',
      'assistant 0 "I do."',
      "assistant 0 read#1",
      'tool 0 "no" of #1',
      "assistant 0 list#2",
      'assistant 0 "Half,"',
      'assistant 1 "and half."',
    ]);
    expect(shown(row, "mistral").at(-1)).toBe('assistant 0 "Half,\\n\\nand half."');
  });
});

describe("a row that a template could not render whole", () => {
  it.each<[string, Row, string | undefined]>([
    ["object", busy, undefined],
    ["llama", busy, undefined],
    ["mistral", busy, "template: text beside calls"],
    ["mistral", rowWith("first", [says("Hello.")]), "template: turns do not alternate"],
    [
      "mistral",
      rowWith("amid", [user("Hi."), says("Ho."), system("Be kind."), user("And?"), says("No.")]),
      "template: turns do not alternate",
    ],
    [
      "mistral",
      rowWith("after", [
        user("Look."),
        assistant(calls("1", "read", {})),
        user("Stop."),
        says("I do."),
      ]),
      "template: turns do not alternate",
    ],
    ...Object.entries(telling).map(([what, row]): [string, Row, string | undefined] => [
      "mistral",
      row,
      what === "text beside a call" ? "template: text beside calls" : undefined,
    ]),
  ])("by the profile %s is said to be that", (profile, row, why) => {
    expect(unfitFor(row, profileOf(profile))).toBe(why);
  });
});
