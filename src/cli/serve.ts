// proctor serve: the guard.

import type { Overrides } from "../config.ts";
import { choice, configured, type Declare, toPort } from "./command.ts";

export const declareServe: Declare = ({ program, programs, finish }) => {
  configured(program, "serve")
    .description("Start the guard: agent listener and admin listener.")
    .option("-p, --port <port>", "port of the agent listener; 0 takes a free one", toPort)
    .option("--admin-port <port>", "port of the admin listener; 0 takes a free one", toPort)
    .addOption(choice("--log <format>", "log lines", ["text", "json"]))
    .addHelpText(
      "after",
      "\nEnvironment: PROCTOR_PORT, PROCTOR_ADMIN_PORT, PROCTOR_DATA, PROCTOR_WORKSPACE, PROCTOR_CONFIG.\nFlags win over the environment, that over the config file.\n",
    )
    .action(async (flags: Overrides) => finish(await programs.serve(programs.loadConfig(flags))));
};
