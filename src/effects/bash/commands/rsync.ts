// rsync(1): copies trees, here or to another machine, and may delete on either side.

import type { PermissionFamily, Target } from "../../../core/effect.ts";
import { quotePattern } from "../../paths.ts";
import type { CommandFamily, Word } from "../command.ts";
import type { Options } from "../options.ts";
import { type Act, family, type More, textOf, tool } from "../tool.ts";

const optionLines = [
  "verbose,v info: debug: stderr: quiet,q no-motd checksum,c archive,a recursive,r relative,R",
  "inc-recursive,i-r no-inc-recursive no-i-r backup,b backup-dir: suffix: update,u inplace append",
  "append-verify dirs,d old-dirs mkpath links,l copy-links,L copy-unsafe-links safe-links munge-links",
  "insecure-links confine-root: copy-dirlinks,k keep-dirlinks,K hard-links,H perms,p executability,E",
  "chmod: acls,A xattrs,X owner,o group,g devices copy-devices write-devices specials drop-D D times,t",
  "atimes,U open-noatime crtimes,N omit-dir-times,O omit-link-times,J super fake-super sparse,S",
  "preallocate dry-run,n whole-file,W checksum-choice,cc: one-file-system,x block-size,B: rsh,e:",
  "rsync-path: existing,ignore-non-existing ignore-existing remove-source-files remove-sent-files",
  "delete,del delete-before delete-during delete-delay delete-after delete-excluded",
  "ignore-missing-args delete-missing-args ignore-errors force max-delete: max-size: min-size:",
  "max-alloc: partial partial-dir: delay-updates prune-empty-dirs,m numeric-ids usermap: groupmap:",
  "chown: timeout: contimeout: ignore-times,I size-only modify-window,@: temp-dir,T: fuzzy,y",
  "compare-dest: copy-dest: link-dest: compress,z compress-choice,zc: compress-level,zl:",
  "compress-threads,zt: skip-compress: cvs-exclude,C filter,f: F exclude: exclude-from: include:",
  "include-from: files-from: from0,0 old-args secluded-args,protect-args,s trust-sender copy-as:",
  "address: port: sockopts: blocking-io outbuf: stats 8-bit-output,8 human-readable,h progress P",
  "itemize-changes,i remote-option,M: out-format,log-format: log-file: log-file-format:",
  "password-file: early-input: list-only bwlimit: stop-after,time-limit: stop-at: fsync write-batch:",
  "only-write-batch: read-batch: protocol: iconv: checksum-seed: ipv4,4 ipv6,6 version,V daemon",
  "config: server sender no-detach",
] as const;

type RsyncOptions = Options<
  | "archive"
  | "recursive"
  | "dirs"
  | "perms"
  | "owner"
  | "group"
  | "acls"
  | "xattrs"
  | "chmod"
  | "chown"
  | "backup"
  | "ignore-existing"
  | "existing"
  | "dry-run"
  | "list-only"
  | "rsh"
  | "rsync-path"
  | "remove-source-files"
  | "remove-sent-files"
  | "delete"
  | "delete-before"
  | "delete-during"
  | "delete-delay"
  | "delete-after"
  | "delete-excluded"
  | "delete-missing-args"
  | "executability"
  | "only-write-batch"
  | "write-batch"
  | "read-batch"
  | "files-from"
  | "exclude-from"
  | "include-from"
  | "password-file"
  | "log-file"
  | "backup-dir"
  | "daemon"
  | "server"
>;

const rsync = tool(
  optionLines,
  (act, options) => {
    if (options.has("server")) return;
    if (options.has("daemon")) return act.execute();
    const { sources, destination } = ends(options);
    remotes(act, [...sources, ...(destination === undefined ? [] : [destination])], options);
    readFiles(act, options);
    for (const source of sources) if (!isRemote(source)) act.read(source, { recursive: true });
    const looks = options.has("dry-run") || options.has("list-only") || destination === undefined;
    if (!looks) transfer(act, sources, destination, options);
  },
  { abbreviations: false, negations: true },
);

interface Ends {
  readonly sources: readonly Word[];
  readonly destination: Word | undefined;
}

/** A single operand is only listed; one that may be many is both. */
function ends(options: RsyncOptions): Ends {
  const { operands } = options;
  const [only] = operands;
  if (options.has("read-batch")) return { sources: [], destination: only };
  if (operands.length === 1 && only?.many !== true)
    return { sources: operands, destination: undefined };
  return {
    sources: operands.length === 1 ? operands : operands.slice(0, -1),
    destination: operands.at(-1),
  };
}

/** `host:path`, `host::module`, `rsync://host/module`: a colon before any slash. */
function isRemote(word: Word): boolean {
  const text = word.parts.map((part) => (part.kind === "text" ? part.text : "x")).join("");
  const colon = text.indexOf(":");
  const slash = text.indexOf("/");
  return text.startsWith("rsync://") || (colon > 0 && (slash < 0 || colon < slash));
}

