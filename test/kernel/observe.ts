// From system calls to what a row did: the events that predictions are held against.
//
// The rules, in short:
// - An event is *required* if a prediction has to tell it. What is not required may still confirm one.
// - A call that the sandbox forbade (`forbidden` below) counts as done: outside of it, it would be.
//   A call that failed because nothing was there does not count.
// - What a command made itself and removed, renamed or set the mode of is its own business: temporary
//   files, locks, `sed -i`. "A command" is what a shell starts, with all of its children.
// - A file that one command removes or renames away and makes anew is replaced, not deleted. In-place
//   editors (`inPlace`) write; whatever else replaces a file loses its content, as truncation does.
// - A truncation is required only if the fixture's file held something.
// - A write is required if the file is different or new afterwards, or if a shell opened it.
// - git's own files (`.git`, bare repositories) are git's business. What git does to the files of a
//   worktree loses something only if nothing in the repository leads to the content afterwards (see repository.ts);
//   `git rm`, `git mv` and `git worktree` do what their names say in any case.

import { type Actor, described, resolve, type SystemCall, text } from "./trace.ts";
import { follow, sameContent, type Tree } from "./tree.ts";

export type EventKind =
  | "delete"
  | "truncate"
  | "replace"
  | "write"
  | "move"
  | "discard"
  | "chmod"
  | "owner"
  | "acl"
  | "attribute";

export interface Observed {
  kind: EventKind;
  /** As the program named it, absolute and lexically normal. */
  readonly path: string;
  /** The same with the links of its folders followed. */
  readonly real: string;
  /** Of a move. */
  readonly destination?: { readonly path: string; readonly real: string };
  required: boolean;
  readonly actor: Actor;
}

/** Errors that say "the sandbox does not let you" and not "there is nothing to do". */
const forbidden = new Set(["EPERM", "EACCES", "EROFS", "EBUSY", "EXDEV"]);
/** Owners and ACL entries that do not exist in the sandbox are invalid in it. */
const forbiddenOwner = new Set([...forbidden, "EINVAL", "EOPNOTSUPP", "ENODATA"]);

/** Programs that change a file by writing it anew. */
const inPlace = new Set([
  "sed",
  "perl",
  "ruby",
  "gawk",
  "awk",
  "mawk",
  "ed",
  "ex",
  "vi",
  "vim",
  "patch",
]);
/** Of these, a truncation is part of the edit as well. */
const editors = new Set(["ed", "ex", "vi", "vim", "patch"]);
const shellPrograms = new Set(["bash", "sh", "dash", "rbash"]);
/** Caches and histories that programs keep for themselves. */
const ownState =
  /\/(__pycache__|\.cache|\.npm|\.parallel|\.gnupg|\.node_repl_history|\.python_history|\.lesshst|\.wget-hsts|\.viminfo|\.rnd|\.bash_history)(\/|$)|^\/tmp\/par[\w]+\.\w+$/;
const notFiles = /^\/(dev|proc|sys|\.trace)(\/|$)|^(pipe|socket|anon_inode):/;
const gitOwn = /(^|\/)\.git(\/|$)|^\/srv\/git\/[^/]+\.git(\/|$)/;
/** Subcommands of git that remove or move files by intention, wherever else the content may be. */
const gitFileCommands = new Set(["rm", "mv", "worktree"]);

/** Where a call names a file: in an argument, relative to the folder in another; or a descriptor. */
type At =
  | { readonly path: number; readonly folder?: number; readonly follows?: boolean }
  | { readonly descriptor: number };

/** What a call does and where in its arguments it says to what. */
type Shape =
  | { readonly does: "remove" | "cut" | "punch" | "creat" | "make"; readonly at: At }
  | { readonly does: "chmod" | "owner" | "extended" | "flags"; readonly at: At }
  | { readonly does: "rename"; readonly at: At; readonly to: At }
  | { readonly does: "open"; readonly at: At; readonly flags: number };

