// OpenCode: a plugin. It throws unless proctor plainly allows, and OpenCode then does not call the tool.

import { join } from "node:path";
import type { HookCommand, Installer, Places, Scope } from "../installer.ts";
import { ownMark } from "../piece.ts";

function folderOf(scope: Scope, { home, project, env }: Places): string {
  const config = env.XDG_CONFIG_HOME ?? join(home, ".config");
  switch (scope) {
    case "managed":
    case "user":
      return join(config, "opencode", "plugin");
    case "project":
      return join(project, ".opencode", "plugin");
  }
}

export const opencode: Installer = {
  name: "opencode",
  title: "OpenCode",
  evidence: "run",
  pieces: (scope, hook, places) => [
    { kind: "file", path: join(folderOf(scope, places), "proctor.js"), text: pluginText(hook) },
  ],
  switches: (places) => [folderOf("user", places), folderOf("project", places)],
  afterwards: [],
  holes: [
    "A plugin that cannot be loaded guards nothing, and OpenCode goes on; `proctor doctor` compares its text.",
    "Calls that failed are not reported: they end unobserved.",
  ],
};

/** Plain JavaScript without dependencies, which OpenCode loads in its own process. */
function pluginText({ url, tokenFile, dangerouslyFailOpen }: HookCommand): string {
  const guard = { url, tokenFile, deadlineMs: 55_000, dangerouslyFailOpen };
  return `// ${ownMark} opencode\`; the guard of this machine's agents judges each tool call.

import { readFileSync } from "node:fs";
import { env } from "node:process";

const guard = ${JSON.stringify(guard, undefined, 2)};

async function ask(event) {
  const { PROCTOR_TRAJECTORY: trajectory } = env;
  const response = await fetch(guard.url.replace(/\\/+$/, "") + "/hooks/opencode", {
    method: "POST",
    redirect: "error",
    headers: {
      "content-type": "application/json",
      authorization: "Bearer " + readFileSync(guard.tokenFile, "utf8").trim(),
      "proctor-deadline-ms": String(guard.deadlineMs),
      ...(trajectory ? { "proctor-trajectory": trajectory } : {}),
    },
    body: JSON.stringify(event),
    signal: AbortSignal.timeout(guard.deadlineMs),
  });
  if (response.status !== 200 || response.headers.get("proctor-hook") !== "opencode") {
    throw new Error("something else answered there, with status " + response.status);
  }
  return response.json();
}

/** Reports may be lost; questions may not. */
async function tell(event) {
  try {
    await ask(event);
  } catch {}
}

export const Proctor = async ({ directory: cwd }) => {
  const prompts = new Map();
  const of = (session) => ({ session, prompt: prompts.get(session), cwd });
  return {
    "chat.message": async ({ sessionID }, { message }) => {
      prompts.set(sessionID, message?.id);
      await tell({ event: "prompt", ...of(sessionID) });
    },
    "tool.execute.before": async ({ tool, sessionID, callID }, { args }) => {
      let answer;
      try {
        answer = await ask({ event: "before", ...of(sessionID), id: callID, tool, args });
      } catch (error) {
        if (guard.dangerouslyFailOpen) return;
        throw new Error(
          "proctor, the guard of this session, gave no answer (" + guard.url + "): " + error.message +
            ". The call was not carried out. Tell the user that the guard has to be started (proctor serve), and try again.",
        );
      }
      if (answer?.allow !== true) throw new Error(answer?.deny || "The guard denies this call.");
    },
    "tool.execute.after": async ({ tool, sessionID, callID, args }, { title, output, metadata }) =>
      tell({ event: "after", ...of(sessionID), id: callID, tool, args, result: { title, output, metadata } }),
    event: async ({ event }) => {
      if (event.type !== "session.idle") return;
      const { sessionID } = event.properties;
      await tell({ event: "end", ...of(sessionID) });
    },
  };
};
`;
}
