// Programs that copy, move and link files: cp, mv, install, ln, dd.

import type { CommandFamily, Word, WordPart } from "../command.ts";
import { dropText, leadingText, type Options } from "../options.ts";
import {
  type Act,
  endsAsFolder,
  gnuFamily,
  inFolder,
  isHarmlessDevice,
  type More,
  program,
  tool,
  wordOf,
} from "../tool.ts";

/** Options that cp, mv, ln and install share. */
const shared =
  "backup:: b S,suffix: t,target-directory: T,no-target-directory v,verbose Z context:: f,force";

type SharedName = "backup" | "b" | "S" | "t" | "T";

/** What goes where: `to` are the places that the new name may have. */
interface Pair {
  readonly from: Word;
  readonly to: readonly Word[];
}

/**
 * `SOURCE DEST`, `SOURCE... DIRECTORY`, `-t DIRECTORY SOURCE...`. With two operands the second may be
 * a folder or not, so the new name may be either.
 */
function pairs(act: Act, options: Options<SharedName>): readonly Pair[] {
  const folder = options.value("t");
  const sources = folder === undefined ? options.operands.slice(0, -1) : options.operands;
  const last = folder ?? options.operands.at(-1);
  if (last === undefined) return [];
  if (sources.length === 0) return last.many ? [{ from: last, to: [last] }] : [];
  const into = folder !== undefined || endsAsFolder(last) || sources.length > 1;
  return sources.map((from) => {
    if (options.has("T")) return { from, to: [last] };
    const child = act.childOf(last, from);
    if (act.target(last).form === "unresolved") return { from, to: [last] };
    return { from, to: into || from.many || child === last ? [child] : [last, child] };
  });
}

const keepsOld: ReadonlySet<string> = new Set(["none", "none-fail"]);

/** An older file at the destination is left alone. */
function refuses(options: Options<"n" | "u" | "i" | "f">): boolean {
  return options.last("n", "i", "f") === "n" || keepsOld.has(options.value("u")?.value ?? "");
}

/** It may not happen at all: it refuses, asks, or wants the older file to be older. */
function mayNotHappen(options: Options<"n" | "u" | "i" | "f">): boolean {
  return options.has("u") || options.last("n", "i", "f") === "i" || refuses(options);
}

/** An older file at the destination gets another name. */
function backsUp(options: Options<SharedName>): boolean {
  return options.has("b") || options.has("backup") || options.has("S");
}

/** The first place is sure to be touched; a second one is the case that the first is a folder. */
function each(pair: Pair, more: More, does: (to: Word, more: More) => void): void {
  for (const [at, to] of pair.to.entries()) {
    const sure = at === 0 && pair.from.value !== undefined;
    does(to, sure ? more : { ...more, certainty: "possible" });
  }
}

const cp = tool(
  [
    shared,
    "a,archive attributes-only copy-contents d i,interactive H l,link L,dereference n,no-clobber",
    "P,no-dereference p preserve:: no-preserve: parents R,r,recursive reflink:: remove-destination",
    "sparse: strip-trailing-slashes s,symbolic-link u,update:: x,one-file-system",
    "keep-directory-symlink debug c X N",
  ],
  (act, options) => {
    const recursive = options.has("R") || options.has("a");
    for (const pair of pairs(act, options)) {
      if (!options.has("s") && !options.has("l")) act.read(pair.from, { recursive });
      const sure = mayNotHappen(options) ? maybe : {};
      each(withParents(pair, options), { recursive, ...sure }, (to, more) => {
        copyTo(act, to, options, pair.from, more);
      });
    }
  },
  { mild: true, whole: true },
);

type CpOptions = Options<
  | SharedName
  | "n"
  | "u"
  | "i"
  | "f"
  | "l"
  | "s"
  | "attributes-only"
  | "remove-destination"
  | "a"
  | "p"
  | "preserve"
  | "no-preserve"
  | "parents"
>;

/** `--parents`: the whole source path below the folder. */
function withParents(pair: Pair, options: CpOptions): Pair {
  const folder = options.value("t") ?? options.operands.at(-1);
  if (!options.has("parents") || folder === undefined) return pair;
  return { ...pair, to: [inFolder(folder, pair.from.parts)] };
}

function copyTo(act: Act, to: Word, options: CpOptions, from: Word, more: More): void {
  const links = options.has("l") || options.has("s");
  if (options.has("remove-destination")) act.delete(to, { ...more, certainty: "possible" });
  const keeps = refuses(options) || backsUp(options) || options.has("attributes-only");
  if (keeps || (links && !options.has("f"))) act.write(to, more);
  else if (from.value === "/dev/null" && more.certainty === undefined) {
    act.truncate(to, more);
  } else act.overwrite(to, more);
  preserve(act, to, options, more);
}

/** Modes and owners that come along: cp(1) `--preserve`, whose default is mode,ownership,timestamps. */
function preserve(act: Act, to: Word, options: CpOptions, more: More): void {
  const kept = preserved(options);
  // Only where they differ is anything set.
  const perhaps = { ...more, ...maybe };
  if (kept.mode) {
    act.permission(to, { family: "chmod", incidental: true }, perhaps);
    act.permission(to, { family: "acl", incidental: true }, perhaps);
  }
  if (kept.ownership) act.permission(to, { family: "chown", incidental: true }, perhaps);
}

