// What a permission change grants, as far as its text says: chmod modes and ACL entries.

import type { PermissionEffect } from "../core/effect.ts";

/** Rights that are seldom meant: to run as the file's owner or group, and for everybody to write. */
export const grants = ["setuid", "setgid", "world_write"] as const;
export type Grant = (typeof grants)[number];

/** `grants`: for certain. `doubtful`: not all of the text was understood, so it may grant anything. */
export interface Granted {
  readonly grants: readonly Grant[];
  readonly doubtful: boolean;
}

const nothing: Granted = { grants: [], doubtful: false };
const doubt: Granted = { grants: [], doubtful: true };

/** Reads a mode as chmod(1) does, or the entries of setfacl(1). Other families grant none of this. */
export function grantedBy({ family, change }: PermissionEffect): Granted {
  switch (family) {
    case "chmod":
      return change === undefined ? doubt : ofMode(change);
    case "acl":
      return change === undefined ? doubt : ofAcl(change);
    case "chown":
    case "chgrp":
    case "attribute":
    case "umask":
      return nothing;
  }
}

const octal = /^([-+=]?)0*([0-7]{1,5})$/;
const clause = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/;

function ofMode(change: string): Granted {
  const [whole, operator, digits = ""] = octal.exec(change) ?? [];
  if (whole !== undefined) return operator === "-" ? nothing : ofOctal(digits);
  return merged(change.split(",").map(ofClause));
}

function ofOctal(digits: string): Granted {
  const mode = Number.parseInt(digits, 8);
  const bits = { setuid: 0o4000, setgid: 0o2000, world_write: 0o002 };
  return { grants: grants.filter((grant) => (mode & bits[grant]) !== 0), doubtful: false };
}

function ofClause(source: string): Granted {
  const [whole, who = "", actions = ""] = clause.exec(source) ?? [];
  if (whole === undefined) return doubt;
  const everybody = who === "" || who.includes("a");
  // `o=g` copies what the group has, and that is not in the text.
  if (/[-+=][ugo]/.test(actions) && (everybody || who.includes("o"))) return doubt;
  const gained = actions
    .split(/(?=[-+=])/)
    .filter((action) => !action.startsWith("-"))
    .join("");
  const found: Grant[] = [];
  if (gained.includes("s") && (everybody || who.includes("u"))) found.push("setuid");
  if (gained.includes("s") && (everybody || who.includes("g"))) found.push("setgid");
  // Without a letter for whom, the umask withholds what others would get; 022 is the rule.
  if (gained.includes("w") && (who.includes("a") || who.includes("o"))) found.push("world_write");
  return { grants: found, doubtful: false };
}

const removals: ReadonlySet<string> = new Set(["-x", "-b", "-k", "-d"]);
const aclEntry =
  /^(?:d(?:efault)?:)?(u|user|g|group|o|other|m|mask):([^:]*)(?::([rwxX-]*|[0-7]))?$/;

/** `-m u:me:rw,o::r`, `-x u:me -b`, or entries alone. */
function ofAcl(change: string): Granted {
  const words = change.split(" ").filter((word) => word !== "");
  return merged(
    words.map((word, i) => {
      if (word === "-m" || word === "--set" || removals.has(word)) return nothing;
      if (word.startsWith("-")) return doubt;
      // What is removed has no rights in it.
      return words[i - 1] === "-x" ? nothing : merged(word.split(",").map(ofAclEntry));
    }),
  );
}

function ofAclEntry(source: string): Granted {
  const [whole, who = "", , rights = ""] = aclEntry.exec(source) ?? [];
  if (whole === undefined) return doubt;
  const writes = rights.includes("w") || (/^[0-7]$/.test(rights) && (Number(rights) & 2) !== 0);
  return { grants: who.startsWith("o") && writes ? ["world_write"] : [], doubtful: false };
}

function merged(parts: readonly Granted[]): Granted {
  return {
    grants: [...new Set(parts.flatMap((part) => part.grants))],
    doubtful: parts.some((part) => part.doubtful),
  };
}