const shapes: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ["unlink", { does: "remove", at: { path: 0 } }],
  ["rmdir", { does: "remove", at: { path: 0 } }],
  ["unlinkat", { does: "remove", at: { path: 1, folder: 0 } }],
  ["rename", { does: "rename", at: { path: 0 }, to: { path: 1 } }],
  ["renameat", { does: "rename", at: { path: 1, folder: 0 }, to: { path: 3, folder: 2 } }],
  ["renameat2", { does: "rename", at: { path: 1, folder: 0 }, to: { path: 3, folder: 2 } }],
  ["truncate", { does: "cut", at: { path: 0, follows: true } }],
  ["ftruncate", { does: "cut", at: { descriptor: 0 } }],
  ["fallocate", { does: "punch", at: { descriptor: 0 } }],
  ["open", { does: "open", at: { path: 0, follows: true }, flags: 1 }],
  ["openat", { does: "open", at: { path: 1, folder: 0, follows: true }, flags: 2 }],
  ["openat2", { does: "open", at: { path: 1, folder: 0, follows: true }, flags: 2 }],
  ["creat", { does: "creat", at: { path: 0, follows: true } }],
  ["mkdir", { does: "make", at: { path: 0 } }],
  ["mknod", { does: "make", at: { path: 0 } }],
  ["mkdirat", { does: "make", at: { path: 1, folder: 0 } }],
  ["mknodat", { does: "make", at: { path: 1, folder: 0 } }],
  ["link", { does: "make", at: { path: 1 } }],
  ["symlink", { does: "make", at: { path: 1 } }],
  ["linkat", { does: "make", at: { path: 3, folder: 2 } }],
  ["symlinkat", { does: "make", at: { path: 2, folder: 1 } }],
  ["chmod", { does: "chmod", at: { path: 0, follows: true } }],
  ["fchmod", { does: "chmod", at: { descriptor: 0 } }],
  ["fchmodat", { does: "chmod", at: { path: 1, folder: 0, follows: true } }],
  ["chown", { does: "owner", at: { path: 0, follows: true } }],
  ["lchown", { does: "owner", at: { path: 0 } }],
  ["fchown", { does: "owner", at: { descriptor: 0 } }],
  ["fchownat", { does: "owner", at: { path: 1, folder: 0 } }],
  ["setxattr", { does: "extended", at: { path: 0, follows: true } }],
  ["lsetxattr", { does: "extended", at: { path: 0 } }],
  ["fsetxattr", { does: "extended", at: { descriptor: 0 } }],
  ["removexattr", { does: "extended", at: { path: 0, follows: true } }],
  ["lremovexattr", { does: "extended", at: { path: 0 } }],
  ["fremovexattr", { does: "extended", at: { descriptor: 0 } }],
  ["ioctl", { does: "flags", at: { descriptor: 0 } }],
]);

interface Known {
  /** The command that made it in this run; undefined: the fixture. */
  readonly maker: number | undefined;
  readonly holds: boolean;
}

interface Place {
  readonly path: string;
  readonly real: string;
}

export interface Observation {
  readonly events: readonly Observed[];
  /** Everything that came to exist during the run, by real path. */
  readonly made: ReadonlySet<string>;
}

export function observe(calls: readonly SystemCall[], before: Tree, after: Tree): Observation {
  return new Observer(before, after).observe(calls);
}

export function byGit(actor: Actor): boolean {
  return actor.program === "git" || actor.program.startsWith("git-");
}

/** An event by which the content of a file may be lost. */
export function losesContent(event: Observed): boolean {
  return event.kind === "delete" || event.kind === "replace" || event.kind === "truncate";
}

/** Whether git did this to a file of a worktree because its command is not about that file. */
export function incidentalToGit(event: Observed): boolean {
  return (
    byGit(event.actor) && !gitOwn.test(event.real) && !gitFileCommands.has(gitCommand(event.actor))
  );
}

export function gitCommand(actor: Actor): string {
  if (actor.program.startsWith("git-")) return actor.program.slice(4);
  const words = actor.words.slice(1);
  while (words[0]?.startsWith("-")) {
    words.splice(
      0,
      ["-C", "-c", "--git-dir", "--work-tree", "--namespace"].includes(words[0]) ? 2 : 1,
    );
  }
  return words[0] ?? "";
}

class Observer {
  readonly #before: Tree;
  readonly #after: Tree;
  readonly #files = new Map<string, Known>();
  readonly #events: Observed[] = [];
  readonly #new = new Set<string>();
  /** Deletions and moves away that a later creation by the same command turns into a replacement. */
  readonly #gone = new Map<string, Observed>();

  /** Where a file that was moved is now -> its first move. */
  readonly #arrived = new Map<string, Observed>();

  constructor(before: Tree, after: Tree) {
    this.#before = before;
    this.#after = after;
    for (const [path, entry] of before) {
      this.#files.set(path, { maker: undefined, holds: entry.type !== "file" || entry.size > 0 });
    }
  }

