// Tools that changed, on the page of the policy: shown as text, acknowledged by the admin alone.

import { afterAll, beforeAll, expect, it } from "vitest";
import { Redefinitions } from "../../src/dashboard/pages/redefinitions.tsx";
import type { Session } from "../../src/dashboard/sessions.ts";
import type { WholeRedefinition } from "../../src/gateway/redefinitions.ts";
import { createRig, type Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await createRig();
});
afterAll(() => rig?.close());

const frame = (kind: Session["principal"]["kind"]) => ({
  assets: { styles: [], script: "" },
  waiting: 0,
  session: { principal: { kind, token: kind, agents: ["*"] }, csrf: "pc_1" },
});
const changed: WholeRedefinition = {
  id: "0123456789abcdef",
  upstream: "files",
  tool: "read_<b>file",
  was: "a",
  is: "b",
  noticedAt: 0,
  trajectories: ["teacher/t1", "student/t2"],
  before: { description: "Reads." },
  after: { description: "Reads. <script>alert(1)</script>" },
};
const shown = (one: WholeRedefinition, kind: "admin" | "approver") =>
  String(Redefinitions({ changed: [one], frame: frame(kind) }));

it("shows what a tool was and is, and asks the admin", () => {
  const page = shown(changed, "admin");
  expect(page).toContain("read_&lt;b&gt;file");
  expect(page).toContain("&lt;script&gt;alert(1)");
  expect(page).toContain('href="/trajectories/student/t2"');
  expect(page).toContain('action="/redefinitions/0123456789abcdef"');
  expect(shown(changed, "approver")).not.toContain("<form");
  const acknowledged = { by: "ops", at: 1, note: "An upgrade." };
  expect(shown({ ...changed, acknowledged }, "admin")).not.toContain("<form");
  expect(shown({ ...changed, acknowledged }, "admin")).toContain("acknowledged by ops");
});

it("takes the word of nobody else, and of a change that is there", async () => {
  const path = "/redefinitions/0123456789abcdef";
  const approver = await rig.logIn("approver");
  expect((await rig.send(approver, "/approvals", path, {})).status).toBe(403);
  const admin = await rig.logIn("admin");
  expect((await rig.send(admin, "/policy", path, { csrf: "" })).status).toBe(403);
  expect((await rig.send(admin, "/policy", path, {})).status).toBe(404);
  expect(await rig.text(admin, "/policy")).not.toContain("Tools that changed");
});
