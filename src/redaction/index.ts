// Takes secrets out of JSON before anything is written.

import type { Json } from "../core/json.ts";
import { isJsonObject } from "../core/json.ts";
import { detectors, secretMember, trigger } from "./detectors.ts";
import type { Redacted, Redactor } from "./redact.ts";

export interface NamedRedactor extends Redactor {
  /** Names of the detectors: a closed set, for labels. */
  readonly detectors: readonly string[];
}

const byMember = "member";
const privateKey = "private_key";

/**
 * `literals`: secrets of the config that are to be taken out wherever they stand, at least 6
 * characters each. They are searched for as they are, so that no pattern of a user's can be slow.
 */
export function createRedactor({
  literals = [],
}: {
  literals?: readonly string[];
} = {}): NamedRedactor {
  const wanted = literals.filter((literal) => literal.length >= 6);

  return {
    detectors: [
      ...new Set([...detectors.map(({ name }) => name), privateKey, byMember, "literal"]),
    ],
    redact<Value extends Json>(value: Value): Redacted<Value> {
      const counts = new Map<string, number>();
      const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
      const clean = (text: string) => redactText(text, wanted, count);
      // The shape stays: strings become strings.
      return { value: walk(value, clean, count) as Value, counts };
    },
  };
}

type Count = (detector: string) => void;

function walk(value: Json, clean: (text: string) => string, count: Count): Json {
  if (typeof value === "string") return clean(value);
  if (Array.isArray(value)) {
    let changed = false;
    const items = value.map((item) => {
      const cleaned = walk(item, clean, count);
      changed ||= cleaned !== item;
      return cleaned;
    });
    return changed ? items : value;
  }
  if (!isJsonObject(value)) return value;
  let changed = false;
  const members = Object.entries(value).map(([name, member]) => {
    const cleaned = walkMember(name, member, clean, count);
    changed ||= cleaned !== member;
    return [name, cleaned] as const;
  });
  return changed ? Object.fromEntries(members) : value;
}

function walkMember(
  name: string,
  value: Json,
  clean: (text: string) => string,
  count: Count,
): Json {
  const isSecret =
    typeof value === "string" &&
    value.length > 0 &&
    !isPlaceholder(value) &&
    secretMember.test(name);
  if (!isSecret) return walk(value, clean, count);
  count(byMember);
  return placeholder(byMember);
}

function redactText(text: string, literals: readonly string[], count: Count): string {
  let result = text;
  for (const literal of literals) {
    if (!result.includes(literal)) continue;
    count("literal");
    result = result.replaceAll(literal, placeholder("literal"));
  }
  if (!trigger.test(result)) return result;
  result = withoutPrivateKeys(result, count);
  for (const { name, pattern, except } of detectors) {
    result = result.replace(pattern, (match, ...rest) => {
      const groups: unknown = rest.at(-1);
      const secret = secretIn(groups) ?? match;
      if (isPlaceholder(secret) || except?.(secret)) return match;
      count(name);
      const at = match.lastIndexOf(secret);
      return match.slice(0, at) + placeholder(name) + match.slice(at + secret.length);
    });
  }
  return result;
}

function secretIn(groups: unknown): string | undefined {
  if (typeof groups !== "object" || groups === null || !("secret" in groups)) return undefined;
  return typeof groups.secret === "string" ? groups.secret : undefined;
}

function placeholder(detector: string): string {
  return `REDACTED_${detector.toUpperCase()}`;
}

function isPlaceholder(text: string): boolean {
  return /^REDACTED_[A-Z_]{1,40}$/.test(text);
}

const begin = /-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY-----/g;

/** PEM and OpenSSH private keys, RFC 7468; one without its end is taken out to the end of the text. */
function withoutPrivateKeys(text: string, count: Count): string {
  if (!text.includes("PRIVATE KEY-----")) return text;
  let result = "";
  let from = 0;
  begin.lastIndex = 0;
  for (let found = begin.exec(text); found !== null; found = begin.exec(text)) {
    const end = text.indexOf("-----END ", found.index);
    const close = end < 0 ? -1 : text.indexOf("-----", end + 9);
    result += text.slice(from, found.index) + placeholder(privateKey);
    count(privateKey);
    from = close < 0 ? text.length : close + 5;
    begin.lastIndex = from;
  }
  return result + text.slice(from);
}
