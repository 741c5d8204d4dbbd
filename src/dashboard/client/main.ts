// The one script of the pages: what is live is fetched again when the server says that it changed.

import { Idiomorph } from "idiomorph";
import { mountCharts, refreshCharts } from "./chart.ts";

const live = document.querySelector<HTMLElement>("#live");
const state = document.querySelector<HTMLElement>("#live-state");

function say(text: string, kind: "live" | "stale"): void {
  if (state === null) return;
  state.textContent = text;
  state.dataset.state = kind;
}

let fetching = false;
let again = false;

/** The page as it would be if it were opened now; what a person does in it meanwhile stays. */
async function refresh(): Promise<void> {
  if (live === null) return;
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    const response = await fetch(location.href, { headers: { accept: "text/html" } });
    // The session has ended: the log-in form says so better than a page that stands still.
    if (response.redirected) location.reload();
    if (!response.ok) throw new Error(String(response.status));
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of document.querySelectorAll<HTMLElement>("[data-live-part], #live")) {
      const fresh = page.getElementById(part.id);
      if (fresh !== null) morph(part, fresh);
    }
    refreshCharts();
    say("live", "live");
  } catch {
    say("not reachable", "stale");
  } finally {
    fetching = false;
    if (again) {
      again = false;
      void refresh();
    }
  }
}

function morph(part: HTMLElement, fresh: HTMLElement): void {
  Idiomorph.morph(part, fresh.innerHTML, {
    morphStyle: "innerHTML",
    ignoreActiveValue: true,
    callbacks: {
      // Charts draw into theirs, and what is being typed or was opened is the person's.
      beforeNodeMorphed: (old: Node) =>
        !(
          old instanceof HTMLElement &&
          (old.dataset.chart !== undefined ||
            old instanceof HTMLTextAreaElement ||
            (old instanceof HTMLInputElement && old.type === "text"))
        ),
      beforeAttributeUpdated: (name: string) => name !== "open",
    },
  });
}

if (live?.dataset.live !== undefined) {
  const events = new EventSource(live.dataset.live);
  events.addEventListener("open", () => say("live", "live"));
  events.addEventListener("changed", () => void refresh());
  events.addEventListener("error", () => say("reconnecting", "stale"));
  // Times that are left go on without news.
  setInterval(() => document.visibilityState === "visible" && void refresh(), 15_000);
}

for (const form of document.querySelectorAll<HTMLFormElement>("form[data-auto]")) {
  for (const field of form.querySelectorAll("select")) {
    field.addEventListener("change", () => form.requestSubmit());
  }
}
mountCharts();
