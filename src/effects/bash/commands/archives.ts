// Archivers beside tar: zip, unzip, cpio, 7z, rar, ar, jar.

import type { CommandFamily, Word } from "../command.ts";
import { dropText, leadingText } from "../options.ts";
import { type Act, family, inFolder, type More, program, textOf, tool } from "../tool.ts";

const whole: More = { recursive: true, certainty: "possible" };

/** Unpacks into a folder: new files, and where `keeps` is false lost old ones. */
function unpackInto(act: Act, folder: Word | string, keeps: boolean): undefined {
  act.write(folder, keeps ? whole : { recursive: true });
  if (!keeps) act.truncate(folder, whole);
  act.permission(folder, { family: "chmod", incidental: true }, whole);
}

function readEach(act: Act, files: readonly Word[], more?: More): undefined {
  for (const file of files) if (file.value !== "-") act.read(file, more);
}

/** Info-ZIP reads one or two letters as an option; these are the two-letter ones. */
const zipPairs: ReadonlySet<string> = new Set(
  [
    "AC AS DF FF FI FS MM RE TT UN VV X- ZZ db dc dd dg ds du dv fd fz ic la lf li ll mm nw pp sb sc sd sf",
    "so sp sU su sv tt ws la",
  ].flatMap((line) => line.split(" ")),
);
const zipValues: ReadonlySet<string> = new Set("b t tt n P O s sp TT lf ds Z UN".split(" "));
const zipLists: ReadonlySet<string> = new Set(["x", "i", "R"]);

const zipLongNames: ReadonlyMap<string, string> = new Map([
  ["move", "m"],
  ["delete", "d"],
  ["recurse-paths", "r"],
  ["recurse-patterns", "R"],
  ["filesync", "FS"],
  ["out", "O"],
  ["output-file", "O"],
  ["copy-entries", "U"],
  ["copy", "U"],
  ["unzip-command", "TT"],
  ["test", "T"],
  ["show-files", "sf"],
  ["show-unicode", "su"],
  ["show-just-unicode", "sU"],
  ["show-command", "sc"],
  ["show-options", "so"],
  ["show-debug", "sd"],
  ["exclude", "x"],
  ["include", "i"],
  ["temp-path", "b"],
  ["temp-dir", "b"],
  ["from-date", "t"],
  ["before-date", "tt"],
  ["password", "P"],
  ["split-size", "s"],
  ["suffixes", "n"],
  ["log-file", "lf"],
  ["logfile-path", "lf"],
  ["dot-size", "ds"],
  ["compression-method", "Z"],
  ["unicode", "UN"],
  ["help", "h"],
  ["more-help", "h2"],
  ["version", "v"],
  ["license", "L"],
]);

/** What a zip command line says: options without their dashes, the value of each, and paths. */
class ZipLine {
  readonly given = new Map<string, Word | undefined>();
  readonly operands: Word[] = [];
  readonly #args: readonly Word[];
  #next = 0;
  /** Behind `-x`, `-i` and `-R` come patterns, up to the next option or `@`. */
  #inList = false;

  constructor(args: readonly Word[]) {
    this.#args = args;
    for (let word = this.#take(); word !== undefined; word = this.#take()) {
      const text = leadingText(word);
      if (word.value === "--") this.operands.push(...this.#rest());
      else if (word.value === "@") this.#inList = false;
      else if (!text.startsWith("-") || word.value === "-") {
        if (!this.#inList) this.operands.push(word);
      } else if (text.startsWith("--")) this.#long(word, text);
      else this.#short(word, text);
    }
  }

  #take(): Word | undefined {
    return this.#args[this.#next++];
  }

  #rest(): readonly Word[] {
    const rest = this.#args.slice(this.#next);
    this.#next = this.#args.length;
    return rest;
  }

