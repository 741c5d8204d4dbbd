// What user and model say to each other, recorded: each message once, however often it is sent again.

import type { Door } from "../core/call.ts";
import type { Clock } from "../core/clock.ts";
import { asProctorError, ProctorError } from "../core/errors.ts";
import { newId } from "../core/ids.ts";
import type { JsonObject } from "../core/json.ts";
import type { Message } from "../core/message.ts";
import { type MessageRecord, type RecordedAnswer, recordVersion } from "../core/record.ts";
import type { Blob } from "../store/store.ts";
import type { Contents } from "./contents.ts";
import type { LiveTrajectory } from "./live.ts";
import type { Naming, Trajectories } from "./trajectories.ts";

/** Who speaks, in which trajectory, seen where. */
export interface Speaker {
  readonly agent: string;
  readonly naming: Naming;
  readonly door: Door;
}

/** What a request sends to the model: all of the conversation, or its newest part. */
export interface Conversation {
  /** Link of the message that the newest part goes on from; absent: the conversation is whole. */
  readonly after?: string;
  /** System prompts at its head; they are in no chain, since some clients change them in every turn. */
  readonly system: readonly Message[];
  readonly messages: readonly Message[];
}

/** Where an answer belongs. */
export interface Place {
  readonly after?: string;
  readonly system: readonly string[];
}

/** What is known of an answer at its end; the rest of the record follows from it. */
export interface AnswerFacts
  extends Omit<RecordedAnswer, "parameters" | "system" | "detail" | "replaced"> {
  readonly parameters: JsonObject;
  readonly detail?: string;
  readonly replaced?: readonly string[];
}

export interface Said {
  /** What the model said. */
  readonly message: Message;
  /** What the client was given, and will send again; absent: the same. */
  readonly given?: Message;
  readonly facts: AnswerFacts;
}

export interface Messages {
  /**
   * Records what of a conversation is new.
   *
   * @throws ProctorError `store_unavailable`, `trajectory_busy`, `too_many_trajectories`
   */
  heard(speaker: Speaker, conversation: Conversation): Promise<Place>;
  /** Records an answer; returns its link. @throws as `heard` */
  said(speaker: Speaker, place: Place, answer: Said): Promise<string>;
}

export interface MessagesParts {
  readonly trajectories: Trajectories;
  readonly contents: Contents;
  readonly clock: Clock;
}

/** A message with the names that it has in its conversation. */
interface Linked extends Pick<MessageRecord, "digest" | "after" | "link"> {
  readonly message: Message;
}

/** How often an append is tried against other writers. */
const maxAttempts = 64;
const maxDetailLength = 1024;

/** Message records, made from what was said. */
export function createMessageMaker(contents: Contents) {
  return {
    linked(message: Message, after: string | undefined): Linked {
      // The parts are built by one function a wire, so that the order of members is always the same.
      // Reasoning comes back with the next request, or in another form, or not at all.
      const parts = message.parts.filter(({ type }) => type !== "reasoning");
      const digest = contents.digest(JSON.stringify([message.role, parts]));
      return { message, digest, after, link: contents.digest(`${after ?? ""} ${digest}`) };
    },
    /** @param isKept its content is in an earlier record */
    recordOf(
      { digest, after, link, message }: Linked,
      { door, atMs, isKept }: { door: Door; atMs: number; isKept: boolean },
    ): { record: MessageRecord; blobs: readonly Blob[] } {
      const base = { v: recordVersion, id: newId(atMs), at: atMs, type: "message" } as const;
      const named = { ...base, door, role: message.role, digest, after, link };
      if (isKept) return { record: named, blobs: [] };
      const { ref, blobs } = contents.keep(message.parts);
      return { record: { ...named, content: ref }, blobs };
    },
  };
}

export function createMessages({ trajectories, contents, clock }: MessagesParts): Messages {
  const { linked, recordOf } = createMessageMaker(contents);

  function chainOf({ after, system, messages }: Conversation): {
    heads: Linked[];
    chain: Linked[];
  } {
    const chain: Linked[] = [];
    for (const message of messages) chain.push(linked(message, chain.at(-1)?.link ?? after));
    return { heads: system.map((message) => linked(message, undefined)), chain };
  }

  /** What is not recorded yet: of a chain whatever follows its newest link that is. */
  function fresh(live: LiveTrajectory, heads: readonly Linked[], chain: readonly Linked[]) {
    const { links } = live.state.said;
    const newest = chain.findLastIndex(({ link }) => links.has(link));
    return [...heads.filter(({ link }) => !links.has(link)), ...chain.slice(newest + 1)];
  }

  function recordsOf(live: LiveTrajectory, door: Door, messages: readonly Linked[]) {
    const kept = new Set(live.state.said.contents);
    const records: MessageRecord[] = [];
    const blobs: Blob[] = [];
    for (const message of messages) {
      const isKept = kept.has(message.digest);
      const made = recordOf(message, { door, atMs: clock.nowMs(), isKept });
      kept.add(message.digest);
      records.push(made.record);
      blobs.push(...made.blobs);
    }
    return { records, blobs };
  }

  /** Appends what `build` says of the trajectory as it is; again where another writer was faster. */
  async function append(
    { agent, naming, door }: Speaker,
    build: (live: LiveTrajectory) => { records: MessageRecord[]; blobs: Blob[] },
  ): Promise<void> {
    for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
      const live = await trajectories.enter(agent, naming);
      const done = await live
        .inTurn(async () => {
          if (live.state.status === "closed") return false;
          const { records, blobs } = build(live);
          if (records.length === 0) return true;
          const all = [...trajectories.opening(live, door), ...records];
          return live.append(all, { synced: false, blobs });
        })
        .catch((error: unknown) => {
          // Whether it was written is not known: the next append reads the store.
          trajectories.forget(live);
          throw asProctorError(error);
        });
      if (done) return;
    }
    throw new ProctorError("trajectory_busy", `${agent}/${naming.name} kept changing`);
  }

  return {
    async heard(speaker, conversation) {
      const { heads, chain } = chainOf(conversation);
      await append(speaker, (live) => recordsOf(live, speaker.door, fresh(live, heads, chain)));
      return {
        after: chain.at(-1)?.link ?? conversation.after,
        system: heads.map(({ link }) => link),
      };
    },
    async said(speaker, { after, system }, { message, given, facts }) {
      const names = linked(given ?? message, after);
      const { record, blobs } = recordOf(
        { ...names, message },
        { door: speaker.door, atMs: clock.nowMs(), isKept: false },
      );
      const parameters = contents.keep(facts.parameters);
      const answer: RecordedAnswer = {
        ...facts,
        parameters: parameters.ref,
        system,
        detail: facts.detail && contents.text(facts.detail).slice(0, maxDetailLength),
        replaced: facts.replaced ?? [],
      };
      const records = [{ ...record, answer }];
      await append(speaker, () => ({ records, blobs: [...blobs, ...parameters.blobs] }));
      return names.link;
    },
  };
}
