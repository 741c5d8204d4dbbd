// Full names, `os.path.join`: what they begin with, stand for, and whether they are known to do nothing.

import type { Language } from "../language.ts";

export function rootOf(name: string): string {
  const dot = name.indexOf(".");
  return dot < 0 ? name : name.slice(0, dot);
}

/** The name under which the language's tables have it. */
export function canonical(language: Language, written: string): string {
  const name = language.ignoresCase ? written.toLowerCase() : written;
  for (const [from, to] of language.aliases) {
    if (name.startsWith(from)) return to + name.slice(from.length);
  }
  return name;
}

/** It only computes or looks: itself, or all of a module that it is in. */
export function isHarmless(language: Language, name: string): boolean {
  if (language.harmless.has(name)) return true;
  for (let dot = name.indexOf("."); dot >= 0; dot = name.indexOf(".", dot + 1)) {
    if (language.harmless.has(name.slice(0, dot + 1))) return true;
  }
  return false;
}