  #long(word: Word, text: string): void {
    const equals = text.indexOf("=");
    const name = text.slice(2, equals < 0 ? undefined : equals);
    const attached = equals < 0 ? undefined : dropText(word, equals + 1);
    this.#add(zipLongNames.get(name) ?? name, attached);
  }

  #short(word: Word, text: string): void {
    for (let at = 1; at < text.length; ) {
      const pair = text.slice(at, at + 2);
      const name = zipPairs.has(pair) ? pair : text.charAt(at);
      at += name.length;
      if (name.endsWith("-") || text.charAt(at) === "-") at += text.charAt(at) === "-" ? 1 : 0;
      const takes = zipValues.has(name) || zipLists.has(name);
      const rest =
        takes && at < text.length
          ? dropText(word, text.charAt(at) === "=" ? at + 1 : at)
          : undefined;
      this.#add(name, rest);
      if (takes) return;
    }
  }

  #add(name: string, attached: Word | undefined): void {
    this.#inList = zipLists.has(name);
    const value = zipValues.has(name) ? (attached ?? this.#take()) : attached;
    this.given.set(name, value);
  }
}

/** Options from the environment stand before those of the command line. */
function defaultsOf(act: Act): readonly Word[] {
  const options = act.scope.environment("ZIPOPT") ?? act.scope.environment("ZIP");
  if (options === undefined) return [];
  if (options.value === undefined) act.doubt([options]);
  const words = (options.value ?? "").split(/\s/).filter((word) => word !== "");
  return words.map((word) => act.scope.word(word));
}

const zipLooks = ["sf", "su", "sU", "sc", "so", "sd", "h", "h2", "L"];

const zip = program((act) => {
  const line = new ZipLine([...defaultsOf(act), ...act.args]);
  const { given, operands } = line;
  act.doubt(operands.filter((word) => word.parts[0]?.kind === "hole"));
  const [archive, ...members] = operands;
  if (archive === undefined || zipLooks.some((name) => given.has(name))) return;
  const inside = given.has("d") || given.has("U");
  const listed = given.has("@") || given.has("R");
  const nothing = members.length === 0 && !listed && !given.has("F") && !given.has("FF");
  if (nothing && !given.has("O") && !inside) return readEach(act, [zipName(act, archive)]);
  if (!inside) readEach(act, members, { recursive: given.has("r") });
  const file = zipName(act, archive);
  const out = given.get("O");
  if (out !== undefined) act.overwrite(zipName(act, out));
  else if (archive.value !== "-") act.write(file);
  if ((given.has("d") || given.has("FS")) && out === undefined) {
    act.truncate(file, { certainty: "possible", via: given.has("d") ? "zip -d" : "zip -FS" });
  }
  const log = given.get("lf");
  if (log !== undefined) act.overwrite(log);
  const test = given.get("TT");
  if (test !== undefined) act.script(test, { possible: !given.has("T"), via: "zip -TT" });
  if (given.has("m") && !inside) removeMoved(act, members, given.has("@"), given.has("r"));
});

function removeMoved(
  act: Act,
  members: readonly Word[],
  listed: boolean,
  recursive: boolean,
): void {
  for (const member of members) act.delete(member, { recursive, via: "zip -m" });
  if (listed) act.delete(act.scope.hole("what zip -@ reads"), { via: "zip -m" });
}

/** zip and unzip add `.zip` to a name without an extension. */
function zipName(act: Act, archive: Word): Word {
  const name = archive.value;
  if (name === undefined || name.slice(name.lastIndexOf("/") + 1).includes(".")) return archive;
  return act.scope.word(`${name}.zip`);
}

/**
 * unzip [-options] archive [members] [-x members] [-d folder]. Its options may stand anywhere; without
 * `-o` it asks before it overwrites, and refuses where nobody answers.
 */
const unzip = tool(
  "Z: c f l p t T u v z a b j n o q s C D K L M U V W X ^ : / P: O: I: d: x h,help i 1 2 S",
  (act, options) => {
    const [archive] = options.operands;
    if (archive === undefined) return;
    act.read(zipName(act, archive));
    const looks = options.last("l", "t", "v", "z", "Z", "c", "p", "T");
    if (looks !== undefined) return;
    unpackInto(act, options.value("d") ?? ".", options.last("n", "o") === "n");
  },
);

const readArchive = tool("1 2 s m l v h M t T z x: C O: I: q r a p: c", (act, { operands }) =>
  readEach(act, operands.slice(0, 1)),
);

