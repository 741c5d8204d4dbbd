// Requests to tools and back, in tables; what could be read in two ways is refused.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { formatTarget, parseTarget } from "../../../src/upstream/http/request-target.ts";
import { compileRoutes, type IncomingRequest } from "../../../src/upstream/http/routes.ts";
import { httpUpstreamSchema } from "../../../src/upstream/http/schema.ts";

const routes = {
  "GET /files/{path}": "read_file",
  "DELETE /files/{path}": "delete_file",
  "GET /tree/{path+}": "list_tree",
  "GET /tree/about": "about",
  "GET /": "index",
  "POST /exec": "run_command",
  "PATCH /files/{path}": { tool: "edit_file", body: { json: "edits" } },
  "PUT /files/{path+}": { tool: "write_file", body: { text: "content" } },
  "POST /{kind}/new": "create",
  "POST /jobs/{id}": "start",
  "GET /a~b/{x}/c": "odd",
};

const limits = { maxLength: 100_000, maxDepth: 16 };
const json = { "content-type": "application/json" };

function compile(settings: object = {}) {
  const config = httpUpstreamSchema.parse({ url: "http://127.0.0.1:1", routes, ...settings });
  return compileRoutes(config, limits);
}

function request(line: string, more: Partial<IncomingRequest> = {}): IncomingRequest {
  const [method = "", path = ""] = line.split(" ");
  return { method, path, headers: {}, body: "", ...more };
}

describe("a matched request", () => {
  const { match } = compile();
  const rows: [
    line: string,
    more: Partial<IncomingRequest>,
    tool: string,
    given: JsonObject,
    rebuilt?: string,
  ][] = [
    ["GET /files/a.txt", {}, "read_file", { path: "a.txt" }],
    ["DELETE /files/a%20b", {}, "delete_file", { path: "a b" }],
    ["GET /files/%E2%82%AC", {}, "read_file", { path: "€" }],
    ["GET /files/a;v=1", {}, "read_file", { path: "a;v=1" }, "GET /files/a%3Bv%3D1"],
    ["GET /files/100%25", {}, "read_file", { path: "100%" }],
    ["GET /files/..a", {}, "read_file", { path: "..a" }],
    ["GET /tree/a/b/c", {}, "list_tree", { path: "a/b/c" }],
    ["GET /tree/a", {}, "list_tree", { path: "a" }],
    ["GET /tree/about", {}, "about", {}],
    ["GET /", {}, "index", {}],
    ["GET /a~b/1/c", {}, "odd", { x: "1" }],
    [
      "GET /files/a?depth=2&all",
      {},
      "read_file",
      { path: "a", depth: "2", all: "" },
      "GET /files/a?depth=2&all=",
    ],
    [
      "GET /files/a?q=a+b%26c",
      {},
      "read_file",
      { path: "a", q: "a b&c" },
      "GET /files/a?q=a%20b%26c",
    ],
    [
      "POST /exec",
      { headers: json, body: '{"command":"ls","n":[1]}' },
      "run_command",
      { command: "ls", n: [1] },
    ],
    ["POST /exec", {}, "run_command", {}],
    ["POST /exec", { headers: json, body: "{}" }, "run_command", {}],
    [
      "POST /exec",
      { headers: json, body: '{"__proto__":{"a":1}}' },
      "run_command",
      JSON.parse('{"__proto__":{"a":1}}'),
    ],
    ["PATCH /files/a", { headers: json, body: "[1]" }, "edit_file", { path: "a", edits: [1] }],
    ["PUT /files/d/a", { body: "text" }, "write_file", { path: "d/a", content: "text" }],
  ];

  it.each(rows)("%s %j is %s %j", (line, more, tool, given, rebuilt) => {
    const matched = match(request(line, more));
    expect({ tool: matched.tool, given: matched.arguments }).toEqual({ tool, given });
    const { method, target, body } = matched.rebuild(matched.arguments);
    expect(`${method} ${target}`).toBe(rebuilt ?? line);
    expect(body?.text ?? "").toBe(more.body ?? "");
  });

  it("is rebuilt from the arguments, not from the request", () => {
    const { rebuild } = match(request("PUT /files/a", { body: "x" }));
    expect(rebuild({ path: "other/b c", content: "y" })).toEqual({
      method: "PUT",
      target: "/files/other/b%20c",
      body: { text: "y", type: "text/plain; charset=utf-8" },
    });
  });
});

