// Where bash may run: in bubblewrap, seeing named system folders and the workspace, or not at all.

import { promises as fs } from "node:fs";
import { dirname, join } from "node:path";
import { messageOf } from "../../core/errors.ts";
import { type ProgramEnd, runProgram } from "./process.ts";

export type Sandbox =
  | { readonly kind: "bubblewrap"; readonly features: readonly Feature[] }
  /** bash is not offered. `hint`: what to do about it. */
  | { readonly kind: "none"; readonly why: string; readonly hint: string }
  | { readonly kind: "dangerouslyUnsandboxed" };

/** Options that older versions of bubblewrap lack, and that it can do without. */
type Feature = "--disable-userns" | "--size";

/** What is visible from inside. Paths are absolute and real. */
export interface Surroundings {
  readonly workspace: string;
  /** Files and folders that must not be seen; none lies in the workspace. */
  readonly hidden: readonly string[];
  /** To be read beside the system's: a toolchain, say. `real`: where it lies, links resolved. */
  readonly readOnlyFolders: readonly { readonly path: string; readonly real: string }[];
  /** The machine's network, and with it what listens on its loopback. */
  readonly network: boolean;
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

const searchPath = ["/usr/local/bin", "/usr/bin", "/bin"];
const systemFolders = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib32",
  "/lib64",
  "/libx32",
  "/nix/store",
];

/** What programs need of /etc to start, to name users and to check certificates. No secrets. */
const systemFiles = [
  "alternatives",
  "ca-certificates",
  "group",
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "localtime",
  "magic",
  "mime.types",
  "nsswitch.conf",
  "os-release",
  "passwd",
  "pki/tls/certs",
  "protocols",
  "services",
  "ssl/certs",
  "ssl/openssl.cnf",
  "terminfo",
];
const networkFiles = ["gai.conf", "host.conf", "hosts", "resolv.conf"];

/** A tmpfs lives in memory, and without a size may take half of it. */
const maxTmpBytes = 256 * 1024 * 1024;

/** The whole environment of bash, sandboxed or not. PATH lies outside of the workspace. */
export function shellEnvironment(workspace: string): Readonly<Record<string, string>> {
  return { PATH: searchPath.join(":"), HOME: workspace, LANG: "C.UTF-8" };
}

/** Folders whose content is not the same inside. */
const ownFolders = ["/proc", "/dev", "/sys"];

/** Why bash cannot work between these folders; undefined: it can. */
export function unfitSurroundings(surroundings: Surroundings): string | undefined {
  const { workspace, hidden, readOnlyFolders } = surroundings;
  for (const folder of hidden) {
    if (isWithin(folder, workspace)) {
      return `the workspace ${workspace} contains ${folder}, which agents must not see`;
    }
  }
  for (const folder of [...systemFolders, ...searchPath, "/etc"]) {
    if (isWithin(folder, workspace)) {
      return `the workspace ${workspace} contains the system folder ${folder}`;
    }
  }
  for (const folder of [...searchPath, "/etc", ...ownFolders]) {
    if (isWithin(workspace, folder)) {
      return `the workspace ${workspace} lies in the system folder ${folder}`;
    }
  }
  for (const { path, real } of readOnlyFolders) {
    if (ownFolders.some((own) => isWithin(own, real) || isWithin(real, own))) {
      return `embedded.bash.readOnlyFolders: ${path} would show the machine's own processes or devices`;
    }
  }
  return undefined;
}

/** Wraps a command so that it runs in the sandbox. The mounts are worked out once. */
export async function createConfinement(
  surroundings: Surroundings,
  features: readonly Feature[],
): Promise<(cwd: string, command: Command) => Command> {
  const { network, workspace } = surroundings;
  const mounts = await mountArgs(surroundings, features);
  const namespaces = [
    "--unshare-all",
    ...(network ? ["--share-net"] : []),
    // A new user namespace would give capabilities over kernel code that an agent need not reach.
    ...(features.includes("--disable-userns") ? ["--unshare-user", "--disable-userns"] : []),
    "--die-with-parent",
    // No controlling terminal, into which input could be faked (TIOCSTI, CVE-2017-5226).
    "--new-session",
    "--cap-drop",
    "ALL",
  ];
  const fixed = [...namespaces, ...mounts, "--bind", workspace, workspace, ...sealed];
  return function confine(cwd, { program, args }) {
    return { program: "bwrap", args: [...fixed, "--chdir", cwd, "--", program, ...args] };
  };
}

