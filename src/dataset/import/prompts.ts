// A session's transcript as trajectories: one for each prompt of the user, as hooks record them.

import type { JsonObject } from "../../core/json.ts";
import type { ImportedCall, ImportedResult, ImportedStep, ImportedTrajectory } from "./format.ts";

export interface Session {
  readonly id: string;
  readonly fields: JsonObject;
}

/** The trajectory that is being read; complete when the next prompt begins, or the source ends. */
export interface PromptReader {
  /** The trajectory before, if it had any step. */
  begin(line: number, session: Session): ImportedTrajectory | undefined;
  end(): ImportedTrajectory | undefined;
  isOpen(session: string): boolean;
  add(step: ImportedStep): void;
  /** Something there could not be read: what the agent did from here on is not known. */
  cut(): void;
  /** True the second time. */
  isSeen(id: string): boolean;
  /** False: the call is there already; some clients write what they resume anew. */
  call(call: ImportedCall, at?: number): boolean;
  /** False: of no open call. */
  result(result: ImportedResult, at?: number): boolean;
}

interface Open {
  readonly line: number;
  readonly session: Session;
  readonly steps: ImportedStep[];
  readonly calls: Set<string>;
  readonly unanswered: Set<string>;
  readonly seen: Set<string>;
  isCut: boolean;
}

export function createPrompts(): PromptReader {
  let open: Open | undefined;
  /** Prompts of the session so far. */
  const counted = { session: "", prompts: 0 };

  function end(): ImportedTrajectory | undefined {
    const ended = open;
    open = undefined;
    if (ended === undefined || ended.steps.length === 0) return undefined;
    const { line, session, steps } = ended;
    if (session.id !== counted.session) Object.assign(counted, { session: session.id, prompts: 0 });
    counted.prompts += 1;
    const name = counted.prompts === 1 ? session.id : `${session.id}.${counted.prompts}`;
    return { line, name, fields: session.fields, session: session.id, steps, isCut: ended.isCut };
  }

  function push(step: ImportedStep): void {
    if (open?.isCut === false) open.steps.push(step);
  }

  return {
    begin(line, session) {
      const before = end();
      open = {
        line,
        session,
        steps: [],
        calls: new Set(),
        unanswered: new Set(),
        seen: new Set(),
        isCut: false,
      };
      return before;
    },
    end,
    isOpen: (session) => open?.session.id === session,
    add: push,
    cut() {
      if (open !== undefined) open.isCut = true;
    },
    isSeen(id) {
      const isSeen = open?.seen.has(id) === true;
      open?.seen.add(id);
      return isSeen;
    },
    call(call, at) {
      if (open === undefined || open.calls.has(call.id)) return false;
      open.calls.add(call.id);
      open.unanswered.add(call.id);
      push({ kind: "call", at, call });
      return true;
    },
    result(result, at) {
      if (open?.unanswered.delete(result.id) !== true) return false;
      push({ kind: "result", at, result });
      return true;
    },
  };
}
