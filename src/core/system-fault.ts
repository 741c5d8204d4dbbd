// What the system says when a file or an address cannot be had, in one sentence with what to do.

const sentences: ReadonlyMap<string, string> = new Map([
  ["EACCES", "this user may not; change its owner or mode, or name another"],
  ["EPERM", "this user may not; change its owner or mode, or name another"],
  ["EROFS", "the file system is read-only; name a place that can be written"],
  ["ENOSPC", "the disk is full; free some space"],
  ["EDQUOT", "the quota of this user is used up; free some space"],
  ["ENOENT", "there is no such file or folder; make it, or correct the path"],
  ["ENOTDIR", "a part of the path is a file; correct the path"],
  ["EISDIR", "it is a folder; name a file"],
  ["EMFILE", "too many files are open; raise the limit (ulimit -n)"],
  ["EADDRINUSE", "the port is taken; choose another, or 0 for a free one"],
  ["EADDRNOTAVAIL", "this machine has no such address; correct the host"],
]);

/** undefined: not an error of the system, or one that has no sentence here. */
export function systemSentence(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return sentences.get(String(error.code));
}

/** `cannot mkdir /data: this user may not; ...` */
export function systemFault(error: unknown): string | undefined {
  const sentence = systemSentence(error);
  if (sentence === undefined || !(error instanceof Error)) return undefined;
  const [syscall, path] = [memberIn(error, "syscall"), memberIn(error, "path")];
  return `cannot ${syscall ?? "go on"}${path === undefined ? "" : ` ${path}`}: ${sentence}`;
}

function memberIn(error: Error, name: string): string | undefined {
  const found: unknown = Reflect.get(error, name);
  return typeof found === "string" ? found : undefined;
}
