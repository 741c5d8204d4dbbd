// Examples in a policy file: calls, written briefly.

import { z } from "zod";
import { type EffectKind, effectKinds } from "../core/effect.ts";
import type { JsonObject } from "../core/json.ts";
import { carriedOver, duration, oneOrMore, shape, text } from "./shape.ts";
import { certainty, code, door, family, filesystem, flag, role } from "./words.ts";

/** A path, also with a root in front: `${workspace}/a`. */
const path = text;

/** Where a call comes from, and where it would run. */
const place = {
  /** Folder of the call; absent: the workspace. */
  cwd: path.optional(),
  /** The folder that its executor confines it to; absent: none. */
  confined: path.optional(),
  /** Whose files: `ours`, this machine's, or `remote`. Absent: `ours`. */
  filesystem: filesystem.optional(),
  door: door.optional(),
  /** Absent: `local`. */
  upstream: text.optional(),
  /** Of an earlier call: how often it was made. Of the call itself: how often its effects occur. Absent: once. */
  times: z
    .int("Write a whole number.")
    .min(1, "Write 1 or more.")
    .max(10_000, "Write at most 10000.")
    .optional(),
};

/** Whose call it is, what came before, and what is known from outside. */
const circumstances = {
  agent: text.optional(),
  /** What the agent is in a lineage. */
  role: oneOrMore(role).optional(),
  /** Task class; absent: `production`. */
  task: text.optional(),
  condition: text.optional(),
  /** When; absent: a Wednesday at noon, UTC. */
  at: z.iso
    .datetime({ offset: true, error: 'Write a quoted time, such as "2026-01-07T12:00:00Z".' })
    .optional(),
  /** Names of the alarms that are latched. */
  alarms: oneOrMore(text).optional(),
  /** The server changed what the tool is while the trajectory ran. */
  redefined: flag.optional(),
};

/** What came of an earlier call, and when. */
const past = {
  outcome: z
    .enum(
      ["succeeded", "failed", "refused", "pending"],
      "Use one of: succeeded, failed, refused, pending.",
    )
    .optional(),
  /** How long before the call that is judged. Absent: a second before what follows it. */
  ago: duration.optional(),
};

const target = {
  /** An exact path. One of the three. */
  path: path.optional(),
  /** A glob. */
  pattern: path.optional(),
  /** Source text of which nothing is known. */
  unresolved: text.optional(),
  recursive: flag.optional(),
};

const common = { certainty: certainty.optional(), via: text.optional() };
const kind = <const Kind extends EffectKind>(name: Kind) => z.literal(name);

/** One effect as an analyser gives it. What it does not say is as harmless as it can be. */
const effect = z.discriminatedUnion(
  "effect",
  [
    shape({ effect: kind("read"), ...common, ...target }),
    shape({ effect: kind("list"), ...common, ...target, permissions: flag.optional() }),
    shape({ effect: kind("write"), ...common, ...target, creates: flag.optional() }),
    shape({ effect: kind("truncate"), ...common, ...target }),
    shape({ effect: kind("delete"), ...common, ...target }),
    shape({ effect: kind("discard"), ...common, ...target }),
    shape({
      effect: kind("move"),
      ...common,
      ...target,
      /** The destination, an exact path. */
      to: path,
      overwrites: z.enum(["yes", "no", "unknown"], "Use one of: yes, no, unknown.").optional(),
    }),
    shape({
      effect: kind("permission"),
      ...common,
      ...target,
      family: family.optional(),
      incidental: flag.optional(),
      change: text.optional(),
    }),
    shape({
      effect: kind("execute"),
      ...common,
      program: text,
      words: z.array(z.string("Write text."), "Write a list.").optional(),
      code: code.optional(),
      inspects: flag.optional(),
      /** The script, or the folder of the project. */
      path: path.optional(),
    }),
    shape({ effect: kind("connect"), ...common, host: text }),
    shape({ effect: kind("privilege"), ...common, how: text.optional() }),
    shape({
      effect: kind("unknown"),
      ...common,
      why: text.optional(),
      /** The script that is not seen. */
      path: path.optional(),
    }),
  ],
  `Use one of: ${effectKinds.join(", ")}.`,
);

export type ExampleEffect = z.output<typeof effect>;

/** What is called. The first two can be run only where an analyser is at hand. */
export type ExampleAction =
  | { readonly form: "bash"; readonly command: string }
  | { readonly form: "tool"; readonly tool: string; readonly arguments: JsonObject }
  | { readonly form: "effect"; readonly effect: ExampleEffect };

/**
 * `{ bash: "rm -rf build" }`, `{ tool: delete_file, path: a }` (what is no key of an example is an
 * argument), or one effect as an analyser gives it: `{ effect: delete, path: "${workspace}/a" }`.
 */
const actions = {
  bash: shape({ bash: text }).transform(
    ({ bash }): ExampleAction => ({ form: "bash", command: bash }),
  ),
  tool: z
    .object({ tool: text, arguments: z.record(z.string(), z.json()).optional() })
    .catchall(z.json())
    .transform(
      ({ tool, arguments: named, ...others }): ExampleAction => ({
        form: "tool",
        tool,
        arguments: { ...others, ...named },
      }),
    ),
  effect: effect.transform((effect): ExampleAction => ({ form: "effect", effect })),
};
type ActionKey = keyof typeof actions;
const actionKeys: readonly ActionKey[] = ["bash", "tool", "effect"];

/** Reads the keys of the action by its own schema, and the others by the given one. */
function exampleWith<Fields extends z.ZodRawShape>(fields: Fields) {
  const rest = shape(fields);
  return z
    .record(z.string(), z.unknown(), "Write a mapping with bash, tool or effect.")
    .transform((source, context) => {
      const key = actionKeys.find((name) => Object.hasOwn(source, name));
      if (key === undefined) {
        context.addIssue({ code: "custom", message: "Write one of: bash, tool, effect." });
        return z.NEVER;
      }
      const entries = Object.entries(source);
      const isOwn = ([name]: [string, unknown]) => Object.hasOwn(fields, name);
      const action = actions[key].safeParse(Object.fromEntries(entries.filter((e) => !isOwn(e))));
      const around = rest.safeParse(Object.fromEntries(entries.filter(isOwn)));
      for (const { error } of [action, around]) {
        for (const issue of error?.issues ?? []) context.addIssue(carriedOver(issue));
      }
      return action.success && around.success ? { action: action.data, ...around.data } : z.NEVER;
    });
}

const earlier = exampleWith({ ...place, ...past });

export const exampleSchema = exampleWith({
  ...place,
  ...circumstances,
  /** Further effects of the same call. */
  with: z.array(effect, "Write a list of effects.").optional(),
  /** Earlier calls of the trajectory, oldest first. */
  after: z.array(earlier, "Write a list of calls.").optional(),
});

export type EarlierCall = z.output<typeof earlier>;
export type Example = z.output<typeof exampleSchema>;
