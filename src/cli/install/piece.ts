// What an installation is made of: entries in a settings file that others use as well, or a file of our own.

import { ProctorError } from "../../core/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";

export type Piece =
  /** `hooks.EVENT` is a list, and gets one entry more. */
  | {
      readonly kind: "settings";
      readonly path: string;
      readonly events: Readonly<Record<string, JsonObject>>;
      /** What a new file begins with, and what our part needs beside its hooks. */
      readonly base?: JsonObject;
    }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly text: string;
      readonly executable?: true;
    };

/** By this a hook command of ours is known, whatever options it has. */
export function isOurs(entry: Json, agent: string): boolean {
  const text = JSON.stringify(entry);
  return (
    /proctor|dist\/src\/main\.js/.test(text) && new RegExp(`\\bhook\\W+${agent}\\b`).test(text)
  );
}

/** A file of ours says so in its first lines. */
export const ownMark = "Written by `proctor install";

/**
 * The file as it is to be.
 *
 * @throws ProctorError `invalid_request` where the file that is there cannot be changed
 */
export function withPiece(piece: Piece, before: string | undefined, agent: string): string {
  if (piece.kind === "file") {
    if (before !== undefined && !before.includes(ownMark)) {
      throw cannot(
        piece.path,
        "it is somebody else's file; move it, or add the hook to it yourself",
      );
    }
    return piece.text;
  }
  const settings = { ...piece.base, ...settingsIn(piece.path, before) };
  const hooks = hooksIn(piece.path, settings);
  const added = Object.entries(piece.events).map(([event, entry]) => {
    const others = listIn(piece.path, hooks, event).filter((one) => !isOurs(one, agent));
    return [event, [...others, entry]] as const;
  });
  return written({ ...settings, hooks: { ...hooks, ...Object.fromEntries(added) } }, before);
}

/** The file without our part; undefined: nothing is left of it. */
export function withoutPiece(
  piece: Piece,
  before: string | undefined,
  agent: string,
): string | undefined {
  if (before === undefined) return undefined;
  if (piece.kind === "file") return before.includes(ownMark) ? undefined : before;
  const settings = settingsIn(piece.path, before);
  const kept = Object.entries(hooksIn(piece.path, settings)).flatMap(([event, list]) => {
    const others = Array.isArray(list) ? list.filter((one) => !isOurs(one, agent)) : list;
    return Array.isArray(others) && others.length === 0 ? [] : [[event, others] as const];
  });
  const { hooks: _, ...rest } = settings;
  const after = kept.length === 0 ? rest : { ...rest, hooks: Object.fromEntries(kept) };
  return isNothing(after, piece.base) ? undefined : written(after, before);
}

/** The entries of ours that a settings file has, by event. */
export function ourEntries(
  before: string | undefined,
  agent: string,
  path: string,
): ReadonlyMap<string, Json> {
  const hooks = hooksIn(path, settingsIn(path, before));
  return new Map(
    Object.entries(hooks).flatMap(([event, list]) => {
      const own = Array.isArray(list) ? list.find((one) => isOurs(one, agent)) : undefined;
      return own === undefined ? [] : [[event, own] as const];
    }),
  );
}

/** @throws ProctorError `invalid_request` */
export function settingsIn(path: string, text: string | undefined): JsonObject {
  if (text === undefined || text.trim() === "") return {};
  let parsed: Json;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw cannot(
      path,
      "it is no plain JSON (comments?); correct it, or add the hook yourself",
      cause,
    );
  }
  if (isJsonObject(parsed)) return parsed;
  throw cannot(path, "it holds no JSON object");
}

function hooksIn(path: string, { hooks = {} }: JsonObject): JsonObject {
  if (isJsonObject(hooks)) return hooks;
  throw cannot(path, "its `hooks` is no object");
}

function listIn(path: string, hooks: JsonObject, event: string): readonly Json[] {
  const list = hooks[event] ?? [];
  if (Array.isArray(list)) return list;
  throw cannot(path, `its \`hooks.${event}\` is no list`);
}

function isNothing(settings: JsonObject, base: JsonObject = {}): boolean {
  return Object.entries(settings).every(
    ([name, value]) => JSON.stringify(value) === JSON.stringify(base[name]),
  );
}

/** Indented as it was. */
function written(settings: JsonObject, before: string | undefined): string {
  const indent = /^\{\r?\n([ \t]+)"/.exec(before ?? "")?.[1] ?? "  ";
  return `${JSON.stringify(settings, undefined, indent)}\n`;
}

function cannot(path: string, why: string, cause?: unknown): ProctorError {
  return new ProctorError("invalid_request", `cannot change ${path}: ${why}`, { cause });
}
