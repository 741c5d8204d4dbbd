// bash in its sandbox: what it sees, what it can do, what is left of it.

import { type StdioOptions, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { embeddedContext, type Sandbox } from "../../../src/upstream/embedded/index.ts";
import {
  bashCommand,
  createConfinement,
  probeSandbox,
} from "../../../src/upstream/embedded/sandbox.ts";
import { killAll } from "../../wrap/processes.ts";
import { type Fixture, makePlace, makeTools } from "./workspace.ts";

const here = realpathSync(process.cwd());
const surroundings = { hidden: [], readOnlyFolders: [], network: false };
const sandbox = await probeSandbox({ ...surroundings, workspace: here });
if (sandbox.kind === "none") console.warn(`no sandbox here, its tests are skipped: ${sandbox.why}`);
const isRoot = process.getuid?.() === 0;

async function makeShell(bash: object = {}, hidden: string[] = []): Promise<Fixture> {
  return makeTools({ settings: { bash }, hidden, sandbox });
}

async function run(fixture: Fixture, command: string, more: JsonObject = {}): Promise<string> {
  return (await fixture.call("bash", { command, ...more })).text;
}

/** Processes of this machine that have this text in their command line. */
function processesWith(text: string): string[] {
  return readdirSync("/proc").filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text);
    } catch {
      return false;
    }
  });
}

/** They are killed before the call ends; the kernel takes a moment to bury them. */
async function buried(text: string): Promise<void> {
  await expect.poll(() => processesWith(text)).toEqual([]);
}

let seconds = 0;
/** A number of seconds to sleep that no other process sleeps. */
function uniqueSleep(): string {
  seconds += 1;
  return `9${process.pid}.${seconds}`;
}

