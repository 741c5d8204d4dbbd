// Secrets that are known as they are: those that the config names.

import type { Detector } from "./detector.ts";
import { nothing } from "./detector.ts";

/** Of a long literal so much is looked for; the rest is compared. */
const maxTriggerLength = 32;

export function createLiteralDetector(literals: readonly string[]): Detector {
  const byTrigger = new Map<string, string[]>();
  for (const literal of literals) {
    const trigger = foldAscii(literal.slice(0, maxTriggerLength));
    byTrigger.set(trigger, [...(byTrigger.get(trigger) ?? []), literal]);
  }
  return {
    types: ["literal"],
    triggers: [...byTrigger.keys()],
    find({ text }, start, end) {
      const candidates = byTrigger.get(foldAscii(text.slice(start, end))) ?? [];
      const found = candidates.filter((literal) => text.startsWith(literal, start));
      if (found.length === 0) return nothing;
      const length = Math.max(...found.map((literal) => literal.length));
      return [{ start, end: start + length, type: "literal" }];
    },
  };
}

function foldAscii(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
