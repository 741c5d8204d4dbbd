// A folder with a config of its own, and proctor run in it, as its users run it: process by process.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { thisProgram } from "../src/program.ts";

export interface Ran {
  readonly code: number;
  readonly stdout: string;
}

export interface Ground {
  readonly folder: string;
  /** @throws Error with what it said, where it ended with another code than these */
  proctor(args: readonly string[], codes?: readonly number[]): Promise<Ran>;
}

/** Begins anew: what an earlier run left there is gone. @throws Error where something else is there */
export function createGround(folder: string, config: object, signal: AbortSignal): Ground {
  const file = join(folder, "proctor.yaml");
  if (existsSync(folder) && !existsSync(file)) {
    throw new Error(
      `${folder} is there already, and no folder of a round; name another with --out`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, stringify(config));
  const main = join(thisProgram().folder, "dist", "src", "main.js");

  return {
    folder,
    async proctor(args, codes = [0]) {
      const child = spawn(process.execPath, [main, ...args], {
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
        signal,
      });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (chunk: Buffer) => {
        stdout += chunk.toString("utf8");
      });
      child.stderr.on("data", (chunk: Buffer) => {
        stderr = (stderr + chunk.toString("utf8")).slice(-4_000);
      });
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", resolve);
      });
      if (code !== null && codes.includes(code)) return { code, stdout };
      const what = `proctor ${args.join(" ")} ended with ${code ?? "a signal"} in ${folder}`;
      throw new Error(`${what}:\n${stderr}`);
    },
  };
}