describe("a refused request", () => {
  const { match } = compile();
  const rows: [code: string, line: string, more?: Partial<IncomingRequest>][] = [
    ["route_not_allowed", "GET /other"],
    ["route_not_allowed", "POST /files/a"],
    ["route_not_allowed", "delete /files/a"],
    ["route_not_allowed", "GET /Files/a"],
    ["route_not_allowed", "GET /files"],
    ["route_not_allowed", "GET /files/a/b"],
    // Separators.
    ["ambiguous_path", "GET /files/a%2Fb"],
    ["ambiguous_path", "GET /files/a%2fb"],
    ["ambiguous_path", "GET /files/a%5Cb"],
    ["ambiguous_path", "GET /files/a\\b"],
    ["ambiguous_path", "GET /files/a%252Fb"],
    ["ambiguous_path", "GET /files/%252e%252e"],
    // Dots.
    ["ambiguous_path", "GET /files/.."],
    ["ambiguous_path", "GET /files/%2e%2E"],
    ["ambiguous_path", "GET /files/."],
    ["ambiguous_path", "GET /tree/a/../b"],
    ["ambiguous_path", "GET /tree/a/..;x=1/b"],
    // Empty segments.
    ["ambiguous_path", "GET //files/a"],
    ["ambiguous_path", "GET /files//a"],
    ["ambiguous_path", "GET /files/a/"],
    // What is no plain target.
    ["ambiguous_path", "GET http://other/files/a"],
    ["ambiguous_path", "GET /files/a#b"],
    ["ambiguous_path", "GET /files/a\u00e9"],
    ["ambiguous_path", "GET /files/%ff"],
    ["ambiguous_path", "GET /files/%zz"],
    ["ambiguous_path", "GET /files/a%00b"],
    ["ambiguous_path", "GET /files/a%0d%0ab"],
    ["ambiguous_path", `GET /files/${"a".repeat(9_000)}`],
    // Another method than the request's.
    ["ambiguous_path", "GET /files/a?_method=DELETE"],
    ["ambiguous_path", "GET /files/a?_METHOD=DELETE"],
    ["ambiguous_path", "GET /files/a?x=1;_method=DELETE"],
    ["ambiguous_path", "GET /files/a", { headers: { "x-http-method-override": "DELETE" } }],
    ["ambiguous_path", "GET /files/a", { headers: { "x-method-override": "DELETE" } }],
    ["ambiguous_path", "GET /files/a", { headers: { "x-original-url": "/admin" } }],
    ["ambiguous_path", "POST /exec", { headers: json, body: '{"_method":"DELETE"}' }],
    // One argument twice.
    ["invalid_request", "GET /files/a?b=1&b=2"],
    ["invalid_request", "GET /files/a?path=b"],
    ["invalid_request", "POST /exec?command=ls", { headers: json, body: '{"command":"rm"}' }],
    ["duplicate_key", "POST /exec", { headers: json, body: '{"command":"ls","command":"rm"}' }],
    // Bodies.
    ["invalid_request", "GET /files/a", { headers: json, body: "{}" }],
    ["invalid_request", "POST /exec", { headers: json, body: "[]" }],
    ["malformed_json", "POST /exec", { headers: json, body: "{" }],
    ["too_deep", "POST /exec", { headers: json, body: `{"a":${"[".repeat(20)}${"]".repeat(20)}}` }],
    ["unsupported_media_type", "POST /exec", { body: "{}" }],
    [
      "unsupported_media_type",
      "POST /exec",
      { headers: { "content-type": "text/json" }, body: "{}" },
    ],
    [
      "unsupported_media_type",
      "POST /exec",
      { headers: { ...json, "content-encoding": "gzip" }, body: "{}" },
    ],
    [
      "unsupported_media_type",
      "PUT /files/a",
      { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "_method=DELETE" },
    ],
    [
      "unsupported_media_type",
      "PUT /files/a",
      { headers: { "content-type": "text/plain; charset=utf-16" }, body: "x" },
    ],
    // Two routes, neither the more concrete.
    ["ambiguous_path", "POST /jobs/new"],
  ];

  it.each(rows)("%s: %s %j", (code, line, more) => {
    expect(() => match(request(line, more))).toThrow(expect.objectContaining({ code }));
  });
});

