// As it comes out of a checkout, with nothing configured: the command that the start-up prints works.

import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const project = resolve(import.meta.dirname, "../..");

/** The lines from `Try it:` on, up to the end of the command. */
function commandIn(printed: string): string | undefined {
  return /Try it:\n([\s\S]*?-d '[^']*')/.exec(printed)?.[1];
}

describe("a checkout", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "proctor-checkout-"));
    for (const part of ["dist/src", "policies", "package.json"]) {
      cpSync(join(project, part), join(folder, part), { recursive: true });
    }
    symlinkSync(join(project, "node_modules"), join(folder, "node_modules"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("writes a file by the command that it prints", async () => {
    const guard = spawn(process.execPath, ["dist/src/main.js", "serve"], {
      cwd: folder,
      env: { PATH: process.env.PATH, PROCTOR_PORT: "0", PROCTOR_ADMIN_PORT: "0" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    try {
      let printed = "";
      for await (const chunk of guard.stdout.setEncoding("utf8")) {
        printed += chunk;
        if (commandIn(printed) !== undefined) break;
      }
      const answer = execFileSync("bash", ["-c", commandIn(printed) ?? "false"], { cwd: folder });
      expect(JSON.parse(answer.toString())).toMatchObject({ decision: { verdict: "allow" } });
      expect(readFileSync(join(folder, "workspace/hello.txt"), "utf8")).toBe("hello");
    } finally {
      const ended = new Promise((done) => guard.once("exit", done));
      guard.kill("SIGKILL");
      await ended;
    }
  });
});