/**
 * The tree around the mounts is a tmpfs, and /proc holds switches of the whole machine which uid 0
 * may write without any capability (core_pattern names a program that the kernel starts outside).
 */
const sealed = ["--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/"];

async function mountArgs(
  { hidden, readOnlyFolders, network, workspace }: Surroundings,
  features: readonly Feature[],
): Promise<readonly string[]> {
  const sized = features.includes("--size") ? ["--size", String(maxTmpBytes)] : [];
  const files = network ? [...systemFiles, ...networkFiles] : systemFiles;
  const visible = [...systemFolders, ...readOnlyFolders.map(({ real }) => real)];
  const masked = hidden.filter((folder) => visible.some((seen) => isWithin(folder, seen)));
  return [
    ...(await Promise.all(systemFolders.map(mountFolder))).flat(),
    ...files.flatMap((file) => ["--ro-bind-try", `/etc/${file}`, `/etc/${file}`]),
    ...["--proc", "/proc", "--dev", "/dev"],
    ...[...sized, "--tmpfs", "/dev/shm", ...sized, "--tmpfs", "/tmp"],
    // Behind /tmp, which they may lie in.
    ...readOnlyFolders.flatMap(({ real }) => ["--ro-bind", real, real]),
    ...readOnlyFolders.flatMap(({ path, real }) => linkTo(real, path)),
    ...(await Promise.all(masked.map((path) => mask(path, workspace)))).flat(),
  ];
}

/** A folder that the config names by a link. Within a system folder the link is there already. */
function linkTo(real: string, path: string): readonly string[] {
  const isThere = path === real || systemFolders.some((folder) => isWithin(path, folder));
  return isThere ? [] : ["--symlink", real, path];
}

/** One that the workspace is mounted in stays writable for that; nothing else is in it. */
async function mask(path: string, workspace: string): Promise<readonly string[]> {
  const stats = await fs.lstat(path).catch(() => undefined);
  if (stats === undefined) return [];
  if (!stats.isDirectory()) return ["--ro-bind", "/dev/null", path];
  return ["--tmpfs", path, ...(isWithin(workspace, path) ? [] : ["--remount-ro", path])];
}

/** With a merged /usr, /bin and its kin are links. */
async function mountFolder(folder: string): Promise<readonly string[]> {
  const stats = await fs.lstat(folder).catch(() => undefined);
  if (stats?.isSymbolicLink()) return ["--symlink", await fs.readlink(folder), folder];
  return stats?.isDirectory() ? ["--ro-bind", folder, folder] : [];
}

/** Runs the sandbox for real, and tries to get out of it, before anything is entrusted to it. */
export async function probeSandbox(surroundings: Surroundings): Promise<Sandbox> {
  let why = "";
  for (const features of await featureSets()) {
    const problem = await tryOut(surroundings, features);
    if (problem === undefined) return { kind: "bubblewrap", features };
    why ||= problem;
  }
  return { kind: "none", why, hint: hintFor(why) };
}

/** The most that this bubblewrap offers first; user namespaces may be forbidden to it. */
async function featureSets(): Promise<readonly (readonly Feature[])[]> {
  const help = await runProbe({ program: "bwrap", args: ["--help"] }, "/").catch(() => undefined);
  const text = `${help?.stdout.text}${help?.stderr.text}`;
  const size: Feature[] = text.includes("--size") ? ["--size"] : [];
  return text.includes("--disable-userns") ? [[...size, "--disable-userns"], size] : [size];
}

const probeTimeoutMs = 10_000;

