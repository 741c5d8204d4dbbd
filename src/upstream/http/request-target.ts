// Reads a request target in exactly one way, or not at all: what could be read in two is refused.

import { ProctorError } from "../../core/errors.ts";

export interface RequestTarget {
  /** Decoded; none is empty, `.` or `..`, and none holds a separator. */
  readonly segments: readonly string[];
  /** Decoded, each name once. */
  readonly query: ReadonlyMap<string, string>;
}

const maxTargetLength = 8_192;
const maxSegments = 200;
const maxParameters = 200;

/** @throws ProctorError `ambiguous_path`, `invalid_request` */
export function parseTarget(target: string): RequestTarget {
  if (target.length > maxTargetLength) throw ambiguous(`it is longer than ${maxTargetLength}`);
  // RFC 3986 leaves nothing else unencoded; a backslash is a slash to some, a # ends it for others.
  if (!/^\/[!$-;=?-[\]_a-z|~]*$/.test(target)) throw ambiguous("a character must be encoded");
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  return {
    segments: parseSegments(path),
    query: parseQuery(mark < 0 ? "" : target.slice(mark + 1)),
  };
}

function parseSegments(path: string): readonly string[] {
  if (path === "/") return [];
  const segments = path.slice(1).split("/");
  if (segments.length > maxSegments) throw ambiguous(`it has more than ${maxSegments} segments`);
  return segments.map(parseSegment);
}

function parseSegment(raw: string): string {
  if (raw === "") throw ambiguous("a segment is empty");
  const segment = decode(raw);
  if (segment === undefined) throw ambiguous("a segment is not encoded UTF-8");
  if (/[/\\]/.test(segment)) throw ambiguous("a separator is encoded");
  if (/[\u0000-\u001f\u007f]/.test(segment)) throw ambiguous("a control character is encoded");
  // With parameters behind it (`..;a=b`) some servers still take it for what it is.
  if (/^\.{1,2}(?:;|$)/.test(segment)) throw ambiguous("a segment is . or ..");
  if (/%(?:2[ef]|5c|00)/i.test(segment)) throw ambiguous("a separator or dot is encoded twice");
  return segment;
}

function parseQuery(query: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  if (query === "") return found;
  // Once a separator like &, and to some servers still.
  if (query.includes(";")) throw ambiguous("the query has a semicolon");
  for (const pair of query.split("&")) {
    const [name, value] = parsePair(pair);
    if (isMethodOverride(name)) throw ambiguous(`the query has ${name}`);
    if (found.has(name)) throw invalid(`the query has ${JSON.stringify(name)} twice`);
    if (found.size === maxParameters)
      throw invalid(`the query has more than ${maxParameters} names`);
    found.set(name, value);
  }
  return found;
}

/** A member by which frameworks let a form say another method than the request's. */
export function isMethodOverride(name: string): boolean {
  return /^_(?:http)?method$/i.test(name);
}

function parsePair(pair: string): [name: string, value: string] {
  const equals = pair.indexOf("=");
  const name = decodeForm(equals < 0 ? pair : pair.slice(0, equals));
  const value = decodeForm(equals < 0 ? "" : pair.slice(equals + 1));
  if (name === undefined || value === undefined) throw invalid("the query is not encoded UTF-8");
  if (name === "") throw invalid("the query has an empty name");
  return [name, value];
}

/** application/x-www-form-urlencoded. */
function decodeForm(text: string): string | undefined {
  return decode(text.replaceAll("+", " "));
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The same target, with everything encoded that could be taken for syntax. */
export function formatTarget({ segments, query }: RequestTarget): string {
  const path = `/${segments.map(encodeURIComponent).join("/")}`;
  const pairs = [...query].map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

function ambiguous(why: string): ProctorError {
  return new ProctorError("ambiguous_path", why);
}

function invalid(why: string): ProctorError {
  return new ProctorError("invalid_request", why);
}
