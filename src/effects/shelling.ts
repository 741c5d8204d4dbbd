// Actions that run commands: what a shell would do is asked of the shell analysis.

import type { Effect } from "../core/effect.ts";
import type { Actions } from "./mapping.ts";
import { type Apply, isText, type Reckoning, targetOf, textsOf } from "./reckoning.ts";
import { type Source, select } from "./reference.ts";

/** Each may cost all that one analysis may cost. */
const maxCommands = 16;

export function runningShell(
  { bash, stdin }: Pick<Actions, "bash" | "stdin">,
  take: (text: string) => Source,
): readonly Apply[] {
  const input = stdin === undefined ? undefined : take(stdin);
  return [bash ?? []].flat().map((text): Apply => {
    const source = take(text);
    return function applyShell(reckoning) {
      const [given] = input === undefined ? [] : textsOf(input, reckoning);
      const commands = textsOf(source, reckoning);
      if (commands.length > maxCommands) {
        reckoning.collector.doubt(`more than ${maxCommands} commands in one call`);
      }
      for (const command of commands.slice(0, maxCommands)) {
        if (given === undefined) run(command, reckoning, asTheyAre);
        else run(withInput(command, given), reckoning, withoutSpan);
      }
    };
  });
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

/** Started without a shell: as words that are quoted, it means the same to one. */
export function runningArgv(source: Source): Apply {
  return function applyArgv(reckoning) {
    const { values, doubts } = select(source, reckoning.given);
    for (const doubt of doubts) reckoning.collector.doubt(doubt);
    for (const words of values) {
      if (Array.isArray(words) && words.length > 0 && words.every(isText)) {
        run(words.map(quote).join(" "), reckoning, withoutSpan);
      } else reckoning.collector.doubt("a command that is no array of texts");
    }
  };
}

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}

type Adapt = (effect: Effect) => Effect;

const asTheyAre: Adapt = (effect) => effect;
/** The text that was analysed does not stand in the call, so places in it mean nothing. */
const withoutSpan: Adapt = (effect) => ({ ...effect, span: undefined });

function run(text: string, reckoning: Reckoning, adapt: Adapt): void {
  const { context, residue, analyseShell, collector } = reckoning;
  const analysis = analyseShell(text, context, residue);
  collector.append(analysis.effects.map(adapt));
  reckoning.residue = analysis.residue;
}

/** The folder that an argument names, for everything else in the mapping. */
export function inFolder(cwd: Source, reckoning: Reckoning): Reckoning {
  const [path] = textsOf(cwd, reckoning);
  if (path === undefined) return reckoning;
  const target = targetOf(path, reckoning);
  const known = target.form === "resolved" ? target.path : undefined;
  // Where earlier calls have gone does not matter to one that names its own folder.
  const { cwd: _left, ...residue } = reckoning.residue;
  return { ...reckoning, residue, context: { ...reckoning.context, cwd: known } };
}
