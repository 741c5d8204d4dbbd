// Command and process substitution: a shell within a word.

import {
  type ArithmeticCommandExpansion,
  type Command,
  type CommandExpansionPart,
  type ParsedScript,
  type ProcessSubstitutionPart,
  substitutionScript,
} from "./parse.ts";
import type { Shell } from "./shell.ts";
import { generated, type Source, spanOf } from "./source.ts";
import { hole, isKnown, type Text } from "./text.ts";

/** Runs `$(...)`, and gives what it writes. */
export function outputOf(
  shell: Shell,
  part: CommandExpansionPart | ArithmeticCommandExpansion,
): Text {
  const script = scriptOf(shell, part);
  if (script === undefined) return hole(part.text);
  shell.run.substitutions += 1;
  const source = sourceOf(shell, part, script);
  if (part.text.startsWith("${")) return outputInPlace(shell.with({ source }), part.text, script);
  const inner = shell.forked({ source });
  const capture = inner.capture();
  shell.run.fileRead = fileReadIn(script);
  shell.run.walk.script(inner, script);
  leave(shell, inner);
  return withoutEnd(capture.text, part.text);
}

/** `$(< file)`: bash reads the file for this one redirection alone. */
function fileReadIn({ commands }: ParsedScript): Command | undefined {
  const [statement, ...others] = commands;
  const command = statement?.command;
  if (command?.type !== "Command" || others.length > 0) return undefined;
  const [redirect, ...more] = command.prefix;
  if (command.name !== undefined || more.length > 0) return undefined;
  return redirect?.type === "Redirect" && redirect.operator === "<" ? command : undefined;
}

/** `${ ...; }` runs in the shell itself; `${| ...; }` gives what it leaves in REPLY. */
function outputInPlace(shell: Shell, text: string, script: ParsedScript): Text {
  const { streams } = shell.state;
  const capture = shell.capture();
  shell.run.walk.script(shell, script);
  shell.state.streams = streams;
  return text.startsWith("${|") ? hole(text) : withoutEnd(capture.text, text);
}

/** Runs `<(...)` or `>(...)`, and gives the path that stands for it. */
export function processFile(shell: Shell, part: ProcessSubstitutionPart): Text {
  const script = scriptOf(shell, part);
  if (script === undefined) return hole(part.text);
  const inner = shell.forked({ source: sourceOf(shell, part, script) });
  const path = shell.run.nextProcessFile();
  if (part.operator === ">") {
    inner.feed({ kind: "unknown", why: `what is written to ${part.text}` });
    shell.run.walk.script(inner, script);
    leave(shell, inner);
    return path;
  }
  const capture = inner.capture();
  shell.run.walk.script(inner, script);
  leave(shell, inner);
  shell.state.files.set(path, { exists: true, content: capture.text });
  return path;
}

/** Ends a subshell: its trap runs, and its files and status stay behind. */
export function leave(shell: Shell, inner: Shell): undefined {
  shell.run.walk.end(inner);
  for (const [path, file] of inner.state.files.since(shell.state.files)) {
    shell.state.files.set(path, file);
  }
  shell.state.status = inner.state.status;
}

function scriptOf(
  shell: Shell,
  part: CommandExpansionPart | ArithmeticCommandExpansion | ProcessSubstitutionPart,
): ParsedScript | undefined {
  const parsed = substitutionScript(part, shell.run.budget);
  if (parsed.ok) return parsed.script;
  shell.unknown(parsed.why, part);
  return undefined;
}

/** Backticks with backslashes in them are decoded; offsets in such a script are not ours. */
function sourceOf(
  shell: Shell,
  part: { readonly pos: number; readonly end: number },
  script: ParsedScript,
): Source {
  if (script.source === undefined) return shell.source;
  return generated(script.source, spanOf(shell.source, part));
}

/** A substitution loses the line ends at the end of its output. */
function withoutEnd(text: Text, source: string): Text {
  if (isKnown(text)) return withoutLineEnds(text.replaceAll("\0", ""));
  const last = text.at(-1);
  if (last?.kind !== "text") return isPlainHole(text) ? hole(source) : text;
  const trimmed = withoutLineEnds(last.text);
  return [...text.slice(0, -1), ...(trimmed === "" ? [] : [{ ...last, text: trimmed }])];
}

function withoutLineEnds(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 0x0a) end -= 1;
  return text.slice(0, end);
}

/** A hole that says nothing but why is better told by what stands in the script. */
function isPlainHole(text: Exclude<Text, string>): boolean {
  const [only, ...others] = text;
  return (
    only?.kind === "hole" &&
    others.length === 0 &&
    only.oneOf === undefined &&
    only.names === undefined
  );
}
