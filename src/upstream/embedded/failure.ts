// A tool that could not do what it was asked: an answer for the model, not a fault of proctor.

/** `message` is shown to the model: what was wrong with which path, and what to do instead. */
export class ToolFailure extends Error {
  constructor(message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = "ToolFailure";
  }
}

const reasons = new Map([
  ["ENOENT", "no such file or folder"],
  ["EEXIST", "exists already"],
  ["EACCES", "permission denied"],
  ["EPERM", "operation not permitted"],
  ["EROFS", "read-only file system"],
  ["ENOTDIR", "a part of the path is not a folder"],
  ["EISDIR", "is a folder"],
  ["ENOTEMPTY", "the folder is not empty"],
  ["ENAMETOOLONG", "the name is too long"],
  ["ENOSPC", "no space left on the device"],
  ["EDQUOT", "the disk quota is used up"],
  ["EFBIG", "too large for the file system"],
  ["EXDEV", "lies on another file system"],
  ["EBUSY", "is in use"],
  ["EINVAL", "not possible with this path"],
  // O_NOFOLLOW met a link where the walk had seen none.
  ["ELOOP", "a link was put there meanwhile"],
  ["ENXIO", "is not a regular file"],
  ["EMFILE", "too many open files"],
  ["EIO", "the device failed"],
]);

export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Errors of the file system in words that name the path as the model wrote it. */
export async function describing<Value>(path: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    const reason = reasons.get(codeOf(error) ?? "");
    if (error instanceof ToolFailure || reason === undefined) throw error;
    throw new ToolFailure(`${path}: ${reason}`, { cause: error });
  }
}
