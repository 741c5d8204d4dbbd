// Each agent's events as it sends them, what proctor understands, and what the hook prints.
// `UPDATE_GOLDEN=1` rewrites the answers.

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hookAgentNames } from "../../../src/frontends/hooks/forms.ts";
import { type HookDoor, openHookDoor } from "./door.ts";

interface Paragraph {
  /** Comments, and the event behind `>`. */
  readonly given: readonly string[];
  readonly event: string;
  readonly expected: readonly string[];
}

function paragraphsOf(text: string): Paragraph[] {
  return text
    .trim()
    .split(/\n\n+/)
    .map((paragraph) => {
      const lines = paragraph.split("\n");
      const given = lines.filter((line) => /^[#>]/.test(line));
      const event = given.find((line) => line.startsWith("> "))?.slice(2) ?? "";
      return { given, event, expected: lines.filter((line) => /^[=<]/.test(line)) };
    });
}

/** The trajectories of these sessions as they stand. */
function understood({ guard }: HookDoor, sessions: readonly string[]): string[] {
  const mine = [...guard.trajectories.inMemory()].filter(({ key }) =>
    sessions.some((session) => key.name.startsWith(session)),
  );
  return mine.map(({ key, state: { steps, pending, status } }) => {
    return `= ${key.name} ${status}, ${steps} steps, ${pending.length} under way`;
  });
}

function sessionsIn(paragraphs: readonly Paragraph[]): string[] {
  const named = /"(?:session_id|sessionId|session|conversation_id|taskId)":"([^"]+)"/;
  return [...new Set(paragraphs.flatMap(({ event }) => named.exec(event)?.[1] ?? []))];
}

describe("the hooks", () => {
  let door: HookDoor;
  beforeAll(async () => {
    door = await openHookDoor();
  });
  afterAll(() => door.close());

  for (const agent of hookAgentNames) {
    it(`of ${agent} are understood, and answered in the form that it obeys`, async () => {
      const file = resolve(import.meta.dirname, `${agent}.golden`);
      const paragraphs = paragraphsOf(readFileSync(file, "utf8"));
      const sessions = sessionsIn(paragraphs);
      const found: string[][] = [];
      for (const { event } of paragraphs) {
        if (event === "") {
          found.push([]);
          continue;
        }
        const { stdout, stderr, code } = await door.hook(agent, event);
        expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
        found.push([...understood(door, sessions), `< ${stdout}`].map(withoutIds));
      }
      if (process.env.UPDATE_GOLDEN === "1") {
        const written = paragraphs.map(({ given }, i) =>
          [...given, ...(found[i] ?? [])].join("\n"),
        );
        writeFileSync(file, `${written.join("\n\n")}\n`);
        return;
      }
      expect(found).toEqual(paragraphs.map(({ expected }) => expected));
    });
  }
});

/** Approvals, and prompts that hooks do not name, have ids of ours. */
function withoutIds(line: string): string {
  return line.replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, "NEW");
}
