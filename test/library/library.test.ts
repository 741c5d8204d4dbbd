// The guard inside of a program: what wrapped tools do, and that they keep their types.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CallRefused, createGuard, type Guard, type GuardedTrajectory } from "../../src/index.ts";

const tools = {
  own: {
    cwd: "/w",
    routes: { "GET /files/{path}": "look", "PUT /files/{path}": "write", "POST /any": "any" },
    tools: {
      look: { read: "$.path", harmless: ["$.body"] },
      write: { write: "$.path", harmless: ["$.text"] },
      remove: { delete: "$.path" },
      any: { inspects: true, harmless: ["$.what"] },
    },
  },
} as const;

async function problemOf(response: Response): Promise<{ code: string }> {
  return JSON.parse(await response.text());
}

describe("the library", () => {
  let folder: string;
  let guard: Guard;
  let run: GuardedTrajectory;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "proctor-library-"));
    const config = { approvals: { maxHoldMs: 0 }, embedded: { bash: { offered: false } } };
    guard = await createGuard({ folder, config, tools });
    run = guard.trajectory({ name: "t" });
  });
  afterAll(async () => {
    await guard.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe("a wrapped function", () => {
    it("gives what it gives, and gets what it got", async () => {
      const look = run.wrap("look", ({ path }: { path: string }) => ({ path, big: 1n }));
      const result: { path: string; big: bigint } = await look({ path: "/w/a" });
      expect(result).toEqual({ path: "/w/a", big: 1n });
    });

    it("throws what it throws; that it failed is recorded", async () => {
      class Odd extends Error {}
      const look = run.wrap("look", () => {
        throw new Odd("no");
      });
      await expect(look({ path: "/w/b" })).rejects.toBeInstanceOf(Odd);
    });

    it("is not called where it is refused, and its caller is told what the model may do", async () => {
      let called = 0;
      const remove = run.wrap("remove", () => {
        called += 1;
      });
      const refused = await remove({ path: "/w/c" }).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(CallRefused);
      expect(refused).toMatchObject({ code: "approval_pending", trajectory: "default/t" });
      expect(String(refused)).toMatch(/What to do: /);
      expect(called).toBe(0);
    });

    it("that nobody described is asked about", async () => {
      const odd = run.wrap("odd", () => 1);
      await expect(odd({})).rejects.toMatchObject({ code: "approval_pending" });
    });

    it("ends with its signal, and is cancelled", async () => {
      const abort = new AbortController();
      const look = run.wrap("look", async (_: object, signal) => {
        queueMicrotask(() => abort.abort(new Error("enough")));
        await new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason));
        });
      });
      await expect(look({ path: "/w/a" }, { signal: abort.signal })).rejects.toThrow("enough");
    });
  });

  describe("a set of tools", () => {
    it("in the shape of the Vercel AI SDK keeps its type, its other members and its signal", async () => {
      const seen: unknown[] = [];
      const set = {
        look: {
          description: "Looks",
          inputSchema: { type: "object" },
          execute: async (input: { path: string }, options: { toolCallId: string }) => {
            seen.push(options);
            return input.path.length;
          },
        },
        elsewhere: { description: "The client's own", inputSchema: {} },
      };
      const wrapped: typeof set = run.wrapTools(set);
      const length: number = await wrapped.look.execute({ path: "/w/a" }, { toolCallId: "c1" });
      expect(length).toBe(4);
      expect(seen).toEqual([{ toolCallId: "c1", abortSignal: expect.any(AbortSignal) }]);
      expect(wrapped.look.description).toBe("Looks");
      expect(wrapped.elsewhere).toBe(set.elsewhere);
    });

    it("that streams gives its last part", async () => {
      const { look } = run.wrapTools({
        look: {
          async *execute(_: { path: string }) {
            yield "some";
            yield "all";
          },
        },
      });
      expect(await look.execute({ path: "/w/a" })).toBe("all");
    });

    it("in the shape of LangChain keeps its class, and its invoke goes through the guard", async () => {
      class Tool {
        name: string;
        #secret = "of the instance";
        constructor(name: string) {
          this.name = name;
        }
        async invoke(input: object, config?: object): Promise<unknown> {
          return this._call(input, undefined, config);
        }
        async _call(_input: object, _manager?: unknown, _config?: object): Promise<string> {
          return this.#secret;
        }
      }
      const [look, remove] = run.wrapTools([new Tool("look"), new Tool("remove")]);
      expect(look).toBeInstanceOf(Tool);
      expect(await look?.invoke({ path: "/w/a" })).toBe("of the instance");
      await expect(remove?.invoke({ path: "/w/d" })).rejects.toBeInstanceOf(CallRefused);
    });

    it.each([
      ["a bare function", { look: () => 1 }],
      ["a tool without anything", { look: { description: "?" } }],
      ["nothing", { look: null }],
    ])("is refused as a whole where one is %s: it would go unguarded", (_, set) => {
      expect(() => run.wrapTools(set)).toThrow(/cannot be guarded/);
    });
  });

  it("ends a trajectory; a later call opens its successor", async () => {
    const short = guard.trajectory({ name: "short" });
    await short.open({ id: "task", class: "production" });
    const remove = short.wrap("remove", () => 1);
    await short.end();
    await expect(remove({ path: "/w/a" })).rejects.toMatchObject({ trajectory: "default/short~2" });
  });

  it("gives an agent's token nothing that answers an approval", async () => {
    const remove = run.wrap("remove", () => "removed");
    await expect(remove({ path: "/w/approve-me" })).rejects.toMatchObject({
      code: "approval_pending",
    });
    const token = readFileSync(join(folder, ".proctor", "agent.token"), "utf8").trim();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    for (const fetch of [guard.fetch, guard.adminFetch]) {
      for (const path of ["", "/x/approve", "/x/refuse", "/events"]) {
        const method = path === "" || path === "/events" ? "GET" : "POST";
        const url = `http://127.0.0.1/v1/approvals${path}`;
        const body = method === "POST" ? "{}" : undefined;
        const response = await fetch(new Request(url, { method, headers, body }));
        expect([path, [403, 404].includes(response.status)]).toEqual([path, true]);
      }
    }
  });

  describe("the middleware", () => {
    const calls: string[] = [];
    function app(agent = "default"): Hono {
      const hono = new Hono();
      hono.use("*", guard.middleware("own", { agent, trajectory: () => "m" }));
      hono.all("*", async (c) => {
        calls.push(`${c.req.method} ${c.req.path} ${await c.req.text()}`);
        return c.json({ ok: true }, 201, { "x-own": "1" });
      });
      return hono;
    }

    it("passes an allowed call on, body and answer untouched", async () => {
      const response = await app().request("/any", {
        method: "POST",
        body: JSON.stringify({ what: 1 }),
        headers: { "content-type": "application/json" },
      });
      expect([response.status, response.headers.get("x-own")]).toEqual([201, "1"]);
      expect(await response.json()).toEqual({ ok: true });
      expect(calls.splice(0)).toEqual(['POST /any {"what":1}']);
    });

    it("stops reading a body that has no length where it gets too long", async () => {
      let pulled = 0;
      const body = new ReadableStream({
        pull(controller) {
          pulled += 1;
          if (pulled > 64) controller.close();
          else controller.enqueue(new Uint8Array(1024 * 1024));
        },
      });
      const init = { method: "POST", body, duplex: "half" as const };
      const headers = { "content-type": "application/json" };
      const response = await app().request("/any", { ...init, headers });
      expect([response.status, (await problemOf(response)).code]).toEqual([413, "too_large"]);
      // The limit is 4 MiB.
      expect(pulled).toBeLessThan(10);
      expect(calls.splice(0)).toEqual([]);
    });

    it("leaves a body without a length to whom it guards", async () => {
      const text = JSON.stringify({ what: "x".repeat(100_000) });
      const body = new Blob([text]).stream();
      const headers = { "content-type": "application/json" };
      const init = { method: "POST", body, duplex: "half" as const, headers };
      expect((await app().request("/any", init)).status).toBe(201);
      expect(calls.splice(0)).toEqual([`POST /any ${text}`]);
    });

    it.each<[string, string, RequestInit, number, string]>([
      ["no route of the group", "/other", {}, 403, "route_not_allowed"],
      ["a path with two readings", "/files/..%2fa", {}, 400, "ambiguous_path"],
      [
        "an override header",
        "/files/a",
        { headers: { "x-http-method-override": "PUT" } },
        400,
        "ambiguous_path",
      ],
      [
        "a body that is no JSON",
        "/any",
        { method: "POST", body: "{" },
        415,
        "unsupported_media_type",
      ],
    ])("refuses %s", async (_, path, init, status, code) => {
      const response = await app().request(path, init);
      expect([response.status, (await problemOf(response)).code]).toEqual([status, code]);
      expect(calls).toEqual([]);
    });

    it("refuses an agent that the config does not know", async () => {
      const response = await app("stranger").request("/files/a");
      expect([response.status, (await problemOf(response)).code]).toEqual([403, "forbidden"]);
    });
  });

  describe("the fetch handler", () => {
    const call = (path: string, init: RequestInit = {}, token = "agent") =>
      guard.fetch(
        new Request(`http://127.0.0.1${path}`, {
          ...init,
          headers: {
            authorization: `Bearer ${readFileSync(join(folder, `.proctor/${token}.token`), "utf8").trim()}`,
            "content-type": "application/json",
          },
        }),
      );

    it("serves tools, and reads a body of many chunks", async () => {
      const content = "x".repeat(1_000_000);
      const body = JSON.stringify({ arguments: { path: "a.txt", content } });
      const response = await call("/t/f/v1/tools/write_file", { method: "POST", body });
      expect(response.status).toBe(200);
      expect(readFileSync(join(folder, "workspace/a.txt"), "utf8")).toBe(content);
    });

    it("does not wait for a body that nobody reads", async () => {
      const body = new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(65_536)) });
      const request = { method: "POST", body, duplex: "half" } as const;
      const response = await guard.fetch(new Request("http://127.0.0.1/v1/tools/x", request));
      expect(response.status).toBe(401);
    });

    it("has no approvals for agents, and the admin handler has", async () => {
      expect((await call("/v1/approvals")).status).toBe(404);
      expect((await guard.adminFetch(new Request("http://127.0.0.1/v1/approvals"))).status).toBe(
        401,
      );
    });

    it("refuses foreign hosts", async () => {
      expect((await guard.fetch(new Request("http://evil.example/v1/tools"))).status).toBe(421);
    });
  });

  it.each<[string, Parameters<typeof createGuard>[0], RegExp]>([
    ["config", { config: { agents: [] } }, /agents/],
    ["file", { config: "nowhere.yaml" }, /nowhere\.yaml/],
    ["tools", { tools: { own: { tools: { a: { raed: "$.path" } as object } } } }, /raed/],
    ["name of a group", { tools: { local: {} } }, /belongs to an upstream/],
  ])("says what is wrong with a %s", async (_, options, why) => {
    const other = mkdtempSync(join(tmpdir(), "proctor-library-"));
    await expect(createGuard({ folder: other, ...options })).rejects.toThrow(why);
    rmSync(other, { recursive: true, force: true });
  });
});
