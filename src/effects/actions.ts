// Turns the actions of a mapping into effects of one call.

import type { ExecutionContext } from "../core/call.ts";
import type { Effect, Residue, Target } from "../core/effect.ts";
import type { JsonObject } from "../core/json.ts";
import type { EffectDraft } from "./bash/command.ts";
import type { Collector } from "./collect.ts";
import { type PatchOperation, parsePatch } from "./filesystem/patch.ts";
import type { Actions } from "./mapping.ts";
import { baseOf, resolvePattern, unresolved } from "./paths.ts";
import { type PathReading, readPath } from "./reading.ts";
import { parseSource, type Reference, type Source, select } from "./reference.ts";

/** Says what a shell text does. */
export type AnalyseShell = (
  text: string,
  context: ExecutionContext,
  residue: Residue,
) => { readonly effects: readonly Effect[]; readonly residue: Residue };

/** One call, while its effects are collected. */
export interface Reckoning {
  readonly tool: string;
  readonly given: JsonObject;
  readonly context: ExecutionContext;
  readonly reading: PathReading;
  readonly analyseShell: AnalyseShell;
  readonly collector: Collector;
  residue: Residue;
}

export interface CompiledActions {
  /** The arguments that are accounted for. */
  readonly references: readonly Reference[];
  apply(reckoning: Reckoning): void;
}

type Apply = (reckoning: Reckoning) => void;

/** Actions take effect in the order of this function, whatever the order that they are written in. */
export function compileActions(actions: Actions): CompiledActions {
  const references: Reference[] = [];
  const applies: Apply[] = [];

  function take(text: string): Source {
    const source = parseSource(text);
    // The schema has seen to it.
    if (source === undefined) throw new Error(`no reference: ${text}`);
    if (source.kind === "reference") references.push(source);
    return source;
  }

  function each(texts: string | readonly string[] | undefined, apply: (source: Source) => Apply) {
    for (const text of [texts ?? []].flat()) applies.push(apply(take(text)));
  }

  const { recursive = false } = actions;
  const whole = typeof recursive === "boolean" ? () => recursive : toFlag(take(recursive));
  const onPaths = (draft: (target: Target, recursive: boolean) => readonly EffectDraft[]) =>
    function ofPaths(source: Source): Apply {
      return (reckoning) => {
        for (const target of targets(source, reckoning, actions.globs)) {
          for (const one of draft(target, whole(reckoning))) reckoning.collector.add(one);
        }
      };
    };

  const cwd = actions.cwd === undefined ? undefined : take(actions.cwd);
  for (const text of actions.harmless ?? []) take(text.startsWith("$") ? text : `$.${text}`);
  if (actions.unknown !== undefined) applies.push(doubtOf(actions.unknown));
  if (actions.privilege !== undefined) applies.push(raising(actions.privilege));
  each(
    actions.read,
    onPaths((target, recursive) => [{ kind: "read", target, recursive }]),
  );
  each(
    actions.list,
    onPaths((target, recursive) => [listing(actions, target, recursive)]),
  );
  each(
    actions.create,
    onPaths((target) => [writing(target, true)]),
  );
  each(
    actions.write,
    onPaths((target) => [writing(target, false)]),
  );
  each(actions.overwrite, onPaths(overwriting));
  each(
    actions.truncate,
    onPaths((target, recursive) => [{ kind: "truncate", target, recursive }]),
  );
  each(
    actions.delete,
    onPaths((target, recursive) => [{ kind: "delete", target, recursive }]),
  );
  if (actions.move !== undefined) applies.push(moving(actions.move, take));
  if (actions.permission !== undefined) {
    const { path, family, change } = actions.permission;
    const said = change === undefined ? undefined : take(change);
    each(path, permission(family, said, whole));
  }
  each(actions.connect, connecting);
  each(actions.patch, patching);
  const stdin = actions.stdin === undefined ? undefined : take(actions.stdin);
  each(actions.bash, (source) => shelling(source, stdin));
  if (actions.argv !== undefined) applies.push(executing(take(actions.argv)));
  if (actions.execute !== undefined) applies.push(running(actions.execute));
  if (actions.inspects === true) applies.push(inspecting);
  return {
    references,
    apply(reckoning) {
      const here = cwd === undefined ? reckoning : inFolder(cwd, reckoning);
      for (const apply of applies) apply(here);
      reckoning.residue = here.residue;
    },
  };
}

