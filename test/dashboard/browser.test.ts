// The pages in a real browser: Debian's Chromium, driven through every one of them.

import { existsSync } from "node:fs";
import axe from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Client,
  createClient,
  createGuardFolder,
  type GuardFolder,
  type RunningGuard,
} from "../e2e/guard.ts";

const program = "/usr/bin/chromium";
const why = existsSync(program) ? "" : ` (skipped: ${program} is not there; apt install chromium)`;

const policy = `version: 1
defaults: { read: allow, list: allow, write: allow, truncate: allow, delete: allow, move: allow,
  permission: allow, execute: allow, connect: allow, privilege: ask, discard: ask, unknown: ask }
rules:
  - id: keep
    verdict: ask
    reason: What is in keep/ stays there.
    match: { effect: delete, path: "\${workspace}/keep/**" }
    examples:
      match: [{ effect: delete, path: "\${workspace}/keep/a" }]
      not: [{ effect: delete, path: "\${workspace}/a" }]
`;

/** For whatever a browser does: it only ends what hangs. */
const patienceMs = 120_000;

const attack = `<img src=x onerror=alert(1)>\u202e"><script>alert(2)</script>`;

describe.skipIf(why !== "")(`pages in Chromium${why}`, () => {
  let folder: GuardFolder;
  let guard: RunningGuard;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let harness: Client;
  /** What must not be: errors on the console, and requests to anybody else. */
  const faults: string[] = [];

  beforeAll(async () => {
    folder = createGuardFolder();
    folder.write("policy.yaml", policy);
    folder.writeConfig({
      policies: ["policy.yaml"],
      agents: ["teacher", "student", "base", "control"].map((id) => ({ id })),
      lineages: [
        {
          name: "family",
          teacher: "teacher",
          students: [{ agent: "student", baseline: "base", control: "control" }],
        },
      ],
      approvals: { maxHoldMs: 0 },
    });
    guard = await folder.start();
    harness = createClient(guard.agent, folder.token("harness"));
    browser = await chromium.launch({
      executablePath: program,
      timeout: patienceMs,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    });
    context = await browser.newContext();
    context.setDefaultTimeout(patienceMs);
    page = await context.newPage();
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(message.text());
    });
    context.on("request", (request) => {
      if (!request.url().startsWith(guard.admin)) faults.push(`asked for ${request.url()}`);
    });
    for (const agent of ["teacher", "student", "base", "control"]) {
      const task = { id: "tidy-up", class: "ambiguous" };
      await harness.request("POST", "/v1/trajectories", { agent, name: "first", task });
      await act(agent, "first", "delete_file", { path: "gone.txt" });
      await harness.request("POST", "/v1/trajectories/first/end", { agent });
    }
    await act("student", "attack", "write_file", { path: `${attack}.txt`, content: attack });
  });

  afterAll(async () => {
    await browser?.close();
    await guard?.stop();
    folder?.remove();
  });

  const act = (agent: string, trajectory: string, tool: string, given: object) =>
    harness.tool(tool, given, { agent, trajectory });

  const open = (path: string) => page.goto(`${guard.admin}${path}`);

  /** No fault of axe-core's that is serious or critical. */
  async function mustBeUsable(): Promise<void> {
    // Not as a script of the page: its policy would not run one.
    const { passed, faulty }: { passed: number; faulty: unknown[] } = await page.evaluate(
      `${axe.source}; axe.run().then(({ passes, violations }) => ({
        passed: passes.length,
        faulty: violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html) })),
      }))`,
    );
    expect(faulty).toEqual([]);
    expect(passed).toBeGreaterThan(10);
  }

  it("lets somebody in who has the token, by the keyboard alone", async () => {
    await open("/trajectories?agent=student");
    expect(page.url()).toContain("/login?next=");
    await mustBeUsable();
    // Chromium gives it the focus when it has drawn the page.
    const field = page.locator("input:focus");
    await field.waitFor();
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    // A log-in that fails is told by its status, which Chromium writes on the console.
    await expect.poll(() => faults).toEqual([expect.stringContaining("403")]);
    faults.length = 0;
    await field.waitFor();
    await page.keyboard.type(folder.token("admin"));
    await page.keyboard.press("Enter");
    await page.waitForURL(`${guard.admin}/trajectories?agent=student`);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
  });

  it.each([
    ["/?class=ambiguous", "Lineage family"],
    ["/trajectories", "student/attack"],
    ["/trajectories/student/attack", "write_file"],
    ["/approvals", "Nothing waits for an answer."],
    ["/policy?command=rm+-rf+keep", "Try a command"],
    ["/trajectories/student/none", "student/none"],
  ])("%s is usable, in light and in dark", async (path, text) => {
    await open(path);
    expect(await page.locator("main").textContent()).toContain(text);
    const grounds = new Set<string>();
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      grounds.add(await page.evaluate("getComputedStyle(document.body).backgroundColor"));
      await mustBeUsable();
    }
    expect(grounds.size).toBe(2);
    await page.emulateMedia({ colorScheme: "light" });
    if (path.endsWith("/none")) {
      await expect.poll(() => faults).toEqual([expect.stringContaining("404")]);
      faults.length = 0;
    }
  });

  it("draws the trend", async () => {
    await open("/?class=ambiguous&range=15m");
    await page.locator(".chart canvas").waitFor();
    expect(await page.locator(".u-legend").textContent()).toContain("student");
  });

  it("shows what an agent wrote as text", async () => {
    await open("/trajectories/student/attack");
    expect(await page.locator("main").textContent()).toContain(
      `<img src=x onerror=alert(1)>\\u202e"><script>alert(2)</script>`,
    );
    expect(await page.locator("main img, main script").count()).toBe(0);
    const { stdout } = await folder.run("trajectory", "student/attack");
    expect(stdout).toContain("\\u202e");
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202a-\u202e]/);
  });

  it("filters by what is chosen, and the address says so", async () => {
    await open("/trajectories");
    await page.getByLabel("Effect").selectOption("delete");
    await page.waitForURL(/effect=delete/);
    const rows = page.locator("tbody tr");
    await expect.poll(() => rows.count()).toBe(4);
    await page.getByLabel("Role").selectOption("student");
    await page.waitForURL(/role=student/);
    await expect.poll(() => rows.count()).toBe(1);
    await rows.getByRole("link").click();
    await page.waitForURL(/\/trajectories\/student\/first$/);
    expect(await page.locator("#step-1").textContent()).toContain("deletion: hit");
  });

  it("shows new calls while it is open, and keeps what is being typed", async () => {
    await open("/trajectories");
    await page.locator("#live-state[data-state=live]").waitFor();
    await page.getByLabel("Search").fill("half a wor");
    await act("teacher", "while-you-look", "list_directory", { path: "." });
    await page.getByRole("link", { name: "teacher/while-you-look" }).waitFor();
    expect(await page.getByLabel("Search").inputValue()).toBe("half a wor");
    await open("/trajectories/teacher/while-you-look");
    await page.locator("#live-state[data-state=live]").waitFor();
    await act("teacher", "while-you-look", "write_file", { path: "a.txt", content: "x" });
    await page.locator("#step-2").waitFor();
    // Somebody who opened a part of the page finds it open.
    await page.locator("#step-1 summary").first().click();
    await act("teacher", "while-you-look", "list_directory", { path: "." });
    await page.locator("#step-3").waitFor();
    expect(await page.locator("#step-1 details").first().getAttribute("open")).not.toBeNull();
  });

  it("approves and refuses, for exactly the call that is shown", async () => {
    await open("/approvals");
    await page.locator("#live-state[data-state=live]").waitFor();
    const asked = await act("student", "asks", "delete_file", { path: "keep/a" });
    expect(asked.body.code).toBe("approval_pending");
    const waiting = page.locator(".approval");
    await waiting.waitFor();
    await expect.poll(() => page.locator("nav .count").textContent()).toBe("1");
    await mustBeUsable();
    await waiting.getByLabel(/Note/).fill("Leave it.");
    await waiting.getByRole("button", { name: "Refuse" }).click();
    await page.getByRole("status").filter({ hasText: "Refused" }).waitFor();
    const refused = await act("student", "asks", "delete_file", { path: "keep/a" });
    expect(refused.body).toMatchObject({ code: "approval_refused" });
    expect(JSON.stringify(refused.body)).toContain("Leave it.");

    await act("student", "asks", "delete_file", { path: "keep/b" });
    await waiting.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("status").filter({ hasText: "Approved" }).waitFor();
    const another = await act("student", "asks", "delete_file", { path: "keep/c" });
    expect(another.body.code).toBe("approval_pending");
    const approved = await act("student", "asks", "delete_file", { path: "keep/b" });
    expect(approved.body.code).not.toBe("approval_pending");
    await open("/trajectories/student/asks");
    expect(await page.locator("main").textContent()).toContain("refused by admin: Leave it.");
  });

  it("logs out", async () => {
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForURL(/\/login$/);
    await open("/");
    expect(page.url()).toContain("/login?next=");
  });

  it("said nothing on the console and asked nobody else", () => {
    expect(faults).toEqual([]);
  });
});
