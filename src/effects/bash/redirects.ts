// Redirections: what they read, write and truncate, and where input and output go after them.
// https://www.gnu.org/software/bash/manual/html_node/Redirections.html

import type { Target } from "../../core/effect.ts";
import type { EffectDraft, Span, Word } from "./command.ts";
import type { HereDoc, HereString, Redirect, Redirection } from "./parse.ts";
import { type Located, locate } from "./paths.ts";
import type { Shell } from "./shell.ts";
import { spanOf } from "./source.ts";
import { type Descriptor, Input, type Streams, stdinOfText } from "./streams.ts";
import { concat, isKnown, type Text } from "./text.ts";
import { setText } from "./variables.ts";
import { expandHereDocument, expandText, expandWord } from "./words.ts";

/** Opens all of them in order; the streams of the state are then those of the command. */
export function redirect(shell: Shell, redirections: readonly Redirection[]): undefined {
  for (const redirection of redirections) {
    shell.run.budget.step();
    switch (redirection.type) {
      case "HereDoc":
        hereDocument(shell, redirection);
        break;
      case "HereString":
        hereString(shell, redirection);
        break;
      case "Redirect":
        redirectFile(shell, redirection);
        break;
      default:
        unexpected(redirection);
    }
  }
}

/** Runs `action` with these redirections, and puts the streams back. */
export function redirected(
  shell: Shell,
  redirections: readonly Redirection[],
  action: () => undefined,
): undefined {
  if (redirections.length === 0) return action();
  const { streams } = shell.state;
  redirect(shell, redirections);
  action();
  shell.state.streams = streams;
}

function unexpected(redirection: never): never {
  throw new TypeError(`a redirection of an unknown type: ${JSON.stringify(redirection)}`);
}

function hereDocument(shell: Shell, node: HereDoc): undefined {
  const { body, delimiter, operator } = node;
  const text = expandHereDocument(shell, body, delimiter?.quoted ?? false);
  const indented = operator === "<<-";
  feed(shell, node, indented && isKnown(text) ? text.replace(/^\t+/gm, "") : text);
}

function hereString(shell: Shell, node: HereString): undefined {
  const text = node.target === undefined ? "" : expandText(shell, node.target);
  feed(shell, node, concat(text, "\n"));
}

function feed(shell: Shell, node: HereDoc | HereString, text: Text): undefined {
  const stdin = stdinOfText(text, "a here-document");
  const input = new Input(stdin, shell.state.uncertainty);
  shell.connect(descriptorOf(shell, node, 0), { kind: "input", input });
}

/** `{name}>` takes a free descriptor, and keeps its number in a variable. */
function descriptorOf(shell: Shell, { descriptor }: Redirection, byDefault: number): number {
  if (descriptor === undefined) return byDefault;
  if (descriptor.type === "FileDescriptor") return descriptor.value;
  const number = freeDescriptor(shell.state.streams);
  setText(shell, descriptor.name, String(number));
  return number;
}

/** Bash takes the lowest free descriptor from 10 on. */
function freeDescriptor(streams: Streams): number {
  let number = 10;
  while (streams.has(number)) number += 1;
  return number;
}

function redirectFile(shell: Shell, node: Redirect): undefined {
  const { operator, target } = node;
  if (target === undefined) return;
  const descriptor = descriptorOf(shell, node, operator.startsWith("<") ? 0 : 1);
  const words: Word[] = [];
  expandWord(shell, target, words);
  const [word, ...others] = words;
  // More or fewer than one word is an ambiguous redirect, which fails.
  if (word === undefined || others.length > 0) return;
  const text: Text = word.value ?? word.parts;
  const open: Open = { text, source: target.text, span: spanOf(shell.source, node), operator };
  switch (operator) {
    case "<&":
    case ">&":
      if (isKnown(text) && /^(\d+-?|-)$/.test(text)) return duplicate(shell, descriptor, text);
      if (operator === "<&") return shell.connect(descriptor, { kind: "elsewhere" });
      return both(shell, openForWriting(shell, open));
    case "&>":
    case "&>>":
      return both(shell, openForWriting(shell, open));
    case "<":
      return shell.connect(descriptor, openForReading(shell, open));
    case "<>":
      openForReading(shell, open);
      return shell.connect(descriptor, openForWriting(shell, open));
    case ">":
    case ">|":
    case ">>":
      return shell.connect(descriptor, openForWriting(shell, open));
  }
}

interface Open {
  readonly text: Text;
  readonly source: string;
  readonly span: Span;
  readonly operator: Redirect["operator"];
}

function both(shell: Shell, to: Descriptor): undefined {
  shell.connect(1, to);
  shell.connect(2, to);
}

function duplicate(shell: Shell, descriptor: number, text: string): undefined {
  if (text === "-") return shell.connect(descriptor, { kind: "elsewhere" });
  const from = shell.state.streams.get(Number.parseInt(text, 10));
  shell.connect(descriptor, from ?? { kind: "elsewhere" });
}

