// Who gets at the pages: log-in, session, roles, what a browser may load; and nothing for an agent.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createSessions } from "../../src/dashboard/sessions.ts";
import { createRig, own, type Rig, secretOf } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
  await rig.run("teacher", "t", ["rm -rf /w/keep/a", "git reset --hard"]);
});
afterAll(() => rig?.close());

const pages = ["/", "/trajectories", "/trajectories/teacher/t", "/approvals", "/policy"];
const form = { "content-type": "application/x-www-form-urlencoded" };

function logInWith(secret: string, next = "/"): Promise<Response> {
  const body = new URLSearchParams({ token: secret, next }).toString();
  return rig.ask("/login", { method: "POST", headers: form, body });
}

describe("log-in", () => {
  it.each(["viewer", "approver", "admin"])(
    "lets a token of kind %s in, by a cookie",
    async (kind) => {
      const answer = await logInWith(secretOf(kind), "/policy?x=1");
      expect([answer.status, answer.headers.get("location")]).toEqual([303, "/policy?x=1"]);
      const cookie = answer.headers.get("set-cookie") ?? "";
      expect(cookie).toMatch(
        /^proctor_session=ps_[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
      );
      expect(cookie).not.toContain(secretOf(kind));
    },
  );

  it.each(["agent", "harness", "metrics"])("lets no token of kind %s in", async (kind) => {
    const answer = await logInWith(secretOf(kind));
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([403, null]);
    expect(await answer.text()).toContain(`A token of kind ${kind} opens no page`);
  });

  it("says nothing more of a token that is none", async () => {
    const answer = await logInWith("wrong");
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([403, null]);
    expect(await answer.text()).toContain("No such token.");
  });

  it.each(["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", ""])(
    "goes on to a path here and never to %j",
    async (next) => {
      const answer = await logInWith(secretOf("viewer"), next);
      expect(answer.headers.get("location")).toBe("/");
    },
  );

  it("is what every page asks for first, and comes back to it", async () => {
    for (const path of [...pages, "/charts/trend", "/events"]) {
      const answer = await rig.ask(`${path}?a=b`);
      expect([answer.status, answer.headers.get("location")]).toEqual([
        303,
        `/login?next=${encodeURIComponent(`${path}?a=b`)}`,
      ]);
    }
  });

  it("is no way in with a bearer token, whosever it is", async () => {
    for (const kind of ["agent", "harness", "admin"]) {
      const headers = { authorization: `Bearer ${secretOf(kind)}` };
      for (const path of pages) expect((await rig.ask(path, { headers })).status).toBe(303);
    }
  });
});

describe("a session", () => {
  it("ends with the log-out, also for who kept the cookie", async () => {
    const cookie = await rig.logIn("viewer");
    expect((await rig.ask("/", { cookie })).status).toBe(200);
    expect((await rig.send(cookie, "/", "/logout", {})).status).toBe(303);
    expect((await rig.ask("/", { cookie })).status).toBe(303);
  });

  it("ends by itself", () => {
    let now = 0;
    const sessions = createSessions(() => now);
    const principal = { kind: "viewer", token: "v", agents: ["*"] } as const;
    const hour = 3_600_000;
    const [idle, used] = [sessions.begin(principal), sessions.begin(principal)];
    for (; now <= 12 * hour; now += hour) expect(sessions.find(used)?.principal).toBe(principal);
    expect(sessions.find(used)).toBeUndefined();
    expect(sessions.find(idle)).toBeUndefined();
  });

  it("is no longer found when very many came after it", () => {
    const sessions = createSessions(() => 0);
    const principal = { kind: "viewer", token: "v", agents: ["*"] } as const;
    const first = sessions.begin(principal);
    for (let i = 0; i < 1000; i += 1) sessions.begin(principal);
    expect(sessions.find(first)).toBeUndefined();
  });
});

describe("a form", () => {
  const answerPath = async () => {
    const [waiting] = await rig.guard.approvals.list();
    return `/approvals/${waiting?.id}`;
  };

  it.each([
    ["without the session's own token", { csrf: "" }],
    ["with another session's", { csrf: "pc_0000000000000000000000000000000000000000000" }],
  ])("%s changes nothing", async (_, fields) => {
    const cookie = await rig.logIn("approver");
    const sent = await rig.send(cookie, "/approvals", await answerPath(), {
      answer: "approved",
      ...fields,
    });
    expect(sent.status).toBe(403);
    expect((await rig.guard.approvals.list())[0]?.status).toBe("waiting");
  });

  it.each(["https://evil.example", "http://127.0.0.1:4100", "null"])(
    "from a page at %s changes nothing",
    async (origin) => {
      const cookie = await rig.logIn("approver");
      const csrf =
        /name="csrf" value="([^"]+)"/.exec(await rig.text(cookie, "/approvals"))?.[1] ?? "";
      const body = new URLSearchParams({ csrf, answer: "approved" }).toString();
      const headers = { ...form, origin };
      const sent = await rig.ask(await answerPath(), { method: "POST", cookie, headers, body });
      expect(sent.status).toBe(403);
      expect((await rig.guard.approvals.list())[0]?.status).toBe("waiting");
    },
  );

  it("of a viewer answers nothing", async () => {
    const cookie = await rig.logIn("viewer");
    expect(await rig.text(cookie, "/approvals")).not.toContain('name="answer"');
    const sent = await rig.send(cookie, "/approvals", await answerPath(), { answer: "approved" });
    expect(sent.status).toBe(403);
    expect((await rig.guard.approvals.list())[0]?.status).toBe("waiting");
  });

  it("of an approver answers that very call, with a note that the agent is told", async () => {
    const cookie = await rig.logIn("approver");
    const sent = await rig.send(cookie, "/approvals", await answerPath(), {
      answer: "refused",
      note: "Commit it first.",
    });
    expect([sent.status, sent.headers.get("location")]).toEqual([303, "/approvals?done=refused"]);
    expect((await rig.guard.approvals.list())[0]).toMatchObject({
      status: "refused",
      by: "approver",
      note: "Commit it first.",
    });
    const again = await rig.send(cookie, "/approvals", await answerPath(), { answer: "approved" });
    expect(again.status).toBe(409);
  });
});

