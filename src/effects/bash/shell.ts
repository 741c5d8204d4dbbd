// One point in the run of a shell process: what is known there, and where input and output go.

import type { ExecutionContext } from "../../core/call.ts";
import type { Budget } from "../limits.ts";
import type { Command, EffectDraft, Span, Stdin, Word } from "./command.ts";
import type {
  AndOr,
  CompoundList,
  ParsedScript,
  PipelineNode,
  Command as SimpleCommand,
} from "./parse.ts";
import type { Sink } from "./sink.ts";
import { type Source, spanOf } from "./source.ts";
import type { State, Variable } from "./state.ts";
import { Capture, type Descriptor, Input } from "./streams.ts";
import { bounded, concat, type Text } from "./text.ts";
import type { Assigned } from "./variables.ts";

/** What is the same for the whole analysis. */
export interface Run {
  readonly context: ExecutionContext;
  readonly budget: Budget;
  readonly sink: Sink;
  readonly commands: ReadonlyMap<string, Command>;
  readonly builtins: ReadonlyMap<string, Builtin>;
  readonly walk: Walk;
  /** Counts what bash reads at a time: a line, or as many as a compound command has. */
  unit: number;
  /** The command that is being run. */
  current: Span;
  /** Variables in arithmetic that are being looked into, one within the other. */
  indirections: number;
  /** `trap ... EXIT` that are running, one within the other. */
  trapsRunning: number;
  /** How many command substitutions have been run. */
  substitutions: number;
  /** `< file` where it is all that a substitution has: its output is what the file holds. */
  fileRead: SimpleCommand | undefined;
  /** Says why names may mean something else in a later call of the trajectory. */
  leave(why: string): undefined;
  /** Doubts that are told once. */
  readonly reported: Set<string>;
  /** The path of the next process substitution: `/dev/fd/63`, `/dev/fd/62`, ... */
  nextProcessFile(): string;
}

/** The walk, as it is seen by what it calls: so that modules do not import one another in a circle. */
export interface Walk {
  /** Parses shell text and runs it in this very shell. */
  text(shell: Shell, source: Source): undefined;
  /** Runs a whole tree in this very shell. */
  script(shell: Shell, script: ParsedScript): undefined;
  /** The end of a process: its `trap ... EXIT`. */
  end(shell: Shell): undefined;
  /** Runs part of a tree in this very shell. */
  node(shell: Shell, node: PipelineNode | AndOr | CompoundList): undefined;
  /** Runs a command of these words in this very shell; `assigned`: its `A=1` before it. */
  words(shell: Shell, words: readonly Word[], how: Simple): undefined;
}

/** A simple command, apart from its words. */
export interface Simple {
  readonly span: Span;
  readonly assigned: readonly Assigned[];
  /** Skip functions and aliases (`command rm`); or take builtins alone (`builtin cd`). */
  readonly lookUp: "all" | "programs" | "builtins";
}

/** A command that the shell carries out itself, and that may change the shell. */
export type Builtin = (call: BuiltinCall) => undefined;

export interface BuiltinCall {
  readonly shell: Shell;
  readonly name: string;
  readonly args: readonly Word[];
  readonly how: Simple;
}

/** What `local` hid, to be put back at the end of the function. */
export type Locals = Map<string, Variable>;

/** A place where jumps land. */
export interface Frame {
  readonly kind: "exit" | "return" | "break" | "continue";
  readonly base: State;
  readonly arrivals: State[];
}

/** The end of a process. */
export interface Exit extends Frame {
  readonly kind: "exit";
  /** How often the process may have ended. */
  ends: number;
  /** Where an error gave up a line: bash goes on with the next one. */
  readonly givenUp: State[];
}

interface Fields {
  readonly run: Run;
  readonly state: State;
  readonly source: Source;
  readonly exit: Exit;
  /** Places within this process where jumps land. */
  readonly frames: readonly Frame[];
  /** A failure here does not end a script under `set -e`. */
  readonly condition: boolean;
  /** What stands before the `via` of every effect: `sudo`, `find -exec`. */
  readonly via: string;
  /** On another machine or in another root, of this name. */
  readonly elsewhere: string | undefined;
  /** Variables that the script does not set are not known, whatever the context says. */
  readonly opaque: boolean;
  /** Functions that are running. */
  readonly calls: number;
  /** Of the function that is running, if one is. */
  readonly locals: Locals | undefined;
  /** POSIX shells expand aliases, and their `echo` expands backslashes. */
  readonly dialect: "bash" | "posix";
}

