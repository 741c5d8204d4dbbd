// Programs that run another one with other limits, priorities, streams or settings, on the same files.

import type { Command, RunOptions, Word } from "../command.ts";
import { joined, takeAssignments } from "../command-words.ts";
import { leadingText, type Options } from "../options.ts";
import { type Act, type FamilyRow, family, gnuFamily, program, textOf, tool } from "../tool.ts";

interface Wrapping {
  /** Operands before the command: a duration, a mask. */
  readonly skip?: number;
  /** With any of these options it acts on running processes, or only shows. */
  readonly without?: readonly string[];
  /** `NAME=value` may stand before the command. */
  readonly assigns?: boolean;
  /** Files that these options write. */
  readonly writes?: readonly string[];
  /** The command's folder. */
  readonly folder?: string;
  /** The command may never run. */
  readonly possible?: boolean;
}

/** The command is the rest of the words, behind the wrapper's own options. */
function wrapper(spec: string | readonly string[], wrapping: Wrapping = {}): Command {
  return tool<string>(
    spec,
    (act, options) => {
      const { skip = 0, without = [], writes = [] } = wrapping;
      for (const name of writes) {
        const file = options.value(name);
        if (file !== undefined) act.overwrite(file);
      }
      if (without.some((name) => options.has(name))) return act.execute();
      return runRest(act, options.operands.slice(skip), options, wrapping);
    },
    { order: "posix" },
  );
}

function runRest(
  act: Act,
  rest: readonly Word[],
  options: Options,
  { assigns, folder, possible }: Wrapping,
) {
  const { assignments, words } =
    assigns === true ? takeAssignments(rest) : { assignments: new Map(), words: rest };
  if (words.length === 0) return act.execute();
  const place = folder === undefined ? undefined : options.value(folder);
  const how: RunOptions = {
    ...(assignments.size > 0 ? { assignments } : {}),
    ...(place === undefined ? {} : { cwd: act.target(place) }),
    ...(possible === true ? { possible } : {}),
  };
  return act.run(words, how);
}

/** util-linux setarch(8): the first operand may be an architecture. */
const architectures =
  /^(?:linux(?:32|64)|i[3-6]86|x86_64|amd64|athlon|arm\w*|aarch64|ppc\w*|mips\w*|sparc\w*|s390x?|parisc\w*|ia64|alpha|uname26)$/;

const setarch = tool<string>(
  "B,32bit F,fdpic-funcptrs I,short-inode L,addr-compat-layout R,addr-no-randomize S,whole-seconds T,sticky-timeouts X,read-implies-exec Z,mmap-page-zero 3,3gb 4gb uname-2.6 v,verbose list show::",
  (act, options) => {
    const [first, ...rest] = options.operands;
    const names = first?.value !== undefined && architectures.test(first.value);
    const words = names ? rest.filter((_, at) => !leadingOption(rest, at)) : options.operands;
    return words.length === 0 ? act.execute() : act.run(words);
  },
  { order: "posix" },
);

/** Options may also stand behind the architecture. */
function leadingOption(words: readonly Word[], at: number): boolean {
  return words.slice(0, at + 1).every((word) => leadingText(word).startsWith("-"));
}

/** chrt(1): the priority may be missing for some policies. */
const chrt = tool<string>(
  "a,all-tasks p,pid b,batch d,deadline e,ext f,fifo i,idle o,other r,rr R,reset-on-fork T,sched-runtime: P,sched-period: D,sched-deadline: v,verbose m,max",
  (act, options) => {
    if (options.has("p") || options.has("m")) return act.execute();
    const [first] = options.operands;
    const numbered = first?.value !== undefined && /^\d+$/.test(first.value);
    return runRest(act, options.operands.slice(numbered ? 1 : 0), options, {});
  },
  { order: "posix" },
);

/** flock(1): a command behind the file, or `-c` and text for a shell; a number is an open descriptor. */
const flock = tool<string>(
  "s,shared x,e,exclusive n,nb,nonblock u,unlock w,timeout,wait: o,close F,no-fork E,conflict-exit-code: c,command: verbose fcntl",
  (act, options) => {
    const [file, ...words] = options.operands;
    if (file === undefined || (words.length === 0 && !options.has("c"))) return act.execute();
    act.write(file, { certainty: "possible" });
    const [first, text] = words;
    const command =
      options.value("c") ??
      (first?.value === "-c" || first?.value === "--command" ? text : undefined);
    return command === undefined ? act.run(words) : act.script(command, { newShell: true });
  },
  { order: "posix" },
);

