// The chain: what makes a change to stored records visible to whoever holds the key.
//
// Each trajectory is a chain. The link of a record is an HMAC-SHA-256 over the link before it, the
// record's place in the whole store, and its exact stored bytes. The first link stands on the
// trajectory's id, so that a trajectory cannot be passed off as another. The place in the store
// (1, 2, 3, ... without a gap) costs nothing here and makes the removal of any record visible, that
// of a whole trajectory too, as long as any record follows it.
//
// The heads of closed trajectories are anchors: they form a chain of their own per instance, whose
// head is small enough to be kept elsewhere.

import type { KeyObject } from "node:crypto";
import { createHmac, createSecretKey } from "node:crypto";

export interface Chain {
  /** What the first link of a trajectory stands on. */
  trajectoryRoot(id: string): Uint8Array;
  /** `place`: the record's position in the order of the whole store, from 1. */
  recordLink(previous: Uint8Array, place: number, bytes: Uint8Array): Uint8Array;
  /** What the first anchor of an instance stands on. */
  instanceRoot(instance: string): Uint8Array;
  anchorLink(previous: Uint8Array, anchor: Anchor): Uint8Array;
  /** Over what is left of erased records, in their order: their bytes are no longer those of their links. */
  erasure(id: string): ErasureDigest;
  /** Binds a snapshot to its trajectory and version: a cache that anybody could write is no cache. */
  snapshotSeal(id: string, version: string, state: string): Uint8Array;
}

export interface ErasureDigest {
  add(left: {
    readonly place: number;
    readonly bytes: Uint8Array;
    readonly link: Uint8Array;
  }): void;
  /** HMAC-SHA-256, hex. */
  digest(): string;
}

/** A closed trajectory: the position of its `closed` record, and the link there. */
export interface Anchor {
  readonly id: string;
  readonly position: number;
  readonly head: Uint8Array;
}

/** @param key 32 bytes; whoever has them can forge every link. */
export function createChain(key: Uint8Array): Chain {
  const secret = createSecretKey(key);
  return {
    trajectoryRoot: (id) => seal(secret, "trajectory", id),
    recordLink: (previous, place, bytes) =>
      createHmac("sha256", secret)
        .update(previous)
        .update(tagged(recordTag, place))
        .update(bytes)
        .digest(),
    instanceRoot: (instance) => seal(secret, "instance", instance),
    anchorLink: (previous, { id, position, head }) =>
      createHmac("sha256", secret)
        .update(previous)
        .update(tagged(anchorTag, position))
        .update(head)
        .update(id)
        .digest(),
    erasure: (id) => {
      const hmac = createHmac("sha256", secret).update(`erasure\0${id}\0`);
      return {
        // A link has a fixed length, and the place ends where its bytes do: no two records read as one.
        add: ({ place, bytes, link }) => {
          hmac
            .update(link)
            .update(tagged(erasureTag, place))
            .update(tagged(erasureTag, bytes.length));
          hmac.update(bytes);
        },
        digest: () => hmac.digest("hex"),
      };
    },
    snapshotSeal: (id, version, state) => seal(secret, "snapshot", `${id}\0${version}\0${state}`),
  };
}

const recordTag = 0x72;
const anchorTag = 0x61;
const erasureTag = 0x65;

/** What kind of link it is, and its number: no link of one kind can be one of the other. */
function tagged(tag: number, place: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(9);
  bytes.writeUInt8(tag, 0);
  bytes.writeBigUInt64BE(BigInt(place), 1);
  return bytes;
}

/** `NAME\0...` is no link's input: those begin with 32 bytes that the key made. */
function seal(secret: KeyObject, name: string, text: string): Uint8Array {
  return createHmac("sha256", secret).update(`${name}\0${text}`).digest();
}