  observe(calls: readonly SystemCall[]): Observation {
    for (const call of calls) this.#take(call);
    for (const event of this.#events) this.#settle(event);
    return { events: distinct(this.#events), made: this.#new };
  }

  #take(call: SystemCall): void {
    const shape = shapes.get(call.name);
    const place = shape === undefined ? undefined : this.#place(call, shape.at);
    if (shape === undefined || place === undefined) return;
    switch (shape.does) {
      case "remove":
        this.#removed(call, place);
        break;
      case "rename":
        this.#renamed(call, place, this.#place(call, shape.to));
        break;
      case "cut":
        this.#cut(call, place, Number(call.args[1]));
        break;
      case "punch":
        if (/PUNCH_HOLE|ZERO_RANGE|COLLAPSE/.test(call.args[1] ?? "")) this.#cut(call, place, 0);
        break;
      case "open":
        this.#opened(call, place, call.args[shape.flags] ?? "");
        break;
      case "creat":
        this.#opened(call, place, "O_WRONLY|O_CREAT|O_TRUNC");
        break;
      case "make":
        this.#made(call, place);
        break;
      case "chmod":
      case "owner":
        this.#permission(shape.does, call, place);
        break;
      case "extended":
        this.#extended(call, place);
        break;
      case "flags":
        if (/^FS_IOC_(SETFLAGS|FSSETXATTR)/.test(call.args[1] ?? "")) {
          this.#permission("attribute", call, place);
        }
        break;
    }
  }

  #place(call: SystemCall, at: At): Place | undefined {
    if ("descriptor" in at) return this.#both(described(call.args[at.descriptor]), true);
    const named = text(call.args[at.path]);
    if (named === undefined) return undefined;
    const folder = at.folder === undefined ? undefined : described(call.args[at.folder]);
    return this.#both(resolve(folder ?? call.cwd, named), at.follows === true);
  }

  #both(path: string | undefined, last: boolean): Place | undefined {
    if (path === undefined || notFiles.test(path)) return undefined;
    return { path, real: follow(this.#before, path, last) };
  }

  #add(kind: EventKind, call: SystemCall, place: Place, required: boolean, to?: Place): Observed {
    const moved = to === undefined ? {} : { destination: to };
    const event: Observed = { kind, ...place, ...moved, required, actor: call.actor };
    this.#events.push(event);
    return event;
  }

  #own(call: SystemCall, place: Place): boolean {
    return this.#files.get(place.real)?.maker === call.actor.command;
  }

  #removed(call: SystemCall, place: Place): void {
    if (!counts(call, forbidden)) return;
    const known = this.#files.get(place.real);
    const own = known?.maker === call.actor.command;
    const there = known !== undefined || place.real.startsWith("/usr/");
    const event = this.#add("delete", call, place, !own && there);
    if (call.errno !== undefined) return;
    this.#files.delete(place.real);
    if (this.#removedUnderAnotherName(call, place)) event.required = false;
    if (!own) this.#gone.set(place.real, event);
  }

