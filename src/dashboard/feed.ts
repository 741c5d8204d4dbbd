// News for pages that are open: not what changed, only that something did.

import type { ProctorRecord, RecordType } from "../core/record.ts";
import { trajectoryId } from "../core/trajectory.ts";
import type { Persistence, StoredRecord } from "../store/store.ts";

/** What a page shows: everything, what waits for a person, or one trajectory. */
export interface Topic {
  readonly types?: readonly RecordType[];
  readonly trajectory?: string;
}

export interface Feed {
  /** Told of each record of the topic that any process appends. The returned function ends that. */
  subscribe(topic: Topic, listener: () => void): () => void;
  close(): void;
}

/** The store is followed while somebody looks, and not otherwise. */
export function createFeed(store: Pick<Persistence, "latest" | "watch">): Feed {
  const subscribers = new Set<{ topic: Topic; listener: () => void }>();
  let following: AbortController | undefined;

  function tell({ key, record }: StoredRecord): void {
    const id = trajectoryId(key);
    for (const { topic, listener } of subscribers) if (concerns(topic, id, record)) listener();
  }

  /** A fault of the store ends it: pages refresh themselves now and then, and the next one begins anew. */
  async function follow(signal: AbortSignal): Promise<void> {
    try {
      const from = await store.latest();
      for await (const stored of store.watch({}, signal, from)) tell(stored);
    } catch {
      if (following?.signal === signal) following = undefined;
    }
  }

  return {
    subscribe(topic, listener) {
      const subscriber = { topic, listener };
      subscribers.add(subscriber);
      if (following === undefined) {
        following = new AbortController();
        void follow(following.signal);
      }
      return function unsubscribe() {
        subscribers.delete(subscriber);
        if (subscribers.size > 0) return;
        following?.abort();
        following = undefined;
      };
    },
    close() {
      following?.abort();
      following = undefined;
      subscribers.clear();
    },
  };
}

function concerns({ types, trajectory }: Topic, id: string, { type }: ProctorRecord): boolean {
  return (
    (types === undefined || types.includes(type)) && (trajectory === undefined || trajectory === id)
  );
}