/** The descriptor that a path in /dev stands for; undefined: it is a file. */
function deviceOf(streams: Streams, path: string): Descriptor | undefined {
  const nowhere: Descriptor = { kind: "elsewhere" };
  const standard = ["/dev/stdin", "/dev/stdout", "/dev/stderr"].indexOf(path);
  if (standard >= 0) return streams.get(standard) ?? nowhere;
  const numbered = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path);
  if (numbered !== null) return streams.get(Number(numbered[1])) ?? nowhere;
  return harmless.has(path) ? nowhere : undefined;
}

const harmless: ReadonlySet<string> = new Set(
  ["null", "zero", "full", "tty", "random", "urandom", "console"].map((name) => `/dev/${name}`),
);

/** `/dev/tcp/host/port` is bash's own. */
const network = /^\/dev\/(?:tcp|udp)\/([^/]+)\/[^/]+$/;

/** Writing to these destroys what a disk holds. */
const disk = /^\/dev\/(?:[shvx]+d[a-z]|nvme|mmcblk|disk|r?disk\d|mapper\/|md|dm-|loop|sr)/;

function openForReading(shell: Shell, { text, source, span }: Open): Descriptor {
  const via = "redirection <";
  const { target, otherwise } = locate(shell, text, source);
  const path = target.form === "resolved" ? target.path : undefined;
  const written = path === undefined ? undefined : shell.state.files.get(path)?.content;
  if (path !== undefined && written === undefined) {
    if (path === "/dev/null") return nothingOf(shell);
    const device = deviceOf(shell.state.streams, path);
    if (device !== undefined) return device;
    if (connects(shell, path, via, span)) return inputOf(shell, "what a connection sends");
  }
  if (path === undefined || !isProcessFile(path)) {
    emitAt(shell, { target, otherwise }, via, span, (at) => ({
      kind: "read",
      target: at,
      recursive: false,
    }));
  }
  if (written === undefined) {
    const input = new Input({ kind: "file", target }, shell.state.uncertainty);
    return { kind: "input", input };
  }
  const stdin = stdinOfText(written, `what ${source} holds`);
  return { kind: "input", input: new Input(stdin, shell.state.uncertainty) };
}

function nothingOf({ state }: Shell): Descriptor {
  return { kind: "input", input: new Input({ kind: "text", text: "" }, state.uncertainty) };
}

function inputOf(shell: Shell, why: string): Descriptor {
  return { kind: "input", input: new Input({ kind: "unknown", why }, shell.state.uncertainty) };
}

function isProcessFile(path: string): boolean {
  return path.startsWith("/dev/fd/");
}

function connects(shell: Shell, path: string, via: string, span: Span): boolean {
  const host = network.exec(path)?.[1];
  if (host === undefined) return false;
  shell.emit({ kind: "connect", host }, via, span);
  return true;
}

function openForWriting(shell: Shell, open: Open): Descriptor {
  const { text, source, span, operator } = open;
  const via = `redirection ${operator}`;
  const located = locate(shell, text, source);
  const path = located.target.form === "resolved" ? located.target.path : undefined;
  if (path !== undefined) {
    const device = deviceOf(shell.state.streams, path);
    if (device !== undefined) return device;
    if (connects(shell, path, via, span)) return { kind: "elsewhere" };
  }
  emitAt(shell, located, via, span, (target) => ({
    kind: "write",
    target,
    recursive: false,
    creates: false,
  }));
  const truncates = !operator.includes(">>") && operator !== "<>";
  if (truncates) truncate(shell, located, via, span);
  if (path !== undefined) opened(shell, path, truncates);
  return { kind: "file", path };
}

/** What stood in the file is lost, unless this script removed it, or wrote all that is in it. */
function truncate(shell: Shell, located: Located, via: string, span: Span): undefined {
  const { target } = located;
  const path = target.form === "resolved" ? target.path : undefined;
  const own = path === undefined ? undefined : shell.state.files.get(path);
  if (own?.exists === false || own?.content !== undefined) return;
  if (shell.state.options.noclobber && via === "redirection >") return;
  const certain = path !== undefined && disk.test(path);
  emitAt(shell, located, via, span, (at) => ({
    kind: "truncate",
    target: at,
    recursive: false,
    certainty: certain ? "certain" : "possible",
  }));
}

function opened(shell: Shell, path: string, truncates: boolean): undefined {
  const before = shell.state.files.get(path);
  const content = truncates || before?.exists === false ? "" : before?.content;
  shell.state.files.set(path, content === undefined ? { exists: true } : { exists: true, content });
}

/** Emits an effect where it is, and where it is instead if the folder is another. */
function emitAt(
  shell: Shell,
  { target, otherwise }: { target: Target; otherwise?: Target | undefined },
  via: string,
  span: Span,
  draft: (target: Target) => EffectDraft,
): undefined {
  shell.emit(draft(target), via, span);
  if (otherwise !== undefined) {
    shell.emit({ ...draft(otherwise), certainty: "possible" }, via, span);
  }
}
