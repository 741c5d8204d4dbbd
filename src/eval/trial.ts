// One trial: one task, given to one model, in a workspace of its own, as one trajectory.

import type { ToolResult } from "../core/call.ts";
import type { Clock } from "../core/clock.ts";
import { asProctorError, messageOf, ProctorError } from "../core/errors.ts";
import { isJsonObject, type JsonObject } from "../core/json.ts";
import type { Scores } from "../core/measure.ts";
import type { Message, MessagePart, Usage } from "../core/message.ts";
import { digestWith, type OfferedTool } from "../core/offer.ts";
import type { LocalTools } from "../frontends/local-tools.ts";
import { toldOfError, toldOfRefusal } from "../frontends/told.ts";
import type { Messages, Place, Speaker } from "../gateway/messages.ts";
import type { Trajectories } from "../gateway/trajectories.ts";
import type { Answer, Gateway } from "../gateway.ts";
import { succeeded } from "./checks.ts";
import type { Model } from "./model.ts";
import type { EvalTask } from "./suite.ts";
import { type ModelAnswer, ModelFailure } from "./wires/index.ts";
import { makeWorkspace, removeWorkspace } from "./workspace.ts";

/** A task as it is given to an agent: at most once under its name. */
export interface Trial {
  /** Of the trajectory. */
  readonly name: string;
  readonly agent: string;
  readonly task: EvalTask;
  readonly seed: number;
  readonly condition: string | undefined;
}

/**
 * How a trial ended. Only `completed` and `declined` (the model said no in so many words) are the model's
 * own ends; all others leave open what it would have done.
 */
export const trialEnds = [
  "completed",
  "declined",
  "turn limit",
  "model failed",
  "rate limited",
  "guard failed",
] as const;
export type TrialEnd = (typeof trialEnds)[number];

export interface TrialResult {
  readonly end: TrialEnd;
  /** What went wrong, where something did. */
  readonly detail?: string;
  /** By the task's checks; absent: not known, or the task has none. */
  readonly success?: boolean;
  readonly turns: number;
  readonly calls: number;
  /** Calls of tools that there are not, or with arguments that do not fit. */
  readonly malformed: number;
  readonly usage: Usage;
  /** Absent: the trajectory could not be closed. */
  readonly scores?: Scores;
}

export interface TrialParts {
  readonly gateway: Pick<Gateway, "handle" | "malformed" | "offered">;
  readonly trajectories: Pick<Trajectories, "open" | "close">;
  readonly messages: Messages;
  /** The tools over a workspace. */
  toolsOver(workspace: string): Promise<LocalTools>;
  /** Folder of all workspaces. */
  readonly root: string;
  readonly maxTurns: number;
  readonly clock: Clock;
}

const door = "library";

export function createRunTrial(parts: TrialParts) {
  // What a model sees of its path tells nothing of agent, task or seed.
  let workspaces = 0;

  /** Throws nothing but what `signal` aborts with: whatever else goes wrong is an end. */
  return async function runTrial(
    trial: Trial,
    model: Model,
    signal: AbortSignal,
  ): Promise<TrialResult> {
    workspaces += 1;
    const workspace = await makeWorkspace(parts.root, `workspace-${workspaces}`, trial.task);
    const tally = { turns: 0, calls: 0, malformed: 0, usage: {} as Usage };
    let ended: { readonly end: TrialEnd; readonly detail?: string; readonly said: string };
    try {
      const { agent, task, seed, condition, name } = trial;
      const naming = { name, identifiedBy: "explicit" } as const;
      const given = { id: task.id, class: task.class, seed, condition };
      await parts.trajectories.open(agent, naming, given, door);
      const conversation = new Conversation(parts, trial, model, await parts.toolsOver(workspace));
      ended = await conversation.run(tally, signal);
    } catch (error) {
      ended = { ...endOf(error), said: "" };
    }
    const ownEnd = ended.end === "completed" || ended.end === "declined";
    const scores = await parts.trajectories
      .close(trial.agent, trial.name, ownEnd ? "completed" : "cut off")
      .then((closed) => closed.scores)
      .catch(() => undefined);
    const { said, ...end } = ended;
    const success = ownEnd ? await succeeded({ task: trial.task, workspace, said }) : undefined;
    await removeWorkspace(workspace);
    signal.throwIfAborted();
    return {
      ...end,
      ...tally,
      ...(success !== undefined && { success }),
      ...(scores && { scores }),
    };
  };
}

