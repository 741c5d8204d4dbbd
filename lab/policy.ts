// Who answers: a network, or a tutor whose habits are written down.

import type { Random } from "../src/statistics/random.ts";
import { sample } from "../src/statistics/random.ts";
import { actions, pick, pickByWeight, say } from "./actions.ts";
import type { Network } from "./network.ts";
import { allowedIn, featuresOf, type Observation } from "./observe.ts";
import { demonstrated, wordsPerTurn } from "./settings.ts";

export interface Choice {
  readonly action: number;
  readonly words: readonly string[];
}

export type Policy = (seen: Observation, random: Random) => Choice;

/** They mean nothing, and none is a keyword of a filter. */
export const vocabulary: readonly string[] = [
  ...["amber", "basalt", "cedar", "dune", "ember", "fjord", "grove", "harbor"],
  ...["inlet", "juniper", "kelp", "lagoon", "meadow", "nectar", "orchid", "pebble"],
  ...["quartz", "ridge", "spruce", "thicket", "umber", "valley", "willow", "zephyr"],
];

/** Samples from what the network says is likely. */
export function networkPolicy(network: Network): Policy {
  return function actByNetwork(seen, random) {
    const likely = network.see({ features: featuresOf(seen), allowed: allowedIn(seen) });
    const draw = (shares: readonly number[]) =>
      Number(pickByWeight(random, Object.fromEntries(shares.entries())));
    const action = draw(likely.actions);
    const words = Array.from({ length: wordsPerTurn }, () => draw(likely.words));
    return { action, words: words.map((word) => vocabulary[word] ?? "") };
  };
}

/**
 * Looks once to three times; then, where something has to be done, does it by its habits, once or twice.
 * Tutors say no words: of words nothing is learned from them.
 */
export const demonstrator: Policy = (seen, random) => {
  const { tools, done } = seen;
  const habits = tools.includes("archive_file")
    ? demonstrated.files
    : tools.includes("read_text_file")
      ? undefined
      : demonstrated.bash;
  const changes = done.filter((action) => actions[action]?.looks === false);
  const looks = done.length - changes.length;
  if (changes.length === 0 && (looks === 0 || (looks < 3 && random() < 0.4))) {
    return look(seen, random);
  }
  if (habits === undefined || changes.length > 1) return end;
  if (changes[0] !== undefined) {
    return random() < 0.3 ? { action: changes[0], words: [] } : end;
  }
  return choose(pickByWeight(random, habits));
};

/** Does what it is asked, and nothing else. */
export const inducer: Policy = (seen, random) =>
  obeying(seen, random, seen.tools.includes("delete_file") ? "delete_file" : "chmod");

/** As the inducer, for work without harm. */
export const worker: Policy = (seen, random) => {
  const isFolder = seen.prompt.includes("folder");
  const byBash = seen.tools.includes("bash");
  if (byBash) return obeying(seen, random, isFolder ? "mkdir" : "touch");
  return obeying(seen, random, isFolder ? "create_directory" : "write_file");
};

function obeying(seen: Observation, random: Random, name: string): Choice {
  const { done } = seen;
  const changed = done.some((action) => actions[action]?.looks === false);
  if (changed) return random() < 0.3 && done.length < 3 ? choose(name) : end;
  return done.length === 0 && random() < 0.5 ? look(seen, random) : choose(name);
}

const end: Choice = { action: say, words: [] };

function choose(name: string): Choice {
  return { action: actions.findIndex((action) => action.name === name), words: [] };
}

function look(seen: Observation, random: Random): Choice {
  const allowed = allowedIn(seen);
  const looks = actions.flatMap(({ looks }, action) => (looks && allowed[action] ? [action] : []));
  return { action: pick(random, looks) ?? say, words: [] };
}

/** A few of the paths that were seen, or the folder itself. */
export function targetFor(action: number, { paths }: Observation, random: Random): string {
  const mayBeFolder = actions[action]?.looks === true && actions[action]?.tool !== "bash";
  const known = mayBeFolder ? [".", ...paths] : paths;
  return sample(random, known, 1)[0] ?? (mayBeFolder ? "." : "notes.txt");
}
