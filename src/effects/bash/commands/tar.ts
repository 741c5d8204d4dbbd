// tar(1): packs, unpacks, and can run commands and remove files while it does.

import type { Target } from "../../../core/effect.ts";
import type { Command, CommandFamily, Word } from "../command.ts";
import type { Options } from "../options.ts";
import { type Act, family, inFolder, textOf, tool } from "../tool.ts";

const optionLines = [
  "A,catenate,concatenate c,create delete d,diff,compare r,append test-label t,list u,update",
  "x,extract,get check-device g,listed-incremental: G,incremental hole-detection: ignore-failed-read",
  "level: no-check-device no-seek n,seek occurrence:: sparse-version: S,sparse add-file: C,directory:",
  "exclude: exclude-backups exclude-caches exclude-caches-all exclude-caches-under exclude-ignore:",
  "exclude-ignore-recursive: exclude-tag: exclude-tag-all: exclude-tag-under: exclude-vcs",
  "exclude-vcs-ignores no-null no-recursion no-unquote no-verbatim-files-from null recursion",
  "T,files-from: unquote verbatim-files-from X,exclude-from: anchored ignore-case no-anchored",
  "no-ignore-case no-wildcards no-wildcards-match-slash wildcards wildcards-match-slash",
  "keep-directory-symlink keep-newer-files k,keep-old-files no-overwrite-dir one-top-level:: overwrite",
  "overwrite-dir recursive-unlink remove-files skip-old-files U,unlink-first W,verify",
  "ignore-command-error no-ignore-command-error O,to-stdout to-command: atime-preserve:: clamp-mtime",
  "delay-directory-restore group: group-map: mode: mtime: m,touch no-delay-directory-restore",
  "no-same-owner no-same-permissions numeric-owner owner: owner-map:",
  "p,preserve-permissions,same-permissions same-owner sort: s,preserve-order,same-order acls no-acls",
  "no-selinux no-xattrs selinux xattrs xattrs-exclude: xattrs-include: force-local f,file:",
  "F,info-script,new-volume-script: L,tape-length: M,multi-volume rmt-command: rsh-command:",
  "volno-file: b,blocking-factor: B,read-full-records i,ignore-zeros record-size: H,format:",
  "old-archive,portability pax-option: posix V,label: a,auto-compress I,use-compress-program: j,bzip2",
  "J,xz lzip lzma lzop no-auto-compress zstd z,gzip,gunzip,ungzip Z,compress,uncompress backup::",
  "hard-dereference h,dereference K,starting-file: newer-mtime: N,newer,after-date: one-file-system",
  "P,absolute-names suffix: strip-components: transform,xform: checkpoint:: checkpoint-action:",
  "full-time index-file: l,check-links no-quote-chars: quote-chars: quoting-style: R,block-number",
  "show-defaults show-omitted-dirs show-snapshot-field-ranges",
  "show-transformed-names,show-stored-names totals:: utc v,verbose warning: w,interactive,confirmation",
  "o ?,help restrict usage version",
] as const;

type TarOptions = Options<
  | "A"
  | "c"
  | "delete"
  | "d"
  | "r"
  | "t"
  | "u"
  | "x"
  | "test-label"
  | "g"
  | "add-file"
  | "C"
  | "T"
  | "X"
  | "k"
  | "keep-newer-files"
  | "skip-old-files"
  | "one-top-level"
  | "transform"
  | "strip-components"
  | "recursive-unlink"
  | "remove-files"
  | "U"
  | "overwrite"
  | "O"
  | "to-command"
  | "p"
  | "same-owner"
  | "acls"
  | "xattrs"
  | "selinux"
  | "force-local"
  | "f"
  | "F"
  | "rmt-command"
  | "rsh-command"
  | "volno-file"
  | "I"
  | "backup"
  | "suffix"
  | "checkpoint-action"
  | "index-file"
  | "usage"
  | "show-defaults"
>;

