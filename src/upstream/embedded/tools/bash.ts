// bash.

import { z } from "zod";
import { opening } from "../entries.ts";
import type { ProgramEnd } from "../process.ts";
import { defineTool, pathArgument, type ToolReply, type ToolScope } from "../tool.ts";

/** Linux passes no argument longer than 128 KiB (MAX_ARG_STRLEN, execve(2)), its NUL included. */
const maxCommandBytes = 128 * 1024 - 1;

export const bash = defineTool({
  name: "bash",
  description:
    "Run a command in bash and return what it prints. Every call is a new shell in the workspace: variables, functions and the folder do not last, files do. Processes left in the background are ended with the call.",
  schema: z.strictObject({
    command: z
      .string()
      .min(1)
      .refine((text) => !text.includes("\0"), "must not contain a NUL character")
      .refine(
        (text) => Buffer.byteLength(text) <= maxCommandBytes,
        `must not be longer than ${maxCommandBytes} bytes; put long text into a file`,
      ),
    workdir: pathArgument.optional().describe("Folder to run in; absent: the workspace"),
    timeoutMs: z.int().positive().optional().describe("Time it may take, in milliseconds"),
  }),
  async run({ command, workdir, timeoutMs }, scope) {
    const cwd = await folderOf(workdir ?? ".", scope);
    return toReply(await scope.runBash(command, { cwd, timeoutMs }));
  },
});

/** Lexical, as analysed; that it is a folder of the workspace is found here, not by bash. */
async function folderOf(path: string, { files }: ToolScope): Promise<string> {
  await files.within(path, { follow: true }, (entry) => opening(entry, async () => {}));
  return [files.root, files.relative(path)].filter((part) => part !== "").join("/");
}

/** One block each for standard output, standard error and how it ended, where there is something to say. */
function toReply(end: ProgramEnd): ToolReply {
  const { exitStatus, signal, timedOut, stdout, stderr } = end;
  const truncated = stdout.truncated || stderr.truncated;
  const said = [stdout.text, stderr.text, fateText(end)].filter((text) => text !== "");
  const texts = said.length > 0 ? said : ["(no output)"];
  return {
    result: {
      content: texts.map((text) => ({ type: "text", text })),
      structuredContent: {
        exitStatus: exitStatus ?? null,
        signal: signal ?? null,
        timedOut,
        truncated,
      },
      ...(exitStatus === 0 ? {} : { isError: true }),
    },
    observed: { exitStatus, signal, timedOut, truncated },
  };
}

function fateText({ exitStatus, signal, timedOut, flooded }: ProgramEnd): string {
  if (timedOut) return "[ended: the time limit was reached]";
  if (flooded) return "[ended: it wrote more than can be read]";
  if (exitStatus === undefined) return `[ended by ${signal}]`;
  return exitStatus === 0 ? "" : `[exit status ${exitStatus}]`;
}