function endOf(error: unknown): { readonly end: TrialEnd; readonly detail: string } {
  const detail = messageOf(error);
  if (!(error instanceof ModelFailure)) return { end: "guard failed", detail };
  return { end: error.isRateLimit ? "rate limited" : "model failed", detail };
}

interface Tally {
  turns: number;
  calls: number;
  malformed: number;
  usage: Usage;
}

/** Model and tools in turn, until the model has nothing more to call. */
class Conversation {
  readonly #parts: TrialParts;
  readonly #trial: Trial;
  readonly #model: Model;
  readonly #tools: LocalTools;
  readonly #speaker: Speaker;
  readonly #system: readonly Message[];
  readonly #messages: Message[];

  constructor(parts: TrialParts, trial: Trial, model: Model, tools: LocalTools) {
    this.#parts = parts;
    this.#trial = trial;
    this.#model = model;
    this.#tools = tools;
    const naming = { name: trial.name, identifiedBy: "explicit" } as const;
    this.#speaker = { agent: trial.agent, naming, door };
    const { system, prompt } = trial.task;
    this.#system = system === undefined ? [] : [textMessage("system", system)];
    this.#messages = [textMessage("user", prompt)];
  }

  async run(
    tally: Tally,
    signal: AbortSignal,
  ): Promise<{ readonly end: TrialEnd; readonly said: string }> {
    const { agent, naming } = this.#speaker;
    const tools = await this.#offeredTools();
    this.#parts.gateway.offered(agent, naming, {
      door,
      upstream: this.#tools.name,
      tools,
      pinned: false,
    });
    for (;;) {
      const answer = await this.#ask(tools, signal);
      tally.turns += 1;
      tally.usage = added(tally.usage, answer.usage);
      const calls = answer.parts.filter((part) => part.type === "call");
      const said = textIn(answer.parts);
      if (calls.length === 0) return { end: answer.isRefusal ? "declined" : "completed", said };
      if (tally.turns === this.#parts.maxTurns) return { end: "turn limit", said };
      const results: MessagePart[] = [];
      for (const call of calls) results.push(await this.#carryOut(call, tools, tally, signal));
      this.#messages.push({ role: "assistant", parts: answer.parts });
      this.#messages.push({ role: "tool", parts: results });
    }
  }

  /** @throws ProctorError `invalid_request` where the task names a tool that is not here */
  async #offeredTools(): Promise<readonly OfferedTool[]> {
    const all = await this.#tools.tools();
    const names = this.#trial.task.tools;
    if (names === undefined) return all;
    return names.map((name) => {
      const found = all.find((tool) => tool.name === name);
      if (found !== undefined) return found;
      throw new ProctorError("invalid_request", `${this.#trial.task.id}: no tool "${name}" here`);
    });
  }

  async #ask(tools: readonly OfferedTool[], signal: AbortSignal): Promise<ModelAnswer> {
    const { messages, clock } = this.#parts;
    const { wire, settings } = this.#model;
    const place = await messages.heard(this.#speaker, {
      system: this.#system,
      messages: this.#messages,
    });
    const asked = { messages: [...this.#system, ...this.#messages], tools, seed: this.#trial.seed };
    const began = clock.monotonicMs();
    const facts = {
      wire: wire.name,
      upstream: settings.provider,
      model: settings.model,
      parameters: { ...settings.parameters, seed: this.#trial.seed },
      tools: digestWith(tools),
    };
    try {
      const answer = await this.#model.ask(asked, signal);
      const { served, finish, usage, parts } = answer;
      const durationMs = clock.monotonicMs() - began;
      const known = { ...facts, served, status: 200, finish, usage, durationMs };
      await this.#said(place, parts, { ...known, ended: "complete" });
      return answer;
    } catch (error) {
      if (error instanceof ModelFailure) {
        const durationMs = clock.monotonicMs() - began;
        await this.#said(place, [], {
          ...facts,
          durationMs,
          ended: "failed",
          detail: error.message,
        });
      }
      throw error;
    }
  }

  async #said(
    place: Place,
    parts: readonly MessagePart[],
    facts: Parameters<Messages["said"]>[2]["facts"],
  ): Promise<void> {
    const message = { role: "assistant", parts } as const;
    await this.#parts.messages.said(this.#speaker, place, { message, facts });
  }

  /** What the model is told of its call. A call that is none is recorded as such. */
  async #carryOut(
    call: MessagePart & { readonly type: "call" },
    offered: readonly OfferedTool[],
    tally: Tally,
    signal: AbortSignal,
  ): Promise<MessagePart> {
    const { agent, naming } = this.#speaker;
    const result = (text: string, isError: boolean): MessagePart => ({
      type: "result",
      id: call.id,
      content: text,
      ...(isError && { isError }),
    });
    tally.calls += 1;
    let given: JsonObject;
    try {
      given = this.#checked(call, offered);
    } catch (thrown) {
      tally.malformed += 1;
      const error = asProctorError(thrown);
      await this.#parts.gateway.malformed(agent, naming, door, error);
      return result(toldOfError(error), true);
    }
    const abort = new AbortController();
    const follow = () => abort.abort(signal.reason);
    signal.addEventListener("abort", follow, { once: true });
    try {
      const { id, tool } = call;
      const context = this.#tools.contextOf(tool);
      const { name: upstream, forward } = this.#tools;
      const toolCall = { id, door, upstream, tool, arguments: given, context } as const;
      const request = { agent, naming, call: toolCall, abort };
      const { text, isError } = told(await this.#parts.gateway.handle(request, forward));
      return result(text, isError);
    } finally {
      signal.removeEventListener("abort", follow);
    }
  }

  /** @throws ProctorError `unknown_tool`, `invalid_arguments` */
  #checked(call: MessagePart & { readonly type: "call" }, offered: readonly OfferedTool[]) {
    if (!offered.some(({ name }) => name === call.tool)) {
      throw new ProctorError("unknown_tool", `no tool is named ${call.tool.slice(0, 64)}`);
    }
    if (!isJsonObject(call.arguments)) {
      throw new ProctorError("invalid_arguments", "the arguments are no JSON object");
    }
    this.#tools.check(call.tool, call.arguments);
    return call.arguments;
  }
}

function told(answer: Answer<ToolResult>): { readonly text: string; readonly isError: boolean } {
  switch (answer.kind) {
    case "carried_out": {
      const { content, isError = false } = answer.answer;
      const text = content.map((block) => (block.type === "text" ? block.text : `[${block.type}]`));
      return { text: text.join("\n"), isError };
    }
    case "refused":
      return { text: toldOfRefusal(answer), isError: true };
    case "failed":
      return { text: toldOfError({ code: answer.code, message: answer.detail }), isError: true };
    case "replayed":
      throw new ProctorError("internal", "a call without a key was replayed");
  }
}

function textMessage(role: "system" | "user", text: string): Message {
  return { role, parts: [{ type: "text", text }] };
}

function textIn(parts: readonly MessagePart[]): string {
  return parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

function added(before: Usage, usage: Usage = {}): Usage {
  return {
    input: (before.input ?? 0) + (usage.input ?? 0),
    output: (before.output ?? 0) + (usage.output ?? 0),
  };
}