  /** `shred -u` renames a file over and over before it removes it: that deletes the first name. */
  #removedUnderAnotherName(call: SystemCall, place: Place): boolean {
    const first = this.#arrived.get(place.real);
    if (first === undefined || first.actor.command !== call.actor.command) return false;
    for (const event of this.#events) {
      const same = event.kind === "move" && event.actor.command === call.actor.command;
      if (same) event.required = false;
    }
    first.kind = "delete";
    first.required = true;
    return true;
  }

  #renamed(call: SystemCall, from: Place, to: Place | undefined): void {
    if (to === undefined || !counts(call, forbidden)) return;
    const over = this.#files.get(to.real);
    if (this.#own(call, from)) {
      this.#move(from.real, to.real, call);
      if (over === undefined || over.maker === call.actor.command) this.#created(call, to);
      else this.#replaced(call, to, over);
      return;
    }
    const event = this.#add("move", call, from, true, to);
    if (call.errno !== undefined) return;
    this.#move(from.real, to.real, undefined);
    this.#gone.set(from.real, event);
    this.#arrived.set(to.real, this.#arrived.get(from.real) ?? event);
    if (over?.holds && over.maker === undefined) this.#add("replace", call, to, false);
  }

  /** Renames what is known of a path and of everything below it. */
  #move(from: string, to: string, call: SystemCall | undefined): void {
    for (const [path, known] of [...this.#files]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue;
      const moved = to + path.slice(from.length);
      this.#files.delete(path);
      this.#files.set(moved, call === undefined ? known : { ...known, maker: call.actor.command });
      this.#new.add(moved);
    }
  }

  /** Something new stands at `place`, made by the caller. */
  #created(call: SystemCall, place: Place): void {
    const gone = this.#gone.get(place.real);
    this.#files.set(place.real, { maker: call.actor.command, holds: false });
    this.#new.add(place.real);
    this.#add("write", call, place, false);
    if (gone === undefined || gone.actor.command !== call.actor.command) return;
    this.#gone.delete(place.real);
    if (gone.kind === "delete") {
      const held = this.#before.get(place.real);
      gone.kind = inPlace.has(call.actor.program) ? "write" : "replace";
      gone.required = gone.required && held?.type === "file" && held.size > 0;
    } else {
      gone.required = false;
    }
  }

  #replaced(call: SystemCall, place: Place, over: Known): void {
    const edits = inPlace.has(call.actor.program);
    this.#files.set(place.real, { maker: over.maker, holds: true });
    const held = this.#before.get(place.real);
    const loses = over.holds && over.maker === undefined && held?.type === "file";
    this.#add(edits ? "write" : "replace", call, place, !edits && loses);
    if (!edits) this.#add("write", call, place, false);
  }

  #made(call: SystemCall, place: Place): void {
    if (!counts(call, forbidden)) return;
    if (call.errno === undefined) this.#created(call, place);
    else this.#add("write", call, place, false);
    if (hasOwnMode(call)) this.#add("chmod", call, place, false);
  }

  #opened(call: SystemCall, place: Place, flags: string): void {
    const known = this.#files.get(place.real);
    // flock(1) makes its file and only reads it.
    const makes = known === undefined && /O_CREAT/.test(flags);
    const writes = makes || /O_WRONLY|O_RDWR/.test(flags);
    if (!writes || /O_TMPFILE/.test(flags) || !counts(call, forbidden)) return;
    if (call.errno !== undefined) {
      if (/O_TRUNC/.test(flags)) this.#add("truncate", call, place, false);
      this.#add("write", call, place, false);
      return;
    }
    if (known === undefined) {
      this.#created(call, place);
      if (/O_TRUNC/.test(flags)) this.#add("truncate", call, place, false);
    } else if (/O_TRUNC/.test(flags)) {
      this.#truncated(call, place, known);
    }
    const explicit = shellPrograms.has(call.actor.program);
    this.#add("write", call, place, explicit && /O_WRONLY/.test(flags));
  }

  #cut(call: SystemCall, place: Place, length: number): void {
    if (!counts(call, forbidden)) return;
    const known = this.#files.get(place.real);
    const size = this.#before.get(place.real)?.size ?? 0;
    if (known?.maker === undefined && length < size) this.#truncated(call, place, known);
    else this.#add("truncate", call, place, false);
  }

  #truncated(call: SystemCall, place: Place, known: Known | undefined): void {
    const loses = known?.holds === true && known.maker === undefined;
    this.#add("truncate", call, place, loses && !editors.has(call.actor.program));
    this.#add("write", call, place, false);
  }

  #permission(kind: EventKind, call: SystemCall, place: Place): void {
    if (!counts(call, kind === "chmod" ? forbidden : forbiddenOwner)) return;
    const known = this.#files.get(place.real);
    const there = known !== undefined || place.real.startsWith("/usr/");
    const did = call.errno !== "ENODATA";
    this.#add(kind, call, place, there && did && !this.#own(call, place));
  }

  #extended(call: SystemCall, place: Place): void {
    const name = text(call.args[1]) ?? "";
    this.#permission(name.startsWith("system.posix_acl") ? "acl" : "attribute", call, place);
  }

  /** What can be said only at the end. */
  #settle(event: Observed): void {
    if (byGit(event.actor)) this.#settleGit(event);
    if (event.kind === "write" && !event.required) {
      event.required = !sameContent(this.#before.get(event.real), this.#after.get(event.real));
      // Gone again: whoever removed it has been seen doing so.
      if (!this.#after.has(event.real)) event.required = false;
      if (gitOwn.test(event.real) && byGit(event.actor)) event.required = false;
    }
    if (ownState.test(event.path) && !shellPrograms.has(event.actor.program)) {
      if (event.kind !== "move") event.required = false;
    }
  }

  #settleGit(event: Observed): void {
    if (gitOwn.test(event.real)) event.required = false;
    if (!incidentalToGit(event)) return;
    if (event.kind === "chmod") event.required = false;
    // Folders are no content, and files are judged by where their content is afterwards.
    if (losesContent(event) && this.#before.get(event.real)?.digest === undefined)
      event.required = false;
  }
}

/** One event for each kind and path of a command; required if one of them is. */
function distinct(events: readonly Observed[]): readonly Observed[] {
  const found = new Map<string, Observed>();
  for (const event of events) {
    const key = [event.actor.command, event.kind, event.path, event.destination?.path].join("\0");
    const earlier = found.get(key);
    if (earlier === undefined) found.set(key, event);
    else if (event.required) earlier.required = true;
  }
  return [...found.values()];
}

/** `mkdir -m 700` hands its mode to the call that makes the folder. */
function hasOwnMode({ name, args }: SystemCall): boolean {
  const at = { mkdir: 1, mknod: 1, mkdirat: 2, mknodat: 2 }[name];
  return at !== undefined && !/^(?:S_IF\w+\|)?(?:0777|0666)$/.test(args[at] ?? "");
}

function counts(call: SystemCall, errors: ReadonlySet<string>): boolean {
  return call.errno === undefined || errors.has(call.errno);
}
