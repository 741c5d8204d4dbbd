// As in a container, without an engine: process 1 of its namespace, not root, a read-only root file
// system, no capabilities, nothing to write but its two volumes. What the Dockerfile and compose say.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, it } from "vitest";
import { createClient } from "./guard.ts";

const root = resolve(import.meta.dirname, "../..");

let folder: string;
let box: ChildProcess | undefined;
afterEach(() => {
  box?.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function confinedArgs(volumes: readonly string[]): string[] {
  return [
    ...["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", "/run"],
    ...volumes.flatMap((volume) => ["--bind", volume, volume]),
    ...["--unshare-user", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL"],
    ...["--unshare-pid", "--unshare-ipc", "--as-pid-1", "--die-with-parent"],
  ];
}

function offered(): boolean {
  try {
    execFileSync("bwrap", [...confinedArgs([]), "true"], { stdio: "ignore" });
    return true;
  } catch {
    console.log("skipped: bwrap is not here, or may make no namespaces");
    return false;
  }
}

/** The process that has a process id of 1 inside: the last one of the chain that bwrap began. */
function innermost(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
  const [child = ""] = children;
  const comm = readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  return comm !== "bwrap" || child === "" ? pid : innermost(Number(child));
}

it("serves, keeps its records in its volume, and ends in order by SIGTERM to process 1", async () => {
  folder = mkdtempSync(join(tmpdir(), "proctor-container-"));
  if (!offered()) return;
  const [data, workspace] = [join(folder, "data"), join(folder, "workspace")];
  for (const volume of [data, workspace]) mkdirSync(volume);
  const config = join(folder, "proctor.yaml");
  const shipped = readFileSync(join(root, "deploy/proctor.yaml"), "utf8");
  writeFileSync(config, shipped.replace("4100", "0").replace("4101", "0"));

  const main = join(root, "dist/src/main.js");
  const env = { PATH: process.env.PATH, PROCTOR_CONFIG: config };
  const volumes = { PROCTOR_DATA: data, PROCTOR_WORKSPACE: workspace };
  box = spawn("bwrap", [...confinedArgs([data, workspace]), process.execPath, main, "serve"], {
    env: { ...env, ...volumes },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((done) => box?.once("close", done));
  const { agent, admin } = await ready(box);

  const token = readFileSync(join(data, "agent.token"), "utf8").trim();
  const inside = (url: string) => url.replace("0.0.0.0", "127.0.0.1");
  const client = createClient(inside(agent), token);
  const written = await client.tool("write_file", { path: "a.txt", content: "a" });
  expect([written.status, readFileSync(join(workspace, "a.txt"), "utf8")]).toEqual([200, "a"]);
  expect((await fetch(`${inside(admin)}/readyz`)).status).toBe(200);

  process.kill(innermost(box.pid ?? 0), "SIGTERM");
  expect(await ended).toBe(0);
});

async function ready({ stdout }: ChildProcess): Promise<{ agent: string; admin: string }> {
  if (stdout === null) throw new Error("its output is not piped");
  for await (const line of createInterface({ input: stdout })) {
    const { event, agent, admin } = JSON.parse(line);
    if (event === "ready") return { agent, admin };
  }
  throw new Error("it ended before it was ready");
}
