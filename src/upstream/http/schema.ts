// The configuration of one HTTP upstream.

import { z } from "zod";
import type { DeepReadonly } from "../../core/readonly.ts";
import { forwardedHeaders, sentHeaders, startingFolder } from "../settings.ts";
import { parseTemplate, shapeOf, type Template } from "./template.ts";

const name = z.string().regex(/^[A-Za-z_][\w-]{0,127}$/, "must be a plain name");

/**
 * What of a request's body becomes arguments. `members`: those of a JSON object. `json`, `text`: the
 * whole of it under this name. `none`: there must be no body.
 */
const body = z.union([
  z.enum(["members", "none"]),
  z.strictObject({ json: name }),
  z.strictObject({ text: name }),
]);
export type BodyRule = z.output<typeof body>;

const routeTarget = z.union([
  name.transform((tool) => ({ tool, body: undefined })),
  z.strictObject({ tool: name, body: body.optional() }),
]);

export interface Route {
  /** As the config writes it. */
  readonly text: string;
  readonly template: Template;
  readonly tool: string;
  readonly body: BodyRule;
}

const routes = z
  .record(z.string(), routeTarget)
  .default({})
  .transform(function parseRoutes(written, context): Route[] {
    const parsed = Object.entries(written).map(([text, { tool, body }]) => {
      const template = parseTemplate(text);
      if (typeof template === "string") {
        context.addIssue({ code: "custom", path: [text], message: template });
        return undefined;
      }
      return { text, template, tool, body: body ?? usualBody(template) };
    });
    const good = parsed.filter((route) => route !== undefined);
    for (const [text, other] of clashes(good)) {
      context.addIssue({ code: "custom", path: [text], message: `matches what "${other}" does` });
    }
    return good;
  });

function usualBody({ method }: Template): BodyRule {
  return method === "GET" || method === "HEAD" ? "none" : "members";
}

function clashes(routes: readonly Route[]): [text: string, other: string][] {
  const first = new Map<string, string>();
  return routes.flatMap(({ text, template }) => {
    const shape = shapeOf(template);
    const other = first.get(shape);
    if (other !== undefined) return [[text, other]];
    first.set(shape, text);
    return [];
  });
}

const milliseconds = z
  .int()
  .positive()
  .max(24 * 3_600_000);

export const httpUpstreamSchema = z.strictObject({
  url: z
    .string()
    .refine(isBaseUrl, "must be http:// or https://, without credentials, query or fragment")
    .describe("Where the tool API is; a path in it goes before every forwarded path"),
  routes: routes.describe('Tools by method and path: "DELETE /files/{path}": delete_file'),
  dangerouslyPassUnmatched: z
    .boolean()
    .default(false)
    .describe("Forward what no route matches, as the tool unmatched_request, if the policy allows"),
  headers: sentHeaders.describe("Sent with every request: proctor's credentials for this upstream"),
  forwardHeaders: forwardedHeaders.describe(
    "Headers of the client that are passed on, such as its own credentials",
  ),
  cwd: startingFolder,
  filesystem: z
    .enum(["remote", "ours"])
    .default("remote")
    .describe("Are its files those of this machine?"),
  timeoutMs: milliseconds.default(60_000).describe("Time of one call, repeats included"),
  connectTimeoutMs: milliseconds.default(5_000).describe("Time to connect"),
  headersTimeoutMs: milliseconds.default(30_000).describe("Time until the answer begins"),
  bodyTimeoutMs: milliseconds.default(30_000).describe("Longest pause within the answer"),
  maxResponseBytes: z
    .int()
    .positive()
    .default(8 * 1024 * 1024)
    .describe("Largest answer, decompressed"),
  maxConnections: z.int().positive().default(64).describe("Connections kept at most"),
  retries: z
    .int()
    .min(0)
    .max(5)
    .default(2)
    .describe("Repeats, where nothing was sent or the call only reads and lists"),
  retryDelayMs: z.int().min(0).max(10_000).default(100).describe("Before the first; then doubled"),
});

export type HttpUpstreamConfig = DeepReadonly<z.output<typeof httpUpstreamSchema>>;

export function isBaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  const isHttp = protocol === "http:" || protocol === "https:";
  return isHttp && `${username}${password}${search}${hash}` === "";
}
