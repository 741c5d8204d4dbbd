// The face of the Bash analysis: shell text in, effects out. Pure, synchronous, bounded, total.

import type { ExecutionContext } from "../../core/call.ts";
import { type Analysis, analyserVersion, type Effect, type Residue } from "../../core/effect.ts";
import { messageOf } from "../../core/errors.ts";
import { Budget, LimitReached } from "../limits.ts";
import { builtins } from "./builtins/index.ts";
import { commandTable, families } from "./commands/index.ts";
import { freshOptions } from "./process.ts";
import { residueOf } from "./residue.ts";
import { exitFrom, type Run, Shell } from "./shell.ts";
import { Sink } from "./sink.ts";
import { outermost } from "./source.ts";
import { State } from "./state.ts";
import { Input } from "./streams.ts";
import { walk } from "./walk.ts";

const commands = commandTable(families);

/** What running `text` as a Bash script would do. `residue` is what earlier calls left behind. */
export function analyseBash(text: string, context: ExecutionContext, residue: Residue): Analysis {
  const sink = new Sink();
  let shellChanged: string | undefined;
  const run = startRun(context, sink, (why) => {
    shellChanged ??= why;
  });
  const shell = firstShell(run, firstState(context, residue), text);
  const failure = attempt(() => {
    walk.text(shell, shell.source);
    walk.end(shell);
  });
  const effects = withoutSilence(sink.effects, failure, text);
  const stopped = failure !== undefined;
  const folder = stopped ? { path: undefined } : shell.state.folder;
  shellChanged ??= shell.state.namesChanged;
  const left = residueOf(context, residue, { folder, shellChanged, effects });
  return { effects, residue: left, analyser: analyserVersion };
}

/** Runs the parser and the walk until they are compiled: the first calls of a process are slow. */
export function warmUp(): undefined {
  const context: ExecutionContext = {
    cwd: "/workspace",
    shell: "fresh",
    environment: "fixed",
    filesystem: "ours",
  };
  for (let round = 0; round < warmUpRounds; round += 1) {
    for (const text of warmUpTexts) analyseBash(text, context, {});
  }
}

const warmUpRounds = 300;
const warmUpTexts = [
  "ls -la src && git status",
  'for f in *.log; do rm -f "$f"; done 2>/dev/null | tail -5',
  'cd sub && X=$(echo a b) && [ -n "$X" ] && echo ${X%b} > out.txt || exit 1',
  "find . -name '*.o' | xargs rm -rf; cat <<EOF | sort\n$HOME $((1 + 2))\nEOF",
];

function firstState(context: ExecutionContext, residue: Residue): State {
  const persistent = context.shell === "persistent";
  const cwd = persistent && residue.cwd !== undefined ? residue.cwd : context.cwd;
  const inherited = context.environment === "inherited";
  return new State({
    folder: { path: cwd ?? undefined },
    folders: [],
    parameters: persistent ? undefined : [],
    options: { ...freshOptions, expandAliases: persistent ? undefined : false },
    status: persistent ? undefined : 0,
    lastWord: "",
    exitTraps: [],
    namesChanged: inherited || persistent ? residue.environmentChanged : undefined,
    foreign: inherited || persistent,
    streams: context.input === "typed" ? typedInto() : new Map(),
    dead: false,
    jumps: 0,
  });
}

/** A shell or an interpreter that reads its program from there does what nobody sees. */
function typedInto(): State["streams"] {
  const typed = { kind: "unknown", why: "text typed into a running program" } as const;
  return new Map([[0, { kind: "input", input: new Input(typed, 0) }]]);
}

function startRun(context: ExecutionContext, sink: Sink, leave: (why: string) => undefined): Run {
  let processFile = 63;
  return {
    context,
    sink,
    commands,
    builtins,
    walk,
    leave,
    budget: new Budget(),
    unit: 0,
    trapsRunning: 0,
    substitutions: 0,
    fileRead: undefined,
    indirections: 0,
    current: { start: 0, end: 0 },
    reported: new Set(),
    nextProcessFile: () => `/dev/fd/${processFile--}`,
  };
}

function firstShell(run: Run, base: State, text: string): Shell {
  const exit = exitFrom(base);
  return new Shell({
    run,
    state: base.fork(),
    source: outermost(text),
    exit,
    frames: [exit],
    condition: false,
    via: "",
    elsewhere: undefined,
    opaque: false,
    calls: 0,
    locals: undefined,
    dialect: "bash",
  });
}

/** Whatever is thrown is doubt, and nothing else: a limit, or a mistake of ours. */
function attempt(action: () => void): string | undefined {
  try {
    action();
    return undefined;
  } catch (cause) {
    if (cause instanceof LimitReached) return cause.message;
    return `the analysis failed: ${messageOf(cause)}`;
  }
}

/** A call never has no effect: a script that does nothing only looks. */
function withoutSilence(
  effects: readonly Effect[],
  failure: string | undefined,
  text: string,
): readonly Effect[] {
  const span = { start: 0, end: text.length };
  if (failure !== undefined) {
    const why = failure.slice(0, 200);
    return [...effects, { kind: "unknown", certainty: "certain", via: "bash", span, why }];
  }
  if (effects.length > 0) return effects;
  return [
    {
      kind: "execute",
      certainty: "certain",
      via: "bash",
      span,
      program: "bash",
      words: [],
      code: "inline",
      inspects: true,
    },
  ];
}