function doubtOf(why: string): Apply {
  return ({ collector }) => collector.doubt(why);
}

function listing(
  { permissions = false }: Actions,
  target: Target,
  recursive: boolean,
): EffectDraft {
  return { kind: "list", target, recursive, permissions };
}

function writing(target: Target, creates: boolean): EffectDraft {
  return { kind: "write", target, recursive: false, creates };
}

/** What was there is lost, if anything was. */
function overwriting(target: Target): readonly EffectDraft[] {
  return [
    writing(target, false),
    { kind: "truncate", target, recursive: false, certainty: "possible" },
  ];
}

function moving(
  { from, to, overwrites = "unknown" }: NonNullable<Actions["move"]>,
  take: (text: string) => Source,
): Apply {
  const [source, place] = [take(from), take(to)];
  return function applyMove(reckoning) {
    const [destination, ...others] = targets(place, reckoning);
    if (destination === undefined || others.length > 0) {
      reckoning.collector.doubt("a move without exactly one destination");
      return;
    }
    for (const target of targets(source, reckoning)) {
      reckoning.collector.add({ kind: "move", target, destination, overwrites, recursive: false });
    }
  };
}

function permission(
  family: NonNullable<Actions["permission"]>["family"],
  change: Source | undefined,
  whole: (reckoning: Reckoning) => boolean,
) {
  return (source: Source): Apply =>
    function applyPermission(reckoning) {
      const [said] = change === undefined ? [] : texts(change, reckoning);
      for (const target of targets(source, reckoning)) {
        reckoning.collector.add({
          kind: "permission",
          target,
          family,
          incidental: false,
          recursive: whole(reckoning),
          ...(said === undefined ? {} : { change: said }),
        });
      }
    };
}

function connecting(source: Source): Apply {
  return function applyConnect(reckoning) {
    for (const text of texts(source, reckoning)) {
      const host = hostOf(text);
      if (host === undefined) reckoning.collector.doubt("an address that names no host");
      else reckoning.collector.add({ kind: "connect", host });
    }
  };
}

const hostPattern = /^[A-Za-z0-9*]([A-Za-z0-9.*-]{0,253})$/;

function hostOf(text: string): string | undefined {
  if (hostPattern.test(text)) return text.toLowerCase();
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname } = new URL(text);
  return protocol === "http:" || protocol === "https:" ? hostname : undefined;
}

function patching(source: Source): Apply {
  return function applyPatch(reckoning) {
    for (const text of texts(source, reckoning)) {
      const { operations, doubts } = parsePatch(text);
      for (const doubt of doubts) reckoning.collector.doubt(doubt);
      for (const operation of operations) {
        for (const draft of patchDrafts(operation, reckoning)) reckoning.collector.add(draft);
      }
    }
  };
}

/** Adding a file that is there replaces it, in the readers of the format that are known. */
function patchDrafts(operation: PatchOperation, reckoning: Reckoning): readonly EffectDraft[] {
  const target = targetOf(operation.path, reckoning);
  const via = (header: string) => `patch: ${header} File`;
  switch (operation.kind) {
    case "add":
      return overwriting(target).map((draft) => ({ ...draft, via: via("Add") }));
    case "delete":
      return [{ kind: "delete", target, recursive: false, via: via("Delete") }];
    case "update":
      return [{ ...writing(target, false), via: via("Update") }];
    case "move": {
      const destination = targetOf(operation.to, reckoning);
      const move = { kind: "move", target, destination, overwrites: "unknown" } as const;
      return [
        { ...writing(target, false), via: via("Update") },
        { ...move, recursive: false, via: "patch: Move to" },
      ];
    }
  }
}

