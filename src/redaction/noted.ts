// Secrets that are only known once somebody uses them: the keys that clients bring along.

import type { Json } from "../core/json.ts";
import { isJsonObject } from "../core/json.ts";
import type { Redacted, Redactor } from "./redact.ts";

export interface NotingRedactor extends Redactor {
  /** From now on it is taken out wherever it stands, whatever form it has. */
  note(secret: string): void;
}

/** Secrets remembered; the one noted longest ago is forgotten. */
const maxNoted = 256;
/** A shorter text would be found in what is none. */
const minLength = 8;

const type = "api_key";
const placeholder = "REDACTED_API_KEY";

export function createNotingRedactor(next: Redactor): NotingRedactor {
  const secrets = new Set<string>();

  function clean(text: string, took: () => void): string {
    let found = text;
    for (const secret of secrets) {
      if (!found.includes(secret)) continue;
      found = found.replaceAll(secret, placeholder);
      took();
    }
    return found;
  }

  function walk(value: Json, took: () => void): Json {
    if (typeof value === "string") return clean(value, took);
    if (typeof value !== "object" || value === null) return value;
    if (!isJsonObject(value)) return value.map((item) => walk(item, took));
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([name, item]) => [clean(name, took), walk(item, took)]));
  }

  return {
    note(secret) {
      if (secret.length < minLength) return;
      secrets.delete(secret);
      secrets.add(secret);
      for (const oldest of secrets) {
        if (secrets.size <= maxNoted) return;
        secrets.delete(oldest);
      }
    },
    redact<Value extends Json>(value: Value): Redacted<Value> {
      if (secrets.size === 0) return next.redact(value);
      let count = 0;
      // Strings stay strings, and members members.
      const noted = walk(value, () => {
        count += 1;
      }) as Value;
      const redacted = next.redact(noted);
      if (count === 0) return redacted;
      const counts = new Map(redacted.counts);
      return { value: redacted.value, counts: counts.set(type, (counts.get(type) ?? 0) + count) };
    },
  };
}
