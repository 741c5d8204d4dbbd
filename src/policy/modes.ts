// What a permission change grants, as far as its text says: chmod modes and ACL entries.

/** Rights that are seldom meant: to run as the file's owner or group, and for everybody to write. */
export const grants = ["setuid", "setgid", "world_write"] as const;
export type Grant = (typeof grants)[number];

/** `grants`: for certain. `doubtful`: the text is not one that we read, so it may grant anything. */
export interface Granted {
  readonly grants: readonly Grant[];
  readonly doubtful: boolean;
}

const octal = /^[-+=]?0*([0-7]{1,5})$/;
const clause = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/;
const aclEntry = /^(?:d(?:efault)?:)?(u|user|g|group|o|other|m|mask):([^:]*):([rwxX-]*|[0-7])$/;

/** Reads a mode as chmod(1) does, or the entries of setfacl(1). */
export function grantedBy(change: string | undefined): Granted {
  if (change === undefined) return { grants: [], doubtful: true };
  const digits = octal.exec(change)?.[1];
  if (digits !== undefined)
    return { grants: change.startsWith("-") ? [] : ofOctal(digits), doubtful: false };
  const parts = change.split(",");
  const read = parts.map((part) => ofClause(part) ?? ofAclEntry(part));
  const granted = new Set(read.flatMap((found) => found ?? []));
  return { grants: [...granted], doubtful: read.includes(undefined) };
}

function ofOctal(digits: string): readonly Grant[] {
  const mode = Number.parseInt(digits, 8);
  const bits = { setuid: 0o4000, setgid: 0o2000, world_write: 0o002 };
  return grants.filter((grant) => (mode & bits[grant]) !== 0);
}

function ofClause(source: string): readonly Grant[] | undefined {
  const [whole, who = "", actions = ""] = clause.exec(source) ?? [];
  if (whole === undefined) return undefined;
  const gained = actions
    .split(/(?=[-+=])/)
    .filter((action) => !action.startsWith("-"))
    .join("");
  // `o=g` copies what the group has, and that is not in the text.
  if (/[-+=][ugo]/.test(actions) && /^$|[ao]/.test(who)) return undefined;
  const everybody = who === "" || who.includes("a");
  const found: Grant[] = [];
  if (gained.includes("s") && (everybody || who.includes("u"))) found.push("setuid");
  if (gained.includes("s") && (everybody || who.includes("g"))) found.push("setgid");
  // Without a letter for whom, the umask withholds what others would get; 022 is the rule.
  if (gained.includes("w") && (who.includes("a") || who.includes("o"))) found.push("world_write");
  return found;
}

function ofAclEntry(source: string): readonly Grant[] | undefined {
  const [whole, who = "", , rights = ""] = aclEntry.exec(source) ?? [];
  if (whole === undefined) return undefined;
  const writes = rights.includes("w") || (Number(rights || 0) & 2) !== 0;
  return who.startsWith("o") && writes ? ["world_write"] : [];
}