function hostOf(word: Word): string {
  const text = textOf(word);
  const login = text.startsWith("rsync://")
    ? text.slice(8).split("/", 1)[0]
    : text.split(":", 1)[0];
  return (login ?? "").slice((login ?? "").lastIndexOf("@") + 1).split(":", 1)[0] ?? "";
}

function remotes(act: Act, ends: readonly Word[], options: RsyncOptions): void {
  const [remote] = ends.filter(isRemote);
  if (remote === undefined) return;
  act.connect(hostOf(remote));
  const shell = options.value("rsh") ?? act.scope.environment("RSYNC_RSH");
  const connecting = act.scope.environment("RSYNC_CONNECT_PROG");
  if (connecting !== undefined) act.script(connecting, { via: "rsync RSYNC_CONNECT_PROG" });
  // rsync splits the command at blanks and runs it with the host and its own server behind.
  if (shell !== undefined) runShell(act, shell, hostOf(remote));
  const path = options.value("rsync-path");
  if (path !== undefined)
    act.script(path, { elsewhere: hostOf(remote), via: "rsync --rsync-path" });
}

function runShell(act: Act, shell: Word, host: string): void {
  const words = shell.value?.split(" ").filter((word) => word !== "") ?? [];
  const server = [host, "rsync", "--server"].map((word) => act.scope.word(word));
  const command = shell.value === undefined ? [shell] : words.map((word) => act.scope.word(word));
  act.run([...command, ...server], { via: "rsync --rsh" });
}

const fileOptions = [
  "files-from",
  "exclude-from",
  "include-from",
  "password-file",
  "read-batch",
] as const;

function readFiles(act: Act, options: RsyncOptions): void {
  for (const option of fileOptions) {
    for (const file of options.values(option)) if (file.value !== "-") act.read(file);
  }
  const log = options.value("log-file");
  if (log !== undefined) act.write(log);
}

function transfer(act: Act, sources: readonly Word[], to: Word, options: RsyncOptions): void {
  const batch = options.value("only-write-batch") ?? options.value("write-batch");
  if (batch !== undefined) act.overwrite(batch);
  if (options.has("only-write-batch")) return;
  const place = placeOf(act, to);
  if (deletes(options) && !options.has("backup")) {
    act.delete(place, { ...whole, via: "rsync --delete" });
  }
  if (options.has("backup")) keepOld(act, place, options);
  const skips = options.has("ignore-existing") || options.has("existing");
  act.write(place, skips ? whole : { recursive: true });
  if (!options.has("backup") && !options.has("ignore-existing")) act.truncate(place, whole);
  permissions(act, place, options);
  if (options.has("remove-source-files") || options.has("remove-sent-files")) {
    removeSources(act, sources);
  }
}

const whole: More = { recursive: true, certainty: "possible" };

/** What would be written over or deleted gets another name, or goes to `--backup-dir`. */
function keepOld(act: Act, place: Target, options: RsyncOptions): void {
  const folder = options.value("backup-dir");
  const beside: Target =
    place.form === "resolved" ? { form: "pattern", path: `${quotePattern(place.path)}**` } : place;
  act.move(place, folder ?? beside, whole);
}

/** A path on another machine is no path here. */
function placeOf(act: Act, word: Word): Target {
  return isRemote(word) ? { form: "unresolved", path: textOf(word) } : act.target(word);
}

function deletes(options: RsyncOptions): boolean {
  const asked = options.last(
    "delete",
    "delete-before",
    "delete-during",
    "delete-delay",
    "delete-after",
    "delete-excluded",
    "delete-missing-args",
  );
  return asked !== undefined && options.has(asked);
}

function removeSources(act: Act, sources: readonly Word[]): void {
  const via = "rsync --remove-source-files";
  for (const source of sources) {
    act.delete(placeOf(act, source), { recursive: true, certainty: "possible", via });
  }
}

function permissions(act: Act, place: Target, options: RsyncOptions): void {
  const keepsModes =
    options.has("perms") ||
    options.has("executability") ||
    (options.has("archive") && !isTakenBack(options, "perms"));
  const set = (kind: PermissionFamily, change?: Word): void => {
    const said = change === undefined ? {} : { change };
    act.permission(place, { family: kind, incidental: true, ...said }, whole);
  };
  if (options.has("chmod") || keepsModes) set("chmod", options.value("chmod"));
  // Only root can give a file away, so that `-a` alone does not say so.
  if (options.has("owner") || options.has("chown")) set("chown", options.value("chown"));
  if (options.has("group")) set("chgrp");
  if (options.has("acls")) set("acl");
  if (options.has("xattrs")) set("attribute");
}

function isTakenBack(options: RsyncOptions, name: string): boolean {
  return options.items.some((item) => item.kind === "option" && item.name === `no-${name}`);
}

export const rsyncs: CommandFamily = family(["rsync openrsync", rsync]);