describe("a token for some agents", () => {
  it("shows those and no others", async () => {
    await rig.run("base", "b", ["ls"]);
    const cookie = await rig.logIn("narrow");
    expect((await rig.ask("/trajectories/base/b", { cookie })).status).toBe(200);
    expect((await rig.ask("/trajectories/teacher/t", { cookie })).status).toBe(404);
    const list = await rig.text(cookie, "/trajectories");
    expect(list).toContain('href="/trajectories/base/b"');
    expect(list).not.toContain('href="/trajectories/teacher/t"');
    expect(await rig.text(cookie, "/approvals")).not.toContain("git reset");
    expect(await rig.text(cookie, "/?class=production")).not.toContain("family-test");
    const asked = await rig.text(cookie, "/trajectories?agent=teacher");
    expect(asked).toContain("No trajectory matches.");
  });
});

describe("what a browser is told", () => {
  it("is to run nothing inline, load nothing from elsewhere, and be framed by nobody", async () => {
    const cookie = await rig.logIn("admin");
    for (const path of [...pages, "/login"]) {
      const answer = await rig.ask(path, { cookie: path === "/login" ? undefined : cookie });
      const policy = answer.headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("unsafe");
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
      const page = await answer.text();
      expect(page).not.toMatch(/<script(?![^>]*\bsrc="\/assets\/)|<style| style=| on[a-z]+=/);
      expect(page.match(/(?:src|href|action)="(?:https?:)?\/\/[^"]*"/g)).toBeNull();
    }
  });

  it("is the same of addresses on another host", async () => {
    const answer = await rig.guard.adminFetch(
      new Request(`${own}/login`, { headers: { host: "evil.example" } }),
    );
    expect(answer.status).toBe(421);
  });
});