describe("a request without a route, where those are passed", () => {
  const { match } = compile({ dangerouslyPassUnmatched: true });

  it("is a call of its own, as it came", () => {
    const matched = match(
      request("POST /admin/x%20y?a=1", { body: "raw", headers: { "content-type": "text/x" } }),
    );
    expect(matched.tool).toBe("unmatched_request");
    expect(matched.arguments).toEqual({
      method: "POST",
      path: "/admin/x y",
      query: { a: "1" },
      type: "text/x",
      body: "raw",
    });
    expect(matched.rebuild(matched.arguments)).toEqual({
      method: "POST",
      target: "/admin/x%20y?a=1",
      body: { text: "raw", type: "text/x" },
    });
  });

  it.each(["GET /admin//x", "GET /a%2fb", "GET /x?_method=DELETE"])("still refuses %s", (line) => {
    expect(() => match(request(line))).toThrow(expect.objectContaining({ code: "ambiguous_path" }));
  });

  it.each(["CONNECT /x", "TRACE /x", "get /x"])("does not forward %s", (line) => {
    expect(() => match(request(line))).toThrow(
      expect.objectContaining({ code: "route_not_allowed" }),
    );
  });
});

describe("the schema", () => {
  it.each([
    [{ routes: { "/files": "x" } }, "must be a method and a path"],
    [{ routes: { "GET files": "x" } }, "must be a method and a path"],
    [{ routes: { "CONNECT /x": "x" } }, "cannot guard CONNECT"],
    [{ routes: { "GET /{a+}/b": "x" } }, "has {name+} before its end"],
    [{ routes: { "GET /{a}/{a}": "x" } }, "names a parameter twice"],
    [{ routes: { "GET /a//b": "x" } }, "has a segment that is neither"],
    [{ routes: { "GET /a/..": "x" } }, "has a segment that is neither"],
    [{ routes: { "GET /a/{b": "x" } }, "has a segment that is neither"],
    [{ routes: { "GET /x/{a}": "x", "GET /x/{b}": "y" } }, 'matches what "GET /x/{a}" does'],
    [{ url: "ftp://x" }, "must be http:// or https://"],
    [{ url: "http://user:secret@x" }, "must be http:// or https://"],
    [{ forwardHeaders: ["Authorization"] }, "is proctor's own"],
    [{ forwardHeaders: ["Proctor-Trajectory"] }, "is proctor's own"],
    [{ forwardHeaders: ["Connection"] }, "speaks of one connection only"],
    [{ forwardHeaders: ["X-HTTP-Method-Override"] }, "would override what was judged"],
    [{ headers: { Host: "x" } }, "is set by proctor"],
    [{ headers: { "x-key": "a\r\nb" } }, "must be printable ASCII"],
  ])("refuses %j", (settings, message) => {
    const parsed = httpUpstreamSchema.safeParse({ url: "http://127.0.0.1", ...settings });
    expect((parsed.error?.issues ?? []).map((issue) => issue.message).join()).toContain(message);
  });
});

describe("a request target", () => {
  const segment = fc
    .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
    .filter((text) => !/[/\\\p{Cc}]|^\.{1,2}(;|$)|%(2[ef]|5c|00)/iu.test(text));
  const query = fc.dictionary(
    segment.filter((name) => !/^_/.test(name)),
    segment,
    { maxKeys: 3 },
  );

  it("is read back as it was written", () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 4 }), query, (segments, pairs) => {
        const target = { segments, query: new Map(Object.entries(pairs)) };
        expect(parseTarget(formatTarget(target))).toEqual(target);
      }),
    );
  });

  it("means to a URL parser what it means here", () => {
    const piece = fc.constantFrom(
      "a",
      "%41",
      ".",
      "..",
      "%2e",
      "/",
      "//",
      ";",
      "%2F",
      "%5c",
      "?",
      "&",
      "=",
      "b c",
      "%20",
      "#",
      "\\",
      "%",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const raw = `/${pieces.join("")}`;
        let parsed: ReturnType<typeof parseTarget>;
        try {
          parsed = parseTarget(raw);
        } catch {
          return;
        }
        const url = new URL(raw, "http://host");
        const seen = url.pathname.slice(1).split("/").map(decodeURIComponent);
        expect(url.host).toBe("host");
        expect(parsed.segments).toEqual(raw.startsWith("/?") || raw === "/" ? [] : seen);
        expect([...parsed.query]).toEqual([...url.searchParams]);
      }),
      { numRuns: 2_000 },
    );
  });
});
