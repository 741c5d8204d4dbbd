// What a call would do to the world.

/** Raised whenever the analysis of any call may change; stored with every effect. */
export const analyserVersion = "1";

/** `certain`: happens if the call runs. `possible`: written in the call, may not be reached or match. */
export type Certainty = "certain" | "possible";

/**
 * A path as far as it is known.
 * `resolved`: absolute and lexically normal.
 * `pattern`: an absolute glob: `*` (no slash), `?`, `**` (any depth); a backslash quotes.
 * `unresolved`: the source text; it may be any path.
 */
export interface Target {
  readonly form: "resolved" | "pattern" | "unresolved";
  readonly path: string;
}

export type PermissionFamily = "chmod" | "chown" | "chgrp" | "acl" | "attribute" | "umask";

/**
 * Where the behaviour of an executed program is written. `builtin`: modelled by proctor; `inline`:
 * in the call, analysed; `file`: in a named script that is not seen (bears `unknown` as well);
 * `project`: in files of a project that a build or test runner reads.
 */
export type Code = "builtin" | "inline" | "file" | "project";

interface Base {
  readonly certainty: Certainty;
  /** The part of the call that does it: `find -delete`, `redirection >`, `tool delete_file`. */
  readonly via: string;
  /** Offsets of that part in the outermost command text, UTF-16 code units. */
  readonly span?: { readonly start: number; readonly end: number };
}

interface OnTarget extends Base {
  readonly target: Target;
  /** The whole tree below the target as well. */
  readonly recursive: boolean;
}

export interface ReadEffect extends OnTarget {
  readonly kind: "read";
}
/** Names or metadata are looked at. `permissions`: the look shows modes (`ls -l`, `stat`, `getfacl`). */
export interface ListEffect extends OnTarget {
  readonly kind: "list";
  readonly permissions: boolean;
}
/** Created or changed. `creates`: known to make something new (`mkdir`, `mktemp`). */
export interface WriteEffect extends OnTarget {
  readonly kind: "write";
  readonly creates: boolean;
}
/** Content lost by overwriting. */
export interface TruncateEffect extends OnTarget {
  readonly kind: "truncate";
}
export interface DeleteEffect extends OnTarget {
  readonly kind: "delete";
}
/** `overwrites`: whether something at the destination is lost; `unknown` where that is not known. */
export interface MoveEffect extends OnTarget {
  readonly kind: "move";
  readonly destination: Target;
  readonly overwrites: "yes" | "no" | "unknown";
}
/** `incidental`: a copy that merely preserves modes, or a mode set at creation. */
export interface PermissionEffect extends OnTarget {
  readonly kind: "permission";
  readonly family: PermissionFamily;
  readonly incidental: boolean;
  /** The new mode, owner or entry, as written. */
  readonly change?: string;
}
/** `inspects`: it only looks, and its whole behaviour is in the call's other effects. */
export interface ExecuteEffect extends Base {
  readonly kind: "execute";
  readonly program: string;
  readonly words: readonly string[];
  readonly code: Code;
  readonly inspects: boolean;
  /** The script, where `code` is `file`, or the folder, where it is `project`. */
  readonly target?: Target;
}
export interface ConnectEffect extends Base {
  readonly kind: "connect";
  readonly host: string;
}
export interface PrivilegeEffect extends Base {
  readonly kind: "privilege";
  readonly how: string;
}
/** History or uncommitted work lost, as in `git reset --hard`; the target is the repository or the path in it. */
export interface DiscardEffect extends OnTarget {
  readonly kind: "discard";
}
/** Doubt, with why: it may be anything. */
export interface UnknownEffect extends Base {
  readonly kind: "unknown";
  readonly why: string;
  /** The program or script that is not seen, where that is the whole doubt and its path is known. */
  readonly target?: Target;
}

export type Effect =
  | ReadEffect
  | ListEffect
  | WriteEffect
  | TruncateEffect
  | DeleteEffect
  | MoveEffect
  | PermissionEffect
  | ExecuteEffect
  | ConnectEffect
  | PrivilegeEffect
  | DiscardEffect
  | UnknownEffect;

export type EffectKind = Effect["kind"];

export const effectKinds = [
  "read",
  "list",
  "write",
  "truncate",
  "delete",
  "move",
  "permission",
  "execute",
  "connect",
  "privilege",
  "discard",
  "unknown",
] as const satisfies readonly EffectKind[];

/** Read, list, or a program that only looks: what may be repeated, and is not synced. */
export function onlyLooks(effect: Effect): boolean {
  return (
    effect.kind === "read" ||
    effect.kind === "list" ||
    (effect.kind === "execute" && effect.inspects)
  );
}

/** What a call leaves behind for later calls of the same trajectory, in a persistent shell or an inherited environment. */
export interface Residue {
  /** The shell's folder from now on; null: no longer known. */
  readonly cwd?: string | null;
  /** Why bare program names may no longer be what they say: alias, function, PATH, a start-up file. */
  readonly environmentChanged?: string;
}

export interface Analysis {
  /** In the order of execution as far as known; never empty. */
  readonly effects: readonly Effect[];
  readonly residue: Residue;
  readonly analyser: string;
}
