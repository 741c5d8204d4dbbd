// proctor anchor: what the store is now, small enough to be kept elsewhere.

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { z } from "zod";
import type { Overrides } from "../config.ts";
import { messageOf, ProctorError } from "../core/errors.ts";
import type { Persistence, StoreAnchor } from "../store/store.ts";
import { printReport } from "./chain-report.ts";
import { configured, type Declare, withStore } from "./command.ts";
import { exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

const hex = z.string().regex(/^[0-9a-f]{64}$/);

const anchorSchema = z.strictObject({
  proctor: z.literal("anchor"),
  v: z.literal(1),
  /** When it was made, ISO 8601. */
  at: z.string(),
  place: z.int().min(0),
  digest: hex,
  heads: z.array(z.strictObject({ instance: z.string(), position: z.int().min(1), link: hex })),
});

/** An anchor of a store that does not verify would vouch for what is wrong in it: none is made. */
export async function makeAnchor(
  terminal: Terminal,
  store: Persistence,
  { output, at }: { output: string | undefined; at: number },
): Promise<number> {
  const report = await store.verify();
  if (report.problems.length > 0) {
    printReport({ ...terminal, stdout: terminal.stderr }, report);
    terminal.stderr.write("proctor: no anchor is made of a store with problems.\n");
    return exitCodes.problems;
  }
  const anchor: z.input<typeof anchorSchema> = {
    proctor: "anchor",
    v: 1,
    at: new Date(at).toISOString(),
    ...report.anchor,
    heads: [...report.anchor.heads],
  };
  if (output === undefined) printJson(terminal, anchor);
  else {
    writeNew(resolve(terminal.cwd, output), `${JSON.stringify(anchor)}\n`);
    printLine(terminal, `${output}: ${report.records} records anchored. Keep it elsewhere.`);
  }
  return exitCodes.ok;
}

/** @throws ProctorError `invalid_request` */
export function readAnchors(cwd: string, files: readonly string[]): readonly StoreAnchor[] {
  return files.map((file) => {
    const parsed = anchorSchema.safeParse(readJson(resolve(cwd, file)));
    if (parsed.success) return parsed.data;
    throw new ProctorError(
      "invalid_request",
      `${file} is no anchor, as \`proctor anchor\` makes it`,
    );
  });
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new ProctorError("invalid_request", `cannot read ${file}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: "wx" });
  } catch (cause) {
    throw new ProctorError("invalid_request", `cannot write ${file}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

export const declareAnchor: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "anchor")
    .description("Verify, and print what the store is now, to be kept elsewhere.")
    .option("-o, --output <file>", "write it to a new file")
    .addHelpText(
      "after",
      `
Keep it where whoever can write the data folder cannot: another machine, a ticket, a mail. It holds
digests and no contents, and stays good after erasures.

Example (cron): proctor anchor | ssh archive 'cat > anchors/$(date +%F).json'
`,
    )
    .action(async ({ output, ...flags }: Overrides & { output?: string }) => {
      const command = { output, at: programs.nowMs() };
      const make = (store: Persistence) => makeAnchor(terminal, store, command);
      finish(await withStore(programs, flags, make));
    });
};
