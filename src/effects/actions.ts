// Turns the actions of a mapping into effects of one call.

import type { Target } from "../core/effect.ts";
import type { EffectDraft } from "./bash/command.ts";
import { type PatchOperation, parsePatch } from "./filesystem/patch.ts";
import type { Actions } from "./mapping.ts";
import { type Apply, type Reckoning, targetOf, targetsOf, textsOf } from "./reckoning.ts";
import { parseSource, type Reference, type Source, select } from "./reference.ts";
import { inFolder, runningArgv, runningShell } from "./shelling.ts";

export interface CompiledActions {
  /** The arguments that are accounted for. */
  readonly references: readonly Reference[];
  apply(reckoning: Reckoning): void;
}

/** Parses a source, and remembers the argument that it names. */
type Take = (text: string) => Source;

/** Actions take effect in the order that stands here, whatever the order that they are written in. */
export function compileActions(actions: Actions): CompiledActions {
  const references: Reference[] = [];
  const take: Take = (text) => {
    const source = parseSource(text);
    // The schema has seen to it.
    if (source === undefined) throw new Error(`no reference: ${text}`);
    if (source.kind === "reference") references.push(source);
    return source;
  };
  for (const text of actions.harmless ?? []) take(text.startsWith("$") ? text : `$.${text}`);
  const cwd = actions.cwd === undefined ? undefined : take(actions.cwd);
  const applies = [
    ...saying(actions),
    ...onPaths(actions, take),
    ...moving(actions, take),
    ...permitting(actions, take),
    ...each(actions.connect, take).map(connecting),
    ...each(actions.patch, take).map(patching),
    ...runningShell(actions, take),
    ...each(actions.argv, take).map(runningArgv),
    ...running(actions),
  ];
  return {
    references,
    apply(reckoning) {
      const here = cwd === undefined ? reckoning : inFolder(cwd, reckoning);
      for (const apply of applies) apply(here);
      reckoning.residue = here.residue;
    },
  };
}

function each(texts: string | readonly string[] | undefined, take: Take): readonly Source[] {
  return [texts ?? []].flat().map(take);
}

function saying({ unknown, privilege }: Actions): readonly Apply[] {
  return [
    ...(unknown === undefined ? [] : [({ collector }: Reckoning) => collector.doubt(unknown)]),
    ...(privilege === undefined
      ? []
      : [({ collector }: Reckoning) => collector.add({ kind: "privilege", how: privilege })]),
  ];
}

type Draft = (target: Target, recursive: boolean, actions: Actions) => readonly EffectDraft[];

const drafts = {
  read: (target, recursive) => [{ kind: "read", target, recursive }],
  list: (target, recursive, { permissions = false }) => [
    { kind: "list", target, recursive, permissions },
  ],
  create: (target) => [{ kind: "write", target, recursive: false, creates: true }],
  write: (target) => [writing(target)],
  overwrite: (target) => overwriting(target),
  truncate: (target, recursive) => [{ kind: "truncate", target, recursive }],
  delete: (target, recursive) => [{ kind: "delete", target, recursive }],
} satisfies Record<string, Draft>;

const pathActions = ["read", "list", "create", "write", "overwrite", "truncate", "delete"] as const;

function writing(target: Target): EffectDraft {
  return { kind: "write", target, recursive: false, creates: false };
}

/** What was there is lost, if anything was. */
function overwriting(target: Target): readonly EffectDraft[] {
  return [writing(target), { kind: "truncate", target, recursive: false, certainty: "possible" }];
}

function onPaths(actions: Actions, take: Take): readonly Apply[] {
  const isWhole = recursion(actions, take);
  return pathActions.flatMap((name) => {
    const draft: Draft = drafts[name];
    return each(actions[name], take).map((source): Apply => {
      return function applyToPaths(reckoning) {
        for (const target of targetsOf(source, reckoning, actions.globs)) {
          const effects = draft(target, isWhole(reckoning), actions);
          for (const effect of effects) reckoning.collector.add(effect);
        }
      };
    });
  });
}

