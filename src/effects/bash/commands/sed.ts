// sed(1): edits streams, or files in place; its scripts can write files and run commands.

import type { CommandFamily, Produced, Word } from "../command.ts";
import type { Options } from "../options.ts";
import { holeMark, marked, textOfParts } from "../text.ts";
import { type Act, family, textOf, tool } from "../tool.ts";
import { type SedCommand, sedCommands } from "./sed-script.ts";

const optionLines = [
  "n,quiet,silent debug e,expression: f,file: follow-symlinks i,in-place:: l,line-length: posix",
  "E,r,regexp-extended s,separate sandbox u,unbuffered z,null-data,zero-terminated b,binary a I::",
] as const;

type SedOptions = Options<"n" | "e" | "f" | "i" | "I" | "sandbox" | "E">;

const sed = tool(optionLines, (act, options) => {
  const given = options.has("e") || options.has("f");
  const [script] = options.operands;
  const operands = given ? options.operands : options.operands.slice(1);
  // Where BSD is in mind, `-i` has an empty word behind it, which names no file.
  const files = operands.filter((word) => word.value !== "");
  if (!given && script === undefined) return;
  const source = sourceOf(act, options, given || script === undefined ? [] : [script]);
  const commands = source === undefined ? undefined : sedCommands(source);
  for (const file of files) if (file.value !== "-") act.read(file);
  if (!options.has("sandbox")) doubtScript(act, source, commands);
  for (const command of commands ?? []) if (!options.has("sandbox")) effectOf(act, command);
  if (options.has("i") || options.has("I")) edit(act, files, options);
  return output(act, options, files, commands);
});

/** The whole script, holes marked; undefined: a part is in a file that is not seen. */
function sourceOf(act: Act, options: SedOptions, operand: readonly Word[]): string | undefined {
  const pieces: string[] = [];
  for (const item of options.items) {
    if (item.kind === "operand" || item.value === undefined) continue;
    if (item.name === "e") pieces.push(scriptText(item.value));
    if (item.name !== "f") continue;
    const text = fileText(act, item.value);
    if (text === undefined) return undefined;
    pieces.push(text);
  }
  return [...pieces, ...operand.map(scriptText)].join("\n");
}

function scriptText(word: Word): string {
  return word.value ?? marked(textOfParts(word.parts));
}

function fileText(act: Act, file: Word): string | undefined {
  if (file.value !== "-" && file.value !== "/dev/stdin") act.read(file);
  return act.contentOf(file);
}

function doubtScript(
  act: Act,
  source: string | undefined,
  commands: readonly SedCommand[] | undefined,
): void {
  if (source === undefined) act.unknown("a script of sed in a file");
  else if (commands === undefined) act.unknown("a script of sed that could not be read");
  else if (source.includes(holeMark)) act.unknown("a script of sed that is not wholly known");
}

function effectOf(act: Act, command: SedCommand): void {
  const { file, shell } = command;
  if (file !== undefined && command.name === "r") act.read(file, { certainty: "possible" });
  else if (file !== undefined) act.overwrite(file, { via: `sed ${command.name}` });
  // The replacement is run as a command, with whatever stands around it in the line.
  if (shell !== undefined) act.script(shell, { possible: true, via: `sed ${command.name}` });
  if (command.runsInput) act.unknown(`sed ${command.name} runs its input`);
}

/** A copy is edited and takes the file's place; `-i.bak` keeps the old one, `*` stands for its name. */
function edit(act: Act, files: readonly Word[], options: SedOptions): void {
  const suffix = options.value("i") ?? options.value("I");
  for (const file of files) {
    if (suffix !== undefined && suffix.value !== "") {
      act.move(file, backupOf(act, file, suffix), { via: "sed -i" });
    }
    act.write(file, { via: "sed -i" });
  }
}

function backupOf(act: Act, file: Word, suffix: Word): Word {
  const [name, end] = [textOf(file), textOf(suffix)];
  const slash = name.lastIndexOf("/") + 1;
  const base = name.slice(slash);
  const known = file.value !== undefined && suffix.value !== undefined;
  if (!known) return act.scope.hole(`${name}${end}`);
  const backup = end.includes("*") ? end.replaceAll("*", base) : `${base}${end}`;
  return act.scope.word(backup.includes("/") ? backup : `${name.slice(0, slash)}${backup}`);
}

/** Exact for replacements of literal text in known input, which is how commands are hidden. */
function output(
  act: Act,
  options: SedOptions,
  files: readonly Word[],
  commands: readonly SedCommand[] | undefined,
): Produced | undefined {
  const { input } = act;
  const plain = commands?.every((command) => command.substitute !== undefined);
  if (input === undefined || files.length > 0 || options.has("n") || plain !== true)
    return undefined;
  let text = input;
  for (const { substitute } of commands ?? []) {
    if (substitute !== undefined) text = mapLines(text, substitute);
  }
  return { stdout: text };
}

function mapLines(
  text: string,
  { pattern, replacement, global }: { pattern: string; replacement: string; global: boolean },
): string {
  const lines = text.split("\n");
  const end = lines.at(-1) === "" ? lines.pop() : undefined;
  const mapped = lines.map((line) =>
    global ? line.replaceAll(pattern, () => replacement) : line.replace(pattern, () => replacement),
  );
  return [...mapped, ...(end === undefined ? [] : [end])].join("\n");
}

export const seds: CommandFamily = family(["sed gsed", sed]);