function runProbe({ program, args }: Command, workspace: string): Promise<ProgramEnd> {
  return runProgram({
    program,
    args,
    cwd: "/",
    env: shellEnvironment(workspace),
    timeoutMs: probeTimeoutMs,
    maxOutputBytes: 16_384,
    maxTotalBytes: 1_048_576,
    signal: new AbortController().signal,
  });
}

/** Prints what is not as it should be. What it writes to `$outside` must not be there afterwards. */
const probeScript = `
outside=$1 network=$2; shift 2
[ -w . ] || echo "the workspace is not writable inside"
{ : > "$outside"; } 2>/dev/null
{ : > /usr/.proctor-probe; } 2>/dev/null && echo "a file in /usr was written"
[ -w /proc/sys/kernel/core_pattern ] && echo "settings of the kernel can be written"
while read -r name value; do
  [ "$name" = CapEff: ] && [ "$value" != 0000000000000000 ] && echo "capabilities are left"
done < /proc/self/status
[ "$network" = no ] && while read -r name _; do
  case $name in lo:*) ;; *:*) echo "network interface $name is visible" ;; esac
done < /proc/net/dev
for path do
  if [ -d "$path" ]; then [ -z "$(ls -A "$path" 2>/dev/null)" ]; else [ ! -s "$path" ]; fi ||
    echo "$path is visible"
done
exit 0
`;

async function tryOut(
  surroundings: Surroundings,
  features: readonly Feature[],
): Promise<string | undefined> {
  const { workspace, hidden, network } = surroundings;
  const outside = join(dirname(workspace), `.proctor-probe-${process.pid}`);
  // One that the workspace lies in is there, with nothing but the way to the workspace in it.
  const unseen = hidden.filter((folder) => !isWithin(workspace, folder));
  const args = ["bash", outside, network ? "yes" : "no", ...unseen];
  const confine = await createConfinement(surroundings, features);
  const command = confine(workspace, {
    program: "bash",
    args: [...plain, "-c", probeScript, ...args],
  });
  try {
    const end = await runProbe(command, workspace);
    const said = `${end.stdout.text}${end.stderr.text}`.trim();
    if (end.exitStatus === 0 && said === "") return await leftOutside(outside);
    return said.split("\n", 1)[0] || `bwrap ended with status ${end.exitStatus ?? end.signal}`;
  } catch (error) {
    return messageOf(error);
  }
}

async function leftOutside(file: string): Promise<string | undefined> {
  const removed = await fs.rm(file).then(
    () => true,
    () => false,
  );
  return removed ? "a file beside the workspace was written" : undefined;
}

function hintFor(why: string): string {
  if (why.includes("ENOENT")) {
    return "Install bubblewrap (apt install bubblewrap, dnf install bubblewrap).";
  }
  if (/namespace|uid map|Operation not permitted|Permission denied/i.test(why)) {
    return "Allow unprivileged user namespaces: in a container with --security-opt seccomp=unconfined, on Ubuntu with an AppArmor profile for bwrap.";
  }
  return "Run the bwrap command of your system by hand to see what it lacks.";
}

/** No start-up file is read: the shell means what the analysis takes it to mean. */
const plain = ["--noprofile", "--norc"];

/**
 * What is set up by a bash before the one that runs the command: it leaves nothing else behind.
 * Descriptors that proctor has inherited from whoever started it, bubblewrap passes on, and one of a
 * folder would be a way out. uid 0 is exempt from the limit of processes (setrlimit(2)).
 */
const limitScript = `
for open in /proc/self/fd/*; do
  fd=\${open##*/}
  (( fd > 2 )) && exec {fd}>&-
done
ulimit -c 0
ulimit -u "$1" 2>/dev/null
exec bash --noprofile --norc -c "$2"
`;

/** bash for one command text. */
export function bashCommand(text: string, maxProcesses: number | "unlimited"): Command {
  return {
    program: "bash",
    args: [...plain, "-c", limitScript, "bash", String(maxProcesses), text],
  };
}

/** Is `path` the folder or in it? Both absolute and normal. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
