// proctor backup and proctor restore: a copy is worth what verify says of it.

import { resolve } from "node:path";
import type { Overrides } from "../config.ts";
import { printReport } from "./chain-report.ts";
import { configured, type Declare, type Programs } from "./command.ts";
import { exitCodes, printJson, printLine, type Terminal } from "./terminal.ts";

export async function backUpStore(
  terminal: Terminal,
  programs: Programs,
  flags: Overrides,
  { folder, secrets, json }: { folder: string; secrets: boolean; json: boolean },
): Promise<number> {
  const config = programs.loadConfig(flags);
  const to = resolve(terminal.cwd, folder);
  const store = await programs.openStore(config);
  try {
    await programs.backUp(store, { data: config.data, folder: to, secrets });
  } finally {
    await store.close();
  }
  if (secrets) return verified(terminal, programs, { ...flags, data: to }, json);
  if (json) printJson(terminal, { ok: true, verified: false });
  else printLine(terminal, "Written, not verified: that takes the chain key.");
  return exitCodes.ok;
}

export async function restoreStore(
  terminal: Terminal,
  programs: Programs,
  flags: Overrides,
  { folder, json }: { folder: string; json: boolean },
): Promise<number> {
  const { data } = programs.loadConfig(flags);
  await programs.restore({ data, folder: resolve(terminal.cwd, folder) });
  return verified(terminal, programs, flags, json);
}

/** The copy as it is where it lies. */
async function verified(
  terminal: Terminal,
  programs: Programs,
  flags: Overrides,
  json: boolean,
): Promise<number> {
  const copy = await programs.openStore(programs.loadConfig(flags));
  try {
    const report = await copy.verify();
    const ok = report.problems.length === 0;
    if (json) printJson(terminal, { ok, verified: true, ...report });
    else printReport(terminal, report);
    return ok ? exitCodes.ok : exitCodes.problems;
  } finally {
    await copy.close();
  }
}

type Flags = Overrides & { json?: boolean };

export const declareBackup: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "backup")
    .description(
      "Write the store, also of a running proctor, to a new folder, and verify it there.",
    )
    .argument("<folder>", "a folder that is empty or not there")
    .option("--without-secrets", "leave out the chain key, tokens and the webhook's secret")
    .option("--json", "the result as JSON")
    .addHelpText(
      "after",
      `
It is the store at one moment, without free space. The secrets are what a restored proctor needs; a
backup without them is restored into a folder that has its chain.key. Contents that are erased later
stay in backups that were made before.
`,
    )
    .action(
      async (
        folder: string,
        { json = false, withoutSecrets = false, ...flags }: Flags & { withoutSecrets?: boolean },
      ) => {
        const command = { folder, secrets: !withoutSecrets, json };
        finish(await backUpStore(terminal, programs, flags, command));
      },
    );
};

export const declareRestore: Declare = ({ program, programs, terminal, finish }) => {
  configured(program, "restore")
    .description("Put a backup into a data folder that has no store, and verify it there.")
    .argument("<folder>", "the backup")
    .option("--json", "the result as JSON")
    .action(async (folder: string, { json = false, ...flags }: Flags) =>
      finish(await restoreStore(terminal, programs, flags, { folder, json })),
    );
};
