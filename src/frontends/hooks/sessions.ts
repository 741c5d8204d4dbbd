// Which trajectory a hook's session is in: one for each thing that the user asked for.

import { createHash } from "node:crypto";
import { namePattern } from "../../core/trajectory.ts";

export interface HookSessions {
  /** The trajectory of a call: that of its prompt, or of the one that the session is at. */
  nameOf(place: Place): string;
  /** A prompt begins. Answers the trajectory before it, which is over. */
  begin(place: Place): string | undefined;
  /** Answers the trajectory that is over. */
  end(place: Place): string | undefined;
}

export interface Place {
  /** proctor's name of the agent. */
  readonly agent: string;
  readonly session: string;
  /** Absent: its hooks do not name prompts. */
  readonly prompt?: string | undefined;
}

/** Sessions whose prompt is remembered; one that is forgotten begins a trajectory with its next call. */
const maxSessions = 4096;

/** `newPrompt` names prompts that hooks do not name. */
export function createHookSessions(newPrompt: () => string): HookSessions {
  const current = new Map<string, string>();

  function remember(place: Place, name: string): void {
    current.delete(keyOf(place));
    current.set(keyOf(place), name);
    if (current.size <= maxSessions) return;
    for (const oldest of current.keys()) {
      current.delete(oldest);
      return;
    }
  }

  return {
    nameOf(place) {
      const known = place.prompt === undefined ? current.get(keyOf(place)) : undefined;
      const name = known ?? trajectoryName(place, newPrompt);
      remember(place, name);
      return name;
    },
    begin(place) {
      const before = current.get(keyOf(place));
      const name = trajectoryName(place, newPrompt);
      remember(place, name);
      return before === name ? undefined : before;
    },
    end(place) {
      const known = current.get(keyOf(place));
      const name = place.prompt === undefined ? known : trajectoryName(place, newPrompt);
      if (known === name) current.delete(keyOf(place));
      return name;
    },
  };
}

/** What is no name, or too long for one, is named by its digest. */
function trajectoryName({ session, prompt }: Place, newPrompt: () => string): string {
  const name = `${session}.${prompt ?? newPrompt()}`;
  if (namePattern.test(name)) return name;
  return createHash("sha256")
    .update(JSON.stringify([session, prompt]))
    .digest("hex");
}

/** Two agents may have the same session. */
function keyOf({ agent, session }: Place): string {
  return JSON.stringify([agent, session]);
}
