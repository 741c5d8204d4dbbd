// Programs that run another one in another root, namespace or sandbox: its paths need not be ours.

import type { Word } from "../command.ts";
import { family, program, textOf, tool } from "../tool.ts";

const chroot = tool<string>(
  "userspec: groups: skip-chdir",
  (act, { operands: [root, ...words] }) => {
    if (root === undefined) return;
    const command = words.length === 0 ? [act.scope.word("sh")] : words;
    return act.run(command, root.value === "/" ? {} : { elsewhere: textOf(root) });
  },
  { order: "posix" },
);

/** unshare(1): new namespaces over the same files, unless a root is given. */
const unshare = tool<string>(
  [
    "m,mount:: u,uts:: i,ipc:: n,net:: p,pid:: U,user:: C,cgroup:: T,time:: f,fork map-user: map-users: map-group: map-groups: r,map-root-user c,map-current-user",
    "map-auto map-subids mount-proc:: mount-binfmt:: keep-caps kill-child:: setgroups: propagation: R,root: w,wd: S,setuid: G,setgid: l,load-interp: monotonic: boottime: forward-signals",
  ],
  (act, options) => {
    const root = options.value("R");
    const folder = options.value("w");
    const command = options.operands.length === 0 ? [act.scope.word("sh")] : options.operands;
    return act.run(command, {
      ...(root === undefined ? {} : { elsewhere: textOf(root) }),
      ...(folder === undefined ? {} : { cwd: act.target(folder) }),
    });
  },
  { order: "posix" },
);

const nsenter = tool<string>(
  [
    "a,all t,target: m,mount:: u,uts:: i,ipc:: n,net:: N,net-socket: p,pid:: U,user:: user-parent C,cgroup:: T,time:: S,setuid:: G,setgid:: preserve-credentials keep-caps",
    "r,root:: w,wd:: W,wdns: e,env F,no-fork Z,follow-context c,join-cgroup",
  ],
  (act, options) => {
    const others = options.has("a") || options.has("m") || options.has("r");
    const command = options.operands.length === 0 ? [act.scope.word("sh")] : options.operands;
    const process = options.value("t");
    const where = `mounts of ${process === undefined ? "a process" : textOf(process)}`;
    return act.run(command, others ? { elsewhere: where } : {});
  },
  { order: "posix" },
);

/** How many words each option of bwrap(1) takes; none where it is not named. */
const bwrapArity: ReadonlyMap<string, number> = new Map(
  Object.entries({
    2: "--setenv --bind --bind-try --dev-bind --dev-bind-try --ro-bind --ro-bind-try --bind-fd --ro-bind-fd --file --bind-data --ro-bind-data --symlink --chmod",
    1: "--args --argv0 --userns --userns2 --pidns --uid --gid --hostname --chdir --unsetenv --lock-file --sync-fd --remount-ro --overlay-src --tmp-overlay --ro-overlay --exec-label --file-label --proc --dev --tmpfs --mqueue --dir --seccomp --add-seccomp-fd --block-fd --userns-block-fd --info-fd --json-status-fd --cap-add --cap-drop --perms --size",
    3: "--overlay",
  }).flatMap(([arity, names]) => names.split(" ").map((name) => [name, Number(arity)] as const)),
);

const bwrap = program((act) => {
  let at = 0;
  let sameRoot = false;
  let folder: Word | undefined;
  for (; at < act.args.length; at += 1) {
    const name = act.args[at]?.value;
    if (name === "--") at += 1;
    if (name === "--" || name?.startsWith("--") !== true) break;
    const [first, second] = act.args.slice(at + 1, at + 3);
    if (/^--(?:dev-)?bind(?:-try)?$/.test(name) && first?.value === "/" && second?.value === "/")
      sameRoot = true;
    if (name === "--chdir") folder = first;
    at += bwrapArity.get(name) ?? 0;
  }
  const words = act.args.slice(at);
  if (words.length === 0) return undefined;
  return act.run(words, {
    ...(sameRoot ? {} : { elsewhere: "bwrap" }),
    ...(folder === undefined ? {} : { cwd: act.target(folder) }),
  });
});

const proot = tool<string>(
  "r,rootfs: b,bind,m,mount: q,qemu: w,pwd,cwd: v,verbose: k,kernel-release: 0,root-id i,change-id: p,port: n,netcoop l,link2symlink kill-on-exit R: S:",
  (act, options) => {
    const root = options.value("r") ?? options.value("R") ?? options.value("S");
    if (options.operands.length === 0) return act.execute();
    return act.run(
      options.operands,
      root === undefined || root.value === "/" ? {} : { elsewhere: textOf(root) },
    );
  },
  { order: "posix", singleDash: true },
);

/** systemd-run(1): here as a unit, or with `-M` and `-H` in a container or on a host. */
const systemdRun = tool<string>(
  [
    "user system scope u,unit: p,property: description: slice: slice-inherit expand-environment: r,remain-after-exit send-sighup service-type: uid: gid: nice: working-directory:",
    "d,same-dir E,setenv: t,pty P,pipe q,quiet json: S,shell G,collect wait no-block no-ask-password background: on-active: on-boot: on-startup: on-unit-active: on-unit-inactive:",
    "on-calendar: on-timezone-change on-clock-change timer-property: path-property: socket-property: H,host: M,machine: no-pager ignore-failure root-directory: R: job-mode:",
  ],
  (act, options) => {
    const where = options.value("H") ?? options.value("M");
    const folder = options.value("working-directory");
    const stays = options.has("d") || options.has("scope") || options.has("S");
    const command =
      options.operands.length === 0 && options.has("S") ? [act.scope.word("sh")] : options.operands;
    if (command.length === 0) return act.execute();
    return act.run(command, {
      newShell: true,
      ...(where === undefined ? {} : { elsewhere: textOf(where) }),
      ...(stays ? {} : { cwd: folder === undefined ? act.target("/") : act.target(folder) }),
    });
  },
  { order: "posix" },
);

const nspawn = tool<string>(
  "D,directory: i,image: M,machine: b,boot a,as-pid2 u,user: chdir: x,ephemeral bind: bind-ro: tmpfs: E,setenv: q,quiet P,pipe U p,port: n,network-veth console: private-network read-only capability: settings: template:",
  (act, options) => {
    if (options.operands.length === 0) return act.execute();
    return act.run(options.operands, {
      elsewhere: textOf(options.value("D") ?? options.value("M") ?? "container"),
    });
  },
  { order: "posix" },
);

export const isolation = family(
  ["chroot gchroot", chroot],
  ["unshare", unshare],
  ["nsenter", nsenter],
  ["bwrap", bwrap],
  ["proot", proot],
  ["systemd-run", systemdRun],
  ["systemd-nspawn", nspawn],
);