/** What is no boolean is doubt, and includes everything. */
function recursion({ recursive = false }: Actions, take: Take): (reckoning: Reckoning) => boolean {
  if (typeof recursive === "boolean") return () => recursive;
  const source = take(recursive);
  return function isRecursive({ given, collector }) {
    const { values, doubts } = select(source, given);
    for (const doubt of doubts) collector.doubt(doubt);
    const [value] = values;
    if (value === undefined || typeof value === "boolean") return value ?? false;
    collector.doubt(`argument ${source.text} is no boolean`);
    return true;
  };
}

function moving({ move }: Actions, take: Take): readonly Apply[] {
  if (move === undefined) return [];
  const { overwrites = "unknown" } = move;
  const [from, to] = [take(move.from), take(move.to)];
  return [
    function applyMove(reckoning) {
      const [destination, ...others] = targetsOf(to, reckoning);
      if (destination === undefined || others.length > 0) {
        reckoning.collector.doubt("a move without exactly one destination");
        return;
      }
      const common = { kind: "move", destination, overwrites, recursive: false } as const;
      for (const target of targetsOf(from, reckoning))
        reckoning.collector.add({ ...common, target });
    },
  ];
}

function permitting(actions: Actions, take: Take): readonly Apply[] {
  if (actions.permission === undefined) return [];
  const { path, family, change } = actions.permission;
  const said = change === undefined ? undefined : take(change);
  const isWhole = recursion(actions, take);
  return each(path, take).map((source): Apply => {
    return function applyPermission(reckoning) {
      const [text] = said === undefined ? [] : textsOf(said, reckoning);
      const shown = text === undefined ? {} : { change: text };
      for (const target of targetsOf(source, reckoning)) {
        const on = { target, recursive: isWhole(reckoning) };
        reckoning.collector.add({ kind: "permission", family, incidental: false, ...on, ...shown });
      }
    };
  });
}

function connecting(source: Source): Apply {
  return function applyConnect(reckoning) {
    for (const text of textsOf(source, reckoning)) {
      const host = hostOf(text);
      if (host === undefined) reckoning.collector.doubt("an address that names no host");
      else reckoning.collector.add({ kind: "connect", host });
    }
  };
}

/** A name, an address or, as a constant of a mapping, `*`. */
const hostPattern = /^[A-Za-z0-9*][A-Za-z0-9.*-]{0,253}$/;

function hostOf(text: string): string | undefined {
  if (hostPattern.test(text)) return text.toLowerCase();
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname } = new URL(text);
  return /^(?:https?|wss?):$/.test(protocol) ? hostname : undefined;
}

function patching(source: Source): Apply {
  return function applyPatch(reckoning) {
    for (const text of textsOf(source, reckoning)) {
      const { operations, doubts } = parsePatch(text);
      for (const doubt of doubts) reckoning.collector.doubt(doubt);
      for (const draft of operations.flatMap((one) => patchDrafts(one, reckoning))) {
        reckoning.collector.add(draft);
      }
    }
  };
}

/** Adding a file that is there replaces it, in the readers of the format that are known. */
function patchDrafts(operation: PatchOperation, reckoning: Reckoning): readonly EffectDraft[] {
  const target = targetOf(operation.path, reckoning);
  switch (operation.kind) {
    case "add":
      return overwriting(target).map((draft) => ({ ...draft, via: "patch: Add File" }));
    case "delete":
      return [{ kind: "delete", target, recursive: false, via: "patch: Delete File" }];
    case "update":
      return [{ ...writing(target), via: "patch: Update File" }];
    case "move": {
      const destination = targetOf(operation.to, reckoning);
      const move = { kind: "move", target, destination, overwrites: "unknown" } as const;
      return [
        { ...writing(target), via: "patch: Update File" },
        { ...move, recursive: false, via: "patch: Move to" },
      ];
    }
  }
}

function running({ execute, inspects }: Actions): readonly Apply[] {
  const common = { kind: "execute", words: [], code: "builtin" } as const;
  return [
    ...(execute === undefined
      ? []
      : [
          ({ collector }: Reckoning) =>
            collector.add({ ...common, program: execute, inspects: false }),
        ]),
    ...(inspects === true
      ? [
          ({ collector, tool }: Reckoning) =>
            collector.add({ ...common, program: tool, inspects: true }),
        ]
      : []),
  ];
}
