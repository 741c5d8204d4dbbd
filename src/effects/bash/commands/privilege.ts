// Programs that run another one as another user: sudo, doas, su and their relatives.

import type { Produced, Word } from "../command.ts";
import { takeAssignments } from "../command-words.ts";
import type { Options } from "../options.ts";
import { type Act, family, textOf, tool } from "../tool.ts";

function becomes(act: Act, user: Word | undefined): void {
  const { program } = act.invocation;
  const how = user === undefined ? program : `${program} -u ${textOf(user)}`;
  act.emit({ kind: "privilege", how });
}

const sudo = tool<string>(
  [
    "A,askpass B,bell b,background C,close-from: D,chdir: E preserve-env:: e,edit g,group: H,set-home h,host: i,login K,remove-timestamp",
    "k,reset-timestamp l,list N,no-update n,non-interactive P,preserve-groups p,prompt: R,chroot: r,role: S,stdin s,shell t,type: T,command-timeout:",
    "U,other-user: u,user: V v,validate",
  ],
  (act, options) => {
    const { assignments, words } = takeAssignments(options.operands);
    if (options.has("l") || options.has("V")) return;
    becomes(act, options.value("u"));
    if (options.has("e")) return edits(act, words);
    return runAs(act, words, options, assignments);
  },
  { order: "posix" },
);

function edits(act: Act, files: readonly Word[]): undefined {
  for (const file of files) act.write(file);
}

function runAs(
  act: Act,
  words: readonly Word[],
  options: Options,
  assignments: ReadonlyMap<string, Word> = new Map(),
): Produced | undefined {
  const shell = options.has("s") || options.has("i");
  if (words.length === 0 && !shell) return undefined;
  const folder = options.value("D");
  const root = options.value("R");
  return act.run(words.length === 0 ? [act.scope.word("sh")] : words, {
    ...(assignments.size > 0 ? { assignments } : {}),
    ...(options.has("i") ? { cwd: null } : {}),
    ...(folder === undefined ? {} : { cwd: act.target(folder) }),
    ...(root === undefined ? {} : { elsewhere: textOf(root) }),
  });
}

const doas = tool<string>(
  "C: L n s u: a:",
  (act, options) => {
    if (options.has("C")) return;
    becomes(act, options.value("u"));
    const words = options.operands;
    if (words.length > 0) return act.run(words);
    return options.has("s") ? act.run([act.scope.word("sh")]) : undefined;
  },
  { order: "posix" },
);

const suOptions =
  "c,command: session-command: f,fast g,group: G,supp-group: l,login m,p,preserve-environment P,pty T,no-pty s,shell: w,whitelist-environment: u,user:";

/** su(1): `-c` is shell text; without it the shell reads standard input. */
function suCommand(act: Act, options: Options): Produced | undefined {
  const users = options.operands.filter((word) => word.value !== "-");
  const [user, ...args] = users;
  becomes(act, options.value("u") ?? user);
  const login = options.has("l") || users.length < options.operands.length;
  const how = { newShell: true, ...(login ? { cwd: null } : {}) };
  const text = options.value("c") ?? options.value("session-command");
  if (text !== undefined)
    return act.script(text, { ...how, parameters: [act.scope.word("sh"), ...args] });
  return act.run([options.value("s") ?? act.scope.word("sh"), ...args], how);
}

const su = tool<string>(suOptions, suCommand);

/** runuser(1) with `-u` runs the words themselves. */
const runuser = tool<string>(
  suOptions,
  (act, options) => {
    if (!options.has("u")) return suCommand(act, options);
    becomes(act, options.value("u"));
    return options.operands.length === 0 ? undefined : act.run(options.operands);
  },
  { order: "posix" },
);

const pkexec = tool<string>(
  "u,user: disable-internal-agent keep-cwd",
  (act, options) => {
    becomes(act, options.value("u"));
    return options.operands.length === 0 ? undefined : act.run(options.operands);
  },
  { order: "posix" },
);

const run0 = tool<string>(
  "u,user: g,group: nice: D,chdir: setenv: background: machine: unit: property: description: slice: slice-inherit pty pipe shell-prompt-prefix: no-ask-password",
  (act, options) => {
    becomes(act, options.value("u"));
    return runAs(act, options.operands, options);
  },
  { order: "posix" },
);

/** The user is the first operand: gosu, su-exec, setuidgid. */
const userFirst = tool<string>(
  "",
  (act, { operands: [user, ...words] }) => {
    becomes(act, user);
    return words.length === 0 ? undefined : act.run(words);
  },
  { order: "posix" },
);

/** sg(1): the group, then `-c` and shell text, or the text itself. */
const sg = tool<string>(
  "l",
  (act, { operands: [group, first, second] }) => {
    becomes(act, group);
    const text = first?.value === "-c" ? second : first;
    return text === undefined ? undefined : act.script(text, { newShell: true });
  },
  { order: "posix" },
);

const setpriv = tool<string>(
  [
    "d,dump groups: clear-groups keep-groups init-groups inh-caps: ambient-caps: bounding-set: ruid: euid: rgid: egid: reuid: regid: securebits:",
    "pdeathsig: ptracer: selinux-label: apparmor-profile: reset-env nnp,no-new-privs list-caps landlock-access: landlock-rule: seccomp-filter:",
  ],
  (act, options) => {
    if (options.operands.length === 0) return;
    if (options.has("reuid") || options.has("euid") || options.has("ruid"))
      becomes(act, options.value("reuid"));
    return act.run(options.operands);
  },
  { order: "posix" },
);

const capsh = tool<string>(
  "print user: uid: gid: groups: keep: drop: caps: chroot: inh: secbits: addamb: mode: shell: decode: supports: has-a: has-b: has-i: has-p: is-uid: is-gid: noamb noenv quiet strict current iab: license suggest:",
  (act, options) => {
    const at = act.args.findIndex((word) => word.value === "--" || word.value === "==");
    const rest = at < 0 ? [] : act.args.slice(at + 1);
    if (options.has("user") || options.has("uid"))
      becomes(act, options.value("user") ?? options.value("uid"));
    return at < 0 ? undefined : act.run([act.scope.word("bash"), ...rest]);
  },
  { order: "posix" },
);

export const privilege = family(
  ["sudo", sudo],
  [
    "sudoedit",
    tool<string>("n,non-interactive u,user: g,group: p,prompt: S,stdin k", (act, options) => {
      becomes(act, options.value("u"));
      return edits(act, options.operands);
    }),
  ],
  ["doas", doas],
  ["su", su],
  ["runuser", runuser],
  ["pkexec", pkexec],
  ["run0", run0],
  ["gosu su-exec setuidgid s6-setuidgid", userFirst],
  ["sg", sg],
  ["setpriv", setpriv],
  ["capsh", capsh],
);