describe.skipIf(sandbox.kind !== "bubblewrap")("bash in bubblewrap", () => {
  it("answers with output, errors and how it ended", async () => {
    const shell = await makeShell();
    const { forwarded } = await shell.call("bash", { command: "echo out; echo err >&2; exit 3" });
    expect(forwarded.answer).toEqual({
      content: [
        { type: "text", text: "out\n" },
        { type: "text", text: "err\n" },
        { type: "text", text: "[exit status 3]" },
      ],
      structuredContent: { exitStatus: 3, signal: null, timedOut: false, truncated: false },
      isError: true,
    });
    expect(forwarded.observed).toEqual({
      transport: "in process",
      tool: { isError: true, exitStatus: 3, timedOut: false, truncated: false },
    });
  });

  it.each([
    ["true", "(no output)"],
    ["kill -9 $$", "[exit status 137]"],
    ["cat; echo stdin is empty", "stdin is empty\n"],
    ["printf 'a\\377b'", "a\uFFFDb\n[not valid UTF-8: undecodable bytes are shown as U+FFFD]"],
    ["echo $0 $# $- $SHLVL", "bash 0 hBc 1\n"],
    ["ulimit -c", "0\n"],
  ])("%s: %j", async (command, text) => {
    expect(await run(await makeShell(), command)).toBe(text);
  });

  it("works on the workspace itself", async () => {
    const shell = await makeShell();
    mkdirSync(join(shell.workspace, "sub"));
    expect(await run(shell, "pwd; echo made > made; ls", { workdir: "sub" })).toBe(
      `${shell.workspace}/sub\nmade\n`,
    );
    expect(readFileSync(join(shell.workspace, "sub/made"), "utf8")).toBe("made\n");
  });

  it("has a fixed environment, and reads no start-up file", async () => {
    const shell = await makeShell();
    for (const file of [".bashrc", ".profile", ".bash_profile", ".bash_env"]) {
      writeFileSync(join(shell.workspace, file), "echo start-up; export PLANTED=1");
    }
    const variables = (await run(shell, "env | sort")).trimEnd().split("\n");
    expect(variables).toEqual([
      `HOME=${shell.workspace}`,
      "LANG=C.UTF-8",
      "PATH=/usr/local/bin:/usr/bin:/bin",
      `PWD=${shell.workspace}`,
      "SHLVL=1",
      "_=/usr/bin/env",
    ]);
  });

  it("is a new shell in each call", async () => {
    const shell = await makeShell();
    await run(shell, "X=1; cd /; alias ls=rm; touch /tmp/kept");
    expect(await run(shell, 'echo "[$X]"; pwd; ls /tmp/kept 2>&1 | wc -l; alias')).toBe(
      `[]\n${shell.workspace}\n1\n`,
    );
  });

  it("sees system folders and the workspace, and nothing else", async () => {
    const shell = await makeShell();
    const [, top] = shell.workspace.split("/");
    const named = ["bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "nix", "proc", "sbin"];
    const seen = (await run(shell, "ls -A /")).trim().split("\n");
    expect(seen.filter((name) => ![...named, "tmp", "usr", top].includes(name))).toEqual([]);
    expect(await run(shell, `ls ${shell.base}`)).toBe("ws\n");
    expect(await run(shell, `cat ${shell.outside}/secret.txt 2>&1`)).toContain("No such file");
    expect(await run(shell, "cat /etc/shadow /etc/ssh/* 2>&1 | grep -v 'No such'")).toBe(
      "[exit status 1]",
    );
  });

  it.each([
    ["beside the workspace", (base: string) => join(base, "data"), {}],
    ["above the workspace", (base: string) => base, {}],
  ])("does not see a hidden folder %s", async (_name, where) => {
    const { base, workspace } = makePlace();
    const hidden = where(base);
    mkdirSync(hidden, { recursive: true });
    writeFileSync(join(hidden, "agent.token"), "the-token");
    const fixture = await makeTools({ settings: {}, workspace, hidden: [hidden], sandbox });
    expect(await run(fixture, `cat ${hidden}/agent.token 2>&1`)).toContain("No such file");
  });

  it("does not see a hidden folder or file within a folder that it may read", async () => {
    const { base, workspace } = makePlace();
    const folder = join(base, "tools");
    mkdirSync(join(folder, "data"), { recursive: true });
    writeFileSync(join(folder, "data/agent.token"), "the-token");
    writeFileSync(join(folder, "proctor.yaml"), "the-token");
    writeFileSync(join(folder, "tool"), "a tool");
    const hidden = [join(folder, "data"), join(folder, "proctor.yaml")];
    const settings = { bash: { readOnlyFolders: [folder] } };
    const fixture = await makeTools({ settings, workspace, hidden, sandbox });
    const files = `${folder}/tool ${folder}/data/agent.token ${folder}/proctor.yaml`;
    const text = await run(fixture, `cat ${files} 2>/dev/null; echo x > ${folder}/tool`);
    expect(text).toContain("a tool");
    expect(text).not.toContain("the-token");
    expect(readFileSync(join(folder, "tool"), "utf8")).toBe("a tool");
  });

  it("does not see it by a link to that folder either", async () => {
    const { base, workspace } = makePlace();
    mkdirSync(join(base, "real/data"), { recursive: true });
    writeFileSync(join(base, "real/data/agent.token"), "the-token");
    writeFileSync(join(base, "real/tool"), "a tool");
    symlinkSync(join(base, "real"), join(base, "link"));
    const settings = { bash: { readOnlyFolders: [join(base, "link")] } };
    const hidden = [join(base, "real/data")];
    const fixture = await makeTools({ settings, workspace, hidden, sandbox });
    const text = await run(fixture, `cat ${base}/link/tool ${base}/*/data/* 2>&1`);
    expect(text).toContain("a tool");
    expect(text).not.toContain("the-token");
  });

  it.each([
    "echo x > /usr/proctor-test",
    "echo x > /etc/proctor-test",
    "echo x > /proctor-test",
    "echo x > $HOME/../outside/proctor-test",
    "mkdir -p /home/proctor-test",
    "rm -rf /usr/bin/env /etc/* ../outside",
    "ln -s ../outside/secret.txt link; echo x > link",
    "mount --bind / /mnt",
    "cat /proc/sys/vm/swappiness > /proc/sys/vm/swappiness",
    "echo x > /proc/sys/kernel/core_pattern",
    "unshare -Ur true",
    "chroot / true",
    "mknod device c 1 3",
  ])("changes nothing outside: %s", async (command) => {
    const shell = await makeShell();
    const { isError } = await shell.call("bash", { command });
    expect(isError).toBe(true);
    for (const folder of ["/usr", "/etc", "/", shell.base, shell.outside, "/home"]) {
      if (existsSync(folder)) expect(readdirSync(folder)).not.toContain("proctor-test");
    }
    expect(readFileSync(join(shell.outside, "secret.txt"), "utf8")).toBe("outside-secret");
  });

  it("finds a private /tmp, and above the workspace nothing that lasts", async () => {
    const shell = await makeShell();
    await run(shell, "touch ../proctor-test /tmp/proctor-test");
    expect(readdirSync(shell.base).sort()).toEqual(["outside", "ws"]);
    expect(existsSync("/tmp/proctor-test")).toBe(false);
    expect(await run(shell, "ls /tmp/proctor-test ../proctor-test 2>/dev/null")).not.toContain(
      "test",
    );
  });

  it("has no capabilities", async () => {
    const text = await run(await makeShell(), "grep Cap /proc/self/status");
    expect(text.match(/[0-9a-f]{16}/g)).toEqual(Array(5).fill("0000000000000000"));
  });

  it("sees no process of the machine, and cannot signal one", async () => {
    const shell = await makeShell();
    const text = await run(
      shell,
      `ls /proc | grep -c '^[0-9]'; kill -0 ${process.pid} && echo hit`,
    );
    expect(Number(text.split("\n")[0])).toBeLessThan(10);
    expect(text).not.toContain("hit");
  });

  it("has a network only where the config says so", async () => {
    const server = createServer((socket) => socket.end("reached"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const command = `cat < /dev/tcp/127.0.0.1/${port}; grep -c : /proc/net/dev`;
    expect(await run(await makeShell(), command)).toMatch(/refused|unreachable/);
    expect(await run(await makeShell({ network: true }), command)).toContain("reached");
  });

  it.each([
    ["in the background", (sleep: string) => `sleep ${sleep} & echo started`],
    ["in a session of its own", (sleep: string) => `setsid nohup sleep ${sleep} >/dev/null 2>&1 &`],
    ["with its output closed", (sleep: string) => `(sleep ${sleep} >&- 2>&- &)`],
    ["two hundred of them", (sleep: string) => `for i in {1..200}; do sleep ${sleep} & done`],
  ])("leaves no process behind: %s", async (_name, commandOf) => {
    const sleep = uniqueSleep();
    await run(await makeShell(), commandOf(sleep));
    await buried(sleep);
  });

  it("is ended with all its processes when its time is over", async () => {
    const sleep = uniqueSleep();
    const shell = await makeShell();
    const command = `echo before; setsid sleep ${sleep} & trap '' TERM; sleep ${sleep}`;
    const { text, forwarded } = await shell.call("bash", { command, timeoutMs: 1_000 });
    expect(text).toMatch(/\[ended: the time limit was reached\]$/);
    expect(forwarded.observed.tool).toMatchObject({ timedOut: true, signal: "SIGKILL" });
    await buried(sleep);
  });

  it("gets no more time than the config allows", async () => {
    const shell = await makeShell({ maxTimeoutMs: 500 });
    const text = await run(shell, `sleep ${uniqueSleep()}`, { timeoutMs: 3_600_000 });
    expect(text).toContain("the time limit was reached");
  });

  it("is ended with all its processes on abort", async () => {
    const sleep = uniqueSleep();
    const shell = await makeShell();
    const gone = new AbortController();
    const reason = new Error("the client went away");
    const calling = shell.call("bash", { command: `sleep ${sleep}` }, gone.signal);
    await expect.poll(() => processesWith(sleep)).not.toEqual([]);
    gone.abort(reason);
    await expect(calling).rejects.toBe(reason);
    await buried(sleep);
  });

  it("passes on no descriptor that proctor has inherited", async () => {
    const { workspace, outside } = makePlace();
    const confine = await createConfinement({ ...surroundings, workspace }, []);
    const listing = `ls /proc/self/fd; cat /proc/self/fd/4/secret.txt`;
    const { program, args } = confine(workspace, bashCommand(listing, 512));
    const folder = openSync(outside, "r");
    onTestFinished(() => closeSync(folder));
    const stdio: StdioOptions = ["ignore", "pipe", "ignore", "ignore", folder];
    const child = spawn(program, args, { stdio });
    onTestFinished(() => void child.kill("SIGKILL"));
    // 3 is that of ls itself.
    expect(child.stdout && (await text(child.stdout))).toBe("0\n1\n2\n3\n");
  });

  it.skipIf(isRoot)("starts no more processes than it may (a fork bomb)", async () => {
    const shell = await makeShell({ maxProcesses: 64 });
    const text = await run(shell, "bomb() { bomb | bomb; }; bomb", { timeoutMs: 3_000 });
    expect(text).toMatch(/Resource temporarily unavailable|time limit/);
  });

  it("keeps the beginning and the end of long output, whatever its length", async () => {
    const shell = await makeShell({ maxOutputBytes: 1_000 });
    const command = "echo first; head -c 100000000 /dev/zero | tr '\\0' x; echo; echo last";
    const { text, forwarded } = await shell.call("bash", { command });
    expect(text).toMatch(
      /^first\nx+\n\[\.\.\. 99999012 of 100000012 bytes left out \.\.\.\]\nx+\nlast\n$/,
    );
    expect(Buffer.byteLength(text)).toBeLessThan(1_100);
    expect(forwarded.observed.tool).toMatchObject({ exitStatus: 0, truncated: true });
  });

  it("is ended where it writes without end", async () => {
    const shell = await makeShell({ maxOutputBytes: 1_000, maxTotalBytes: 5_000_000 });
    expect(await run(shell, "yes")).toContain("[ended: it wrote more than can be read]");
  });

  it.each([
    [{ workdir: "missing" }, "missing: no such file or folder"],
    [{ workdir: "file" }, "file: is not a folder"],
    [{ workdir: "out" }, "out: leads out of the workspace"],
    [{ workdir: "/" }, "/: leads out of the workspace"],
    [{ command: "echo \0" }, "must not contain a NUL character"],
    [{ command: "#".repeat(200_000) }, "must not be longer than 131071 bytes"],
    [{ timeoutMs: 0 }, "timeoutMs"],
  ])("does not run with %j", async (given, message) => {
    const shell = await makeShell();
    writeFileSync(join(shell.workspace, "file"), "");
    symlinkSync("../outside", join(shell.workspace, "out"));
    const { text, isError } = await shell.call("bash", { command: "echo ran", ...given });
    expect(isError).toBe(true);
    expect(text).toContain(message);
    expect(text).not.toMatch(/^ran/);
  });

  it("takes the longest command that the kernel takes", async () => {
    const text = await run(await makeShell(), `echo ran; #${"x".repeat(131_071 - 11)}`);
    expect(text).toBe("ran\n");
  });
});

describe("the workspace", () => {
  it.each([
    ["is a hidden folder", (place: ReturnType<typeof makePlace>) => place.workspace],
    [
      "contains a hidden folder",
      ({ workspace }: ReturnType<typeof makePlace>) => join(workspace, "d"),
    ],
    [
      "contains one that is not there yet",
      ({ workspace }: ReturnType<typeof makePlace>) => join(workspace, "a/b"),
    ],
    [
      "contains one by a link",
      ({ base, workspace }: ReturnType<typeof makePlace>) => {
        symlinkSync(workspace, join(base, "link"));
        return join(base, "link/data");
      },
    ],
  ])("is refused where it %s", async (_name, hiddenOf) => {
    const place = makePlace();
    const making = makeTools({ workspace: place.workspace, hidden: [hiddenOf(place)] });
    await expect(making).rejects.toMatchObject({ code: "invalid_config" });
  });

  it.each(["/", "/usr", "/usr/bin", "/etc", "/proc"])("is refused at %s", async (workspace) => {
    await expect(makeTools({ workspace })).rejects.toMatchObject({ code: "invalid_config" });
  });

  it.each(["/", "/proc", "/dev/shm", "/missing"])(
    "does not go with %s to be read",
    async (folder) => {
      const settings = { bash: { readOnlyFolders: [folder] } };
      await expect(makeTools({ settings })).rejects.toMatchObject({ code: "invalid_config" });
    },
  );

  it("is made where it is missing", async () => {
    const workspace = join(makePlace().base, "new/ws");
    await makeTools({ workspace });
    expect(existsSync(workspace)).toBe(true);
  });
});

describe("without a sandbox", () => {
  it("bash is not offered", async () => {
    const none: Sandbox = { kind: "none", why: "a test", hint: "" };
    const { tools, call } = await makeTools({ settings: {}, sandbox: none });
    expect((await tools.tools()).map(({ name }) => name)).not.toContain("bash");
    await expect(call("bash", { command: "ls" })).rejects.toMatchObject({ code: "unknown_tool" });
  });

  it.skipIf(sandbox.kind !== "bubblewrap")("one that does not work is found out", async () => {
    // bash itself lies there.
    const probe = await probeSandbox({ ...surroundings, workspace: here, hidden: ["/usr/bin"] });
    expect(probe).toMatchObject({ kind: "none", why: expect.stringContaining("bash") });
  });

  it("bash runs dangerously where the config says so", async () => {
    const fixture = await makeTools({ settings: { dangerouslyUnsandboxed: true } });
    expect(fixture.tools.sandbox).toEqual({ kind: "dangerouslyUnsandboxed" });
    const text = await run(fixture, `cat ${fixture.outside}/secret.txt; env | cut -d= -f1 | sort`);
    expect(text).toBe("outside-secretHOME\nLANG\nPATH\nPWD\nSHLVL\n_\n");
    const sleep = uniqueSleep();
    await run(fixture, `sleep ${sleep} & echo started`);
    await buried(sleep);
  });

  it("what leaves its process group does not hold the call", async () => {
    const fixture = await makeTools({ settings: { dangerouslyUnsandboxed: true } });
    const sleep = uniqueSleep();
    onTestFinished(() => killAll(sleep));
    expect(await run(fixture, `setsid sleep ${sleep} & sleep 0.2; echo done`)).toBe("done\n");
  });
});

describe("the context", () => {
  const common = { cwd: "/w", home: "/w", shell: "fresh", filesystem: "ours" };
  const tight = { ...common, environment: "fixed", confinedTo: "/w" };

  it.each([
    ["bubblewrap", "bash", tight],
    ["bubblewrap", "read_text_file", tight],
    ["dangerouslyUnsandboxed", "read_text_file", tight],
    ["dangerouslyUnsandboxed", "bash", { ...common, environment: "inherited" }],
  ] as const)("in %s of %s", (kind, tool, context) => {
    expect(embeddedContext("/w", { kind }, tool)).toEqual(context);
  });
});