/** watch(1) hands its words, with blanks between them, to a shell. */
const watch = tool<string>(
  "b,beep c,color C,no-color d,differences:: e,errexit f,follow g,chgexit n,interval: p,precise q,equexit: r,no-rerun s,shotsdir: t,no-title w,no-wrap x,exec",
  (act, options) => {
    if (options.operands.length === 0) return;
    return options.has("x")
      ? act.run(options.operands)
      : act.script(joined(act, options.operands), { newShell: true });
  },
  { order: "posix" },
);

/** script(1): util-linux runs `-c`, BSD the words behind the file; without either, a shell. */
const script = tool<string>(
  "a,append c,command: E,echo: e,return f,flush F I,log-in: O,log-out: B,log-io: o,output-limit: m,logging-format: t,log-timing:: T: q,quiet force k d p r",
  (act, options) => {
    const [file, ...words] = options.operands;
    if (options.has("p")) return file === undefined ? act.read("typescript") : act.read(file);
    const log = options.value("O") ?? options.value("B") ?? file ?? "typescript";
    if (options.has("a")) act.write(log);
    else act.overwrite(log);
    const command = options.value("c");
    if (command !== undefined) return act.script(command, { newShell: true });
    return words.length > 0 ? act.run(words) : act.run([act.scope.word("sh")]);
  },
  { order: "posix" },
);

/** entr(1) runs its utility for files that are named on standard input. */
const entr = tool<string>(
  "a c d n p r s x z",
  (act, options) => {
    if (options.operands.length === 0) return;
    if (options.has("s"))
      return act.script(joined(act, options.operands), { possible: true, newShell: true });
    return act.run(
      options.operands.map((word) =>
        word.value === "/_" ? act.scope.hole("the changed file") : word,
      ),
      { possible: true },
    );
  },
  { order: "posix" },
);

/** strace(1) `-o '|command'` pipes into a shell. */
const strace = tool<string>(
  [
    "a,columns: A,output-append-mode b,detach-on: c,summary-only C,summary d,debug D,daemonize:: e,trace: E,env: f,follow-forks F ff,output-separately",
    "h i,instruction-pointer I,interruptible: k,stack-trace:: n,syscall-number N N,arg-names o,output: O,summary-syscall-overhead: p,attach: P,trace-path: q,quiet:: r,relative-timestamps::",
    "s,string-limit: S,summary-sort-by: t,absolute-timestamps:: T,syscall-times:: u,user: U,summary-columns: v,no-abbrev V w,summary-wall-clock x,strings-in-hex:: X,const-print-style: y,decode-fds:: Y,decode-pids: z,successful-only Z,failed-only",
    "kill-on-exit seccomp-bpf tips:: argv0:",
  ],
  (act, options) => {
    const log = options.value("o");
    const text = log === undefined ? "" : leadingText(log);
    if (text.startsWith("|") || text.startsWith("!"))
      act.script(log?.value?.slice(1) ?? act.scope.hole("strace -o"), {
        via: "strace -o",
        newShell: true,
      });
    else if (log !== undefined) act.overwrite(log);
    return options.operands.length === 0 ? act.execute() : act.run(options.operands);
  },
  { order: "posix" },
);

const startStopDaemon = tool<string>(
  [
    "S,start K,stop T,status p,pidfile: x,exec: n,name: a,startas: u,user: ppid: pid: c,chuid: g,group: r,chroot: d,chdir: N,nicelevel: P,procsched: I,iosched:",
    "k,umask: b,background C,no-close O,output: m,make-pidfile remove-pidfile R,retry: s,signal: t,test o,oknodo q,quiet v,verbose notify-await notify-timeout:",
  ],
  (act, options) => {
    const command = options.value("a") ?? options.value("x");
    if (options.has("t") || options.has("T")) return;
    const pidfile = options.value("p");
    if (options.has("S") && options.has("m") && pidfile !== undefined) act.overwrite(pidfile);
    if (options.has("K") && options.has("remove-pidfile") && pidfile !== undefined)
      act.delete(pidfile);
    if (!options.has("S") || command === undefined) return act.execute();
    const folder = options.value("d");
    const root = options.value("r");
    return act.run([command, ...options.operands], {
      ...(folder === undefined ? {} : { cwd: act.target(folder) }),
      ...(root === undefined ? {} : { elsewhere: textOf(root) }),
    });
  },
);

