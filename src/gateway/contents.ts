// Arguments and results as records bear them: redacted, and by keyed digest where they are large.

import { createHmac, createSecretKey } from "node:crypto";
import type { ToolCall } from "../core/call.ts";
import type { Effect } from "../core/effect.ts";
import { canonicalJson, type Json } from "../core/json.ts";
import type { ContentRef } from "../core/outcome.ts";
import type { Redactor } from "../redaction/redact.ts";
import type { Blob, BlobStore } from "../store/store.ts";

/** JSON text up to this many bytes stays in the record. */
const maxInlineBytes = 16 * 1024;

export interface Content {
  readonly ref: ContentRef;
  /** To be written with the record; absent where the record has it inline. */
  readonly blobs: readonly Blob[];
}

export interface Contents {
  /** Redacts, and decides where the content is kept. */
  keep(value: Json): Content;
  /** A text that goes into a record: redacted. */
  text(value: string): string;
  /** Redacts strings anywhere inside, and keeps the shape. */
  clean<Value>(value: Value): Value;
  /** What a call that is sent again with this state is known by: keyed, as `digestOf`. */
  resumptionOf(call: ToolCall, state: string): string;
  /** What a task of this upstream is known by: keyed, as `digestOf`, since its id is a credential. */
  taskOf(upstream: string, name: string): string;
  /** Digest of what a call asks for: HMAC-SHA-256 over its canonical JSON (RFC 8785), hex. */
  digestOf(call: ToolCall): string;
  /** Keyed digest of a text: HMAC-SHA-256, hex. */
  digest(text: string): string;
  /**
   * Digest of what a call does, however its door spells it: kinds, targets, programs and words, in
   * order. What is written into a file is no part of it.
   */
  actionOf(effects: readonly Effect[]): string;
}

/** What a record refers to; undefined: erased. */
export async function contentOf(content: ContentRef, store: BlobStore): Promise<Json | undefined> {
  if ("inline" in content) return content.inline;
  const bytes = "digest" in content ? await store.blob(content.digest) : undefined;
  return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString("utf8"));
}

export function createContents(redactor: Redactor, digestKey: Uint8Array): Contents {
  const key = createSecretKey(digestKey);
  const digest = (text: string | Uint8Array) =>
    createHmac("sha256", key).update(text).digest("hex");

  return {
    keep(value) {
      const redacted = redactor.redact(value).value;
      const text = JSON.stringify(redacted);
      const bytes = Buffer.byteLength(text);
      if (bytes <= maxInlineBytes) {
        return { ref: { bytes, inline: redacted }, blobs: [] };
      }
      const encoded = Buffer.from(text);
      const blob = { digest: digest(encoded), bytes: encoded };
      return { ref: { digest: blob.digest, bytes }, blobs: [blob] };
    },
    text: (value) => redactor.redact(value).value,
    clean: (value) => redactor.redact(value as Json).value as typeof value,
    digest,
    resumptionOf: ({ upstream, tool, arguments: given }, state) =>
      digest(canonicalJson({ upstream, tool, arguments: given, state })),
    taskOf: (upstream, name) => digest(canonicalJson({ upstream, task: name })),
    digestOf: ({ upstream, tool, arguments: given, context }) =>
      digest(canonicalJson({ upstream, tool, arguments: given, context: { ...context } })),
    actionOf: (effects) => digest(JSON.stringify(effects.map(withoutPlace))),
  };
}

/** Where it stands in the call differs from door to door. */
function withoutPlace(effect: Effect): Omit<Effect, "span" | "via"> {
  const { span: _, via: __, ...rest } = effect;
  return rest;
}
