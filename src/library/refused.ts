// What a wrapped tool throws where its call was not carried out.

import type { Decision } from "../core/decision.ts";
import { type ErrorCode, errorTable } from "../core/errors.ts";
import type { Answer } from "../gateway.ts";

type NoAnswer = Extract<Answer<unknown>, { kind: "refused" | "failed" }>;

/**
 * The call was refused, or went wrong outside of the tool. `message` is written for the model: agent
 * frameworks give it the texts of errors.
 */
export class CallRefused extends Error {
  readonly code: ErrorCode;
  readonly decision: Decision;
  /** `agent/name` */
  readonly trajectory: string;
  readonly step: number;
  /** Id of the approval that it waits for, if it waits. */
  readonly approval: string | undefined;

  constructor(answer: NoAnswer) {
    const { code, decision, trajectory, step } = answer;
    const { title, fix } = errorTable[code];
    super(`${title} ${answer.detail ?? decision.reason}\nWhat to do: ${fix} (${code})`);
    this.name = "CallRefused";
    this.code = code;
    this.decision = decision;
    this.trajectory = trajectory;
    this.step = step;
    this.approval = answer.kind === "refused" ? answer.approval : undefined;
  }
}