/** hyperfine(1) hands each operand to a shell, and what prepares and cleans up around it. */
const hyperfine = tool<string>(
  [
    "w,warmup: m,min-runs: M,max-runs: r,runs: s,setup: p,prepare: c,cleanup: C,conclude: reference: P,parameter-scan: D,parameter-step-size: L,parameter-list: S,shell:",
    "N i,ignore-failure:: style: sort: u,time-unit: export-asciidoc: export-csv: export-json: export-markdown: export-orgmode: show-output output: input: n,command-name:",
  ],
  (act, options) => {
    const around = ["s", "p", "c", "C"].flatMap((name) => options.values(name));
    for (const text of [...around, ...options.operands]) act.script(text, { newShell: true });
    for (const name of [
      "export-csv",
      "export-json",
      "export-markdown",
      "export-asciidoc",
      "export-orgmode",
    ]) {
      for (const file of options.values(name)) act.overwrite(file);
    }
  },
);

/** moreutils pee(1): each operand is a command for a shell. */
const pee = program((act) => {
  for (const word of act.args)
    act.script(word, { newShell: true, stdin: { kind: "unknown", why: "input of pee" } });
  return undefined;
});

/** A wrapper that takes only options that begin with `--` or `-` and have their value attached. */
const attachedOnly = program((act) => {
  const at = act.args.findIndex((word) => !leadingText(word).startsWith("-"));
  return at < 0 ? act.execute() : act.run(act.args.slice(at));
});

const perf: Command = (invocation, scope) => {
  const [name, ...rest] = invocation.args;
  const command = perfCommands.get(name?.value ?? "") ?? wrapper("", { without: [] });
  return command({ ...invocation, args: perfCommands.has(name?.value ?? "") ? rest : [] }, scope);
};

const perfOptions =
  "e,event: F,freq: c,count: g a,all-cpus p,pid: t,tid: o,output: C,cpu: call-graph: r,repeat: I,interval-print: x,field-separator: d,detailed v,verbose q,quiet s,summary S n,no-inherit B A i D,delay: k,clockid: G,cgroup: u,uid: j,branch-filter: append log-fd: post: pre: timeout: tool: no-big-num per-core per-socket";

const perfCommands: ReadonlyMap<string, Command> = new Map([
  ["stat", wrapper(perfOptions, { writes: ["o"] })],
  ["record", wrapper(perfOptions, { writes: ["o"] })],
  ["trace", wrapper(perfOptions, { writes: ["o"] })],
  ["mem", wrapper(perfOptions, { skip: 1 })],
  ["sched", wrapper(perfOptions, { skip: 1 })],
]);

const rows: readonly FamilyRow[] = [
  ["nohup", wrapper("")],
  ["nice", wrapper("n,adjustment: #")],
  [
    "timeout",
    wrapper("s,signal: k,kill-after: preserve-status f,foreground v,verbose p", { skip: 1 }),
  ],
  ["stdbuf", wrapper("i,input: o,output: e,error:")],
];

