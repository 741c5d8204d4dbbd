// What models were offered lately, kept until the trajectories that it belongs to say so themselves.

import type { Clock } from "../core/clock.ts";
import { newId } from "../core/ids.ts";
import { setNewest } from "../core/newest.ts";
import {
  digestsOf,
  type Offer,
  offerDigest,
  schemaDigest,
  type ToolDigest,
} from "../core/offer.ts";
import {
  maxPinned,
  type OfferedRecord,
  type ProctorRecord,
  type RedefinedRecord,
  recordVersion,
} from "../core/record.ts";
import type { Blob } from "../store/store.ts";
import type { Content, Contents } from "./contents.ts";
import type { LiveTrajectory } from "./live.ts";
import { acknowledgedRecord, type Redefinitions } from "./redefinitions.ts";

export interface News {
  readonly records: readonly ProctorRecord[];
  readonly blobs: readonly Blob[];
}

export interface Offers {
  /** A door has passed these tools on. What a model was offered and never used makes no trajectory. */
  offered(agent: string, name: string, offer: Offer): void;
  /**
   * What was offered in a trajectory, and its records do not say yet.
   *
   * @param upstream that a call is made to: where nothing better than a trace or a connection names the
   *   trajectory, its tools are those that the agent listed last
   */
  news(live: LiveTrajectory, upstream?: string): News;
  /** Tools that these would change in the trajectory, without saying that they were offered. */
  changes(live: LiveTrajectory, offer: Offer): readonly RedefinedRecord[];
  /** Of the tool's input schema, as every agent was offered it last; undefined: they differ, or none was. */
  schemaDigestOf(upstream: string, tool: string): string | undefined;
}

interface List {
  readonly offer: Offer;
  readonly digest: string;
  readonly pins: readonly ToolDigest[];
  /** Made when it is first written. */
  content?: Content;
}

/** Names of trajectories; the one that was offered something longest ago is forgotten. */
const maxNames = 16_384;
/** Lists that several trajectories share. */
const maxLists = 1_024;

export interface OffersParts {
  readonly contents: Pick<Contents, "keep">;
  readonly acknowledgementOf: Redefinitions["acknowledgementOf"];
  readonly clock: Clock;
}

export function createOffers({ contents, acknowledgementOf, clock }: OffersParts): Offers {
  const byName = new Map<string, Map<string, List>>();
  /** Upstream -> agent -> the newest list. */
  const latest = new Map<string, Map<string, List>>();
  const shared = new Map<string, List>();

  function listOf(offer: Offer): List {
    const pins = digestsOf(offer.tools);
    const digest = offerDigest(pins);
    const key = `${offer.door} ${offer.upstream} ${digest}`;
    const list = shared.get(key) ?? { offer, digest, pins };
    setNewest(shared, key, list, maxLists);
    return list;
  }

  function recordOf({ offer, digest, pins }: List, content: Content): OfferedRecord {
    const now = clock.nowMs();
    return {
      v: recordVersion,
      id: newId(now),
      at: now,
      type: "offered",
      door: offer.door,
      upstream: offer.upstream,
      digest,
      count: offer.tools.length,
      ...(offer.pinned ? { pins: pins.slice(0, maxPinned) } : {}),
      tools: content.ref,
    };
  }

  function noticed(upstream: string, { tool, is, was }: Redefinition): RedefinedRecord {
    const now = clock.nowMs();
    const event = { kind: "noticed", was } as const;
    return {
      v: recordVersion,
      id: newId(now),
      at: now,
      type: "redefined",
      upstream,
      tool,
      is,
      event,
    };
  }

  function written(live: LiveTrajectory, list: List): News {
    list.content ??= contents.keep(list.offer.tools.map((tool) => ({ ...tool })));
    const records = [recordOf(list, list.content), ...changes(live, list)];
    return { records, blobs: list.content.blobs };
  }

  function changes(live: LiveTrajectory, list: List): readonly RedefinedRecord[] {
    return redefinitions(live, list).map((each) => noticed(list.offer.upstream, each));
  }

  /** Somebody said that these tools may be what they are now. */
  function acknowledgements(changed: readonly Changed[]): readonly RedefinedRecord[] {
    return changed.flatMap((one) => {
      const given = acknowledgementOf(one.upstream, one.tool, one.is);
      return given === undefined ? [] : [acknowledgedRecord(one, given, clock.nowMs())];
    });
  }

  return {
    offered(agent, name, offer) {
      const list = listOf(offer);
      const key = `${agent}/${name}`;
      const lists = byName.get(key) ?? new Map<string, List>();
      setNewest(byName, key, lists.set(offer.upstream, list), maxNames);
      const agents = latest.get(offer.upstream) ?? new Map<string, List>();
      latest.set(offer.upstream, agents.set(agent, list));
    },
    news(live, upstream) {
      const { key, opening } = live;
      const lists = new Map(byName.get(`${key.agent}/${key.name}`));
      const listed = upstream && latest.get(upstream)?.get(key.agent);
      if (listed && !lists.has(upstream) && opening.identifiedBy !== "explicit") {
        lists.set(upstream, listed);
      }
      const news = [...lists.values()]
        .filter((list) => !isWritten(live, list))
        .map((list) => written(live, list));
      const records = news.flatMap((one) => one.records);
      const changed = [...changedIn(live), ...records.filter((one) => one.type === "redefined")];
      return {
        records: [...records, ...acknowledgements(changed)],
        blobs: news.flatMap(({ blobs }) => blobs),
      };
    },
    changes(live, offer) {
      const changed = changes(live, listOf(offer));
      return [...changed, ...acknowledgements(changed)];
    },
    schemaDigestOf(upstream, tool) {
      const lists = [...(latest.get(upstream)?.values() ?? [])];
      const digests = new Set(lists.flatMap((list) => schemasOf(list, tool)));
      const [only, ...others] = digests;
      return others.length === 0 ? only : undefined;
    },
  };
}

type Changed = Pick<RedefinedRecord, "upstream" | "tool" | "is">;

function changedIn({ state }: LiveTrajectory): readonly Changed[] {
  return [...state.offers.of].flatMap(([upstream, { redefined }]) =>
    [...redefined].map(([tool, is]) => ({ upstream, tool, is })),
  );
}

function schemasOf({ offer }: List, name: string): readonly string[] {
  return offer.tools.flatMap((tool) =>
    tool.name === name && tool.inputSchema !== undefined ? [schemaDigest(tool.inputSchema)] : [],
  );
}

function isWritten({ state }: LiveTrajectory, { offer, digest }: List): boolean {
  const { of, digests } = state.offers;
  return digests.has(digest) && of.get(offer.upstream)?.digest === digest;
}

interface Redefinition {
  readonly tool: string;
  readonly was: string;
  readonly is: string;
}

/** Tools of the list that the trajectory knows otherwise. */
function redefinitions({ state }: LiveTrajectory, { offer, pins }: List): readonly Redefinition[] {
  if (!offer.pinned) return [];
  const pinned = new Map(state.offers.of.get(offer.upstream)?.pins);
  return pins.flatMap(({ tool, digest: is }) => {
    const was = pinned.get(tool);
    if (was !== undefined && was !== is) return [{ tool, was, is }];
    // Of two tools of one name the second has changed what the first is.
    pinned.set(tool, is);
    return [];
  });
}