function preserved(options: CpOptions): { readonly mode: boolean; readonly ownership: boolean } {
  const list = options.values("preserve").flatMap((word) => (word.value ?? "all").split(","));
  const bare = options.count("preserve") > options.values("preserve").length;
  const dropped = options.values("no-preserve").flatMap((word) => (word.value ?? "").split(","));
  const all = options.has("a") || options.has("p") || bare || list.includes("all");
  return {
    mode: (all || list.includes("mode")) && !dropped.includes("mode"),
    // Only root can give a file away, so that `-a` alone does not say so.
    ownership: list.includes("ownership") && !dropped.includes("ownership"),
  };
}

const mv = tool(
  [shared, "i,interactive n,no-clobber strip-trailing-slashes u,update:: exchange no-copy debug h"],
  (act, options) => {
    const more: More = { recursive: true, ...(mayNotHappen(options) ? maybe : {}) };
    for (const pair of pairs(act, options)) {
      each(pair, more, (to, more) => {
        moveTo(act, pair.from, to, options, more);
      });
    }
  },
  { mild: true, whole: true },
);

const maybe: More = { certainty: "possible" };

type MvOptions = Options<SharedName | "n" | "u" | "i" | "f" | "exchange">;

function moveTo(act: Act, from: Word, to: Word, options: MvOptions, more: More): void {
  if (backsUp(options)) act.move(to, backupOf(to, options), { ...more, ...maybe });
  const loses = !refuses(options) && !backsUp(options) && !options.has("exchange");
  act.move(from, to, { ...more, overwrites: loses ? "unknown" : "no" });
  if (options.has("exchange")) act.move(to, from, { ...more, overwrites: "no" });
}

/** `file~`, `file.~1~`, or by `-S`. */
function backupOf(to: Word, options: Options<SharedName>): Word {
  const suffix = options.value("S");
  const end: readonly WordPart[] = [{ kind: "glob", text: "*~" }];
  return wordOf([...to.parts, ...(suffix?.parts ?? end)], to);
}

const ln = tool(
  [
    shared,
    "d,F,directory i,interactive L,logical n,no-dereference P,physical r,relative s,symbolic h w",
  ],
  (act, options) => {
    const replaces = (options.has("f") || options.has("i")) && !backsUp(options);
    for (const pair of linkPairs(act, options)) {
      each(pair, {}, (to, more) => {
        if (replaces) act.overwrite(to, more);
        else act.write(to, { ...more, creates: true });
      });
    }
  },
  { mild: true, whole: true },
);

/** `ln TARGET` makes a link of the same name here. */
function linkPairs(act: Act, options: Options<SharedName>): readonly Pair[] {
  const [only, ...more] = options.operands;
  if (only === undefined || more.length > 0 || options.has("t")) return pairs(act, options);
  return [{ from: only, to: [act.childOf(act.scope.word("."), only)] }];
}

const install = tool(
  [
    shared,
    "c C,compare d,directory D g,group: m,mode: o,owner: p,preserve-timestamps s,strip",
    "strip-program: preserve-context debug",
  ],
  (act, options) => {
    if (options.has("d")) return installFolders(act, options);
    for (const pair of pairs(act, options)) {
      act.read(pair.from);
      each(pair, {}, (to, more) => {
        if (backsUp(options)) act.write(to, more);
        else act.overwrite(to, more);
        setAccess(act, to, options, "rwxr-xr-x", more);
      });
    }
    const strip = options.value("strip-program");
    if (strip !== undefined) act.run([strip, act.scope.hole("the installed file")]);
  },
);

type AccessOptions = Options<"m" | "o" | "g">;

function installFolders(act: Act, options: AccessOptions): undefined {
  for (const folder of options.operands) {
    act.write(folder, { creates: true });
    setAccess(act, folder, options, undefined, {});
  }
}

function setAccess(
  act: Act,
  to: Word,
  options: AccessOptions,
  usual: string | undefined,
  more: More,
): void {
  const mode = options.value("m") ?? usual;
  const owner = options.value("o");
  const group = options.value("g");
  if (mode !== undefined)
    act.permission(to, { family: "chmod", incidental: true, change: mode }, more);
  if (owner !== undefined)
    act.permission(to, { family: "chown", incidental: true, change: owner }, more);
  if (group !== undefined)
    act.permission(to, { family: "chgrp", incidental: true, change: group }, more);
}

/** `name=value` operands, the last of each name. */
function assigned(args: readonly Word[], name: string): Word | undefined {
  const prefix = `${name}=`;
  const word = args.findLast((arg) => leadingText(arg).startsWith(prefix));
  return word && dropText(word, prefix.length);
}

const dd = program((act) => {
  const [from, to] = [assigned(act.args, "if"), assigned(act.args, "of")];
  act.doubt(
    act.args
      .filter((arg) => !leadingText(arg).includes("="))
      .filter((arg) => arg.value === undefined),
  );
  if (from !== undefined) act.read(from);
  if (to !== undefined) ddOutput(act, to);
});

function ddOutput(act: Act, to: Word): void {
  const flags = (name: string) => (assigned(act.args, name)?.value ?? "").split(",");
  const conversions = flags("conv");
  if (conversions.includes("excl")) act.write(to, { creates: true });
  else if (flags("oflag").includes("append") && conversions.includes("notrunc")) act.write(to);
  else if (holdsData(to) || conversions.includes("nocreat")) act.truncate(to);
  else act.overwrite(to);
}

/** A device: what is written over is lost for sure. */
function holdsData(to: Word): boolean {
  return leadingText(to).startsWith("/dev/") && !isHarmlessDevice(to);
}

export const copy: CommandFamily = gnuFamily(
  ["cp", cp],
  ["mv", mv],
  ["ln link", ln],
  ["install ginstall", install],
  ["dd dcfldd dc3dd", dd],
);
