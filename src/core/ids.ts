// The only place that draws random values.

import { randomBytes } from "node:crypto";

/** A UUID of version 7 (RFC 9562, section 5.7): sortable by `nowMs`. */
export function newId(nowMs: number): string {
  const bytes = pooledBytes(16);
  bytes.writeUIntBE(nowMs, 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString("hex");
  const part = (from: number, to: number) => hex.slice(from, to);
  return `${part(0, 8)}-${part(8, 12)}-${part(12, 16)}-${part(16, 20)}-${part(20, 32)}`;
}

const poolBytes = 4096;
let pool = Buffer.alloc(0);

/** Bytes that were never given out before; the kernel is asked once for many. Not for secrets. */
function pooledBytes(count: number): Buffer {
  if (pool.length < count) pool = randomBytes(poolBytes);
  const given = pool.subarray(0, count);
  pool = pool.subarray(count);
  return given;
}

/** A secret of 256 bits with a recognisable prefix, such as `pt_agent_...`. */
export function newSecret(prefix: string): string {
  return `${prefix}${randomBytes(32).toString("base64url")}`;
}

/** Key material: 32 bytes. */
export function newKey(): Buffer {
  return randomBytes(32);
}