const cpio = tool(
  [
    "0,null 4 a,reset-access-time A,append b,swap B block-size: c C,io-size: d,make-directories D,directory:",
    "E,pattern-file: f,nonmatching F,file: force-local H,format: i,extract I: k l,link L,dereference",
    "m,preserve-modification-time M,message: n,numeric-uid-gid no-absolute-filenames absolute-filenames",
    "no-preserve-owner o,create O: only-verify-crc p,pass-through quiet R,owner: r,rename",
    "rsh-command: s,swap-bytes S,swap-halfwords sparse t,list to-stdout u,unconditional v,verbose",
    "V,dot W,warning: device-independent,reproducible ignore-devno renumber-inodes ?,help usage",
  ],
  (act, options) => {
    const mode = options.last("o", "i", "p", "t");
    if (mode === undefined || options.has("usage")) return;
    const input = options.value("I") ?? (mode === "i" ? options.value("F") : undefined);
    readEach(act, [...(input === undefined ? [] : [input]), ...options.values("E")]);
    const shell = options.value("rsh-command");
    if (shell !== undefined)
      act.run([shell, act.scope.hole("a host")], { possible: true, via: "cpio --rsh-command" });
    if (mode === "o") packCpio(act, options.value("O") ?? options.value("F"), options.has("A"));
    if (mode === "p") copyTree(act, options.operands.at(-1));
    if (mode === "i" && !options.has("t") && !options.has("to-stdout")) {
      unpackInto(act, options.value("D") ?? ".", false);
    }
  },
);

function packCpio(act: Act, archive: Word | undefined, appends: boolean): void {
  act.read(act.scope.hole("what cpio reads"), whole);
  if (archive === undefined) return;
  if (appends) act.write(archive);
  else act.overwrite(archive);
}

function copyTree(act: Act, folder: Word | undefined): void {
  act.read(act.scope.hole("what cpio reads"), whole);
  if (folder !== undefined) unpackInto(act, folder, false);
}

/** 7z: a command, switches, an archive, files. */
const sevenZip = program((act) => {
  const ended = act.args.findIndex((word) => word.value === "--");
  const before = act.args.slice(0, ended < 0 ? undefined : ended);
  const switches = before.filter((word) => leadingText(word).startsWith("-"));
  const operands = [...before, ...act.args.slice(before.length + 1)].filter(
    (word) => !switches.includes(word),
  );
  const has = (name: string): boolean =>
    switches.some((word) => word.value?.toLowerCase() === name);
  const [command, archive, ...files] = operands;
  const folder = switches.find((word) =>
    /^-o./i.test(leadingText(word) + (word.value === undefined ? "?" : "")),
  );
  act.doubt(before.filter((word) => word.parts[0]?.kind === "hole"));
  if (archive === undefined) return;
  switch (command?.value?.toLowerCase()) {
    case "a":
    case "u":
      readEach(act, files, { recursive: true });
      act.write(archive);
      if (has("-sdel"))
        for (const file of files) act.delete(file, { recursive: true, via: "7z -sdel" });
      return;
    case "d":
      act.write(archive);
      return act.truncate(archive, { certainty: "possible", via: "7z d" });
    case "rn":
      return act.write(archive);
    case "e":
    case "x":
      act.read(archive);
      if (has("-so")) return;
      return unpackInto(
        act,
        folder === undefined ? "." : dropText(folder, 2),
        has("-aos") || has("-aou") || has("-aot"),
      );
    case "h":
      return readEach(act, [archive, ...files]);
    default:
      return readEach(act, [archive]);
  }
});

/** p7zip(1) behaves like gzip. */
const p7zip = tool("c d f k h,help", (act, options) => {
  for (const file of options.operands) {
    act.read(file);
    if (options.has("c")) continue;
    act.write(
      file.value === undefined
        ? file
        : act.scope.word(options.has("d") ? file.value.replace(/\.7z$/, "") : `${file.value}.7z`),
    );
    if (!options.has("k")) act.delete(file, { recursive: true });
  }
});

