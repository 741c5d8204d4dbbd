// The closed sets of the vocabulary, as schemas.

import { z } from "zod";
import type { Role } from "../core/agent.ts";
import type { Door, ExecutionContext } from "../core/call.ts";
import type { Mode, Verdict } from "../core/decision.ts";
import {
  type Certainty,
  type Code,
  effectKinds,
  type PermissionFamily,
  type Target,
} from "../core/effect.ts";
import { type Grant, grants } from "./modes.ts";

function oneOf<const Word extends string>(words: readonly Word[]) {
  return z.enum(words, `Use one of: ${words.join(", ")}.`);
}

export const verdict = oneOf<Verdict>(["allow", "ask", "deny"]);
export const mode = oneOf<Mode>(["enforce", "dry-run"]);
export const effectKind = oneOf(effectKinds);
export const certainty = oneOf<Certainty>(["certain", "possible"]);
export const form = oneOf<Target["form"]>(["resolved", "pattern", "unresolved"]);
export const family = oneOf<PermissionFamily>([
  "chmod",
  "chown",
  "chgrp",
  "acl",
  "attribute",
  "umask",
]);
export const grant = oneOf<Grant>(grants);
export const code = oneOf<Code>(["builtin", "inline", "file", "project"]);
export const door = oneOf<Door>(["http", "mcp", "hooks", "llm", "shell"]);
export const filesystem = oneOf<ExecutionContext["filesystem"]>(["ours", "remote"]);
export const role = oneOf<Role>(["teacher", "student", "baseline", "control", "unassigned"]);
export const flag = z.boolean("Write true or false.");
