// Holds the predicted effects of a row against what was observed.
//
// The unit is a row and a class of events: a row that removes a thousand files counts once. It is
// *told* if every required event of the class is among the predictions, kind and path; *doubted* if
// that takes an unresolved path or an `unknown`; *project* if it takes the code of a project or of a
// named script that is not seen; else *missed*. A unit with predictions is *right* if the class was
// observed where predicted and everything `certain` happened; else *false*.

import type { Effect, Target } from "../../src/core/effect.ts";
import { byGit, type EventKind, type Observed } from "./observe.ts";
import { follow, type Tree } from "./tree.ts";

export const classes = [
  "delete",
  "truncate",
  "discard",
  "move",
  "write",
  "chmod",
  "owner",
  "acl",
  "attribute",
] as const;
export type Class = (typeof classes)[number];

export type Told = "told" | "doubted" | "project" | "missed";
/** `moot`: nothing stood at the only places that were predicted. `open`: cannot be known. */
export type Right = "right" | "false" | "moot" | "open";

export interface Unit {
  readonly class: Class;
  /** undefined: nothing of this class had to be told. */
  readonly told: Told | undefined;
  /** undefined: nothing of this class was predicted. */
  readonly right: Right | undefined;
  /** Whether something of the class was predicted as `certain`. */
  readonly certain: boolean;
  /** What was missed or wrongly said, for people. */
  readonly notes: readonly string[];
}

export interface Seen {
  readonly events: readonly Observed[];
  readonly made: ReadonlySet<string>;
  readonly before: Tree;
  readonly open: ReadonlySet<string>;
}

type MoveEffect = Extract<Effect, { readonly kind: "move" }>;
type OnTarget = Extract<Effect, { readonly target: Target; readonly recursive: boolean }>;

export function classOf(kind: EventKind): Class {
  return kind === "replace" ? "truncate" : kind;
}

function classOfEffect(effect: Effect): Class | undefined {
  switch (effect.kind) {
    case "delete":
    case "truncate":
    case "discard":
    case "move":
    case "write":
      return effect.kind;
    case "permission":
      if (effect.family === "chown" || effect.family === "chgrp") return "owner";
      return effect.family === "umask" ? undefined : effect.family;
    case "read":
    case "list":
    case "execute":
    case "connect":
    case "privilege":
    case "unknown":
      return undefined;
  }
}

export function compare(effects: readonly Effect[], seen: Seen): readonly Unit[] {
  const matcher = new Matcher(effects, seen);
  return classes.map((name) => matcher.unit(name));
}

class Matcher {
  readonly #effects: readonly OnTarget[];
  readonly #seen: Seen;
  readonly #unknown: boolean;
  readonly #outside: boolean;