/** rar and unrar: a command letter with modifiers, switches, an archive, files, a folder with a slash. */
const rar = program((act) => {
  const switches = act.args.filter((word) => leadingText(word).startsWith("-"));
  const [command, archive, ...files] = act.args.filter((word) => !switches.includes(word));
  const has = (name: string): boolean => switches.some((word) => word.value === name);
  if (archive === undefined) return;
  const letter = command?.value?.charAt(0) ?? "";
  if (letter === "x" || letter === "e") {
    act.read(archive);
    const last = files.at(-1);
    const folder = last !== undefined && textOf(last).endsWith("/") ? last : ".";
    return unpackInto(act, folder, has("-o-") || has("-or"));
  }
  if (letter === "a" || letter === "m" || letter === "u" || letter === "f") {
    readEach(act, files, { recursive: true });
    act.write(archive);
    if (letter === "m" || has("-df") || has("-dw")) {
      for (const file of files) act.delete(file, { recursive: true, via: "rar m" });
    }
    return;
  }
  if (letter === "d") {
    act.write(archive);
    return act.truncate(archive, { certainty: "possible", via: "rar d" });
  }
  return readEach(act, [archive]);
});

/** ar: key letters, perhaps a member and a count for `a`, `b`, `i`, `N`, then the archive. */
const ar = program((act) => {
  const words = act.args.filter((word) => !leadingText(word).startsWith("--"));
  const [key, ...rest] = words;
  const letters = (key?.value ?? "").replace(/^-/, "");
  const skipped = (/[abi]/.test(letters) ? 1 : 0) + (letters.includes("N") ? 1 : 0);
  const [archive, ...members] = rest.slice(skipped);
  if (letters.startsWith("M")) return act.unknown("ar -M reads a script");
  if (archive === undefined) return;
  const folder = act.args.find((word) => leadingText(word).startsWith("--output="));
  switch (/[dmpqrstx]/.exec(letters)?.[0]) {
    case "r":
    case "q":
      readEach(act, members);
      return act.write(archive);
    case "d":
      act.write(archive);
      return act.truncate(archive, { certainty: "possible", via: "ar d" });
    case "m":
    case "s":
      return act.write(archive);
    case "x": {
      act.read(archive);
      const into =
        folder === undefined ? act.scope.word(".") : dropText(folder, "--output=".length);
      if (members.length === 0) return unpackInto(act, into, false);
      for (const member of members) act.overwrite(inFolder(into, member.parts));
      return;
    }
    default:
      return readEach(act, [archive]);
  }
});

const jarLetters: ReadonlySet<string> = new Set("cxtuifvmne0PMd");

/** jar cf a.jar files, jar xf a.jar, jar --create --file a.jar files. */
const jar = program((act) => {
  const [first, ...rest] = act.args;
  const long = act.args.find((word) =>
    /^--(create|extract|update|list|describe-module)$/.test(word.value ?? ""),
  );
  const letters = long?.value?.charAt(2) ?? (first?.value ?? "").replace(/^-/, "");
  if (long === undefined && ![...letters].every((letter) => jarLetters.has(letter))) return;
  const file = archiveOfJar(act.args, rest, letters);
  if (letters.startsWith("e") || letters.includes("x")) {
    readEach(act, file);
    return unpackInto(act, ".", false);
  }
  if (letters.includes("c")) for (const archive of file) act.overwrite(archive);
  else if (letters.includes("u")) for (const archive of file) act.write(archive);
  else readEach(act, file);
});

function archiveOfJar(
  args: readonly Word[],
  rest: readonly Word[],
  letters: string,
): readonly Word[] {
  const named = args.find((word) => leadingText(word).startsWith("--file="));
  if (named !== undefined) return [dropText(named, "--file=".length)];
  const flag = args.findIndex((word) => word.value === "--file" || word.value === "-f");
  if (flag >= 0) return args.slice(flag + 1, flag + 2);
  return letters.includes("f") ? rest.slice(0, 1) : [];
}

const unar = tool(
  "o,output-directory: f,force-overwrite r,force-rename s,force-skip d,force-directory D,no-directory p,password: e,encoding: i q,quiet k,forks: t,copy-time",
  (act, options) => {
    readEach(act, options.operands.slice(0, 1));
    unpackInto(act, options.value("o") ?? ".", !options.has("f"));
  },
);

export const archives: CommandFamily = family(
  ["zip", zip],
  ["unzip", unzip],
  ["zipinfo lsar funzip", readArchive],
  ["cpio", cpio],
  ["7z 7za 7zr 7zz 7zzs", sevenZip],
  ["p7zip", p7zip],
  ["rar unrar", rar],
  ["ar llvm-ar gcc-ar", ar],
  ["jar", jar],
  ["unar", unar],
);
