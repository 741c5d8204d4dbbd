// Builtins that decide what is run next.

import { jump } from "../branches.ts";
import { decideWords } from "../conditions.ts";
import type { Builtin, BuiltinCall } from "../shell.ts";
import { isKnown } from "../text.ts";
import { numberOf } from "../words.ts";
import { inspect, quiet, textOf } from "./call.ts";

const succeed: Builtin = quiet(() => {});

const fail: Builtin = quiet(({ shell }) => {
  shell.state.status = 1;
});

const test: Builtin = (call) => {
  const { shell, name, args } = call;
  inspect(call);
  const words = name === "[" && args.at(-1)?.value === "]" ? args.slice(0, -1) : args;
  const decision = decideWords(shell, words);
  shell.state.status = decision === undefined ? undefined : decision ? 0 : 1;
};

/** `exit 1`, `return 1`: sets the status that the way ends with. */
function statusOf({ shell, args }: BuiltinCall): undefined {
  const [word] = args;
  if (word === undefined) return;
  const status = numberOf(shell, textOf(word));
  shell.state.status = status === undefined ? undefined : status & 255;
}

const exit: Builtin = (call) => {
  statusOf(call);
  call.shell.quit(true);
};

const leave: Builtin = (call) => {
  statusOf(call);
  // Outside of functions it fails, unless whoever runs the script sources it.
  if (!jump(call.shell, "return")) call.shell.state.status = undefined;
};

function loopJump(kind: "break" | "continue"): Builtin {
  return function leaveLoop({ shell, args: [word] }) {
    const levels = word === undefined ? 1 : numberOf(shell, textOf(word));
    shell.state.status = 0;
    jump(shell, kind, levels ?? 1);
  };
}

const evaluate: Builtin = (call) => {
  inspect(call);
  const { shell, args } = call;
  let value: number | undefined;
  for (const word of args) {
    value = isKnown(textOf(word)) ? numberOf(shell, textOf(word)) : undefined;
  }
  shell.state.status = value === undefined ? undefined : value !== 0 ? 0 : 1;
};

export const flow: ReadonlyMap<string, Builtin> = new Map([
  [":", succeed],
  ["true", succeed],
  ["false", fail],
  ["test", test],
  ["[", test],
  ["exit", exit],
  ["logout", exit],
  ["return", leave],
  ["break", loopJump("break")],
  ["continue", loopJump("continue")],
  ["let", evaluate],
  ["wait", unknownStatus()],
  ["jobs", succeed],
  ["fg", unknownStatus()],
  ["bg", unknownStatus()],
  ["disown", succeed],
  ["suspend", succeed],
  ["times", succeed],
  ["caller", succeed],
  ["help", succeed],
]);

function unknownStatus(): Builtin {
  return quiet(({ shell }) => {
    shell.state.status = undefined;
  });
}