  constructor(effects: readonly Effect[], seen: Seen) {
    this.#effects = effects.filter((effect): effect is OnTarget => "recursive" in effect);
    this.#seen = seen;
    this.#unknown = effects.some((effect) => effect.kind === "unknown");
    this.#outside = effects.some(
      (effect) =>
        effect.kind === "execute" && (effect.code === "project" || effect.code === "file"),
    );
  }

  unit(name: Class): Unit {
    const required = this.#seen.events.filter(
      (event) => event.required && classOf(event.kind) === name,
    );
    const predicted = this.#effects.filter((effect) => classOfEffect(effect) === name);
    const notes: string[] = [];
    const told = this.#told(required, notes);
    const right = this.#right(name, predicted, notes);
    return {
      class: name,
      told,
      right,
      certain: predicted.some((effect) => effect.certainty === "certain"),
      notes,
    };
  }

  #told(required: readonly Observed[], notes: string[]): Told | undefined {
    if (required.length === 0) return undefined;
    let worst: Told = "told";
    for (const event of required) {
      const kinds = this.#effects.filter((effect) => tells(effect, event));
      if (kinds.some((effect) => this.#covers(effect, event))) continue;
      const doubt = this.#unknown || kinds.some((effect) => effect.target.form === "unresolved");
      const found: Told = this.#outside ? "project" : doubt ? "doubted" : "missed";
      if (order.indexOf(found) > order.indexOf(worst)) worst = found;
      if (notes.length < maxNotes) notes.push(`${found}: ${event.kind} ${event.path}`);
    }
    return worst;
  }

  #right(name: Class, predicted: readonly OnTarget[], notes: string[]): Right | undefined {
    if (predicted.length === 0) return undefined;
    let happened = false;
    let wrong = false;
    let moot = true;
    for (const effect of predicted) {
      const event = this.#seen.events.find(
        (one) => confirms(effect, one) && this.#reaches(effect, one),
      );
      if (event !== undefined) happened = true;
      else if (this.#moot(effect)) continue;
      else if (effect.certainty === "certain") {
        wrong = true;
        if (notes.length < maxNotes)
          notes.push(`false: ${effect.kind} ${effect.target.path} (${effect.via})`);
      }
      moot = false;
    }
    if (happened && !wrong) return "right";
    if (this.#seen.open.has(name)) return "open";
    if (moot) return "moot";
    if (!wrong) notes.push(`false: possible ${name} (${predicted[0]?.via ?? ""})`);
    return "false";
  }

  /** A removal or change of what never stood there: whether it does is not in the text. */
  #moot(effect: OnTarget): boolean {
    if (effect.kind === "write" || effect.kind === "truncate") return false;
    if (effect.target.form !== "resolved" || effect.target.path.startsWith("/usr/")) return false;
    const path = effect.target.path;
    return path !== "/" && !this.#existed(follow(this.#seen.before, path, false));
  }

  #existed(real: string): boolean {
    return this.#seen.before.has(real) || this.#seen.made.has(real);
  }

  #reaches(effect: OnTarget, event: Observed): boolean {
    return effect.target.form === "unresolved" || this.#covers(effect, event);
  }

  #covers(effect: OnTarget, event: Observed): boolean {
    if (effect.kind === "move" && event.kind === "move") {
      return (
        this.#within(effect.target, effect.recursive, event, false) &&
        this.#arrives(effect, event.destination) &&
        !(effect.overwrites === "no" && this.#overwrites(event))
      );
    }
    if (effect.kind === "move") return this.#within(effect.destination, true, event, true);
    const creates = effect.kind === "write" || effect.kind === "truncate";
    return (
      this.#within(effect.target, effect.recursive, event, creates) ||
      // `mkdir -p a/b/c` makes a and a/b on the way.
      (creates && event.kind === "write" && isAbove(event, effect.target)) ||
      (effect.kind === "discard" &&
        byGit(event.actor) &&
        this.#within(effect.target, true, event, false))
    );
  }

  /** A row that is judged by hand need not say where to. */
  #arrives({ destination, recursive }: MoveEffect, place: Observed["destination"]): boolean {
    return (
      place === undefined ||
      destination.form === "unresolved" ||
      this.#within(destination, recursive, place, true)
    );
  }

  /** What stood there before may have been moved to a backup first. */
  #overwrites({ destination, actor }: Observed): boolean {
    return this.#seen.events.some(
      (event) =>
        event.kind === "replace" &&
        event.real === destination?.real &&
        event.actor.command === actor.command,
    );
  }

  /** `into`: a file that is written straight into a predicted folder; the text cannot know folders. */
  #within(
    target: Target,
    recursive: boolean,
    event: { readonly path: string; readonly real: string },
    into: boolean,
  ): boolean {
    if (target.form === "unresolved") return false;
    if (target.form === "pattern") {
      const pattern = toRegExp(target.path, recursive || into);
      return pattern.test(event.path) || pattern.test(event.real);
    }
    const folder = into && this.#isFolder(target.path);
    return [
      target.path,
      follow(this.#seen.before, target.path, false),
      follow(this.#seen.before, target.path, true),
    ].some((path) =>
      [event.path, event.real].some(
        (one) =>
          one === path || (recursive && isBelow(one, path)) || (folder && parent(one) === path),
      ),
    );
  }

  #isFolder(path: string): boolean {
    const real = follow(this.#seen.before, path, true);
    const entry = this.#seen.before.get(real);
    return entry === undefined ? this.#seen.made.has(real) : entry.type === "folder";
  }
}

const order: readonly Told[] = ["told", "project", "doubted", "missed"];
const maxNotes = 4;

/** Effects that a required event is told by. */
function tells(effect: OnTarget, event: Observed): boolean {
  if (effect.kind === "discard") return byGit(event.actor);
  switch (event.kind) {
    case "delete":
      return effect.kind === "delete";
    case "truncate":
      return effect.kind === "truncate" || isOverwritingMove(effect);
    case "replace":
      return effect.kind === "truncate" || effect.kind === "delete" || isOverwritingMove(effect);
    case "move":
      return effect.kind === "move";
    case "write":
      return (
        effect.kind === "write" ||
        effect.kind === "truncate" ||
        effect.kind === "move" ||
        (byGit(event.actor) && effect.kind === "delete")
      );
    case "discard":
      return effect.kind === "delete" || effect.kind === "truncate";
    case "chmod":
    case "owner":
    case "acl":
    case "attribute":
      return classOfEffect(effect) === event.kind;
  }
}

function isOverwritingMove(effect: OnTarget): boolean {
  return effect.kind === "move" && effect.overwrites !== "no";
}

/** Events that show a prediction to be right: also those that need not be told. */
function confirms(effect: OnTarget, event: Observed): boolean {
  switch (effect.kind) {
    case "delete":
      return (
        event.kind === "delete" ||
        event.kind === "replace" ||
        (byGit(event.actor) && event.kind !== "chmod")
      );
    case "truncate":
      return event.kind === "truncate" || event.kind === "replace" || event.kind === "write";
    case "discard":
      return byGit(event.actor);
    case "move":
      return event.kind === "move";
    case "write":
      return event.kind === "write" || event.kind === "truncate" || event.kind === "replace";
    case "permission":
      return classOfEffect(effect) === event.kind;
    case "read":
    case "list":
      return false;
  }
}

function isBelow(path: string, folder: string): boolean {
  return folder === "/" || path.startsWith(`${folder}/`);
}

function isAbove(event: Observed, target: Target): boolean {
  return (
    target.form !== "unresolved" &&
    (isBelow(target.path, event.path) || isBelow(target.path, event.real))
  );
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** A pattern of `Target`; `below`: everything below what matches, too. */
export function toRegExp(pattern: string, below: boolean): RegExp {
  let source = "";
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at] ?? "";
    if (character === "\\") {
      at += 1;
      source += quote(pattern[at] ?? "");
    } else if (pattern.startsWith("**/", at) && pattern[at - 1] === "/") {
      at += 2;
      source += "(?:.*/)?";
    } else if (pattern.startsWith("**", at)) {
      at += 1;
      source += ".*";
    } else if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else source += quote(character);
  }
  return new RegExp(`^${source}${below ? "(/.*)?" : ""}$`, "s");
}

function quote(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
