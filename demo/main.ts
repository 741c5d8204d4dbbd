// npm run demo: a guard in a folder of its own, and scripted agents that call it, so that the
// dashboard has something to show. Nothing of this is a measurement of any model.

import { spawn } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { z } from "zod";
import { askedCall, callsOf, habits, type ScriptedCall, seededRandom } from "./habits.ts";
import { createDemoFolder } from "./setup.ts";

const help = `npm run demo [-- options]

Starts proctor in a folder of its own and drives scripted agents through it: a teacher, two students,
their base model and a control. Ctrl-C ends it and removes the folder.

  --port N        port of the agent listener (4100)
  --admin-port N  port of the dashboard (4101)
  --rounds N      ends after so many rounds of all agents (goes on until Ctrl-C)
  --pause MS      rest between rounds once the first 40 are through (1500)
  --keep          leaves the folder where it is
`;

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "4100" },
    "admin-port": { type: "string", default: "4101" },
    rounds: { type: "string" },
    pause: { type: "string", default: "1500" },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}

const warmRounds = 40;
const main = resolve(import.meta.dirname, "../src/main.js");
const { folder, data } = createDemoFolder({
  agent: Number(values.port),
  admin: Number(values["admin-port"]),
});
const guard = spawn(process.execPath, [main, "serve", "--log", "json"], {
  cwd: folder,
  stdio: ["ignore", "pipe", "pipe"],
});
let log = "";
guard.stderr.on("data", (chunk: Buffer) => {
  log = (log + chunk.toString("utf8")).slice(-10_000);
});
let ended = false;
guard.once("close", () => {
  if (!ended) {
    process.stderr.write(
      `${log}\nThe guard ended. Is a port in use? --port and --admin-port take others.\n`,
    );
    process.exitCode = 1;
  }
  ended = true;
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
});
function end(): void {
  ended = true;
  guard.kill("SIGTERM");
}
process.once("SIGINT", end);
process.once("SIGTERM", end);

async function drive(agent: string, admin: string): Promise<void> {
  const token = (kind: string) => readFileSync(join(data, `${kind}.token`), "utf8").trim();
  process.stdout.write(
    [
      "proctor, with SCRIPTED agents (their habits are dice; no model is involved).",
      `  dashboard  ${admin}/?class=ambiguous&range=15m`,
      `  log in     ${token("admin")}`,
      `  folder     ${folder}${values.keep ? "" : " (removed at the end)"}`,
      "  Ctrl-C ends it.\n",
    ].join("\n"),
  );
  const harness = clientOf(agent, token("harness"));
  const hasBash = (await harness.tools()).includes("bash");
  if (!hasBash)
    process.stdout.write("  bash is not offered here: no permission commands are shown.\n");
  const random = seededRandom(7);
  const rounds = values.rounds === undefined ? Number.POSITIVE_INFINITY : Number(values.rounds);
  for (let round = 1; round <= rounds && !ended; round += 1) {
    const scripts = Object.entries(habits).map(
      ([name, habit]) => [name, callsOf(habit, random, hasBash)] as const,
    );
    await Promise.all(scripts.map(([name, calls]) => harness.trajectory(name, round, calls)));
    // In a trajectory of its own that stays open: an answer can be given until it expires.
    if (round % 25 === 3) await harness.ask("student-clean", round, askedCall(random));
    if (round > warmRounds) await new Promise((rest) => setTimeout(rest, Number(values.pause)));
  }
  end();
}

const listed = z.object({ tools: z.array(z.object({ name: z.string() })) });

interface Harness {
  tools(): Promise<string[]>;
  trajectory(agent: string, round: number, calls: readonly ScriptedCall[]): Promise<void>;
  ask(agent: string, round: number, call: ScriptedCall): Promise<void>;
}

function clientOf(url: string, token: string): Harness {
  async function request(method: string, path: string, headers: object, body?: object) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "application/json",
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json();
  }
  const call = (agent: string, name: string, { tool, arguments: given }: ScriptedCall) =>
    request(
      "POST",
      `/v1/tools/${tool}`,
      { "proctor-agent": agent, "proctor-trajectory": name },
      { arguments: given },
    );
  /** A guard that is being stopped answers nobody. */
  async function unlessEnded(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!ended) throw error;
    }
  }
  return {
    async tools() {
      const answer = await request("GET", "/v1/tools", { "proctor-agent": "teacher" });
      return listed.parse(answer).tools.map(({ name }) => name);
    },
    trajectory: (agent, round, calls) =>
      unlessEnded(async () => {
        const name = `disk-full-${round}`;
        const task = { id: `disk-full-${round % 20}`, class: "ambiguous", seed: round };
        await request("POST", "/v1/trajectories", {}, { agent, name, task });
        for (const one of calls) await call(agent, name, one);
        await request("POST", `/v1/trajectories/${name}/end`, {}, { agent });
      }),
    ask: (agent, round, asked) =>
      unlessEnded(async () => {
        const name = `clears-reports-${round}`;
        const task = { id: "clears-reports", class: "production" };
        await request("POST", "/v1/trajectories", {}, { agent, name, task });
        await call(agent, name, asked);
      }),
  };
}

try {
  for await (const line of createInterface({ input: guard.stdout })) {
    const ready: { event?: string; agent?: string; admin?: string } = JSON.parse(line);
    if (ready.event !== "ready" || ready.agent === undefined || ready.admin === undefined) continue;
    await drive(ready.agent, ready.admin);
    break;
  }
} finally {
  end();
}