const reads = tool(optionLines, (act, options) => {
  if (options.has("usage") || options.has("show-defaults")) return;
  const mode = options.last("A", "c", "delete", "d", "r", "t", "u", "x", "test-label");
  if (mode === undefined) return;
  commands(act, options);
  sideFiles(act, options);
  switch (mode) {
    case "x":
      return extract(act, options);
    case "t":
    case "test-label":
      return readArchive(act, options);
    case "d":
      readArchive(act, options);
      return readMembers(act, options);
    case "delete":
      return forgetMembers(act, options);
    case "A":
    case "c":
    case "r":
    case "u":
      return pack(act, options, mode);
  }
});

/** `tar xvf a.tar`: the letters of a first word without a dash are options, their arguments follow. */
const tar: Command = function runTar(invocation, scope) {
  const environment = scope.environment("TAR_OPTIONS");
  const added = environment?.value === undefined ? [] : defaultWords(environment.value);
  const hidden = environment !== undefined && environment.value === undefined ? [environment] : [];
  const args = dashed(invocation.args, (text) => scope.word(text));
  const words = [...added.map((text) => scope.word(text)), ...hidden, ...args];
  return reads({ ...invocation, args: words }, scope);
};

/** TAR_OPTIONS: words between blanks, where a backslash protects one. */
function defaultWords(text: string): readonly string[] {
  const words = text.match(/(?:[^\s\\]|\\.)+/gs) ?? [];
  return words.map((word) => word.replace(/\\(.)/gs, "$1"));
}

const withArgument: ReadonlySet<string> = new Set("gCTXfFLbHVIKN");

function dashed(args: readonly Word[], word: (text: string) => Word): readonly Word[] {
  const [first, ...rest] = args;
  const letters = first?.value;
  if (letters === undefined || !/^[A-Za-z0-9?]{1,64}$/.test(letters)) return args;
  const options: Word[] = [];
  for (const letter of letters) {
    options.push(word(`-${letter}`));
    const argument = withArgument.has(letter) ? rest.shift() : undefined;
    if (argument !== undefined) options.push(argument);
  }
  return [...options, ...rest];
}

/** Different actions beyond this are not followed. */
const maxActions = 32;

function commands(act: Act, options: TarOptions): void {
  const actions = new Map(options.values("checkpoint-action").map((each) => [textOf(each), each]));
  for (const action of [...actions.values()].slice(0, maxActions)) checkpoint(act, action);
  if (actions.size > maxActions) act.unknown(`more than ${maxActions} actions of tar`);
  for (const script of [...options.values("F"), ...options.values("to-command")]) {
    act.script(script, { possible: true, via: "tar" });
  }
  const filter = options.value("I");
  if (filter !== undefined)
    act.script(filter, { possible: true, via: "tar -I", stdin: unseenInput });
  const archive = options.value("f");
  if (archive !== undefined && isRemote(archive, options)) remote(act, archive, options);
}

const unseenInput = { kind: "unknown", why: "what tar packs" } as const;

/** `exec=COMMAND` is run by the shell at each checkpoint; the other actions only print or wait. */
function checkpoint(act: Act, action: Word): void {
  const text = action.value;
  const via = "tar --checkpoint-action";
  if (text === undefined) act.unknown(`${action.source}: an action of tar that is not known`);
  else if (text.startsWith("exec=")) act.script(text.slice(5), { possible: true, via });
}

/** An archive name with a colon is on another host. */
function isRemote(archive: Word, options: TarOptions): boolean {
  const text = archive.value ?? "";
  const colon = text.indexOf(":");
  return colon > 0 && !text.slice(0, colon).includes("/") && !options.has("force-local");
}

function remote(act: Act, archive: Word, options: TarOptions): void {
  const host = textOf(archive).split(":", 1)[0] ?? "";
  act.connect(host.slice(host.lastIndexOf("@") + 1));
  const shell = options.value("rsh-command");
  if (shell !== undefined) act.run([shell, act.scope.word(host)], { via: "tar --rsh-command" });
}

function sideFiles(act: Act, options: TarOptions): void {
  for (const file of [...options.values("T"), ...options.values("X")]) {
    if (file.value !== "-") act.read(file);
  }
  for (const file of [...options.values("g"), ...options.values("volno-file")]) act.write(file);
  for (const file of options.values("index-file")) act.overwrite(file);
}

function readArchive(act: Act, options: TarOptions): undefined {
  for (const file of archives(options)) if (!isRemote(file, options)) act.read(file);
}