export const wrappers = new Map([
  ...gnuFamily(...rows),
  ...family(
    [
      "time gtime",
      wrapper("f,format: o,output: a,append v,verbose p,portability q,quiet l h", {
        writes: ["o"],
      }),
    ],
    ["setsid", wrapper("c,ctty f,fork w,wait")],
    [
      "ionice",
      wrapper("c,class: n,classdata: p,pid: P,pgid: t,ignore u,uid:", { without: ["p", "P", "u"] }),
    ],
    ["taskset", wrapper("a,all-tasks p,pid c,cpu-list", { skip: 1, without: ["p"] })],
    ["chrt", chrt],
    ["choom", wrapper("n,adjust: p,pid:", { without: ["p"] })],
    [
      "uclampset coresched",
      wrapper("m: M: a,all-tasks p,pid: s,system R,reset-on-fork v,verbose", {
        without: ["p", "s"],
      }),
    ],
    ["setarch linux32 linux64 i386 x86_64 uname26", setarch],
    [
      "prlimit",
      wrapper(
        "p,pid: o,output: noheadings raw verbose c,core:: d,data:: e,nice:: f,fsize:: i,sigpending:: l,memlock:: m,rss:: n,nofile:: q,msgqueue:: r,rtprio:: s,stack:: t,cpu:: u,nproc:: v,as:: x,locks:: y,rttime::",
        { without: ["p"] },
      ),
    ],
    [
      "numactl",
      wrapper(
        "a,all N,cpunodebind: C,physcpubind: m,membind: i,interleave: w,weighted-interleave: p,preferred: P,preferred-many: l,localalloc H,hardware s,show S: b,balancing t,strict",
        { without: ["H", "s"] },
      ),
    ],
    ["cgexec", wrapper("g: sticky b r")],
    [
      "cpulimit",
      wrapper(
        "l,limit: p,pid: e,exe: P,path: z,lazy i,include-children v,verbose b,background f,foreground m,monitor-forks c,cpu:",
        { without: ["p", "e", "P"] },
      ),
    ],
    ["faketime", wrapper("f m p: exclude-monotonic date-prog:", { skip: 1 })],
    ["caffeinate", wrapper("d i m s u t: w:")],
    [
      "fakeroot fakeroot-sysv fakeroot-tcp fakechroot",
      wrapper(
        "l,lib: f,faked: s: i: u,unknown-is-real b: h v c,config-dir: e,environment: use-system-libs",
      ),
    ],
    [
      "rlwrap",
      wrapper(
        "a,always-readline:: A,ansi-colour-aware:: b,break-chars: c,complete-filenames C,command-name: D,history-no-dupes: f,file: g,forget-matching: H,history-filename: i,case-insensitive l,logfile: m,multi-line:: n,no-warnings o,one-shot p,prompt-colour:: P,pre-given: q,quote-characters: r,remember s,histsize: S,substitute-prompt: t,set-terminal-name: w,wait-before-prompt: z,filter:",
        { writes: ["l"] },
      ),
    ],
    ["unbuffer", wrapper("p")],
    [
      "xvfb-run",
      wrapper(
        "a,auto-servernum auto-display e,error-file: f,auth-file: n,server-num: l,listen-tcp p,xauth-protocol: s,server-args: w,wait:",
      ),
    ],
    ["dbus-run-session", wrapper("config-file: dbus-daemon:")],
    [
      "systemd-inhibit",
      wrapper("what: who: why: mode: list no-pager no-legend no-ask-password", {
        without: ["list"],
      }),
    ],
    ["systemd-cat", wrapper("t,identifier: p,priority: stderr-priority: level-prefix: namespace:")],
    [
      "ltrace",
      wrapper(
        "a,align: A: b,no-signals c C,demangle d D,debug: e: f F,config: h i l,library: L n,indent: o,output: p: r s: S t:: T u: V w,where: x:",
        { writes: ["o"] },
      ),
    ],
    [
      "torsocks torify tsocks proxychains proxychains4 eatmydata catchsegv ddtrace-run newrelic-admin chronic dumb-init tini",
      wrapper("q f: v g s e w p: i u P:"),
    ],
    ["ifne", wrapper("n", { possible: true })],
    ["valgrind firejail heaptrack rr", attachedOnly],
    ["sshpass", wrapper("p: f: d: e P: v h V")],
    ["cross-env cross-env-shell", wrapper("", { assigns: true })],
    ["direnv", wrapper("", { skip: 2, without: [] })],
    ["dtach abduco", wrapper("a A c n N e: E r: z", { skip: 1 })],
    ["flock", flock],
    ["watch", watch],
    ["script", script],
    ["entr", entr],
    ["strace", strace],
    ["start-stop-daemon", startStopDaemon],
    ["hyperfine", hyperfine],
    ["pee", pee],
    ["perf", perf],
  ),
]);
