// Programs that change who may do what: modes, owners, access lists, attributes, labels, the umask.

import type { PermissionFamily, Target } from "../../../core/effect.ts";
import type { CommandFamily, Word } from "../command.ts";
import type { Options } from "../options.ts";
import { type Act, family, gnuFamily, program, textOf, tool } from "../tool.ts";

const changed = "R,recursive c,changes f,silent,quiet v,verbose no-preserve-root preserve-root";
const links = "reference: dereference h,no-dereference H L P";

type OwnerOptions = Options<"R" | "reference">;

/** The operands of `PROGRAM CHANGE FILE...`; `--reference` stands for the change. */
function changeAndFiles(
  operands: readonly Word[],
  given: boolean,
): { readonly change: Word | undefined; readonly files: readonly Word[] } {
  const [change, ...files] = operands;
  if (given || change === undefined) return { change: undefined, files: operands };
  // One word that may become many (`xargs chmod`, `chmod $x`) holds both.
  return files.length === 0 && change.many
    ? { change: undefined, files: [change] }
    : { change, files };
}

function setEach(
  act: Act,
  files: readonly Word[],
  change: { readonly family: PermissionFamily; readonly change: Word | string | undefined },
  recursive: boolean,
): undefined {
  const { family, change: text } = change;
  const said = text === undefined ? { family } : { family, change: text };
  for (const file of files) act.permission(file, said, { recursive });
}

function ownerTool(kind: "chown" | "chgrp") {
  return tool([changed, links, "from:"], (act, options) => setOwners(act, options, kind), {
    mild: true,
    whole: true,
  });
}

function setOwners(act: Act, options: OwnerOptions, kind: "chown" | "chgrp"): undefined {
  const reference = options.value("reference");
  const { change, files } = changeAndFiles(options.operands, reference !== undefined);
  if (reference !== undefined) act.list(reference, { permissions: true });
  setEach(act, files, { family: kind, change: change ?? like(reference) }, options.has("R"));
}

function like(reference: Word | undefined): string | undefined {
  return reference && `--reference=${textOf(reference)}`;
}

/** GNU chmod reads `-x` and the like as modes: each letter that a mode may begin with is an option. */
const modeLetters: ReadonlySet<string> = new Set("rwxXstugoa,+=01234567");

const chmod = tool(
  [
    changed,
    links,
    "r:: w:: x:: X:: s:: t:: u:: g:: o:: a:: +:: =:: 0:: 1:: 2:: 3:: 4:: 5:: 6:: 7::",
    "N E C I i",
  ],
  (act, options) => {
    const reference = options.value("reference");
    const dashed = dashedModes(options);
    const given = reference !== undefined || dashed !== undefined || removesList(options);
    const { change, files } = changeAndFiles(options.operands, given);
    if (reference !== undefined) act.list(reference, { permissions: true });
    if (change?.value !== undefined && isListEntry(change.value)) {
      setEach(act, files.slice(1), { family: "acl", change: files[0] }, options.has("R"));
    } else if (removesList(options)) {
      setEach(act, files, { family: "acl", change: "-N" }, options.has("R"));
    } else if (change?.value === undefined || isMode(change.value)) {
      const said = change ?? dashed ?? like(reference);
      setEach(act, files, { family: "chmod", change: said }, options.has("R"));
    }
  },
  { mild: true, whole: true },
);

/** `-x -w` is the mode `-x,-w`. */
function dashedModes(options: Options): string | undefined {
  const modes = options.items.flatMap((item) =>
    item.kind === "option" && modeLetters.has(item.name)
      ? [`-${item.name}${item.value === undefined ? "" : textOf(item.value)}`]
      : [],
  );
  return modes.length === 0 ? undefined : modes.join(",");
}

