// Hot reload: the policy that decides now, and the files that it came from.

import { createHash } from "node:crypto";
import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../core/errors.ts";
import { type ReadPolicy, readPolicy } from "./files.ts";
import { type Loaded, type LoadOptions, loadPolicy } from "./load.ts";
import type { Policy } from "./policy.ts";
import { invalidPolicy, type PolicyProblem } from "./problem.ts";

export interface WatchOptions extends LoadOptions {
  /** A policy took over, the first one too. */
  readonly onLoaded: (policy: Policy) => void;
  /** The files changed and are not valid: the policy stays. Once for each content. */
  readonly onRejected: (problems: readonly PolicyProblem[]) => void;
  /** After a change, so that a file that is being written is read whole. */
  readonly debounceMs?: number;
  /** Looked at anyway, for file systems that tell nothing: network mounts, some containers. */
  readonly pollMs?: number;
}

export interface WatchedPolicy {
  readonly current: () => Policy;
  /** Looks now. Resolves when what was found has taken over or was rejected. */
  readonly refresh: () => Promise<void>;
  readonly close: () => void;
}

/**
 * Loads the policy and follows its files. Any error keeps the old policy and is tried again at the next
 * change.
 *
 * @throws ProctorError `invalid_policy` where there is none to begin with
 */
export async function watchPolicy(
  paths: readonly string[],
  options: WatchOptions,
): Promise<WatchedPolicy> {
  const { debounceMs = 100, pollMs = 2_000, onLoaded, onRejected } = options;
  const first = await read(paths);
  const loaded = load(first, options);
  if (!loaded.ok) throw invalidPolicy(loaded.problems);
  let policy = loaded.policy;
  let digest = first.digest;
  let closed = false;
  let looking = Promise.resolve();
  let debounce: NodeJS.Timeout | undefined;
  onLoaded(policy);

  async function look(): Promise<void> {
    const found = await read(paths);
    if (closed || found.digest === digest) return;
    digest = found.digest;
    const result = load(found, options);
    if (result.ok) {
      policy = result.policy;
      onLoaded(policy);
    } else onRejected(result.problems);
  }
  /** One look at a time, so that an older one never wins over a newer. */
  function refresh(): Promise<void> {
    looking = looking.then(look);
    return looking;
  }
  function onChange(): void {
    clearTimeout(debounce);
    debounce = setTimeout(refresh, debounceMs).unref();
  }

  const watchers = foldersOf(paths).flatMap((folder) => watchFolder(folder, onChange));
  const poll = setInterval(refresh, pollMs).unref();
  return {
    current: () => policy,
    refresh,
    close() {
      closed = true;
      clearTimeout(debounce);
      clearInterval(poll);
      for (const watcher of watchers) watcher.close();
    },
  };
}

/** What the files hold, or why they cannot be read, and a digest of that. */
type Content = ReadPolicy & { readonly digest: string };

async function read(paths: readonly string[]): Promise<Content> {
  const found = await readPolicy(paths);
  const digest = createHash("sha256").update(JSON.stringify(found)).digest("hex");
  return { ...found, digest };
}

/** Whatever goes wrong is a reason to keep the old policy. */
function load(content: Content, options: LoadOptions): Loaded {
  if (!content.ok) return content;
  try {
    return loadPolicy(content.sources, options);
  } catch (error) {
    const found = messageOf(error);
    const what = "the policy could not be loaded";
    const fix = "This is a fault of proctor; take the last change back.";
    return { ok: false, problems: [{ file: "policy", line: 1, column: 1, what, found, fix }] };
  }
}

/**
 * The paths and the folders that they are in. A watch on a file follows its inode, and dies when an
 * editor renames a new file over it; a folder can be replaced in the same way.
 */
function foldersOf(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.flatMap((path) => [path, dirname(path)]))];
}

/** None, where it cannot be watched: then there is the poll. */
function watchFolder(folder: string, onChange: () => void): FSWatcher[] {
  try {
    const watcher = watch(folder, { persistent: false }, onChange);
    watcher.on("error", () => watcher.close());
    return [watcher];
  } catch {
    return [];
  }
}
