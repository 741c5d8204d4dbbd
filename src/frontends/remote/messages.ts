// What a door in another process says to the guard: a call to judge, and what came of it.

import { z } from "zod";
import { isJsonObject, type Json, type JsonObject } from "../../core/json.ts";
import { namePattern } from "../../core/trajectory.ts";
import { offeredTool } from "../offered-tool.ts";

/** Whose tools these doors bring along, each by the name of its catalogue. */
export const remoteUpstreams = [
  "shell",
  "filesystem",
  "mcp-server-commands",
  "desktop-commander",
] as const;

const name = z.string().regex(namePattern);
const path = z.string().max(4096);
const object = z.custom<JsonObject>(isJsonObject, "must be an object");
const json = z.custom<Json>((value) => value !== undefined);

const call = {
  door: z.enum(["shell", "mcp"]),
  /** The tools' owner: a name under `mcpServers`, that of a catalogue, or `shell`. */
  upstream: name,
  tool: z.string().min(1).max(256),
  arguments: object,
  id: z.string().max(256).optional(),
  context: z.strictObject({
    cwd: path.optional(),
    home: path.optional(),
    shell: z.enum(["fresh", "persistent"]),
    // Whoever speaks here cannot vouch for more.
    environment: z.literal("inherited"),
    filesystem: z.enum(["ours", "remote"]),
  }),
  /** The door's own name for the trajectory, where the request bears none. */
  session: z.strictObject({ name, identifiedBy: z.enum(["harness", "connection"]) }).optional(),
};

const tool = offeredTool.strict().extend({ name: z.string().max(256) });

/** `offered`: what the model was offered of the upstream, where that is news. */
export const decideBody = z.strictObject({ ...call, offered: z.array(tool).optional() });

export const hiddenBody = z.strictObject({
  door: call.door,
  upstream: call.upstream,
  context: call.context,
  session: call.session,
  tools: z.array(tool),
});

export const malformedBody = z.strictObject({
  door: call.door,
  session: call.session,
  detail: z.string().max(1024),
});

const carriedOut = {
  kind: z.literal("carried_out"),
  observed: z.strictObject({
    transport: z.literal("ok"),
    protocol: z.strictObject({ errorCode: z.number().optional() }).optional(),
    tool: z.strictObject({
      isError: z.boolean(),
      exitStatus: z.int().min(0).max(255).optional(),
      signal: z.string().max(16).optional(),
    }),
  }),
  result: json,
};
const why = z.string().max(1024);
const cancelled = z.strictObject({
  kind: z.literal("cancelled"),
  why,
  dispatched: z.boolean(),
});
/** What the door knows a task by. */
const task = z.string().min(1).max(4096);

const durationMs = z.number().nonnegative().optional();

export const reportBody = z.strictObject({
  ...call,
  step: z.int().min(1),
  came: z.discriminatedUnion("kind", [
    z.strictObject({ ...carriedOut, durationMs }),
    z.strictObject({ kind: z.literal("failed"), detail: why, durationMs }),
    z.strictObject({ kind: z.literal("became_task"), task, result: json }),
    cancelled,
  ]),
});

export const taskBody = z.strictObject({
  upstream: call.upstream,
  session: call.session,
  task,
  seen: z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("cancel_asked") }),
    z.strictObject({
      kind: z.literal("ended"),
      came: z.discriminatedUnion("kind", [z.strictObject(carriedOut), cancelled]),
      resultUnseen: z.literal(true).optional(),
    }),
    z.strictObject({ kind: z.literal("lost"), why }),
  ]),
});