/** macOS: `+a`, `=a#`, `-a` with an entry as the next operand. */
function isListEntry(change: string): boolean {
  return /^[-+=]ai?(#|$)/.test(change);
}

function removesList(options: Options<"N" | "E" | "C" | "I" | "i">): boolean {
  return options.last("N", "E", "C", "I", "i") !== undefined;
}

/** Each clause begins with its operators, so no text is read twice. */
const symbolicMode = /^[ugoa]*(?:[-+=](?:[rwxXst]+|[ugo]|[0-7]+)?)+$/;
const octalMode = /^[0-7]{1,6}$/;

/** What chmod accepts; it refuses anything else before it touches a file. */
function isMode(text: string): boolean {
  return octalMode.test(text) || text.split(",").every((clause) => symbolicMode.test(clause));
}

/** Files whose names stand in a file that is not seen. */
function namedIn(file: Word): Target {
  return { form: "unresolved", path: `names in ${textOf(file)}` };
}

const setfacl = tool(
  [
    "m,modify: M,modify-file: x,remove: X,remove-file: b,remove-all k,remove-default set: set-file:",
    "mask n,no-mask d,default R,recursive L,logical P,physical restore: test v,version h,help",
  ],
  (act, options) => {
    const recursive = options.has("R");
    if (options.has("test")) return listEach(act, options.operands, recursive);
    for (const file of readBy(options)) act.read(file);
    const restored = options.value("restore");
    if (restored !== undefined) restoreFrom(act, restored, "acl");
    setEach(act, options.operands, { family: "acl", change: aclChange(options) }, recursive);
  },
  { mild: true },
);

function readBy(options: Options<"M" | "X" | "set-file">): readonly Word[] {
  const files = [...options.values("M"), ...options.values("X"), ...options.values("set-file")];
  return files.filter((file) => file.value !== "-");
}

/** A listing of files and what they shall have: `getfacl -R`, `getfattr -d`. */
function restoreFrom(act: Act, file: Word, kind: PermissionFamily): void {
  if (file.value !== "-") act.read(file);
  act.permission(namedIn(file), { family: kind, change: "--restore" });
}

const aclChanges: ReadonlySet<string> = new Set([
  "m",
  "M",
  "x",
  "X",
  "b",
  "k",
  "set",
  "set-file",
  "d",
]);

function aclChange(options: Options): string {
  const said = options.items.flatMap((item) => {
    if (item.kind === "operand" || !aclChanges.has(item.name)) return [];
    const dashed = item.name.length === 1 ? `-${item.name}` : `--${item.name}`;
    return item.value === undefined ? [dashed] : [`${dashed} ${textOf(item.value)}`];
  });
  return said.join(" ");
}

function listEach(act: Act, files: readonly Word[], recursive: boolean): undefined {
  for (const file of files) act.list(file, { permissions: true, recursive });
}

/** `chacl acl file...`, `chacl -l file...`, `chacl -r acl file...` (IRIX compatible). */
const chacl = tool(
  "b d R D B l r",
  (act, options) => {
    if (options.has("l")) return listEach(act, options.operands, false);
    const given = options.last("R", "D", "B") !== undefined;
    const skipped = options.has("b") ? options.operands.slice(1) : options.operands;
    const { change, files } = changeAndFiles(skipped, given);
    setEach(act, files, { family: "acl", change }, options.has("r"));
  },
  { mild: true },
);

const nfs4Setfacl = tool(
  "a: A: x: X: s: S: m e i test R,recursive L,logical P,physical H,more-help",
  (act, options) => {
    if (options.has("test")) return listEach(act, options.operands, options.has("R"));
    setEach(act, options.operands, { family: "acl", change: undefined }, options.has("R"));
  },
  { mild: true },
);

/** chattr [-RVf] [+-=attributes] [-p project] [-v version] files... (e2fsprogs, not getopt). */
const chattr = program((act) => {
  const changes: string[] = [];
  let recursive = false;
  let at = 0;
  for (; at < act.args.length; at += 1) {
    const word = act.args[at];
    const text = word?.value ?? "";
    if (!/^[-+=]./.test(text)) break;
    if (!text.startsWith("-")) changes.push(text);
    else {
      recursive ||= text.includes("R");
      const removed = text.replace(/[-RVfpv]/g, "");
      if (removed !== "") changes.push(`-${removed}`);
      if (text.endsWith("p") || text.endsWith("v"))
        changes.push(`${text} ${textOf(act.args[++at] ?? "")}`);
    }
  }
  setEach(act, act.args.slice(at), { family: "attribute", change: changes.join(" ") }, recursive);
});

const chflags = tool(
  "R H L P f h v x",
  (act, options) => {
    const { change, files } = changeAndFiles(options.operands, false);
    setEach(act, files, { family: "attribute", change }, options.has("R"));
  },
  { mild: true },
);

/** setcap [-q] [-v] [-n uid] (-r|-|caps) file [...] */
const setcap = program((act) => {
  let at = 0;
  let verifies = false;
  for (; /^-[qvnf]/.test(act.args[at]?.value ?? ""); at += 1) {
    verifies ||= act.args[at]?.value === "-v";
    if (act.args[at]?.value === "-n") at += 1;
  }
  for (; at < act.args.length; at += 2) {
    const [change, file] = [act.args[at], act.args[at + 1] ?? act.args[at]];
    if (file === undefined || (file === change && !file.many)) return;
    if (verifies) act.list(file, { permissions: true });
    else setEach(act, [file], { family: "attribute", change }, false);
  }
});

const setfattr = tool(
  "n,name: x,remove: v,value: h,no-dereference restore: raw",
  (act, options) => {
    const restored = options.value("restore");
    if (restored !== undefined) restoreFrom(act, restored, "attribute");
    const change = options.value("n") ?? options.value("x");
    setEach(act, options.operands, { family: "attribute", change }, false);
  },
  { mild: true },
);

/** attr(1) of XFS: -s sets, -r removes, -g and -l show. */
const attr = tool("s: r: g: l q L R S V:", (act, options) => {
  const change = options.value("s") ?? options.value("r");
  if (change === undefined) return listEach(act, options.operands, false);
  setEach(act, options.operands, { family: "attribute", change }, false);
});

/** macOS: xattr -w name value file, -d name file, -c file. */
const xattr = tool("w d p c l r s v x h,help", (act, options) => {
  const names = options.has("w") ? 2 : options.has("d") || options.has("p") ? 1 : 0;
  const files = options.operands.slice(names);
  if (options.last("w", "d", "c") === undefined) return listEach(act, files, options.has("r"));
  setEach(act, files, { family: "attribute", change: options.operands[0] }, options.has("r"));
});

const chcon = tool(
  [links, "u,user: r,role: t,type: l,range: no-preserve-root preserve-root R,recursive v,verbose"],
  (act, options) => {
    const part = options.last("u", "r", "t", "l", "reference");
    const { change, files } = changeAndFiles(options.operands, part !== undefined);
    const said = change ?? (part === undefined ? undefined : options.value(part));
    setEach(act, files, { family: "attribute", change: said }, options.has("R"));
  },
  { mild: true },
);

const restorecon = tool(
  "i I D f: e: F m n p r,R v x W T: 0 s: o: A h d q l",
  (act, options) => {
    const recursive = options.has("r");
    if (options.has("n")) return listEach(act, options.operands, recursive);
    const listed = options.value("f");
    if (listed !== undefined) act.permission(namedIn(listed), { family: "attribute" });
    setEach(act, options.operands, { family: "attribute", change: "default context" }, recursive);
  },
  { mild: true },
);

/** The mask belongs to the process; the kernel shows it in this file. */
const ownMask: Target = { form: "resolved", path: "/proc/self/status" };

const umask = tool(
  "p S",
  (act, { operands: [mask] }) => {
    if (mask !== undefined) act.permission(ownMask, { family: "umask", change: mask });
  },
  { mild: true, abbreviations: false },
);

export const permissions: CommandFamily = new Map([
  ...gnuFamily(["chmod", chmod], ["chown", ownerTool("chown")], ["chgrp", ownerTool("chgrp")]),
  ...gnuFamily(["chcon", chcon]),
  ...family(
    ["lchown", ownerTool("chown")],
    ["setfacl", setfacl],
    ["chacl", chacl],
    ["nfs4_setfacl", nfs4Setfacl],
    ["chattr", chattr],
    ["chflags", chflags],
    ["setcap", setcap],
    ["setfattr", setfattr],
    ["attr", attr],
    ["xattr", xattr],
    ["restorecon setfiles", restorecon],
    ["umask", umask],
  ),
]);
