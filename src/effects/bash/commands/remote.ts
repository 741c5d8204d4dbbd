// Programs that run a command on another machine: ssh and what goes through it.

import type { Command, Produced, RunOptions, Word } from "../command.ts";
import { joined, runsLocalSettings } from "../command-words.ts";
import { literalHost } from "../hosts.ts";
import { leadingText } from "../options.ts";
import { type Act, family, program, textOf, tool } from "../tool.ts";

/** ssh(1): getopt with options on both sides of the destination. */
const sshOptions =
  "4 6 A a C f G g K k M N n q s T t V v X x Y y B: b: c: D: E: e: F: I: i: J: L: l: m: O: o: P: p: Q: R: S: W: w:";

const ssh = tool<string>(
  sshOptions,
  (act, options) => {
    runsLocalSettings(act, options.values("o"));
    const [destination, ...words] = withoutOptions(options.operands, act);
    const log = options.value("E");
    if (log !== undefined) act.write(log);
    if (destination === undefined || options.has("G") || options.has("Q")) return undefined;
    connectsTo(act, destination);
    if (options.has("N")) return undefined;
    return runsThere(act, `ssh ${textOf(destination)}`, words);
  },
  { order: "posix" },
);

/** ssh reads options behind the destination too, up to the command. */
function withoutOptions([destination, ...rest]: readonly Word[], act: Act): readonly Word[] {
  if (destination === undefined) return [];
  let at = 0;
  for (; at < rest.length; at += 1) {
    const text = rest[at] === undefined ? "" : leadingText(rest[at] as Word);
    if (!text.startsWith("-") || text === "--") break;
    const takes = text.length === 2 && "BbcDEeFIiJLlmOoPpQRSWw".includes(text.charAt(1));
    const value = text.startsWith("-o") && !takes ? act.scope.word(text.slice(2)) : rest[at + 1];
    if (text.startsWith("-o") && value !== undefined) runsLocalSettings(act, [value]);
    if (takes) at += 1;
  }
  if (rest[at]?.value === "--") at += 1;
  return [destination, ...rest.slice(at)];
}

function connectsTo(act: Act, destination: Word): void {
  act.connect(literalHost(destination.value) ?? destination.source);
}

/** The words are joined and read by a shell there; without any, that shell reads standard input. */
function runsThere(act: Act, where: string, words: readonly Word[]): Produced | undefined {
  const how: RunOptions = { elsewhere: where, environmentUnknown: true, newShell: true };
  if (words.length > 0) return act.script(joined(act, words), how);
  const { stdin } = act.invocation;
  if (stdin.kind === "text") return act.script(stdin.text, how);
  if (stdin.kind === "unknown" || stdin.kind === "file")
    return act.unknown(`${where} runs what comes on standard input`);
  return undefined;
}

/** `tool [options] host command`: the first operand is the host. */
function hostFirst(spec: string): Command {
  return tool<string>(
    spec,
    (act, { operands: [host, ...words] }) => {
      if (host === undefined) return undefined;
      connectsTo(act, host);
      return runsThere(act, `${act.invocation.program} ${textOf(host)}`, words);
    },
    { order: "posix" },
  );
}

/** Many hosts at once, named by options. */
function manyHosts(spec: string, hosts: readonly string[]): Command {
  return tool<string>(
    spec,
    (act, options) => {
      for (const name of hosts) for (const host of options.values(name)) act.connect(textOf(host));
      if (!hosts.some((name) => options.has(name))) act.connect("unknown");
      return runsThere(act, act.invocation.program, options.operands);
    },
    { order: "posix" },
  );
}

const ansible = tool<string>(
  "a,args: m,module-name: i,inventory: l,limit: u,user: b,become K k f,forks: e,extra-vars: v C,check D,diff o t,tree: list-hosts private-key: become-user: c,connection:",
  (act, options) => {
    if (options.has("C") || options.has("list-hosts")) return undefined;
    const [hosts] = options.operands;
    const module = options.value("m")?.value ?? "command";
    const args = options.value("a");
    act.connect(hosts === undefined ? "unknown" : textOf(hosts));
    if (/^(?:ansible\.builtin\.)?(?:shell|command|raw)$/.test(module) && args !== undefined)
      return runsThere(act, "ansible", [args]);
    if (module === "ping" || module === "setup" || module === "debug") return undefined;
    return act.unknown(`ansible runs the module ${module}`);
  },
);

const vagrant = program((act) => {
  const at = act.args.findIndex((word) => word.value === "-c" || word.value === "--command");
  const command = act.args[at + 1];
  const [first] = act.args;
  if (first?.value === "ssh" && at >= 0 && command !== undefined)
    return runsThere(act, "vagrant", [command]);
  if (first?.value === "destroy")
    return act.delete(
      { form: "unresolved", path: "vagrant machine" },
      { recursive: true, certainty: "certain" },
    );
  return act.execute();
});

export const remote = family(
  ["ssh slogin autossh dbclient", ssh],
  ["mosh et", hostFirst("ssh: client: server: predict: a n p,port: 4 6 family: no-init")],
  ["rsh rlogin remsh", hostFirst("l: n")],
  [
    "pssh parallel-ssh",
    manyHosts(
      "h,hosts: H,host: l,user: p,par: o,outdir: e,errdir: t,timeout: O,option: v,verbose A,askpass x,extra-args: X,extra-arg: i,inline inline-stdout I,send-input P,print",
      ["H", "h"],
    ),
  ],
  ["pdsh", manyHosts("w: x: g: X: l: t: u: f: R: b n N S q L V a A i", ["w", "g"])],
  ["clush", manyHosts("w: x: g: X: a l,user: f,fanout: t: u: b B N q v o,options: S", ["w", "g"])],
  [
    "dsh",
    manyHosts("a m,machine: g,group: f,file: v q M H r,remoteshell: o: c w F: n:", ["m", "g"]),
  ],
  ["ansible", ansible],
  ["vagrant", vagrant],
);
