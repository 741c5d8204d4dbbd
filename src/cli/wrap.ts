// proctor mcp, as far as this program knows it.

import { ProctorError } from "../core/errors.ts";
import type { Declare } from "./command.ts";

/** It is looked at before this program is loaded; here for the list of commands. */
export const declareMcp: Declare = ({ program }) => {
  program
    .command("mcp")
    .usage("[options] -- COMMAND [ARGUMENT...]")
    .description("Wrap an MCP server over stdio; `proctor mcp --help` says more.")
    .action(() => {
      throw new ProctorError("invalid_request", "`mcp` must be the first word");
    });
};
