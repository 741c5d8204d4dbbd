// Who may talk to a listener: bearer tokens, Host and Origin.

import { createHash } from "node:crypto";
import type { Principal, TokenKind } from "./agent.ts";

/** A token as the config knows it: only its digest. */
export interface TokenEntry {
  readonly name: string;
  readonly kind: TokenKind;
  /** Agents that it may be or act for; `*` is every agent. */
  readonly agents: readonly string[];
  /** SHA-256 of the secret, hex. */
  readonly sha256: string;
}

export type Authenticate = (authorization: string | undefined) => Principal | undefined;

export function tokenDigest(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

/** Bounded, so that guesses do not grow it. */
const maxRemembered = 1024;

/**
 * Bearer authentication, RFC 6750 section 2.1. A secret is looked up by its digest, so the time of a
 * look-up tells nothing of other secrets.
 */
export function createAuthenticate(tokens: readonly TokenEntry[]): Authenticate {
  const byDigest = new Map<string, Principal>(
    tokens.map(({ sha256, kind, name, agents }) => [sha256, { kind, token: name, agents }]),
  );
  const verified = new Map<string, Principal>();

  return function authenticate(authorization) {
    if (authorization === undefined) return undefined;
    const known = verified.get(authorization);
    if (known !== undefined) return known;
    const secret = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization)?.[1];
    const principal = secret === undefined ? undefined : byDigest.get(tokenDigest(secret));
    if (principal !== undefined && verified.size < maxRemembered) {
      verified.set(authorization, principal);
    }
    return principal;
  };
}

/** May this principal act as that agent? */
export function actsFor(principal: Principal, agent: string): boolean {
  return principal.agents.includes(agent) || principal.agents.includes("*");
}

const loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

export interface SiteRules {
  /** Host names beside the loopback ones, without port. */
  readonly allowedHosts: readonly string[];
  /** Origins that browsers may call from, `https://example.org`. */
  readonly allowedOrigins: readonly string[];
}

/** A DNS name that was rebound to this address has another Host. */
export function hostAllowed(host: string | undefined, { allowedHosts }: SiteRules): boolean {
  if (host === undefined) return false;
  const name = host.replace(/:[0-9]*$/, "").toLowerCase();
  return loopbackNames.includes(name) || allowedHosts.includes(name);
}

/** Is it a page that this very listener served? `host` must have been let in by `hostAllowed`. */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}

/** No Origin: not a browser. A page on loopback is as foreign as any other. */
export function originAllowed(origin: string | undefined, { allowedOrigins }: SiteRules): boolean {
  return origin === undefined || allowedOrigins.includes(origin);
}