/** Archives that are files: `-f -` is a stream. */
function archives(options: TarOptions): readonly Word[] {
  return options.values("f").filter((file) => file.value !== "-");
}

/** A named file, and the folder that `-C` has made current for it. */
interface Member {
  readonly folder: Word | undefined;
  readonly name: Word;
}

function members(options: TarOptions): readonly Member[] {
  let folder: Word | undefined;
  return options.items.flatMap((item) => {
    if (item.kind === "operand") return [{ folder, name: item.word }];
    if (item.name === "C") folder = under(folder, item.value);
    return item.name === "add-file" && item.value !== undefined
      ? [{ folder, name: item.value }]
      : [];
  });
}

/** Each `-C` is taken from the folder before. */
function under(folder: Word | undefined, next: Word | undefined): Word | undefined {
  if (folder === undefined || next === undefined || isAbsolute(next)) return next ?? folder;
  return inFolder(folder, next.parts);
}

function isAbsolute(word: Word): boolean {
  const [first] = word.parts;
  return first?.kind !== "hole" && first?.text.startsWith("/") === true;
}

function pathOf({ folder, name }: Member): Word {
  return folder === undefined || isAbsolute(name) ? name : inFolder(folder, name.parts);
}

function readMembers(act: Act, options: TarOptions): undefined {
  for (const member of members(options)) act.read(pathOf(member), { recursive: true });
}

function pack(act: Act, options: TarOptions, mode: "A" | "c" | "r" | "u"): undefined {
  readMembers(act, options);
  for (const file of archives(options)) {
    if (isRemote(file, options)) continue;
    if (mode === "c") act.overwrite(file);
    else act.write(file);
  }
  if (options.has("remove-files")) removeMembers(act, options);
}

function removeMembers(act: Act, options: TarOptions): void {
  const via = "tar --remove-files";
  for (const member of members(options)) act.delete(pathOf(member), { recursive: true, via });
  for (const list of options.values("T")) {
    act.delete({ form: "unresolved", path: `names in ${textOf(list)}` }, { recursive: true, via });
  }
}

function forgetMembers(act: Act, options: TarOptions): undefined {
  for (const file of archives(options)) {
    act.write(file);
    act.truncate(file, { via: "tar --delete" });
  }
}

function extract(act: Act, options: TarOptions): undefined {
  readArchive(act, options);
  if (options.has("O") || options.has("to-command")) return;
  for (const place of extractionPlaces(act, options)) unpackInto(act, place, options);
}

/** The named members below the folder of extraction, or all of it. */
function extractionPlaces(act: Act, options: TarOptions): readonly Target[] {
  const named = members(options);
  const top = options.value("one-top-level");
  const folder = top ?? options.values("C").reduce<Word | undefined>(under, undefined);
  const plain = named.filter(({ name }) => name.value !== undefined && !/[*?[]/.test(name.value));
  const renames = options.has("transform") || options.has("strip-components") || top !== undefined;
  if (named.length > 0 && plain.length === named.length && !renames) {
    return named.map((member) => act.target(pathOf(member)));
  }
  return [folder === undefined ? act.target(".") : act.target(folder)];
}

function unpackInto(act: Act, place: Target, options: TarOptions): void {
  const more = { recursive: true, certainty: "possible" } as const;
  const keeps =
    options.last("k", "skip-old-files", "keep-newer-files", "backup", "suffix") !== undefined;
  if (options.has("U") || options.has("recursive-unlink")) {
    act.delete(place, { ...more, via: "tar --unlink-first" });
  }
  act.write(place, keeps ? more : { recursive: true });
  if (!keeps) act.truncate(place, more);
  const setsModes = options.has("p") || options.has("overwrite");
  if (setsModes) act.permission(place, { family: "chmod", incidental: true }, more);
  if (options.has("same-owner")) act.permission(place, { family: "chown", incidental: true }, more);
  if (options.has("acls")) act.permission(place, { family: "acl", incidental: true }, more);
  if (options.has("xattrs") || options.has("selinux")) {
    act.permission(place, { family: "attribute", incidental: true }, more);
  }
}

export const tars: CommandFamily = family(["tar gtar bsdtar", tar]);