function shelling(source: Source, stdin: Source | undefined): Apply {
  return function applyShell(reckoning) {
    const [input] = stdin === undefined ? [] : texts(stdin, reckoning);
    for (const text of texts(source, reckoning)) {
      runShell(input === undefined ? text : withInput(text, input), reckoning);
    }
  };
}

/** To a shell, a here-document is what the text on standard input is to the command. */
function withInput(text: string, input: string): string {
  // Longer than any run of underscores in the input behind the same letters.
  let delimiter = "STDIN";
  for (const [, run = ""] of input.matchAll(/STDIN(_*)/g)) {
    if (run.length + 6 > delimiter.length) delimiter = `STDIN${run}_`;
  }
  return `{ ${text}\n} <<'${delimiter}'\n${input}\n${delimiter}\n`;
}

function runShell(text: string, reckoning: Reckoning): void {
  const { context, residue, analyseShell, collector } = reckoning;
  const analysis = analyseShell(text, context, residue);
  collector.append(analysis.effects);
  reckoning.residue = analysis.residue;
}

/** Started without a shell: as words that are quoted, it means the same to one. */
function executing(source: Source): Apply {
  return function applyArgv(reckoning) {
    const { values, doubts } = select(source, reckoning.given);
    for (const doubt of doubts) reckoning.collector.doubt(doubt);
    for (const words of values) {
      if (Array.isArray(words) && words.length > 0 && words.every(isText)) {
        runShell(words.map(quote).join(" "), reckoning);
      } else reckoning.collector.doubt("a command that is no array of texts");
    }
  };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

function raising(how: string): Apply {
  return ({ collector }) => collector.add({ kind: "privilege", how });
}

function running(program: string): Apply {
  return ({ collector }) => {
    collector.add({ kind: "execute", program, words: [], code: "builtin", inspects: false });
  };
}

function inspecting({ collector, tool }: Reckoning): void {
  collector.add({ kind: "execute", program: tool, words: [], code: "builtin", inspects: true });
}

/** The folder that an argument names, for everything else in the mapping. */
function inFolder(cwd: Source, reckoning: Reckoning): Reckoning {
  const [path] = texts(cwd, reckoning);
  if (path === undefined) return reckoning;
  const target = targetOf(path, reckoning);
  const known = target.form === "resolved" ? target.path : undefined;
  // What earlier calls left of a folder does not hold where the call names its own.
  const { cwd: _left, ...residue } = reckoning.residue;
  return { ...reckoning, residue, context: { ...reckoning.context, cwd: known } };
}

function targets(source: Source, reckoning: Reckoning, globs = false): readonly Target[] {
  const mayBeGlobs = globs || source.kind === "literal";
  return texts(source, reckoning).map((path) =>
    mayBeGlobs && /[*?[{]/.test(path) ? globTarget(path, reckoning) : targetOf(path, reckoning),
  );
}

/** Only what patterns of targets can say. */
function globTarget(glob: string, { context }: Reckoning): Target {
  return /[[\]{}!\\]/.test(glob) ? unresolved(glob) : resolvePattern(glob, baseOf(context));
}

function targetOf(path: string, { context, reading }: Reckoning): Target {
  return readPath(path, baseOf(context), reading, context);
}

function texts(source: Source, { given, collector }: Reckoning): readonly string[] {
  const { values, doubts } = select(source, given);
  for (const doubt of doubts) collector.doubt(doubt);
  const found = values.filter(isText);
  if (found.length < values.length) collector.doubt(`argument ${source.text} is no text`);
  return found;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

/** What is no boolean is doubt, and includes everything. */
function toFlag(source: Source): (reckoning: Reckoning) => boolean {
  return function flag({ given, collector }) {
    const { values, doubts } = select(source, given);
    for (const doubt of doubts) collector.doubt(doubt);
    const [value] = values;
    if (value === undefined || typeof value === "boolean") return value ?? false;
    collector.doubt(`argument ${source.text} is no boolean`);
    return true;
  };
}