/** The end of a process that begins with this state. */
export function exitFrom(base: State): Exit {
  return { kind: "exit", base, arrivals: [], ends: 0, givenUp: [] };
}

function arrive(arrivals: State[], state: State, base: State): undefined {
  if (arrivals.length < maxArrivals) arrivals.push(state.snapshot(base));
}

/** Ways that are told apart; each costs as much as the process has changed. */
const maxArrivals = 16;

export class Shell implements Fields {
  readonly run: Run;
  readonly state: State;
  readonly source: Source;
  readonly exit: Exit;
  readonly frames: readonly Frame[];
  readonly condition: boolean;
  readonly via: string;
  readonly elsewhere: string | undefined;
  readonly opaque: boolean;
  readonly calls: number;
  readonly locals: Locals | undefined;
  readonly dialect: "bash" | "posix";

  constructor(fields: Fields) {
    this.run = fields.run;
    this.state = fields.state;
    this.source = fields.source;
    this.exit = fields.exit;
    this.frames = fields.frames;
    this.condition = fields.condition;
    this.via = fields.via;
    this.elsewhere = fields.elsewhere;
    this.opaque = fields.opaque;
    this.calls = fields.calls;
    this.locals = fields.locals;
    this.dialect = fields.dialect;
  }

  /** The same process, seen with something changed. */
  with(changes: Partial<Fields>): Shell {
    return new Shell({ ...this, ...changes });
  }

  /** A process of its own that begins as a copy of this one: a subshell, a substitution. */
  forked(changes: Partial<Omit<Fields, "state">> = {}, doubt = 0): Shell {
    const base = this.state.forkProcess(doubt);
    const exit = exitFrom(base);
    return this.with({ condition: false, ...changes, state: base.fork(), exit, frames: [exit] });
  }

  /** The process ends here, or may end here; what a trap does then begins with what is known now. */
  quit(certain: boolean): undefined {
    const { state, exit } = this;
    exit.ends += 1;
    if (state.exitTraps.length > 0) arrive(exit.arrivals, state, exit.base);
    state.jumps |= 1;
    if (certain) state.dead = true;
  }

  /** An error that may have given up the rest of the line, and ended the process where that is the last. */
  giveUp(): undefined {
    arrive(this.exit.givenUp, this.state, this.exit.base);
    this.quit(false);
  }

  /** Directs a file descriptor of this very state elsewhere. */
  connect(descriptor: number, to: Descriptor): undefined {
    this.state.streams = new Map(this.state.streams).set(descriptor, to);
  }

  /** Makes a text, or what is known of it, the input of this very state. */
  feed(stdin: Stdin): undefined {
    this.connect(0, { kind: "input", input: new Input(stdin, this.state.uncertainty) });
  }

  /** Collects the output of this very state. */
  capture(): Capture {
    const capture = new Capture(this.state.uncertainty);
    this.connect(1, { kind: "capture", capture });
    return capture;
  }

  /** Adds an effect; `via` names the part of the command. */
  emit(draft: EffectDraft, via: string, span: Span): undefined {
    const certainty = this.state.reached ? "certain" : "possible";
    const whole = this.via === "" ? via : `${this.via} ${via}`;
    this.run.sink.add(draft, { certainty, via: whole, span });
  }

  /** Doubt about a part of the text. */
  unknown(why: string, node: { readonly pos: number; readonly end: number }): undefined {
    this.emit({ kind: "unknown", why }, "bash", spanOf(this.source, node));
  }

  /** Writes to a file descriptor. */
  write(text: Text, descriptor = 1): undefined {
    const stream = this.state.streams.get(descriptor);
    if (stream?.kind === "capture") stream.capture.write(text, this.state.uncertainty);
    if (stream?.kind === "file") this.#writeFile(stream.path, text);
  }

  #writeFile(path: string | undefined, text: Text): undefined {
    const file = path === undefined ? undefined : this.state.files.get(path);
    if (path === undefined || file?.content === undefined) return;
    this.state.files.set(path, { exists: true, content: bounded(concat(file.content, text)) });
  }
}
