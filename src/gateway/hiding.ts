// Which tools a policy refuses whatever they are called with, so that a list may leave them out.

import type { ExecutionContext } from "../core/call.ts";
import type { Effect } from "../core/effect.ts";
import type { Offer } from "../core/offer.ts";
import type { Naming } from "../gateway.ts";
import type { Judging } from "./judging.ts";
import type { Offers } from "./offers.ts";
import type { Trajectories } from "./trajectories.ts";

export interface HidingParts {
  readonly trajectories: Pick<Trajectories, "enter">;
  readonly offers: Pick<Offers, "changes">;
  readonly judging: Pick<Judging, "decide">;
}

/** What every call of a tool does at least, and no rule minds for itself. */
const least: Effect = {
  kind: "execute",
  certainty: "certain",
  via: "tools/list",
  program: "tool",
  words: [],
  code: "builtin",
  inspects: true,
};

export function createHiding({ trajectories, offers, judging }: HidingParts) {
  return async function hidden(
    agent: string,
    naming: Naming,
    { contextOf, ...offer }: Offer & { contextOf(tool: string): ExecutionContext },
  ): Promise<ReadonlySet<string>> {
    const { door, upstream } = offer;
    const live = await trajectories.enter(agent, naming);
    return live.inTurn(async () => {
      const changes = live.state.status === "open" ? offers.changes(live, offer) : [];
      // A tool that has just changed is hidden at once.
      if (changes.length > 0) await live.appendToHead(changes, { synced: false });
      const denied = offer.tools.filter(({ name: tool }) => {
        const call = { door, upstream, tool, arguments: {}, context: contextOf(tool) };
        return judging.decide(live, { agent, call, effects: [least] }).verdict === "deny";
      });
      return new Set(denied.map(({ name }) => name));
    });
  };
}
