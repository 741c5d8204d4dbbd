// What an operator meets: restarts under load, faults of the machine, the files in deploy/.

import { execFile, execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../src/config.ts";
import {
  type Answered,
  createClient,
  createGuardFolder,
  type GuardFolder,
  type RunningGuard,
} from "./guard.ts";

const root = resolve(import.meta.dirname, "../..");
const folders: GuardFolder[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

function newFolder(config: object = {}): GuardFolder {
  const folder = createGuardFolder(config);
  folders.push(folder);
  return folder;
}

function has(program: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    return true;
  } catch {
    console.log(`skipped: ${program} is not installed here`);
    return false;
  }
}

describe("a restart under load", () => {
  it("fails no call: each is answered, or was not taken and can be sent again", async () => {
    const limits = { shutdownMs: 600_000 };
    const folder = newFolder({ embedded: { bash: { offered: false } }, limits });
    let guard: RunningGuard = await folder.start();
    let [running, sentAgain, calls] = [true, 0, 0];

    /** As a client behind a restart does it: until it is answered, under one Idempotency-Key. */
    async function call(worker: number, i: number): Promise<void> {
      const given = { path: `${worker}/${i}`, content: "x" };
      const options = { trajectory: `w${worker}`, key: `${worker}-${i}` };
      for (;;) {
        const answer = await createClient(guard.agent, folder.token("agent"), "keep-alive")
          .tool("write_file", given, options)
          .catch((): Answered | undefined => undefined);
        if (answer?.status === 200) break;
        // Not there, going away, or the first attempt has no outcome yet: nothing else may happen.
        const code = answer?.body.code ?? "no answer";
        expect(["no answer", "shutting_down", "idempotency_pending"]).toContain(code);
        sentAgain += 1;
        await new Promise((done) => setTimeout(done, 20));
      }
      calls += 1;
    }

    const workers = Array.from({ length: 6 }, async (_, worker) => {
      for (let i = 0; running; i += 1) await call(worker, i);
    });
    const failed = Promise.all(workers);
    failed.catch(() => {
      running = false;
    });
    for (let round = 0; round < 3; round += 1) {
      const before = calls;
      await expect.poll(() => calls > before + 20 || !running).toBe(true);
      expect(await guard.stop()).toBe(0);
      guard = await folder.start();
    }
    running = false;
    await failed;
    expect(sentAgain).toBeGreaterThan(0);

    const { stdout } = await folder.run("trajectories", "--json", "-n", "100");
    const steps = stdout
      .trim()
      .split("\n")
      .map((line): number => JSON.parse(line).steps);
    expect(steps.reduce((sum, one) => sum + one, 0)).toBe(calls);
    const kinds = new Set<string>();
    for (let worker = 0; worker < 6; worker += 1) {
      const shown = await folder.run("trajectory", `default/w${worker}`, "--json");
      for (const line of shown.stdout.trim().split("\n")) {
        const { type, outcome } = JSON.parse(line);
        if (type === "outcome") kinds.add(outcome.kind);
      }
    }
    expect([...kinds]).toEqual(["carried_out"]);
    expect((await folder.run("verify")).code).toBe(0);
    await guard.stop();
  });
});

describe("a fault of the machine is said in one sentence with what to do", () => {
  const asNobody = process.getuid?.() === 0 && has("su");

  /** As a user without rights here, since root may write everything. */
  function serveIn(data: string): Promise<{ code: number; stderr: string }> {
    const main = join(root, "dist/src/main.js");
    const command = `${process.execPath} ${main} serve --data ${data} --workspace ${data}/w -p 0 --admin-port 0`;
    const [program, args] = asNobody
      ? (["su", ["nobody", "-s", "/bin/sh", "-c", command]] as const)
      : (["sh", ["-c", command]] as const);
    return new Promise((done) => {
      execFile(program, args, { cwd: "/" }, (error, _, stderr) =>
        done({ code: typeof error?.code === "number" ? error.code : 0, stderr }),
      );
    });
  }

  it.each<[string, (folder: string) => string]>([
    [
      "the data folder is read-only",
      (folder) => {
        mkdirSync(join(folder, "data"));
        chmodSync(join(folder, "data"), 0o555);
        return join(folder, "data");
      },
    ],
    ["the data folder cannot be made", (folder) => join(folder, "below", "data")],
  ])("%s", async (_, prepare) => {
    const folder = mkdtempSync(join(tmpdir(), "proctor-fault-"));
    const data = prepare(folder);
    chmodSync(folder, 0o555);
    const { code, stderr } = await serveIn(data);
    chmodSync(folder, 0o755);
    rmSync(folder, { recursive: true, force: true });
    expect(stderr.trim().split("\n")).toEqual([
      expect.stringMatching(/^proctor: .*this user may not; change its owner or mode/),
    ]);
    expect(code).toBe(1);
  });

  it("the port is taken", async () => {
    const guard = await newFolder().start();
    const other = newFolder();
    const { port } = new URL(guard.agent);
    const { code, stderr } = await other.run("serve", "--port", port, "--log", "json");
    expect(stderr).toMatch(/the port is taken; choose another/);
    expect(code).toBe(2);
    await guard.stop();
  });
});

describe("the files in deploy/", () => {
  it("has a unit that systemd takes and rates as well confined", () => {
    if (!has("systemd-analyze")) return;
    const unit = readFileSync(join(root, "deploy/proctor.service"), "utf8");
    const folder = mkdtempSync(join(tmpdir(), "proctor-unit-"));
    const file = join(folder, "proctor.service");
    // The programs that it names are not installed where tests run.
    writeFileSync(file, unit.replaceAll("/usr/bin/node", process.execPath));
    const options = { encoding: "utf8" } as const;
    expect(execFileSync("systemd-analyze", ["verify", file], options)).toBe("");
    const rated = execFileSync(
      "systemd-analyze",
      ["security", "--offline=true", "--threshold=35", file],
      options,
    );
    expect(rated).toMatch(/Overall exposure level for proctor\.service: [0-3]\.\d/);
    rmSync(folder, { recursive: true });
  });

  it("has a config for the container that is valid", () => {
    const config = loadConfig({ config: join(root, "deploy/proctor.yaml") }, {}, root);
    expect(config.agentListener).toEqual({ host: "0.0.0.0", port: 4100 });
  });

  it("has a compose file that gives the container nothing that it does not need", () => {
    const { services } = parse(readFileSync(join(root, "deploy/compose.yaml"), "utf8"));
    const { proctor } = services;
    expect(proctor).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
    });
    expect(proctor.privileged).toBeUndefined();
    expect(proctor.ports.every((port: string) => port.startsWith("127.0.0.1:"))).toBe(true);
  });
});
